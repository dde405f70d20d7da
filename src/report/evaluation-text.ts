import { formatPercent } from '../diagnostics/units.ts';
import type { Evaluation } from '../execute/evaluate.ts';

/** The figure of an evaluation, for people. */
export function evaluationText(evaluation: Evaluation): string {
  switch (evaluation.kind) {
    case 'classification':
      return `${formatPercent(evaluation.accuracy)} (${evaluation.correct} of ${evaluation.samples})`;
    case 'reconstruction':
      return `mean squared error ${evaluation.meanSquaredError.toPrecision(4)} (${evaluation.samples} samples)`;
  }
}
