/** Chosen layers and scales into a graph with QuantizeLinear and DequantizeLinear nodes. */
import { int, makeNode } from '../../../graph/build.ts';
import { startEdit, uniqueName } from '../../../graph/rewrite.ts';
import type { Graph, Node, Quant } from '../../../graph/types.ts';
import { fakeQuantize } from '../../../ops/quant.ts';
import type { Int8Layer } from './placement.ts';

/**
 * How constant operands are written: behind a `pair` of their own, which every release takes, or their `rounded` values
 * alone, which compute the same and are quick to run here.
 */
type WeightForm = 'pair' | 'rounded';

export type Scales = {
  /** Of every value that a layer reads through a pair. */
  readonly activations: ReadonlyMap<string, Quant>;
  /** Of the constant operand of a layer. */
  readonly weights: ReadonlyMap<Node, Quant>;
};

/** The nodes that give a value rounded to its codes, and the name of what they give. */
type Pair = { readonly nodes: readonly Node[]; readonly real: string };

/**
 * The graph with one pair per value, which all layers in int8 that read it share; other nodes read the value itself.
 * Tensors keep their names; those of a pair are `<value>_quantized` and `<value>_dequantized`. Zero points are always
 * there, and 0.
 */
export function writePairs(
  graph: Graph,
  layers: readonly Int8Layer[],
  scales: Scales,
  form: WeightForm,
): Graph {
  const edit = startEdit(graph);
  const names = new Set(graph.nodes.map(({ name }) => name));
  /** What is read in place of an operand, by its name and the axis of its scales. */
  const standIns = new Map<string, string>();

  const quantNode = (
    op: string,
    name: string,
    inputs: readonly string[],
    output: string,
    axis: number | null,
  ) => {
    const nodeName = uniqueName(`${name}_${op}`, (taken) => names.has(taken));
    names.add(nodeName);
    return makeNode(op, inputs, [output], axis === null ? {} : { axis: int(axis) }, nodeName);
  };
  const pair = (name: string, quant: Quant): Pair => {
    const { axis, scale, zeroPoint } = quant;
    const { shape } = graph.values.get(name)!;
    const one = axis === null ? [] : [scale.length];
    const parameters = [
      edit.addConstant(`${name}_scale`, { dtype: 'float32', shape: one, data: scale }),
      edit.addConstant(`${name}_zero_point`, { dtype: 'int8', shape: one, data: Int8Array.from(zeroPoint) }),
    ];
    const codes = edit.addValue(`${name}_quantized`, { dtype: 'int8', shape, quant: null });
    const real = edit.addValue(`${name}_dequantized`, { dtype: 'float32', shape, quant: null });
    const quantize = quantNode('QuantizeLinear', name, [name, ...parameters], codes, axis);
    return {
      nodes: [quantize, quantNode('DequantizeLinear', name, [codes, ...parameters], real, axis)],
      real,
    };
  };
  const weights = (name: string, quant: Quant): Pair => {
    if (form === 'pair') return pair(name, quant);
    const rounded = fakeQuantize(graph.constants.get(name)!, quant);
    return { nodes: [], real: edit.addConstant(`${name}_rounded`, rounded) };
  };

  for (const { node, activations, weights: constant } of layers) {
    const before: Node[] = [];
    const inputs = [...node.inputs];
    const stand = (at: number, key: string, write: (name: string) => Pair): void => {
      const known = standIns.get(key);
      const { nodes, real } = known === undefined ? write(inputs[at]!) : { nodes: [], real: known };
      standIns.set(key, real);
      before.push(...nodes);
      inputs[at] = real;
    };
    for (const at of activations) {
      stand(at, inputs[at]!, (name) => pair(name, scales.activations.get(name)!));
    }
    if (constant !== null) {
      const { input, axis } = constant;
      stand(input, `${inputs[input]} along ${axis}`, (name) => weights(name, scales.weights.get(node)!));
    }
    edit.replace(node, ...before, { ...node, inputs });
  }
  return edit.finish();
}
