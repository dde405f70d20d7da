import { float, makeNode, string } from '../graph/build.ts';
import { SILU } from '../graph/own-operators.ts';
import { startEdit } from '../graph/rewrite.ts';
import { sameShape } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { floatAttribute } from '../ops/attributes.ts';
import { type GraphView, quantOf, scalarConstant, shapeOf, viewGraph } from './match.ts';

/** A product of values and one constant factor, read off a tree of Mul, Div and Pow nodes. */
type Product = { readonly constant: number; readonly factors: readonly string[] };

/** An activation that a composition stands for. */
type Activation = { readonly op: string; readonly x: string; readonly attributes: Node['attributes'] };

/**
 * Law: a composition of elementwise operators that is the definition of one activation is that activation:
 * x sigmoid(x) is tinyml::Silu; x tanh(softplus(x)) is Mish; clip(x + 3, 0, 6) / 6 is HardSigmoid, times x HardSwish;
 * x (1 + erf(x / sqrt 2)) / 2 is Gelu, and its tanh approximation too. Constants must agree to float32 rounding, and no value
 * inside may be quantised or read from the outside in another shape.
 */
export function fuseActivation(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'Mul' && node.op !== 'Div') continue;
    const [y = ''] = node.outputs;
    const product = productOf(view, y);
    const activation = RULES.map((rule) => rule(view, product)).find((found) => found !== null) ?? null;
    if (activation === null || !sameShape(shapeOf(view, activation.x), shapeOf(view, y))) continue;
    edit.replace(node, makeNode(activation.op, [activation.x], [y], activation.attributes, node.name));
  }
  return edit.finish();
}

type Rule = (view: GraphView, product: Product) => Activation | null;

/** Deeper trees are no activation; the bound keeps the search linear. */
const MAX_DEPTH = 4;

const RULES: readonly Rule[] = [
  function silu(view, { constant, factors }) {
    if (!isClose(constant, 1)) return null;
    const x = factorBesides(factors, (gate) => unaryInput(view, gate, 'Sigmoid'));
    return x === null ? null : { op: SILU, x, attributes: {} };
  },

  function mish(view, { constant, factors }) {
    if (!isClose(constant, 1)) return null;
    const x = factorBesides(factors, (gate) => {
      const softplus = unaryInput(view, gate, 'Tanh');
      return softplus === null ? null : unaryInput(view, softplus, 'Softplus');
    });
    return x === null ? null : { op: 'Mish', x, attributes: {} };
  },

  function hardSwish(view, { constant, factors }) {
    const x = isClose(constant, 1)
      ? factorBesides(factors, (gate) => hardSigmoidInput(view, gate))
      : isClose(constant, 1 / 6)
        ? factorBesides(factors, (gate) => shiftedRelu6Input(view, gate))
        : null;
    return x === null ? null : { op: 'HardSwish', x, attributes: {} };
  },

  function hardSigmoid(view, { constant, factors: [gate, ...rest] }) {
    if (gate === undefined || rest.length > 0 || !isClose(constant, 1 / 6)) return null;
    const x = shiftedRelu6Input(view, gate);
    return x === null
      ? null
      : { op: 'HardSigmoid', x, attributes: { alpha: float(1 / 6), beta: float(0.5) } };
  },

  function gelu(view, { constant, factors }) {
    if (!isClose(constant, 0.5)) return null;
    const exact = factorBesides(factors, (gate) => {
      const inner = onePlus(view, gate, 'Erf');
      if (inner === null) return null;
      const scaled = productOf(view, inner);
      return scaled.factors.length === 1 && isClose(scaled.constant, Math.SQRT1_2)
        ? scaled.factors[0]!
        : null;
    });
    if (exact !== null) return { op: 'Gelu', x: exact, attributes: {} };
    const approximate = factorBesides(factors, (gate) => {
      const inner = onePlus(view, gate, 'Tanh');
      return inner === null ? null : cubicInput(view, productOf(view, inner));
    });
    return approximate === null
      ? null
      : { op: 'Gelu', x: approximate, attributes: { approximate: string('tanh') } };
  },
];

/** x of sqrt(2 / pi) (x + 0.044715 x^3), the argument of Gelu's tanh. */
function cubicInput(view: GraphView, { constant, factors: [sum, ...rest] }: Product): string | null {
  if (sum === undefined || rest.length > 0 || !isClose(constant, Math.sqrt(2 / Math.PI))) return null;
  const add = innerNode(view, sum, 'Add');
  const [a = '', b = ''] = add?.inputs ?? [];
  const isCube = (x: string, cube: string): boolean => {
    const product = productOf(view, cube);
    return (
      isClose(product.constant, 0.044715) &&
      product.factors.length === 3 &&
      product.factors.every((factor) => factor === x)
    );
  };
  if (add === null) return null;
  return isCube(a, b) ? a : isCube(b, a) ? b : null;
}

/** Of exactly two factors x and g: x, if `inputOf(g)` is x. */
function factorBesides(
  [a, b, ...rest]: readonly string[],
  inputOf: (gate: string) => string | null,
): string | null {
  if (a === undefined || b === undefined || rest.length > 0) return null;
  return inputOf(b) === a ? a : inputOf(a) === b ? b : null;
}

/** The node of the given operator that computes the value, if the value has no grid of its own. */
function innerNode(view: GraphView, name: string, op: string): Node | null {
  const node = view.producers.get(name);
  return node?.op === op && quantOf(view, name) === null ? node : null;
}

function unaryInput(view: GraphView, name: string, op: string): string | null {
  return innerNode(view, name, op)?.inputs[0] ?? null;
}

/** x of x + constant, either way round. */
function sumInput(view: GraphView, name: string, constant: number): string | null {
  const [a = '', b = ''] = innerNode(view, name, 'Add')?.inputs ?? [];
  if (isScalar(view, b, constant)) return a;
  return isScalar(view, a, constant) ? b : null;
}

/** x of 1 + op(x). */
function onePlus(view: GraphView, name: string, op: string): string | null {
  const inner = sumInput(view, name, 1);
  return inner === null ? null : unaryInput(view, inner, op);
}

/** x of clip(x + 3, 0, 6). */
function shiftedRelu6Input(view: GraphView, name: string): string | null {
  const [x = '', min = '', max = ''] = innerNode(view, name, 'Clip')?.inputs ?? [];
  return isScalar(view, min, 0) && isScalar(view, max, 6) ? sumInput(view, x, 3) : null;
}

function hardSigmoidInput(view: GraphView, name: string): string | null {
  const node = innerNode(view, name, 'HardSigmoid');
  const isStandard =
    node !== null &&
    isClose(floatAttribute(node, 'alpha', 0.2), 1 / 6) &&
    isClose(floatAttribute(node, 'beta', 0.5), 0.5);
  return isStandard ? node.inputs[0]! : null;
}

function productOf(view: GraphView, name: string, depth = 0): Product {
  const constant = scalarConstant(view, name);
  if (constant !== null) return { constant, factors: [] };
  const leaf = { constant: 1, factors: [name] };
  const node = view.producers.get(name);
  // The value at the root keeps its grid; one inside is rounded to it, so the product ends there.
  const isInner = depth === 0 || quantOf(view, name) === null;
  if (node === undefined || depth > MAX_DEPTH || !isInner) return leaf;
  const [a = '', b = ''] = node.inputs;
  if (node.op === 'Mul') {
    const [left, right] = [productOf(view, a, depth + 1), productOf(view, b, depth + 1)];
    return {
      constant: left.constant * right.constant,
      factors: [...left.factors, ...right.factors],
    };
  }
  const operand = scalarConstant(view, b);
  if (operand === null) return leaf;
  const base = productOf(view, a, depth + 1);
  if (node.op === 'Div' && operand !== 0) return { ...base, constant: base.constant / operand };
  if (node.op === 'Pow' && (operand === 2 || operand === 3)) {
    return {
      constant: base.constant ** operand,
      factors: Array.from({ length: operand }, () => base.factors).flat(),
    };
  }
  return leaf;
}

function isScalar(view: GraphView, name: string, value: number): boolean {
  const constant = scalarConstant(view, name);
  return constant !== null && isClose(constant, value);
}

/** Equal up to the rounding of a few float32 operations. */
function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-6 * Math.abs(b);
}
