/** A new last layer, for other classes than the model was trained on. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { consumers, producers } from '../../graph/rewrite.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../../graph/types.ts';
import { seededRandom } from '../../numbers/random.ts';
import { normal } from './initial.ts';

/** Operators between the last layer and the output that do not care how many classes there are. */
const PASSES = new Set(['Softmax', 'LogSoftmax', 'Flatten', 'Identity', 'Dropout']);

/**
 * The graph with fresh weights for `classes` outputs in its last Gemm or 1x1 Conv (He et al. 2015: normal, variance
 * 2 / fan-in), and biases of 0; unchanged where it has so many.
 * @throws TinymlError E_OP where the output does not come from such a layer
 */
export function replaceHead(graph: Graph, classes: number, seed: number): Graph {
  const made = producers(graph);
  const output = graph.outputs[0]!.value;
  const after: Node[] = [];
  let node = made.get(output);
  while (node !== undefined && PASSES.has(node.op)) {
    after.push(node);
    node = made.get(node.inputs[0]!);
  }
  const weights = graph.constants.get(node?.inputs[1] ?? '');
  const isHead =
    node?.op === 'Gemm' || (node?.op === 'Conv' && elementCount(weights?.shape.slice(2) ?? [0]) === 1);
  if (node === undefined || weights === undefined || !isHead) {
    throw new TinymlError('E_OP', 'the model does not end in a dense layer that could be replaced', {
      at: `output "${graph.outputs[0]!.name}"`,
      hint: '--classes takes models that end in Gemm or in a 1x1 Conv, and Softmax',
    });
  }
  if (weights.shape[0] === classes) return graph;
  const fanIn = elementCount(weights.shape.slice(1));
  const random = seededRandom(seed);
  const deviation = Math.sqrt(2 / fanIn);
  const fresh = (shape: readonly number[], make: () => number): Tensor => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: elementCount(shape) }, make),
  });
  const values = new Map(graph.values);
  const constants = new Map(graph.constants);
  const set = (name: string, tensor: Tensor): void => {
    if ((consumers(graph).get(name) ?? []).length > 1) {
      throw new TinymlError('E_OP', 'the last layer shares its weights with another', {
        at: `constant "${name}"`,
      });
    }
    constants.set(name, tensor);
    values.set(name, { ...values.get(name)!, shape: tensor.shape });
  };
  set(
    node.inputs[1]!,
    fresh([classes, ...weights.shape.slice(1)], () => normal(random) * deviation),
  );
  if ((node.inputs[2] ?? '') !== '')
    set(
      node.inputs[2]!,
      fresh([classes], () => 0),
    );
  for (const { outputs } of [node, ...after]) {
    const value = values.get(outputs[0]!)!;
    values.set(value.name, {
      ...value,
      shape: value.shape.map((size, axis) => (axis === 1 ? classes : size)),
    });
  }
  return { ...graph, values, constants };
}
