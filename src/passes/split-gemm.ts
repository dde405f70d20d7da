import { ints, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { floatAttribute, intAttribute } from '../ops/attributes.ts';
import { floatConstant, type GraphView, quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: a Gemm of two activations is their MatMul, scaled; what a Gemm adds that is no constant row is added behind it. Of
 * float graphs: the product gets a scale of its own.
 */
export function splitGemm(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'Gemm' || quantOf(view, node.outputs[0]!) !== null) continue;
    const [, b = '', c = ''] = node.inputs;
    if (!graph.constants.has(b) || !(c === '' || isRow(view, node, c))) split(view, edit, node);
  }
  return edit.finish();
}

/** One number, or one for each output feature. */
function isRow(view: GraphView, node: Node, name: string): boolean {
  const constant = view.graph.constants.get(name);
  const features = shapeOf(view, node.outputs[0]!)[1]!;
  const count = constant?.data.length;
  return count === 1 || (count === features && (constant!.shape.at(-1) ?? 1) === features);
}

function split(view: GraphView, edit: Edit, node: Node): void {
  const [a = '', b = '', c = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const [alpha, beta] = [floatAttribute(node, 'alpha', 1), floatAttribute(node, 'beta', 1)];
  const nodes: Node[] = [];
  const append = (op: string, inputs: readonly string[], shape: readonly number[], attributes = {}) => {
    const value = edit.addValue(`${y}_${op}`, { dtype: 'float32', shape, quant: null });
    nodes.push(makeNode(op, inputs, [value], attributes));
    return value;
  };
  const turned = (name: string, attribute: string): string => {
    if (intAttribute(node, attribute, 0) === 0) return name;
    return append('Transpose', [name], [...shapeOf(view, name)].reverse(), { perm: ints([1, 0]) });
  };
  const scaled = (name: string, factor: number, shape: readonly number[]): string => {
    if (factor === 1) return name;
    const constant = floatConstant(view, name);
    if (constant !== null) {
      const values = Float64Array.from(constant.data as Float32Array, (value) => value * factor);
      return edit.addConstant(name, floatTensor(constant.shape, values));
    }
    return append('Mul', [name, edit.addConstant(`${y}_factor`, floatTensor([], [factor]))], shape);
  };
  const whole = shapeOf(view, y);
  const multiplied = view.graph.constants.has(b)
    ? append('Gemm', [a, b], whole, node.attributes)
    : scaled(append('MatMul', [turned(a, 'transA'), turned(b, 'transB')], whole), alpha, whole);
  if (c !== '') append('Add', [multiplied, scaled(c, beta, shapeOf(view, c))], whole);
  const last = nodes.pop()!;
  edit.replace(node, ...nodes, { ...last, name: node.name, outputs: [y] });
}
