/** What rounding to FP16 does to a graph: its error is what tolerances are made of. */
import { makeNode } from '../../../graph/build.ts';
import { startEdit } from '../../../graph/rewrite.ts';
import { floatTensor } from '../../../graph/tensor.ts';
import type { Graph, Node, Value } from '../../../graph/types.ts';
import { roundToHalf } from '../../../numbers/half.ts';

/** 2^13 + 1: what is left of a product with it and two subtractions are the upper 11 of 24 bits (Veltkamp's split). */
const SPLITTER = 8193;

/**
 * What float32 adds exactly to a number of 11 bits, unless it is below the normal numbers of FP16: sums around 3/4 are multiples of 2^-24, as
 * those numbers are.
 */
const STEP_SETTER = 0.75;

/** Operators whose float constants are weights. */
const WEIGHTED: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Mul']);

/**
 * The graph with every float value that a node computes, and every weight, rounded to FP16, as if it had no largest number: what an engine
 * may do wherever it does not compute in int8. Codes and scales stay.
 * @param skew what values are multiplied by first: other sums than ours lead to other roundings
 */
export function roundedToHalf(graph: Graph, skew = 1): Graph {
  const edit = startEdit(graph);
  const splitter = edit.addConstant('splitter', floatTensor([], [SPLITTER]));
  const setter = edit.addConstant('setter', floatTensor([], [STEP_SETTER]));
  const factor = edit.addConstant('skew', floatTensor([], [skew]));
  /** Nodes that make `output` of `exact`. */
  const rounding = (exact: string, output: string, like: Omit<Value, 'name'>): readonly Node[] => {
    const skewed = edit.addValue(`${output}/skewed`, like);
    const product = edit.addValue(`${output}/product`, like);
    const lower = edit.addValue(`${output}/lower`, like);
    const short = edit.addValue(`${output}/short`, like);
    const set = edit.addValue(`${output}/set`, like);
    return [
      makeNode('Mul', [exact, factor], [skewed]),
      makeNode('Mul', [skewed, splitter], [product]),
      makeNode('Sub', [product, skewed], [lower]),
      makeNode('Sub', [product, lower], [short]),
      makeNode('Add', [short, setter], [set]),
      makeNode('Sub', [set, setter], [output], {}, `${output}/half`),
    ];
  };
  for (const node of graph.nodes) {
    if (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear') continue;
    const inputs = node.inputs.map((input) => {
      const tensor = WEIGHTED.has(node.op) ? graph.constants.get(input) : undefined;
      if (!(tensor?.data instanceof Float32Array)) return input;
      return edit.addConstant(`${input}/half`, { ...tensor, data: tensor.data.map(roundToHalf) });
    });
    const parts = node.outputs.map((output) => {
      const value = graph.values.get(output);
      if (value?.dtype !== 'float32') return { output, nodes: [] };
      const { name: _, ...like } = value;
      const exact = edit.addValue(`${output}/exact`, like);
      return { output: exact, nodes: rounding(exact, output, like) };
    });
    edit.replace(
      node,
      { ...node, inputs, outputs: parts.map(({ output }) => output) },
      ...parts.flatMap(({ nodes }) => nodes),
    );
  }
  return edit.finish();
}
