/** What devices of a simulated fleet compute: real training steps, one device after the other in one trainer. */
import type { IndexedDataset } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph } from '../../graph/types.ts';
import { mixSeed, seededRandom } from '../../numbers/random.ts';
import { OCTO_DEFAULTS, type Scheme } from '../../train/options.ts';
import { batchesOf } from '../../train/run/batches.ts';
import { sizesOf } from '../../train/run/data.ts';
import { evaluateGraph } from '../../train/run/score.ts';
import { createTrainer } from '../../train/run/trainer.ts';
import type { Batch } from '../../train/types.ts';
import { type Coding, decodeMessage, encodeMessage, messageBytes, type Values } from '../updates/message.ts';

type LearnerSettings = {
  readonly method: 'octo' | 'float';
  readonly init: 'model' | 'random';
  readonly scheme: Scheme;
  /** Of a new last layer; null keeps that of the model. */
  readonly classes: number | null;
  readonly batchSize: number;
  readonly rate: number;
  readonly up: Coding;
  readonly down: Coding;
  readonly seed: number;
  readonly jobs: number;
};

/** A round of one device. */
type Work = {
  readonly device: number;
  /** Model of the server, and its version. */
  readonly model: Values;
  readonly version: number;
  readonly steps: number;
  /** Steps that it did before. */
  readonly before: number;
};

export type Learner = {
  readonly initial: Values;
  /** Of one message, everything counted. */
  readonly bytes: { readonly up: number; readonly down: number };
  /** By how much the weights moved, as the server reads it. A pure function of its arguments. */
  readonly train: (work: Work) => Values;
  readonly accuracy: (model: Values) => Promise<number>;
};

/**
 * @param graph from `trainable`
 * @param parts indices of the samples of each device
 * @throws TinymlError as `createTrainer`; E_DATA for labels that do not fit
 */
export function createLearner(
  graph: Graph,
  data: IndexedDataset,
  parts: readonly Int32Array[],
  test: IndexedDataset,
  settings: LearnerSettings,
): Learner {
  const { method, batchSize, seed, jobs, rate, up, down } = settings;
  const trainer = createTrainer(graph, {
    method,
    loss: { kind: 'cross-entropy', labelSmoothing: 0 },
    batchSize,
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
    scheme: settings.scheme,
    freeze: [],
    init: settings.init,
    classes: settings.classes,
    seed,
    octo: OCTO_DEFAULTS,
    accumulate: 1,
    backend: 'native',
    jobs,
  });
  const first = trainer.state();
  const names = [...first.keys()];
  const initial = names.map((name) => floats(name, first.get(name)!));
  const lengths = initial.map(({ length }) => length);
  const restore = (values: Values): void =>
    trainer.restore(new Map(names.map((name, i) => [name, values[i]!])));
  const { input, output } = sizesOf(graph);

  const received = downloads(down, lengths);
  return {
    initial,
    bytes: { up: messageBytes(up, lengths), down: messageBytes(down, lengths) },
    train: ({ device, model, version, steps, before }) => {
      const start = received(model);
      restore(start);
      const batches = batchesOf(data, {
        batchSize,
        seed: mixSeed(seed, BATCHES, device),
        inputElements: input,
        indices: parts[device]!,
        classes: settings.classes ?? output,
        augment: null,
      });
      let step = before;
      for (const batch of following(batches, before, steps)) {
        trainer.step(batch, { step: mixSeed(device, step++) >>> 1, learningRate: rate });
      }
      const state = trainer.state();
      const moved = names.map((name, i) => difference(floats(name, state.get(name)!), start[i]!));
      const random = up === 'int8' ? seededRandom(mixSeed(seed, ROUNDING, device, before)) : null;
      return decodeMessage(encodeMessage({ coding: up, version, device, values: moved }, random), lengths)
        .values;
    },
    accuracy: async (model) => {
      restore(model);
      const evaluation = await evaluateGraph(trainer.toGraph(), method, test, jobs);
      if (evaluation.kind === 'classification') return evaluation.accuracy;
      throw new TinymlError(
        'E_DATA',
        'models of a fleet are compared by their accuracy: the data have no labels',
        {
          at: test.name,
          hint: 'Give labelled data.',
        },
      );
    },
  };
}

/** Keys that keep the random sequences of one seed apart. */
const [BATCHES, ROUNDING] = [21, 22];

type Batches = ReturnType<typeof batchesOf>;

/** So many batches from one on, over the ends of epochs. */
function* following(batches: Batches, from: number, count: number): Generator<Batch> {
  let left = count;
  let epoch = Math.floor(from / batches.perEpoch);
  let batch = from % batches.perEpoch;
  while (left > 0) {
    for (const one of batches.epoch(epoch, batch)) {
      yield one;
      if (--left === 0) return;
    }
    epoch++;
    batch = 0;
  }
}

/** What devices read of a model that is sent to them; of the last models it is kept, since many devices get one. */
function downloads(coding: Coding, lengths: readonly number[]): (model: Values) => Values {
  if (coding === 'float32') return (model) => model;
  const known = new WeakMap<Values, Values>();
  return (model) => {
    const before = known.get(model);
    if (before !== undefined) return before;
    const message = { coding, version: 0, device: 0, values: model };
    const { values } = decodeMessage(encodeMessage(message, null), lengths);
    known.set(model, values);
    return values;
  };
}

function difference(after: Float32Array, before: Float32Array): Float32Array {
  return after.map((value, i) => value - before[i]!);
}

function floats(name: string, values: unknown): Float32Array {
  if (values instanceof Float32Array) return values;
  throw new TinymlError('E_OP', 'the network keeps other state than float32 numbers, which nobody averages', {
    at: `state "${name}"`,
    hint: 'Leave its random numbers and counters out of the network.',
  });
}
