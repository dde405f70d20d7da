/** Steps that compute the same in every run: what they make becomes a constant. */
import { elementCount } from '../../graph/tensor.ts';
import { kernelOf, type Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';
import { arrayView } from '../../program/run.ts';
import { DTYPE_BYTES, type ProgramArray, type TensorId } from '../../program/types.ts';

/**
 * The Program without the steps that read constants alone, whose results are constants: codes of weights that are not
 * trained. Steps keep their order, tensors their numbers. Law: every other tensor has the same bytes.
 * @param ends counts of first steps
 * @returns the Program, and how many of these steps are left
 */
export function foldConstants<const E extends readonly number[]>(
  program: Program,
  ends: E,
): { readonly program: Program; readonly ends: E } {
  const tensors = [...program.tensors];
  const writers = writersOf(program.steps);
  const dataOf = (id: TensorId): ProgramArray | null => {
    const { storage } = tensors[id]!;
    return storage.kind === 'constant' ? storage.data : null;
  };
  const isFixed = (step: Step): boolean =>
    step.inputs.length > 0 &&
    step.inputs.every((id) => dataOf(id) !== null) &&
    step.outputs.every((id) => tensors[id]!.storage.kind === 'arena' && writers.get(id) === 1);
  const left: number[] = [...ends];
  const steps = program.steps.filter((step, i) => {
    if (!isFixed(step)) return true;
    const outputs = step.outputs.map((id) => empty(program, id));
    kernelOf(step).run(step, {
      inputs: step.inputs.map((id) => dataOf(id)!),
      constants: step.constants.map((id) => dataOf(id)!),
      outputs,
    });
    step.outputs.forEach((id, k) => {
      tensors[id] = { ...tensors[id]!, storage: { kind: 'constant', data: outputs[k]! } };
    });
    ends.forEach((end, which) => {
      if (i < end) left[which]! -= 1;
    });
    return false;
  });
  return { program: { ...program, tensors, steps }, ends: left as readonly number[] as E };
}

function writersOf(steps: readonly Step[]): ReadonlyMap<TensorId, number> {
  const writers = new Map<TensorId, number>();
  for (const { outputs } of steps) {
    for (const id of outputs) writers.set(id, (writers.get(id) ?? 0) + 1);
  }
  return writers;
}

function empty({ tensors }: Program, id: TensorId): ProgramArray {
  const { dtype, shape } = tensors[id]!;
  const length = elementCount(shape);
  return arrayView(dtype, new ArrayBuffer(length * DTYPE_BYTES[dtype]), 0, length);
}
