/** Training of gates for `tinyml gate`: options, progress and checkpoints as `tinyml train` has them. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { TinymlError } from '../diagnostics/errors.ts';
import { during } from '../diagnostics/progress.ts';
import { formatPercent } from '../diagnostics/units.ts';
import type { LoneGate, Sequences } from '../gate/budget.ts';
import type { LearnedKind } from '../gate/network.ts';
import { type GateTrainingSettings, openGateSession, type TrainedGate, USUAL_RATES } from '../gate/train.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import { continueFrom, encodeCheckpoint, type Identity } from '../train/run/checkpoint.ts';
import { parseSchedule, parseWarmup } from '../train/run/schedule.ts';
import type { Context } from './context.ts';
import {
  flagOption,
  numberOption,
  type Options,
  requiredNumber,
  requiredText,
  textOption,
} from './options.ts';
import { openStepLog } from './step-log.ts';

/**
 * Trains a gate on what the gated value is in the frames of clips, and keeps its state in --checkpoint.
 * @throws TinymlError E_OP for a backbone that cannot be trained through, E_USAGE, E_CHECKPOINT, and as `runTraining`
 */
export async function trainGate(
  kind: LearnedKind,
  { graph, sha256 }: { readonly graph: Graph; readonly sha256: string },
  value: string,
  gate: Omit<LoneGate, 'network'>,
  frames: Sequences,
  budget: number,
  options: Options,
  context: Context,
): Promise<TrainedGate> {
  const settings = settingsOf(kind, budget, options, context);
  const checkpoint = textOption(options, 'checkpoint');
  if (checkpoint !== undefined && dataInputs(graph)[0]!.value !== value) {
    throw new TinymlError('E_USAGE', 'a checkpoint is kept of the gate of the frame alone', {
      at: ['--checkpoint', `tensor "${value}"`],
      hint: 'Leave out --checkpoint, or --layers.',
    });
  }
  const session = openGateSession(graph, value, gate, frames, settings);
  const { jobs: _, ...chosen } = settings;
  const read = { model: sha256, data: digestOf(frames), gate: gate.settings };
  const identity: Identity = Object.fromEntries(
    Object.entries({ ...read, ...chosen }).map(([name, one]) => [name, JSON.stringify(one)]),
  );
  const resume = resumed(checkpoint, identity, options, context);
  const log = openStepLog(textOption(options, 'log'), resume !== null, context);
  const start = resume?.saved.progress.step ?? 0;
  const task = context.progress('train gate', (session.steps - start) * session.pairs, 'pairs');
  const interrupt = context.deferInterrupt();
  try {
    return await during(
      task,
      session.run({
        signal: interrupt.signal,
        ...(resume === null ? {} : { resume: resume.saved }),
        ...(checkpoint === undefined
          ? {}
          : {
              save: (saved) =>
                context.outputs.replace(checkpoint, encodeCheckpoint({ ...saved, identity, settings: {} })),
            }),
        onStep: ({ correct, ...step }) => {
          const skip = correct / step.samples;
          log.write({ kind: 'step', ...step, skip });
          const now = `epoch ${step.epoch}/${settings.epochs}, loss ${step.loss.toFixed(3)}`;
          task.update((step.step + 1 - start) * session.pairs, `${now}, ${formatPercent(skip)} skipped`);
        },
        onEpoch: ({ epoch, loss, accuracy: skip, learningRate, samplesPerSecond }) => {
          log.write({ kind: 'epoch', epoch, loss, skip, learningRate, samplesPerSecond });
          task.say(`epoch ${epoch}, loss ${loss.toFixed(4)}, ${formatPercent(skip ?? 0)} skipped`);
        },
      }),
    );
  } finally {
    interrupt.end();
    log.close();
  }
}

function digestOf(frames: Sequences): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of frames.flat()) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return `${frames.map(({ length }) => length).join()} frames, ${hash.digest('hex')}`;
}

function resumed(checkpoint: string | undefined, identity: Identity, options: Options, context: Context) {
  if (flagOption(options, 'resume')) {
    if (checkpoint !== undefined) return continueFrom(checkpoint, identity, {});
    throw new TinymlError('E_USAGE', '--resume needs --checkpoint', {
      at: '--resume',
      hint: 'Give the file that --checkpoint of the earlier run named.',
    });
  }
  if (checkpoint !== undefined && existsSync(checkpoint)) {
    context.warn(
      'W_CHECKPOINT',
      `${checkpoint} is of an earlier run, and is replaced; --resume would go on from it`,
    );
  }
  return null;
}

function settingsOf(
  kind: LearnedKind,
  budget: number,
  options: Options,
  { seed, jobs }: Context,
): GateTrainingSettings {
  const margin = requiredNumber(options, 'margin');
  return {
    kind,
    loss: {
      contrast: margin > 0,
      margin,
      budget: { kind: 'square', share: budget },
      distillation: requiredNumber(options, 'distil'),
    },
    budgetWeight: requiredNumber(options, 'budget-weight'),
    rule: requiredText(options, 'gate-norm') as GateTrainingSettings['rule'],
    epochs: requiredNumber(options, 'epochs'),
    batchSize: requiredNumber(options, 'batch-size'),
    rate: numberOption(options, 'lr') ?? USUAL_RATES[kind],
    schedule: parseSchedule(requiredText(options, 'schedule')),
    warmup: parseWarmup(requiredText(options, 'warmup')),
    seed,
    jobs,
  };
}

type TrainingFacts = ReturnType<typeof trainingFacts>;

/** How a gate was trained; the accuracy of reports of training is what was skipped. */
export function trainingFacts({ report, offset, skipAsTrained }: TrainedGate) {
  const { epochs, steps, curve, memory } = report;
  return {
    steps,
    epochs: epochs.map(({ accuracy, validation: _, ...row }) => ({ ...row, skip: accuracy })),
    curve: curve.map(({ accuracy, ...point }) => ({ ...point, skip: accuracy })),
    memory,
    offset,
    skipAsTrained,
  };
}

export function trainingText({ epochs, steps, skipAsTrained }: TrainingFacts): string {
  const loss = epochs.at(-1)!.loss.toFixed(4);
  return `${steps} steps of training, loss ${loss}, ${formatPercent(skipAsTrained)} before it was calibrated`;
}
