/** RNN, GRU and LSTM as training sees them: one unit for all times and directions, whose value is the sequence of hidden states. */
import { uniqueName } from '../../graph/rewrite.ts';
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
  /** Whether a GRU resets the state that its matrix takes, not what the matrix gives (linear_before_reset 0). */
  readonly resetsState: boolean;
  /** States before the first time, [directions][sequences][hidden]; c of an LSTM alone is not h. */
  readonly first: { readonly h: FirstState; readonly c: FirstState };
  /** The name under which c of an LSTM after the last time is kept, [directions][sequences][hidden]; '' where nothing reads it. */
  readonly lastCell: string;
};

/** A constant of the model, or a value that is kept. */
export type FirstState =
  | { readonly kind: 'constant'; readonly data: Float32Array }
  | { readonly kind: 'value'; readonly value: string };

/** A recurrent node; its last states are places in the value that is kept: all hidden states, [times][directions][sequences][hidden]. */
type RecurrentNode = {
  readonly source: RecurrentSource;
  readonly layout: Layout;
  readonly lastHidden: Strided;
  /** The order of states. */
  readonly stateLayout: Layout;
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
  const constants = [weights, recurrent, bias].filter((name) => name !== '');
  if (!constants.every((name) => floatConstant({ graph }, name) !== null)) {
    return `${node.op} can be trained with constant weights and biases`;
  }
  if (peepholes !== '') return 'LSTM with peepholes cannot be trained';
  const form = recurrentForm({ graph }, node);
  const { steps: times, batch: sequences, inputSize: features, hidden, reverse } = form;
  const sizes = form.state.map((_, axis) => [reverse.length, sequences, hidden][form.state.indexOf(axis)]!);
  const first = (name: string): FirstState => {
    if (name === '') return { kind: 'constant', data: new Float32Array(elementCount(sizes)) };
    const constant = graph.constants.get(name);
    if (constant === undefined) return { kind: 'value', value: places.readIn(name, form.state).value };
    return { kind: 'constant', data: permute(constant.data as Float32Array, sizes, form.state) };
  };
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
      resetsState: node.op === 'GRU' && intAttribute(node, 'linear_before_reset', 0) === 0,
      first: { h: first(firstH), c: first(firstC) },
      lastCell: isRead(node.outputs[2] ?? '')
        ? uniqueName(`${node.name}/last-cell`, (name) => graph.values.has(name))
        : '',
    },
    stateLayout: form.state,
    layout: form.output,
    lastHidden: {
      offset: at(0),
      shape: sizes,
      strides: sizes.map((_, axis) => strides[form.state.indexOf(axis)]!),
    },
  };
}

/** Values that a layer reads. */
export function recurrentInputs({ x, first: { h, c } }: RecurrentSource): readonly string[] {
  return [x, ...[h, c].flatMap((state) => (state.kind === 'value' ? [state.value] : []))];
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
