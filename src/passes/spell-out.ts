import { LINEAR_ATTENTION, MASKED_SOFTMAX } from '../graph/own-operators.ts';
import { startEdit, uniqueName } from '../graph/rewrite.ts';
import type { Graph, Node } from '../graph/types.ts';
import { standardForm } from '../onnx/export-forms.ts';
import { operators } from '../ops/index.ts';
import type { InputInfo } from '../ops/types.ts';

/** What has a kernel of its own in integers, where values between its parts would be rounded, and none in float32. */
const SPELT_OUT = new Set([MASKED_SOFTMAX, LINEAR_ATTENTION]);

/** Law: masked Softmax and linear attention are the nodes that ONNX has for them. */
export function spellOut(graph: Graph): Graph {
  const edit = startEdit(graph);
  const made = new Map<string, InputInfo>();
  const infoOf = (name: string): InputInfo | null => {
    if (name === '') return null;
    const { dtype, shape } = graph.values.get(name) ?? made.get(name)!;
    return { dtype, shape, data: graph.constants.get(name)?.data ?? made.get(name)?.data ?? null };
  };
  const newValue = (wanted: string): string => {
    const name = uniqueName(wanted, (taken) => graph.values.has(taken) || made.has(taken));
    made.set(name, { dtype: 'float32', shape: [], data: null });
    return name;
  };
  for (const node of graph.nodes) {
    if (!SPELT_OUT.has(node.op)) continue;
    const { nodes, constants } = standardForm(node, graph, newValue);
    const names = new Map([...constants].map(([name, tensor]) => [name, edit.addConstant(name, tensor)]));
    for (const [name, tensor] of constants) made.set(name, tensor);
    const renamed = nodes.map(
      (inner): Node => ({ ...inner, inputs: inner.inputs.map((name) => names.get(name) ?? name) }),
    );
    for (const inner of nodes) {
      const outputs = operators.get(inner.op)!.infer(inner, inner.inputs.map(infoOf));
      inner.outputs.forEach((name, i) => {
        if (graph.values.has(name)) return;
        made.set(name, { ...outputs[i]!, data: null });
        edit.setValue({ ...outputs[i]!, name, quant: null });
      });
    }
    edit.replace(node, ...renamed);
  }
  return edit.finish();
}
