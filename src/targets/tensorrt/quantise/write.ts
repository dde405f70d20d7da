/** Chosen layers and scales into a graph with QuantizeLinear and DequantizeLinear nodes. */
import { int, makeNode } from '../../../graph/build.ts';
import { type Edit, startEdit, uniqueName } from '../../../graph/rewrite.ts';
import type { Graph, Node, Port, Quant } from '../../../graph/types.ts';
import type { Int8Layer } from './placement.ts';

export type Scales = {
  /** Of every value that a layer reads through a pair. */
  readonly activations: ReadonlyMap<string, Quant>;
  /** Of the constant operand of a layer. */
  readonly weights: ReadonlyMap<Node, Quant>;
};

/**
 * The graph with one pair per value, which all layers in int8 that read it share; other nodes read the value itself.
 * Tensors keep their names; those of a pair are `<value>_quantized` and `<value>_dequantized`. Zero points are always
 * there, and 0.
 */
export function writePairs(graph: Graph, layers: readonly Int8Layer[], scales: Scales): Graph {
  const edit = startEdit(graph);
  const read = pairWriter(graph, edit);
  for (const layer of layers) {
    const { nodes, inputs } = read(layer, scales);
    edit.replace(layer.node, ...nodes, { ...layer.node, inputs });
  }
  return edit.finish();
}

/**
 * The float graph with every layer computed a second time from rounded operands, beside itself: the error that the layer
 * alone makes. Behind the outputs of the model come those of each layer and of its twin, in turn.
 */
export function writeTwins(graph: Graph, layers: readonly Int8Layer[], scales: Scales): Graph {
  const taken = new Set(graph.values.keys());
  const twins = layers.map(({ node }) => {
    const name = uniqueName(`${node.outputs[0]}_twin`, (known) => taken.has(known));
    taken.add(name);
    return name;
  });
  const outputs = layers.flatMap(({ node }, i) => [node.outputs[0]!, twins[i]!]);
  const port = (name: string): Port => ({ name, value: name, dtype: 'float32' });
  const edit = startEdit({ ...graph, outputs: [...graph.outputs, ...outputs.map(port)] });
  const read = pairWriter(graph, edit);
  for (const [i, layer] of layers.entries()) {
    const { node } = layer;
    const name = twins[i]!;
    const { nodes, inputs } = read(layer, scales);
    edit.setValue({ ...graph.values.get(node.outputs[0]!)!, name });
    edit.replace(node, node, ...nodes, { ...node, name, inputs, outputs: [name] });
  }
  return edit.finish();
}

/** The nodes that round what a layer reads, but for those that stand there already, and its inputs behind them. */
type ReadRounded = (
  layer: Int8Layer,
  scales: Scales,
) => { readonly nodes: readonly Node[]; readonly inputs: readonly string[] };

function pairWriter(graph: Graph, edit: Edit): ReadRounded {
  const names = new Set(graph.nodes.map(({ name }) => name));
  /** What is read in place of a value, and in place of a constant by its name and the axis of its scales. */
  const standIns = new Map<string, string>();

  const quantNode = (
    op: string,
    value: string,
    inputs: readonly string[],
    output: string,
    quant: Quant,
  ): Node => {
    const name = uniqueName(`${value}_${op}`, (taken) => names.has(taken));
    names.add(name);
    return makeNode(op, inputs, [output], quant.axis === null ? {} : { axis: int(quant.axis) }, name);
  };
  const writePair = (key: string, value: string, quant: Quant): readonly Node[] => {
    const { shape } = graph.values.get(value)!;
    const one = quant.axis === null ? [] : [quant.scale.length];
    const zeroPoint = Int8Array.from(quant.zeroPoint);
    const parameters = [
      edit.addConstant(`${value}_scale`, { dtype: 'float32', shape: one, data: quant.scale }),
      edit.addConstant(`${value}_zero_point`, { dtype: 'int8', shape: one, data: zeroPoint }),
    ];
    const codes = edit.addValue(`${value}_quantized`, { dtype: 'int8', shape, quant: null });
    const real = edit.addValue(`${value}_dequantized`, { dtype: 'float32', shape, quant: null });
    standIns.set(key, real);
    return [
      quantNode('QuantizeLinear', value, [value, ...parameters], codes, quant),
      quantNode('DequantizeLinear', value, [codes, ...parameters], real, quant),
    ];
  };

  return ({ node, activations, weights }, scales) => {
    const operands = [
      ...activations.map((at) => ({
        at,
        key: `value ${node.inputs[at]}`,
        quant: scales.activations.get(node.inputs[at]!)!,
      })),
      ...(weights === null
        ? []
        : [
            {
              at: weights.input,
              key: `constant ${weights.axis} ${node.inputs[weights.input]}`,
              quant: scales.weights.get(node)!,
            },
          ]),
    ];
    const nodes = operands.flatMap(({ at, key, quant }) =>
      standIns.has(key) ? [] : writePair(key, node.inputs[at]!, quant),
    );
    const inputs = node.inputs.map((name, i) => {
      const operand = operands.find(({ at }) => at === i);
      return operand === undefined ? name : standIns.get(operand.key)!;
    });
    return { nodes, inputs };
  };
}
