import { int, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';

/**
 * Law: QLinearConv and QLinearMatMul are a Conv and a MatMul of what their operands stand for, rounded to the codes of
 * the output (ONNX operator specification): QOperator becomes QDQ.
 */
export function expandQLinear(graph: Graph): Graph {
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op === 'QLinearConv') edit.replace(node, ...expandConv(graph, edit, node));
    else if (node.op === 'QLinearMatMul') edit.replace(node, ...expandMatMul(graph, edit, node));
  }
  return edit.finish();
}

function expandConv(graph: Graph, edit: Edit, node: Node): readonly Node[] {
  const [x = '', xScale = '', xZero = '', w = '', wScale = '', wZero = '', , , bias = ''] = node.inputs;
  const real = [
    realOf(graph, edit, node, [x, xScale, xZero], 1),
    realOf(graph, edit, node, [w, wScale, wZero], 0),
  ];
  const scales = [xScale, wScale].map((name) => graph.constants.get(name)?.data);
  const [input, weights] = scales;
  if (bias !== '' && input && weights) {
    const products = Float32Array.from(weights as Float32Array, (scale) => Number(input[0]) * scale);
    const scale = edit.addConstant(
      `${bias}_scale`,
      floatTensor(products.length === 1 ? [] : [products.length], products),
    );
    real.push(realOf(graph, edit, node, [bias, scale], 0));
  } else if (bias !== '') return [node]; // refused where integers are absorbed
  return rounded(graph, edit, node, 'Conv', real);
}

function expandMatMul(graph: Graph, edit: Edit, node: Node): readonly Node[] {
  const [a = '', aScale = '', aZero = '', b = '', bScale = '', bZero = ''] = node.inputs;
  const last = (name: string): number => graph.values.get(name)!.shape.length - 1;
  const left = realOf(graph, edit, node, [a, aScale, aZero], Math.max(last(a) - 1, 0));
  const right = realOf(graph, edit, node, [b, bScale, bZero], Math.max(last(b), 0));
  return rounded(graph, edit, node, 'MatMul', [left, right]);
}

/** A DequantizeLinear of an operand. */
function realOf(graph: Graph, edit: Edit, node: Node, operand: readonly string[], axis: number): Node {
  const [integers = ''] = operand;
  const { shape } = graph.values.get(integers)!;
  const name = edit.addValue(`${integers}_real`, { dtype: 'float32', shape, quant: null });
  return makeNode('DequantizeLinear', operand, [name], { axis: int(axis) }, `${node.name}_${name}`);
}

/** The operation on real numbers, and a QuantizeLinear of what it gives. */
function rounded(graph: Graph, edit: Edit, node: Node, op: string, real: readonly Node[]): readonly Node[] {
  const [y = ''] = node.outputs;
  const [scale = '', zero = ''] = node.inputs.slice(6, 8);
  const { shape } = graph.values.get(y)!;
  const result = edit.addValue(`${y}_real`, { dtype: 'float32', shape, quant: null });
  const operands = real.map(({ outputs }) => outputs[0]!);
  return [
    ...real,
    makeNode(op, operands, [result], node.attributes, node.name),
    makeNode('QuantizeLinear', [result, scale, zero], [y], {}, `${node.name}_QuantizeLinear`),
  ];
}
