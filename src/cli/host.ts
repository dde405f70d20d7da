import type { ColorChoice, Paint } from '../diagnostics/color.ts';
import type { Progress } from '../diagnostics/progress.ts';
import type { CommitGate } from './commit-gate.ts';
import type { DeferInterrupt } from './interrupts.ts';

/** How messages look. */
export type Style = { readonly json: boolean; readonly verbose: boolean; readonly color: ColorChoice };

/** What a command runs in: the process itself, or a thread of it. */
export type Host = {
  /** A first glance at the arguments, so that errors in settings obey it too. */
  readonly style: Style;
  /** Tells how messages look, once it is known. */
  readonly styled: (style: Style) => void;
  readonly paintFor: (stream: 'stdout' | 'stderr', color: ColorChoice) => Paint;
  /** To stdout. */
  readonly print: (text: string) => void;
  /** To stderr. */
  readonly say: (text: string) => void;
  readonly progress: Progress;
  readonly deferInterrupt: DeferInterrupt;
  readonly gate: CommitGate;
  /** Names what is to be removed where the command is stopped. */
  readonly unfinished: (path: string) => void;
};
