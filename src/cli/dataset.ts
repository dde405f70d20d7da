import { resolve } from 'node:path';
import { type DatasetOptions, openDataset, openSequences } from '../data/open.ts';
import { faultOfSpan, type Preprocess } from '../data/preprocess.ts';
import { upTo } from '../data/source.ts';
import { firstSamples } from '../data/subset.ts';
import type { Dataset, IndexedDataset, Sample } from '../data/types.ts';
import { openClips } from '../data/video/clips.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Warning, WarningCode } from '../diagnostics/warnings.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf, type InputContract, preprocessSha256 } from '../input/contract.ts';
import { LOOKED_AT, unitWarnings } from '../quantize/input-units.ts';
import type { LearningInput } from '../targets/target.ts';
import type { Context } from './context.ts';
import { interruptible } from './interruptible.ts';
import { numberOption, type Options } from './options.ts';

/** Which labels of data are meant. */
type Labelling = Pick<DatasetOptions, 'unlabelled' | 'outputs'>;

/** As of `openDataset`; a limit may be undefined, for none. */
type Wanted = Labelling & {
  readonly limit?: number | undefined;
  readonly draw?: boolean;
  readonly hold?: number;
};

/** Of data that a command trains on itself: what is read once stays within so many bytes. */
export const HOLD_BYTES = 2 ** 28;

/** Opens a data set for the inputs of a graph, with the preprocessing that the graph says. */
export async function datasetFor(
  path: string,
  graph: Graph,
  options: Options,
  context: Context,
  { limit = Number.POSITIVE_INFINITY, draw = false, hold = 0, ...labelling }: Wanted = {},
): Promise<IndexedDataset> {
  const reading = readingOptions(graph, options, context);
  const dataset = await openDataset(path, { ...reading, ...labelling, limit, draw, hold });
  return announced(path, dataset, contractOf(graph), context);
}

/** Opens a data set for the input of a bundle, with the preprocessing that its manifest says. */
export async function bundleDataFor(
  path: string,
  { preprocess, labels, name, shape }: LearningInput,
  limit: number | undefined,
  context: Context,
): Promise<IndexedDataset> {
  const dataset = await openDataset(path, {
    ...{ inputShapes: [shape], inputNames: [name], labels, draw: true, seed: context.seed },
    ...(preprocess === null ? {} : { preprocess }),
    ...(limit === undefined ? {} : { limit }),
  });
  return announced(path, dataset, { preprocess }, context);
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
  const reading = readingOptions(graph, options, context);
  return announced(
    path,
    await openClips(path, reading, (one) => warnOf(context, one)),
    contractOf(graph),
    context,
  );
}

/** Opens a data set for a graph: sequences where it carries state, cut with --sequence. */
export async function dataFor(
  path: string,
  graph: Graph,
  options: Options,
  context: Context,
  wanted: Wanted = {},
): Promise<Dataset> {
  const frames = numberOption(options, 'sequence') ?? null;
  if (graph.state.length === 0) {
    if (frames === null) return datasetFor(path, graph, options, context, wanted);
    throw new TinymlError('E_USAGE', 'the model has no state: its samples are no sequences', {
      at: `--sequence ${frames}`,
      hint: 'leave it out, or say what is state with --state input=output',
    });
  }
  const { limit, draw: _, hold: __, ...labelling } = wanted;
  return sequencesFor(path, graph, options, context, limit, labelling);
}

/** Opens data whose samples come in the order of time, whatever takes them: clips, or sequences cut with --sequence. */
export async function sequencesFor(
  path: string,
  graph: Graph,
  options: Options,
  context: Context,
  limit?: number,
  labelling: Labelling = {},
): Promise<Dataset> {
  const dataset = await openSequences(path, {
    ...readingOptions(graph, options, context),
    ...labelling,
    frames: numberOption(options, 'sequence') ?? null,
    ...(limit === undefined ? {} : { limit }),
    onWarning: (one) => warnOf(context, one),
  });
  return announced(path, dataset, contractOf(graph), context);
}

/** The preprocessing of the graph, and for clips --max-frames, --noise, --gain and --shake. */
function readingOptions(graph: Graph, options: Options, { seed }: Context): DatasetOptions {
  const { preprocess, labels } = contractOf(graph);
  const maxFrames = numberOption(options, 'max-frames');
  const [noise = 0, gain = 0, shake = 0] = ['noise', 'gain', 'shake'].map((name) =>
    numberOption(options, name),
  );
  return {
    inputShapes: inputShapesOf(graph),
    inputNames: dataInputs(graph).map(({ name }) => name),
    labels,
    ...(preprocess === null ? {} : { preprocess }),
    ...(maxFrames === undefined ? {} : { maxFrames }),
    disturb: { noise, gain, shake },
    seed,
  };
}

function announced<D extends Dataset>(
  path: string,
  dataset: D,
  { preprocess }: Pick<InputContract, 'preprocess'>,
  context: Context,
): D {
  context.reads(`a file of ${path}`, dataset.files);
  context.origins.data(path, dataset.files);
  context.origins.preprocess(preprocessSha256(preprocess));
  if (preprocess === null) warnOfRawValues(path, dataset, context);
  else if (dataset.content === 'image') warnOfSpan(preprocess, context);
  const known = saidOf(path, context);
  for (const one of dataset.warnings ?? []) if (!known.has(one.code)) warnOf(context, one);
  return interruptible(dataset);
}

/** Warns where values of the first samples are not in the units that a graph takes. */
export async function warnOfUnits(
  path: string,
  dataset: Dataset,
  graph: Graph,
  context: Context,
): Promise<void> {
  const samples: Sample[] = [];
  const few = dataset.sequences ? [0] : upTo(Math.min(dataset.length, LOOKED_AT));
  for await (const sample of firstSamples(dataset.samples([...few]), LOOKED_AT)) samples.push(sample);
  for (const { code, message, at, hint } of unitWarnings(graph, samples)) {
    warnOf(context, { code, message, at: [path, ...at], hint });
  }
}

/** What is said of a folder once, however many data sets are read from it: training, evaluation, samples of a self-test. */
const ONCE: readonly WarningCode[] = ['W_MIXED_DATA', 'W_ORIENTATION'];

/** Which of these were said already of the data at this path. */
function saidOf(path: string, { warnings }: Context): ReadonlySet<WarningCode> {
  const place = resolve(path);
  const own = warnings().filter(
    ({ code, at: [first] }) => ONCE.includes(code) && first !== undefined && resolve(first) === place,
  );
  return new Set(own.map(({ code }) => code));
}

/** Once, however many data sets there are. */
function warnOfRawValues(path: string, { content }: Dataset, { warn, warnings }: Context): void {
  const values = content === undefined ? undefined : RAW_CONTENT[content];
  if (values === undefined || warnings().some(({ code }) => code === 'W_NO_PREPROCESS')) return;
  warn('W_NO_PREPROCESS', `nothing says what the model takes: ${values} go in as they are`, {
    at: path,
    hint: 'give --preprocess <file.json> with what was done in training (docs/data.md); if that was nothing, say --preprocess raw: else firmware takes floats alone',
  });
}

/** Once, however many data sets there are. */
function warnOfSpan(preprocess: Preprocess, { warn, warnings }: Context): void {
  const fault = faultOfSpan(preprocess);
  if (fault === null || warnings().some(({ code }) => code === 'W_PIXELS')) return;
  warn('W_PIXELS', `with this preprocessing ${fault.values}`, { at: 'preprocessing', hint: fault.hint });
}

/** Data whose values are seldom what a model was trained on. Numbers of arrays were made for it. */
const RAW_CONTENT: Partial<Record<NonNullable<Dataset['content']>, string>> = {
  image: 'pixels 0 .. 255',
  sound: 'samples -1 .. 1',
  signal: 'numbers of recordings',
};

function warnOf({ warn }: Context, { code, message, at, hint }: Warning): void {
  warn(code, message, { at, ...(hint === null ? {} : { hint }) });
}

/** Shapes of the inputs that data goes into. */
export function inputShapesOf(graph: Graph): readonly (readonly number[])[] {
  return dataInputs(graph).map((port) => graph.values.get(port.value)!.shape);
}
