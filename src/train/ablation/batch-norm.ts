/** The same network with and without batch normalisation: the control for what a method owes to it. */
import { outputValues, startEdit } from '../../graph/rewrite.ts';
import { floatTensor } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { regularise } from '../../passes/pipeline.ts';

const NORM = 'BatchNormalization';
const CONVOLUTIONS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose']);

export function hasBatchNorm(graph: Graph): boolean {
  return graph.nodes.some(({ op }) => op === NORM);
}

/**
 * `on`: the model's own batch normalisations, or new ones where it has none. `off`: its own folded into the convolutions, so
 * that each keeps a bias.
 */
export function withBatchNorm(graph: Graph, wanted: 'on' | 'off'): Graph {
  if (hasBatchNorm(graph) === (wanted === 'on')) return graph;
  return wanted === 'on' ? insertBatchNorm(graph) : regularise(graph);
}

/** A batch normalisation behind every convolution but outputs of the model; it begins as the identity, but for its epsilon (1e-5). */
function insertBatchNorm(graph: Graph): Graph {
  const outputs = outputValues(graph);
  const edit = startEdit(graph);
  const isInside = ({ op, outputs: [output = ''] }: Node): boolean =>
    CONVOLUTIONS.has(op) && !outputs.has(output);
  for (const node of graph.nodes.filter(isInside)) {
    const output = node.outputs[0]!;
    const value = graph.values.get(output)!;
    const channels = value.shape[1]!;
    const filled = (suffix: string, content: number): string =>
      edit.addConstant(
        `${node.name}_norm_${suffix}`,
        floatTensor([channels], new Float32Array(channels).fill(content)),
      );
    const { name: _, ...like } = value;
    const before = edit.addValue(`${output}_before_norm`, like);
    const norm: Node = {
      name: `${node.name}_norm`,
      op: NORM,
      inputs: [before, filled('gamma', 1), filled('beta', 0), filled('mean', 0), filled('variance', 1)],
      outputs: [output],
      attributes: {},
    };
    edit.replace(node, { ...node, outputs: [before] }, norm);
  }
  return edit.finish();
}
