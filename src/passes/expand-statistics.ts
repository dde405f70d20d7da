import { int, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { floatTensor, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { floatAttribute, intAttribute } from '../ops/attributes.ts';
import { type GraphView, hasExtraOutput, quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: the statistics that a LayerNormalization gives beside its output are a mean, and the reciprocal of a standard deviation,
 * computed of the same input. Of float graphs.
 */
export function expandStatistics(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'LayerNormalization' || !hasExtraOutput(view, node)) continue;
    if (node.outputs.every((name) => name === '' || quantOf(view, name) === null)) expand(view, edit, node);
  }
  return edit.finish();
}

function expand(view: GraphView, edit: Edit, node: Node): void {
  const [x = ''] = node.inputs;
  const [y = '', mean = '', deviation = ''] = node.outputs;
  const shape = shapeOf(view, x);
  const attribute = intAttribute(node, 'axis', -1);
  const first = attribute < 0 ? attribute + shape.length : attribute;
  const statistic = shape.map((size, axis) => (axis < first ? size : 1));
  const value = (what: string, own: readonly number[]): string =>
    edit.addValue(`${y}_${what}`, { dtype: 'float32', shape: own, quant: null });
  const axes = edit.addConstant(
    `${y}_axes`,
    int64Tensor(Array.from({ length: shape.length - first }, (_, i) => first + i)),
  );
  const reduced = (from: string, to: string): Node =>
    makeNode('ReduceMean', [from, axes], [to], { keepdims: int(1) });
  const centre = mean === '' ? value('mean', statistic) : mean;
  const nodes = [{ ...node, outputs: [y] }, reduced(x, centre)];
  if (deviation !== '') {
    const epsilon = edit.addConstant(
      `${y}_epsilon`,
      floatTensor([], [floatAttribute(node, 'epsilon', 1e-5)]),
    );
    const [less, squares] = [value('less', shape), value('squares', shape)];
    const [variance, moved, root] = [
      value('variance', statistic),
      value('moved', statistic),
      value('root', statistic),
    ];
    nodes.push(
      makeNode('Sub', [x, centre], [less]),
      makeNode('Mul', [less, less], [squares]),
      reduced(squares, variance),
      makeNode('Add', [variance, epsilon], [moved]),
      makeNode('Sqrt', [moved], [root]),
      makeNode('Reciprocal', [root], [deviation]),
    );
  }
  edit.replace(node, ...nodes);
}
