/**
 * State of a graph as state tensors: what an input and an output of the model carry from run to run. The new values are
 * written at the end of a run, when nothing reads the old ones any more.
 */
import { makeNode } from '../graph/build.ts';
import type { StatePair } from '../graph/state.ts';
import type { Node } from '../graph/types.ts';
import { ARENA, type ProgramArray, type TensorId } from '../program/types.ts';
import {
  addConversion,
  addCopy,
  addTensor,
  contiguousIn,
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
  const initial = firstState(context, count, quant?.zeroPoint ?? 0);
  const tensor = addTensor(context, {
    name: value,
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant,
    storage: { kind: 'state', initial },
  });
  context.views.set(value, wholeView(tensor, shape, layout));
}

function firstState({ storage }: LoweringContext, count: number, zeroPoint: number): ProgramArray {
  switch (storage) {
    case 'int8':
      return new Int8Array(count).fill(zeroPoint);
    case 'int16':
      return new Int16Array(count);
    case 'float32':
      return new Float32Array(count);
  }
}

/**
 * Where the new value of a state lies, kept as the state is, and in no state tensor: those are written next.
 * @throws TinymlError E_QUANT
 */
export function nextState(whole: LoweringContext, { input, output }: StatePair, anchor: Node): View {
  const context = inStorage(whole, storageOf(whole, input.value));
  // From float32, whatever codes the state has; codes are read as they are kept.
  if (context.storage !== 'float32' && storageOf(whole, output.value) === 'float32') {
    return convertedState(inStorage(whole, 'float32'), context, { input, output }, anchor);
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
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant: to,
    storage: ARENA,
  });
  pushTable(context, anchor, source, rescaled, elements(shape), requantizeTable(from, to));
  return wholeView(rescaled, shape, layout);
}

/** A new value that is kept as another type than its state, as what the state is. */
function convertedState(
  from: LoweringContext,
  context: LoweringContext,
  { input, output }: StatePair,
  anchor: Node,
): View {
  const layout = layoutOf(context, input.value);
  const source = contiguousIn(from, output.value, anchor, layout);
  const shape = shapeOf(context, output.value);
  const made = addTensor(context, {
    name: `${output.value}_state`,
    dtype: context.storage,
    shape: physicalShape(shape, layout),
    quant: operandQuant(context, input.value, anchor),
    storage: ARENA,
  });
  addConversion(from, context, input.value, source, made, anchor);
  return wholeView(made, shape, layout);
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
