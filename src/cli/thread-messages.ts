/** What the process and the thread of a command say to each other. */
import type { Style } from './host.ts';

export type Start = {
  readonly command: string;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
  readonly style: Style;
  /** Which streams are terminals. */
  readonly terminals: { readonly stdout: boolean; readonly stderr: boolean };
  /** Memory of the commit gate. */
  readonly gate: SharedArrayBuffer;
};

export type FromThread =
  | { readonly kind: 'print' | 'say'; readonly text: string }
  | { readonly kind: 'styled'; readonly style: Style }
  | { readonly kind: 'unfinished'; readonly path: string }
  | { readonly kind: 'deferred'; readonly deferred: boolean }
  | { readonly kind: 'task'; readonly task: number; readonly event: TaskEvent }
  | { readonly kind: 'end'; readonly status: number };

export type TaskEvent =
  | { readonly kind: 'start'; readonly label: string; readonly total: number | null; readonly unit: string }
  | { readonly kind: 'update'; readonly done: number; readonly state?: string }
  | { readonly kind: 'say'; readonly line: string }
  | { readonly kind: 'finish'; readonly done: number }
  | { readonly kind: 'fail' };

/** `abort`: end in good order, for work that can. `stop`: end now. */
export type ToThread = 'abort' | 'stop';
