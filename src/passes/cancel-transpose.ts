import { ints, makeNode } from '../graph/build.ts';
import { sameQuant, startEdit } from '../graph/rewrite.ts';
import { int64Tensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { permutationOf, quantOf, shapeOf, viewGraph } from './match.ts';

const RESHAPES = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);

/**
 * Law: two permutations of axes in a row are one, and so are two changes of shape. The second node reads past the
 * first, which dies unless something else reads it; inverse pairs become identities.
 */
export function cancelTranspose(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [middle = ''] = node.inputs;
    const first = view.producers.get(middle);
    if (first === undefined || edit.isEdited(first)) continue;
    const [x, y] = [first.inputs[0]!, node.outputs[0]!];
    // A grid between the two matters only if it is not the one that the elements lie on already.
    const grid = quantOf(view, middle);
    if (grid !== null && !sameQuant(grid, quantOf(view, x))) continue;
    if (node.op === 'Transpose' && first.op === 'Transpose') {
      const inner = permutationOf(view, first);
      const perm = permutationOf(view, node).map((axis) => inner[axis]!);
      edit.replace(node, makeNode('Transpose', [x], [y], { perm: ints(perm) }, node.name));
    } else if (RESHAPES.has(node.op) && RESHAPES.has(first.op) && !shapeOf(view, y).includes(0)) {
      const shape = edit.addConstant(`${y}_shape`, int64Tensor(shapeOf(view, y)));
      edit.replace(node, makeNode('Reshape', [x, shape], [y], {}, node.name));
    }
  }
  return edit.finish();
}
