/** Whole data sets through a float Graph or an integer Program, on any number of threads. */
import { type Sample, startsSequence } from '../data/types.ts';
import { createRunner } from '../engine/index.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { computeTensor } from '../ops/arrays.ts';
import type { OutputInfo } from '../ops/types.ts';
import { runJob } from '../parallel/run.ts';
import type { Job, PreparedJob } from '../parallel/types.ts';
import type { MemoryPlan } from '../program/memory-plan.ts';
import type { Program } from '../program/program.ts';
import { createSampleRunner } from '../program/sample.ts';
import { createExecutor } from './float.ts';

/** The first output of each sample, row-major in its ONNX shape. */
type Outputs = readonly Float32Array[];

type Scheduled = { readonly program: Program; readonly plan: MemoryPlan };

/** The first output of a model for every sample, in order. A model with state runs on one thread: state goes from frame to frame. */
export type PredictAll = (
  samples: AsyncIterable<Sample>,
  onPrediction: (sample: Sample, output: Float32Array) => void,
) => Promise<void>;

/** The float meaning of a graph. */
export function predictFloat(graph: Graph, jobs: number): PredictAll {
  return predictAll(
    { module: import.meta.url, name: 'prepareFloat', prepare: prepareFloat, setup: graph },
    graph.state.length === 0 ? jobs : 1,
  );
}

/** The integers that the device computes, dequantised. */
export function predictInteger(scheduled: Scheduled, jobs: number): PredictAll {
  return predictAll(
    { module: import.meta.url, name: 'prepareInteger', prepare: prepareInteger, setup: scheduled },
    scheduled.plan.stateBytes === 0 ? jobs : 1,
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
  const ports = dataInputs(graph).map(({ dtype, value }) => ({
    dtype,
    shape: graph.values.get(value)!.shape,
  }));
  return eachSample((sample) => {
    if (startsSequence(sample)) executor.reset();
    const tensors = sample.inputs.map((data, i) => inputTensor(ports[i]!, data));
    return executor.run(tensors)[0]!.data as Float32Array;
  });
}

/** Numbers of a sample as an input takes them: whole ones where it takes integers. */
function inputTensor({ dtype, shape }: OutputInfo, data: Float32Array): Tensor {
  if (dtype === 'float32') return { dtype, shape, data };
  return computeTensor({ dtype, shape }, (out) => out.set(data));
}

export function prepareInteger({ program, plan }: Scheduled): PreparedJob<Outputs, null> {
  const runner = createRunner(program, plan);
  const run = createSampleRunner(program, plan, runner);
  return eachSample((sample) => {
    if (startsSequence(sample)) runner.reset();
    return run(sample.inputs)[0]!;
  });
}

function eachSample(predict: (sample: Sample) => Float32Array): PreparedJob<Outputs, null> {
  return {
    run: (samples) => samples.map(predict),
    finish: () => null,
  };
}
