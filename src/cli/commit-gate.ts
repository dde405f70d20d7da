/**
 * Decides between a signal and a command that is about to put its outputs in their places, which run on two threads:
 * whoever comes first is obeyed, so that a command either stops and has changed nothing, or ends as a success.
 */
export type CommitGate = {
  /** The command asks to go on. @returns false where it was stopped before */
  readonly pass: () => boolean;
  /** A signal asks to stop. @returns false where the outputs are in their places, or on their way */
  readonly stop: () => boolean;
};

const OPEN = 0;
const PASSED = 1;
const STOPPED = 2;

/** Bytes of memory that a gate needs. */
export const GATE_BYTES = Int32Array.BYTES_PER_ELEMENT;

/** @param memory GATE_BYTES zeros, shared by both sides */
export function createCommitGate(memory: SharedArrayBuffer): CommitGate {
  const state = new Int32Array(memory, 0, 1);
  const settle = (wanted: number): boolean => {
    const before = Atomics.compareExchange(state, 0, OPEN, wanted);
    return before === OPEN || before === wanted;
  };
  return { pass: () => settle(PASSED), stop: () => settle(STOPPED) };
}
