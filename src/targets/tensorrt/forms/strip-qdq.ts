/** Graphs with QuantizeLinear and DequantizeLinear nodes without them. */
import { startEdit } from '../../../graph/rewrite.ts';
import { floatTensor } from '../../../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../../../graph/types.ts';
import { operatorOf } from '../../../ops/index.ts';
import { type GraphView, viewGraph } from '../../../passes/match.ts';

/**
 * Law: the same function without its rounding. Integer weights become the numbers that their codes stand for; float weights stay what
 * they are. A Q or DQ at an integer input or output of the model stays.
 */
export function stripQdq(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'DequantizeLinear') continue;
    const [codes = ''] = node.inputs;
    const [real = ''] = node.outputs;
    const producer = view.producers.get(codes);
    if (producer?.op === 'QuantizeLinear') {
      edit.redirect(real, producer.inputs[0]!);
    } else if (graph.constants.has(codes)) {
      edit.redirect(real, edit.addConstant(`${codes}_float`, dequantized(view, node)));
    }
  }
  return edit.finish();
}

function dequantized({ graph }: GraphView, node: Node): Tensor {
  const inputs = node.inputs.map((name) => graph.constants.get(name) ?? null);
  const [tensor] = operatorOf(node).run(node, inputs);
  return floatTensor(tensor!.shape, tensor!.data as Float32Array);
}

/**
 * Largest magnitude that the codes of each activation cover (scale * 127), by the name that the value has without its Q and DQ.
 * What only moves elements or cuts off those below zero has the range of what it reads, or gives the range of what reads it.
 */
export function rangesOf(graph: Graph): ReadonlyMap<string, number> {
  const ranges = new Map<string, number>();
  for (const node of graph.nodes) {
    const [x = '', scale = ''] = node.inputs;
    const tensor = graph.constants.get(scale);
    if (node.op !== 'QuantizeLinear' || graph.constants.has(x) || tensor?.data.length !== 1) continue;
    ranges.set(x, Math.fround(Number(tensor.data[0]) * 127));
  }
  return spreadRanges(stripQdq(graph), ranges);
}

/** A range of the output is one of the input, and the other way round. */
const SAME_RANGE: ReadonlySet<string> = new Set([
  ...['Relu', 'Clip', 'MaxPool', 'Reshape', 'Transpose', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity'],
]);

/** A range of the input is one of the output. */
const NOT_LARGER: ReadonlySet<string> = new Set([
  ...SAME_RANGE,
  ...['AveragePool', 'GlobalAveragePool', 'GlobalMaxPool', 'Slice', 'Resize', 'ReduceMean'],
]);

/** The ranges, and those that follow from them for neighbours that have none. */
function spreadRanges(graph: Graph, given: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const ranges = new Map(given);
  const give = (from: string, to: string): void => {
    const range = ranges.get(from);
    if (range !== undefined && !ranges.has(to) && !graph.constants.has(to)) ranges.set(to, range);
  };
  const { readers } = viewGraph(graph);
  for (const { op, inputs, outputs } of graph.nodes.toReversed()) {
    if (SAME_RANGE.has(op) && readers.get(inputs[0]!)?.length === 1) give(outputs[0]!, inputs[0]!);
  }
  for (const { op, inputs, outputs } of graph.nodes) {
    if (NOT_LARGER.has(op)) give(inputs[0]!, outputs[0]!);
  }
  return ranges;
}
