/** What a model is worth as it would be written: exported, read back, and run as `evaluate` runs it. */
import type { Dataset } from '../../data/types.ts';
import { type Evaluation, evaluate } from '../../execute/evaluate.ts';
import { type PredictAll, predictFloat } from '../../execute/predict.ts';
import { predictQuantized } from '../../execute/predict-quantized.ts';
import type { Graph } from '../../graph/types.ts';
import { exportModel } from '../../onnx/export.ts';
import { importModel } from '../../onnx/import.ts';
import { toolVersion } from '../../package-root.ts';
import { prepareGraph } from '../../passes/pipeline.ts';
import type { Method } from '../types.ts';
import { orDiverged } from './diverged.ts';
import type { Score } from './history.ts';

/** The bytes of a model that training wrote. */
export function writtenModel(graph: Graph): Uint8Array {
  return exportModel(graph, { producerVersion: toolVersion() });
}

/**
 * The predictions of a written model: integers, or float32 for float training.
 * @throws TinymlError E_NOT_FINITE where training left scales that no integers have
 */
export function predictWritten(bytes: Uint8Array, path: string, method: Method, jobs: number): PredictAll {
  const graph = prepareGraph(importModel(bytes, { path }));
  return method === 'float' ? predictFloat(graph, jobs) : orDiverged(() => predictQuantized(graph, jobs));
}

/** @throws TinymlError E_NOT_FINITE, E_DATA */
export async function evaluateGraph(
  graph: Graph,
  method: Method,
  dataset: Dataset,
  jobs: number,
): Promise<Evaluation> {
  return evaluate(predictWritten(writtenModel(graph), 'the trained model', method, jobs), dataset);
}

export function scoreOf(evaluation: Evaluation): Score {
  const { samples } = evaluation;
  return evaluation.kind === 'classification'
    ? { kind: 'accuracy', value: evaluation.accuracy, samples }
    : { kind: 'mean-squared-error', value: evaluation.meanSquaredError, samples };
}
