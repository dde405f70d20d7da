/** Measuring a model on a data set, with progress. */
import type { Dataset } from '../data/types.ts';
import { formatPercent } from '../diagnostics/units.ts';
import type { PredictAll } from '../execute/predict.ts';
import { type Evaluation, evaluate } from '../quantize/evaluate.ts';
import type { Context } from './context.ts';

/** An evaluation and how fast it went. */
export type Measured = { readonly evaluation: Evaluation; readonly samplesPerSecond: number };

export async function measure(
  label: string,
  predictAll: PredictAll,
  dataset: Dataset,
  context: Context,
): Promise<Measured> {
  const task = context.progress(label, dataset.sequences ? null : dataset.length, 'samples');
  const start = performance.now();
  const evaluation = await evaluate(predictAll, dataset, { onProgress: task.update }).finally(task.finish);
  const seconds = (performance.now() - start) / 1000;
  return { evaluation, samplesPerSecond: evaluation.samples / Math.max(seconds, 1e-9) };
}

/** Top-1 share, or null for a model that reconstructs its input. */
export function accuracyOf(evaluation: Evaluation): number | null {
  return evaluation.kind === 'classification' ? evaluation.accuracy : null;
}

/** The figure of an evaluation, for people. */
export function evaluationText(evaluation: Evaluation): string {
  switch (evaluation.kind) {
    case 'classification':
      return `${formatPercent(evaluation.accuracy)} (${evaluation.correct} of ${evaluation.samples})`;
    case 'reconstruction':
      return `mean squared error ${evaluation.meanSquaredError.toPrecision(4)} (${evaluation.samples} samples)`;
  }
}
