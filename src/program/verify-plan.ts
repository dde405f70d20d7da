/**
 * Whether a memory plan is one: played through, call by call, what every call reads is what the last one that wrote that tensor put there. State lies at the
 * start, apart. Knows nothing of lifetimes, so that a fault of the planner does not hide itself.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { type Access, accessesOf } from './accesses.ts';
import type { CoreFeatures, KernelLibrary } from './implementation.ts';
import { kernelOf, overlapOf, type Step, scratchBytes } from './kernels/index.ts';
import { elementsOf, stretchesOf } from './loops.ts';
import type { MemoryPlan, ScratchPlacement } from './memory-plan.ts';
import { allows } from './overlaps.ts';
import { createOwners, type Owners, type Place } from './owners.ts';
import type { Program } from './program.ts';
import { DTYPE_BYTES, isInArena, type TensorId } from './types.ts';

/** Scratch starts at a multiple of this, as the kernels may use vectors there. */
export const SCRATCH_ALIGNMENT = 16;

/** Owns what scratch has overwritten. */
const NOBODY = -1;

/** @throws TinymlError E_PROGRAM naming the step and what overlaps: a fault of the planner */
export function verifyPlan(
  program: Program,
  plan: MemoryPlan,
  { library, core }: { readonly library: KernelLibrary; readonly core: CoreFeatures },
): void {
  const { steps, tensors, inputs, outputs } = program;
  const places = placesOf(program, plan);
  const scratch = new Map(plan.scratch.map((one) => [one.step, one]));
  const owners = createOwners();
  const whole = (id: TensorId): Place => places.get(id) ?? missing(id);
  const part = ({ tensor, start, end }: Access): Place => {
    const place = whole(tensor);
    const bytes = DTYPE_BYTES[tensors[tensor]!.dtype];
    return { start: place.start + start * bytes, end: place.start + end * bytes };
  };
  const own = (id: TensorId, place: Place): void => owners.own(place, id);
  const state = tensors.flatMap(({ storage }, id) => (storage.kind === 'state' ? [id] : []));
  const resident = inputs.map(({ tensor }) => tensor).filter((id) => isInArena(tensors[id]!));
  const before = [...state, ...resident];
  for (const id of before) own(id, whole(id));
  const first = scratch.get(-1);
  if (first !== undefined) {
    inside('the scratch of what makes the inputs', placeOf(first), plan.arenaBytes, SCRATCH_ALIGNMENT);
    owners.own(placeOf(first), NOBODY);
  }
  const intact = (id: TensorId, place: Place, step: number): void => {
    const other = owners.otherThan(place, id);
    if (other === null) return;
    const what = describe(program, id);
    if (other.owner === null)
      throw refusal(`step ${step} needs ${what}, which nobody wrote from ${other.start} on`);
    throw refusal(
      `${what} and ${describe(program, other.owner)} share bytes while step ${step} needs the first`,
    );
  };
  for (const id of before) intact(id, whole(id), -1);
  for (const stretch of stretchesOf(program)) {
    const accesses = accessesOf(program, stretch);
    stretch.calls.forEach(({ step: index }, k) => {
      const step = steps[index]!;
      const { reads, writes } = accesses[k]!;
      for (const read of reads) intact(read.tensor, part(read), index);
      verifyOutputs(step, index, reads, writes, part, library);
      const taken = scratch.get(index) ?? { step: index, offset: 0, bytes: 0 };
      verifyScratch(taken, scratchBytes(step, library, core), plan.arenaBytes);
      for (const operand of [...reads, ...writes]) {
        if (!meet(part(operand), placeOf(taken))) continue;
        throw refusal(
          `${describe(program, operand.tensor)} and the scratch of step ${index} share bytes while step ${index} needs both`,
        );
      }
      owners.own(placeOf(taken), NOBODY);
      for (const write of writes) {
        // What is written in parts keeps the others: of a tensor that lives outside of loops all of it is taken at once.
        if (write.isWhole || stretch.isLoop) own(write.tensor, part(write));
        else own(write.tensor, begun(owners, write.tensor, whole(write.tensor), part(write)));
      }
    });
  }
  for (const id of [...state, ...outputs.map(({ tensor }) => tensor)]) {
    if (tensors[id]!.storage.kind !== 'constant') intact(id, whole(id), steps.length);
  }
}

/** What a step takes that writes a part of a tensor: all of it at first, then what it still has. */
function begun(owners: Owners, id: TensorId, whole: Place, part: Place): Place {
  return owners.has(whole, id) ? part : whole;
}

/** An output lies on nothing that its step reads, but for an input that its kernel may overwrite in place, or at this distance. */
function verifyOutputs(
  step: Step,
  index: number,
  reads: readonly Access[],
  writes: readonly Access[],
  part: (access: Access) => Place,
  library: KernelLibrary,
): void {
  const { inPlace = [] } = kernelOf(step).signature;
  const overlap = overlapOf(step, library);
  writes.forEach((write, n) => {
    const output = part(write);
    for (const other of writes.slice(0, n)) {
      if (meet(part(other), output)) throw refusal(`outputs of step ${index} share bytes`);
    }
    for (const read of reads) {
      const input = part(read);
      if (read === write || read.tensor === write.tensor || !meet(input, output)) continue;
      const places = step.inputs.flatMap((id, k) => (id === read.tensor ? [k] : []));
      const isSame = input.start === output.start && input.end === output.end;
      const takesPlace = n === 0 && places.length === 1 && inPlace.includes(places[0]!) && isSame;
      const liesOver =
        n === 0 &&
        places.length === 1 &&
        places[0] === 0 &&
        overlap !== null &&
        allows(overlap, input.start - output.start);
      if (!takesPlace && !liesOver) {
        throw refusal(
          `tensors ${read.tensor} and ${write.tensor} share bytes while step ${index} needs both`,
        );
      }
    }
  });
}

function verifyScratch(taken: ScratchPlacement, needed: number, arenaBytes: number): void {
  const { step, bytes } = taken;
  if (bytes < needed) throw refusal(`step ${step} has ${bytes} bytes of scratch, it needs ${needed}`);
  inside(`the scratch of step ${step}`, placeOf(taken), arenaBytes, SCRATCH_ALIGNMENT);
}

/** Where the tensors lie, each inside the arena, and state at its start with nothing else. */
function placesOf(program: Program, plan: MemoryPlan): ReadonlyMap<TensorId, Place> {
  return new Map(
    plan.placements.map(({ tensor: id, offset }) => {
      const { dtype, storage } = program.tensors[id]!;
      const bytes = elementsOf(program.tensors[id]!) * DTYPE_BYTES[dtype];
      const place = { start: offset, end: offset + bytes };
      inside(describe(program, id), place, plan.arenaBytes, DTYPE_BYTES[dtype]);
      const isState = storage.kind === 'state';
      if (isState ? place.end > plan.stateBytes : bytes > 0 && place.start < plan.stateBytes) {
        throw refusal(
          `${describe(program, id)}, is ${isState ? '' : 'not '}state at ${place.start} .. ${place.end}, with ${plan.stateBytes} bytes of state`,
        );
      }
      return [id, place];
    }),
  );
}

function placeOf({ offset, bytes }: ScratchPlacement): Place {
  return { start: offset, end: offset + bytes };
}

function describe({ tensors }: Program, id: TensorId): string {
  return id === NOBODY ? 'scratch' : `tensor ${id}, "${tensors[id]!.name}"`;
}

function missing(id: TensorId): never {
  throw refusal(`tensor ${id} has no place`);
}

function refusal(fault: string): TinymlError {
  return new TinymlError('E_PROGRAM', `the memory plan is wrong: ${fault}`, {
    hint: 'the fault lies in what made the plan: please report it',
  });
}

function inside(what: string, { start, end }: Place, arenaBytes: number, alignment: number): void {
  if (start < 0 || end > arenaBytes)
    throw refusal(`${what} has the bytes ${start} .. ${end} of ${arenaBytes}`);
  if (start % alignment !== 0) throw refusal(`${what} starts at ${start}, no multiple of ${alignment}`);
}

function meet(a: Place, b: Place): boolean {
  return a.start < b.end && b.start < a.end && a.start < a.end && b.start < b.end;
}
