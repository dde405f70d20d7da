/** Repairs that go through float weights: batch norms folded, and everything in float for modules without int8. */
import { makeNode } from '../../../../graph/build.ts';
import { startEdit } from '../../../../graph/rewrite.ts';
import type { Graph, Node } from '../../../../graph/types.ts';
import { foldBatchNorm } from '../../../../passes/fold-batch-norm.ts';
import { channelAxis } from '../../release/linear-layers.ts';
import type { Platform } from '../../release/platform.ts';
import { beforePair, isDequantize } from '../pairs.ts';
import { viewOfGraph } from '../view.ts';
import type { Change, Repair } from './change.ts';
import { constantNodes, requantized, storedConstant } from './weights.ts';

/** R14: Q and DQ go. Weights are what their codes stand for, or the floats that the file has. */
export const stripPairs: Repair = (graph, platform, findings) => {
  const view = viewOfGraph(graph, platform);
  const edit = startEdit(graph);
  const pairs = graph.nodes.filter(isDequantize);
  for (const node of pairs) {
    const [output = ''] = node.outputs;
    const source = beforePair(view, output);
    if (source !== output) {
      edit.redirect(output, source);
      continue;
    }
    const stored = storedConstant(view, graph, node);
    if (stored !== null) edit.redirect(output, edit.addConstant(`${node.inputs[0]}_float`, stored.real));
  }
  const what = `${pairs.length} pairs are taken out: all is in float`;
  return {
    graph: edit.finish(),
    changes: findings.map(({ rule, at }) => ({ rule, at: at.slice(0, 1), what })),
  };
};

/** W3: the batch norm is in the weights, which are quantised again. */
export const foldNorms: Repair = (graph, platform, findings) => {
  const layers = new Set(findings.map(({ at }) => at[1] ?? ''));
  const folded = foldBatchNorm(withFloatWeights(graph, platform, layers));
  const left = new Set(folded.nodes.map(({ name }) => name));
  const done = findings.filter(({ at }) => !left.has(at[0]!));
  if (done.length === 0) return { graph, changes: [] };
  const changes = done.map(
    ({ rule, at }): Change => ({ rule, at, what: 'folded into the weights, which are quantised again' }),
  );
  return { graph: quantizeWeights(folded, platform, layers), changes };
};

function withFloatWeights(graph: Graph, platform: Platform, layers: ReadonlySet<string>): Graph {
  const view = viewOfGraph(graph, platform);
  const edit = startEdit(graph);
  for (const layer of graph.nodes.filter(({ name }) => layers.has(name))) {
    const pair = view.producers.get(layer.inputs[1] ?? '');
    const stored = pair === undefined || !isDequantize(pair) ? null : storedConstant(view, graph, pair);
    if (stored === null) continue;
    const inputs = layer.inputs.with(1, edit.addConstant(`${layer.inputs[1]}_float`, stored.real));
    edit.replace(layer, { ...layer, inputs });
  }
  return edit.finish();
}

function quantizeWeights(graph: Graph, platform: Platform, layers: ReadonlySet<string>): Graph {
  const edit = startEdit(graph);
  for (const layer of graph.nodes.filter(({ name }) => layers.has(name))) {
    const [, name = ''] = layer.inputs;
    const real = graph.constants.get(name);
    if (real?.dtype !== 'float32') continue;
    const output = edit.addValue(`${name}_dequantized`, { dtype: 'float32', shape: real.shape, quant: null });
    const dequantize: Node = makeNode('DequantizeLinear', [name], [output]);
    const nodes = constantNodes(
      edit,
      platform,
      name,
      dequantize,
      requantized(real, channelAxis(layer, real.shape.length)),
    );
    edit.replace(layer, ...nodes, { ...layer, inputs: layer.inputs.with(1, output) });
  }
  return edit.finish();
}
