/** Fine-tuning of backbones for `tinyml gate`: options, progress, and what is said of it. */
import { TinymlError } from '../diagnostics/errors.ts';
import { type FineTuned, fineTune, readBackbone } from '../gate/fine-tune.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import type { Network } from '../train/compile/network.ts';
import type { Context } from './context.ts';
import { type Decision, type GateTask, loneGate } from './gate-kinds.ts';
import { type Options, requiredNumber, requiredText, textOption } from './options.ts';

/**
 * What --fine-tune trains; null where it does not. Said before anything takes time.
 * @param values that are gated
 * @throws TinymlError E_USAGE where blended frames are not all that the backbone meets, E_OP, E_SHAPE as `readBackbone`
 */
export function backboneToTune(graph: Graph, values: readonly string[], options: Options): Network | null {
  if (requiredNumber(options, 'fine-tune') === 0) return null;
  const refuse = (message: string, at: string, hint: string): never => {
    throw new TinymlError('E_USAGE', message, { at: ['--fine-tune', at], hint });
  };
  if (textOption(options, 'data') === undefined) {
    refuse('a backbone is fine-tuned on clips', '--data', 'Give --data <clip or folder of clips>.');
  }
  if (requiredText(options, 'mode') !== 'exact') {
    refuse(
      'a backbone is fine-tuned for blended frames: in the fast mode layers are blended, too',
      '--mode fast',
      'Leave out --mode, or --fine-tune.',
    );
  }
  if (values.length !== 1 || values[0] !== dataInputs(graph)[0]?.value) {
    refuse(
      'a backbone is fine-tuned behind one gate, that of the frame',
      '--layers',
      'Leave out --layers, or --fine-tune.',
    );
  }
  return readBackbone(graph);
}

/**
 * The backbone fine-tuned for the frames that the gate at its input makes of the clips. Where its drift did not fall, a warning says so.
 * @throws TinymlError as `fineTune`
 */
export async function tuneBackbone(
  backbone: Network,
  gateTask: GateTask,
  value: string,
  { network, unit }: Decision,
  options: Options,
  context: Context,
): Promise<FineTuned> {
  const epochs = requiredNumber(options, 'fine-tune');
  const settings = {
    epochs,
    batchSize: requiredNumber(options, 'batch-size'),
    rate: requiredNumber(options, 'fine-tune-lr'),
    seed: context.seed,
    jobs: context.jobs,
  };
  const gate = { ...loneGate(gateTask, value, unit), network };
  const frames = gateTask.clips!;
  const task = context.progress('fine-tune', epochs * frames.flat().length, 'frames');
  const interrupt = context.deferInterrupt();
  try {
    const tuned = await fineTune(backbone, gate, frames, settings, {
      signal: interrupt.signal,
      onStep: ({ step, samples, epoch, loss }) =>
        task.update((step + 1) * samples, `epoch ${epoch}/${epochs}, loss ${loss.toExponential(3)}`),
    });
    if (!helped(tuned)) {
      context.warn('W_TRAINING', `the backbone is left as it was: ${driftText(tuned)}`, {
        at: '--fine-tune',
        hint: 'a lower --fine-tune-lr, or more epochs; where nothing drifts, nothing can be gained',
      });
    }
    return tuned;
  } finally {
    interrupt.end();
    task.finish();
  }
}

/** Whether the backbone is better than it was, and so the one to write. */
export function helped({ before, after }: FineTuned): boolean {
  return after < before;
}

export function tuningFacts(tuned: FineTuned) {
  const { report, before, after } = tuned;
  const epochs = report.epochs.map(({ accuracy: _, validation: __, ...row }) => row);
  return { steps: report.steps, epochs, before, after, written: helped(tuned) };
}

export function tuningText(tuned: FineTuned): string {
  const what = helped(tuned) ? 'fine-tuned, another dense model than was given' : 'as it was';
  return `${what}; ${tuned.report.steps} steps, ${driftText(tuned)}`;
}

function driftText({ before, after }: FineTuned): string {
  return `relative L2 ${before.toFixed(4)} before fine-tuning, ${after.toFixed(4)} after`;
}
