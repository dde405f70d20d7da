/** Gathers the tensors and steps of a training Program. */
import type { Step } from '../../program/kernels/index.ts';
import {
  ARENA,
  dtypeOf,
  type ProgramArray,
  type ProgramDType,
  type ProgramTensor,
  type TensorId,
} from '../../program/types.ts';
import type { Range } from '../../quantize/observers/histogram.ts';

/** What a tensor of the arena is there for: the plan is reported by it, and gradients are looked at by it. */
export type Role =
  | 'port'
  | 'state'
  | 'saved'
  | 'gradient'
  /** Least and greatest of other values: infinite until there are some. */
  | 'extent'
  | 'passing';

export type Emitter = {
  readonly tensors: ProgramTensor[];
  readonly steps: Step[];
  readonly roles: Map<TensorId, Role>;
  /** State tensors by name. */
  readonly state: Map<string, TensorId>;
  /** Ranges that were taken from data, of values whose quantisers are constants. */
  readonly fixedRanges: Map<string, Range>;
  /** Steps behind all others: updates by sums of gradients. */
  readonly late: Step[];
  /** Streams of random numbers given out so far. */
  streams: number;
};

export function startEmitting(): Emitter {
  return {
    ...{ tensors: [], steps: [], late: [], streams: 0 },
    ...{ roles: new Map(), state: new Map(), fixedRanges: new Map() },
  };
}

/** A tensor of the arena. */
export function arena(
  e: Emitter,
  name: string,
  dtype: ProgramDType,
  length: number,
  role: Role = 'passing',
): TensorId {
  e.tensors.push({ name, dtype, shape: [length], quant: null, storage: ARENA });
  e.roles.set(e.tensors.length - 1, role);
  return e.tensors.length - 1;
}

export function constant(e: Emitter, name: string, data: ProgramArray): TensorId {
  const storage = { kind: 'constant', data } as const;
  e.tensors.push({ name, dtype: dtypeOf(data), shape: [data.length], quant: null, storage });
  return e.tensors.length - 1;
}

/** A tensor that stays from step to step. Its name is that under which checkpoints keep it. */
export function state(e: Emitter, name: string, initial: ProgramArray): TensorId {
  const storage = { kind: 'state', initial } as const;
  const tensor =
    e.tensors.push({
      name,
      dtype: dtypeOf(initial),
      shape: [initial.length],
      quant: null,
      storage,
    }) - 1;
  e.roles.set(tensor, 'state');
  e.state.set(name, tensor);
  return tensor;
}

export function lengthOf(e: Emitter, tensor: TensorId): number {
  return e.tensors[tensor]!.shape[0]!;
}

/** One step; the operands default to none. */
export function push<K extends Step['kernel']>(
  e: Emitter,
  kernel: K,
  name: string,
  operands: {
    readonly inputs?: readonly TensorId[];
    readonly constants?: readonly TensorId[];
    readonly outputs: readonly TensorId[];
  },
  params: Extract<Step, { kernel: K }>['params'],
): void {
  const { inputs = [], constants = [], outputs } = operands;
  e.steps.push({ kernel, name, inputs, constants, outputs, params } as unknown as Step);
}

/** A number that no other stream of random numbers has. */
export function nextStream(e: Emitter): number {
  e.streams += 1;
  return e.streams;
}

/** A copy of the first columns of rows, between rows of two lengths. */
export function columnsBox(rows: number, columns: number, fromRow: number, toRow: number) {
  return {
    size0: 1,
    size1: 1,
    size2: rows,
    size3: columns,
    inOffset: 0,
    inStride0: 0,
    inStride1: 0,
    inStride2: fromRow,
    inStride3: 1,
    outOffset: 0,
    outStride0: 0,
    outStride1: 0,
    outStride2: toRow,
    outStride3: 1,
  };
}
