import { int, ints, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { elementCount, int64Tensor, sameShape } from '../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { type Equation, equationOf } from '../ops/einsum.ts';
import { operators } from '../ops/index.ts';
import { quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: sums of products over labelled axes are products of matrices. Two operands at a time: labels that both have and that are
 * wanted later count the matrices, those that are not wanted are multiplied over, the others are rows and columns. Of
 * float graphs, without diagonals and without axes of one element that stand for more.
 */
export function einsumToMatmul(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'Einsum' || quantOf(view, node.outputs[0]!) !== null) continue;
    const shapes = node.inputs.map((name) => shapeOf(view, name));
    const equation = equationOf(node, shapes);
    if (isPlain(equation, shapes)) rewrite(edit, graph, node, equation);
  }
  return edit.finish();
}

function isPlain({ operands, sizes }: Equation, shapes: readonly (readonly number[])[]): boolean {
  return operands.every((labels, i) =>
    labels.every((label, axis) => labels.indexOf(label) === axis && sizes.get(label) === shapes[i]![axis]),
  );
}

const MOVERS: ReadonlySet<string> = new Set(['Reshape', 'Transpose']);

/** A value on the way, and the labels of its axes. */
type Labelled = { readonly value: string; readonly labels: readonly string[] };

/** Constants are turned and shaped here. */
function rewrite(edit: Edit, graph: Graph, node: Node, { operands, result, sizes }: Equation): void {
  const nodes: Node[] = [];
  const constants = new Map(graph.constants);
  const moved = (tensor: Tensor, mover: Node): string => {
    const given = [tensor, ...mover.inputs.slice(1).map((name) => constants.get(name)!)];
    const [made] = operators.get(mover.op)!.run(mover, given) as [Tensor];
    const name = edit.addConstant(mover.inputs[0]!, made);
    constants.set(name, made);
    return name;
  };
  const number = (name: string, values: readonly number[]): string => {
    const made = edit.addConstant(name, int64Tensor(values));
    constants.set(made, int64Tensor(values));
    return made;
  };
  const sizeOf = (labels: readonly string[]): readonly number[] => labels.map((label) => sizes.get(label)!);
  const append = (
    op: string,
    inputs: readonly string[],
    shape: readonly number[],
    attributes: Node['attributes'] = {},
  ): string => {
    const tensor = constants.get(inputs[0]!);
    if (tensor !== undefined && MOVERS.has(op)) return moved(tensor, makeNode(op, inputs, [''], attributes));
    const value = edit.addValue(`${node.outputs[0]}_${op}`, { dtype: 'float32', shape, quant: null });
    nodes.push(makeNode(op, inputs, [value], attributes));
    return value;
  };
  const summed = ({ value, labels }: Labelled, wanted: readonly string[]): Labelled => {
    const kept = labels.filter((label) => wanted.includes(label));
    if (kept.length === labels.length) return { value, labels };
    const axes = labels.flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
    const list = edit.addConstant(`${value}_axes`, int64Tensor(axes));
    return { value: append('ReduceSum', [value, list], sizeOf(kept), { keepdims: int(0) }), labels: kept };
  };
  const turned = ({ value, labels }: Labelled, order: readonly string[]): Labelled => {
    if (order.join() === labels.join()) return { value, labels };
    const perm = order.map((label) => labels.indexOf(label));
    return { value: append('Transpose', [value], sizeOf(order), { perm: ints(perm) }), labels: order };
  };
  const shaped = (value: string, from: readonly number[], to: readonly number[]): string =>
    sameShape(from, to) ? value : append('Reshape', [value, number(`${value}_shape`, to)], to);
  const product = (a: Labelled, b: Labelled, wanted: readonly string[]): Labelled => {
    const [left, right] = [summed(a, [...b.labels, ...wanted]), summed(b, [...a.labels, ...wanted])] as const;
    const shared = left.labels.filter((label) => right.labels.includes(label));
    const matrices = shared.filter((label) => wanted.includes(label));
    const depth = shared.filter((label) => !wanted.includes(label));
    const rows = left.labels.filter((label) => !shared.includes(label));
    const columns = right.labels.filter((label) => !shared.includes(label));
    const [m, d, r, c] = [matrices, depth, rows, columns].map((labels) => elementCount(sizeOf(labels))) as [
      number,
      number,
      number,
      number,
    ];
    const first = turned(left, [...matrices, ...rows, ...depth]);
    const second = turned(right, [...matrices, ...depth, ...columns]);
    const multiplied = append(
      'MatMul',
      [
        shaped(first.value, sizeOf(first.labels), [m, r, d]),
        shaped(second.value, sizeOf(second.labels), [m, d, c]),
      ],
      [m, r, c],
    );
    const labels = [...matrices, ...rows, ...columns];
    return { value: shaped(multiplied, [m, r, c], sizeOf(labels)), labels };
  };
  const given = operands.map((labels, i): Labelled => ({ value: node.inputs[i]!, labels }));
  const whole = given.reduce((made, next, i) =>
    product(made, next, [...result, ...operands.slice(i + 1).flat()]),
  );
  const last = turned(summed(whole, result), result);
  if (nodes.length === 0) nodes.push(makeNode('Identity', [last.value], ['']));
  const end = nodes.pop()!;
  edit.replace(node, ...nodes, { ...end, name: node.name, outputs: node.outputs });
}
