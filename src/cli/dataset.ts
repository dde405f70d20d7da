import { loadPreprocess } from '../data/load-preprocess.ts';
import { openDataset, openSequences } from '../data/open.ts';
import type { Dataset, IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import type { Context } from './context.ts';
import { interruptible } from './interruptible.ts';
import { numberOption, type Options, textOption } from './options.ts';

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
  return announced(path, dataset, context);
}

/** Opens a data set for a graph: sequences where it carries state, cut with --sequence. */
export async function dataFor(
  path: string,
  graph: Graph,
  options: Options,
  context: Context,
  limit?: number,
): Promise<Dataset> {
  const inputShapes = inputShapesOf(graph);
  const frames = numberOption(options, 'sequence') ?? null;
  if (graph.state.length === 0) {
    if (frames === null) return datasetFor(path, inputShapes, options, context, limit);
    throw new TinymlError('E_USAGE', 'the model has no state: its samples are no sequences', {
      at: `--sequence ${frames}`,
      hint: 'leave it out, or say what is state with --state input=output',
    });
  }
  const file = textOption(options, 'preprocess');
  const dataset = await openSequences(path, {
    inputShapes,
    frames,
    ...(file === undefined ? {} : { preprocess: await loadPreprocess(file) }),
    ...(limit === undefined ? {} : { limit }),
  });
  return announced(path, dataset, context);
}

function announced<D extends Dataset>(path: string, dataset: D, context: Context): D {
  context.reads(`a file of ${path}`, dataset.files);
  for (const { code, message, at, hint } of dataset.warnings ?? []) {
    context.warn(code, message, { at, ...(hint === null ? {} : { hint }) });
  }
  return interruptible(dataset);
}

/** Shapes of the inputs that data goes into. */
export function inputShapesOf(graph: Graph): readonly (readonly number[])[] {
  return dataInputs(graph).map((port) => graph.values.get(port.value)!.shape);
}
