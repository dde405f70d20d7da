/** One run of an ablation: an arm trained from a seed, and measured. */
import { openDataset } from '../../data/open.ts';
import type { Preprocess } from '../../data/preprocess.ts';
import type { IndexedDataset } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { type PredictAll, predictFloat, predictInteger } from '../../execute/predict.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { lower } from '../../lower/int8/lower.ts';
import { mixSeed, seededRandom } from '../../numbers/random.ts';
import { exportModel } from '../../onnx/export.ts';
import { importModel } from '../../onnx/import.ts';
import { prepareGraph } from '../../passes/pipeline.ts';
import { planMemory } from '../../program/plan.ts';
import { evaluate } from '../../quantize/evaluate.ts';
import type { TrainerOptions } from '../options.ts';
import { type Augmentation, createAugment } from '../run/augment.ts';
import { type BatchSource, batchesOf } from '../run/batches.ts';
import { orDiverged } from '../run/diverged.ts';
import { runTraining, type StepRecord } from '../run/loop.ts';
import { learningRates, type RateOptions } from '../run/schedule.ts';
import { createTrainer } from '../run/trainer.ts';
import type { Method, Trainer } from '../types.ts';
import { withBatchNorm } from './batch-norm.ts';
import { type Arm, armKey, armSettings } from './factors.ts';
import type { Row } from './rows.ts';

/** What all runs share; plain values, so that threads can be given them. */
export type RunSetup = {
  /** From `prepareGraph` with `keepBatchNorm`. */
  readonly graph: Graph;
  readonly training: DataPath;
  readonly evaluation: DataPath;
  /** `method`, `octo` and `seed` are those of the arm. */
  readonly trainer: TrainerOptions;
  readonly lacL2: number;
  readonly epochs: number;
  readonly rates: Omit<RateOptions, 'epochs' | 'stepsPerEpoch'>;
  readonly augment: readonly Augmentation[];
};

/** `limit`: the first so many samples; null all. */
export type DataPath = {
  readonly path: string;
  readonly preprocess: Preprocess | null;
  readonly limit: number | null;
};

export type Run = { readonly arm: Arm; readonly seed: number };

export type Runner = (run: Run, options?: RunHooks) => Promise<Row>;

export type RunHooks = {
  readonly signal?: AbortSignal;
  /** After every step. */
  readonly onStep?: (step: StepRecord) => void;
};

/** Data files of up to so many bytes stay in memory. */
const HOLD_BYTES = 64 * 2 ** 20;

/** Times that the gradients of a run are looked at. */
const INSPECTIONS = 16;

/** Key of the order in which the evaluation data are read for batches. */
const MEASURE = 7;

/** Opens the data once, for any number of runs. @throws TinymlError E_DATA, E_FILE */
export async function createAblationRunner(setup: RunSetup): Promise<Runner> {
  const { graph } = setup;
  const shapes = graph.inputs.map(({ value }) => graph.values.get(value)!.shape);
  const open = ({ path, preprocess, limit }: DataPath): Promise<IndexedDataset> =>
    openDataset(path, {
      inputShapes: shapes,
      hold: HOLD_BYTES,
      ...(preprocess === null ? {} : { preprocess }),
      ...(limit === null ? {} : { limit }),
    });
  const [training, evaluation] = [await open(setup.training), await open(setup.evaluation)];
  return (run, hooks = {}) => performRun(setup, training, evaluation, shapes[0]!, run, hooks);
}

async function performRun(
  setup: RunSetup,
  training: IndexedDataset,
  evaluation: IndexedDataset,
  inputShape: readonly number[],
  { arm, seed }: Run,
  { signal, onStep }: RunHooks,
): Promise<Row> {
  const start = performance.now();
  const { method, octo } = armSettings(arm, setup.lacL2);
  const options: TrainerOptions = { ...setup.trainer, method, octo, seed };
  const trainer = createTrainer(withBatchNorm(setup.graph, arm['batch-norm'] as 'on' | 'off'), options);
  const batches = batchesFor(setup, training, inputShape, seed);
  const { epochs, rates } = setup;
  const total = epochs * batches.perEpoch;
  const row = (figures: Omit<Row, 'arm' | 'seed' | 'seconds'>): Row => ({
    arm: armKey(arm),
    seed,
    ...figures,
    seconds: Math.round(performance.now() - start) / 1000,
  });
  try {
    const report = await runTraining(trainer, {
      batches,
      epochs,
      learningRate: learningRates({ ...rates, epochs, stepsPerEpoch: batches.perEpoch }),
      labelled: true,
      validate: null,
      patience: null,
      inspectEvery: Math.max(1, Math.floor(total / INSPECTIONS)),
      octo,
      ...(signal === undefined ? {} : { signal }),
      ...(onStep === undefined ? {} : { onStep }),
    });
    return row({
      exported: await exportedAccuracy(trainer, method, evaluation, options.jobs),
      asTrained: trainedAccuracy(trainer, evaluation, elementCount(inputShape), total),
      loss: report.epochs.at(-1)!.loss,
      cosine: meanOrNull(report.health.map(({ cosine }) => cosine)),
      failure: null,
    });
  } catch (error) {
    if (!(error instanceof TinymlError) || error.code !== 'E_NOT_FINITE') throw error;
    const failure = [error.message, ...error.at].join(', ');
    return row({ exported: null, asTrained: null, loss: null, cosine: null, failure });
  }
}

/** The same batches for every arm of a seed: arms are compared on equal luck. */
function batchesFor(
  { trainer: { batchSize, classes }, graph, augment }: RunSetup,
  training: IndexedDataset,
  inputShape: readonly number[],
  seed: number,
): BatchSource {
  const [, channels = 1, height = 1, width = 1] = inputShape;
  return batchesOf(training, {
    batchSize,
    seed,
    inputElements: elementCount(inputShape),
    indices: null,
    classes: classes ?? elementCount(graph.values.get(graph.outputs[0]!.value)!.shape),
    augment: augment.length === 0 ? null : createAugment(augment, { channels, height, width }),
  });
}

/** What the written file is worth, read back: integers, or float32 for float training. */
async function exportedAccuracy(
  trainer: Trainer,
  method: Method,
  evaluation: IndexedDataset,
  jobs: number,
): Promise<number> {
  const bytes = exportModel(trainer.toGraph());
  const graph = prepareGraph(importModel(bytes, { path: 'the trained model' }));
  const result = await evaluate(predictorOf(graph, method, jobs), evaluation);
  if (result.kind === 'classification') return result.accuracy;
  throw new TinymlError('E_DATA', 'an ablation compares accuracies: the evaluation data have no labels', {
    at: evaluation.name,
    hint: 'Give labelled data to --eval.',
  });
}

function predictorOf(graph: Graph, method: Method, jobs: number): PredictAll {
  if (method === 'float') return predictFloat(graph, jobs);
  const program = orDiverged(() => lower(graph));
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  return predictInteger({ program, plan }, jobs);
}

/**
 * Right answers of the forward pass of training: steps at a rate of 0 that are taken back, ranges and all. Samples are
 * shuffled, because the statistics of a batch of one class say nothing of the others.
 */
function trainedAccuracy(
  trainer: Trainer,
  evaluation: IndexedDataset,
  elements: number,
  step: number,
): number {
  const { batchSize } = trainer;
  const { length } = evaluation;
  const order = shuffledIndices(length, mixSeed(MEASURE));
  const state = trainer.state();
  const inputs = new Float32Array(batchSize * elements);
  const labels = new Int32Array(batchSize);
  let correct = 0;
  for (let first = 0; first < length; first += batchSize) {
    // The last batch is filled up with the first samples, which do not count again.
    const counted = Math.min(batchSize, length - first);
    const indices = Array.from({ length: batchSize }, (_, i) => order[(first + i) % length]!);
    evaluation.fill(indices, inputs, labels);
    labels.fill(-1, counted);
    correct += trainer.step({ inputs, labels, targets: null }, { step, learningRate: 0 }).correct;
    trainer.restore(state);
  }
  return correct / length;
}

function shuffledIndices(length: number, seed: number): readonly number[] {
  const random = seededRandom(seed);
  const keys = Float64Array.from({ length }, () => random());
  return Array.from({ length }, (_, i) => i).sort((a, b) => keys[a]! - keys[b]!);
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
