import { float, int, ints, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { elementCount, floatTensor, sameShape } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import {
  floatConstant,
  type GraphView,
  intConstant,
  isIntermediate,
  quantOf,
  scalarConstant,
  shapeOf,
  viewGraph,
} from './match.ts';

/** What is normalised, and how; the node whose output it is. */
type Match = {
  readonly node: Node;
  readonly x: string;
  readonly centred: boolean;
  /** In order; the least is not negative. */
  readonly axes: readonly number[];
  readonly epsilon: number;
};

/**
 * Law: (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon), times a constant and plus one that vary along the same axes, is
 * LayerNormalization of x; x / sqrt(mean(x^2) + epsilon), times such a constant, is RMSNormalization. Where the axes are not
 * the last, it stands between two Transposes. No value inside may be quantised.
 */
export function fuseNormalisation(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const match = matchOf(view, node);
    if (match !== null) rewrite(view, edit, match);
  }
  return edit.finish();
}

function matchOf(view: GraphView, node: Node): Match | null {
  const [a = '', b = ''] = node.inputs;
  if (node.op === 'Div') return divided(view, node, a, rootInput(view, b));
  if (node.op !== 'Mul') return null;
  return (
    divided(view, node, a, reciprocalRootInput(view, b)) ??
    divided(view, node, b, reciprocalRootInput(view, a))
  );
}

/** d / sqrt(mean(d^2) + epsilon), where d is x or x - mean(x). */
function divided(view: GraphView, node: Node, d: string, underRoot: string | null): Match | null {
  if (underRoot === null) return null;
  const sum = inner(view, underRoot, 'Add');
  const [p = '', q = ''] = sum?.inputs ?? [];
  const [variance, epsilon] =
    scalarConstant(view, q) === null ? [q, scalarConstant(view, p)] : [p, scalarConstant(view, q)];
  if (epsilon === null || !(epsilon >= 0)) return null;
  const mean = meanOf(view, variance);
  const squared = mean === null ? null : squareInput(view, mean.x);
  if (mean === null || squared === null) return null;
  const { axes } = mean;
  const [own, other] = [centred(view, d, axes), centred(view, squared, axes)];
  if (own !== null && (squared === d || other === own)) return { node, x: own, centred: true, axes, epsilon };
  return squared === d ? { node, x: d, centred: false, axes, epsilon } : null;
}

/** x of x - mean(x) over the axes. */
function centred(view: GraphView, name: string, axes: readonly number[]): string | null {
  const [x = '', m = ''] = inner(view, name, 'Sub')?.inputs ?? [];
  const mean = meanOf(view, m);
  return mean !== null && mean.x === x && sameShape(mean.axes, axes) ? x : null;
}

/** A mean that keeps its axes. */
function meanOf(
  view: GraphView,
  name: string,
): { readonly x: string; readonly axes: readonly number[] } | null {
  const node = inner(view, name, 'ReduceMean');
  if (node === null || intAttribute(node, 'keepdims', 1) === 0) return null;
  const [x = ''] = node.inputs;
  const rank = shapeOf(view, x).length;
  const given = node.inputs[1] ? intConstant(view, node.inputs[1]) : intsAttribute(node, 'axes', []);
  if (given === null || given.length === 0) return null;
  return { x, axes: given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((p, q) => p - q) };
}

/** x of x^2, as a power or a product. */
function squareInput(view: GraphView, name: string): string | null {
  const power = inner(view, name, 'Pow');
  if (power !== null) return scalarConstant(view, power.inputs[1] ?? '') === 2 ? power.inputs[0]! : null;
  const [a = '', b = ''] = inner(view, name, 'Mul')?.inputs ?? [];
  return a !== '' && a === b ? a : null;
}

function rootInput(view: GraphView, name: string): string | null {
  const power = inner(view, name, 'Pow');
  if (power !== null) return scalarConstant(view, power.inputs[1] ?? '') === 0.5 ? power.inputs[0]! : null;
  return inner(view, name, 'Sqrt')?.inputs[0] ?? null;
}

function reciprocalRootInput(view: GraphView, name: string): string | null {
  const power = inner(view, name, 'Pow');
  if (power !== null) return scalarConstant(view, power.inputs[1] ?? '') === -0.5 ? power.inputs[0]! : null;
  const [one = '', root = ''] = inner(view, name, 'Div')?.inputs ?? [];
  if (scalarConstant(view, one) === 1) return rootInput(view, root);
  return rootInput(view, inner(view, name, 'Reciprocal')?.inputs[0] ?? '');
}

/** The node of the operator that computes the value, if it has no grid of its own. */
function inner(view: GraphView, name: string, op: string): Node | null {
  const node = view.producers.get(name);
  return node?.op === op && quantOf(view, name) === null ? node : null;
}

function rewrite(view: GraphView, edit: Edit, { node, x, centred: isCentred, axes, epsilon }: Match): void {
  const shape = shapeOf(view, x);
  if (shape.includes(0) || !sameShape(shape, shapeOf(view, node.outputs[0]!))) return;
  let [y = ''] = node.outputs;
  let last = node;
  const parameters: string[] = [];
  for (const op of isCentred ? ['Mul', 'Add'] : ['Mul']) {
    const [reader] = view.readers.get(y) ?? [];
    const constant =
      reader?.op === op && isIntermediate(view, y) ? alongAxes(view, edit, reader, y, shape, axes) : null;
    if (constant === null) {
      if (op === 'Mul')
        parameters.push(edit.addConstant(`${y}_scale`, ones(axes.map((axis) => shape[axis]!))));
      continue;
    }
    parameters.push(constant);
    edit.replace(last);
    last = reader!;
    [y = ''] = reader!.outputs;
  }
  const op = isCentred ? 'LayerNormalization' : 'RMSNormalization';
  const others = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const attributes = { axis: int(others.length), epsilon: float(epsilon) };
  const normalise = (from: string, to: string): Node =>
    makeNode(op, [from, ...parameters], [to], attributes, node.name);
  const order = [...others, ...axes];
  if (order.every((axis, i) => axis === i)) {
    edit.replace(last, normalise(x, y));
    return;
  }
  const turned = order.map((axis) => shape[axis]!);
  const into = edit.addValue(`${x}_turned`, { dtype: 'float32', shape: turned, quant: quantOf(view, x) });
  const out = edit.addValue(`${y}_turned`, { dtype: 'float32', shape: turned, quant: quantOf(view, y) });
  edit.replace(
    last,
    makeNode('Transpose', [x], [into], { perm: ints(order) }),
    normalise(into, out),
    makeNode('Transpose', [out], [y], { perm: ints(shape.map((_, axis) => order.indexOf(axis))) }),
  );
}

function ones(shape: readonly number[]) {
  return floatTensor(shape, new Float32Array(elementCount(shape)).fill(1));
}

/** The constant operand beside `y`, reduced to the axes that are normalised; null if it varies along others. */
function alongAxes(
  view: GraphView,
  edit: Edit,
  reader: Node,
  y: string,
  shape: readonly number[],
  axes: readonly number[],
): string | null {
  const name = reader.inputs[0] === y ? reader.inputs[1]! : reader.inputs[0]!;
  const tensor = floatConstant(view, name);
  if (tensor === null || tensor.shape.length > shape.length) return null;
  const sizes = [...new Array<number>(shape.length - tensor.shape.length).fill(1), ...tensor.shape];
  const varies = sizes.some((size, axis) => size !== 1 && !axes.includes(axis));
  if (varies) return null;
  return edit.addConstant(name, { ...tensor, shape: axes.map((axis) => sizes[axis]!) });
}
