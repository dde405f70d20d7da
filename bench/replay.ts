/**
 * What is forgotten, and what replay spares (docs/training-on-device.md): a network that knows eight classes of Fashion-MNIST gets a new last layer for ten, learns the
 * eight from 400 images, then two others from 100 images of these alone, one sample a step, as firmware does. Right of the 8,000 and 2,000 test images; means over seeds.
 *
 *   npm run bench:replay -- [--seeds 3] [--epochs 3] [--lr 0.003] [--latents 20,50,100] [--steps 1,2]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  FOLDER,
  type Images,
  PIXELS,
  readBundledImages,
  readDebianImages,
} from '../fixtures/fashion-mnist/images.ts';
import { formatCount } from '../src/diagnostics/units.ts';
import { createMachine } from '../src/engine/index.ts';
import { loadKernels } from '../src/engine/load.ts';
import { loadModel } from '../src/onnx/load.ts';
import { sampleEncoder } from '../src/program/sample.ts';
import { textTable } from '../src/report/table.ts';
import { openTrainingSession } from '../src/targets/cortex-m/training/session.ts';
import { plansOf } from '../src/targets/cortex-m/training/training.ts';
import { mean } from '../src/train/ablation/statistics.ts';
import { OCTO_DEFAULTS, type TrainerOptions } from '../src/train/options.ts';
import type { ReplayOptions } from '../src/train/replay.ts';
import { epochOrder } from '../src/train/run/batches.ts';
import { deviceTraining } from '../src/train/run/device.ts';
import { trainable } from '../src/train/run/model.ts';

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '3' },
    lr: { type: 'string', default: '0.003' },
    latents: { type: 'string', default: '20,50,100' },
    steps: { type: 'string', default: '1,2' },
  },
});

/** Coat and shirt. */
const NEW = [4, 6];
const { graph } = trainable(await loadModel(join(FOLDER, 'eight-classes.onnx')), {});
const known = readBundledImages('calibration');
const tests = readDebianImages('t10k');
const kernels = loadKernels();
const isNew =
  ({ labels }: Images) =>
  (i: number) =>
    NEW.includes(labels[i]!);
const [later, first] = [
  [...known.labels.keys()].filter(isNew(known)),
  [...known.labels.keys()].filter((i) => !isNew(known)(i)),
];

const numbers = (text: string): readonly number[] => text.split(',').map(Number);
const buffers: readonly (ReplayOptions | null)[] = [
  null,
  ...numbers(flags.latents).flatMap((latents) => numbers(flags.steps).map((steps) => ({ latents, steps }))),
];
const rows: string[][] = [];
for (const replay of buffers) {
  const runs: Run[] = [];
  for (let seed = 1; seed <= Number(flags.seeds); seed++) {
    runs.push(await learn(replay, seed));
    process.stderr.write(`${JSON.stringify(replay)}, seed ${seed}: ${JSON.stringify(runs.at(-1))}\n`);
  }
  const percent = (of: (run: Run) => number): string => (100 * mean(runs.map(of))).toFixed(2);
  rows.push([
    replay === null ? 'none' : `${replay.latents}, ${replay.steps} a sample`,
    formatCount(runs[0]!.arenaBytes),
    ...[percent((run) => run.before.old), percent((run) => run.after.old), percent((run) => run.after.new)],
    percent((run) => 0.8 * run.after.old + 0.2 * run.after.new),
  ]);
}
const titles = ['arena', 'old before', 'old after', 'new after', 'all ten'];
process.stdout.write(
  `${textTable([{ title: 'latents' }, ...titles.map((title) => ({ title, align: 'right' as const }))], rows)}\n`,
);

type Right = { readonly old: number; readonly new: number };
type Run = { readonly arenaBytes: number; readonly before: Right; readonly after: Right };

async function learn(replay: ReplayOptions | null, seed: number): Promise<Run> {
  const options: TrainerOptions = {
    ...{ method: 'octo', loss: { kind: 'cross-entropy', labelSmoothing: 0 }, batchSize: 1, accumulate: 1 },
    ...{ optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 }, scheme: { kind: 'last', layers: 1 } },
    ...{ freeze: [], init: 'model', classes: 10, seed, backend: 'native', jobs: 1, replay },
    octo: {
      ...OCTO_DEFAULTS,
      ...{ weights: 'int8', ranges: 'fixed', gradientRounding: 'stochastic', prc: { kind: 'off' } },
    },
  };
  async function* samples() {
    for (const i of known.labels.keys()) yield { inputs: [imageAt(known, i)], label: known.labels[i]! };
  }
  const programs = await deviceTraining(graph, options, samples(), kernels);
  const { inference, step } = plansOf(programs, {
    ...{ library: 'builtin', core: { dsp: true, mve: false }, seed: 1, overlap: true },
  });
  const training = { programs, plan: step, optimizer: options.optimizer, seed, learningRate: 0 };
  const session = openTrainingSession(training, inference, (program, plan) =>
    createMachine(program, plan, kernels),
  );
  const encode = sampleEncoder(programs.inference);
  const given = (images: Images, i: number) => encode([imageAt(images, i)])[0]!;
  const trainOn = (indices: readonly number[]): void => {
    for (let epoch = 0; epoch < Number(flags.epochs); epoch++) {
      for (const i of epochOrder(Int32Array.from(indices), seed, epoch)) {
        session.train(given(known, i), known.labels[i]!, Math.fround(Number(flags.lr)));
      }
    }
  };
  const right = (): Right => {
    const counts = { old: 0, new: 0 };
    for (const i of tests.labels.keys()) {
      const { correct } = session.evaluate(given(tests, i), tests.labels[i]!);
      counts[isNew(tests)(i) ? 'new' : 'old'] += correct;
    }
    return { old: counts.old / 8000, new: counts.new / 2000 };
  };
  trainOn(first);
  const before = right();
  trainOn(later);
  return { arenaBytes: step.arenaBytes, before, after: right() };
}

function imageAt({ pixels }: Images, i: number): Float32Array {
  return Float32Array.from(pixels.subarray(i * PIXELS, (i + 1) * PIXELS));
}
