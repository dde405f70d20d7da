import { join } from 'node:path';
import { fitToBudget } from '../codec/budget.ts';
import { readCodec, writeCodec } from '../codec/file.ts';
import { withEncoder } from '../codec/program.ts';
import { mostBytes } from '../codec/tables.ts';
import type { StripeCodec } from '../codec/types.ts';
import type { IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { accuracyOf, evaluate } from '../execute/evaluate.ts';
import { predictFloat } from '../execute/predict.ts';
import type { Graph } from '../graph/types.ts';
import { lower } from '../lower/lower.ts';
import { exportModel } from '../onnx/export.ts';
import { regularise } from '../passes/pipeline.ts';
import { planMemory } from '../program/plan.ts';
import { quantizeGraph } from '../quantize/quantize-graph.ts';
import { type SplitRow, splitText } from '../report/split-rows.ts';
import { codeFeatures } from '../split/code-features.ts';
import { type Cut, cutsOf, floatBytesOf } from '../split/cuts.ts';
import { type Features, featuresOf, tailData } from '../split/features.ts';
import { learnCut } from '../split/learn-cut.ts';
import { SPLIT_BATCH } from '../split/train-across.ts';
import { trainTail } from '../split/train-tail.ts';
import { channelWeights } from '../split/weights.ts';
import { trainable } from '../train/run/model.ts';
import { calibrationData } from './calibration.ts';
import type { CommandResult, Context } from './context.ts';
import { datasetFor, HOLD_BYTES } from './dataset.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { withFittingLabels } from './input-contract.ts';
import { dimensions, openModel } from './model.ts';
import { numberOption, type Options, requiredNumber, requiredText, textOption } from './options.ts';

/** `tinyml split m.onnx --data D --eval E`: where a network may be cut, and what crosses the wire. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const { graph: given } = trainable(await openModel(path, options, context), dimensions(options));
  const float = withFittingLabels(regularise(given), options, context);
  const output = textOption(options, 'output');
  const wanted = textOption(options, 'cut');
  requireCut(options);
  const dataPath = requiredText(options, 'data');
  const { dataset, indices } = await calibrationData(dataPath, float, options, context);
  const test = await datasetFor(requiredText(options, 'eval'), float, options, context, {});
  const { graph: quantised } = await quantizeGraph(float, () => dataset.samples(indices), {
    jobs: context.jobs,
  });
  const all = cutsOf(float, quantised);
  const listed = wanted === undefined || wanted === AUTO ? someCuts(all) : [namedCut(someCuts(all), wanted)];
  const uncut = await accuracyOn(float, test, context);
  const isTrained = requiredNumber(options, 'epochs') > 0;
  const sides: Sides = {
    known: (cut) => featuresOf(cut.head, dataset.samples(indices)),
    unknown: (cut) => featuresOf(cut.head, test.samples()),
  };
  const found: Split[] = [];
  if (wanted === undefined || wanted === AUTO || !isTrained) {
    const task = context.progress('split', listed.length, 'cuts');
    for (const cut of listed) {
      const known = await sides.known(cut);
      found.push(
        await splitAt(
          cut,
          { floatBytes: floatBytesOf(cut), known, others: known },
          ...([sides, null, options, context] as const),
        ),
      );
      task.update(found.length, cut.value);
    }
    task.finish();
  }
  const rows = found.map(({ row }) => row);
  const json = { model: path, samples: test.length, accuracy: { float: uncut } };
  const text = (chosen: SplitRow | null, all: readonly SplitRow[]) => () =>
    splitText(all, uncut, test.length, chosen);
  if (wanted === undefined) return { json: { ...json, cut: null, cuts: rows }, text: text(null, rows) };
  const chosen = wanted === AUTO ? listed[cheapest(rows, uncut, options)]! : listed[0]!;
  const split = isTrained
    ? await trainedSplit(float, chosen, sides, { dataPath, indices }, options, context)
    : found.find(({ cut }) => cut === chosen)!;
  const shown = wanted === AUTO && isTrained ? [...rows, split.row] : wanted === AUTO ? rows : [split.row];
  const limits = evaluateGates(options, {
    ...(split.row.arenaBytes === null ? {} : { 'max-ram': split.row.arenaBytes }),
    ...(split.row.accuracy === null ? {} : { 'max-drop': uncut - split.row.accuracy }),
  });
  const failure = gateFailure(limits);
  if (output !== undefined && failure === null) writeParts(output, split, context);
  return {
    json: { ...json, cut: split.row.value, cuts: shown },
    text: text(split.row, shown),
    failure,
  };
}

const AUTO = 'auto';

/** Accuracy that a cut may cost which is chosen, where no limit says so. */
const MAX_DROP = 0.01;

/** Features at a cut: of samples that codecs are fitted to, and of others. */
type Sides = {
  readonly known: (cut: Cut) => Promise<Features>;
  readonly unknown: (cut: Cut) => Promise<Features>;
};

/** Features that a codec is fitted to, and those whose messages are to be within the budget. */
type Fitting = {
  readonly floatBytes: number;
  readonly known: Features;
  readonly others: Pick<Features, 'codes'>;
};

/** Maps whose messages are measured where there are more than a codec is fitted to. */
const MEASURED = 1000;

/** At most so many, of all parts of the list. */
function evenly<Item>(items: readonly Item[], most: number): readonly Item[] {
  const step = Math.max(1, Math.ceil(items.length / most));
  return items.filter((_, i) => i % step === 0);
}

/** A cut with its codec; null where the budget is too small for one. */
type Split = {
  readonly row: SplitRow;
  readonly cut: Cut;
  readonly codec: StripeCodec | null;
  readonly tail: Graph;
};

/** The place of the cut of the fewest bytes among those that are within the limits, of the least RAM among such. @throws TinymlError E_GATE where none is */
function cheapest(rows: readonly SplitRow[], uncut: number, options: Options): number {
  const [mostRam, mostDrop] = [
    numberOption(options, 'max-ram'),
    numberOption(options, 'max-drop') ?? MAX_DROP,
  ];
  const fitting = rows.filter(
    ({ messageBytes, arenaBytes, accuracy }) =>
      messageBytes !== null && arenaBytes! <= (mostRam ?? arenaBytes!) && uncut - accuracy! <= mostDrop,
  );
  if (fitting.length === 0) {
    throw new TinymlError('E_GATE', 'no cut is within the limits', {
      at: '--cut auto',
      hint: 'Without --cut all are listed; give a lower --ratio, a greater --max-drop (1% where there is none), or more --max-ram.',
    });
  }
  const [best] = [...fitting].sort(
    (a, b) => a.messageBytes! - b.messageBytes! || a.arenaBytes! - b.arenaBytes!,
  );
  return rows.indexOf(best!);
}

/** A cut whose tail is trained behind the codec, or which is trained as a whole across it. */
async function trainedSplit(
  float: Graph,
  cut: Cut,
  sides: Sides,
  { dataPath, indices }: { readonly dataPath: string; readonly indices: readonly number[] },
  options: Options,
  context: Context,
): Promise<Split> {
  const floatBytes = floatBytesOf(cut);
  const known = await sides.known(cut);
  if (textOption(options, 'train') === 'tail') {
    return splitAt(
      cut,
      { floatBytes, known, others: known },
      sides,
      trainTailOn(known, options, context),
      options,
      context,
    );
  }
  const data = await datasetFor(dataPath, float, options, context, { hold: HOLD_BYTES });
  const epochs = requiredNumber(options, 'epochs');
  const task = context.progress(
    'train',
    epochs * Math.max(1, Math.floor(data.length / SPLIT_BATCH)),
    'batches',
  );
  const interrupt = context.deferInterrupt();
  let done = 0;
  try {
    const { cut: narrowed, traffic } = await learnCut(float, cut, known, data, indices, {
      budget: floatBytes / requiredNumber(options, 'ratio'),
      width: numberOption(options, 'narrow') ?? null,
      ...{ epochs, rate: requiredNumber(options, 'lr'), seed: context.seed, jobs: context.jobs },
      signal: interrupt.signal,
      onStep: () => task.update(++done),
    });
    task.finish();
    // The last epoch is of the tail alone, behind the codec that stays.
    const all = await featuresOf(narrowed.head, data.samples());
    let last = 0;
    const settle = async ({ tail, value }: Cut, codec: StripeCodec): Promise<Graph> => {
      const coded = codeFeatures(codec, all);
      last = coded.bytes + data.length;
      return trainTail(tail, tailData(value, coded.features), {
        ...tailTraining(options, context),
        epochs: 1,
      });
    };
    const ofNarrowed = await sides.known(narrowed);
    const others = { codes: evenly(all.codes, MEASURED) };
    const fitting = { floatBytes, known: ofNarrowed, others };
    const split = await splitAt(narrowed, fitting, sides, settle, options, context);
    const training = {
      up: traffic.up + last,
      down: traffic.down,
      float: floatBytes * (2 * traffic.samples + data.length),
    };
    return { ...split, row: { ...split.row, training } };
  } finally {
    interrupt.end();
  }
}

/** @param train what becomes of the tail behind the codec; null: it stays as it is */
async function splitAt(
  cut: Cut,
  { floatBytes, known, others }: Fitting,
  sides: Sides,
  train: ((cut: Cut, codec: StripeCodec) => Promise<Graph>) | null,
  options: Options,
  context: Context,
): Promise<Split> {
  const { value, shape } = cut;
  const weights = await channelWeights(cut.tail, known);
  const { scale, zeroPoint } = known;
  const fitted = fitToBudget(
    known,
    { value, scale, zeroPoint, weights },
    floatBytes / requiredNumber(options, 'ratio'),
    { others },
  );
  const row = { value, shape: shape.slice(1), floatBytes, training: null };
  if (fitted === null) {
    const none = { messageBytes: null, codecBytes: null, arenaBytes: null, accuracy: null };
    return { row: { ...row, ...none }, cut, codec: null, tail: cut.tail };
  }
  // What is measured is what a reader of the file has.
  const codec = readCodec(writeCodec(fitted.codec), 'codec.tsgq');
  const { features, bytes } = codeFeatures(codec, await sides.unknown(cut));
  const tail = train === null ? cut.tail : await train(cut, codec);
  return {
    row: {
      ...row,
      messageBytes: bytes / features.codes.length,
      codecBytes: writeCodec(codec).length,
      arenaBytes: arenaOf(cut.head, codec),
      accuracy: await accuracyOn(tail, tailData(value, features), context),
    },
    ...{ cut, codec, tail },
  };
}

function trainTailOn(known: Features, options: Options, context: Context) {
  return async ({ tail, value }: Cut, codec: StripeCodec): Promise<Graph> =>
    trainTail(tail, tailData(value, codeFeatures(codec, known).features), tailTraining(options, context));
}

function tailTraining(options: Options, { seed }: Context) {
  return {
    ...{ epochs: requiredNumber(options, 'epochs'), rate: requiredNumber(options, 'lr') },
    ...{ init: 'model' as const, seed },
    signal: new AbortController().signal,
    onStep: () => {},
  };
}

/** Bytes of the arena of a head that ends in the encoder, whose messages may take all that they need. */
function arenaOf(head: Graph, codec: StripeCodec): number {
  const program = withEncoder(lower(head), codec, mostBytes(codec));
  return planMemory(program, { library: 'builtin', core: { dsp: true, mve: false } }).arenaBytes;
}

/** @throws TinymlError E_DATA for data without labels */
async function accuracyOn(graph: Graph, data: IndexedDataset, { jobs }: Context): Promise<number> {
  const accuracy = accuracyOf(await evaluate(predictFloat(graph, jobs), data));
  if (accuracy !== null) return accuracy;
  throw new TinymlError('E_DATA', 'cuts are compared by their accuracy: the data have no labels', {
    at: '--eval',
    hint: 'Give labelled data.',
  });
}

/** @throws TinymlError E_USAGE for options that are of one cut, where none is named, and for those of a training that there is not */
function requireCut(options: Options): void {
  const epochs = requiredNumber(options, 'epochs');
  const ofBoth =
    numberOption(options, 'narrow') !== undefined &&
    (epochs === 0 || textOption(options, 'train') !== 'both');
  if (ofBoth) {
    throw new TinymlError('E_USAGE', '--narrow is of networks that are trained across the wire', {
      at: '--narrow',
      hint: 'Give --train both and --epochs, or leave it out.',
    });
  }
  if (textOption(options, 'cut') !== undefined) return;
  const alone =
    ['output', 'max-ram', 'max-drop'].find((name) => options[name] !== undefined) ??
    (epochs > 0 ? 'epochs' : undefined);
  if (alone === undefined) return;
  throw new TinymlError('E_USAGE', `--${alone} is of one cut, and none is named`, {
    at: `--${alone}`,
    hint: 'Name it with --cut, or say --cut auto; without these options all cuts are listed.',
  });
}

/** @throws TinymlError E_OP where there is no place to cut */
function someCuts(cuts: readonly Cut[]): readonly Cut[] {
  if (cuts.length > 0) return cuts;
  throw new TinymlError('E_OP', 'the network has no map of int8 codes that separates it in two', {
    at: 'the model',
    hint: 'Networks are cut at values [1, C, H, W] that all paths go through.',
  });
}

/** @throws TinymlError E_USAGE for a value that is none */
function namedCut(cuts: readonly Cut[], wanted: string): Cut {
  const cut = cuts.find(({ value }) => value === wanted);
  if (cut !== undefined) return cut;
  const names = cuts.map(({ value }) => value);
  const [close] = nearest(wanted, names);
  throw new TinymlError('E_USAGE', `the network cannot be cut at "${wanted}"`, {
    at: '--cut',
    hint: close === undefined ? `Cuts: ${names.join(', ')}` : `Did you mean ${close}?`,
  });
}

/** @throws TinymlError E_GATE where there is no codec of the size */
function writeParts(folder: string, { codec, cut, tail }: Split, { outputs }: Context): void {
  if (codec === null) {
    throw new TinymlError('E_GATE', 'no codec is that small', {
      at: '--ratio',
      hint: 'Ask for a lower ratio.',
    });
  }
  outputs.file(join(folder, 'head.onnx'), exportModel(cut.head));
  outputs.file(join(folder, 'tail.onnx'), exportModel(tail));
  outputs.file(join(folder, 'codec.tsgq'), writeCodec(codec));
}
