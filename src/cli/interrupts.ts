/** What happens on Ctrl-C, on a polite kill, and when the terminal goes away (SIGINT, SIGTERM, SIGHUP). */
import { TinymlError } from '../diagnostics/errors.ts';
import type { CommitGate } from './commit-gate.ts';

/**
 * For work that can end early in good order: from now on the first signal aborts, only the second stops at once. `end`:
 * from now on the first stops again.
 */
export type DeferInterrupt = () => { readonly signal: AbortSignal; readonly end: () => void };

type Interruptible = {
  readonly gate: CommitGate;
  /** Whether the work under way can end in good order. */
  readonly deferred: () => boolean;
  /** Lets it do so. */
  readonly abort: () => void;
  /** Stops the command. */
  readonly stop: () => void;
  /** Ends the process without waiting for anything. */
  readonly end: () => void;
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns ends it */
export function onSignals(listener: () => void): () => void {
  // Not `once`: the spinner kills the process when it sees no other listener left.
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

/** @returns stops listening */
export function listenForInterrupts({ gate, deferred, abort, stop, end }: Interruptible): () => void {
  let state: 'working' | 'aborting' | 'stopping' = 'working';
  return onSignals(() => {
    if (!gate.stop()) return; // its outputs are in their places: it only has to say so
    if (state === 'working' && deferred()) {
      state = 'aborting';
      abort();
    } else if (state !== 'stopping') {
      state = 'stopping';
      stop();
    } else end();
  });
}

/** What a command that was stopped says. */
export function interrupted(): TinymlError {
  return new TinymlError('E_INTERRUPTED', 'stopped; nothing was left half-written');
}
