/**
 * RNN, GRU and LSTM to rnn_s8, gru_s8 and lstm_s8, one step for each direction over the whole sequence: int8 weights, one scale for
 * each row of each gate, int8 hidden states, and 16 bits for what a cell adds up over time (the cell state of an LSTM, the state of
 * a GRU).
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { dequantizeTensor } from '../../ops/quant.ts';
import { clamp } from '../../program/kernels/common.ts';
import { GATE_BITS, gateTable, MOST_FEATURES, type Recurrence } from '../../program/kernels/recurrent.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  addCopy,
  addTensor,
  contiguousIn,
  defineValue,
  describe,
  elements,
  type LoweringContext,
  shapeOf,
  unsupported,
} from '../shared/context.ts';
import { type RecurrentForm, recurrentForm } from '../shared/recurrent-form.ts';
import { pushTable, requantizeTable } from '../shared/table-step.ts';
import { sliceView, type View, wholeView } from '../shared/views.ts';
import { quantizedWeights } from '../shared/weights.ts';

/** The cell state of an LSTM covers -16 to 16: beyond, tanh of it is 1. */
const CELL_SCALE = 2 ** -11;

/** The state of a GRU covers -1 to 1, as what tanh gives. */
const GRU_STATE_SCALE = 2 ** -15;

export function lowerRecurrent(context: LoweringContext, node: Node): void {
  const form = recurrentForm(context, node);
  const why = withoutForm(context, node, form);
  if (why !== null) throw unsupported(node, why, WAY_OUT);
  const [x] = node.inputs as readonly [string];
  const input = activationQuant(context, x, node);
  const hidden = hiddenQuant(context, node);
  const source = contiguousIn(context, x, node, form.input);
  const initial = initialHidden(context, node, form, hidden);
  const output = outputTensor(context, node, form, hidden);
  const cells = form.reverse.map((_, direction) => cellConstants(context, node, direction, input, hidden));
  const table = wideConstant(context, `${node.name}_gates`, gateTable());
  form.reverse.forEach((reverse, direction) => {
    const shared = {
      name: node.name,
      constants: [...cells[direction]!, table],
      params: {
        steps: form.steps,
        batch: form.batch,
        inputSize: form.inputSize,
        hidden: form.hidden,
        directions: form.reverse.length,
        direction,
        reverse: reverse ? 1 : 0,
        ...fixed('hidden', (node.op === 'LSTM' ? 2 ** -30 : 2 ** -15) / hidden.scale),
        outputOffset: hidden.zeroPoint,
      },
    } as const;
    pushCell(context, node, form, direction, {
      source,
      initial: initial[direction]!,
      output,
      hidden,
      shared,
    });
  });
  const lastHidden = node.outputs[1] ?? '';
  if (lastHidden !== '' && isRead(context, lastHidden)) {
    placeLastHidden(context, node, form, lastHidden, output, hidden);
  }
}

const WAY_OUT =
  'docs/operators.md says what of recurrent layers runs in int8; else train with convolutions over time in its place, or run the layers before and behind it as two models';

function withoutForm(context: LoweringContext, node: Node, form: RecurrentForm): string | null {
  const [, , , bias = '', , , cell = ''] = node.inputs;
  const { constants } = context.graph;
  if (bias !== '' && !constants.has(bias))
    return `${node.op} with a bias that is computed has no int8 kernel`;
  if (Math.max(form.inputSize, form.hidden) > MOST_FEATURES) {
    return `${node.op} of more than ${MOST_FEATURES} features has no int8 kernel`;
  }
  if (cell !== '' && !constants.has(cell)) return 'LSTM with a cell state that is given has no int8 kernel';
  if (isRead(context, node.outputs[2] ?? '')) return 'LSTM whose cell state is read has no int8 kernel';
  if ((node.inputs[7] ?? '') !== '') return 'LSTM with peepholes has no int8 kernel';
  return null;
}

function isRead({ consumers, outputValues }: LoweringContext, name: string): boolean {
  return consumers.has(name) || outputValues.has(name);
}

/** The codes of hidden states: those of Y, or of Y_h where nothing has Y. @throws TinymlError E_QUANT */
function hiddenQuant(context: LoweringContext, node: Node): ActivationQuant {
  const [y = '', last = ''] = node.outputs;
  return activationQuant(context, context.quants.has(y) || last === '' ? y : last, node);
}

function outputTensor(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  hidden: ActivationQuant,
): TensorId {
  const [y = ''] = node.outputs;
  if (context.quants.has(y)) return defineValue(context, y, hidden, form.output);
  return addTensor(context, {
    name: `${node.name}_hidden`,
    dtype: 'int8',
    shape: [form.steps, form.reverse.length, form.batch, form.hidden],
    quant: hidden,
    storage: ARENA,
  });
}

/** Y_h is the last time of each direction in Y. */
function placeLastHidden(
  context: LoweringContext,
  node: Node,
  { steps, batch, hidden: size, reverse, state }: RecurrentForm,
  value: string,
  output: TensorId,
  hidden: ActivationQuant,
): void {
  const image = batch * size;
  const time = reverse.length * image;
  const at = (direction: number): number => (reverse[direction] ? 0 : (steps - 1) * time) + direction * image;
  const physical = [reverse.length === 1 ? 0 : at(1) - at(0), size, 1];
  const strides = state.map((_, axis) => physical[state.indexOf(axis)]!);
  const view: View = { tensor: output, offset: at(0), shape: shapeOf(context, value), strides };
  const own = activationQuant(context, value, node);
  if (own.scale === hidden.scale && own.zeroPoint === hidden.zeroPoint) {
    context.views.set(value, view);
    return;
  }
  const copy = addTensor(context, {
    name: `${value}_hidden`,
    dtype: 'int8',
    shape: [reverse.length, batch, size],
    quant: hidden,
    storage: ARENA,
  });
  addCopy(context, node, view, wholeView(copy, view.shape, state));
  const stored = defineValue(context, value, own, state);
  pushTable(context, node, copy, stored, time, requantizeTable(hidden, own));
}

/** The first hidden state of each direction, [batch, hidden], in the codes of the others. */
function initialHidden(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  hidden: ActivationQuant,
): readonly TensorId[] {
  const name = node.inputs[5] ?? '';
  const size = form.batch * form.hidden;
  const numbers = name === '' ? new Float32Array(form.reverse.length * size) : constantNumbers(context, name);
  if (numbers !== null) {
    return firstStates(form, numbers).map((values, direction) =>
      addConstant(
        context,
        `${node.name}_initial_h${direction === 0 ? '' : '_reverse'}`,
        toInt8(values, hidden),
      ),
    );
  }
  const own = activationQuant(context, name, node);
  const given = contiguousIn(context, name, node, form.state);
  const shape = [form.reverse.length, form.batch, form.hidden];
  const whole = (label: string, parts: readonly number[]): TensorId =>
    addTensor(context, { name: label, dtype: 'int8', shape: parts, quant: hidden, storage: ARENA });
  const same = own.scale === hidden.scale && own.zeroPoint === hidden.zeroPoint;
  const coded = same ? given : whole(`${node.name}_initial_h`, shape);
  if (!same) pushTable(context, node, given, coded, elements(shape), requantizeTable(own, hidden));
  if (form.reverse.length === 1) return [coded];
  return form.reverse.map((_, direction) => {
    const part = whole(`${node.name}_initial_h${direction}`, shape.slice(1));
    const from = sliceView(wholeView(coded, shape, [0, 1, 2]), 0, direction, 1, 1);
    addCopy(context, node, from, wholeView(part, [1, ...shape.slice(1)], [0, 1, 2]));
    return part;
  });
}

/** Constant states as the kernels have them, one part for each direction. */
function firstStates(form: RecurrentForm, values: Float32Array): readonly Float32Array[] {
  const { batch, hidden, reverse, state } = form;
  const batchFirst = state[0] === 1;
  return reverse.map((_, direction) =>
    Float32Array.from({ length: batch * hidden }, (__, at) => {
      const [image, j] = [Math.floor(at / hidden), at % hidden];
      const row = batchFirst ? image * reverse.length + direction : direction * batch + image;
      return values[row * hidden + j]!;
    }),
  );
}

type Cell = {
  readonly source: TensorId;
  readonly initial: TensorId;
  readonly output: TensorId;
  readonly hidden: ActivationQuant;
  readonly shared: {
    readonly name: string;
    readonly constants: readonly TensorId[];
    readonly params: Recurrence;
  };
};

function pushCell(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  direction: number,
  { source, initial, output, hidden, shared }: Cell,
): void {
  const { steps } = context;
  const suffix = direction === 0 ? '' : '_reverse';
  const size = form.batch * form.hidden;
  switch (node.op) {
    case 'RNN':
      steps.push({ kernel: 'rnn_s8', ...shared, inputs: [source, initial], outputs: [output] });
      return;
    case 'GRU': {
      const state = wideTensor(context, `${node.name}_state${suffix}`, form, GRU_STATE_SCALE);
      steps.push({
        kernel: 'gru_s8',
        ...shared,
        inputs: [source, widened(context, node, initial, hidden, form, suffix)],
        outputs: [output, state],
        params: {
          ...shared.params,
          linearBeforeReset: intAttribute(node, 'linear_before_reset', 0) === 0 ? 0 : 1,
        },
      });
      return;
    }
    default: {
      const given =
        constantNumbers(context, node.inputs[6] ?? '') ?? new Float32Array(form.reverse.length * size);
      const first = firstStates(form, given)[direction]!;
      const before = wideConstant(context, `${node.name}_initial_c${suffix}`, toInt16(first, CELL_SCALE));
      steps.push({
        kernel: 'lstm_s8',
        ...shared,
        inputs: [source, initial, before],
        outputs: [output, wideTensor(context, `${node.name}_cell${suffix}`, form, CELL_SCALE)],
        params: {
          ...shared.params,
          ...fixed('cell', 2 ** -30 / CELL_SCALE),
          ...fixed('tangent', CELL_SCALE * 2 ** GATE_BITS),
        },
      });
    }
  }
}

/** The first state of a GRU in 16 bits. */
function widened(
  context: LoweringContext,
  node: Node,
  initial: TensorId,
  hidden: ActivationQuant,
  form: RecurrentForm,
  suffix: string,
): TensorId {
  const { storage } = context.tensors[initial]!;
  const name = `${node.name}_initial_state${suffix}`;
  if (storage.kind === 'constant') {
    const real = Float32Array.from(storage.data, (code) => (code - hidden.zeroPoint) * hidden.scale);
    return wideConstant(context, name, toInt16(real, GRU_STATE_SCALE));
  }
  const wide = wideTensor(context, name, form, GRU_STATE_SCALE);
  context.steps.push({
    kernel: 'requantize_s8_s16',
    name: node.name,
    inputs: [initial],
    constants: [],
    outputs: [wide],
    params: {
      size: form.batch * form.hidden,
      inputOffset: -hidden.zeroPoint,
      ...quantizeMultiplier(hidden.scale / GRU_STATE_SCALE),
    },
  });
  return wide;
}

/** Both products of a direction: codes, and what turns their sums into 2^-11. */
function cellConstants(
  context: LoweringContext,
  node: Node,
  direction: number,
  input: ActivationQuant,
  hidden: ActivationQuant,
): readonly TensorId[] {
  const [, w, r, b = ''] = node.inputs as readonly [string, string, string, string?];
  const suffix = direction === 0 ? '' : '_reverse';
  const bias = b === '' ? null : constantNumbers(context, b);
  const product = (label: string, name: string, from: ActivationQuant, part: number): readonly TensorId[] => {
    const { data, shape, scale } = quantizedWeights(context, node, name, 1);
    const [, rows, count] = shape as readonly [number, number, number];
    const codes = data.slice(direction * rows * count, (direction + 1) * rows * count);
    const start = (2 * direction + part) * rows;
    const multipliers = Array.from(scale, (one) => quantizeMultiplier(from.scale * one * 2 ** GATE_BITS));
    const biases = Int32Array.from(scale, (one, row) => {
      const sum = codes.subarray(row * count, (row + 1) * count).reduce((total, code) => total + code, 0);
      const value = Math.round((bias?.[start + row] ?? 0) / (from.scale * one)) - from.zeroPoint * sum;
      if (!(Math.abs(value) < 2 ** 31)) throw biasTooLarge(node, b, start + row);
      return value;
    });
    const prefix = `${node.name}${suffix}_${label}`;
    return [
      addConstant(context, `${prefix}weights`, codes, [rows, count]),
      addConstant(context, `${prefix}bias`, biases),
      addConstant(
        context,
        `${prefix}multiplier`,
        Int32Array.from(multipliers, ({ multiplier }) => multiplier),
      ),
      addConstant(
        context,
        `${prefix}shift`,
        Int32Array.from(multipliers, ({ shift }) => shift),
      ),
    ];
  };
  return [...product('', w, input, 0), ...product('recurrent_', r, hidden, 1)];
}

function biasTooLarge(node: Node, name: string, at: number): TinymlError {
  return new TinymlError(
    'E_QUANT',
    `bias ${at} of "${name}" does not fit 32 bits at the scale of its weights`,
    {
      at: describe(node),
      hint: 'a weight scale of this row is too small: quantise the model again with `tinyml quantize`',
    },
  );
}

/** The numbers of a constant, whatever codes it has; null where it is computed. */
function constantNumbers({ graph }: LoweringContext, name: string): Float32Array | null {
  const tensor = graph.constants.get(name);
  if (tensor === undefined) return null;
  const quant = graph.values.get(name)!.quant;
  return (quant === null ? tensor : dequantizeTensor(tensor, quant)).data as Float32Array;
}

function fixed<Name extends string>(
  name: Name,
  factor: number,
): { readonly [K in `${Name}Multiplier` | `${Name}Shift`]: number } {
  const { multiplier, shift } = quantizeMultiplier(factor);
  return { [`${name}Multiplier`]: multiplier, [`${name}Shift`]: shift } as {
    readonly [K in `${Name}Multiplier` | `${Name}Shift`]: number;
  };
}

function toInt8(values: Float32Array, { scale, zeroPoint }: ActivationQuant): Int8Array {
  return Int8Array.from(values, (value) => clamp(Math.round(value / scale) + zeroPoint, -128, 127));
}

function toInt16(values: Float32Array, scale: number): Int16Array {
  return Int16Array.from(values, (value) => clamp(Math.round(value / scale), -32768, 32767));
}

function wideConstant(context: LoweringContext, name: string, data: Int16Array): TensorId {
  const storage = { kind: 'constant', data } as const;
  return addTensor(context, { name, dtype: 'int16', shape: [data.length], quant: null, storage });
}

function wideTensor(
  context: LoweringContext,
  name: string,
  { batch, hidden }: RecurrentForm,
  scale: number,
): TensorId {
  const quant = { scale, zeroPoint: 0 };
  return addTensor(context, { name, dtype: 'int16', shape: [batch, hidden], quant, storage: ARENA });
}
