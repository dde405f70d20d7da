import { int, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { int64Tensor, sameShape } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute } from '../ops/attributes.ts';
import { type GraphView, intConstant, quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: the logarithm of a sum is a sum and a logarithm, and that of a sum of powers is one of differences from the largest
 * exponent, which is added again; a product of few is one of pairs. Of float graphs: what stands between gets a scale of its own.
 */
export function expandReductions(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (quantOf(view, node.outputs[0] ?? '') !== null) continue;
    if (node.op === 'ReduceLogSum') logOfSum(view, edit, node);
    else if (node.op === 'ReduceLogSumExp') logOfPowers(view, edit, node);
    else if (node.op === 'ReduceProd') productOfPairs(view, edit, node);
  }
  return edit.finish();
}

function logOfSum(view: GraphView, edit: Edit, node: Node): void {
  const [y = ''] = node.outputs;
  const sum = edit.addValue(`${y}_sum`, { dtype: 'float32', shape: shapeOf(view, y), quant: null });
  edit.replace(
    node,
    makeNode('ReduceSum', node.inputs, [sum], node.attributes),
    makeNode('Log', [sum], [y], {}, node.name),
  );
}

function logOfPowers(view: GraphView, edit: Edit, node: Node): void {
  const [x = '', axesName = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const shape = shapeOf(view, x);
  const gone = reducedAxes(view, node);
  if (gone === null) return;
  const kept = shape.map((size, axis) => (gone.has(axis) ? 1 : size));
  const value = (what: string, own: readonly number[]): string =>
    edit.addValue(`${y}_${what}`, { dtype: 'float32', shape: own, quant: null });
  const [most, less, powers] = [value('most', kept), value('less', shape), value('powers', shape)];
  const [sum, log] = [value('sum', kept), value('log', kept)];
  const sameShaped = sameShape(kept, shapeOf(view, y));
  const total = sameShaped ? y : value('total', kept);
  const axes = axesName === '' ? [] : [axesName];
  const keeps = { keepdims: int(1) };
  const reshape = (): Node => {
    const target = edit.addConstant(`${y}_shape`, int64Tensor(shapeOf(view, y)));
    return makeNode('Reshape', [total, target], [y]);
  };
  edit.replace(
    node,
    makeNode('ReduceMax', [x, ...axes], [most], keeps),
    makeNode('Sub', [x, most], [less]),
    makeNode('Exp', [less], [powers]),
    makeNode('ReduceSum', [powers, ...axes], [sum], keeps),
    makeNode('Log', [sum], [log]),
    makeNode('Add', [most, log], [total], {}, node.name),
    ...(sameShaped ? [] : [reshape()]),
  );
}

/** The axes that go; null where they are not constant, or none. */
function reducedAxes(view: GraphView, node: Node): ReadonlySet<number> | null {
  const [x = '', axesName = ''] = node.inputs;
  const rank = shapeOf(view, x).length;
  const stated = axesName === '' ? [] : intConstant(view, axesName);
  if (stated === null) return null;
  if (stated.length > 0) return new Set(stated.map((axis) => (axis < 0 ? axis + rank : axis)));
  return intAttribute(node, 'noop_with_empty_axes', 0) === 0 ? new Set(Array(rank).keys()) : null;
}

/** A product of more than these is left to a kernel that multiplies all of them. */
const MOST_FACTORS = 32;

function productOfPairs(view: GraphView, edit: Edit, node: Node): void {
  const [x = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const shape = shapeOf(view, x);
  const gone = reducedAxes(view, node);
  const sizes = shape.filter((size, axis) => gone?.has(axis) && size !== 1);
  const isReal = view.graph.values.get(y)!.dtype === 'float32';
  if (!isReal || view.graph.constants.has(x) || gone === null || sizes.length === 0) return;
  if (sizes.includes(0) || sizes.reduce((product, size) => product * size, 1) > MOST_FACTORS) return;
  const nodes: Node[] = [];
  const append = (op: string, inputs: readonly string[], own: readonly number[]): string => {
    const value = edit.addValue(`${y}_${op}`, { dtype: 'float32', shape: own, quant: null });
    nodes.push(makeNode(op, inputs, [value]));
    return value;
  };
  const number = (value: number): string => edit.addConstant(`${y}_bound`, int64Tensor([value]));
  let [product, own] = [x, shape];
  for (const axis of gone) {
    const size = own[axis]!;
    own = own.with(axis, 1);
    let factors = Array.from({ length: size }, (_, i) =>
      size === 1 ? product : append('Slice', [product, number(i), number(i + 1), number(axis)], own),
    );
    while (factors.length > 1) {
      const last = factors.length % 2 === 1 ? factors.slice(-1) : [];
      const pairs = Array.from({ length: Math.floor(factors.length / 2) }, (_, i) =>
        append('Mul', factors.slice(2 * i, 2 * i + 2), own),
      );
      factors = [...pairs, ...last];
    }
    product = factors[0]!;
  }
  const shaped = shapeOf(view, y);
  if (!sameShape(own, shaped))
    append('Reshape', [product, edit.addConstant(`${y}_shape`, int64Tensor(shaped))], shaped);
  const end = nodes.pop()!;
  edit.replace(node, ...nodes, { ...end, name: node.name, outputs: [y] });
}
