/** Which elements of which tensors each call of a stretch reads and writes. */

import { signatureOf } from './kernels/index.ts';
import { type Extents, extentsOf, fillsReach, type Stretch } from './loops.ts';
import type { Program } from './program.ts';
import type { Operand } from './signature.ts';
import { isInArena, type TensorId } from './types.ts';

/** Elements start to end - 1 of a tensor. */
export type Access = {
  readonly tensor: TensorId;
  readonly start: number;
  readonly end: number;
  /** Whether all of them are touched: else some are passed over, nobody knows which. */
  readonly isWhole: boolean;
  /** Name of the operand. */
  readonly operand: string;
};

export type Accesses = {
  /** In the order of the inputs, then what is updated. What does not lie in the arena is left out. */
  readonly reads: readonly Access[];
  /** In the order of the outputs. */
  readonly writes: readonly Access[];
};

/** One for each call, in their order. */
export function accessesOf(program: Program, stretch: Stretch): readonly Accesses[] {
  const extents = new Map<number, Extents>();
  return stretch.calls.map((call): Accesses => {
    const step = program.steps[call.step]!;
    const own = extents.get(call.step) ?? extentsOf(program, call.step, stretch);
    extents.set(call.step, own);
    const { operands } = signatureOf(step.kernel)!;
    const access = (tensor: TensorId, start: number, length: number, operand: Operand): Access => ({
      tensor,
      start,
      end: start + length,
      isWhole: operand.elements !== null || (operand.kind === 'output' && fillsReach(step)),
      operand: operand.name,
    });
    const outputsFrom = step.inputs.length + step.constants.length;
    const writes = step.outputs.map((id, k) =>
      access(id, call.outputs[k]!, own.outputs[k]!, operands[outputsFrom + k]!),
    );
    const updated = writes.filter((_, k) => operands[outputsFrom + k]!.kind === 'update');
    const reads = step.inputs.flatMap((id, k) =>
      isInArena(program.tensors[id]!) ? [access(id, call.inputs[k]!, own.inputs[k]!, operands[k]!)] : [],
    );
    return { reads: [...reads, ...updated], writes };
  });
}
