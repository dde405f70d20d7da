/**
 * A narrow place in a network where it is cut: squares of positions become a few numbers on the device, and squares again behind the wire. Both maps are linear, a
 * convolution and a transposed one, and begin as the principal components of the squares (Karhunen-Loeve transform): no other linear
 * map of so few numbers leaves less squared error. They are layers like any other, and are trained with the rest.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { ints } from '../graph/build.ts';
import { uniqueName } from '../graph/rewrite.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Graph, Node, Value } from '../graph/types.ts';
import { principalComponents } from '../numbers/principal-components.ts';
import type { Features } from './features.ts';

/** Squares that components are computed from, at most. */
const MOST_SQUARES = 8000;

type Narrowed = {
  readonly graph: Graph;
  /** What crosses the wire in place of the value: [1, width, H / side, W / side]. */
  readonly value: string;
};

/** Squares of a map, and numbers of each. */
type Squares = { readonly count: number; readonly dimensions: number };

/**
 * The graph with two layers more between a value and its readers.
 * @param features of the value @param weights what a squared error costs, by channel
 * @param wanted numbers of a square, or what says so of the squares
 * @throws TinymlError E_USAGE for more numbers than a square has
 */
export function narrow(
  graph: Graph,
  cut: string,
  features: Features,
  weights: Float64Array,
  wanted: number | ((squares: Squares) => number),
): Narrowed {
  const { height, width: columns, channels } = features;
  const side = height % 2 === 0 && columns % 2 === 0 ? 2 : 1;
  const dimensions = side * side * channels;
  const count = (height * columns) / (side * side);
  const width = typeof wanted === 'number' ? wanted : wanted({ count, dimensions });
  if (width > dimensions) {
    throw new TinymlError('E_USAGE', `a square of "${cut}" has ${dimensions} numbers, fewer than ${width}`, {
      at: '--narrow',
      hint: `Give at most ${dimensions}.`,
    });
  }
  const factors = Float64Array.from({ length: dimensions }, (_, i) =>
    Math.sqrt(weights[Math.floor(i / (side * side))]!),
  );
  const squares = squaresOf(features, side);
  const { mean, components } = principalComponents(
    squares.map((square) => square.map((value, i) => value * factors[i]!)),
    width,
  );
  const down = Float32Array.from(
    { length: width * dimensions },
    (_, i) => components[Math.floor(i / dimensions)]![i % dimensions]! * factors[i % dimensions]!,
  );
  const up = Float32Array.from(
    { length: width * dimensions },
    (_, i) => components[Math.floor(i / dimensions)]![i % dimensions]! / factors[i % dimensions]!,
  );
  // One bias for all positions of a square, as transposed convolutions have: it is taken off before, so that it comes back whole.
  const back = Float32Array.from({ length: channels }, (_, c) => {
    const own = mean.subarray(c * side * side, (c + 1) * side * side);
    return own.reduce((sum, value) => sum + value, 0) / (side * side) / factors[c * side * side]!;
  });
  const shift = Float32Array.from(
    components,
    (row) =>
      -row.reduce((sum, share, i) => sum + share * factors[i]! * back[Math.floor(i / (side * side))]!, 0),
  );
  return insert(graph, cut, { side, width, down, shift, up, back });
}

type Layers = {
  readonly side: number;
  readonly width: number;
  /** [width][C][side][side] */
  readonly down: Float32Array;
  readonly shift: Float32Array;
  /** [width][C][side][side] */
  readonly up: Float32Array;
  readonly back: Float32Array;
};

function insert(graph: Graph, cut: string, { side, width, down, shift, up, back }: Layers): Narrowed {
  const { shape } = graph.values.get(cut)!;
  const [, channels = 1, height = 1, columns = 1] = shape;
  const isTaken = (name: string): boolean =>
    graph.values.has(name) || graph.constants.has(name) || graph.nodes.some((node) => node.name === name);
  const [code, restored] = [uniqueName(`${cut}.code`, isTaken), uniqueName(`${cut}.restored`, isTaken)];
  const values = new Map(graph.values);
  const constants = new Map(graph.constants);
  const constant = (name: string, of: readonly number[], data: Float32Array): string => {
    const own = uniqueName(name, isTaken);
    constants.set(own, floatTensor(of, data));
    values.set(own, { name: own, dtype: 'float32', shape: of, quant: null });
    return own;
  };
  const value = (name: string, of: readonly number[]): Value => ({
    name,
    dtype: 'float32',
    shape: of,
    quant: null,
  });
  values.set(code, value(code, [1, width, height / side, columns / side]));
  values.set(restored, value(restored, shape));
  const attributes = { kernel_shape: ints([side, side]), strides: ints([side, side]) };
  const kernel = [width, channels, side, side];
  const added: readonly Node[] = [
    {
      ...{ name: code, op: 'Conv', outputs: [code], attributes },
      inputs: [cut, constant(`${code}.weight`, kernel, down), constant(`${code}.bias`, [width], shift)],
    },
    {
      ...{ name: restored, op: 'ConvTranspose', outputs: [restored], attributes },
      inputs: [
        code,
        constant(`${restored}.weight`, kernel, up),
        constant(`${restored}.bias`, [channels], back),
      ],
    },
  ];
  const nodes = graph.nodes.flatMap((node) => [
    { ...node, inputs: node.inputs.map((input) => (input === cut ? restored : input)) },
    ...(node.outputs.includes(cut) ? added : []),
  ]);
  return { graph: { ...graph, values, constants, nodes }, value: code };
}

/** Real values of squares, channel by channel. */
function squaresOf(
  { codes, height, width, channels, scale, zeroPoint }: Features,
  side: number,
): readonly Float64Array[] {
  const [rows, columns] = [height / side, width / side];
  const all = codes.length * rows * columns;
  const step = Math.max(1, Math.floor(all / MOST_SQUARES));
  return Array.from({ length: Math.floor(all / step) }, (_, n) => {
    const square = n * step;
    const map = codes[Math.floor(square / (rows * columns))]!;
    const [y, x] = [Math.floor((square % (rows * columns)) / columns) * side, (square % columns) * side];
    return Float64Array.from({ length: side * side * channels }, (_, i) => {
      const [channel, k] = [Math.floor(i / (side * side)), i % (side * side)];
      const position = (y + Math.floor(k / side)) * width + x + (k % side);
      return scale * (map[position * channels + channel]! - zeroPoint);
    });
  });
}
