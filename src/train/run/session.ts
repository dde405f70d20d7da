/** One training run from its settings to the model that is kept: `tinyml train` is one, `tinyml ablate` many. */
import { chooseIndices } from '../../data/subset.ts';
import type { Dataset, IndexedDataset } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph } from '../../graph/types.ts';
import { CALIBRATION_SAMPLES } from '../../quantize/calibration-size.ts';
import { quantizeGraph } from '../../quantize/quantize-graph.ts';
import { mayReconstruct } from '../compile/loss.ts';
import type { RangeOf } from '../compile/ranges.ts';
import { checkTrainerOptions, type TrainerOptions } from '../options.ts';
import type { Loss, Trainer } from '../types.ts';
import { type Augment, createAugment, type ImageShape } from './augment.ts';
import type { CreateTrainer } from './backend.ts';
import { type BatchSource, batchesOf } from './batches.ts';
import { classesOf, sizesOf } from './data.ts';
import { ownTarget } from './device.ts';
import { fixedRanges } from './fixed-ranges.ts';
import { type RunOptions, runTraining, type TrainingReport } from './loop.ts';
import { networkOf } from './network.ts';
import { learningRates } from './schedule.ts';
import { evaluateGraph, scoreOf } from './score.ts';
import { goesOn, type TrainingSettings } from './settings.ts';

type SessionOptions = {
  readonly createTrainer: CreateTrainer;
  /** From `prepareGraph` with `keepBatchNorm`. */
  readonly graph: Graph;
  readonly settings: Omit<TrainingSettings, 'validation'>;
  readonly data: IndexedDataset;
  /** Which samples are trained on; null: all. */
  readonly indices: Int32Array | null;
  /** Chooses the state that is kept; null: the last one is. */
  readonly validation: Dataset | null;
  /** Gradients are looked at so many times in a run, but not more often than every `inspectEvery` steps. */
  readonly inspections: number;
  readonly inspectEvery: number;
};

type SessionHooks = Pick<RunOptions, 'resume' | 'save' | 'signal' | 'onStep' | 'onEpoch'>;

export type Session = {
  readonly trainer: Trainer;
  readonly batches: BatchSource;
  /** Steps of all epochs. */
  readonly steps: number;
  /** Trains. @throws TinymlError as `runTraining` and `quantizeGraph` */
  readonly run: (hooks: SessionHooks) => Promise<SessionResult>;
};

export type SessionResult = {
  readonly report: TrainingReport;
  /** The model that is kept: QDQ, or float32 for float training. */
  readonly graph: Graph;
};

/** @throws TinymlError E_OP, E_SHAPE, E_USAGE for what cannot be trained so, E_DATA without samples */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { graph, settings, data, indices } = options;
  // A batch of more than there is would be filled up with nothing.
  const batchSize = Math.min(settings.trainer.batchSize, Math.max(1, indices?.length ?? data.length));
  const own = { ...settings.trainer, batchSize, loss: lossOn(graph, settings.trainer, data) };
  const rangeOf = own.octo.ranges === 'fixed' ? await rangesOfData(graph, own, data, indices) : undefined;
  const trainer = options.createTrainer(graph, own, rangeOf);
  const batches = batchesOf(data, {
    batchSize: trainer.batchSize,
    seed: settings.trainer.seed,
    inputElements: sizesOf(graph).input,
    indices,
    classes: classesOf(graph, settings.trainer),
    augment: settings.augment.length === 0 ? null : augmentOf(settings.augment, graph, data),
  });
  const steps = settings.epochs * batches.perEpoch;
  return { trainer, batches, steps, run: (hooks) => runSession(options, trainer, batches, steps, hooks) };
}

/** With ranges that are fixed an auto-encoder has the target that a device has: its input in codes. */
function lossOn(graph: Graph, options: TrainerOptions, { targetElements }: IndexedDataset): Loss {
  const { loss, octo, method } = options;
  const isOwnTarget = loss.kind === 'mean-squared-error' && targetElements === undefined;
  if (!isOwnTarget || method !== 'octo' || octo.ranges !== 'fixed') return loss;
  return mayReconstruct(networkOf(graph, options)) ? ownTarget(loss) : loss;
}

/** Ranges of some of the samples that are trained on. */
function rangesOfData(
  graph: Graph,
  options: TrainerOptions,
  data: IndexedDataset,
  indices: Int32Array | null,
): Promise<RangeOf> {
  checkTrainerOptions(options);
  const chosen = chooseIndices(indices?.length ?? data.length, CALIBRATION_SAMPLES, options.seed);
  const samples = data.samples(indices === null ? chosen : chosen.map((i) => indices[i]!));
  return fixedRanges(networkOf(graph, options), options, samples);
}

async function runSession(
  { graph, settings, validation, data, inspections, inspectEvery }: SessionOptions,
  trainer: Trainer,
  batches: BatchSource,
  steps: number,
  hooks: SessionHooks,
): Promise<SessionResult> {
  const { method, loss, octo, jobs } = settings.trainer;
  const score =
    validation === null
      ? null
      : async (graph: Graph) => scoreOf(await evaluateGraph(graph, method, validation, jobs));
  const asItWas = () => modelAsItWas(trainer, settings.trainer, data);
  const report = await runTraining(trainer, {
    batches,
    epochs: settings.epochs,
    learningRate: learningRates({ ...settings, stepsPerEpoch: batches.perEpoch }),
    labelled: loss.kind === 'cross-entropy',
    classes: classesOf(graph, settings.trainer),
    validate: score === null ? null : () => score(trainer.toGraph()),
    before: score === null || !goesOn(settings.trainer) ? null : async () => score(await asItWas()),
    patience: settings.patience,
    inspectEvery: Math.max(inspectEvery, Math.ceil(steps / inspections)),
    octo,
    remedy: 'Lower the learning rate (--lr), or let it rise slowly (--warmup).',
    ...hooks,
  });
  return { report, graph: report.bestEpoch === 0 ? await asItWas() : trainer.toGraph() };
}

/**
 * The model before the first step, as `quantize` writes it with the same data and seed; in float32 for float training. Ranges may
 * come from samples that are held out: their labels are not looked at.
 * @param trainer in the state of before the first step
 */
async function modelAsItWas(
  trainer: Trainer,
  { method, seed, jobs }: TrainingSettings['trainer'],
  data: IndexedDataset,
): Promise<Graph> {
  if (method === 'float') return trainer.toGraph();
  const chosen = chooseIndices(data.length, CALIBRATION_SAMPLES, seed);
  return (await quantizeGraph(trainer.toFloatGraph(), () => data.samples(chosen), { jobs })).graph;
}

/** @throws TinymlError E_USAGE where places would move and their classes stay */
function augmentOf(changes: TrainingSettings['augment'], graph: Graph, data: IndexedDataset): Augment {
  if (data.targetsAreClasses && changes.some(({ kind }) => kind !== 'brightness')) {
    throw new TinymlError('E_USAGE', 'samples whose places have classes are not moved', {
      at: '--augment',
      hint: 'brightness:<share> leaves places where they are; flip and crop the data themselves.',
    });
  }
  return createAugment(changes, imageShape(graph));
}

/** @throws TinymlError E_USAGE */
function imageShape(graph: Graph): ImageShape {
  const { shape } = graph.values.get(graph.inputs[0]!.value)!;
  const [, channels, height, width] = shape;
  if (shape.length === 4) return { channels: channels!, height: height!, width: width! };
  throw new TinymlError('E_USAGE', `--augment is for images, the input has shape [${shape.join(', ')}]`, {
    at: '--augment',
    hint: 'An image input has the axes batch, channels, height and width.',
  });
}
