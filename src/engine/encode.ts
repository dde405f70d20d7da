/** A Program and its plan as the numbers that the native engine takes (native/engine/engine.h). */
import { TinymlError } from '../diagnostics/errors.ts';
import { roundUp } from '../program/kernels/common.ts';
import { kernelNames, stepParams } from '../program/kernels/index.ts';
import { elementsOf, extentsOf, stretchOfSteps } from '../program/loops.ts';
import type { MemoryPlan } from '../program/memory-plan.ts';
import type { Program } from '../program/program.ts';
import { placesHere } from '../program/run.ts';
import { DTYPE_BYTES, type TensorId } from '../program/types.ts';
import { CODE_VERSION } from './version.ts';

/** "TYML" as a little-endian int32. */
const MAGIC = 0x4c4d5954;

const SPACE = { arena: 0, constants: 1 } as const;

/** Constants start at multiples of this: a cache line. */
const CONSTANT_ALIGNMENT = 64;

export type EncodedProgram = {
  /** Header, then kernel, parameters, scratch and operands of every step, then the loops with their calls. */
  readonly code: Int32Array;
  /** All constants, each at a multiple of 64 bytes. */
  readonly constants: Uint8Array;
  /** Of placesHere. */
  readonly arenaBytes: number;
};

/** @throws TinymlError E_INTERNAL where the plan has no place for a tensor of the Program. */
export function encodeProgram(program: Program, plan: MemoryPlan): EncodedProgram {
  const { offsets: constantOffsets, constants } = packConstants(program);
  const { offsets: arenaOffsets, bytes: arenaBytes } = placesHere(program, plan);
  const scratch = new Map(plan.scratch.map(({ step, offset, bytes }) => [step, [offset, bytes] as const]));
  const operand = (id: TensorId, elements: number): readonly number[] => {
    const space = constantOffsets.has(id) ? SPACE.constants : SPACE.arena;
    const offset = constantOffsets.get(id) ?? arenaOffsets.get(id);
    if (offset === undefined) {
      throw new TinymlError('E_INTERNAL', `tensor ${program.tensors[id]!.name} has no place in the plan`);
    }
    return [space, offset, DTYPE_BYTES[program.tensors[id]!.dtype] * elements];
  };
  const stretches = stretchOfSteps(program);
  const steps = program.steps.flatMap((step, index) => {
    const extents = extentsOf(program, index, stretches[index]!);
    return [
      kernelNames.indexOf(step.kernel),
      ...stepParams(step).map(([, value]) => value),
      ...(scratch.get(index) ?? [0, 0]),
      ...step.inputs.flatMap((id, k) => operand(id, extents.inputs[k]!)),
      ...step.constants.flatMap((id) => operand(id, elementsOf(program.tensors[id]!))),
      ...step.outputs.flatMap((id, k) => operand(id, extents.outputs[k]!)),
    ];
  });
  const moved = (ids: readonly TensorId[], offsets: readonly number[]): readonly number[] =>
    ids.map((id, k) => offsets[k]! * DTYPE_BYTES[program.tensors[id]!.dtype]);
  const loops = (program.loops ?? []).flatMap(({ first, end, calls }) => [
    first,
    end,
    calls.length,
    ...calls.flatMap(({ step: index, inputs, outputs }) => {
      const step = program.steps[index]!;
      const constants = step.constants.map(() => 0);
      return [index, ...moved(step.inputs, inputs), ...constants, ...moved(step.outputs, outputs)];
    }),
  ]);
  return {
    code: Int32Array.from([
      MAGIC,
      CODE_VERSION,
      program.steps.length,
      program.loops?.length ?? 0,
      ...steps,
      ...loops,
    ]),
    constants,
    arenaBytes,
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
