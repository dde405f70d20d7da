/**
 * Accuracy of post-training quantisation on the MLPerf Tiny image classifier (ResNet-8): every setting on five seeded
 * draws of 500 of the 3805 training images, judged on the 761 test images. `ort` is ONNX Runtime on the exported file,
 * `int8` the integer program itself. The float model has 673 right.
 *
 * usage: node --import tsx bench/quantize-ic.ts [--settings default|all] [--integer default|all|none] [--draws 5]
 */
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { chooseIndices } from '../src/data/subset.ts';
import { createRunner } from '../src/engine/index.ts';
import { argMax, evaluate, oneByOne } from '../src/execute/evaluate.ts';
import type { Graph } from '../src/graph/types.ts';
import { lower } from '../src/lower/lower.ts';
import { exportModel } from '../src/onnx/export.ts';
import { planMemory } from '../src/program/plan.ts';
import { createSampleRunner } from '../src/program/sample.ts';
import { calibrate, type Statistics } from '../src/quantize/calibrate.ts';
import { equalise } from '../src/quantize/equalise.ts';
import { quantizeFromStatistics } from '../src/quantize/from-statistics.ts';
import type { ObserverKind } from '../src/quantize/observers/index.ts';
import { QUANTIZE_DEFAULTS } from '../src/quantize/quantize-graph.ts';
import { planQuantization, type QuantPlan } from '../src/quantize/scheme.ts';
import { loadImageClassifier, OBSERVERS } from './quantize/image-classifier.ts';

type Setting = {
  readonly observer: ObserverKind;
  readonly biasCorrection: boolean;
  readonly equalize: boolean;
};

const { values: flags } = parseArgs({
  options: {
    settings: { type: 'string', default: 'all' },
    integer: { type: 'string', default: 'default' },
    draws: { type: 'string', default: '5' },
  },
});
const { float, inputShapes, training, testing, tests } = await loadImageClassifier();
const seeds = Array.from({ length: Number(flags.draws) }, (_, i) => i + 1);

const settings = [
  ...OBSERVERS.flatMap((observer) =>
    [false, true].map((biasCorrection): Setting => ({ observer, biasCorrection, equalize: false })),
  ),
  ...[false, true].map(
    (biasCorrection): Setting => ({
      observer: QUANTIZE_DEFAULTS.observer,
      biasCorrection,
      equalize: !QUANTIZE_DEFAULTS.equalize,
    }),
  ),
].filter((setting) => flags.settings === 'all' || isDefault(setting));
const results = new Map(settings.map((setting) => [setting, { ort: [] as number[], int8: [] as number[] }]));
for (const seed of seeds) {
  const indices = chooseIndices(training.length, 500, seed);
  for (const equalize of new Set(settings.map((setting) => setting.equalize))) {
    const graph = equalize ? equalise(float).graph : float;
    const plan = planQuantization(graph, QUANTIZE_DEFAULTS.scheme);
    const started = performance.now();
    const statistics = await calibrate(graph, plan, training.samples(indices));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.error(`draw ${seed}, equalised ${equalize}: calibrated in ${seconds} s`);
    for (const setting of settings.filter((candidate) => candidate.equalize === equalize)) {
      await measure(setting, graph, plan, statistics);
    }
  }
}
printTable();

async function measure(
  setting: Setting,
  graph: Graph,
  plan: QuantPlan,
  statistics: Statistics,
): Promise<void> {
  const quantized = quantizeFromStatistics(graph, plan, statistics, {
    ...QUANTIZE_DEFAULTS,
    ...setting,
    io: 'float',
    moments: null,
  }).graph;
  const result = results.get(setting)!;
  result.ort.push(await rightInOnnxRuntime(quantized));
  if (flags.integer === 'all' || (flags.integer === 'default' && isDefault(setting))) {
    result.int8.push(await rightInProgram(quantized));
  }
}

function isDefault({ observer, biasCorrection, equalize }: Setting): boolean {
  return (
    JSON.stringify(observer) === JSON.stringify(QUANTIZE_DEFAULTS.observer) &&
    biasCorrection === QUANTIZE_DEFAULTS.biasCorrection &&
    equalize === QUANTIZE_DEFAULTS.equalize
  );
}

async function rightInOnnxRuntime(graph: Graph): Promise<number> {
  const session = await ort.InferenceSession.create(exportModel(graph), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  let right = 0;
  for (const { inputs, label } of tests) {
    const tensor = new ort.Tensor('float32', inputs[0]!, [...inputShapes[0]!]);
    const scores = (await session.run({ [input]: tensor }))[output]!.data as Float32Array;
    if (argMax(scores) === label) right++;
  }
  await session.release();
  return right;
}

async function rightInProgram(graph: Graph): Promise<number> {
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const run = createSampleRunner(program, plan, createRunner(program, plan));
  const evaluation = await evaluate(
    oneByOne(({ inputs }) => run(inputs)[0]!),
    testing,
  );
  return evaluation.kind === 'classification' ? evaluation.correct : Number.NaN;
}

function printTable(): void {
  const median = (counts: readonly number[]): number =>
    [...counts].sort((a, b) => a - b)[counts.length >> 1]!;
  const cells = (counts: readonly number[]): string =>
    counts.length === 0 ? '| |' : `${counts.join(', ')} | ${median(counts)} |`;
  console.log(
    `| observer | equalised | biases corrected | ort: seeds ${seeds.join(', ')} | median | int8 | median |`,
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const [setting, { ort: inRuntime, int8 }] of results) {
    const { observer, equalize, biasCorrection } = setting;
    const name = observer.kind === 'percentile' ? `percentile ${observer.percentile}` : observer.kind;
    const row = [
      isDefault(setting) ? `**${name}**` : name,
      equalize ? 'yes' : 'no',
      biasCorrection ? 'yes' : 'no',
    ];
    console.log(`| ${row.join(' | ')} | ${cells(inRuntime)} ${cells(int8)}`);
  }
}
