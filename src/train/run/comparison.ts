/** What training made of a model, on data of its own. */
import { formatPercent } from '../../diagnostics/units.ts';
import { accuracyOf, type Measured } from '../../execute/evaluate.ts';
import { guessingCause, guessingIn, guessingText } from '../../execute/guessing.ts';
import type { Method } from '../types.ts';

/**
 * `before`: the model as it was read, in float; null where training did not start from it. `float`: the file of
 * --float-output; null without.
 */
export type Comparison = {
  readonly before: Measured | null;
  readonly trained: Measured;
  readonly float: Measured | null;
};

/** Shares of samples that are right; null for what was not measured, or reconstructs its input. */
type Accuracies = {
  readonly before: number | null;
  readonly float: number | null;
  readonly int8: number | null;
  readonly samples: number;
};

export function accuraciesOf({ before, trained, float }: Comparison, method: Method): Accuracies {
  const share = (measured: Measured | null): number | null =>
    measured === null ? null : accuracyOf(measured.evaluation);
  return {
    before: share(before),
    float: share(method === 'float' ? trained : float),
    int8: method === 'float' ? null : share(trained),
    samples: trained.evaluation.samples,
  };
}

/** More than an export to integers takes away. */
const WORSE = 0.01;

/** Training that undoes what a model knew ends well for the program alone. @returns what to warn of, or null */
export function gotWorse({ before, trained }: Comparison): string | null {
  const [old, now] = [before === null ? null : accuracyOf(before.evaluation), accuracyOf(trained.evaluation)];
  if (old === null || now === null || old - now < WORSE - 1e-9) return null;
  return `the model got worse, from ${formatPercent(old)} to ${formatPercent(now)}: a lower --lr, and more data for --validation, keep what it knows`;
}

/** Training that learned nothing ends well for the program alone, too. @returns what to warn of, and what to do; or null */
export function onlyGuesses({ trained: { evaluation } }: Comparison): {
  readonly message: string;
  readonly hint: string;
} | null {
  const guessing = guessingIn(evaluation);
  if (guessing === null || evaluation.kind !== 'classification') return null;
  const { confusion, accuracy, samples } = evaluation;
  return {
    message: `the trained model ${guessingText(guessing, confusion.length)}: ${formatPercent(accuracy)} of ${samples} samples`,
    hint: guessingCause(guessing),
  };
}
