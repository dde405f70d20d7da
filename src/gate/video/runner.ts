/** Models with their gates watched, in float or in the integers of the device. */
import { createRunner } from '../../engine/index.ts';
import { loadKernels } from '../../engine/load.ts';
import { createExecutor } from '../../execute/float.ts';
import { dataInputs } from '../../graph/state.ts';
import type { Graph } from '../../graph/types.ts';
import { lower } from '../../lower/lower.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import { planMemory } from '../../program/plan.ts';
import { createSampleRunner } from '../../program/sample.ts';

export type VideoRunner = {
  /** All data outputs for one frame, row-major in their ONNX shapes. State is kept from frame to frame. */
  readonly run: (inputs: readonly Float32Array[]) => readonly Float32Array[];
  /** Milliseconds that the last frame took, without what is done to floats before and after the integers. */
  readonly lastMs: () => number;
  /** Begins a new clip. */
  readonly reset: () => void;
  /** Null in float, which never runs on a device. */
  readonly memory: Pick<MemoryPlan, 'arenaBytes' | 'stateBytes'> | null;
};

export type Arithmetic = 'float32' | 'int8';

/** @throws TinymlError as `createExecutor` and `lower` */
export function createVideoRunner(graph: Graph, arithmetic: Arithmetic): VideoRunner {
  return arithmetic === 'float32' ? floatRunner(graph) : integerRunner(graph);
}

function floatRunner(graph: Graph): VideoRunner {
  const executor = createExecutor(graph);
  const { run, lastMs } = timed(executor.run);
  const shapes = dataInputs(graph).map(({ value }) => graph.values.get(value)!.shape);
  return {
    run: (inputs) =>
      run(inputs.map((data, i) => ({ dtype: 'float32', shape: shapes[i]!, data }))).map(
        ({ data }) => data as Float32Array,
      ),
    lastMs,
    reset: executor.reset,
    memory: null,
  };
}

function integerRunner(graph: Graph): VideoRunner {
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const runner = createRunner(program, plan, loadKernels());
  const { run, lastMs } = timed(runner);
  return {
    run: createSampleRunner(program, plan, Object.assign(run, { reset: runner.reset })),
    lastMs,
    reset: runner.reset,
    memory: plan,
  };
}

function timed<In, Out>(run: (inputs: In) => Out): { run: (inputs: In) => Out; lastMs: () => number } {
  let ms = 0;
  return {
    run: (inputs) => {
      const start = performance.now();
      const outputs = run(inputs);
      ms = performance.now() - start;
      return outputs;
    },
    lastMs: () => ms,
  };
}
