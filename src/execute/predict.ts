/** Whole data sets through a float Graph or an integer Program, on any number of threads. */
import type { Sample } from '../data/types.ts';
import { createRunner } from '../engine/index.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { runJob } from '../parallel/run.ts';
import type { Job, PreparedJob } from '../parallel/types.ts';
import { createSampleRunner } from '../program/sample.ts';
import type { MemoryPlan, Program } from '../program/types.ts';
import { createExecutor } from './float.ts';

/** The first output of each sample, row-major in its ONNX shape. */
type Outputs = readonly Float32Array[];

type Scheduled = { readonly program: Program; readonly plan: MemoryPlan };

/** The first output of a model for every sample, in order. */
export type PredictAll = (
  samples: AsyncIterable<Sample>,
  onPrediction: (sample: Sample, output: Float32Array) => void,
) => Promise<void>;

/** The float meaning of a graph. */
export function predictFloat(graph: Graph, jobs: number): PredictAll {
  return predictAll(
    { module: import.meta.url, name: 'prepareFloat', prepare: prepareFloat, setup: graph },
    jobs,
  );
}

/** The integers that the device computes, dequantised. */
export function predictInteger(scheduled: Scheduled, jobs: number): PredictAll {
  return predictAll(
    { module: import.meta.url, name: 'prepareInteger', prepare: prepareInteger, setup: scheduled },
    jobs,
  );
}

function predictAll<Setup>(job: Job<Setup, Outputs, null>, jobs: number): PredictAll {
  return async (samples, onPrediction) => {
    await runJob(job, samples, {
      jobs,
      onResult: (chunk, outputs) =>
        chunk.forEach((sample, i) => {
          onPrediction(sample, outputs[i]!);
        }),
    });
  };
}

export function prepareFloat(graph: Graph): PreparedJob<Outputs, null> {
  const executor = createExecutor(graph);
  const shapes = graph.inputs.map((port) => graph.values.get(port.value)!.shape);
  return eachSample((inputs) => {
    const tensors = inputs.map((data, i): Tensor => ({ dtype: 'float32', shape: shapes[i]!, data }));
    return executor.run(tensors)[0]!.data as Float32Array;
  });
}

export function prepareInteger({ program, plan }: Scheduled): PreparedJob<Outputs, null> {
  const run = createSampleRunner(program, plan, createRunner(program, plan));
  return eachSample((inputs) => run(inputs)[0]!);
}

function eachSample(predict: (inputs: Sample['inputs']) => Float32Array): PreparedJob<Outputs, null> {
  return {
    run: (samples) => samples.map(({ inputs }) => predict(inputs)),
    finish: () => null,
  };
}
