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
  plainLayout,
  reshapeView,
  type Strided,
  wholeStrided,
} from '../../lower/shared/views.ts';
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

/** Elements of a kept value, which has `size` in one sample. */
type Place = Strided & { readonly value: string; readonly size: number };

type Places = {
  /** Takes note of a node of `isMove`. @returns why it cannot be trained; null where it can */
  readonly move: (node: Node) => string | null;
  /** Takes note of a node whose output stands for its input. */
  readonly rename: (node: Node) => void;
  /** A value as something computes with it. */
  readonly read: (value: string) => Operand;
};

const MOVES: ReadonlySet<string> = new Set([
  ...['Dropout', 'Flatten', 'Gather', 'Identity', 'Reshape', 'Slice', 'Squeeze', 'Transpose', 'Unsqueeze'],
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

  const kept = (value: string): Place => {
    const shape = shapeOf(value);
    return { value, size: elementCount(shape), ...wholeStrided(shape, channelsLast(shape.length)) };
  };
  const placeOf = (value: string): Place => places.get(value) ?? kept(value);

  const read = (value: string): Operand => {
    const known = features.get(value);
    if (known !== undefined) return known;
    const shape = shapeOf(value);
    const place = placeOf(value);
    if (place.size === elementCount(shape) && isWhole(place, channelsLast(shape.length))) {
      return { value: place.value, shape };
    }
    const to = wholeStrided(shape, channelsLast(shape.length));
    make({ name: makers.get(value)!.name, x: place.value, from: place, to, output: value }, shape);
    places.delete(value);
    return { value, shape };
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
    const isDense = shapeOf(y).length === 2 && !outputs.has(y) && (readers.get(y) ?? []).every(isNormalGemm);
    if (direct === null && isDense) features.set(y, read(x));
    else places.set(y, direct ?? reshapeView(inOrder(node, x), shapeOf(y))!);
  };

  const move = (node: Node): string | null => {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    if (shapeOf(y)[0] !== 1) {
      return `${node.op} to [${shapeOf(y).join(', ')}] cannot be trained: the first axis is that of samples`;
    }
    switch (node.op) {
      case 'Identity':
      case 'Dropout':
        places.set(y, placeOf(x));
        return null;
      case 'Transpose':
        places.set(y, transposedView(node, placeOf(x)));
        return null;
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
  return { move, rename, read };
}

const CONSTANTS = { Slice: 'constant bounds', Gather: 'one constant index' } as const;
