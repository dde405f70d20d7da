/**
 * Where values lie that only move elements of others. As long as nobody computes with them they are views of kept values; one that
 * is read where its elements do not lie as training keeps them, channels last, becomes a kept value of its own.
 */
import { outputValues, producers, uniqueName } from '../../graph/rewrite.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { pickedView, slicedView, transposedView } from '../../lower/shared/moved-view.ts';
import {
  channelsLast,
  isWhole,
  type Layout,
  plainLayout,
  reshapeView,
  type Strided,
  sliceView,
  wholeStrided,
} from '../../lower/shared/views.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { isNormalGemm } from '../../passes/match.ts';

/** A kept value, and the ONNX shape under which it lies channels last. */
export type Operand = { readonly value: string; readonly shape: readonly number[] };

/** A kept value that is made by moving elements of another, in one sample. */
type Move = {
  readonly name: string;
  readonly x: string;
  readonly from: Strided;
  readonly to: Strided;
  readonly output: string;
};

/** Elements of a kept value. */
export type Reading = Strided & { readonly value: string };

/** The same; the kept value has `size` elements in one sample. */
type Place = Reading & { readonly size: number };

export type Places = {
  /** Takes note of a node of `isMove`. @returns why it cannot be trained; null where it can */
  readonly move: (node: Node) => string | null;
  /** Takes note of a node whose output stands for its input. */
  readonly rename: (node: Node) => void;
  /** Takes note of where a value lies in another. */
  readonly put: (value: string, place: Place) => void;
  /** A value as something computes with it that takes channels last. */
  readonly read: (value: string) => Operand;
  /** Where the elements of a value lie: what takes any strides makes no copy. */
  readonly place: (value: string) => Reading;
  /** A kept value whose elements lie in this order. */
  readonly readIn: (value: string, layout: Layout) => Reading;
  /** A kept value whose elements lie as they do, where they are side by side; else in the order of ONNX. */
  readonly readAsIs: (value: string) => Reading & { readonly layout: Layout };
  /** Whether a value is not constant. */
  readonly isComputed: (value: string) => boolean;
  /** The order in which `readAsIs` would give a value. */
  readonly orderOf: (value: string) => Layout;
  /** Takes note of a value that is kept in another order than channels last. */
  readonly keepIn: (value: string, layout: Layout) => void;
};

const MOVES: ReadonlySet<string> = new Set([
  ...[
    'Dropout',
    'Flatten',
    'Gather',
    'Identity',
    'Reshape',
    'Slice',
    'Split',
    'Squeeze',
    'Transpose',
    'Unsqueeze',
  ],
]);

export function isMove({ op }: Node): boolean {
  return MOVES.has(op);
}

/**
 * @param readers of each value
 * @param make is told of each value that must be made, before it is read
 */
export function startPlaces(
  graph: Graph,
  readers: ReadonlyMap<string, readonly Node[]>,
  make: (move: Move, shape: readonly number[]) => void,
): Places {
  const makers = producers(graph);
  const outputs = outputValues(graph);
  const places = new Map<string, Place>();
  /** What only dense layers read: they take the elements in the order in which these lie. */
  const features = new Map<string, Operand>();
  const shapeOf = (value: string): readonly number[] => graph.values.get(value)!.shape;

  const layouts = new Map<string, Layout>();
  /** Copies of values in other orders than their own, by both. */
  const copies = new Map<string, string>();

  const kept = (value: string): Place => {
    const shape = shapeOf(value);
    const layout = layouts.get(value) ?? channelsLast(shape.length);
    return { value, size: elementCount(shape), ...wholeStrided(shape, layout) };
  };
  const placeOf = (value: string): Place => places.get(value) ?? kept(value);

  const readIn = (value: string, layout: Layout): Place => {
    const shape = shapeOf(value);
    const place = placeOf(value);
    if (place.size === elementCount(shape) && isWhole(place, layout)) return place;
    const key = `${value}/${layout.join()}`;
    const to = wholeStrided(shape, layout);
    const known = copies.get(key);
    if (known !== undefined) return { value: known, size: elementCount(shape), ...to };
    const isView = places.has(value);
    const output = isView
      ? value
      : uniqueName(`${value}/${layout.join('-')}`, (name) => graph.values.has(name));
    make(
      { name: `${makers.get(value)?.name ?? value}/moved`, x: place.value, from: place, to, output },
      shape,
    );
    copies.set(key, output);
    if (isView) {
      layouts.set(value, layout);
      places.delete(value);
    }
    return { value: output, size: elementCount(shape), ...to };
  };

  const orderOf = (value: string): Layout => {
    const { shape, strides } = placeOf(value);
    const order = plainLayout(shape.length)
      .slice()
      .sort((a, b) => orderKey(shape, strides, b) - orderKey(shape, strides, a));
    const place = placeOf(value);
    return place.size === elementCount(shape) && isWhole(place, order) ? order : plainLayout(shape.length);
  };

  const readAsIs = (value: string) => {
    const layout = orderOf(value);
    return { ...readIn(value, layout), layout };
  };

  const read = (value: string): Operand => {
    const known = features.get(value);
    if (known !== undefined) return known;
    const shape = shapeOf(value);
    return { value: readIn(value, channelsLast(shape.length)).value, shape };
  };

  /** A copy in the order of ONNX, for shapes that no strides give. */
  const inOrder = (node: Node, value: string): Place => {
    const shape = shapeOf(value);
    const from = placeOf(value);
    const to = wholeStrided(shape, plainLayout(shape.length));
    const output = uniqueName(`${value}/in-order`, (name) => graph.values.has(name));
    make({ name: `${node.name}/in-order`, x: from.value, from, to, output }, shape);
    return { value: output, size: elementCount(shape), ...to };
  };

  const reshape = (node: Node, x: string, y: string): void => {
    const direct = reshapeView(placeOf(x), shapeOf(y));
    const isRow = shapeOf(x)[0] === 1 && shapeOf(y)[0] === 1 && shapeOf(y).length === 2;
    const isDense = isRow && !outputs.has(y) && (readers.get(y) ?? []).every(isNormalGemm);
    if (direct === null && isDense) features.set(y, read(x));
    else places.set(y, direct ?? reshapeView(inOrder(node, x), shapeOf(y))!);
  };

  const move = (node: Node): string | null => {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    switch (node.op) {
      case 'Identity':
      case 'Dropout':
        places.set(y, placeOf(x));
        return null;
      case 'Transpose':
        places.set(y, transposedView(node, placeOf(x)));
        return null;
      case 'Split': {
        const parts = splitPlaces(graph, node, placeOf(x));
        node.outputs.forEach((name, i) => void places.set(name, { ...placeOf(x), ...parts[i]! }));
        return null;
      }
      case 'Slice':
      case 'Gather': {
        const view = node.op === 'Slice' ? slicedView : pickedView;
        const place = view(graph, node, placeOf(x));
        if (place === null) return `${node.op} can be trained with ${CONSTANTS[node.op]}`;
        places.set(y, place);
        return null;
      }
      default:
        reshape(node, x, y);
        return null;
    }
  };
  const rename = ({ inputs: [x], outputs: [y] }: Node): void => void places.set(y!, placeOf(x!));
  const put = (value: string, place: Place): void => void places.set(value, place);
  const keepIn = (value: string, layout: Layout): void => void layouts.set(value, layout);
  const isComputed = (value: string): boolean => !graph.constants.has(value);
  return { move, rename, put, read, place: placeOf, readIn, readAsIs, isComputed, orderOf, keepIn };
}

/** Axes of one element lie anywhere: first, in their own order. */
function orderKey(shape: readonly number[], strides: readonly number[], axis: number): number {
  return shape[axis] === 1 ? Number.POSITIVE_INFINITY : strides[axis]!;
}

/** The places of the outputs of a Split. */
function splitPlaces(graph: Graph, node: Node, x: Strided): readonly Strided[] {
  const attribute = intAttribute(node, 'axis', 0);
  const axis = attribute < 0 ? attribute + x.shape.length : attribute;
  let start = 0;
  return node.outputs.map((name) => {
    const size = graph.values.get(name)!.shape[axis]!;
    start += size;
    return sliceView(x, axis, start - size, size, 1);
  });
}

const CONSTANTS = { Slice: 'constant bounds', Gather: 'one constant index' } as const;
