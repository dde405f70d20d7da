/** What parts of schemes are worth by Fisher information: one look at the gradients of some samples instead of a training of each part. */
import type { IndexedDataset } from '../../data/types.ts';
import type { Graph, TypedArray } from '../../graph/types.ts';
import type { SchemeLayer } from '../compile/trained.ts';
import type { TrainerOptions } from '../options.ts';
import type { CreateTrainer } from '../run/backend.ts';
import { sizesOf } from '../run/data.ts';
import type { Gains } from './probes.ts';

type State = ReadonlyMap<string, TypedArray>;

/**
 * The diagonal of the empirical Fisher information, summed over the parameters of a part: the mean over samples of the squares of their
 * gradients, which the loss of a sample changes by at first order where it alone is followed (TinyTrain, Kwon et al. 2024, scores channels
 * so). In float32 and sample by sample: a step of plain descent at a rate of 1 moves each parameter by its gradient.
 */
export function fisherGains(
  createTrainer: CreateTrainer,
  graph: Graph,
  layers: readonly SchemeLayer[],
  options: TrainerOptions,
  data: IndexedDataset,
  indices: readonly number[],
): Gains {
  const trainer = createTrainer(graph, {
    ...options,
    method: 'float',
    batchSize: 1,
    scheme: { kind: 'full' },
    freeze: [],
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
    octo: { ...options.octo, weights: 'float', ranges: 'learned' },
  });
  const before = trainer.state();
  const squares = new Map([...before].map(([name, { length }]) => [name, new Float64Array(length)]));
  const inputs = new Float32Array(sizesOf(graph).input);
  const labels = new Int32Array(1);
  for (const [step, index] of indices.entries()) {
    data.fill([index], inputs, labels);
    trainer.step({ inputs, labels, targets: null }, { step, learningRate: 1 });
    addSquares(squares, before, trainer.state(), indices.length);
    trainer.restore(before);
  }
  const sumOf = (name: string, counts: (i: number) => boolean = () => true): number =>
    (squares.get(name) ?? new Float64Array()).reduce((sum, square, i) => sum + (counts(i) ? square : 0), 0);
  const biases = layers.map(({ name }) => sumOf(`${name}/bias`) + sumOf(`${name}/beta`));
  const ofDepth = [0];
  for (const bias of biases.toReversed()) ofDepth.push(ofDepth.at(-1)! + bias);
  return {
    ofDepth,
    ofPart: ({ layer, share }) => {
      const { name, channels } = layers[layer]!;
      const trained = Math.max(1, Math.round(share * channels));
      return sumOf(`${name}/weights`, (i) => i % channels < trained) + sumOf(`${name}/gamma`);
    },
  };
}

function addSquares(
  squares: ReadonlyMap<string, Float64Array>,
  before: State,
  after: State,
  samples: number,
): void {
  for (const [name, sums] of squares) {
    const [from, to] = [before.get(name)!, after.get(name)!] as [Float32Array, Float32Array];
    for (let i = 0; i < sums.length; i++) sums[i]! += (to[i]! - from[i]!) ** 2 / samples;
  }
}
