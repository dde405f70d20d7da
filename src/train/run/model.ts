import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph, ImportedModel } from '../../graph/types.ts';
import { prepareGraph } from '../../passes/pipeline.ts';

/**
 * The graph that is trained, with its batch normalisations and all its channels.
 * @param dims values of symbolic dimensions
 * @throws TinymlError E_QUANT for a quantised model, E_OP for several inputs or outputs, and as `prepareGraph`
 */
export function trainable(
  model: ImportedModel,
  dims: Readonly<Record<string, number>>,
): { readonly graph: Graph; readonly sha256: string } {
  const { path, sha256 } = model.source;
  const graph = prepareGraph(model, { dims, deadChannels: false, keepBatchNorm: true });
  if ([...graph.values.values()].some(({ quant }) => quant !== null)) {
    throw new TinymlError('E_QUANT', 'the model is quantised already', {
      at: path,
      hint: 'Training starts from a float model, and gives a quantised one.',
    });
  }
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new TinymlError(
      'E_OP',
      `a model of ${graph.inputs.length} inputs and ${graph.outputs.length} outputs cannot be trained`,
      { at: path, hint: 'One input and one output are needed.' },
    );
  }
  return { graph, sha256 };
}
