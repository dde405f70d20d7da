/** The emulated boards that verification runs on. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { emulatorFor } from '../../profiles/cortex-m.ts';
import type { CortexMCore } from '../../profiles/types.ts';
import type { KernelLibrary } from '../../program/types.ts';

export type BoardId = 'm3' | 'm4' | 'm7' | 'm33' | 'm55';

export type Board = {
  readonly id: BoardId;
  readonly core: CortexMCore;
  /** Machine of qemu-system-arm. */
  readonly machine: string;
  /** Compiler flags of the core; the same as `compilerFlags` of the profile `qemu-<machine>`. */
  readonly flags: readonly string[];
};

export const BOARDS: Readonly<Record<BoardId, Board>> = {
  m3: {
    id: 'm3',
    core: 'cortex-m3',
    machine: 'mps2-an385',
    flags: ['-mcpu=cortex-m3', '-mfloat-abi=soft'],
  },
  m4: {
    id: 'm4',
    core: 'cortex-m4',
    machine: 'mps2-an386',
    flags: ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'],
  },
  m7: {
    id: 'm7',
    core: 'cortex-m7',
    machine: 'mps2-an500',
    flags: ['-mcpu=cortex-m7', '-mfpu=fpv5-d16', '-mfloat-abi=hard'],
  },
  m33: {
    id: 'm33',
    core: 'cortex-m33',
    machine: 'mps2-an505',
    flags: ['-mcpu=cortex-m33', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'],
  },
  m55: {
    id: 'm55',
    core: 'cortex-m55',
    machine: 'mps3-an547',
    flags: ['-mcpu=cortex-m55', '-mfloat-abi=hard'],
  },
};

/** The board whose core executes code built for a core. */
export function boardFor(core: CortexMCore): Board {
  const profile = emulatorFor(core);
  return Object.values(BOARDS).find((board) => `qemu-${board.machine}` === profile)!;
}

const USUAL: readonly BoardId[] = ['m4', 'm7', 'm55'];

/**
 * The boards to verify a bundle on: the given ones, or its own and the usual ones that it may run on. Our kernels run
 * anywhere. A plan for CMSIS-NN has the scratch memory of a core with vectors or of one without, and runs only there.
 * @throws TinymlError E_USAGE
 */
export function boardsToVerify(
  core: CortexMCore,
  library: KernelLibrary,
  wanted: readonly BoardId[] | undefined,
): readonly Board[] {
  const own = boardFor(core);
  const mayRun = (id: BoardId): boolean => library === 'builtin' || (id === 'm55') === (own.id === 'm55');
  const wrong = wanted?.find((id) => !mayRun(id));
  if (wrong !== undefined) {
    throw new TinymlError(
      'E_USAGE',
      `a bundle with CMSIS-NN for ${core} has no scratch memory for board ${wrong}`,
      {
        at: `--on ${wrong}`,
        hint: 'deploy it for a target with that core, or with --kernels builtin',
      },
    );
  }
  const ids = wanted ?? [own.id, ...USUAL.filter(mayRun)];
  return Object.values(BOARDS).filter((board) => ids.includes(board.id));
}
