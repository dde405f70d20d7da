/** Writes new state where it belongs, where no step reads the old state any more. */
import { elementCount } from '../graph/tensor.ts';
import { kernelOf, type Step } from '../program/kernels/index.ts';
import type { Program } from '../program/program.ts';
import type { TensorId } from '../program/types.ts';
import { withoutUnused, withTensors } from '../program/unused.ts';

/**
 * Law: the same bytes, state included. A step that copies a whole tensor into state goes where all that writes the tensor
 * can write into the state: after the last step that reads the old state, or in that step where its kernel works in place.
 */
export function keepStateInPlace(program: Program): Program {
  const moved = new Map<TensorId, TensorId>();
  const copies = new Set<Step>();
  for (const step of program.steps) {
    const [from, to] = [step.inputs[0]!, step.outputs[0]!];
    if (moved.has(from) || !isWholeCopy(program, step) || !canMove(program, step, from, to)) continue;
    moved.set(from, to);
    copies.add(step);
  }
  if (copies.size === 0) return program;
  const steps = program.steps.filter((step) => !copies.has(step));
  return withoutUnused(withTensors({ ...program, steps }, (id) => moved.get(id) ?? id)).program;
}

/** Whether a step copies all of a tensor of the arena, in its order, into all of a state tensor. */
function isWholeCopy(program: Program, step: Step): boolean {
  if (step.kernel !== 'copy_s8' && step.kernel !== 'copy_f32') return false;
  const [from, to] = [step.inputs[0]!, step.outputs[0]!];
  const p = step.params;
  const size = p.size0 * p.size1 * p.size2 * p.size3;
  const strides: readonly (readonly [number, number, number])[] = [
    [p.size0, p.inStride0, p.outStride0],
    [p.size1, p.inStride1, p.outStride1],
    [p.size2, p.inStride2, p.outStride2],
    [p.size3, p.inStride3, p.outStride3],
  ];
  return (
    program.tensors[from]!.storage.kind === 'arena' &&
    program.tensors[to]!.storage.kind === 'state' &&
    p.inOffset === 0 &&
    p.outOffset === 0 &&
    strides.every(([count, a, b]) => count === 1 || a === b) &&
    size === elementCount(program.tensors[from]!.shape) &&
    size === elementCount(program.tensors[to]!.shape)
  );
}

function canMove(program: Program, copy: Step, from: TensorId, to: TensorId): boolean {
  if (program.inputs.some((port) => port.tensor === from)) return false;
  const end = program.steps.indexOf(copy);
  const first = program.steps.findIndex(({ outputs }) => outputs.includes(from));
  const lastRead = program.steps.findLastIndex(({ inputs }) => inputs.includes(to));
  const otherWrite = program.steps.findIndex(({ outputs }, i) => i !== end && outputs.includes(to));
  if (first < 0 || otherWrite >= 0) return false;
  if (lastRead < first) return true;
  const step = program.steps[first]!;
  const { inPlace = [] } = kernelOf(step).signature;
  const worksThere = step.outputs[0] === from && inPlace.some((input) => step.inputs[input] === to);
  return lastRead === first && worksThere && step.inputs.filter((id) => id === to).length === 1;
}
