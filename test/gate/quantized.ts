/** Gated graphs in codes, whatever the device has kernels for. */
import type { Sample } from '../../src/data/types.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { TFLITE_INT8 } from '../../src/quantize/scheme.ts';

async function* sequence(frames: readonly Tensor[]): AsyncIterable<Sample> {
  for (const [index, frame] of frames.entries()) {
    yield {
      inputs: [frame.data as Float32Array],
      label: null,
      frame: { index, last: index === frames.length - 1, judged: true },
    };
  }
}

export async function quantizeFromData(graph: Graph, frames: readonly Tensor[]): Promise<Graph> {
  const scheme = { ...TFLITE_INT8, integerOnly: false };
  const quantized = await quantizeGraph(graph, () => sequence(frames), {
    scheme,
    observer: { kind: 'min-max' },
  });
  return quantized.graph;
}
