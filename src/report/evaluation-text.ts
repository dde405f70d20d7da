import { formatPercent } from '../diagnostics/units.ts';
import type { Agreement } from '../execute/agreement.ts';
import { meanIntersection } from '../execute/class-results.ts';
import type { Evaluation } from '../execute/evaluate.ts';

/** The figure of an evaluation, for people. */
export function evaluationText(evaluation: Evaluation): string {
  switch (evaluation.kind) {
    case 'classification':
      return evaluation.places === undefined
        ? `${formatPercent(evaluation.accuracy)} (${evaluation.correct} of ${evaluation.samples})`
        : `${formatPercent(evaluation.accuracy)} of the places of ${evaluation.samples} samples (${evaluation.correct} of ${evaluation.places}), mean IoU ${formatPercent(meanIntersection(evaluation.confusion))}`;
    case 'reconstruction':
      return `mean squared error ${evaluation.meanSquaredError.toPrecision(4)} (${evaluation.samples} samples)`;
  }
}

/** `99.37 % as in float (10856 of 10925, by 0.5); outputs differ by 0.0100 on average, 0.355 at most`. */
export function agreementText(agreement: Agreement): string {
  const { samples, same, share, threshold, meanDifference, largestDifference } = agreement;
  const by = threshold === null ? 'by the greatest output' : `by ${threshold}`;
  return `${formatPercent(share)} as in float (${same} of ${samples}, ${by}); outputs differ by ${meanDifference.toPrecision(3)} on average, ${largestDifference.toPrecision(3)} at most`;
}
