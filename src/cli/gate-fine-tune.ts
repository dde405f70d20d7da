/** Fine-tuning of backbones for `tinyml gate`: options, progress, and what is said of it. */

import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import { type FineTuned, fineTune, readBackbone } from '../gate/fine-tune.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import type { Network } from '../train/compile/network.ts';
import type { Context } from './context.ts';
import { type Decision, type GateTask, loneGate } from './gate-kinds.ts';
import { numberOption, type Options, requiredNumber, requiredText, textOption } from './options.ts';

/**
 * What --fine-tune trains; null where it does not. Said before anything takes time.
 * @param values that are gated
 * @throws TinymlError E_USAGE where blended frames are not all that the backbone meets, E_OP, E_SHAPE as `readBackbone`
 */
export function backboneToTune(graph: Graph, values: readonly string[], options: Options): Network | null {
  if (requiredNumber(options, 'fine-tune') === 0) {
    if (numberOption(options, 'fine-tune-lr') === undefined) return null;
    throw new TinymlError(
      'E_USAGE',
      'a learning rate of the backbone is given, and the backbone is not trained',
      {
        at: '--fine-tune-lr',
        hint: 'Give --fine-tune <epochs>, too; --lr is that of gates.',
      },
    );
  }
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

/** Of Adam. */
const USUAL_RATE = 1e-4;

/**
 * The backbone fine-tuned for the frames that the gate at its input makes of the clips. Where it drifts no less on frames held out, a warning says so.
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
    rate: numberOption(options, 'fine-tune-lr') ?? USUAL_RATE,
    seed: context.seed,
    jobs: context.jobs,
  };
  const gate = { ...loneGate(gateTask, value, unit), network };
  const frames = gateTask.clips!;
  const task = context.progress('fine-tune', epochs * frames.flat().length, 'frames');
  const interrupt = context.deferInterrupt();
  try {
    const tuned = await during(
      task,
      fineTune(backbone, gate, frames, settings, {
        signal: interrupt.signal,
        onStep: ({ step, samples, epoch, loss }) =>
          task.update((step + 1) * samples, `epoch ${epoch}/${epochs}, loss ${loss.toExponential(3)}`),
      }),
    );
    if (!helped(tuned)) {
      context.warn('W_TRAINING', `the backbone is left as it was: ${driftText(tuned)}`, {
        at: '--fine-tune',
        hint: 'a lower --fine-tune-lr, or more epochs; where nothing drifts, nothing can be gained',
      });
    }
    return tuned;
  } finally {
    interrupt.end();
  }
}

/** Whether the backbone is better than it was, and so the one to write. */
export function helped({ epoch }: FineTuned): boolean {
  return epoch > 0;
}

export function tuningFacts(tuned: FineTuned) {
  const { report, graph: _, ...facts } = tuned;
  const epochs = report.epochs.map(({ accuracy: _, validation, ...row }) => ({
    ...row,
    heldOut: validation?.value ?? null,
  }));
  return { steps: report.steps, epochs, ...facts, written: helped(tuned) };
}

export function tuningText(tuned: FineTuned): string {
  const { epoch, trained, report } = tuned;
  const what = helped(tuned) ? `as of epoch ${epoch}, another dense model than was given` : 'as it was';
  return `${what}; ${report.steps} steps on ${trained} frames; ${driftText(tuned)}`;
}

/** Of the best epoch, whether it was better or not. */
function driftText({ before, report, heldOut }: FineTuned): string {
  const after = report.epochs.map(({ validation }) => validation!.value);
  const best = Math.min(...after.filter(Number.isFinite));
  return `relative L2 on the ${heldOut} frames held out ${before.toFixed(4)} before fine-tuning, ${best.toFixed(4)} after`;
}
