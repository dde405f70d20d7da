import { loadPreprocess } from '../data/load-preprocess.ts';
import { openDataset } from '../data/open.ts';
import type { IndexedDataset } from '../data/types.ts';
import type { Graph } from '../graph/types.ts';
import type { Context } from './context.ts';
import { interruptible } from './interruptible.ts';
import { type Options, textOption } from './options.ts';

/** Opens a data set for the inputs of a graph, with --preprocess. */
export async function datasetFor(
  path: string,
  inputShapes: readonly (readonly number[])[],
  options: Options,
  context: Context,
  limit?: number,
  hold?: number,
): Promise<IndexedDataset> {
  const file = textOption(options, 'preprocess');
  const dataset = await openDataset(path, {
    inputShapes,
    ...(file === undefined ? {} : { preprocess: await loadPreprocess(file) }),
    ...(limit === undefined ? {} : { limit }),
    ...(hold === undefined ? {} : { hold }),
  });
  context.reads(`a file of ${path}`, dataset.files);
  for (const { code, message, at, hint } of dataset.warnings ?? []) {
    context.warn(code, message, { at, ...(hint === null ? {} : { hint }) });
  }
  return interruptible(dataset);
}

export function inputShapesOf(graph: Graph): readonly (readonly number[])[] {
  return graph.inputs.map((port) => graph.values.get(port.value)!.shape);
}
