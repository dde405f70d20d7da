/**
 * Features of a split network through the codec of stripes and through others: how much smaller than float32, headers and the codec file
 * counted, and how many points of accuracy are lost, with the tail as it was, trained behind the code, and with all of the network trained across
 * it. There the bytes of training are rows of their own, up and down together; what float32 loses by the same training stands beside them, and
 * points are lost against the better of the network before and after that.
 * `npm run bench:codec -- [--json] [--seeds 3] [--images 3000] [--learn 30000] [--test 2000] [--epochs 4] [--of rivals,stripes,learned] [--tasks fashion,cifar]`
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { readModel } from '../fixtures/fashion-mnist/accuracy.ts';
import { DEBIAN_FOLDER } from '../fixtures/fashion-mnist/images.ts';
import { fitToBudget } from '../src/codec/budget.ts';
import { writeCodec } from '../src/codec/file.ts';
import { openDataset } from '../src/data/open.ts';
import type { IndexedDataset } from '../src/data/types.ts';
import { accuracyOf, evaluate } from '../src/execute/evaluate.ts';
import { predictFloat } from '../src/execute/predict.ts';
import { cutGraph } from '../src/graph/cut.ts';
import type { Graph } from '../src/graph/types.ts';
import { exportModel } from '../src/onnx/export.ts';
import { importModel } from '../src/onnx/import.ts';
import { packageRoot } from '../src/package-root.ts';
import { regularise } from '../src/passes/pipeline.ts';
import { quantizeGraph } from '../src/quantize/quantize-graph.ts';
import { markdownTable } from '../src/report/markdown-table.ts';
import { codeFeatures } from '../src/split/code-features.ts';
import { cutsOf } from '../src/split/cuts.ts';
import { type Features, featuresOf, tailData } from '../src/split/features.ts';
import { learnCut } from '../src/split/learn-cut.ts';
import { trainAcross } from '../src/split/train-across.ts';
import { trainTail } from '../src/split/train-tail.ts';
import { channelWeights } from '../src/split/weights.ts';
import { trainable } from '../src/train/run/model.ts';
import { CUT, cifarNetwork } from './codec/networks.ts';
import { type Coded, topValues, uniform } from './codec/rivals.ts';

const { values: asked } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '3' },
    images: { type: 'string', default: '3000' },
    test: { type: 'string', default: '2000' },
    epochs: { type: 'string', default: '4' },
    learn: { type: 'string', default: '30000' },
    of: { type: 'string', default: 'rivals,stripes,learned' },
    ratios: { type: 'string', default: '16,32,100' },
    tasks: { type: 'string', default: 'fashion,cifar' },
  },
});
const [seeds, images, tests, epochs, learned] = [
  ...[asked.seeds, asked.images, asked.test, asked.epochs, asked.learn].map(Number),
] as [number, number, number, number, number];

/** Ratios against float32 that stripes are fitted to. */
const RATIOS = asked.ratios.split(',').map(Number);
/** Maps that a codec is fitted to. */
const FITTED = 200;
const TAIL_EPOCHS = 2;
const TAIL_RATE = 0.0003;
const LEARNING_EPOCHS = 4;
/** The narrower the layer, the further from the network that it comes from. */
const learningRate = (ratio: number): number => (ratio > 50 ? 0.001 : 0.0003);
/** Maps of the training data whose messages are to be within the budget. */
const MEASURED = 1000;

type Task = {
  readonly name: string;
  /** The value that crosses the wire. */
  readonly cut: string;
  /** Where its data are. */
  readonly folder: string;
  readonly open: (part: 'train' | 'test', limit: number, seed: number) => Promise<IndexedDataset>;
  /** The network in float32. */
  readonly model: (data: IndexedDataset, seed: number) => Promise<Graph>;
};

const CIFAR = join(packageRoot(), '..', 'shared', 'data', 'cifar10');

const TASKS: readonly Task[] = [
  {
    name: 'fashion-mnist',
    cut: 'depthwise2.relu',
    folder: DEBIAN_FOLDER,
    open: (part, limit, seed) =>
      openDataset(unpackFashion(part === 'train' ? 'train' : 't10k'), {
        ...{ inputShapes: [[1, 1, 28, 28]], limit, draw: true, seed, hold: 2 ** 26 },
      }),
    model: () => readModel('model.onnx'),
  },
  {
    name: 'cifar-10 subset',
    cut: CUT,
    folder: CIFAR,
    open: (part, limit, seed) =>
      openDataset(join(CIFAR, part === 'train' ? 'train-3805.bin' : 'test-761.bin'), {
        ...{ inputShapes: [[1, 3, 32, 32]], limit, draw: true, seed, hold: 2 ** 26 },
      }),
    model: async (data, seed) => {
      const { graph } = trainable(importModel(exportModel(cifarNetwork()), { path: 'cifar-10' }), {});
      return regularise(
        await trainTail(graph, data, { ...quiet, seed, epochs, init: 'random', rate: 0.003 }),
      );
    },
  },
];

const unpacked = mkdtempSync(join(tmpdir(), 'tinyml-codec-'));
process.on('exit', () => rmSync(unpacked, { recursive: true, force: true }));

/** The IDX file of the images, its labels beside it. */
function unpackFashion(part: 'train' | 't10k'): string {
  for (const name of [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`]) {
    const to = join(unpacked, name);
    if (!existsSync(to)) writeFileSync(to, gunzipSync(readFileSync(join(DEBIAN_FOLDER, `${name}.gz`))));
  }
  return join(unpacked, `${part}-images-idx3-ubyte`);
}

const quiet = { signal: new AbortController().signal, onStep: () => {} };

type Row = { readonly code: string; readonly ratio: number; readonly pointsLost: number };

const note = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function accuracy(graph: Graph, data: IndexedDataset): Promise<number> {
  return 100 * accuracyOf(await evaluate(predictFloat(graph, 1), data))!;
}

async function measure({ name, cut, open, model }: Task, seed: number): Promise<readonly Row[]> {
  const data = await open('train', images, seed);
  const test = await open('test', tests, 1);
  const float = await model(data, seed);
  const whole = await accuracy(float, test);
  note(`${name}, seed ${seed}: float32 ${whole.toFixed(2)} %`);
  const { graph: quantised } = await quantizeGraph(float, () => data.samples([...Array(200).keys()]));
  const { head, tail } = cutsOf(float, quantised).find(({ value }) => value === cut)!;
  const [known, unknown] = [await featuresOf(head, data.samples()), await featuresOf(head, test.samples())];
  const few = { ...known, codes: known.codes.slice(0, FITTED) };
  const weights = await channelWeights(tail, few);
  const rows: Row[] = [];
  const add = async (code: string, ofTest: Coded, ofTraining: Features | null): Promise<void> => {
    const ratio = (4 * unknown.codes[0]!.length) / ofTest.bytesPerMap;
    const after = tailData('test', ofTest.features);
    const lost = whole - (await accuracy(tail, after));
    rows.push({ code: `${name}: ${code}`, ratio, pointsLost: lost });
    note(`${name}, seed ${seed}: ${code} ${ratio.toFixed(1)}x, ${lost.toFixed(2)} points`);
    if (ofTraining === null) return;
    const trained = await trainTail(tail, tailData('training', ofTraining), {
      ...quiet,
      ...{ seed, epochs: TAIL_EPOCHS, init: 'model', rate: TAIL_RATE },
    });
    const lostTrained = whole - (await accuracy(trained, after));
    rows.push({ code: `${name}: ${code}, tail trained`, ratio, pointsLost: lostTrained });
    note(`${name}, seed ${seed}: ${code}, tail trained: ${lostTrained.toFixed(2)} points`);
  };
  if (asked.of.includes('rivals')) {
    for (const bits of [8, 4, 2])
      await add(
        `uniform ${bits} bits`,
        uniform(unknown, bits),
        bits === 4 ? null : uniform(known, bits).features,
      );
    for (const ratio of [16, 32]) {
      await add(`top-k for ${ratio}x`, topValues(unknown, ratio), null);
    }
  }
  for (const ratio of asked.of.includes('stripes') ? RATIOS : []) {
    const bytes = (4 * unknown.codes[0]!.length) / ratio;
    const { codec } = fitToBudget(
      few,
      { value: cut, scale: known.scale, zeroPoint: known.zeroPoint, weights },
      bytes,
      { others: { codes: known.codes.slice(FITTED, FITTED + MEASURED) }, sharing: unknown.codes.length },
    )!;
    const fileBytes = writeCodec(codec).length / unknown.codes.length;
    const coded = codeFeatures(codec, unknown);
    await add(
      `stripes for ${ratio}x`,
      { features: coded.features, bytesPerMap: coded.bytes / unknown.codes.length + fileBytes },
      codeFeatures(codec, known).features,
    );
  }
  if (asked.of.includes('learned'))
    rows.push(...(await learn(name, seed, { float, quantised, cut, test, whole, known: few, open })));
  return rows;
}

type Learner = Pick<Task, 'cut' | 'open'> & {
  readonly float: Graph;
  readonly quantised: Graph;
  readonly test: IndexedDataset;
  /** Accuracy of the float network. */
  readonly whole: number;
  readonly known: Features;
};

/** All of the network trained across the wire, in float32 and through a narrow layer and the codec. */
async function learn(
  name: string,
  seed: number,
  { float, quantised, cut, test, whole, known, open }: Learner,
): Promise<readonly Row[]> {
  const data = await open('train', learned, seed);
  const floatBytes = 4 * known.codes[0]!.length;
  const own = cutsOf(float, quantised).find(({ value }) => value === cut)!;
  const calibration = [...Array(FITTED).keys()];
  const rows: Row[] = [];
  const add = (code: string, ratio: number, lost: number): void => {
    rows.push({ code: `${name}: ${code}`, ratio, pointsLost: lost });
    note(`${name}, seed ${seed}: ${code} ${ratio.toFixed(1)}x, ${lost.toFixed(2)} points`);
  };
  const baselines = new Map<number, number>();
  for (const rate of new Set(RATIOS.map(learningRate))) {
    const settings = { ...quiet, budget: null, epochs: LEARNING_EPOCHS, rate, seed, jobs: 1 };
    const { head, tail } = await trainAcross(cutGraph(float, cut)!, data, settings);
    const { graph } = await quantizeGraph(head, () => data.samples(calibration));
    const after = tailData('test', await featuresOf(graph, test.samples()));
    const trained = await accuracy(tail, after);
    baselines.set(rate, Math.max(whole, trained));
    add(`float32, all trained at ${rate}`, 1, whole - trained);
  }
  for (const ratio of RATIOS) {
    const { cut: narrowed, traffic } = await learnCut(float, own, known, data, calibration, {
      ...{ ...quiet, budget: floatBytes / ratio, width: null, epochs: LEARNING_EPOCHS },
      ...{ rate: learningRate(ratio), seed, jobs: 1 },
    });
    const all = await featuresOf(narrowed.head, data.samples());
    const unknown = await featuresOf(narrowed.head, test.samples());
    const few = { ...all, codes: all.codes.slice(0, FITTED) };
    const weights = await channelWeights(narrowed.tail, few);
    const { scale, zeroPoint } = all;
    const { codec } = fitToBudget(few, { value: cut, scale, zeroPoint, weights }, floatBytes / ratio, {
      others: { codes: all.codes.slice(FITTED, FITTED + MEASURED) },
      sharing: unknown.codes.length,
    })!;
    const fileBytes = writeCodec(codec).length;
    const [ofTraining, ofTest] = [codeFeatures(codec, all), codeFeatures(codec, unknown)];
    const tail = await trainTail(narrowed.tail, tailData('training', ofTraining.features), {
      ...{ ...quiet, seed, epochs: 1, init: 'model', rate: TAIL_RATE },
    });
    const lost =
      baselines.get(learningRate(ratio))! - (await accuracy(tail, tailData('test', ofTest.features)));
    const perMap = (ofTest.bytes + fileBytes) / unknown.codes.length;
    add(`learned for ${ratio}x`, floatBytes / perMap, lost);
    const bytes = traffic.up + traffic.down + ofTraining.bytes + fileBytes + data.length;
    const inFloat = floatBytes * (2 * traffic.samples + data.length);
    add(`learned for ${ratio}x, training up and down`, inFloat / bytes, lost);
  }
  return rows;
}

const runs: Row[] = [];
for (const task of TASKS.filter(({ name }) => asked.tasks.includes(name.slice(0, 5)))) {
  if (!existsSync(task.folder)) {
    note(`${task.name}: not there`);
    continue;
  }
  for (let seed = 1; seed <= seeds; seed++) runs.push(...(await measure(task, seed)));
}
const results = [...new Set(runs.map(({ code }) => code))].map((code): Row => {
  const own = runs.filter((row) => row.code === code);
  const mean = (of: (row: Row) => number): number => own.reduce((sum, row) => sum + of(row), 0) / own.length;
  return {
    code,
    ratio: Number(mean(({ ratio }) => ratio).toFixed(2)),
    pointsLost: Number(mean(({ pointsLost }) => pointsLost).toFixed(2)),
  };
});
if (asked.json) process.stdout.write(`${JSON.stringify({ results })}\n`);
else {
  const lines = results.map(({ code, ratio, pointsLost }) => [
    code,
    `${ratio.toFixed(1)}x`,
    pointsLost.toFixed(2),
  ]);
  process.stdout.write(`${markdownTable([['code', 'ratio', 'points lost'], ...lines]).join('\n')}\n`);
}
