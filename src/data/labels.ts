import { TinymlError } from '../diagnostics/errors.ts';

/** The classes of the samples of a data set. */
export type Labels = {
  readonly at: (index: number) => number | null;
  /** The classes of `length` samples, in order. */
  readonly all: (length: number) => Int32Array;
  readonly classes: number | null;
  readonly files: readonly string[];
};

/** In lists of classes, that of a sample without one. */
export const NO_LABEL = -1;

export function noLabels(length: number): Int32Array {
  return new Int32Array(length).fill(NO_LABEL);
}

export const NO_LABELS: Labels = { at: () => null, all: noLabels, classes: null, files: [] };

/**
 * Folders of classes are numbered in the order of their names: of another number than the outputs, they would be other classes.
 * @throws TinymlError E_DATA
 */
export function requireFoldersOfAll(
  { name, classNames }: { readonly name: string; readonly classNames?: readonly string[] },
  classes: number,
  hint: string,
): void {
  if (classNames === undefined || classNames.length === classes) return;
  const message = `there are folders of ${classNames.length} classes, the output has ${classes}`;
  throw new TinymlError('E_DATA', message, { at: name, hint });
}

/** More classes than any classifier has: beyond it the numbers are no labels. */
const MAX_CLASSES = 1 << 20;

/**
 * Labels that a file states as numbers.
 * @throws TinymlError E_DATA for one that is not a whole number 0 .. 2^20 - 1.
 */
export function wholeLabels(values: ArrayLike<number>, path: string): Labels {
  const labels = new Int32Array(values.length);
  let largest = -1;
  for (let i = 0; i < labels.length; i++) {
    const label = values[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= MAX_CLASSES) {
      throw new TinymlError('E_DATA', `label ${label} is not the number of a class`, {
        at: `${path}[${i}]`,
        hint: 'Labels are whole numbers from 0 on.',
      });
    }
    labels[i] = label;
    largest = Math.max(largest, label);
  }
  return { at: (index) => labels[index]!, all: () => labels, classes: largest + 1, files: [path] };
}
