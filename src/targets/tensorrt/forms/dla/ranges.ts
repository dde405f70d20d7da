/** Ranges of tensors for a calibration cache. */
import type { Graph } from '../../../../graph/types.ts';
import { viewGraph } from '../../../../passes/match.ts';

/** A range of the output is one of the input, and the other way round. */
const SAME_RANGE: ReadonlySet<string> = new Set([
  ...['Relu', 'Clip', 'MaxPool', 'Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity'],
]);

/** A range of the input is one of the output. */
const NOT_LARGER: ReadonlySet<string> = new Set([
  ...SAME_RANGE,
  ...['AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Slice', 'Resize', 'ReduceMean'],
]);

/**
 * The ranges, and those that follow from them for neighbours that have none: what only moves elements or cuts some off has the range of
 * what it reads, and what it alone reads may have its own. A DLA computes nothing in int8 that has a tensor without one.
 * @param given largest magnitude of each tensor, by name
 */
export function completeRanges(
  graph: Graph,
  given: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const ranges = new Map(given);
  const { readers, outputs } = viewGraph(graph);
  const give = (from: string, to: string): void => {
    const range = ranges.get(from);
    if (range !== undefined && !ranges.has(to) && !graph.constants.has(to)) ranges.set(to, range);
  };
  for (const node of graph.nodes.toReversed()) {
    const [x = ''] = node.inputs;
    const alone = readers.get(x)?.length === 1 && !outputs.has(x);
    if (SAME_RANGE.has(node.op) && alone) give(node.outputs[0]!, x);
  }
  for (const {
    op,
    inputs,
    outputs: [y = ''],
  } of graph.nodes)
    if (NOT_LARGER.has(op)) give(inputs[0]!, y);
  return ranges;
}
