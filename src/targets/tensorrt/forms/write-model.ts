/** A graph as the bytes that a release of TensorRT parses. */
import type { Graph } from '../../../graph/types.ts';
import { exportModel } from '../../../onnx/export.ts';
import type { LayerPrecision } from '../release/model.ts';
import type { Platform } from '../release/platform.ts';
import { typingOf } from '../release/typing.ts';
import { typedGraph } from './half/typed-graph.ts';
import { foldWeightCodes } from './integer-weights.ts';
import { lowerGraph } from './lower.ts';
import { standardGraph } from './standard.ts';

type WrittenModel = {
  readonly bytes: Uint8Array;
  /** What types of the graph could not be, and what float16 loses; empty where flags choose precisions. */
  readonly notes: readonly string[];
};

type WriteOptions = {
  /** Layers in FP32 among those in FP16, where the types of the graph say so. */
  readonly layers?: readonly LayerPrecision[];
  readonly producerVersion?: string;
  /** As of `exportModel`: sizes of ports that are symbols in the file. */
  readonly shapes?: Readonly<Record<string, readonly (number | string)[]>>;
};

/**
 * Writes a graph, with or without Q/DQ nodes, in what the release of the platform parses: operators, opset, form of
 * weights, and, where builds are strongly typed, FP16 in the types (unless the platform asks for FP32). Names of
 * inputs, outputs and of what is left as it is are those of the graph.
 * @throws TinymlError E_OP naming everything that the release cannot parse, each with the first release that can
 */
export function writeModel(graph: Graph, platform: Platform, options: WriteOptions = {}): WrittenModel {
  const { release } = platform;
  const { layers = [], ...exportOptions } = options;
  const lowered = lowerGraph(graph, release);
  const weighted = release.integerWeights ? foldWeightCodes(lowered) : lowered;
  const isTyped = typingOf(platform) === 'strong' && platform.precision !== 'fp32';
  const { graph: typed, notes } = isTyped
    ? typedGraph(standardGraph(weighted), layers)
    : { graph: weighted, notes: [] };
  return { bytes: exportModel(typed, exportOptions), notes };
}
