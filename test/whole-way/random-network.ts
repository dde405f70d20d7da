/** Random whole networks, quantised and lowered. */
import { type GraphBuilder, graphBuilder, int, ints } from '../../src/graph/build.ts';
import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { Program } from '../../src/program/program.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { integer, pick, type Random } from '../native/random.ts';

/** A value [1, channels, height, width]. */
type Image = { readonly name: string; readonly channels: number; readonly side: number };

/**
 * Images of 3 x 8 x 8 through convolutions with activations, sums, products, gates, concatenations, pools, transpositions and
 * slices, to 5 scores: int8 between, one input and one output.
 */
export async function randomNetwork(seed: number): Promise<Program> {
  const random = seededRandom(seed);
  const b = graphBuilder(`network${seed}`);
  let count = 0;
  const weights = (shape: readonly number[]): string =>
    b.constant(
      `w${count++}`,
      floatTensor(
        shape,
        Float32Array.from({ length: elementCount(shape) }, () => (2 * random() - 1) / 2),
      ),
    );
  const layer = (op: string, inputs: readonly string[], attributes = {}): string =>
    b.node(op, inputs, { name: `n${count++}`, attributes });
  const first: Image = { name: b.input('x', [1, 3, 8, 8]), channels: 3, side: 8 };
  const images: Image[] = [convolution(random, layer, weights, first)];
  const layers = integer(random, 2, 7);
  for (let i = 0; i < layers; i++) images.push(nextImage(random, b, layer, weights, images));
  const last = images.at(-1)!;
  const mean = layer(pick(random, ['GlobalAveragePool', 'GlobalMaxPool']), [last.name]);
  const flat = layer('Flatten', [mean]);
  const scores = layer('Gemm', [flat, weights([5, last.channels]), weights([5])], { transB: int(1) });
  b.output(random() < 0.5 ? layer('Softmax', [scores]) : scores);
  const graph = prepareGraph(b.model());
  async function* samples() {
    for (let k = 0; k < 2; k++) {
      yield { inputs: [Float32Array.from({ length: 192 }, () => 2 * random() - 1)], label: null };
    }
  }
  return lower((await quantizeGraph(graph, samples)).graph);
}

type Layer = (
  op: string,
  inputs: readonly string[],
  attributes?: Parameters<GraphBuilder['node']>[2] extends { readonly attributes?: infer A } | undefined
    ? A
    : never,
) => string;

type Weights = (shape: readonly number[]) => string;

function convolution(random: Random, layer: Layer, weights: Weights, { name, channels, side }: Image): Image {
  const depthwise = random() < 0.3;
  const out = depthwise ? channels : integer(random, 1, 20);
  const kernel = pick(random, [1, 3, 3]);
  const stride = side >= 4 && random() < 0.2 ? 2 : 1;
  const pad = (kernel - 1) / 2;
  const sums = layer(
    'Conv',
    [name, weights([out, depthwise ? 1 : channels, kernel, kernel]), weights([out])],
    {
      pads: ints([pad, pad, pad, pad]),
      strides: ints([stride, stride]),
      group: int(depthwise ? channels : 1),
    },
  );
  const result = { channels: out, side: Math.ceil(side / stride) };
  const activation = pick(random, ['none', 'Relu', 'Relu', 'HardSwish', 'Sigmoid', 'LeakyRelu']);
  return { ...result, name: activation === 'none' ? sums : layer(activation, [sums]) };
}

function nextImage(
  random: Random,
  b: GraphBuilder,
  layer: Layer,
  weights: Weights,
  images: readonly Image[],
): Image {
  const last = images.at(-1)!;
  const alike = images.filter(({ channels, side }) => channels === last.channels && side === last.side);
  const asHigh = images.filter(({ side }) => side === last.side);
  switch (pick(random, ['conv', 'conv', 'add', 'mul', 'gate', 'concat', 'pool', 'move'])) {
    case 'add':
      return { ...last, name: layer('Add', [last.name, pick(random, alike).name]) };
    case 'mul':
      return { ...last, name: layer('Mul', [last.name, pick(random, alike).name]) };
    case 'gate': {
      const mean = layer('GlobalAveragePool', [last.name]);
      const gate = layer('Sigmoid', [layer('Conv', [mean, weights([last.channels, last.channels, 1, 1])])]);
      return { ...last, name: layer('Mul', [last.name, gate]) };
    }
    case 'concat': {
      const other = pick(random, asHigh);
      const name = layer('Concat', [last.name, other.name], { axis: int(1) });
      return { ...last, name, channels: last.channels + other.channels };
    }
    case 'pool': {
      const attributes = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
      return { ...last, name: layer(pick(random, ['MaxPool', 'AveragePool']), [last.name], attributes) };
    }
    case 'move': {
      const turned = layer('Transpose', [last.name], { perm: ints([0, 1, 3, 2]) });
      if (last.channels < 2) return { ...last, name: turned };
      const bounds = [[0], [last.channels - 1], [1]].map((values, i) =>
        b.constant(`${turned}_${i}`, {
          dtype: 'int64',
          shape: [1],
          data: BigInt64Array.from(values, BigInt),
        }),
      );
      return { ...last, name: layer('Slice', [turned, ...bounds]), channels: last.channels - 1 };
    }
    default:
      return convolution(random, layer, weights, last);
  }
}
