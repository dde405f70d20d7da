/** Single scales and weights of a quantised graph, chosen anew; everything else stays as it is. */
import { uniqueName } from '../../graph/rewrite.ts';
import type { Graph, Node, Quant, Tensor, Value } from '../../graph/types.ts';
import { quantizeLinear } from '../apply.ts';
import type { LinearNode } from '../scheme.ts';

/** The largest code of a bias. */
const BIAS_CODE_MAX = 2 ** 31 - 1;

/**
 * Gives values other scales. Biases, whose scale is the product of those of input and weights, follow: their real values
 * stay. Codes of type uint8 and values that the graph does not quantise are left alone.
 */
export function withScales(graph: Graph, quants: ReadonlyMap<string, Quant>): Graph {
  const values = new Map(graph.values);
  const changed = new Set<string>();
  for (const [name, quant] of quants) {
    const value = values.get(name);
    if (value === undefined || value.quant?.dtype !== quant.dtype) continue;
    values.set(name, { ...value, quant });
    changed.add(name);
  }
  const draft = draftOf({ ...graph, values });
  for (const node of graph.nodes) {
    const [input = '', weights = '', bias = ''] = node.inputs;
    if (!changed.has(input) || bias === '') continue;
    const [old, tensor] = [graph.values.get(bias)?.quant, graph.constants.get(bias)];
    const scales = graph.values.get(weights)?.quant?.scale;
    if (old?.dtype !== 'int32' || tensor === undefined || scales === undefined) continue;
    const scale = scales.map((one) => one * values.get(input)!.quant!.scale[0]!);
    const codes = Int32Array.from(tensor.data as Int32Array, (code, o) => {
      const real = code * old.scale[o % old.scale.length]!;
      return Math.min(Math.max(Math.round(real / scale[o % scale.length]!), -BIAS_CODE_MAX), BIAS_CODE_MAX);
    });
    draft.give(
      node,
      2,
      { ...tensor, data: codes },
      { ...old, scale, zeroPoint: new Int32Array(scale.length) },
    );
  }
  return draft.finish();
}

/** Gives a layer the weights and the bias that its float form has. @param node of `graph` */
export function withWeights(graph: Graph, float: Graph, linear: LinearNode, node: Node): Graph {
  const [input = ''] = node.inputs;
  const { weights, bias } = quantizeLinear(float, linear, graph.values.get(input)!.quant!.scale[0]!, {
    weights: { kind: 'rounded', range: 'max', moments: null },
    inputMeans: null,
  });
  const draft = draftOf(graph);
  draft.give(node, 1, weights.tensor, weights.quant);
  if (bias !== null && (node.inputs[2] ?? '') !== '') draft.give(node, 2, bias.tensor, bias.quant);
  return draft.finish();
}

/** Collects constants of their own for operands of single nodes; what nobody reads any more goes. */
function draftOf(graph: Graph): {
  readonly give: (node: Node, operand: number, tensor: Tensor, quant: Quant) => void;
  readonly finish: () => Graph;
} {
  const values = new Map<string, Value>(graph.values);
  const constants = new Map<string, Tensor>(graph.constants);
  const inputs = new Map<Node, readonly string[]>();
  return {
    give: (node, operand, tensor, quant) => {
      const name = uniqueName(node.inputs[operand]!, (taken) => values.has(taken));
      values.set(name, { name, dtype: 'float32', shape: tensor.shape, quant });
      constants.set(name, tensor);
      const old = inputs.get(node) ?? node.inputs;
      inputs.set(
        node,
        old.map((one, i) => (i === operand ? name : one)),
      );
    },
    finish: () => {
      const nodes = graph.nodes.map((node) => {
        const own = inputs.get(node);
        return own === undefined ? node : { ...node, inputs: own };
      });
      const read = new Set(nodes.flatMap((node) => node.inputs));
      const isLive = (name: string): boolean => !graph.constants.has(name) || read.has(name);
      return {
        ...graph,
        nodes,
        values: new Map([...values].filter(([name]) => isLive(name))),
        constants: new Map([...constants].filter(([name]) => isLive(name))),
      };
    },
  };
}
