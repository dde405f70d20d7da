/** The emulated boards that verification runs on. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { emulatorFor } from '../../profiles/cortex-m.ts';
import type { CortexMCore } from '../../profiles/types.ts';
import type { CoreFeatures, KernelLibrary } from '../../program/implementation.ts';

export type BoardId = 'm3' | 'm4' | 'm7' | 'm33' | 'm55';

/** What a linker script in `native/mcu` gives to a program. */
export type BoardMemory = {
  /** Its name. */
  readonly script: string;
  readonly flashBytes: number;
  readonly ramBytes: number;
};

export type Board = {
  readonly id: BoardId;
  readonly core: CortexMCore;
  /** Machine of qemu-system-arm. */
  readonly machine: string;
  readonly features: CoreFeatures;
  /** That of the core itself, and for what it does not hold, the larger and slower one beside it. Instructions are the same. */
  readonly memories: Readonly<Record<'own' | 'external', BoardMemory>>;
  /** Compiler flags of the core; the same as `compilerFlags` of the profile `qemu-<machine>`. */
  readonly flags: readonly string[];
};

const KIB = 1024;
const MIB = 1024 * KIB;

const NONE: CoreFeatures = { dsp: false, mve: false };
const DSP: CoreFeatures = { dsp: true, mve: false };
const MVE: CoreFeatures = { dsp: true, mve: true };

export const BOARDS: Readonly<Record<BoardId, Board>> = {
  m3: {
    id: 'm3',
    core: 'cortex-m3',
    machine: 'mps2-an385',
    memories: {
      own: { script: 'mps2-an385.ld', flashBytes: 4096 * KIB, ramBytes: 4 * MIB },
      external: { script: 'mps2-an385-external.ld', flashBytes: 16 * MIB + KIB, ramBytes: 4 * MIB },
    },
    features: NONE,
    flags: ['-mcpu=cortex-m3', '-mfloat-abi=soft'],
  },
  m4: {
    id: 'm4',
    core: 'cortex-m4',
    machine: 'mps2-an386',
    memories: {
      own: { script: 'mps2-an386.ld', flashBytes: 4096 * KIB, ramBytes: 4 * MIB },
      external: { script: 'mps2-an386-external.ld', flashBytes: 16 * MIB + KIB, ramBytes: 4 * MIB },
    },
    features: DSP,
    flags: ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'],
  },
  m7: {
    id: 'm7',
    core: 'cortex-m7',
    machine: 'mps2-an500',
    memories: {
      own: { script: 'mps2-an500.ld', flashBytes: 4097 * KIB, ramBytes: 4 * MIB },
      external: { script: 'mps2-an500-external.ld', flashBytes: 16 * MIB + KIB, ramBytes: 4 * MIB },
    },
    features: DSP,
    flags: ['-mcpu=cortex-m7', '-mfpu=fpv5-d16', '-mfloat-abi=hard'],
  },
  m33: {
    id: 'm33',
    core: 'cortex-m33',
    machine: 'mps2-an505',
    memories: {
      own: { script: 'mps2-an505.ld', flashBytes: 4096 * KIB, ramBytes: 4 * MIB },
      external: { script: 'mps2-an505-external.ld', flashBytes: 16 * MIB + KIB, ramBytes: 4 * MIB },
    },
    features: DSP,
    flags: ['-mcpu=cortex-m33', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'],
  },
  m55: {
    id: 'm55',
    core: 'cortex-m55',
    machine: 'mps3-an547',
    memories: {
      own: { script: 'mps3-an547.ld', flashBytes: 2049 * KIB, ramBytes: 4 * MIB },
      external: { script: 'mps3-an547-external.ld', flashBytes: 512 * MIB + KIB, ramBytes: 512 * MIB },
    },
    features: MVE,
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
 * The boards to verify a bundle on: the given ones, or those that it may run on. Our kernels run anywhere, so that is the
 * board of its core and the usual ones. A plan for CMSIS-NN has the scratch memory for certain core features, and runs
 * only on boards with the same.
 * @param features those that the plan was made for
 * @throws TinymlError E_USAGE
 */
export function boardsToVerify(
  core: CortexMCore,
  features: CoreFeatures,
  library: KernelLibrary,
  wanted: readonly BoardId[] | undefined,
): readonly Board[] {
  const all = Object.values(BOARDS);
  const alike = all.filter(
    (board) => board.features.dsp === features.dsp && board.features.mve === features.mve,
  );
  const own = boardFor(core).id;
  const ids = wanted ?? (library === 'builtin' ? [own, ...USUAL] : alike.map((board) => board.id));
  const boards = all.filter((board) => ids.includes(board.id));
  const wrong = library === 'builtin' ? undefined : boards.find((board) => !alike.includes(board));
  if (wrong === undefined) return boards;
  throw new TinymlError(
    'E_USAGE',
    `a bundle with CMSIS-NN for ${core} has no scratch memory for board ${wrong.id}`,
    {
      at: `--on ${wrong.id}`,
      hint: `use --on ${alike.map((board) => board.id).join(',')}, or deploy the model with --kernels builtin`,
    },
  );
}
