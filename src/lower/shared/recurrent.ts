/**
 * RNN, GRU and LSTM to rnn_s8, gru_s8 and lstm_s8, one step for each direction over the whole sequence: int8 weights, one scale for
 * each row of each gate, int8 hidden states, and 16 bits for what a cell adds up over time (the cell state of an LSTM, the state of
 * a GRU). With 16-bit codes to gru_s16 and lstm_s16, whose inputs and hidden states have 16 bits, too.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { dequantizeTensor } from '../../ops/quant.ts';
import { clamp } from '../../program/kernels/common.ts';
import { GATE_BITS, gateTable, MOST_FEATURES, type WideRecurrence } from '../../program/kernels/recurrent.ts';
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
  inStorage,
  keepAsStored,
  type LoweringContext,
  shapeOf,
  storageOf,
  unsupported,
} from './context.ts';
import { type RecurrentForm, recurrentForm } from './recurrent-form.ts';
import { pushTable, requantizeTable } from './table-step.ts';
import { type Layout, sliceView, type View, wholeView } from './views.ts';
import { quantizedWeights } from './weights.ts';

/** Where nobody reads the cell state of an LSTM: it covers -32 to 32. */
const CELL_SCALE = 2 ** -10;

/** Where a file says nothing of hidden states: they cover -1 to 1. */
const HIDDEN = {
  int8: { scale: 1 / 128, zeroPoint: 0 },
  int16: { scale: 2 ** -15, zeroPoint: 0 },
} as const satisfies Readonly<Record<string, ActivationQuant>>;

/** Sums of 64 bits are shifted left by at most so much. */
const MOST_WIDE_SHIFT = 7;

/** The state of a GRU covers -1 to 1, as what tanh gives. */
const GRU_STATE_SCALE = 2 ** -15;

export function lowerRecurrent(context: LoweringContext, node: Node): void {
  const form = recurrentForm(context, node);
  const why = withoutForm(context, node, form);
  if (why !== null) throw unsupported(node, why, WAY_OUT);
  const [x] = node.inputs as readonly [string];
  const [, lastHidden = ''] = node.outputs;
  const input = activationQuant(context, x, node);
  const hidden = hiddenQuant(context, node);
  const source = contiguousIn(context, x, node, form.input);
  const output = outputTensor(context, node, form, hidden);
  const table = addConstant(context, `${node.name}_gates`, gateTable());
  const cells = form.reverse.map(
    (reverse, direction): Cell => ({
      name: node.name,
      constants: [...cellConstants(context, node, direction, input, hidden), table],
      params: {
        steps: form.steps,
        batch: form.batch,
        inputSize: form.inputSize,
        hidden: form.hidden,
        directions: form.reverse.length,
        direction,
        reverse: reverse ? 1 : 0,
        ...fixed('hidden', (node.op === 'LSTM' ? 2 ** -30 : 2 ** -15) / hidden.scale),
      },
    }),
  );
  const { zeroPoint: outputOffset } = hidden;
  switch (node.op) {
    case 'GRU':
      pushGru(context, node, form, cells, source, output, outputOffset);
      break;
    case 'LSTM':
      pushLstm(context, node, form, cells, source, output, hidden);
      break;
    default: {
      const initial = initialHidden(context, node, form, hidden);
      cells.forEach((cell, direction) => {
        context.steps.push({
          kernel: 'rnn_s8',
          ...cell,
          params: { ...cell.params, outputOffset },
          inputs: [source, initial[direction]!],
          outputs: [output],
        });
      });
    }
  }
  if (isRead(context, lastHidden) && !keepsState(context, node)) {
    placeLastHidden(context, node, form, lastHidden, output, hidden);
  }
}

function pushGru(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  cells: readonly Cell[],
  source: TensorId,
  output: TensorId,
  outputOffset: number,
): void {
  const initial = initialStates(context, node, form, node.inputs[5] ?? '', GRU_STATE_SCALE);
  const linearBeforeReset = intAttribute(node, 'linear_before_reset', 0) === 0 ? 0 : 1;
  const states = cells.map((cell, direction) => {
    const state = lastState(context, node, form, direction, GRU_STATE_SCALE);
    const step = { ...cell, inputs: [source, initial[direction]!], outputs: [output, state] };
    const params = { ...cell.params, linearBeforeReset };
    context.steps.push(
      context.storage === 'int16'
        ? { kernel: 'gru_s16', ...step, params }
        : { kernel: 'gru_s8', ...step, params: { ...params, outputOffset } },
    );
    return state;
  });
  if (keepsState(context, node)) placeStates(context, node, form, node.outputs[1]!, states, GRU_STATE_SCALE);
}

function pushLstm(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  cells: readonly Cell[],
  source: TensorId,
  output: TensorId,
  hidden: ActivationQuant,
): void {
  const scale = cellScale(context, node);
  const initialH = initialHidden(context, node, form, hidden);
  const initialC = initialStates(context, node, form, node.inputs[6] ?? '', scale);
  const states = cells.map((cell, direction) => {
    const state = lastState(context, node, form, direction, scale);
    const inputs = [source, initialH[direction]!, initialC[direction]!];
    const step = { ...cell, inputs, outputs: [output, state] };
    const unit = context.storage === 'int16' ? scale * 2 ** -16 : scale;
    const params = {
      ...cell.params,
      ...fixed('cell', 2 ** -30 / unit),
      ...fixed('tangent', unit * 2 ** GATE_BITS),
    };
    context.steps.push(
      context.storage === 'int16'
        ? { kernel: 'lstm_s16', ...step, params }
        : { kernel: 'lstm_s8', ...step, params: { ...params, outputOffset: hidden.zeroPoint } },
    );
    return state;
  });
  const last = node.outputs[2] ?? '';
  if (isRead(context, last)) placeStates(context, node, form, last, states, scale);
}

const WAY_OUT =
  'docs/operators.md says what of recurrent layers runs in int8; else train with convolutions over time in its place, or run the layers before and behind it as two models';

/** GRU and LSTM that have a form in integers have one with 16-bit codes. */
export function takesRecurrent(context: LoweringContext, node: Node): boolean {
  return withoutForm(context, node, recurrentForm(context, node)) === null;
}

function withoutForm(context: LoweringContext, node: Node, form: RecurrentForm): string | null {
  const [, , , bias = ''] = node.inputs;
  const { constants } = context.graph;
  if (bias !== '' && !constants.has(bias))
    return `${node.op} with a bias that is computed has no int8 kernel`;
  if (Math.max(form.inputSize, form.hidden) > MOST_FEATURES) {
    return `${node.op} of more than ${MOST_FEATURES} features has no int8 kernel`;
  }
  if ((node.inputs[7] ?? '') !== '') return 'LSTM with peepholes has no int8 kernel';
  return null;
}

function isRead({ consumers, outputValues }: LoweringContext, name: string): boolean {
  return consumers.has(name) || outputValues.has(name);
}

/** The codes of hidden states: those of Y, or of Y_h where nothing has Y. @throws TinymlError E_QUANT */
function hiddenQuant(context: LoweringContext, node: Node): ActivationQuant {
  const [y = '', last = ''] = node.outputs;
  if (context.quants.has(y)) return activationQuant(context, y, node);
  return keepsState(context, node) || !isRead(context, last)
    ? HIDDEN[codesOf(context)]
    : activationQuant(context, last, node);
}

function codesOf({ storage }: LoweringContext): 'int8' | 'int16' {
  return storage === 'int16' ? 'int16' : 'int8';
}

/** Whether Y_h is the state of a GRU itself, with its 16 bits. */
function keepsState(context: LoweringContext, { op, outputs }: Node): boolean {
  return op === 'GRU' && storageOf(context, outputs[1] ?? '') === 'int16';
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
    dtype: context.storage,
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
    dtype: context.storage,
    shape: [reverse.length, batch, size],
    quant: hidden,
    storage: ARENA,
  });
  addCopy(context, node, view, wholeView(copy, view.shape, state));
  pushScale(context, node, copy, hidden, defineValue(context, value, own, state), own);
}

/** Codes of hidden states at another scale. */
function pushScale(
  context: LoweringContext,
  node: Node,
  source: TensorId,
  from: ActivationQuant,
  target: TensorId,
  to: ActivationQuant,
): void {
  const size = elements(context.tensors[target]!.shape);
  if (context.storage === 'int16') pushRescale(context, node, source, target, from.scale / to.scale);
  else pushTable(context, node, source, target, size, requantizeTable(from, to));
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
        context.storage === 'int16' ? toInt16(values, hidden.scale) : toInt8(values, hidden),
      ),
    );
  }
  const own = activationQuant(context, name, node);
  const given = contiguousIn(context, name, node, form.state);
  if (own.scale === hidden.scale && own.zeroPoint === hidden.zeroPoint)
    return parts(context, node, form, given);
  const coded = stateTensor(context, form, `${node.name}_initial_h`, hidden);
  pushScale(context, node, given, own, coded, hidden);
  return parts(context, node, form, coded);
}

/** States that are given in 16 bits: those of each direction, [batch, hidden]. */
function initialStates(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  name: string,
  scale: number,
): readonly TensorId[] {
  const numbers =
    name === ''
      ? new Float32Array(form.reverse.length * form.batch * form.hidden)
      : constantNumbers(context, name);
  if (numbers !== null) {
    return firstStates(form, numbers).map((values, direction) =>
      addConstant(
        context,
        `${node.name}_initial_state${direction === 0 ? '' : '_reverse'}`,
        toInt16(values, scale),
      ),
    );
  }
  const wide = inStorage(context, 'int16');
  const given = contiguousIn(wide, name, node, form.state);
  return parts(
    wide,
    node,
    form,
    rescaled(wide, node, form, given, activationQuant(wide, name, node).scale, scale),
  );
}

/** States of both directions in 16 bits at another scale. */
function rescaled(
  wide: LoweringContext,
  node: Node,
  form: RecurrentForm,
  given: TensorId,
  from: number,
  to: number,
): TensorId {
  if (from === to) return given;
  const made = stateTensor(wide, form, `${node.name}_state_rescaled`, { scale: to, zeroPoint: 0 });
  pushRescale(wide, node, given, made, from / to);
  return made;
}

function pushRescale(
  wide: LoweringContext,
  node: Node,
  source: TensorId,
  target: TensorId,
  ratio: number,
): void {
  wide.steps.push({
    kernel: 'requantize_s16',
    name: node.name,
    inputs: [source],
    constants: [],
    outputs: [target],
    params: {
      size: elements(wide.tensors[target]!.shape),
      ...quantizeMultiplier(ratio),
      actMin: -32768,
      actMax: 32767,
    },
  });
}

/** [directions, batch, hidden] */
function stateTensor(
  context: LoweringContext,
  { reverse, batch, hidden }: RecurrentForm,
  name: string,
  quant: ActivationQuant,
): TensorId {
  const shape = [reverse.length, batch, hidden];
  return addTensor(context, { name, dtype: context.storage, shape, quant, storage: ARENA });
}

/** The states of each direction out of those of both. */
function parts(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  whole: TensorId,
): readonly TensorId[] {
  if (form.reverse.length === 1) return [whole];
  const { name, dtype, quant } = context.tensors[whole]!;
  const shape = [1, form.batch, form.hidden];
  return form.reverse.map((_, direction) => {
    const part = addTensor(context, { name: `${name}${direction}`, dtype, shape, quant, storage: ARENA });
    addCopy(context, node, partOf(form, whole, direction), wholeView(part, shape, PLAIN));
    return part;
  });
}

const PLAIN: Layout = [0, 1, 2];

/** The place of one direction among both. */
function partOf({ reverse, batch, hidden }: RecurrentForm, whole: TensorId, direction: number): View {
  return sliceView(wholeView(whole, [reverse.length, batch, hidden], PLAIN), 0, direction, 1, 1);
}

/** Gives a value the states after the last step. */
function placeStates(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  value: string,
  states: readonly TensorId[],
  scale: number,
): void {
  const wide = inStorage(context, 'int16');
  const shape = [1, form.batch, form.hidden];
  const [first] = states as readonly [TensorId];
  const both = form.reverse.length > 1;
  const whole = both ? stateTensor(wide, form, `${value}_states`, { scale, zeroPoint: 0 }) : first;
  if (both) {
    states.forEach((state, direction) => {
      addCopy(wide, node, wholeView(state, shape, PLAIN), partOf(form, whole, direction));
    });
  }
  const own = rescaled(wide, node, form, whole, scale, activationQuant(wide, value, node).scale);
  wide.views.set(value, wholeView(own, shapeOf(wide, value), form.state));
  if (storageOf(wide, value) !== 'int16') keepAsStored(wide, value, node);
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

/** What the steps of all cells have. */
type Cell = {
  readonly name: string;
  readonly constants: readonly TensorId[];
  readonly params: WideRecurrence;
};

/** The scale of cell states: that of Y_c where somebody reads it. */
function cellScale(context: LoweringContext, node: Node): number {
  const last = node.outputs[2] ?? '';
  if (!isRead(context, last)) return CELL_SCALE;
  return activationQuant(inStorage(context, 'int16'), last, node).scale;
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
    const mostShift = multipliers.reduce((most, { shift }) => Math.max(most, shift), 0);
    if (context.storage === 'int16' && mostShift > MOST_WIDE_SHIFT) throw scaleTooLarge(node, name);
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

function scaleTooLarge(node: Node, name: string): TinymlError {
  return new TinymlError('E_QUANT', `the scales of "${name}" and of what it is multiplied by are too large`, {
    at: describe(node),
    hint: 'sums beyond 16 close or open a gate for good: check the weights, or leave this layer its 8 bits',
  });
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

/** What a direction leaves in 16 bits. */
function lastState(
  context: LoweringContext,
  node: Node,
  { batch, hidden }: RecurrentForm,
  direction: number,
  scale: number,
): TensorId {
  return addTensor(context, {
    name: `${node.name}_state${direction === 0 ? '' : '_reverse'}`,
    dtype: 'int16',
    shape: [1, batch, hidden],
    quant: { scale, zeroPoint: 0 },
    storage: ARENA,
  });
}
