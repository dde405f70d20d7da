import { consumers, outputValues, producers, startEdit } from '../graph/rewrite.ts';
import type { Graph, Node, Quant } from '../graph/types.ts';
import { limitCodes, limitsOf } from './limits.ts';

const CODE_RANGES = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767] } as const;

/**
 * Law: no code changes. A Relu or Clip whose limits are those of the codes it writes is left to the rounding to these
 * codes: what computed its input computes its output. A file without it is the same to every reader; with it, ONNX
 * Runtime 1.30 does not load some files, where the limit and the largest code differ by less than half a code.
 */
export function absorbLimits(graph: Graph): Graph {
  const makers = producers(graph);
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs;
    const [y = ''] = node.outputs;
    const maker = makers.get(x);
    const intermediate =
      readers.get(x)?.length === 1 && !outputs.has(x) && graph.values.get(x)?.quant === null;
    if (maker === undefined || !intermediate || maker.outputs.length !== 1 || edit.isEdited(maker)) continue;
    if (!isImplied(graph, node, graph.values.get(y)?.quant ?? null)) continue;
    edit.replace(maker, { ...maker, outputs: [y] });
    edit.replace(node);
  }
  return edit.finish();
}

function isImplied(graph: Graph, node: Node, quant: Quant | null): boolean {
  const limits = limitsOf(graph, node);
  if (limits === null || quant === null || quant.axis !== null || quant.dtype === 'int32') return false;
  const range = CODE_RANGES[quant.dtype];
  const codes = limitCodes(limits, { scale: quant.scale[0]!, zeroPoint: quant.zeroPoint[0]! }, range);
  return codes.min === range[0] && codes.max === range[1];
}
