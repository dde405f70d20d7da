/** Training of gates for `tinyml gate`: options, progress and checkpoints as `tinyml train` has them. */
import { createHash } from 'node:crypto';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatPercent } from '../diagnostics/units.ts';
import type { LoneGate, Sequences } from '../gate/budget.ts';
import type { LearnedKind } from '../gate/network.ts';
import { type GateTrainingSettings, openGateSession, type TrainedGate, USUAL_RATES } from '../gate/train.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import type { Identity } from '../train/run/checkpoint.ts';
import { parseSchedule, parseWarmup } from '../train/run/schedule.ts';
import type { Context } from './context.ts';
import { numberOption, type Options, requiredNumber, requiredText, textOption } from './options.ts';
import { runInContext } from './training-run.ts';

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
  return runInContext(
    {
      title: 'train gate',
      steps: session.steps,
      unit: 'pairs',
      perStep: session.pairs,
      identity,
      changeable: {},
      run: session.run,
      step: ({ correct, ...step }) => {
        const skip = correct / step.samples;
        const now = `epoch ${step.epoch}/${settings.epochs}, loss ${step.loss.toFixed(3)}`;
        return { line: { ...step, skip }, text: `${now}, ${formatPercent(skip)} skipped` };
      },
      epoch: ({ epoch, loss, accuracy: skip, learningRate, samplesPerSecond }) => ({
        line: { epoch, loss, skip, learningRate, samplesPerSecond },
        text: `epoch ${epoch}, loss ${loss.toFixed(4)}, ${formatPercent(skip ?? 0)} skipped`,
      }),
    },
    options,
    context,
  );
}

function digestOf(frames: Sequences): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of frames.flat()) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return `${frames.map(({ length }) => length).join()} frames, ${hash.digest('hex')}`;
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
