/** Whether a classifier is any better than guessing: by what it got right, and by how much that varies in so few samples. */
import type { Evaluation } from './evaluate.ts';

/**
 * `chance`: as often right as guessing is; `below`: far less often, as where outputs stand for other classes than labels do;
 * `one class`: always the same answer.
 */
export type Guessing = 'chance' | 'below' | 'one class';

/** Standard errors of guessing within which accuracy is that of guessing, and beyond which it is less. */
const STANDARD_ERRORS = { chance: 2, below: 3 } as const;

/** @param accuracy in [0, 1], measured on so many samples of so many classes; null for what is better than guessing */
export function guessingOf(accuracy: number, classes: number, samples: number): Guessing | null {
  if (classes < 2) return null;
  const guessed = 1 / classes;
  const error = Math.sqrt((guessed * (1 - guessed)) / samples);
  if (accuracy < guessed - STANDARD_ERRORS.below * error) return 'below';
  return accuracy <= guessed + STANDARD_ERRORS.chance * error ? 'chance' : null;
}

/** Of data with one class only, or without labels, nothing can be said: null. */
export function guessingIn(evaluation: Evaluation): Guessing | null {
  if (evaluation.kind !== 'classification') return null;
  const { confusion, accuracy, samples } = evaluation;
  const labels = confusion.filter((row) => row.some((count) => count > 0)).length;
  if (labels < 2) return null;
  const predicted = confusion[0]!.filter((_, k) => confusion.some((row) => row[k]! > 0)).length;
  return predicted === 1 ? 'one class' : guessingOf(accuracy, confusion.length, samples);
}

/** `is right as often as guessing one of 4 classes is`. */
export function guessingText(guessing: Guessing, classes: number): string {
  switch (guessing) {
    case 'chance':
      return `is right as often as guessing one of ${classes} classes is`;
    case 'below':
      return `is right far less often than guessing one of ${classes} classes is`;
    case 'one class':
      return 'always gives one class';
  }
}

/** What is probably behind it where the model itself is sound: no remedy of quantising helps there. */
export function guessingCause(guessing: Guessing): string {
  switch (guessing) {
    case 'chance':
    case 'one class':
      return 'check the preprocessing or the units of the data first, then the order of the classes and the labels';
    case 'below':
      return 'its outputs seem to stand for other classes than the labels do: check the order of the classes (--labels, the names of the folders)';
  }
}
