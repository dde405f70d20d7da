/**
 * RNN, GRU and LSTM with their default activations, spelt out or not (ONNX operator specification, opset 14). Gates are computed in
 * float64, states are kept in float64 within a run.
 */
import { elementCount, sameShape } from '../graph/tensor.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { asNumbers, computeTensor, type NumberArray } from './arrays.ts';
import { hasAttribute, intAttribute, stringAttribute, stringsAttribute } from './attributes.ts';
import {
  badShape,
  checkSize,
  constantNumbers,
  defineOperator,
  type Inputs,
  requireRank,
  requireType,
  type Tensors,
  unsupported,
} from './define.ts';
import type { Operator, OutputInfo } from './types.ts';

type Cell = {
  readonly name: string;
  /** Blocks of `hidden` rows in W and R. */
  readonly gates: number;
  /** Inputs of this operator: up to initial_h, or with initial_c and the peepholes. */
  readonly inputs: readonly [number, number];
  readonly hasCellState: boolean;
  /** The default activations of one direction, in lower case; no others are supported. */
  readonly activations: readonly string[];
  /** One time step: new h (and c) from old ones. */
  readonly step: (weights: Weights, x: Float64Array, state: State, node: Node) => void;
};

/** Weights of one direction, as views: matrices row-major. */
type Weights = {
  readonly hidden: number;
  readonly w: NumberArray;
  readonly r: NumberArray;
  readonly wBias: NumberArray;
  readonly rBias: NumberArray;
  readonly peepholes: NumberArray;
};

/** Changed in place by each step. */
type State = { readonly h: Float64Array; readonly c: Float64Array };

type Geometry = {
  readonly steps: number;
  readonly batch: number;
  readonly width: number;
  readonly hidden: number;
  /** Whether each direction runs backwards. */
  readonly reverse: readonly boolean[];
  /** layout 1: the batch is the first axis everywhere. */
  readonly batchFirst: boolean;
};

function geometryOf(cell: Cell, node: Node, inputs: Inputs): Geometry {
  for (const index of [0, 1, 2, 3, 5, 6, 7]) requireType(node, inputs, index, ['float32']);
  for (const index of [0, 1, 2]) requireRank(node, inputs, index, 3);
  if (hasAttribute(node, 'clip')) unsupported(node, 'attribute "clip" is not supported');
  if (intAttribute(node, 'input_forget', 0) !== 0) unsupported(node, 'input_forget = 1 is not supported');
  const direction = stringAttribute(node, 'direction', 'forward');
  const reverse = DIRECTIONS.get(direction) ?? unsupported(node, `direction "${direction}" is not supported`);
  // Names are the same in upper and lower case (ONNX specification).
  const activations = stringsAttribute(node, 'activations', []).map((name) => name.toLowerCase());
  const wantedActivations = reverse.flatMap(() => cell.activations);
  if (activations.length > 0 && activations.join() !== wantedActivations.join()) {
    unsupported(node, `activations other than ${cell.activations.join(', ')} are not supported`);
  }
  const batchFirst = intAttribute(node, 'layout', 0) !== 0;
  const [first, second, width] = inputs[0]!.shape as readonly [number, number, number];
  const [batch, steps] = batchFirst ? [first, second] : [second, first];
  if (inputs[4] && inputs[4].data === null) {
    unsupported(
      node,
      'lengths of sequences are given at run time: make them constant with --bind, or export the model without packed sequences',
    );
  }
  if (inputs[4] && !constantNumbers(node, inputs, 4)!.every((length) => length === steps)) {
    unsupported(node, 'sequences of different lengths are not supported');
  }
  const hidden = inputs[2]!.shape[2]!;
  const directions = reverse.length;
  const rows = cell.gates * hidden;
  const stateShape = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const wanted: readonly (readonly [number, readonly number[]])[] = [
    [1, [directions, rows, width]],
    [2, [directions, rows, hidden]],
    [3, [directions, 2 * rows]],
    [5, stateShape],
    [6, stateShape],
    [7, [directions, 3 * hidden]],
  ];
  for (const [index, shape] of wanted) {
    const given = inputs[index]?.shape;
    if (given && !sameShape(given, shape)) {
      badShape(node, `input ${index} is of shape [${given.join(', ')}], not [${shape.join(', ')}]`);
    }
  }
  return { steps, batch, width, hidden, reverse, batchFirst };
}

const DIRECTIONS: ReadonlyMap<string, readonly boolean[]> = new Map([
  ['forward', [false]],
  ['reverse', [true]],
  ['bidirectional', [false, true]],
]);

/** Y, Y_h and, for a cell with one, Y_c. */
function outputInfos(cell: Cell, geometry: Geometry): readonly OutputInfo[] {
  const { steps, batch, hidden, reverse, batchFirst } = geometry;
  const directions = reverse.length;
  const state: OutputInfo = {
    dtype: 'float32',
    shape: batchFirst ? [batch, directions, hidden] : [directions, batch, hidden],
  };
  const sequence = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const y: OutputInfo = { dtype: 'float32', shape: sequence };
  return cell.hasCellState ? [y, state, state] : [y, state];
}

function weightsOf(cell: Cell, { hidden, width }: Geometry, inputs: Tensors, direction: number): Weights {
  const rows = cell.gates * hidden;
  const part = (tensor: Tensor | null | undefined, size: number): NumberArray =>
    tensor
      ? asNumbers(tensor.data).subarray(direction * size, (direction + 1) * size)
      : new Float64Array(size);
  const bias = part(inputs[3], 2 * rows);
  return {
    hidden,
    w: part(inputs[1], rows * width),
    r: part(inputs[2], rows * hidden),
    wBias: bias.subarray(0, rows),
    rBias: bias.subarray(rows),
    peepholes: part(inputs[7], 3 * hidden),
  };
}

function recurrent(cell: Cell): Operator {
  return defineOperator({
    name: cell.name,
    inputs: cell.inputs,
    infer: (node, inputs) => {
      const geometry = geometryOf(cell, node, inputs);
      checkSize(node, [cell.gates * geometry.hidden]);
      return outputInfos(cell, geometry);
    },
    run: (node, inputs, outputs) => {
      const geometry = geometryOf(cell, node, inputs);
      const { steps, batch, width, hidden, reverse, batchFirst } = geometry;
      const directions = reverse.length;
      const x = asNumbers(inputs[0]!.data);
      const [y, lastH, lastC] = outputs.map(({ shape }) => new Float32Array(elementCount(shape)));
      for (const [direction, backwards] of reverse.entries()) {
        const weights = weightsOf(cell, geometry, inputs, direction);
        for (let item = 0; item < batch; item++) {
          const at = (batchFirst ? item * directions + direction : direction * batch + item) * hidden;
          const initial = (tensor: Tensor | null | undefined) =>
            Float64Array.from({ length: hidden }, (_, i) => (tensor ? Number(tensor.data[at + i]) : 0));
          const state: State = { h: initial(inputs[5]), c: initial(inputs[6]) };
          for (let step = 0; step < steps; step++) {
            const time = backwards ? steps - 1 - step : step;
            const from = (batchFirst ? item * steps + time : time * batch + item) * width;
            cell.step(weights, Float64Array.from(x.subarray(from, from + width)), state, node);
            const to = batchFirst
              ? ((item * steps + time) * directions + direction) * hidden
              : ((time * directions + direction) * batch + item) * hidden;
            y!.set(state.h, to);
          }
          lastH!.set(state.h, at);
          lastC?.set(state.c, at);
        }
      }
      return [y, lastH, lastC]
        .slice(0, outputs.length)
        .map((data, i) => computeTensor(outputs[i]!, (out) => out.set(data!)));
    },
    macs: (_, inputs) => {
      const [first, second] = inputs[0]!.shape as readonly [number, number];
      return first * second * (elementCount(inputs[1]!.shape) + elementCount(inputs[2]!.shape));
    },
    quant: { kind: 'recurrent' },
  });
}

/** matrix [rows, columns] times vector, plus bias, for rows in [first, last). */
function affine(
  matrix: NumberArray,
  vector: Float64Array,
  bias: NumberArray,
  first: number,
  last: number,
): Float64Array {
  const columns = vector.length;
  const out = new Float64Array(last - first);
  for (let row = first; row < last; row++) {
    let sum = bias[row]!;
    for (let k = 0; k < columns; k++) sum += matrix[row * columns + k]! * vector[k]!;
    out[row - first] = sum;
  }
  return out;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const rnn = recurrent({
  name: 'RNN',
  gates: 1,
  inputs: [3, 6],
  hasCellState: false,
  activations: ['tanh'],
  step: ({ hidden, w, r, wBias, rBias }, x, { h }) => {
    const fromInput = affine(w, x, wBias, 0, hidden);
    const fromState = affine(r, h, rBias, 0, hidden);
    for (let i = 0; i < hidden; i++) h[i] = Math.tanh(fromInput[i]! + fromState[i]!);
  },
});

/** Gates z, r, h (Cho et al., 2014); linear_before_reset resets after the matrix product instead of before. */
const gru = recurrent({
  name: 'GRU',
  gates: 3,
  inputs: [3, 6],
  hasCellState: false,
  activations: ['sigmoid', 'tanh'],
  step: ({ hidden, w, r, wBias, rBias }, x, { h }, node) => {
    const fromInput = affine(w, x, wBias, 0, 3 * hidden);
    const fromState = affine(r, h, rBias, 0, 2 * hidden);
    const update = fromState.subarray(0, hidden).map((v, i) => sigmoid(v + fromInput[i]!));
    const reset = fromState.subarray(hidden).map((v, i) => sigmoid(v + fromInput[hidden + i]!));
    const candidate =
      intAttribute(node, 'linear_before_reset', 0) === 0
        ? affine(
            r,
            h.map((v, i) => v * reset[i]!),
            rBias,
            2 * hidden,
            3 * hidden,
          )
        : affine(r, h, rBias, 2 * hidden, 3 * hidden).map((v, i) => v * reset[i]!);
    for (let i = 0; i < hidden; i++) {
      const fresh = Math.tanh(fromInput[2 * hidden + i]! + candidate[i]!);
      h[i] = (1 - update[i]!) * fresh + update[i]! * h[i]!;
    }
  },
});

/** Gates i, o, f, c with peepholes i, o, f (Gers and Schmidhuber, 2000). */
const lstm = recurrent({
  name: 'LSTM',
  gates: 4,
  inputs: [3, 8],
  hasCellState: true,
  activations: ['sigmoid', 'tanh', 'tanh'],
  step: ({ hidden, w, r, wBias, rBias, peepholes }, x, { h, c }) => {
    const fromInput = affine(w, x, wBias, 0, 4 * hidden);
    const gate = affine(r, h, rBias, 0, 4 * hidden).map((v, i) => v + fromInput[i]!);
    for (let i = 0; i < hidden; i++) {
      const old = c[i]!;
      const input = sigmoid(gate[i]! + peepholes[i]! * old);
      const forget = sigmoid(gate[2 * hidden + i]! + peepholes[2 * hidden + i]! * old);
      const cell = forget * old + input * Math.tanh(gate[3 * hidden + i]!);
      const output = sigmoid(gate[hidden + i]! + peepholes[hidden + i]! * cell);
      c[i] = cell;
      h[i] = output * Math.tanh(cell);
    }
  },
});

export const recurrentOperators: readonly Operator[] = [rnn, gru, lstm];
