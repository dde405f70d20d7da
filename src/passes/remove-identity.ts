import { makeNode } from '../graph/build.ts';
import { REQUANTIZE } from '../graph/own-operators.ts';
import { sameQuant, startEdit } from '../graph/rewrite.ts';
import { sameShape } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import {
  type GraphView,
  hasExtraOutput,
  intConstant,
  isIntermediate,
  permutationOf,
  quantOf,
  scalarConstant,
  shapeOf,
  viewGraph,
} from './match.ts';

/**
 * Law: a node whose output is its input, element by element, is not needed. One that still changes the quantisation
 * becomes a tinyml::Requantise.
 */
export function removeIdentity(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (!isIdentity(view, node)) continue;
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    const [from, to] = [quantOf(view, x), quantOf(view, y)];
    const source = view.producers.get(x);
    if (to === null || sameQuant(from, to)) {
      edit.replace(node);
      edit.redirect(y, x);
    } else if (isIntermediate(view, x) && !graph.constants.has(x) && !(source && edit.isEdited(source))) {
      edit.setValue({ ...graph.values.get(x)!, quant: to });
      edit.replace(node);
      edit.redirect(y, x);
    } else if (node.op !== REQUANTIZE) {
      edit.replace(node, makeNode(REQUANTIZE, [x], [y], {}, node.name));
    }
  }
  return edit.finish();
}

function isIdentity(view: GraphView, node: Node): boolean {
  const [x, y] = [node.inputs[0]!, node.outputs[0]!];
  const sameShaped = () => sameShape(shapeOf(view, x), shapeOf(view, y));
  switch (node.op) {
    case 'Identity':
    case REQUANTIZE:
      return true;
    case 'Dropout': {
      const training = node.inputs[2] ?? '';
      const inference =
        training === '' ||
        intConstant(view, training)?.[0] === 0 ||
        scalarConstant(view, node.inputs[1] ?? '') === 0;
      return inference && !hasExtraOutput(view, node);
    }
    case 'Cast':
      return view.graph.values.get(x)!.dtype === view.graph.values.get(y)!.dtype;
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Expand':
    case 'Tile':
    case 'ReduceMax':
    case 'ReduceMean':
    case 'ReduceMin':
    case 'ReduceProd':
    case 'ReduceSum':
      return sameShaped();
    case 'Transpose':
      return permutationOf(view, node).every((axis, i) => axis === i);
    case 'Pad':
      return intConstant(view, node.inputs[1] ?? '')?.every((pad) => pad === 0) ?? false;
    case 'Slice': {
      const steps = node.inputs[4] ?? '';
      const forward = steps === '' || (intConstant(view, steps)?.every((step) => step === 1) ?? false);
      return forward && sameShaped();
    }
    case 'Clip':
      return isUnbounded(view, node.inputs[1], -1) && isUnbounded(view, node.inputs[2], 1);
    case 'Concat':
    case 'Sum':
    case 'Mean':
    case 'Max':
    case 'Min':
      return node.inputs.length === 1;
    case 'Split':
      return node.outputs.length === 1;
    case 'MaxPool':
    case 'AveragePool':
      return (
        intsAttribute(node, 'kernel_shape', []).every((size) => size === 1) &&
        intAttribute(node, 'storage_order', 0) === 0 &&
        sameShaped() &&
        !hasExtraOutput(view, node)
      );
    default:
      return false;
  }
}

const FLOAT32_MAX = 2 ** 128 - 2 ** 104;

function isUnbounded(view: GraphView, name: string | undefined, sign: 1 | -1): boolean {
  if (name === undefined || name === '') return true;
  const bound = scalarConstant(view, name);
  return bound !== null && bound * sign >= FLOAT32_MAX;
}
