/**
 * Operators whose every place along an axis is made of places of the input by constant weights: what interpolates, and what takes some places, or
 * some of them several times.
 */
import { elementCount } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { inputInfos, restIsConstant } from '../../lower/shared/input-infos.ts';
import { type AxisTaps, type ResizePass, resizePasses } from '../../lower/shared/resize.ts';
import { channelsLast, type Layout, plainLayout } from '../../lower/shared/views.ts';
import { asNumbers } from '../../ops/arrays.ts';
import { intAttribute, stringAttribute } from '../../ops/attributes.ts';
import { elementOffsets, tupleOffsets } from '../../ops/indexing.ts';
import { padPlaces } from '../../ops/movement.ts';
import { resizeTaps, type Taps } from '../../ops/resize.ts';
import type { Places } from './places.ts';

/** `passes` are those of one sample. */
export type TapsSource = {
  readonly kind: 'taps';
  readonly x: string;
  readonly passes: readonly ResizePass[];
  /** Whether results lie within what they are made of: cubic weights and sums reach beyond it. */
  readonly staysWithin: boolean;
};

/** `layout` is the order in which the output lies. */
type TapsNode = { readonly source: TapsSource; readonly layout: Layout };

/** Taps of a place in one step: of the output in the forward pass, of the input in the backward pass. */
const MOST_TAPS = 2 ** 10;

/** A node as taps; a sentence where it cannot be trained; null where it is something else. */
export function tapsOf(graph: Graph, node: Node, places: Places): TapsNode | string | null {
  const made = madeOf(graph, node, places);
  if (made === null || typeof made === 'string') return made;
  const most = made.source.passes.flatMap(({ params, rows, columns }) => [
    ...[rows.count, mostReads(rows, params.inH), mostReads(columns, params.inW)],
  ]);
  return Math.max(1, ...most) > MOST_TAPS
    ? `${node.op} can be trained that makes up to ${MOST_TAPS} places of one, or one of as many`
    : made;
}

function mostReads({ places, weights, count }: AxisTaps, size: number): number {
  const reads = new Int32Array(size);
  places.forEach((place, i) => {
    if (count === 1 || weights[i] !== 0) reads[place]!++;
  });
  return reads.reduce((most, one) => Math.max(most, one), 0);
}

function madeOf(graph: Graph, node: Node, places: Places): TapsNode | string | null {
  const shape = graph.values.get(node.inputs[0] ?? '')?.shape ?? [];
  const rank = shape.length;
  const numbersOf = (input: number): readonly number[] | null => {
    const constant = graph.constants.get(node.inputs[input] ?? '');
    return constant === undefined ? null : Array.from(asNumbers(constant.data));
  };
  const along = (taken: readonly (ArrayLike<number> | null)[]) =>
    nodeOf(
      node,
      shape,
      places,
      places.orderOf(node.inputs[0]!),
      taken.map((one) => one && picks(one)),
      true,
    );
  switch (node.op) {
    case 'Resize':
      return resized(graph, node, places, shape);
    case 'Pad':
      if (stringAttribute(node, 'mode', 'constant') === 'constant') return null;
      if (!restIsConstant({ graph }, node)) return 'Pad can be trained with constant widths';
      return along(
        padPlaces(node, inputInfos({ graph }, node)).map((one, axis) => changed(one, shape[axis]!)),
      );
    case 'Tile': {
      const repeats = numbersOf(1);
      if (repeats === null) return 'Tile can be trained with constant repeats';
      const tiled = (size: number, count: number) =>
        Int32Array.from({ length: size * count }, (_, i) => i % size);
      return along(shape.map((size, axis) => (repeats[axis] === 1 ? null : tiled(size, repeats[axis]!))));
    }
    case 'Gather': {
      const numbers = numbersOf(1);
      if (numbers === null || graph.constants.has(node.inputs[0]!)) return null;
      const axis = axisOf(node, 0, rank);
      const taken = numbers.map((index) => (index < 0 ? index + shape[axis]! : index));
      if (graph.values.get(node.outputs[0]!)!.shape.length === rank) {
        return along(shape.map((_, i) => (i === axis ? taken : null)));
      }
      return inOrder(graph, node, places, elementCount(shape.slice(0, axis)), shape[axis]!, taken);
    }
    case 'GatherElements':
    case 'GatherND': {
      const indices = graph.constants.get(node.inputs[1]!);
      if (indices === undefined) return `${node.op} can be trained by constant numbers`;
      if (node.op === 'GatherElements') {
        const offsets = elementOffsets(node, shape, indices, axisOf(node, 0, rank));
        return inOrder(graph, node, places, 1, elementCount(shape), offsets);
      }
      const batch = intAttribute(node, 'batch_dims', 0);
      const run = elementCount(shape.slice(batch + indices.shape.at(-1)!));
      const offsets = tupleOffsets(node, shape, indices, batch).map((offset) => offset / run);
      return inOrder(graph, node, places, 1, elementCount(shape) / run, offsets);
    }
    case 'CumSum': {
      const [at] = numbersOf(1) ?? [];
      if (at === undefined) return 'CumSum can be trained along a constant axis';
      const axis = at < 0 ? at + rank : at;
      const taps = shape.map((size, i) => (i === axis ? runningSums(node, size) : null));
      return nodeOf(node, shape, places, places.orderOf(node.inputs[0]!), taps, false);
    }
    default:
      return null;
  }
}

function axisOf(node: Node, absent: number, rank: number): number {
  const axis = intAttribute(node, 'axis', absent);
  return axis < 0 ? axis + rank : axis;
}

function resized(graph: Graph, node: Node, places: Places, shape: readonly number[]): TapsNode | string {
  if (!restIsConstant({ graph }, node)) return 'Resize can be trained with constant scales or sizes';
  const taps = resizeTaps(node, inputInfos({ graph }, node));
  if (taps.some((axis) => axis?.outside.includes(1))) return 'Resize can be trained within its input';
  const staysWithin = stringAttribute(node, 'mode', 'nearest') !== 'cubic';
  return nodeOf(node, shape, places, channelsLast(shape.length), taps, staysWithin);
}

function nodeOf(
  { inputs: [x] }: Node,
  shape: readonly number[],
  places: Places,
  layout: Layout,
  taps: readonly (Taps | null)[],
  staysWithin: boolean,
): TapsNode {
  const passes = resizePasses(taps, shape, layout);
  return { source: { kind: 'taps', x: places.readIn(x!, layout).value, passes, staysWithin }, layout };
}

/** Runs of elements by their numbers, in the order of ONNX. */
function inOrder(
  graph: Graph,
  { inputs: [x], outputs: [y] }: Node,
  places: Places,
  outer: number,
  size: number,
  taken: ArrayLike<number>,
): TapsNode {
  const { shape } = graph.values.get(x!)!;
  const whole = [outer, size, elementCount(shape) / (outer * size)];
  const passes = resizePasses([null, picks(taken), null], whole, [0, 1, 2]);
  const { value } = places.readIn(x!, plainLayout(shape.length));
  return {
    source: { kind: 'taps', x: value, passes, staysWithin: true },
    layout: plainLayout(graph.values.get(y!)!.shape.length),
  };
}

/** Sums over the channels around each, from so many before to so many behind. */
export function windowSums(
  x: string,
  shape: readonly number[],
  layout: Layout,
  [before, behind]: readonly [number, number],
  weight: number,
): TapsSource {
  const size = shape[1]!;
  const count = Math.max(2, before + 1 + behind);
  const place = (i: number): number => Math.floor(i / count) - before + (i % count);
  const counts = (i: number): boolean => i % count <= before + behind && place(i) >= 0 && place(i) < size;
  const places = Int32Array.from({ length: size * count }, (_, i) => (counts(i) ? place(i) : 0));
  const weights = Float64Array.from({ length: size * count }, (_, i) => (counts(i) ? weight : 0));
  const taps = { count, places, weights, outside: new Uint8Array(size) };
  const passes = resizePasses(
    shape.map((_, axis) => (axis === 1 ? taps : null)),
    shape,
    layout,
  );
  return { kind: 'taps', x, passes, staysWithin: false };
}

/** Places of an axis; null where these are all of them as they are. */
function changed(places: ArrayLike<number>, size: number): ArrayLike<number> | null {
  return places.length === size && Array.from(places).every((place, i) => place === i) ? null : places;
}

/** Places as they are. */
function picks(places: ArrayLike<number>): Taps {
  const { length } = places;
  const weights = new Float64Array(length).fill(1);
  return { count: 1, places: Int32Array.from(places), weights, outside: new Uint8Array(length) };
}

function runningSums(node: Node, size: number): Taps {
  const isExclusive = intAttribute(node, 'exclusive', 0) !== 0;
  const isReverse = intAttribute(node, 'reverse', 0) !== 0;
  const counts = (to: number, from: number): boolean =>
    from === to ? !isExclusive : isReverse ? from > to : from < to;
  // A kernel of one tap copies, whatever the weight.
  const count = Math.max(2, size);
  const places = Int32Array.from({ length: size * count }, (_, i) => Math.min(i % count, size - 1));
  const weights = Float64Array.from({ length: size * count }, (_, i) =>
    i % count < size && counts(Math.floor(i / count), i % count) ? 1 : 0,
  );
  return { count, places, weights, outside: new Uint8Array(size) };
}
