/** ONNX files in the forms that the parser of a release takes. */
import { producers, startEdit } from '../../graph/rewrite.ts';
import type { Graph } from '../../graph/types.ts';
import { exportModel } from '../../onnx/export.ts';
import { toolVersion } from '../../package-root.ts';
import { lowerGraph } from './forms/lower.ts';
import { runnableForm } from './quantise/index.ts';
import type { Platform } from './release/platform.ts';

type Written = {
  readonly bytes: Uint8Array;
  /** What of it is worth knowing. */
  readonly notes: readonly string[];
};

/** @throws TinymlError E_OP listing what the release does not parse in any form */
export function writeModel(graph: Graph, { release }: Platform): Written {
  return {
    bytes: exportModel(lowerGraph(graph, release), { producerVersion: toolVersion() }),
    notes: [],
  };
}

/** Law: what the graph computes but for the rounding of its Q and DQ. Weights keep theirs: what they were before is not known. */
export function stripQdq(quantized: Graph): Graph {
  const graph = runnableForm(quantized);
  const makers = producers(graph);
  const edit = startEdit(graph);
  for (const { op, inputs, outputs } of graph.nodes) {
    const source = makers.get(inputs[0] ?? '');
    if (op !== 'DequantizeLinear' || source?.op !== 'QuantizeLinear') continue;
    edit.redirect(outputs[0]!, source.inputs[0]!);
  }
  return edit.finish();
}
