/** Operators of tinyml itself as the nodes that files hold in their place. */
import { LINEAR_ATTENTION, MASKED_SOFTMAX, OWN_DOMAIN } from '../../../graph/own-operators.ts';
import { startEdit, uniqueName } from '../../../graph/rewrite.ts';
import type { Graph, Node, Value } from '../../../graph/types.ts';
import { standardForm } from '../../../onnx/export-forms.ts';
import { operatorOf } from '../../../ops/index.ts';

const OF_ATTENTION: ReadonlySet<string> = new Set([MASKED_SOFTMAX, LINEAR_ATTENTION]);

/** Law: that of `standardGraph`, with a Softmax, MatMuls and what is between them in place of attention of tinyml alone. */
export function standardAttention(graph: Graph): Graph {
  return standardGraph(graph, (op) => OF_ATTENTION.has(op));
}

/**
 * Law: the same function in operators of ai.onnx alone, as `exportModel` writes it, but with types and shapes of every value.
 * @param isReplaced of operators of tinyml, those that are rewritten: all of them by default
 * @throws TinymlError E_OP for an operator of tinyml that has no standard form
 */
export function standardGraph(graph: Graph, isReplaced: (op: string) => boolean = () => true): Graph {
  const edit = startEdit(graph);
  const taken = new Set(graph.values.keys());
  const newName = (wanted: string): string => {
    const name = uniqueName(wanted, (used) => taken.has(used));
    taken.add(name);
    return name;
  };
  for (const node of graph.nodes) {
    if (!node.op.startsWith(OWN_DOMAIN) || !isReplaced(node.op)) continue;
    const { nodes, constants } = standardForm(node, graph, newName);
    const values = new Map<string, Value>();
    for (const [name, tensor] of constants) {
      // The name is free: it stays what it is.
      edit.addConstant(name, tensor);
      values.set(name, { name, dtype: tensor.dtype, shape: tensor.shape, quant: null });
    }
    for (const part of nodes) inferPart(part, graph, values, constants).forEach(edit.setValue);
    edit.replace(node, ...nodes);
  }
  return edit.finish();
}

/** The values that a node of a form makes; they are added to those known. */
function inferPart(
  node: Node,
  graph: Graph,
  known: Map<string, Value>,
  constants: Graph['constants'],
): readonly Value[] {
  const inputs = node.inputs.map((name) => {
    const value = known.get(name) ?? graph.values.get(name);
    if (value === undefined) return null;
    return { ...value, data: (constants.get(name) ?? graph.constants.get(name))?.data ?? null };
  });
  const made = operatorOf(node)
    .infer(node, inputs)
    .map(({ dtype, shape }, i) => ({ name: node.outputs[i]!, dtype, shape, quant: null }));
  for (const value of made) known.set(value.name, value);
  return made;
}

/** Law: the same function without Casts that change nothing: in a graph, float16 and bfloat16 of a model are float32 already. */
export function withoutIdleCasts(graph: Graph): Graph {
  const edit = startEdit(graph);
  const typeOf = (name: string) => graph.values.get(name)!.dtype;
  for (const { op, inputs, outputs } of graph.nodes) {
    const [x = ''] = inputs;
    const [y = ''] = outputs;
    if (op === 'Cast' && typeOf(x) === typeOf(y)) edit.redirect(y, x);
  }
  return edit.finish();
}
