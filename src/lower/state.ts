/**
 * State of a graph as state tensors: what an input and an output of the model carry from run to run. The new values are
 * written at the end of a run, when nothing reads the old ones any more.
 */
import { makeNode } from '../graph/build.ts';
import type { StatePair } from '../graph/state.ts';
import type { Node } from '../graph/types.ts';
import { ARENA, type TensorId } from '../program/types.ts';
import {
  activationQuant,
  addCopy,
  addTensor,
  contiguousIn,
  conversion,
  elements,
  inStorage,
  type LoweringContext,
  layoutOf,
  operandQuant,
  shapeOf,
  storageOf,
  viewOf,
} from './shared/context.ts';
import { pushTable, requantizeTable } from './shared/table-step.ts';
import { physicalShape, type View, wholeView } from './shared/views.ts';

/** A state tensor for the value of an input, at first zero or the code of it. @throws TinymlError E_QUANT */
export function lowerStateInput(whole: LoweringContext, value: string, anchor: Node): void {
  const context = inStorage(whole, storageOf(whole, value));
  const quant = operandQuant(context, value, anchor);
  const shape = shapeOf(context, value);
  const layout = layoutOf(context, value);
  const count = elements(shape);
  const initial = quant === null ? new Float32Array(count) : new Int8Array(count).fill(quant.zeroPoint);
  const tensor = addTensor(context, {
    name: value,
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant,
    storage: { kind: 'state', initial },
  });
  context.views.set(value, wholeView(tensor, shape, layout));
}

/**
 * Where the new value of a state lies, kept as the state is, and in no state tensor: those are written next.
 * @throws TinymlError E_QUANT
 */
export function nextState(whole: LoweringContext, { input, output }: StatePair, anchor: Node): View {
  const context = inStorage(whole, storageOf(whole, input.value));
  if (context.storage === 'int8' && storageOf(whole, output.value) === 'float32') {
    return roundedState(context, { input, output }, anchor);
  }
  const [from, to] = [
    operandQuant(context, output.value, anchor),
    operandQuant(context, input.value, anchor),
  ];
  const layout = layoutOf(context, input.value);
  if (from === null || to === null || (from.scale === to.scale && from.zeroPoint === to.zeroPoint)) {
    const view = viewOf(context, output.value, anchor);
    return context.tensors[view.tensor]!.storage.kind === 'state'
      ? copied(context, view, output.value, anchor)
      : view;
  }
  const shape = shapeOf(context, output.value);
  const source = contiguousIn(context, output.value, anchor, layout);
  const rescaled = addTensor(context, {
    name: `${output.value}_state`,
    dtype: 'int8',
    shape: physicalShape(shape, layout),
    quant: to,
    storage: ARENA,
  });
  pushTable(context, anchor, source, rescaled, elements(shape), requantizeTable(from, to));
  return wholeView(rescaled, shape, layout);
}

/** A new value in float32 as the codes of its state. */
function roundedState(context: LoweringContext, { input, output }: StatePair, anchor: Node): View {
  const quant = activationQuant(context, input.value, anchor);
  const layout = layoutOf(context, input.value);
  const source = contiguousIn(inStorage(context, 'float32'), output.value, anchor, layout);
  const shape = shapeOf(context, output.value);
  const rounded = addTensor(context, {
    name: `${output.value}_state`,
    dtype: 'int8',
    shape: physicalShape(shape, layout),
    quant,
    storage: ARENA,
  });
  context.steps.push({
    kernel: 'quantize_s8',
    ...conversion(context, anchor.name, source, rounded, quant),
  });
  return wholeView(rounded, shape, layout);
}

/** Writes a new value into the state tensor of the input that takes it. */
export function storeState(whole: LoweringContext, { input }: StatePair, next: View): void {
  const context = inStorage(whole, storageOf(whole, input.value));
  const state = context.views.get(input.value)!;
  addCopy(context, makeNode('State', [], [], {}, input.name), next, state);
}

/**
 * The tensor itself; a copy of it where it is state, which is written before the run ends, or where the value has its codes
 * at another scale (as a multiple of what lies there).
 */
export function portTensor(
  context: LoweringContext,
  tensor: TensorId,
  value: string,
  anchor: Node,
): TensorId {
  const { storage, quant } = context.tensors[tensor]!;
  const own = operandQuant(context, value, anchor);
  const same =
    quant === null || own === null || (quant.scale === own.scale && quant.zeroPoint === own.zeroPoint);
  if (storage.kind !== 'state' && same) return tensor;
  return copied(context, wholeView(tensor, shapeOf(context, value), layoutOf(context, value)), value, anchor)
    .tensor;
}

function copied(context: LoweringContext, view: View, value: string, anchor: Node): View {
  const shape = shapeOf(context, value);
  const layout = layoutOf(context, value);
  const tensor = addTensor(context, {
    name: `${value}_copy`,
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant: operandQuant(context, value, anchor),
    storage: ARENA,
  });
  const copy = wholeView(tensor, shape, layout);
  addCopy(context, anchor, view, copy);
  return copy;
}
