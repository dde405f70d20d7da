import { int, ints, makeNode } from '../graph/build.ts';
import { startEdit } from '../graph/rewrite.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { channelAffine } from './channel-affine.ts';
import { isIntermediate, quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: an affine map per channel is a depthwise 1x1 Conv. For maps that could not be folded into a neighbour
 * (BatchNormalization before a Relu); a map with one scale and shift for all channels stays as it is, and so does one
 * that `foldBatchNorm` can fold into the new Conv.
 */
export function affineToConv(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  /** Results of maps that are a Conv now or will be folded into one. */
  const mapped = new Set<string>();
  for (const node of graph.nodes) {
    const affine = channelAffine(view, node);
    const [y = ''] = node.outputs;
    if (affine === null || quantOf(view, affine.x) !== null || quantOf(view, y) !== null) continue;
    const rank = shapeOf(view, affine.x).length;
    const { scale, shift } = affine;
    const uniform = scale.every((s) => s === scale[0]) && shift.every((t) => t === shift[0]);
    const follows = mapped.has(affine.x) && isIntermediate(view, affine.x);
    if (follows) mapped.add(y);
    if (follows || rank < 3 || (uniform && node.op !== 'BatchNormalization')) continue;
    mapped.add(y);

    const kernel = new Array<number>(rank - 2).fill(1);
    const w = edit.addConstant(`${node.name}_weights`, floatTensor([scale.length, 1, ...kernel], scale));
    const b = edit.addConstant(`${node.name}_bias`, floatTensor([shift.length], shift));
    const attributes = { group: int(scale.length), kernel_shape: ints(kernel) };
    edit.replace(node, makeNode('Conv', [affine.x, w, b], [y], attributes, node.name));
  }
  return edit.finish();
}
