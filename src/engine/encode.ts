/** A Program and its plan as the numbers that the native engine takes (native/engine/engine.h). */
import { TinymlError } from '../diagnostics/errors.ts';
import { roundUp } from '../program/kernels/common.ts';
import { kernelNames, stepParams } from '../program/kernels/index.ts';
import { elementsInBlock, type Stretch, stretchOfSteps } from '../program/loops.ts';
import type { MemoryPlan } from '../program/memory-plan.ts';
import type { Program } from '../program/program.ts';
import { DTYPE_BYTES, type TensorId } from '../program/types.ts';
import { CODE_VERSION } from './version.ts';

/** "TYML" as a little-endian int32. */
const MAGIC = 0x4c4d5954;

const SPACE = { arena: 0, constants: 1 } as const;

/** Constants start at multiples of this: a cache line. */
const CONSTANT_ALIGNMENT = 64;

export type EncodedProgram = {
  /** Header, loops, then kernel, parameters, scratch and operands of every step. */
  readonly code: Int32Array;
  /** All constants, each at a multiple of 64 bytes. */
  readonly constants: Uint8Array;
  readonly arenaBytes: number;
};

/** @throws TinymlError E_INTERNAL where the plan has no place for a tensor of the Program. */
export function encodeProgram(program: Program, plan: MemoryPlan): EncodedProgram {
  const { offsets: constantOffsets, constants } = packConstants(program);
  const arenaOffsets = new Map(plan.placements.map(({ tensor, offset }) => [tensor, offset]));
  const scratch = new Map(plan.scratch.map(({ step, offset, bytes }) => [step, [offset, bytes] as const]));
  const operand = (id: TensorId, loop: Stretch): readonly number[] => {
    const space = constantOffsets.has(id) ? SPACE.constants : SPACE.arena;
    const offset = constantOffsets.get(id) ?? arenaOffsets.get(id);
    if (offset === undefined) {
      throw new TinymlError('E_INTERNAL', `tensor ${program.tensors[id]!.name} has no place in the plan`);
    }
    const tensor = program.tensors[id]!;
    const bytes = DTYPE_BYTES[tensor.dtype];
    return [space, offset, bytes * elementsInBlock(tensor, loop, id), bytes * (loop.advances.get(id) ?? 0)];
  };
  const stretches = stretchOfSteps(program);
  const steps = program.steps.flatMap((step, index) => [
    kernelNames.indexOf(step.kernel),
    ...stepParams(step).map(([, value]) => value),
    ...(scratch.get(index) ?? [0, 0]),
    ...[...step.inputs, ...step.constants, ...step.outputs].flatMap((id) => operand(id, stretches[index]!)),
  ]);
  const loops = (program.loops ?? []).map(({ first, end, times }) => [first, end, times]);
  return {
    code: Int32Array.from([
      MAGIC,
      CODE_VERSION,
      program.steps.length,
      loops.length,
      ...loops.flat(),
      ...steps,
    ]),
    constants,
    arenaBytes: plan.arenaBytes,
  };
}

/** The constants of a Program in one block, and where each tensor lies in it. */
function packConstants(program: Program): {
  readonly offsets: ReadonlyMap<TensorId, number>;
  readonly constants: Uint8Array;
} {
  const offsets = new Map<TensorId, number>();
  const placed: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  let end = 0;
  program.tensors.forEach(({ storage }, id) => {
    if (storage.kind !== 'constant') return;
    const { buffer, byteOffset, byteLength } = storage.data;
    offsets.set(id, end);
    placed.push({ offset: end, bytes: new Uint8Array(buffer, byteOffset, byteLength) });
    end = roundUp(end + byteLength, CONSTANT_ALIGNMENT);
  });
  const constants = new Uint8Array(end);
  for (const { offset, bytes } of placed) constants.set(bytes, offset);
  return { offsets, constants };
}
