/** A training step on its way to a device, and what passes over its steps share. */
import type { Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';
import { ARENA, type ProgramArray, type ProgramTensor, type TensorId } from '../../program/types.ts';
import type { Accumulation } from '../accumulation.ts';
import type { Role } from './emit.ts';

/** The first `forwardSteps` steps are the forward pass and the loss. */
export type DeviceSteps = {
  readonly program: Program;
  readonly forwardSteps: number;
  readonly accumulation: Accumulation;
  readonly roles: ReadonlyMap<TensorId, Role>;
};

export type KernelStep<K extends Step['kernel']> = Extract<Step, { readonly kernel: K }>;

/** Which steps read and write each tensor, by their indices in order. */
export type Uses = {
  readonly readers: (id: TensorId) => readonly number[];
  readonly writers: (id: TensorId) => readonly number[];
};

export function usesOf(steps: readonly Step[]): Uses {
  const [reads, writes] = [new Map<TensorId, number[]>(), new Map<TensorId, number[]>()];
  const add = (to: Map<TensorId, number[]>, ids: readonly TensorId[], i: number): void => {
    for (const id of new Set(ids)) {
      const known = to.get(id);
      if (known === undefined) to.set(id, [i]);
      else known.push(i);
    }
  };
  steps.forEach((step, i) => {
    add(reads, step.inputs, i);
    add(writes, step.outputs, i);
  });
  return { readers: (id) => reads.get(id) ?? [], writers: (id) => writes.get(id) ?? [] };
}

/** The step of a kernel at an index, or null where another is there. */
export function stepAt<K extends Step['kernel']>(
  steps: readonly Step[],
  i: number | undefined,
  kernel: K,
): KernelStep<K> | null {
  const step = i === undefined ? undefined : steps[i];
  return step?.kernel === kernel ? (step as KernelStep<K>) : null;
}

/** Tensors of the arena that a pass adds behind those of the program. */
export type Added = {
  readonly tensor: (name: string, dtype: ProgramTensor['dtype'], length: number, role: Role) => TensorId;
  /** A constant of int8 for operands that are not read. */
  readonly unread: () => TensorId;
  readonly tensors: readonly ProgramTensor[];
  readonly roles: ReadonlyMap<TensorId, Role>;
};

export function addingTo({ program, roles: given }: DeviceSteps): Added {
  const tensors = [...program.tensors];
  const roles = new Map(given);
  const put = (tensor: ProgramTensor): TensorId => tensors.push(tensor) - 1;
  const storage = { kind: 'constant', data: new Int8Array(1) } as const;
  let unread: TensorId | null = null;
  return {
    tensors,
    roles,
    unread: () => {
      unread ??= put({ name: 'training/unread', dtype: 'int8', shape: [1], quant: null, storage });
      return unread;
    },
    tensor: (name, dtype, length, role) => {
      const id = put({ name, dtype, shape: [length], quant: null, storage: ARENA });
      roles.set(id, role);
      return id;
    },
  };
}

/** What stands in the place of steps: at the first of them, whose inputs are there by then. */
export type Fusion = { readonly steps: readonly number[]; readonly made: readonly Step[] };

/** The program with steps in the place of others, by their indices; what nobody reads any more of copies is gone. */
export function withSteps(
  { program, forwardSteps, accumulation }: DeviceSteps,
  { tensors, roles }: Pick<Added, 'tensors' | 'roles'>,
  replaced: ReadonlyMap<number, readonly Step[]>,
): DeviceSteps {
  const at = (step: Step, i: number): readonly Step[] => replaced.get(i) ?? [step];
  const forward = program.steps.slice(0, forwardSteps).flatMap(at);
  const backward = program.steps.slice(forwardSteps).flatMap((step, i) => at(step, forwardSteps + i));
  const read = new Set([
    ...[...forward, ...backward].flatMap(({ inputs }) => inputs),
    ...program.outputs.map(({ tensor }) => tensor),
  ]);
  const before = new Set(program.steps.flatMap(({ inputs }) => inputs));
  const isUsed = ({ kernel, outputs }: Step): boolean =>
    kernel !== 'copy_s8' || outputs.some((id) => read.has(id) || !before.has(id));
  const kept = forward.filter(isUsed);
  const steps = [...kept, ...backward.filter(isUsed)];
  return { program: { ...program, tensors, steps }, forwardSteps: kept.length, accumulation, roles };
}

function constantOf({ tensors }: Program, id: TensorId): ProgramArray | null {
  const { storage } = tensors[id]!;
  return storage.kind === 'constant' ? storage.data : null;
}

/** Whether bounds leave everything as it is. */
export function isOpen(program: Program, bounds: TensorId): boolean {
  const [least, most] = constantOf(program, bounds) ?? [];
  return least === Number.NEGATIVE_INFINITY && most === Number.POSITIVE_INFINITY;
}

/** Weights as kernels take them that read two parts of them. */
export type Parts = {
  readonly weights: TensorId;
  readonly rest: TensorId;
  readonly firstChannels: number;
  readonly restChannels: number;
};

/** The parts that weights are put together from (whole-weights.ts), or the weights themselves. @param channels input channels of a group */
export function partsOf({ steps, tensors }: Program, uses: Uses, weights: TensorId, channels: number): Parts {
  const whole = { weights, rest: weights, firstChannels: channels, restChannels: 0 };
  const copies = uses.writers(weights).map((i) => stepAt(steps, i, 'copy_s8'));
  const [first, rest] = copies;
  if (tensors[weights]!.storage.kind !== 'arena' || copies.length !== 2 || !first || !rest) return whole;
  const [own, others] = [first.params.size3, rest.params.size3];
  if (own + others !== channels || rest.params.outOffset !== own || first.params.outOffset !== 0)
    return whole;
  return { weights: first.inputs[0]!, rest: rest.inputs[0]!, firstChannels: own, restChannels: others };
}
