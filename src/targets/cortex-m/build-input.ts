import type { KernelLibrary } from '../../program/implementation.ts';
import type { Board } from './boards.ts';

/** What the build files of a bundle are printed from. */
export type BuildInput = {
  readonly name: string;
  readonly library: KernelLibrary;
  /** Core that the bundle was planned for, and the flags that compile for it. */
  readonly core: string;
  readonly coreFlags: readonly string[];
  /** The emulated board that stands for the core. */
  readonly board: Board;
  /** C files of the model's library, and of the board support. */
  readonly sources: readonly string[];
  readonly boardSources: readonly string[];
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
};
