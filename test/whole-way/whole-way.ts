/** A model by the whole way that a user's takes: ONNX bytes, quantised, written, read back, lowered, planned, run. */

import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import type { GraphProto, ModelProto } from '../../src/onnx/proto.ts';
import { asNumbers, computeTensor } from '../../src/ops/arrays.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { modelBytes } from '../onnx/models.ts';

export type Way = {
  readonly float: Graph;
  readonly quantized: Graph;
  readonly file: Uint8Array;
  readonly program: Program;
  /** Of each output: 10 log10(signal power / error power) of the integers against float, over all samples. */
  readonly sqnr: readonly number[];
  /** Outputs of the first sample, in float and as the device computes them. */
  readonly first: { readonly float: readonly Float32Array[]; readonly int8: readonly Float32Array[] };
};

export function readModel(graph: GraphProto, opset = 17, more: Partial<ModelProto> = {}): Graph {
  return prepareGraph(importModel(modelBytes(opset, graph, more), { path: 'test.onnx' }));
}

export type Inputs = readonly (readonly Float32Array[])[];

/** `count` samples, uniform within +-magnitude. */
export function uniform(float: Graph, count = 16, magnitude = 1, seed = 5): Inputs {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    float.inputs.map(({ value }) =>
      Float32Array.from(
        { length: elementCount(float.values.get(value)!.shape) },
        () => magnitude * (2 * random() - 1),
      ),
    ),
  );
}

/** @throws TinymlError as quantising, importing and lowering do. */
export async function wholeWay(float: Graph, samples: Inputs = uniform(float)): Promise<Way> {
  async function* stream() {
    for (const inputs of samples) yield { inputs, label: null };
  }
  const { graph } = await quantizeGraph(float, stream);
  const file = exportModel(graph);
  const program = lower(prepareGraph(importModel(file, { path: 'test.int8.onnx' })));
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const run = createSampleRunner(program, plan);
  const executor = createExecutor(float);
  const exact = samples.map((inputs) => executor.run(inputs.map((data, i) => tensorOf(float, i, data))));
  const rounded = samples.map((inputs) => run(inputs));
  const sqnr = float.outputs.map((_, i) => {
    let [signal, noise] = [0, 0];
    exact.forEach((outputs, k) => {
      asNumbers(outputs[i]!.data).forEach((value: number, at: number) => {
        signal += value ** 2;
        noise += (value - rounded[k]![i]![at]!) ** 2;
      });
    });
    return 10 * Math.log10(signal / noise);
  });
  const first = {
    float: exact[0]!.map(({ data }) => data as Float32Array),
    int8: rounded[0]!,
  };
  return { float, quantized: graph, file, program, sqnr, first };
}

function tensorOf(graph: Graph, index: number, data: Float32Array): Tensor {
  const { value, dtype } = graph.inputs[index]!;
  const { shape } = graph.values.get(value)!;
  return dtype === 'float32'
    ? floatTensor(shape, data)
    : computeTensor({ dtype, shape }, (out) => out.set(data));
}
