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
import { type Cut, cutsOf } from '../split/cuts.ts';
import { type Features, featuresOf, tailData } from '../split/features.ts';
import { trainTail } from '../split/train-tail.ts';
import { channelWeights } from '../split/weights.ts';
import { trainable } from '../train/run/model.ts';
import { calibrationData } from './calibration.ts';
import type { CommandResult, Context } from './context.ts';
import { datasetFor } from './dataset.ts';
import { withFittingLabels } from './input-contract.ts';
import { dimensions, openModel } from './model.ts';
import { type Options, requiredNumber, requiredText, textOption } from './options.ts';

/** Of training a tail that goes on from its weights. */
const RATE = 0.0003;

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
  requireCut(options);
  const { dataset, indices } = await calibrationData(requiredText(options, 'data'), float, options, context);
  const test = await datasetFor(requiredText(options, 'eval'), float, options, context, {});
  const { graph: quantised } = await quantizeGraph(float, () => dataset.samples(indices), {
    jobs: context.jobs,
  });
  const cuts = chosenCuts(cutsOf(float, quantised), options);
  const uncut = await accuracyOn(float, test, context);
  const found: Split[] = [];
  const task = context.progress('split', cuts.length, 'cuts');
  for (const cut of cuts) {
    const known = await featuresOf(cut.head, dataset.samples(indices));
    const unknown = await featuresOf(cut.head, test.samples());
    found.push(await splitAt(cut, known, unknown, options, context));
    task.update(found.length, cut.value);
  }
  task.finish();
  if (output !== undefined) writeParts(output, found[0]!, context);
  const rows = found.map(({ row }) => row);
  return {
    json: { model: path, samples: test.length, accuracy: { float: uncut }, cuts: rows },
    text: () => splitText(rows, uncut, test.length),
  };
}

/** A cut with its codec; null where the budget is too small for one. */
type Split = {
  readonly row: SplitRow;
  readonly cut: Cut;
  readonly codec: StripeCodec | null;
  readonly tail: Graph;
};

async function splitAt(
  cut: Cut,
  known: Features,
  unknown: Features,
  options: Options,
  context: Context,
): Promise<Split> {
  const { value, shape } = cut;
  const floatBytes = 4 * known.codes[0]!.length;
  const weights = await channelWeights(cut.tail, known);
  const { scale, zeroPoint } = known;
  const fitted = fitToBudget(
    known,
    { value, scale, zeroPoint, weights },
    floatBytes / requiredNumber(options, 'ratio'),
  );
  const row = { value, shape: shape.slice(1), floatBytes };
  if (fitted === null) {
    const none = { messageBytes: null, codecBytes: null, arenaBytes: null, accuracy: null };
    return { row: { ...row, ...none }, cut, codec: null, tail: cut.tail };
  }
  // What is measured is what a reader of the file has.
  const codec = readCodec(writeCodec(fitted.codec), 'codec.tsgq');
  const { features, bytes } = codeFeatures(codec, unknown);
  const tail = await trainedTail(cut, codec, known, options, context);
  return {
    row: {
      ...row,
      messageBytes: bytes / unknown.codes.length,
      codecBytes: writeCodec(codec).length,
      arenaBytes: arenaOf(cut.head, codec),
      accuracy: await accuracyOn(tail, tailData(value, features), context),
    },
    ...{ cut, codec, tail },
  };
}

/** Behind the codec, where --epochs says so. */
async function trainedTail(
  { tail, value }: Cut,
  codec: StripeCodec,
  known: Features,
  options: Options,
  context: Context,
): Promise<Graph> {
  const epochs = requiredNumber(options, 'epochs');
  if (epochs === 0) return tail;
  return trainTail(tail, tailData(value, codeFeatures(codec, known).features), {
    ...{ epochs, rate: RATE, init: 'model', seed: context.seed },
    signal: new AbortController().signal,
    onStep: () => {},
  });
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

/** @throws TinymlError E_USAGE for options that are of one cut, where none is named */
function requireCut(options: Options): void {
  if (textOption(options, 'cut') !== undefined) return;
  const alone = textOption(options, 'output') === undefined ? 'epochs' : 'output';
  if (alone === 'epochs' && requiredNumber(options, 'epochs') === 0) return;
  throw new TinymlError('E_USAGE', `--${alone} is of one cut, and none is named`, {
    at: `--${alone}`,
    hint: 'Name it with --cut; without these options all cuts are listed.',
  });
}

/** @throws TinymlError E_OP where there is no place to cut, E_USAGE for a value that is none */
function chosenCuts(cuts: readonly Cut[], options: Options): readonly Cut[] {
  if (cuts.length === 0) {
    throw new TinymlError('E_OP', 'the network has no map of int8 codes that separates it in two', {
      at: 'the model',
      hint: 'Networks are cut at values [1, C, H, W] that all paths go through.',
    });
  }
  const wanted = textOption(options, 'cut');
  if (wanted === undefined) return cuts;
  const cut = cuts.find(({ value }) => value === wanted);
  if (cut !== undefined) return [cut];
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
