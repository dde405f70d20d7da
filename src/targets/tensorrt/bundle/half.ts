/** What rounding to FP16 does to a graph: its error is what tolerances are made of. */
import { makeNode } from '../../../graph/build.ts';
import { startEdit } from '../../../graph/rewrite.ts';
import { floatTensor } from '../../../graph/tensor.ts';
import type { Graph, Node } from '../../../graph/types.ts';

/** 2^13 + 1: what is left of a product with it and two subtractions are the upper 11 of 24 bits (Veltkamp's split). */
const SPLITTER = 8193;

/** Operators whose float constants are weights. */
const WEIGHTED: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Mul']);

/**
 * The graph with every float value that a node computes, and every weight, rounded to the 11 bits of FP16 (and of TF32), as if ranges had no
 * end: what an engine may do wherever it does not compute in int8. Codes and scales stay.
 */
export function roundedToHalf(graph: Graph): Graph {
  const edit = startEdit(graph);
  const splitter = edit.addConstant('splitter', floatTensor([], [SPLITTER]));
  for (const node of graph.nodes) {
    const weighted = WEIGHTED.has(node.op);
    if (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear') continue;
    const inputs = node.inputs.map((input) => {
      const tensor = weighted ? graph.constants.get(input) : undefined;
      if (!(tensor?.data instanceof Float32Array) || tensor.dtype !== 'float32') return input;
      return edit.addConstant(`${input}/half`, { ...tensor, data: tensor.data.map(toHalf) });
    });
    const rounding: Node[] = [];
    const outputs = node.outputs.map((output) => {
      const value = graph.values.get(output);
      if (value?.dtype !== 'float32') return output;
      const { name: _, ...rest } = value;
      const add = (part: string): string => edit.addValue(`${output}/${part}`, rest);
      const [exact, product, lower] = [add('exact'), add('product'), add('lower')];
      rounding.push(
        makeNode('Mul', [exact, splitter], [product]),
        makeNode('Sub', [product, exact], [lower]),
        makeNode('Sub', [product, lower], [output], {}, `${output}/half`),
      );
      return exact;
    });
    edit.replace(node, { ...node, inputs, outputs }, ...rounding);
  }
  return edit.finish();
}

function toHalf(value: number): number {
  const product = Math.fround(value * SPLITTER);
  return Math.fround(product - Math.fround(product - value));
}
