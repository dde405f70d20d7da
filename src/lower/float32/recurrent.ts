/** RNN, GRU and LSTM: a step for each direction over the whole sequence. */
import type { Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { floatConstant, type OperandView } from '../../passes/match.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import {
  addConstant,
  addCopy,
  addTensor,
  contiguousIn,
  defineValue,
  type LoweringContext,
} from '../shared/context.ts';
import { type RecurrentForm, recurrentForm } from '../shared/recurrent-form.ts';

const GATES: Readonly<Record<string, number>> = { RNN: 1, GRU: 3, LSTM: 4 };

/** Weights, biases and peepholes are constants. */
export function hasCellConstants(view: OperandView, node: Node): boolean {
  return [1, 2, 3, 7].every((index) => {
    const name = node.inputs[index] ?? '';
    return name === '' || floatConstant(view, name) !== null;
  });
}

export function lowerRecurrent(context: LoweringContext, node: Node): void {
  const form = recurrentForm(context, node);
  const { steps, batch, inputSize, hidden, reverse } = form;
  const gates = GATES[node.op]!;
  const directions = reverse.length;
  const source = contiguousIn(context, node.inputs[0]!, node, form.input);
  const initial = [5, 6].map((index) => initialStates(context, node, form, node.inputs[index] ?? ''));
  const [y = '', lastHidden = '', lastCell = ''] = node.outputs;
  const output =
    y === ''
      ? room(context, `${node.name}_hidden`, [steps, directions, batch, hidden])
      : defineValue(context, y, null, form.output);
  const part = (index: number, size: number, direction: number): Float32Array => {
    const constant = context.graph.constants.get(node.inputs[index] ?? '');
    return constant === undefined
      ? new Float32Array(size)
      : (constant.data as Float32Array).subarray(direction * size, (direction + 1) * size);
  };
  const states = reverse.map((backwards, direction) => {
    const state = room(context, `${node.name}_state`, [batch, hidden]);
    const rows = gates * hidden;
    const values = (what: string, index: number, size: number): TensorId =>
      addConstant(context, `${node.name}_${what}`, part(index, size, direction));
    context.steps.push({
      kernel: 'recurrent_f32',
      name: node.name,
      inputs: [source, initial[0]![direction]!, initial[1]![direction]!],
      constants: [
        values('weights', 1, rows * inputSize),
        values('recurrent', 2, rows * hidden),
        values('bias', 3, 2 * rows),
        values('peepholes', 7, 3 * hidden),
      ],
      outputs: [output, state],
      params: {
        steps,
        batch,
        inputSize,
        hidden,
        directions,
        direction,
        reverse: backwards ? 1 : 0,
        gates,
        resetAfter: intAttribute(node, 'linear_before_reset', 0) === 0 ? 0 : 1,
      },
    });
    return state;
  });
  if (lastHidden !== '') {
    const to = defineValue(context, lastHidden, null, form.state);
    reverse.forEach((backwards, direction) => {
      const last = backwards ? 0 : steps - 1;
      copyState(context, node, form, [output, last * directions + direction], [to, direction]);
    });
  }
  if (lastCell !== '') {
    const to = defineValue(context, lastCell, null, form.state);
    for (const [direction, state] of states.entries()) {
      copyState(context, node, form, [state, 0], [to, direction]);
    }
  }
}

function room(context: LoweringContext, name: string, shape: readonly number[]): TensorId {
  return addTensor(context, { name, dtype: 'float32', shape, quant: null, storage: ARENA });
}

/** States of all images of one direction, by their number in tensors of many. */
type Numbered = readonly [tensor: TensorId, number: number];

function copyState(
  context: LoweringContext,
  node: Node,
  { batch, hidden }: RecurrentForm,
  [from, first]: Numbered,
  [to, second]: Numbered,
): void {
  const size = batch * hidden;
  const at = (tensor: TensorId, number: number) => ({
    tensor,
    offset: number * size,
    shape: [size],
    strides: [1],
  });
  addCopy(context, node, at(from, first), at(to, second));
}

/** The state before the first step of each direction: zeros where none is given. */
function initialStates(
  context: LoweringContext,
  node: Node,
  form: RecurrentForm,
  name: string,
): readonly TensorId[] {
  const { batch, hidden, reverse } = form;
  if (name === '') {
    const zeros = addConstant(context, `${node.name}_zeros`, new Float32Array(batch * hidden));
    return reverse.map(() => zeros);
  }
  const given = contiguousIn(context, name, node, form.state);
  if (reverse.length === 1) return [given];
  return reverse.map((_, direction) => {
    const own = room(context, `${name}_direction`, [batch, hidden]);
    copyState(context, node, form, [given, direction], [own, 0]);
    return own;
  });
}
