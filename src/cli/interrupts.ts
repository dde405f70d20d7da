/** What happens on Ctrl-C and on a polite kill (SIGINT, SIGTERM). */

/**
 * For work that can end early in good order: from now on the first signal aborts, only the second stops at once. `end`:
 * from now on the first stops again.
 */
export type DeferInterrupt = () => { readonly signal: AbortSignal; readonly end: () => void };

export type Interrupts = { readonly defer: DeferInterrupt; readonly stopListening: () => void };

/** @param stop ends the command at once */
export function listenForInterrupts(stop: () => void): Interrupts {
  let deferred: AbortController | null = null;
  const onSignal = (): void => {
    if (deferred === null || deferred.signal.aborted) stop();
    else deferred.abort();
  };
  // Not `once`: the spinner kills the process when it sees no other listener left.
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    defer: () => {
      const controller = new AbortController();
      deferred = controller;
      return {
        signal: controller.signal,
        end: () => {
          deferred = null;
        },
      };
    },
    stopListening: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
