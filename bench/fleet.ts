/**
 * A fleet of 8 unlike devices that learns Fashion-MNIST, strategy by strategy: virtual time and bytes until so many images are right, beside federated
 * averaging (BSP). Everything trains for real. `npm run bench:fleet -- [--json] [--seeds 3] [--images 24000] [--test 1000] [--target 0.8]`
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { DEBIAN_FOLDER, FOLDER } from '../fixtures/fashion-mnist/images.ts';
import { fleetNetwork } from '../fixtures/fleet/network.ts';
import { openDataset } from '../src/data/open.ts';
import type { IndexedDataset } from '../src/data/types.ts';
import { createLearner } from '../src/fleet/simulate/learner.ts';
import { partition, type Split } from '../src/fleet/simulate/partition.ts';
import { simulate } from '../src/fleet/simulate/simulate.ts';
import { PETREL } from '../src/fleet/strategies/petrel.ts';
import type { StrategySettings } from '../src/fleet/strategies/table.ts';
import { exportModel } from '../src/onnx/export.ts';
import { importModel } from '../src/onnx/import.ts';
import { strategyName } from '../src/report/fleet-rows.ts';
import { markdownTable } from '../src/report/markdown-table.ts';
import { trainable } from '../src/train/run/model.ts';

const { values: asked } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '3' },
    images: { type: 'string', default: '24000' },
    test: { type: 'string', default: '1000' },
    target: { type: 'string', default: '0.8' },
    steps: { type: 'string', default: '8' },
    rate: { type: 'string', default: '0.2' },
    updates: { type: 'string', default: '800' },
    fleets: { type: 'string', default: '1:8,uniform,1:8 unlike data' },
    only: { type: 'string', default: '' },
  },
});
const numbers = [asked.seeds, asked.images, asked.test, asked.target, asked.steps, asked.rate, asked.updates];
const [seeds, images, tests, target, steps, rate, updates] = numbers.map(Number) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

type Fleet = { readonly name: string; readonly speeds: readonly number[]; readonly split: Split };

const FLEETS: readonly Fleet[] = [
  { name: '1:8', speeds: [1, 2, 3, 4, 5, 6, 7, 8], split: { kind: 'iid' } },
  { name: 'uniform', speeds: [4, 4, 4, 4, 4, 4, 4, 4], split: { kind: 'iid' } },
  { name: '1:8 unlike data', speeds: [1, 2, 3, 4, 5, 6, 7, 8], split: { kind: 'dirichlet', alpha: 0.5 } },
];

/** Seconds of a step of the fastest device; a device needs so many of its steps to send, and to get, a model. */
const [STEP_SECONDS, LINK_STEPS] = [0.1, 0.8];
const JITTER = 0.1;

const STRATEGIES: readonly StrategySettings[] = [
  { kind: 'bsp', steps },
  { kind: 'asp', steps, rate: 1 },
  { kind: 'asp', steps, rate: 2 },
  { kind: 'ssp', steps, rate: 1, bound: 3 },
  { kind: 'ssp', steps, rate: 2, bound: 3 },
  { kind: 'fedbuff', steps, rate: 1, buffer: 3 },
  { kind: 'petrel', steps, ...PETREL },
];

const unpacked = mkdtempSync(join(tmpdir(), 'tinyml-fleet-'));
process.on('exit', () => rmSync(unpacked, { recursive: true, force: true }));

/** All images where they are installed, else those of the repository. */
function pathOf(part: 'train' | 't10k'): string {
  if (!existsSync(DEBIAN_FOLDER)) {
    return join(FOLDER, `${part === 'train' ? 'calibration' : 'evaluation'}-images-idx3-ubyte`);
  }
  for (const name of [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`]) {
    const to = join(unpacked, name);
    if (!existsSync(to)) writeFileSync(to, gunzipSync(readFileSync(join(DEBIAN_FOLDER, `${name}.gz`))));
  }
  return join(unpacked, `${part}-images-idx3-ubyte`);
}

const open = (part: 'train' | 't10k', limit: number, seed: number): Promise<IndexedDataset> =>
  openDataset(pathOf(part), { inputShapes: [[1, 1, 28, 28]], limit, draw: true, seed, hold: 2 ** 28 });

type Run = { readonly seconds: number; readonly bytes: number; readonly reached: boolean };

const { graph } = trainable(importModel(exportModel(fleetNetwork()), { path: 'fleet' }), {});
const test = await open('t10k', tests, 1);
const wanted = asked.fleets.split(',');
const results = [];
for (const fleet of FLEETS.filter(({ name }) => wanted.includes(name))) {
  const runs = new Map<StrategySettings, Run[]>();
  for (let seed = 1; seed <= seeds; seed++) {
    const data = await open('train', images, seed);
    const parts = partition(data.labels(), fleet.speeds.length, fleet.split, seed);
    const learner = createLearner(graph, data, parts, test, {
      ...{ method: 'float', init: 'random', batchSize: 16, rate, seed, jobs: 1 },
      ...{ up: 'int8', down: 'float32', scheme: { kind: 'full' }, classes: null },
    });
    const link = LINK_STEPS * STEP_SECONDS;
    const devices = fleet.speeds.map((speed, i) => ({
      ...{ samples: parts[i]!.length, stepSeconds: STEP_SECONDS * speed, jitter: JITTER, latency: 0 },
      ...{ up: learner.bytes.up / link, down: learner.bytes.down / link },
    }));
    for (const settings of STRATEGIES.filter(({ kind }) => kind.startsWith(asked.only))) {
      const limits = { target, seconds: 1e4, updates, every: 3, seed };
      const { reached, points, waiting } = await simulate(learner, devices, settings, limits);
      const at = reached ?? points.at(-1)!;
      const run = { seconds: at.seconds, bytes: at.bytesUp + at.bytesDown, reached: reached !== null };
      runs.set(settings, [...(runs.get(settings) ?? []), run]);
      process.stderr.write(
        `${fleet.name}, seed ${seed}, ${strategyName(settings)}: ${run.reached ? '' : 'not by '}${run.seconds.toFixed(1)} s, ${(run.bytes / 1e6).toFixed(2)} MB, ${at.updates} updates, ${at.accuracy}, ${(100 * waiting).toFixed(0)} % waiting\n`,
      );
    }
  }
  const base = sums(runs.get(STRATEGIES[0]!) ?? []);
  for (const [settings, list] of runs) {
    const { seconds, bytes } = sums(list);
    results.push({
      fleet: fleet.name,
      strategy: strategyName(settings),
      reached: list.filter(({ reached }) => reached).length,
      seconds: seconds / seeds,
      megabytes: bytes / seeds / 1e6,
      /** Of the sums over all seeds. */
      faster: base.seconds / seconds,
      fewerBytes: 1 - bytes / base.bytes,
    });
  }
}
if (asked.json) process.stdout.write(`${JSON.stringify({ results })}\n`);
else {
  const rows = results.map((row) => [
    row.fleet,
    row.strategy,
    `${row.reached} of ${seeds}`,
    row.seconds.toFixed(1),
    row.megabytes.toFixed(2),
    `${row.faster.toFixed(2)}x`,
    `${(100 * row.fewerBytes).toFixed(1)} %`,
  ]);
  const titles = ['fleet', 'strategy', 'reached', 'seconds', 'MB', 'faster than bsp', 'fewer bytes'];
  process.stdout.write(`${markdownTable([titles, ...rows]).join('\n')}\n`);
}

function sums(list: readonly Run[]): { readonly seconds: number; readonly bytes: number } {
  return {
    seconds: list.reduce((sum, { seconds }) => sum + seconds, 0),
    bytes: list.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
