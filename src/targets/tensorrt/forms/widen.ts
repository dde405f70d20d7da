/** Convolutions and pools over one axis as such over two. */
import { int, ints, makeNode } from '../../../graph/build.ts';
import { type Edit, startEdit } from '../../../graph/rewrite.ts';
import { int64Tensor } from '../../../graph/tensor.ts';
import type { Attribute, Graph, Node, Value } from '../../../graph/types.ts';
import { intAttribute, intsAttribute } from '../../../ops/attributes.ts';
import { type GraphView, intConstant, viewGraph } from '../../../passes/match.ts';

const WINDOWS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool']);
const GLOBAL_POOLS: ReadonlySet<string> = new Set(['GlobalAveragePool', 'GlobalMaxPool']);

/** Element by element: operands broadcast, the others are scalars or vectors of channels. */
const POINTWISE: ReadonlySet<string> = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Sum', 'Mean', 'Pow', 'PRelu'],
  ...['Relu', 'Clip', 'LeakyRelu', 'ThresholdedRelu', 'Elu', 'Celu', 'Selu', 'Sigmoid', 'HardSigmoid'],
  ...['HardSwish', 'Swish', 'Mish', 'Gelu', 'Softplus', 'Softsign', 'Tanh', 'Erf', 'Exp', 'Log', 'Sqrt'],
  ...['Abs', 'Neg', 'Identity', 'tinyml::Silu'],
]);

/** Read with their first input alone widened. */
const FIRST_INPUT: ReadonlySet<string> = new Set([
  'BatchNormalization',
  'QuantizeLinear',
  'DequantizeLinear',
]);

/**
 * Law: a tensor [n, c, l] computes as [n, c, l, 1]. Everything from the first window over one axis to the last, with what lies
 * between and works along with it, is written over two; Reshapes stand where it begins and ends, never between weights
 * and their Q and DQ.
 */
export function widenOneAxis(graph: Graph): Graph {
  const view = viewGraph(graph);
  const rankOf = (name: string): number => graph.values.get(name)?.shape.length ?? 0;
  const isWindow = (node: Node) =>
    (WINDOWS.has(node.op) || GLOBAL_POOLS.has(node.op)) &&
    rankOf(node.inputs[0]!) === 3 &&
    (node.outputs[1] ?? '') === '';
  if (!graph.nodes.some(isWindow)) return graph;

  const edit = startEdit(graph);
  const wide = startWidening(view, edit);
  for (const node of graph.nodes) {
    if (isWindow(node)) wide.write(node, windowForm(node), 2);
    else if (!node.inputs.some(wide.has)) wide.keep(node);
    else writeAlong(view, edit, wide, node);
  }
  return edit.finish();
}

type Widening = {
  /** Whether the value is there over two axes. */
  readonly has: (name: string) => boolean;
  /** The name of a value over two axes: a Reshape of it where it is not there yet. */
  readonly of: (name: string) => string;
  /** The node over two axes: its first `operands` inputs widened, the rest as they are or as given. */
  readonly write: (
    node: Node,
    attributes: Node['attributes'],
    operands: number,
    rest?: readonly string[],
  ) => void;
  /** The node with inputs of its own, its outputs as they were. */
  readonly end: (node: Node, replacement: () => Node) => void;
  /** The node as it is. */
  readonly keep: (node: Node) => void;
};

function startWidening(view: GraphView, edit: Edit): Widening {
  const { graph } = view;
  const widened = new Map<string, string>();
  /** Values of nodes that are written over two axes only, until something needs them over one. */
  const missing = new Set<string>();
  let nodes: Node[] = [];

  const valueNamed = (name: string): Value => graph.values.get(name)!;
  const wideShape = (name: string): readonly number[] => [...valueNamed(name).shape, 1];
  const addWide = (name: string): string => {
    const { dtype, quant } = valueNamed(name);
    return edit.addValue(`${name}_2d`, { dtype, quant, shape: wideShape(name) });
  };
  const reshape = (from: string, to: string, shape: readonly number[]): Node =>
    makeNode(
      'Reshape',
      [from, edit.addConstant(`${to}_shape`, int64Tensor(shape))],
      [to],
      {},
      `${to}/Reshape`,
    );

  const of = (name: string): string => {
    const known = widened.get(name);
    if (known !== undefined) return known;
    const { shape } = valueNamed(name);
    const constant = graph.constants.get(name);
    const isScalar = shape.length === 0;
    const wide = isScalar ? name : make();
    widened.set(name, wide);
    return wide;

    function make(): string {
      if (constant !== undefined)
        return edit.addConstant(`${name}_2d`, { ...constant, shape: [...shape, 1] });
      const producer = view.producers.get(name);
      const isQdq = producer !== undefined && /^(Q|Deq)uantizeLinear$/.test(producer.op);
      const to = addWide(name);
      if (isQdq) {
        const inputs = [of(producer.inputs[0]!), ...producer.inputs.slice(1)];
        const attributes = fromFront(producer, shape.length);
        nodes.push({ ...producer, name: `${producer.name}_2d`, inputs, outputs: [to], attributes });
      } else {
        nodes.push(reshape(name, to, wideShape(name)));
      }
      return to;
    }
  };
  const restore = (name: string): void => {
    if (!missing.delete(name)) return;
    nodes.push(reshape(widened.get(name)!, name, valueNamed(name).shape));
  };
  const finish = (node: Node, ...last: readonly Node[]): void => {
    edit.replace(node, ...nodes, ...last);
    nodes = [];
  };
  return {
    has: (name) => widened.has(name) && !graph.constants.has(name),
    of,
    write: (node, attributes, operands, rest = node.inputs.slice(operands)) => {
      const first = node.inputs.slice(0, operands).map((name) => (name === '' ? '' : of(name)));
      const inputs = [...first, ...rest];
      const outputs = node.outputs.map((name) => {
        if (name === '') return '';
        const wide = addWide(name);
        widened.set(name, wide);
        missing.add(name);
        return wide;
      });
      nodes.push({ ...node, inputs, outputs, attributes });
      for (const name of node.outputs) if (view.outputs.has(name)) restore(name);
      finish(node);
    },
    end: (node, replacement) => finish(node, replacement()),
    keep: (node) => {
      for (const name of node.inputs) restore(name);
      if (nodes.length > 0) finish(node, node);
    },
  };
}

/** Nodes that read a widened value and are no windows. */
function writeAlong(view: GraphView, edit: Edit, wide: Widening, node: Node): void {
  const { graph } = view;
  const [x = ''] = node.inputs;
  const shapeOf = (name: string): readonly number[] => graph.values.get(name)!.shape;
  const operands = node.inputs.filter((name) => name !== '');
  const sameRank = operands.every((name) => shapeOf(name).length === 3 || graph.constants.has(name));

  if (POINTWISE.has(node.op) && sameRank && shapeOf(node.outputs[0]!).length === 3) {
    const limits = node.op === 'Clip' ? 1 : node.inputs.length;
    wide.write(node, node.attributes, limits);
  } else if (FIRST_INPUT.has(node.op)) {
    wide.write(node, fromFront(node, 3), 1);
  } else if ((node.op === 'Concat' || node.op === 'Split') && wide.has(x)) {
    const axis = intAttribute(node, 'axis', 0);
    const attributes = { ...node.attributes, axis: int(axis < 0 ? axis + 3 : axis) };
    wide.write(node, attributes, node.op === 'Concat' ? node.inputs.length : 1);
  } else if (['Reshape', 'Flatten', 'Squeeze'].includes(node.op) && wide.has(x)) {
    wide.end(node, () => {
      const shape = edit.addConstant(`${node.name}_shape`, int64Tensor(shapeOf(node.outputs[0]!)));
      return makeNode('Reshape', [wide.of(x), shape], node.outputs, {}, node.name);
    });
  } else if (node.op.startsWith('Reduce') && (intConstant(view, node.inputs[1] ?? '')?.length ?? 0) > 0) {
    const axes = intConstant(view, node.inputs[1]!)!.map((axis) => (axis < 0 ? axis + 3 : axis));
    if (intAttribute(node, 'keepdims', 1) !== 0) {
      const kept = edit.addConstant(`${node.name}_axes`, int64Tensor(axes));
      wide.write(node, node.attributes, 1, [kept]);
    } else {
      wide.end(node, () => {
        const all = edit.addConstant(`${node.name}_axes`, int64Tensor([...axes, 3]));
        return { ...node, inputs: [wide.of(x), all] };
      });
    }
  } else {
    wide.keep(node);
  }
}

/** The axis of a Q or DQ counted from the front: a new last axis leaves it where it is. */
function fromFront(node: Node, rank: number): Node['attributes'] {
  const axis = intAttribute(node, 'axis', 1);
  if (node.op === 'BatchNormalization' || axis >= 0) return node.attributes;
  return { ...node.attributes, axis: int(axis + rank) };
}

/** Attributes of a window with a second axis of size 1. */
function windowForm({ attributes, ...node }: Node): Node['attributes'] {
  const second: Readonly<Record<string, number>> = {
    kernel_shape: 1,
    strides: 1,
    dilations: 1,
    output_padding: 0,
    output_shape: 1,
  };
  const entries = Object.entries(attributes).map(([name, attribute]): [string, Attribute] => {
    const list = () => intsAttribute({ ...node, attributes }, name, []);
    if (name === 'pads') return [name, ints([list()[0] ?? 0, 0, list()[1] ?? 0, 0])];
    const extra = second[name];
    return [name, extra === undefined ? attribute : ints([...list(), extra])];
  });
  return Object.fromEntries(entries);
}
