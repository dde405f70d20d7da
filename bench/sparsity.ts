/**
 * Experiments of docs/training-memory.md: the bundled classifier learns images that are turned, negative, or edges alone. How well the
 * gain of schemes of updates is predicted from those of their parts, and what is chosen for so much memory beside the last layers.
 *
 *   npm run bench:sparsity -- [--tasks negative,turned,edges] [--seeds 3] [--schemes 20] [--jobs 2] [--ranges learned] [--to dist/sparsity] [--json]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contractOf } from '../src/input/contract.ts';
import { seededRandom } from '../src/numbers/random.ts';
import { loadModel } from '../src/onnx/load.ts';
import { packageRoot } from '../src/package-root.ts';
import { textTable } from '../src/report/table.ts';
import { stepPacker } from '../src/targets/cortex-m/training/prefix.ts';
import { mean } from '../src/train/ablation/statistics.ts';
import { schemeLayers, schemeModel } from '../src/train/compile/trained.ts';
import type { OctoSettings } from '../src/train/options.ts';
import { loadBackend } from '../src/train/run/backend.ts';
import { type DataPath, openDataPath } from '../src/train/run/data-path.ts';
import { trainable } from '../src/train/run/model.ts';
import { networkOf } from '../src/train/run/network.ts';
import { PLAIN_CORE, planStep } from '../src/train/run/plan.ts';
import { trainingSettings } from '../src/train/run/settings.ts';
import { bestMeasured, bestWithin, lastLayers, type Space } from '../src/train/sparsity/budgets.ts';
import { fisherGains } from '../src/train/sparsity/fisher.ts';
import { probeAll } from '../src/train/sparsity/probe-all.ts';
import {
  contributionsOf,
  type Gains,
  measurementsOf,
  type ProbeRow,
  partsOf,
  predictedGain,
  probesOf,
} from '../src/train/sparsity/probes.ts';
import {
  type Choice,
  choiceKey,
  choiceText,
  NOTHING,
  schemeOf,
  withPart,
} from '../src/train/sparsity/schemes.ts';
import type { Bytes } from '../src/train/sparsity/search.ts';
import { PARTS, writeTask } from './shifted-images.ts';

const { values: flags } = parseArgs({
  options: {
    tasks: { type: 'string', default: 'negative,turned,edges' },
    seeds: { type: 'string', default: '3' },
    schemes: { type: 'string', default: '20' },
    jobs: { type: 'string', default: '2' },
    ranges: { type: 'string', default: 'learned' },
    to: { type: 'string', default: join('dist', 'sparsity') },
    json: { type: 'boolean', default: false },
  },
});

const SHARES = [1 / 8, 1 / 4, 1 / 2, 1];
const RATE = 0.03;

const model = await loadModel(join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.onnx'));
const { graph } = trainable(model, {});
const settings = await trainingSettings(
  {
    ...{
      method: 'octo',
      loss: 'cross-entropy',
      labelSmoothing: 0,
      batchSize: 8,
      accumulate: 1,
      replay: null,
      replaySteps: null,
      epochs: 2,
      rate: RATE,
    },
    ...{ optimizer: null, momentum: null, weightDecay: 0, schedule: 'cosine', warmup: '0', augment: [] },
    ...{ scheme: 'full', freeze: [], init: 'model', classes: null, weights: 'int8', faithful: false },
    ranges: flags.ranges as OctoSettings['ranges'],
    ...{ bitsWeights: 8, bitsActivations: 8, bitsGradients: 8, activations: null, gradientRounding: null },
    ...{
      prc: null,
      lac: null,
      lacL2: 1e-4,
      backend: 'native',
      hasValidation: true,
      validationShare: null,
      patience: null,
    },
  },
  { seed: 1, jobs: 1 },
);
const network = networkOf(graph, settings.trainer);
const layers = schemeLayers(network);
const space: Space = { layers, shares: SHARES, hasNewHead: false };
const seeds = Array.from({ length: Number(flags.seeds) }, (_, i) => i + 1);

const pack = stepPacker(null, 1);
const plans = new Map<string, Bytes>();
function bytesOf(choice: Choice): Bytes {
  const known = plans.get(choiceKey(choice));
  if (known !== undefined) return known;
  const scheme = schemeOf(choice, layers, schemeModel(network));
  const { memory, leastBytes } = planStep(
    graph,
    { ...settings.trainer, scheme, batchSize: 1 },
    PLAIN_CORE,
    pack,
  );
  const bytes = { arena: memory.arenaBytes, least: leastBytes, state: memory.stateBytes };
  plans.set(choiceKey(choice), bytes);
  return bytes;
}

const results = [];
for (const task of flags.tasks.split(',')) results.push(await experiment(task));
if (flags.json) process.stdout.write(`${JSON.stringify(results)}\n`);
else for (const result of results) process.stdout.write(`${resultText(result)}\n\n`);

async function experiment(task: string) {
  const imagesOf = writeTask(task, flags.to);
  const path = (name: string): DataPath => ({
    path: imagesOf(name),
    input: { ...contractOf(graph), preprocess: null },
    limit: null,
    seed: 1,
  });
  const measure = async (choices: readonly Choice[], on: string, of: readonly number[]) => {
    const rows: ProbeRow[] = [];
    const distinct = [...new Map(choices.map((choice) => [choiceKey(choice), choice])).values()];
    const trained = Array.from({ length: PARTS[0][3] }, (_, i) => i);
    await probeAll(
      { graph, data: path('train'), trained, held: [], validation: path(on), settings },
      of.flatMap((seed) => distinct.map((choice) => ({ choice, seed }))),
      {
        jobs: Number(flags.jobs),
        signal: new AbortController().signal,
        onRow: (row) => rows.push(row),
        onSteps: () => {},
      },
    );
    process.stderr.write(`${task}: ${rows.length} trainings\n`);
    return measurementsOf(rows);
  };
  const random = randomSchemes(Number(flags.schemes));
  const measured = await measure([...probesOf(layers, SHARES, false), ...random], 'held', [1]);
  const gains = contributionsOf(layers, measured);
  const of = (choice: Choice) => measured.get(choiceKey(choice))!;
  const predicted = random.map((choice) => predictedGain(choice, layers, gains));

  const data = await openDataPath(graph, path('train'));
  const some = Array.from({ length: 256 }, (_, i) => i);
  const fisher = fisherGains(await loadBackend('native'), graph, layers, settings.trainer, data, some);
  const byFisher = random.map((choice) => predictedGain(choice, layers, fisher));
  const pick = (by: Gains, budget: number): Choice => bestWithin(space, by, bytesOf, budget, 5000)!.choice;
  const candidates = lastLayers(layers, false).map((rival) => {
    const budget = bytesOf(rival).arena;
    return { budget, rival, predicted: pick(gains, budget), fisher: pick(fisher, budget) };
  });
  // As the command does: what is chosen is the best as measured, of what was predicted and of the last layers that fit.
  const confirmed = await measure(
    candidates.flatMap(({ rival, predicted: best }) => [rival, best]),
    'held',
    [1],
  );
  const rows = candidates.map(({ budget, rival, predicted: best, fisher: other }) => {
    const fitting = candidates.flatMap((one) =>
      [one.rival, one.predicted].filter((choice) => bytesOf(choice).arena <= budget),
    );
    return { budget, rival, chosen: bestMeasured([best, ...fitting], confirmed), fisher: other };
  });
  const all = rows.flatMap(({ rival, chosen, fisher: other }) => [rival, chosen, other]);
  const final = await measure([NOTHING, ...all], 'test', seeds);
  const accuracy = (choice: Choice): number | null => final.get(choiceKey(choice))?.accuracy ?? null;
  return {
    task,
    before: accuracy(NOTHING),
    spearman: {
      loss: spearman(
        predicted,
        random.map((choice) => -of(choice).loss),
      ),
      accuracy: spearman(
        predicted,
        random.map((choice) => of(choice).accuracy),
      ),
      fisher: spearman(
        byFisher,
        random.map((choice) => -of(choice).loss),
      ),
    },
    rows: rows.map(({ budget, rival, chosen, fisher: other }) => ({
      budget,
      last: { scheme: `last:${rival.depth}`, accuracy: accuracy(rival) },
      chosen: {
        scheme: choiceText(chosen, layers),
        bytes: bytesOf(chosen).arena,
        accuracy: accuracy(chosen),
      },
      fisher: { scheme: choiceText(other, layers), bytes: bytesOf(other).arena, accuracy: accuracy(other) },
    })),
  };
}

/** Different schemes: a depth, and of each layer behind it, with a chance of 0.6, one of its shares. */
function randomSchemes(count: number): readonly Choice[] {
  const random = seededRandom(7);
  const parts = partsOf(layers, SHARES, false);
  const found = new Map<string, Choice>();
  while (found.size < count) {
    const depth = 1 + Math.floor(random() * layers.length);
    let choice: Choice = { depth, parts: [] };
    for (let layer = layers.length - depth; layer < layers.length; layer++) {
      const own = parts.filter((part) => part.layer === layer);
      const part = own[Math.floor(random() * own.length)]!;
      if (random() < 0.6) choice = withPart(choice, part);
    }
    found.set(choiceKey(choice), choice);
  }
  return [...found.values()];
}

/** Rank correlation; equal values have the mean of their ranks. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const ranks = (values: readonly number[]): readonly number[] =>
    values.map((value) => {
      const below = values.filter((other) => other < value).length;
      return below + (values.filter((other) => other === value).length - 1) / 2;
    });
  const [x, y] = [ranks(a), ranks(b)];
  const [mx, my] = [mean(x), mean(y)];
  const product = (p: readonly number[], q: readonly number[], mp: number, mq: number): number =>
    p.reduce((sum, value, i) => sum + (value - mp) * (q[i]! - mq), 0);
  return product(x, y, mx, my) / Math.sqrt(product(x, x, mx, mx) * product(y, y, my, my));
}

function resultText({ task, before, spearman: rho, rows }: Awaited<ReturnType<typeof experiment>>): string {
  const share = (value: number | null): string => (value === null ? '-' : (100 * value).toFixed(1));
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'within the bytes of' },
    right('bytes'),
    right('right %'),
    { title: 'chosen by contribution' },
    right('bytes'),
    right('right %'),
    { title: 'by Fisher information' },
    right('right %'),
  ];
  const cells = rows.map(({ budget, last, chosen, fisher }) => [
    ...[last.scheme, budget.toLocaleString('en'), share(last.accuracy)],
    ...[chosen.scheme, chosen.bytes.toLocaleString('en'), share(chosen.accuracy)],
    ...[fisher.scheme, share(fisher.accuracy)],
  ]);
  return [
    `${task}: as it is ${share(before)} % right; rank correlation of predicted and real gain ${rho.loss.toFixed(2)} (of accuracy ${rho.accuracy.toFixed(2)}; of Fisher information ${rho.fisher.toFixed(2)})`,
    textTable(columns, cells),
  ].join('\n');
}
