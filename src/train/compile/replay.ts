/** What of a training step is replayed: the codes that its trained part begins with. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';
import { ARENA, type ProgramTensor, type TensorId } from '../../program/types.ts';
import type { ReplayOptions } from '../replay.ts';
import { columnsBox } from './emit.ts';

/** Latents of a step, and where they are kept. */
export type Replay = ReplayOptions & {
  /** What the first steps make and others read, int8, in the order of a latent. */
  readonly crossing: readonly TensorId[];
  /** Of one latent. */
  readonly bytes: number;
  readonly classes: number;
  readonly perClass: number;
  /** State, which no step touches: int8 [classes][perClass][bytes], int32 [classes]. */
  readonly latents: TensorId;
  readonly seen: TensorId;
};

const LATENTS = 'replay/latents';
const SEEN = 'replay/seen';
/** Whether a name of the state is that of what is kept for replay. */
export const isReplayName = (name: string): boolean => name === LATENTS || name === SEEN;

/**
 * @param prefixSteps so many of the first steps no gradient reaches
 * @returns state to put behind the tensors of the program, latents first
 * @throws TinymlError E_USAGE for what is not int8, or fewer latents than classes
 */
export function replayOf(
  program: Program,
  prefixSteps: number,
  classes: number,
  options: ReplayOptions,
): { readonly replay: Replay; readonly state: readonly ProgramTensor[] } {
  const { tensors, steps } = program;
  const read = new Set(steps.slice(prefixSteps).flatMap(({ inputs }) => inputs));
  const made = new Set(steps.slice(0, prefixSteps).flatMap(({ outputs }) => outputs));
  const crossing = [...made]
    .filter((id) => read.has(id) && tensors[id]!.storage.kind === 'arena')
    .sort((a, b) => a - b);
  const wide = crossing.find((id) => tensors[id]!.dtype !== 'int8');
  if (crossing.length === 0 || wide !== undefined) {
    throw new TinymlError('E_USAGE', 'what the trained part begins with is not in codes of 8 bits', {
      at: wide === undefined ? '--replay' : `value "${tensors[wide]!.name}"`,
      hint: 'leave --replay out, or train fewer layers (--scheme)',
    });
  }
  const perClass = Math.floor(options.latents / classes);
  if (perClass === 0) {
    throw new TinymlError('E_USAGE', `${classes} classes need at least as many latents`, {
      at: `--replay ${options.latents}`,
      hint: `give --replay ${classes} or more`,
    });
  }
  const bytes = crossing.reduce((sum, id) => sum + sizeOf(tensors[id]!), 0);
  const state = (name: string, initial: Int8Array | Int32Array): ProgramTensor => ({
    ...{ name, shape: [initial.length], quant: null, storage: { kind: 'state', initial } },
    dtype: initial instanceof Int8Array ? 'int8' : 'int32',
  });
  return {
    replay: {
      ...{ ...options, crossing, bytes, classes, perClass },
      ...{ latents: tensors.length, seen: tensors.length + 1 },
    },
    state: [state(LATENTS, new Int8Array(classes * perClass * bytes)), state(SEEN, new Int32Array(classes))],
  };
}

/** Steps that copy a latent to a tensor of its own, as it is before anything overwrites it. */
export function latentCopies(
  tensors: readonly ProgramTensor[],
  crossing: readonly TensorId[],
  to: TensorId,
): readonly Step[] {
  let outOffset = 0;
  return crossing.map((id): Step => {
    const size = sizeOf(tensors[id]!);
    const step: Step = {
      ...{ kernel: 'copy_s8', name: tensors[id]!.name, inputs: [id], constants: [], outputs: [to] },
      params: { ...columnsBox(1, size, size, size), outOffset },
    };
    outOffset += size;
    return step;
  });
}

/** Where a latent lies until its step is over. */
export function newestTensor(bytes: number): ProgramTensor {
  return { name: 'replay/newest', dtype: 'int8', shape: [bytes], quant: null, storage: ARENA };
}

function sizeOf({ shape }: ProgramTensor): number {
  return shape.reduce((all, size) => all * size, 1);
}
