import { TinymlError } from '../../diagnostics/errors.ts';
import { formatPercent } from '../../diagnostics/units.ts';
import { DIVERGED, hasDiverged, lossOfGuessing } from '../divergence.ts';
import type { OctoSettings } from '../options.ts';
import type { Batch, GradientHealth, StepResult, StepSettings, Trainer, TrainingMemory } from '../types.ts';
import type { BatchSource } from './batches.ts';
import type { Best, Checkpoint, Progress } from './checkpoint.ts';
import { healthWarnings } from './health.ts';
import {
  type CurvePoint,
  curvePoints,
  EMPTY_HISTORY,
  type EpochRow,
  extendCurve,
  type HealthRow,
  type Score,
} from './history.ts';

/** One step as it happened. */
export type StepRecord = StepSettings &
  StepResult & {
    /** From 1. */
    readonly epoch: number;
    readonly samples: number;
    /** Places of the samples, where these have classes. */
    readonly places?: number;
  };

/** The part of a checkpoint that the loop knows. */
export type Saved = Pick<Checkpoint, 'progress' | 'last' | 'best'>;

export type RunOptions = {
  readonly batches: BatchSource;
  readonly epochs: number;
  /** By step, from 0. */
  readonly learningRate: (step: number) => number;
  /** Whether batches have labels: then there is an accuracy. */
  readonly labelled: boolean;
  /** Classes that a model may guess among; null where it has none. */
  readonly classes: number | null;
  /** Measures what would be exported now; null without validation data: then the last state is the best. */
  readonly validate: (() => Promise<Score>) | null;
  /** Measures the model as it was before the first step; null where training does not go on from one. */
  readonly before: (() => Promise<Score>) | null;
  /** Stops after so many epochs in a row that are no better; null never. */
  readonly patience: number | null;
  /** Steps from one inspection of the gradients to the next. */
  readonly inspectEvery: number;
  /** For advice in warnings. */
  readonly octo: OctoSettings;
  /** What to do where numbers overflow: a sentence that names options of the command. */
  readonly remedy: string;
  /** Where to go on. */
  readonly resume?: Saved;
  /** Keeps the state; called after every epoch, every minute, and before a stop. @throws TinymlError E_WRITE */
  readonly save?: (saved: Saved) => void;
  /** Once aborted, the run ends after the step under way. */
  readonly signal?: AbortSignal;
  readonly onStep?: (step: StepRecord) => void;
  readonly onEpoch?: (row: EpochRow) => void;
};

/** What a run was like. */
export type TrainingReport = {
  readonly epochs: readonly EpochRow[];
  readonly curve: readonly CurvePoint[];
  readonly health: readonly HealthRow[];
  readonly warnings: readonly string[];
  readonly memory: TrainingMemory | null;
  readonly steps: number;
  /** Score of the model as it was before training; null where it was not measured. */
  readonly before: Score | null;
  /** The epoch (from 1) whose state the trainer has now; 0: the state of before training. */
  readonly bestEpoch: number;
  /** Of that state. */
  readonly bestScore: Score | null;
  readonly earlyStop: boolean;
};

const TURN_MS = 50;
const SAVE_MS = 60_000;

/**
 * Trains for some epochs, and leaves the trainer in its best state: that of the best validation, else the last; where no
 * epoch was surely better than the model as it was, that of before the first step. A run that was stopped and resumed
 * ends in the same state as one that was not.
 * @throws TinymlError E_NOT_FINITE where the numbers overflow: the last checkpoint stays as it was;
 *   E_INTERRUPTED where `signal` ended the run, after saving; E_DATA and E_WRITE as data and `save` have it
 */
export async function runTraining(trainer: Trainer, options: RunOptions): Promise<TrainingReport> {
  const { epochs, validate, patience, resume, signal } = options;
  const first = options.before === null ? null : trainer.state();
  if (resume !== undefined) trainer.restore(resume.last);
  let progress = resume?.progress ?? { ...START, before: (await options.before?.()) ?? null };
  let best = resume?.best ?? null;
  const save = (reached: Progress): void =>
    options.save?.({ progress: reached, last: trainer.state(), best });

  while (progress.position.epoch < epochs && !outOfPatience(progress, patience)) {
    const part = await trainEpoch(trainer, options, progress, save);
    progress = part.progress;
    if (part.stopped) throw stopped(progress, save, options);
    const score = validate === null ? null : await validate();
    if (score !== null && isBetter(score, progress.best)) best = trainer.state();
    const row = epochRow(progress, score, part.samplesPerSecond, options);
    progress = afterEpoch(progress, row);
    options.onEpoch?.(row);
    if (signal?.aborted === true && progress.position.epoch < epochs) throw stopped(progress, save, options);
    save(progress);
  }

  const { history, before } = progress;
  const keepsFirst = first !== null && before !== null && !isSurelyBetter(progress.best, before);
  if (keepsFirst) trainer.restore(first);
  else if (best !== null) trainer.restore(best);
  return {
    epochs: history.epochs,
    curve: curvePoints(history.curve),
    health: history.health,
    warnings: [
      ...(keepsFirst ? [keptText(before, progress.best)] : []),
      ...divergedText(history.epochs, options.classes),
      ...healthWarnings(history.health, options.octo),
    ],
    memory: trainer.memory,
    steps: progress.step,
    before,
    bestEpoch: keepsFirst ? 0 : (progress.best?.epoch ?? progress.position.epoch),
    bestScore: keepsFirst ? before : (progress.best?.score ?? null),
    earlyStop: progress.position.epoch < epochs,
  };
}

const START: Progress = {
  step: 0,
  position: { epoch: 0, batch: 0 },
  sums: { loss: 0, correct: 0 },
  before: null,
  best: null,
  sinceBest: 0,
  history: EMPTY_HISTORY,
};

type EpochPart = {
  readonly progress: Progress;
  readonly stopped: boolean;
  readonly samplesPerSecond: number | null;
};

/** The steps that are left of an epoch. */
async function trainEpoch(
  trainer: Trainer,
  options: RunOptions,
  from: Progress,
  save: (progress: Progress) => void,
): Promise<EpochPart> {
  const { batches, learningRate, signal } = options;
  const { epoch, batch: first } = from.position;
  const start = performance.now();
  let lastTurn = start;
  let lastSave = start;
  let progress = from;
  for (const batch of batches.epoch(epoch, first)) {
    const settings = { step: progress.step, learningRate: learningRate(progress.step) };
    if ((settings.step + 1) % options.inspectEvery === 0) {
      progress = withHealth(progress, trainer.inspect(batch, settings));
    }
    const result = checkedStep(trainer, batch, settings, options);
    progress = afterStep(progress, settings, result, batches.judged);
    const { counted: samples, judged } = batches;
    const places = judged === samples ? {} : { places: judged };
    options.onStep?.({ ...settings, ...result, epoch: epoch + 1, samples, ...places });
    if (signal?.aborted === true) return { progress, stopped: true, samplesPerSecond: null };
    const time = performance.now();
    if (time - lastTurn > TURN_MS) {
      await turn();
      lastTurn = performance.now();
    }
    if (time - lastSave > SAVE_MS) {
      save(progress);
      lastSave = time;
    }
  }
  await turn();
  const seconds = Math.max((performance.now() - start) / 1000, 1e-9);
  const samplesPerSecond = first > 0 ? null : (batches.perEpoch * batches.counted) / seconds;
  return { progress, stopped: false, samplesPerSecond };
}

/** Signals and workers are heard between turns only; an epoch may be shorter than the time from one to the next. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** @throws TinymlError E_NOT_FINITE with the step, whether the trainer or its loss says so */
function checkedStep(
  trainer: Trainer,
  batch: Batch,
  settings: StepSettings,
  options: RunOptions,
): StepResult {
  const at = `step ${settings.step + 1}, learning rate ${settings.learningRate.toPrecision(4)}`;
  const kept = options.save === undefined ? '' : ' The last checkpoint is kept as it was.';
  const hint = `${options.remedy}${kept}`;
  try {
    const result = trainer.step(batch, settings);
    if (Number.isFinite(result.loss)) return result;
    throw new TinymlError('E_NOT_FINITE', `the loss is ${result.loss}`, { at, hint });
  } catch (error) {
    if (!(error instanceof TinymlError) || error.code !== 'E_NOT_FINITE' || error.at.includes(at))
      throw error;
    throw new TinymlError('E_NOT_FINITE', error.message, { at: [...error.at, at], hint, cause: error });
  }
}

function afterStep(
  progress: Progress,
  { step, learningRate }: StepSettings,
  { loss, correct }: StepResult,
  judged: number,
): Progress {
  const { position, sums, history } = progress;
  return {
    ...progress,
    step: step + 1,
    position: { epoch: position.epoch, batch: position.batch + 1 },
    sums: { loss: sums.loss + loss, correct: sums.correct + correct },
    history: {
      ...history,
      curve: extendCurve(history.curve, { step, loss, accuracy: correct / judged, learningRate }),
    },
  };
}

/** Layers that no gradient reached have no cosine, and nothing to say. */
function withHealth(progress: Progress, layers: readonly GradientHealth[]): Progress {
  const { history, step } = progress;
  const rows = layers.filter(({ cosine }) => Number.isFinite(cosine)).map((layer) => ({ ...layer, step }));
  return { ...progress, history: { ...history, health: [...history.health, ...rows] } };
}

function epochRow(
  { position, sums, step }: Progress,
  validation: Score | null,
  samplesPerSecond: number | null,
  { batches, labelled, learningRate }: RunOptions,
): EpochRow {
  return {
    epoch: position.epoch + 1,
    loss: sums.loss / batches.perEpoch,
    accuracy: labelled ? sums.correct / (batches.perEpoch * batches.judged) : null,
    validation,
    learningRate: learningRate(step - 1),
    samplesPerSecond,
  };
}

function afterEpoch(progress: Progress, row: EpochRow): Progress {
  const { epoch, validation } = row;
  const better = validation !== null && isBetter(validation, progress.best);
  return {
    ...progress,
    position: { epoch, batch: 0 },
    sums: START.sums,
    best: better ? { epoch, score: validation } : progress.best,
    sinceBest: better || validation === null ? 0 : progress.sinceBest + 1,
    history: { ...progress.history, epochs: [...progress.history.epochs, row] },
  };
}

/** Of equal scores the first stays the best. */
function isBetter(score: Score, best: Best | null): boolean {
  if (best === null) return true;
  return score.kind === 'accuracy' ? score.value > best.score.value : score.value < best.score.value;
}

/**
 * Whether the best epoch takes the place of the model as it was: by more than the standard error of its accuracy, since the best of
 * several epochs looks better than it is (the one-standard-error rule: Breiman et al. 1984, section 3.4.3). Errors have no
 * standard error here: they are compared as they are.
 */
function isSurelyBetter(best: Best | null, before: Score): boolean {
  if (best === null) return false;
  const { kind, value, samples } = best.score;
  return kind === 'accuracy'
    ? value - before.value > Math.sqrt((value * (1 - value)) / samples)
    : value < before.value;
}

function keptText(before: Score, best: Best | null): string {
  const epochs = best === null ? '' : `, ${scoreText(best.score)} after epoch ${best.epoch}`;
  return `no epoch was surely better than the model as it was: it is kept (${scoreText(before)}${epochs}, on ${before.samples} validation samples)`;
}

/** An epoch in which the model did worse than one that guesses. */
function divergedText(epochs: readonly EpochRow[], classes: number | null): readonly string[] {
  if (classes === null) return [];
  const guessing = lossOfGuessing(classes);
  const bad = epochs.find(({ loss }) => hasDiverged(loss, guessing));
  if (bad === undefined) return [];
  return [
    `the loss of epoch ${bad.epoch} is ${bad.loss.toFixed(2)}, more than ${DIVERGED} times the ${guessing.toFixed(2)} of a model that guesses: training diverges; lower --lr`,
  ];
}

function scoreText({ kind, value }: Score): string {
  switch (kind) {
    case 'accuracy':
      return formatPercent(value);
    case 'mean-squared-error':
      return `a mean squared error of ${value.toPrecision(4)}`;
    case 'relative-l2':
      return `a relative L2 of ${value.toPrecision(4)}`;
  }
}

function outOfPatience({ sinceBest }: Progress, patience: number | null): boolean {
  return patience !== null && sinceBest >= patience;
}

/** Saves, and gives the error that ends the run. */
function stopped(progress: Progress, save: (progress: Progress) => void, options: RunOptions): TinymlError {
  save(progress);
  const { epoch, batch } = progress.position;
  return new TinymlError(
    'E_INTERRUPTED',
    `stopped after ${progress.step} steps (epoch ${epoch + 1}, batch ${batch} of ${options.batches.perEpoch})`,
    {
      hint:
        options.save === undefined
          ? 'Nothing was kept. With --checkpoint <file> a run can be continued.'
          : 'Everything so far is in the checkpoint: the same command with --resume continues.',
    },
  );
}
