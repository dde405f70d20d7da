/** From a candidate to a model that can be planned and trained. */
import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import { type GraphBuilder, graphBuilder, int, ints } from '../graph/build.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { ImportedModel } from '../graph/types.ts';
import { seededRandom } from '../numbers/random.ts';
import { type Candidate, type Chosen, keyOf, widened } from './candidate.ts';
import type { Space } from './space.ts';

type Maps = { readonly value: string; readonly channels: number };

type Layer = {
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly depthwise?: boolean;
  readonly relu?: boolean;
};

/** More would not fit any device, nor be trained here: such networks are never made. */
const MOST_WEIGHTS = 2 ** 26;

/** Whether there is a network of a candidate: one that is not too large, and whose pools do not reach beyond images. */
export function isMakeable(space: Space, candidate: Candidate): boolean {
  return positionsOf(candidate) > 0 && weightsOf(space, candidate) <= MOST_WEIGHTS;
}

/** Numbers that the network of a candidate keeps: weights, biases, batch normalisations. None of them is made. */
function weightsOf(space: Space, candidate: Candidate): number {
  let count = 0;
  makeNetwork(space, candidate, (graph, name, shape) => {
    count += elementCount(shape);
    return graph.constant(name, floatTensor([0], new Float32Array(0)));
  });
  return count;
}

/**
 * The network of a candidate: float32 `image` [1, C, H, W] to `probabilities` [1, classes], a batch normalisation behind every convolution. Its
 * weights are random, and mean nothing: training draws its own.
 * @throws TinymlError E_MEMORY for more than MOST_WEIGHTS
 */
export function networkOf(space: Space, candidate: Candidate): ImportedModel {
  const count = weightsOf(space, candidate);
  if (count <= MOST_WEIGHTS) return makeNetwork(space, candidate, constantsFrom());
  throw new TinymlError(
    'E_MEMORY',
    `a network of ${formatCount(count)} weights; at most ${formatCount(MOST_WEIGHTS)} are planned`,
    { at: keyOf(candidate), hint: 'smaller images, widths or numbers of channels (--space)' },
  );
}

function makeNetwork(space: Space, candidate: Candidate, constant: Constants): ImportedModel {
  const { size, width, stages, head } = candidate;
  const graph = graphBuilder(space.name);
  const make: Make = { graph, constant };
  const image: Maps = {
    value: graph.input('image', [1, space.channels, ...size]),
    channels: space.channels,
  };
  const last = stages.reduce((before, chosen, index) => {
    const { kind, depth, kernel, expansion, channels, stride, pool } = chosen;
    const name = `stage${index}`;
    const blocks = Array.from({ length: depth }, (_, block) => ({
      name: `${name}.${block}`,
      to: widened(channels, width),
      stride: block === 0 ? stride : 1,
    })).reduce((maps, block) => blockOf(make, kind, maps, { ...block, kernel, expansion }), before);
    return pool && depth > 0 ? pooled(graph, `${name}.pool`, blocks) : blocks;
  }, image);
  const rows = head === 'average' ? last.channels : last.channels * positionsOf(candidate);
  const read =
    head === 'average' ? graph.node('GlobalAveragePool', [last.value], { name: 'average' }) : last.value;
  const flat = graph.node('Flatten', [read], { name: 'flatten' });
  const dense = graph.node(
    'Gemm',
    [
      flat,
      constant(graph, 'dense.weight', [space.classes, rows], null),
      constant(graph, 'dense.bias', [space.classes], 0),
    ],
    { name: 'dense', attributes: { transB: int(1) } },
  );
  graph.output(graph.node('Softmax', [dense], { name: 'probabilities' }));
  return graph.model();
}

type Block = {
  readonly name: string;
  readonly to: number;
  readonly stride: number;
  readonly kernel: number;
  readonly expansion: number;
};

function blockOf(
  make: Make,
  kind: Chosen['kind'],
  maps: Maps,
  { name, to, stride, kernel, expansion }: Block,
): Maps {
  const layer = (part: string, from: Maps, one: Layer): Maps =>
    convolution(make, `${name}.${part}`, from, one);
  const keeps = stride === 1 && maps.channels === to;
  switch (kind) {
    case 'conv':
      return layer('conv', maps, { to, kernel, stride });
    case 'separable': {
      const wide = layer('depthwise', maps, { to: maps.channels, kernel, stride, depthwise: true });
      return layer('pointwise', wide, { to, kernel: 1 });
    }
    case 'inverted': {
      const inner = widened(maps.channels, expansion);
      const more = expansion === 1 ? maps : layer('expand', maps, { to: inner, kernel: 1 });
      const moved = layer('depthwise', more, { to: more.channels, kernel, stride, depthwise: true });
      const less = layer('project', moved, { to, kernel: 1, relu: false });
      return keeps ? added(make.graph, `${name}.add`, maps, less) : less;
    }
    case 'residual': {
      const first = layer('first', maps, { to, kernel, stride });
      const second = layer('second', first, { to, kernel, relu: false });
      const shortcut = keeps ? maps : layer('shortcut', maps, { to, kernel: 1, stride, relu: false });
      const sum = added(make.graph, `${name}.add`, shortcut, second);
      return { ...sum, value: make.graph.node('Relu', [sum.value], { name: `${name}.relu` }) };
    }
  }
}

function added(graph: GraphBuilder, name: string, a: Maps, b: Maps): Maps {
  return { channels: a.channels, value: graph.node('Add', [a.value, b.value], { name }) };
}

function pooled(graph: GraphBuilder, name: string, { value, channels }: Maps): Maps {
  const attributes = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
  return { channels, value: graph.node('MaxPool', [value], { name, attributes }) };
}

/** Convolution with padding, batch normalisation, Relu. */
function convolution(
  { graph, constant }: Make,
  name: string,
  { value, channels }: Maps,
  { to, kernel, stride = 1, depthwise = false, relu = true }: Layer,
): Maps {
  const pad = (kernel - 1) / 2;
  const sums = graph.node(
    'Conv',
    [value, constant(graph, `${name}.weight`, [to, depthwise ? 1 : channels, kernel, kernel], null)],
    {
      name,
      attributes: {
        kernel_shape: ints([kernel, kernel]),
        pads: ints([pad, pad, pad, pad]),
        strides: ints([stride, stride]),
        group: int(depthwise ? channels : 1),
      },
    },
  );
  const normal = normalised({ graph, constant }, name, sums, to);
  return { channels: to, value: relu ? graph.node('Relu', [normal], { name: `${name}.relu` }) : normal };
}

/** A batch normalisation that changes nothing yet. */
function normalised({ graph, constant }: Make, name: string, value: string, channels: number): string {
  const parts = [
    ['gamma', 1],
    ['beta', 0],
    ['mean', 0],
    ['variance', 1],
  ] as const;
  const constants = parts.map(([part, first]) => constant(graph, `${name}.${part}`, [channels], first));
  return graph.node('BatchNormalization', [value, ...constants], { name: `${name}.norm` });
}

/** Places of the last image. */
function positionsOf({ size, stages }: Candidate): number {
  const sides = stages.reduce<readonly number[]>((before, { depth, stride, pool }) => {
    if (depth === 0) return before;
    const strided = before.map((side) => Math.ceil(side / stride));
    return pool ? strided.map((side) => Math.floor(side / 2)) : strided;
  }, size);
  return elementCount(sides);
}

type Make = { readonly graph: GraphBuilder; readonly constant: Constants };

/** Adds a constant, all of one value, or random where it is null. */
type Constants = (
  graph: GraphBuilder,
  name: string,
  shape: readonly number[],
  value: number | null,
) => string;

/**
 * Of all that is random: parts of one table, from as many places. Bell-shaped, as weights that were trained are: which kernels are exact
 * depends on the sums of a layer's weights, and evenly spread ones would be beyond what packed kernels hold.
 */
const TABLE = 2 ** 16;
const UNIFORMS = 12;
const NUMBERS = ((): Float32Array => {
  const random = seededRandom(1);
  const one = (): number => {
    let sum = -UNIFORMS / 2;
    for (let i = 0; i < UNIFORMS; i++) sum += random();
    return sum;
  };
  return Float32Array.from({ length: TABLE }, one);
})();

function constantsFrom(): Constants {
  let start = 0;
  return (graph, name, shape, value) => {
    const values = new Float32Array(elementCount(shape));
    if (value !== null) return graph.constant(name, floatTensor(shape, values.fill(value)));
    for (let at = 0; at < values.length; ) {
      const taken = NUMBERS.subarray(start, start + Math.min(TABLE - start, values.length - at));
      values.set(taken, at);
      at += taken.length;
      start = (start + taken.length + 1) % TABLE;
    }
    return graph.constant(name, floatTensor(shape, values));
  };
}
