/** What the main thread and a worker tell each other. */
import { type ErrorCode, TinymlError } from '../diagnostics/errors.ts';

/** The first message to a worker. */
export type Start = {
  readonly module: string;
  readonly name: string;
  readonly setup: unknown;
  /** Memory that both threads see: the inputs of one chunk each, sample after sample, input after input. */
  readonly slots: readonly SharedArrayBuffer[];
  /** Number of floats of each input of a sample. */
  readonly lengths: readonly number[];
};

/** A chunk of samples that lies in a slot, or the end. */
export type ToWorker =
  | {
      readonly kind: 'chunk';
      readonly index: number;
      readonly slot: number;
      readonly labels: readonly (number | null)[];
    }
  | { readonly kind: 'finish' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly index: number; readonly slot: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly index: number; readonly slot: number; readonly error: PlainError }
  | { readonly kind: 'total'; readonly total: unknown };

/** A TinymlError without its class, which does not cross threads. */
export type PlainError = {
  readonly code: ErrorCode;
  readonly message: string;
  readonly at: readonly string[];
  readonly hint: string | undefined;
};

export function plainError(thrown: unknown): PlainError {
  if (thrown instanceof TinymlError) {
    const { code, message, at, hint } = thrown;
    return { code, message, at, hint };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'E_INTERNAL', message, at: [], hint: undefined };
}

export function errorOf({ code, message, at, hint }: PlainError): TinymlError {
  return new TinymlError(code, message, { at, ...(hint === undefined ? {} : { hint }) });
}
