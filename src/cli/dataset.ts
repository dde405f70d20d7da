import { loadPreprocess } from '../data/load-preprocess.ts';
import { openDataset, openSequences } from '../data/open.ts';
import type { Dataset, IndexedDataset } from '../data/types.ts';
import { type ClipOptions, openClips } from '../data/video/clips.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Warning } from '../diagnostics/warnings.ts';
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
  const dataset = await openDataset(path, {
    ...(await readingOptions(inputShapes, options, context)),
    ...(limit === undefined ? {} : { limit }),
    ...(hold === undefined ? {} : { hold }),
  });
  return announced(path, dataset, context);
}

/** Arrays hold sequences of frames as the model takes them; anything else is a clip, whatever it is called. */
const ARRAYS = /\.(npz|npy|f32)$/i;

/** Opens clips for a graph with state, frame by frame. */
export async function videoFor(
  path: string,
  graph: Graph,
  options: Options,
  context: Context,
): Promise<Dataset> {
  if (ARRAYS.test(path)) return dataFor(path, graph, options, context);
  const reading = await readingOptions(inputShapesOf(graph), options, context);
  return announced(path, await openClips(path, reading, (one) => warnOf(context, one)), context);
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
  return sequencesFor(path, inputShapes, options, context, limit);
}

/** Opens data whose samples come in the order of time, whatever takes them: clips, or sequences cut with --sequence. */
export async function sequencesFor(
  path: string,
  inputShapes: ClipOptions['inputShapes'],
  options: Options,
  context: Context,
  limit?: number,
): Promise<Dataset> {
  const dataset = await openSequences(path, {
    ...(await readingOptions(inputShapes, options, context)),
    frames: numberOption(options, 'sequence') ?? null,
    ...(limit === undefined ? {} : { limit }),
    onWarning: (one) => warnOf(context, one),
  });
  return announced(path, dataset, context);
}

/** --preprocess, and for clips --max-frames, --noise, --gain and --shake. */
async function readingOptions(
  inputShapes: ClipOptions['inputShapes'],
  options: Options,
  { seed }: Context,
): Promise<ClipOptions> {
  const file = textOption(options, 'preprocess');
  const maxFrames = numberOption(options, 'max-frames');
  const [noise = 0, gain = 0, shake = 0] = ['noise', 'gain', 'shake'].map((name) =>
    numberOption(options, name),
  );
  return {
    inputShapes,
    ...(file === undefined ? {} : { preprocess: await loadPreprocess(file) }),
    ...(maxFrames === undefined ? {} : { maxFrames }),
    disturb: { noise, gain, shake },
    seed,
  };
}

function announced<D extends Dataset>(path: string, dataset: D, context: Context): D {
  context.reads(`a file of ${path}`, dataset.files);
  for (const one of dataset.warnings ?? []) warnOf(context, one);
  return interruptible(dataset);
}

function warnOf({ warn }: Context, { code, message, at, hint }: Warning): void {
  warn(code, message, { at, ...(hint === null ? {} : { hint }) });
}

/** Shapes of the inputs that data goes into. */
export function inputShapesOf(graph: Graph): readonly (readonly number[])[] {
  return dataInputs(graph).map((port) => graph.values.get(port.value)!.shape);
}
