/** RNN, GRU and LSTM as training sees them: one unit for all times and directions, whose value is the sequence of hidden states. */
import { elementCount } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { permute } from '../../lower/shared/permute.ts';
import { recurrentForm } from '../../lower/shared/recurrent-form.ts';
import { type Layout, type Strided, wholeStrided } from '../../lower/shared/views.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { floatConstant } from '../../passes/match.ts';
import type { Places } from './places.ts';

type Cell = 'RNN' | 'GRU' | 'LSTM';

/** Sizes are those of one sample, which may have several sequences. */
export type RecurrentSource = {
  readonly kind: 'recurrent';
  /** [times][sequences][features] */
  readonly x: string;
  readonly cell: Cell;
  readonly times: number;
  readonly sequences: number;
  readonly features: number;
  readonly hidden: number;
  /** Whether each direction goes from the last time to the first. */
  readonly reverse: readonly boolean[];
  /** Constants of the model: matrices [directions][gates * hidden][inputs], bias [directions][2][gates * hidden] or ''. */
  readonly names: { readonly weights: string; readonly recurrent: string; readonly bias: string };
  /** States before the first time, [directions][sequences][hidden]; c of an LSTM alone is not h. */
  readonly initial: { readonly h: Float32Array; readonly c: Float32Array };
};

/** A recurrent node; its last states are places in the value that is kept: all hidden states, [times][directions][sequences][hidden]. */
type RecurrentNode = {
  readonly source: RecurrentSource;
  readonly layout: Layout;
  readonly lastHidden: Strided;
};

export const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const satisfies Readonly<Record<Cell, number>>;

export function isRecurrent(node: Node): node is Node & { readonly op: Cell } {
  return node.op in GATES;
}

/**
 * @param isRead whether anything reads a value
 * @returns a sentence where it cannot be trained
 */
export function recurrenceOf(
  graph: Graph,
  node: Node & { readonly op: Cell },
  places: Places,
  isRead: (value: string) => boolean,
): RecurrentNode | string {
  const [x = '', weights = '', recurrent = '', bias = '', , firstH = '', firstC = '', peepholes = ''] =
    node.inputs;
  const constants = [weights, recurrent, bias, firstH, firstC].filter((name) => name !== '');
  if (!constants.every((name) => floatConstant({ graph }, name) !== null)) {
    return `${node.op} can be trained with constant weights, biases and first states`;
  }
  if (node.op === 'GRU' && intAttribute(node, 'linear_before_reset', 0) === 0) {
    return 'GRU can be trained that resets what comes of its state (linear_before_reset 1), as those of PyTorch and Keras do';
  }
  if (peepholes !== '') return 'LSTM with peepholes cannot be trained';
  if (isRead(node.outputs[2] ?? '')) return 'LSTM whose last cell state is read cannot be trained';
  const form = recurrentForm({ graph }, node);
  const { steps: times, batch: sequences, inputSize: features, hidden, reverse } = form;
  const sizes = form.state.map((_, axis) => [reverse.length, sequences, hidden][form.state.indexOf(axis)]!);
  const first = (name: string): Float32Array =>
    name === ''
      ? new Float32Array(elementCount(sizes))
      : permute(graph.constants.get(name)!.data as Float32Array, sizes, form.state);
  const image = sequences * hidden;
  const at = (direction: number): number =>
    ((reverse[direction] ? 0 : times - 1) * reverse.length + direction) * image;
  const strides = [reverse.length === 1 ? 0 : at(1) - at(0), hidden, 1];
  return {
    source: {
      kind: 'recurrent',
      x: places.readIn(x, form.input).value,
      cell: node.op,
      ...{ times, sequences, features, hidden, reverse },
      names: { weights, recurrent, bias },
      initial: { h: first(firstH), c: first(firstC) },
    },
    layout: form.output,
    lastHidden: {
      offset: at(0),
      shape: sizes,
      strides: sizes.map((_, axis) => strides[form.state.indexOf(axis)]!),
    },
  };
}

/** Where one time of one direction lies in a sample of a sequence with `width` numbers for each of its sequences. */
export function timeIn(
  { sequences }: RecurrentSource,
  width: number,
  time: number,
  { directions, direction }: { readonly directions: number; readonly direction: number },
): Strided {
  const size = sequences * width;
  return { ...wholeStrided([size], [0]), offset: (time * directions + direction) * size };
}

/** Times of a direction in the order in which they are computed. */
export function timesOf({ times, reverse }: RecurrentSource, direction: number): readonly number[] {
  const order = Array.from({ length: times }, (_, time) => time);
  return reverse[direction] ? order.reverse() : order;
}
