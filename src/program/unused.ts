/** Removing tensors from a Program. */
import type { Step } from './kernels/index.ts';
import type { Program } from './program.ts';
import { stateTensors } from './state.ts';
import type { ProgramPort, TensorId } from './types.ts';

/** The Program without the tensors that no step or port uses and that are no state, and the new numbers of the others. */
export function withoutUnused(program: Program): {
  readonly program: Program;
  readonly numbers: ReadonlyMap<TensorId, TensorId>;
} {
  const used = new Set([
    ...[...program.inputs, ...program.outputs].map((port) => port.tensor),
    ...program.steps.flatMap((step) => [...step.inputs, ...step.constants, ...step.outputs]),
    ...stateTensors(program),
  ]);
  const numbers = new Map<TensorId, TensorId>();
  const tensors = program.tensors.filter((_, id) => {
    if (!used.has(id)) return false;
    numbers.set(id, numbers.size);
    return true;
  });
  const number = (id: TensorId): TensorId => numbers.get(id)!;
  return { program: { ...withTensors(program, number), tensors }, numbers };
}

/** The ports and steps of a Program on other tensors. */
export function withTensors(program: Program, tensorFor: (id: TensorId) => TensorId): Program {
  const port = (old: ProgramPort): ProgramPort => ({ ...old, tensor: tensorFor(old.tensor) });
  return {
    ...program,
    inputs: program.inputs.map(port),
    outputs: program.outputs.map(port),
    steps: program.steps.map(
      (step): Step => ({
        ...step,
        inputs: step.inputs.map(tensorFor),
        constants: step.constants.map(tensorFor),
        outputs: step.outputs.map(tensorFor),
      }),
    ),
  };
}
