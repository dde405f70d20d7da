/**
 * Ranges that are learned on the way beside ranges that are fixed (docs/training-memory.md): what is right of 2,000 test images after the bundled
 * classifier has learned images as it has not seen them, with the settings and the tasks of bench:sparsity. Means over seeds.
 *
 *   npm run bench:training-ranges -- [--tasks negative,turned,edges] [--seeds 3] [--jobs 2] [--batch-size 8] [--depths 1,2,3,6] [--ranges learned,fixed] [--to dist/sparsity]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contractOf } from '../src/input/contract.ts';
import { loadModel } from '../src/onnx/load.ts';
import { packageRoot } from '../src/package-root.ts';
import { textTable } from '../src/report/table.ts';
import { schemeLayers } from '../src/train/compile/trained.ts';
import { OCTO_DEFAULTS, type OctoSettings } from '../src/train/options.ts';
import { trainable } from '../src/train/run/model.ts';
import { networkOf } from '../src/train/run/network.ts';
import type { TrainingSettings } from '../src/train/run/settings.ts';
import { probeAll } from '../src/train/sparsity/probe-all.ts';
import { measurementsOf, type ProbeRow } from '../src/train/sparsity/probes.ts';
import { type Choice, choiceKey, choiceText } from '../src/train/sparsity/schemes.ts';
import { PARTS, writeTask } from './shifted-images.ts';

const { values: flags } = parseArgs({
  options: {
    tasks: { type: 'string', default: 'negative,turned,edges' },
    seeds: { type: 'string', default: '3' },
    jobs: { type: 'string', default: '2' },
    'batch-size': { type: 'string', default: '8' },
    ranges: { type: 'string', default: 'learned,fixed' },
    depths: { type: 'string', default: '1,2,3,6' },
    to: { type: 'string', default: join('dist', 'sparsity') },
  },
});

const RANGES = flags.ranges.split(',') as readonly OctoSettings['ranges'][];
const model = await loadModel(join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.onnx'));
const { graph } = trainable(model, {});

function settingsWith(ranges: OctoSettings['ranges']): TrainingSettings {
  return {
    trainer: {
      ...{ method: 'octo', loss: { kind: 'cross-entropy', labelSmoothing: 0 }, init: 'model', classes: null },
      ...{
        batchSize: Number(flags['batch-size']),
        scheme: { kind: 'full' },
        freeze: [],
        seed: 1,
        jobs: 1,
        accumulate: 1,
        backend: 'native',
      },
      optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
      octo: { ...OCTO_DEFAULTS, weights: 'int8', ranges },
    },
    ...{ epochs: 2, rate: 0.03, schedule: { kind: 'cosine' }, warmup: { unit: 'steps', count: 0 } },
    ...{ augment: [], patience: null, validation: { kind: 'data' } },
  };
}

const layers = schemeLayers(networkOf(graph, settingsWith('learned').trainer));
const last = (depth: number): Choice => ({
  depth,
  parts: Array.from({ length: depth }, (_, i) => ({ layer: layers.length - 1 - i, share: 1 })),
});
const CHOICES = flags.depths.split(',').map((depth) => last(Number(depth)));

const rows = [];
for (const task of flags.tasks.split(',')) {
  const imagesOf = writeTask(task, flags.to);
  const path = (name: string) => ({
    path: imagesOf(name),
    input: { ...contractOf(graph), preprocess: null },
    limit: null,
    seed: 1,
  });
  const accuracies = [];
  for (const ranges of RANGES) {
    const found: ProbeRow[] = [];
    const settings = settingsWith(ranges);
    const trained = Array.from({ length: PARTS[0][3] }, (_, i) => i);
    await probeAll(
      { graph, data: path('train'), trained, held: [], validation: path('test'), settings },
      Array.from({ length: Number(flags.seeds) }, (_, i) => i + 1).flatMap((seed) =>
        CHOICES.map((choice) => ({ choice, seed })),
      ),
      {
        ...{ jobs: Number(flags.jobs), signal: new AbortController().signal, onSteps: () => {} },
        onRow: (row) => {
          found.push(row);
          process.stderr.write(
            `${task}, ${ranges}, ${row.choice}, seed ${row.seed}: ${row.accuracy} (${row.seconds} s)\n`,
          );
        },
      },
    );
    accuracies.push(measurementsOf(found));
  }
  for (const choice of CHOICES) {
    const shares = accuracies.map((of) => of.get(choiceKey(choice))?.accuracy ?? null);
    rows.push([
      task,
      choiceText(choice, layers),
      ...shares.map((one) => (one === null ? '-' : (100 * one).toFixed(2))),
    ]);
  }
}
const right = RANGES.map((title) => ({ title, align: 'right' as const }));
process.stdout.write(`${textTable([{ title: 'task' }, { title: 'trained' }, ...right], rows)}\n`);
