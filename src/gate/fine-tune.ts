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
import { type RunOptions, runTraining, type TrainingReport } from '../train/run/loop.ts';
import { learningRates } from '../train/run/schedule.ts';
import { framesOfValue, type LoneGate, loneGraph, type Sequences } from './budget.ts';
import { adamTrainer, UNJUDGED } from './learning.ts';
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
  /** With other weights and biases, and nothing else. */
  readonly graph: Graph;
  /**
   * Relative L2 between the output for blended frames and that of the backbone as given for the frames themselves, the mean over
   * all frames, before and after.
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

/**
 * Trains the backbone so that its output for what the gate makes of a frame is that of the backbone as given for the frame. The gate, and
 * with it every blended frame, stays as it is.
 * @param gate of the input of the backbone
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
  const teacher = modelOf(graph, outputs[0]);
  const batches = taughtBatches(frames, blended, teacher, elementCount(backbone.outputShape), settings);
  const { epochs, rate, seed, jobs } = settings;
  const trainer = adamTrainer(backbone, backbone, {
    loss: { kind: 'mean-squared-error' },
    batchSize: batches.counted,
    freeze: [],
    seed,
    jobs,
  });
  const report = await runTraining(trainer, {
    batches,
    epochs,
    learningRate: learningRates({
      ...{ epochs, rate, stepsPerEpoch: batches.perEpoch },
      schedule: { kind: 'cosine' },
      warmup: { unit: 'steps', count: 0 },
    }),
    labelled: false,
    ...UNJUDGED,
    ...hooks,
  });
  const tuned = trainer.toGraph();
  const student = modelOf(tuned, outputs[0]);
  let [before, after] = [0, 0];
  frames.forEach((frame, i) => {
    const wanted = teacher(frame);
    before += driftOf(teacher(blended[i]!), wanted).relativeL2;
    after += driftOf(student(blended[i]!), wanted).relativeL2;
  });
  return { graph: tuned, before: before / frames.length, after: after / frames.length, report };
}

/** A value of a graph of one input, for a frame. */
function modelOf(graph: Graph, value: string): (frame: Float32Array) => Float32Array {
  const { shape } = graph.values.get(graph.inputs[0]!.value)!;
  const executor = createExecutor(
    removeDead({ ...graph, outputs: [{ name: value, value, dtype: 'float32' }] }),
  );
  return (data) => executor.run([{ dtype: 'float32', shape, data }])[0]!.data as Float32Array;
}

/** Blended frames in another order in each epoch, and what the teacher gives for the frames: outputs of all at once may be large. */
function taughtBatches(
  frames: readonly Float32Array[],
  blended: readonly Float32Array[],
  teacher: (frame: Float32Array) => Float32Array,
  features: number,
  { batchSize, seed }: FineTuneSettings,
): BatchSource {
  const size = Math.min(batchSize, frames.length);
  const perEpoch = Math.floor(frames.length / size);
  const elements = frames[0]!.length;
  return {
    perEpoch,
    counted: size,
    *epoch(epoch, first = 0) {
      const order = shuffled(upTo(frames.length), mixSeed(seed, epoch));
      const inputs = new Float32Array(size * elements);
      const targets = new Float32Array(size * features);
      for (let batch = first; batch < perEpoch; batch++) {
        order.subarray(batch * size, (batch + 1) * size).forEach((frame, i) => {
          inputs.set(blended[frame]!, i * elements);
          targets.set(teacher(frames[frame]!), i * features);
        });
        yield { inputs, labels: new Int32Array(size), targets };
      }
    },
  };
}
