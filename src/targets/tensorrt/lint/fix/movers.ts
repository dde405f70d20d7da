/** Codes that are moved between a Q and its DQ: moved as the real numbers that they stand for instead. */
import { startEdit } from '../../../../graph/rewrite.ts';
import type { Graph, Node } from '../../../../graph/types.ts';
import { commutes, isDequantize, isQuantize } from '../pairs.ts';
import { type LintView, viewOfGraph } from '../view.ts';
import type { Repair } from './change.ts';

/**
 * Law: nothing changes, for moving elements (and the largest of them) commutes with a DQ of one scale. Then Q and DQ are a
 * pair, which other repairs know. Nothing that is told of: it only makes room for them.
 */
export const pairUp: Repair = (graph, platform, findings) => {
  const view = viewOfGraph(graph, platform);
  const told = new Set(findings.map(({ at }) => at[0]!));
  const edit = startEdit(graph);
  for (const dequantize of graph.nodes) {
    const chain =
      isDequantize(dequantize) && told.has(dequantize.name) ? chainTo(view, graph, dequantize) : [];
    const [first] = chain;
    if (first === undefined || chain.some((node) => edit.isEdited(node))) continue;
    const [codes = ''] = first.inputs;
    const { shape } = graph.values.get(codes)!;
    const real = edit.addValue(`${codes}_real`, { dtype: 'float32', shape, quant: null });
    const moved = { ...dequantize, inputs: dequantize.inputs.with(0, codes), outputs: [real] };
    const reading = { ...first, inputs: first.inputs.with(0, real) };
    edit.replace(first, moved, reading);
    for (const { outputs } of chain) edit.setValue({ ...graph.values.get(outputs[0]!)!, dtype: 'float32' });
    edit.replace(dequantize);
    edit.redirect(dequantize.outputs[0]!, dequantize.inputs[0]!);
  }
  return { graph: edit.finish(), changes: [] };
};

/** The movers between a Q and a DQ, first to last; none where something else stands there, or reads them. */
function chainTo(view: LintView, graph: Graph, dequantize: Node): readonly Node[] {
  const chain: Node[] = [];
  for (let name = dequantize.inputs[0]!; ; ) {
    const producer = view.producers.get(name);
    if (producer === undefined) return [];
    if (isQuantize(producer)) return chain;
    // Padding adds codes; a scale per channel stays with its axis.
    const alone = view.readers.get(name)?.length === 1 && !view.outputs.has(name);
    const scalar = graph.values.get(dequantize.inputs[1]!)!.shape.every((dim) => dim === 1);
    const moves = commutes(producer) && producer.op !== 'Pad' && producer.outputs.length === 1;
    if (!moves || !alone || !scalar) return [];
    chain.unshift(producer);
    name = producer.inputs[0]!;
  }
}
