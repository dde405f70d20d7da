/** The emulated boards that verification runs on. */
import { emulatorFor } from '../../profiles/cortex-m.ts';
import type { CortexMCore } from '../../profiles/types.ts';

export type BoardId = 'm4' | 'm7' | 'm55';

export type Board = {
  readonly id: BoardId;
  readonly core: CortexMCore;
  /** Machine of qemu-system-arm. */
  readonly machine: string;
  /** Compiler flags of the core; the same as `compilerFlags` of the profile `qemu-<machine>`. */
  readonly flags: readonly string[];
};

export const BOARDS: Readonly<Record<BoardId, Board>> = {
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
  m55: {
    id: 'm55',
    core: 'cortex-m55',
    machine: 'mps3-an547',
    flags: ['-mcpu=cortex-m55', '-mfloat-abi=hard'],
  },
};

/** The board whose core comes closest to a core that code is built for. */
export function boardFor(core: CortexMCore): Board {
  const machine = emulatorFor(core).replace(/^qemu-/, '');
  return Object.values(BOARDS).find((board) => board.machine === machine) ?? BOARDS.m4;
}
