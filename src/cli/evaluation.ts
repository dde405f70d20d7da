/** Measuring a float Graph or an integer Program on a data set, with progress. */
import type { Dataset } from '../data/types.ts';
import { formatPercent } from '../diagnostics/units.ts';
import { createExecutor, createRunner } from '../engine/index.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { lower } from '../program/lower.ts';
import { planMemory } from '../program/plan.ts';
import { createSampleRunner } from '../program/sample.ts';
import { type Evaluation, evaluate, type Predict } from '../quantize/evaluate.ts';
import type { Context } from './context.ts';

/** An evaluation and how fast it went. */
export type Measured = { readonly evaluation: Evaluation; readonly samplesPerSecond: number };

export async function measure(
  label: string,
  predict: Predict,
  dataset: Dataset,
  context: Context,
): Promise<Measured> {
  const task = context.progress(label, dataset.length);
  const start = performance.now();
  const evaluation = await evaluate(predict, dataset, { onProgress: task.update }).finally(task.finish);
  const seconds = (performance.now() - start) / 1000;
  return { evaluation, samplesPerSecond: evaluation.samples / Math.max(seconds, 1e-9) };
}

/** The float meaning of a graph. */
export function floatPredictor(graph: Graph): Predict {
  const executor = createExecutor(graph);
  const shapes = graph.inputs.map((port) => graph.values.get(port.value)!.shape);
  return ({ inputs }) => {
    const tensors = inputs.map((data, i): Tensor => ({ dtype: 'float32', shape: shapes[i]!, data }));
    return executor.run(tensors)[0]!.data as Float32Array;
  };
}

/** The integers that the device computes. */
export function integerPredictor(graph: Graph): Predict {
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const run = createSampleRunner(program, plan, createRunner(program, plan));
  return ({ inputs }) => run(inputs)[0]!;
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
