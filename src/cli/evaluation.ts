/** Measuring a model on a data set, with progress. */
import type { Dataset } from '../data/types.ts';
import { during } from '../diagnostics/progress.ts';
import { evaluate, type Measured } from '../execute/evaluate.ts';
import type { PredictAll } from '../execute/predict.ts';
import type { Context } from './context.ts';

export async function measure(
  label: string,
  predictAll: PredictAll,
  dataset: Dataset,
  context: Context,
): Promise<Measured> {
  const task = context.progress(label, dataset.sequences ? null : dataset.length, 'samples');
  const start = performance.now();
  const evaluation = await during(task, evaluate(predictAll, dataset, { onProgress: task.update }));
  const seconds = (performance.now() - start) / 1000;
  return { evaluation, samplesPerSecond: evaluation.samples / Math.max(seconds, 1e-9) };
}
