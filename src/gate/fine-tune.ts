/** Fine-tuning of a backbone for the frames that its gate makes, without labels: the backbone as given is the teacher. */
import { createExecutor } from '../execute/float.ts';
import { removeDead } from '../graph/rewrite.ts';
import { dataOutputs } from '../graph/state.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { mixSeed } from '../numbers/random.ts';
import { type Network, readNetwork } from '../train/compile/network.ts';
import { ownVectors } from '../train/compile/own-vectors.ts';
import { type BatchSource, shuffled, upTo } from '../train/run/batches.ts';
import type { Score } from '../train/run/history.ts';
import { type RunOptions, runTraining, type TrainingReport } from '../train/run/loop.ts';
import { learningRates } from '../train/run/schedule.ts';
import { framesOfValue, type LoneGate, loneGraph, type Sequences } from './budget.ts';
import { adamTrainer, WHOLE_RUN } from './learning.ts';
import { driftOf } from './video/drift.ts';

type FineTuneSettings = {
  readonly epochs: number;
  readonly batchSize: number;
  /** Of Adam, at the start; it falls to 0 as a cosine. */
  readonly rate: number;
  readonly seed: number;
  readonly jobs: number;
};

export type FineTuned = {
  /** With other weights and biases, and nothing else; as it was where no epoch drifted less. */
  readonly graph: Graph;
  /** The epoch (from 1) that is given; 0: none drifted less than the backbone as it was. */
  readonly epoch: number;
  /** Frames that were trained on, and those behind them that decide between epochs. */
  readonly trained: number;
  readonly heldOut: number;
  /**
   * Relative L2 between the output for blended frames and that of the backbone as given for the frames themselves, the mean over
   * the frames held out, before and after.
   */
  readonly before: number;
  readonly after: number;
  readonly report: TrainingReport;
};

/**
 * A backbone as it is fine-tuned; of one that ends in a Softmax, what goes into it is compared.
 * @param graph from `prepareGraph`: batch norms are part of the layers before them, and stay what they are
 * @throws TinymlError E_OP, E_SHAPE for what cannot be trained
 */
export function readBackbone(graph: Graph): Network {
  return readNetwork(ownVectors(graph), false);
}

/** What is held out of each clip: its end, as the frames of one place resemble each other. */
const HELD_OUT = 0.2;

/**
 * Trains the backbone so that its output for what the gate makes of a frame is that of the backbone as given for the frame. The gate, and
 * with it every blended frame, stays as it is. The last fifth of each clip is held out: the epoch is taken that drifts least there.
 * @param gate of the input of the backbone
 * @param sequences of two frames or more each
 * @throws TinymlError as `runTraining`, E_OP for weights that layers share
 */
export async function fineTune(
  backbone: Network,
  gate: LoneGate,
  sequences: Sequences,
  settings: FineTuneSettings,
  hooks: Pick<RunOptions, 'signal' | 'onStep'> = {},
): Promise<FineTuned> {
  const { graph, outputs } = backbone;
  const alone = loneGraph(gate);
  const blended = framesOfValue(alone, dataOutputs(alone)[0]!.value, 0, sequences).flat();
  const frames = sequences.flat();
  const model = modelOf(graph, outputs[0]);
  const wanted = heldTargets((index) => model(frames[index]!), elementCount(backbone.outputShape));
  const [trained, heldOut] = partsOf(sequences);
  const batches = taughtBatches(trained, blended, wanted, elementCount(backbone.outputShape), settings);
  const { epochs, rate, seed, jobs } = settings;
  const trainer = adamTrainer(backbone, backbone, {
    loss: { kind: 'mean-squared-error' },
    batchSize: batches.counted,
    freeze: [],
    seed,
    jobs,
  });
  const scoreOf = async (student: Graph): Promise<Score> => {
    const output = modelOf(student, outputs[0]);
    const drifts = heldOut.map((index) => driftOf(output(blended[index]!), wanted(index)).relativeL2);
    const value = drifts.reduce((sum, one) => sum + one, 0) / drifts.length;
    return { kind: 'relative-l2', value, samples: drifts.length };
  };
  const report = await runTraining(trainer, {
    batches,
    epochs,
    learningRate: learningRates({
      ...{ epochs, rate, stepsPerEpoch: batches.perEpoch },
      schedule: { kind: 'cosine' },
      warmup: { unit: 'steps', count: 0 },
    }),
    labelled: false,
    classes: null,
    validate: () => scoreOf(trainer.toGraph()),
    before: () => scoreOf(graph),
    remedy: 'Lower the learning rate of the backbone (--fine-tune-lr).',
    ...WHOLE_RUN,
    ...hooks,
  });
  return {
    graph: report.bestEpoch === 0 ? graph : trainer.toGraph(),
    epoch: report.bestEpoch,
    trained: trained.length,
    heldOut: heldOut.length,
    before: report.before!.value,
    after: report.bestScore!.value,
    report,
  };
}

/** Indices over all frames: of those that are trained on, and of the end of each clip. */
function partsOf(sequences: Sequences): readonly [readonly number[], readonly number[]] {
  const [trained, heldOut]: [number[], number[]] = [[], []];
  let index = 0;
  for (const { length } of sequences) {
    const [first, end] = [index + length - Math.max(1, Math.round(HELD_OUT * length)), index + length];
    for (; index < end; index++) (index < first ? trained : heldOut).push(index);
  }
  return [trained, heldOut];
}

/** A value of a graph of one input, for a frame. */
function modelOf(graph: Graph, value: string): (frame: Float32Array) => Float32Array {
  const { shape } = graph.values.get(graph.inputs[0]!.value)!;
  const executor = createExecutor(
    removeDead({ ...graph, outputs: [{ name: value, value, dtype: 'float32' }] }),
  );
  return (data) => executor.run([{ dtype: 'float32', shape, data }])[0]!.data as Float32Array;
}

/** Numbers of outputs that are held: 256 MiB. */
const MAX_HELD = 2 ** 26;

/** What the teacher gives for each frame, computed once; beyond what is held, each time anew. */
function heldTargets(
  teacher: (index: number) => Float32Array,
  features: number,
): (index: number) => Float32Array {
  const held = new Map<number, Float32Array>();
  return (index) => {
    const known = held.get(index);
    if (known !== undefined) return known;
    const target = teacher(index);
    if ((held.size + 1) * features <= MAX_HELD) held.set(index, target);
    return target;
  };
}

/** Blended frames in another order in each epoch, and what is wanted for the frames. */
function taughtBatches(
  chosen: readonly number[],
  blended: readonly Float32Array[],
  wanted: (index: number) => Float32Array,
  features: number,
  { batchSize, seed }: FineTuneSettings,
): BatchSource {
  const size = Math.min(batchSize, chosen.length);
  const perEpoch = Math.floor(chosen.length / size);
  const elements = blended[0]!.length;
  return {
    perEpoch,
    counted: size,
    judged: size,
    *epoch(epoch, first = 0) {
      const order = shuffled(upTo(chosen.length), mixSeed(seed, epoch));
      const inputs = new Float32Array(size * elements);
      const targets = new Float32Array(size * features);
      for (let batch = first; batch < perEpoch; batch++) {
        order.subarray(batch * size, (batch + 1) * size).forEach((place, i) => {
          inputs.set(blended[chosen[place]!]!, i * elements);
          targets.set(wanted(chosen[place]!), i * features);
        });
        yield { inputs, labels: new Int32Array(size), targets };
      }
    },
  };
}
