/** The networks of the benchmark: float, and quantised by tinyml for itself and for ONNX Runtime. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import type { Graph, ImportedModel, Tensor } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { graphMacs } from '../../src/passes/graph-macs.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { resolveModel } from '../../src/passes/resolve.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { onnxRuntimeForms } from '../../src/targets/onnxruntime/forms.ts';
import { normalArray } from './random.ts';
import { resnet18 } from './resnet18.ts';

/** A model of the folder that docs/benchmarks.md names. */
const shared = (path: string) => async (): Promise<ImportedModel> => {
  const file = join(packageRoot(), '..', 'shared', 'models', path);
  if (!existsSync(file)) {
    throw new TinymlError('E_FILE', 'a model of the benchmark is not there', {
      at: file,
      hint: 'docs/benchmarks.md says where it belongs; --models resnet18 needs no file',
    });
  }
  return loadModel(file);
};

/** Networks by name; all but ResNet-18 are files beside the repository. */
export const NETWORKS: Readonly<Record<string, () => Promise<ImportedModel>>> = {
  ic: shared('mlperf-tiny/ic-float.onnx'),
  kws: shared('mlperf-tiny/kws-float.onnx'),
  ad: shared('mlperf-tiny/ad-float.onnx'),
  vww: shared('mlperf-tiny/vww-float.onnx'),
  mobilenet_v2: shared('zoo/mobilenet_v2.torchscript.onnx'),
  resnet18: async () => resnet18(1),
};

export type Network = {
  readonly name: string;
  readonly macs: number;
  readonly inputShape: readonly number[];
  /** tinyml's graphs at a batch size. int8 codes at the border of `int8`. */
  readonly graphs: (batch: number) => { readonly float: Graph; readonly int8: Graph };
  /** ONNX files for ONNX Runtime at a batch size. uint8 codes at the border of `u8`, float32 at that of the others. */
  readonly files: (batch: number) => OrtFiles;
};

export type OrtFiles = { readonly float: Uint8Array; readonly u8: Uint8Array; readonly s8: Uint8Array };

/** Random images for calibration: speed does not depend on what the codes mean. */
const CALIBRATION_SEEDS = [1, 2];

/** Both sides get one graph: no channel is removed, even if it is constant with the weights at hand. */
export async function prepareNetwork(name: string, model: ImportedModel): Promise<Network> {
  const float = prepareGraph(model, { deadChannels: false });
  const inputShape = float.values.get(float.inputs[0]!.value)!.shape;
  const samples = async function* () {
    for (const seed of CALIBRATION_SEEDS) yield { inputs: [normalArray(inputShape, seed)], label: null };
  };
  const { graph: int8 } = await quantizeGraph(float, samples, { io: 'int8' });
  const s8 = { ...int8, inputs: float.inputs, outputs: float.outputs };
  return {
    name,
    macs: graphMacs(float),
    inputShape,
    graphs: (batch) => ({ float: graphOf(float, batch), int8: graphOf(int8, batch) }),
    files: (batch) => ({
      float: withBatch(float, batch),
      u8: withBatch(onnxRuntimeForms(int8, 'uint8'), batch),
      s8: withBatch(s8, batch),
    }),
  };
}

function graphOf(graph: Graph, batch: number): Graph {
  if (batch === 1) return graph;
  return prepareGraph(importModel(withBatch(graph, batch), { path: graph.name }), { deadChannels: false });
}

/** The file of a graph for another batch size: the first dimension of inputs, and of what Reshape states. */
function withBatch(graph: Graph, batch: number): Uint8Array {
  const bytes = exportModel(graph);
  if (batch === 1) return bytes;
  const model = importModel(bytes, { path: graph.name });
  const stated = new Set(model.nodes.flatMap(({ op, inputs }) => (op === 'Reshape' ? [inputs[1]!] : [])));
  const inferred = (tensor: Tensor): Tensor => {
    const [first, ...rest] = tensor.data as BigInt64Array;
    // 0 takes the dimension of the input.
    return first === 1n ? { ...tensor, data: BigInt64Array.of(0n, ...rest) } : tensor;
  };
  const constants = [...model.constants].map(
    ([name, tensor]) => [name, stated.has(name) ? inferred(tensor) : tensor] as const,
  );
  const inputs = model.inputs.map((input) => ({ ...input, shape: [batch, ...input.shape.slice(1)] }));
  return exportModel(resolveModel({ ...model, inputs, constants: new Map(constants) }));
}
