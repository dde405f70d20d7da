/**
 * What updates of int8 weights learn (docs/training-on-device.md): three rules of rounding, with quantisation-aware scaling and without, on two classes of Fashion-MNIST
 * that a network has never seen. The step is that of firmware, and with QAS and stochastic rounding its bytes are; the other rules are put in the place of its
 * kernel here. Right of 2,000 test images, at the best of a grid of learning rates for each row; means over seeds.
 *
 *   npm run bench:updates -- [--seeds 3] [--schemes last:1,last:3] [--epochs 3]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  FOLDER,
  type Images,
  imagesOf,
  PIXELS,
  readBundledImages,
  readDebianImages,
} from '../fixtures/fashion-mnist/images.ts';
import { createMachine } from '../src/engine/index.ts';
import { loadKernels } from '../src/engine/load.ts';
import { loadModel } from '../src/onnx/load.ts';
import { randomBits, roundStochastic } from '../src/program/kernels/quantizer.ts';
import { planMemory } from '../src/program/plan.ts';
import type { Machine } from '../src/program/run.ts';
import { textTable } from '../src/report/table.ts';
import { mean } from '../src/train/ablation/statistics.ts';
import { differentiate, type TrainProgram } from '../src/train/compile/differentiate.ts';
import { OCTO_DEFAULTS, type TrainerOptions } from '../src/train/options.ts';
import { epochOrder, upTo } from '../src/train/run/batches.ts';
import { fixedRanges } from '../src/train/run/fixed-ranges.ts';
import { trainable } from '../src/train/run/model.ts';
import { networkOfOne } from '../src/train/run/network.ts';
import { parseScheme } from '../src/train/run/option-texts.ts';

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    schemes: { type: 'string', default: 'last:1,last:3' },
    epochs: { type: 'string', default: '3' },
  },
});

/** Coat and shirt. */
const UNSEEN = [4, 6];
const RATES = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];
/** Of weights by the gradient of their codes, which is smaller by the square of a scale; biases, which are numbers, keep a rate that suits them. */
const UNSCALED_RATES = [1, 10, 100, 300, 1000, 3000, 10_000, 30_000, 100_000];
const BIAS_RATE = 0.003;

type Rule = 'stochastic' | 'nearest' | 'truncate';
type Row = { readonly qas: boolean; readonly rule: Rule; readonly rates: readonly number[] };
const ROWS: readonly Row[] = [true, false].flatMap((qas) =>
  (['stochastic', 'nearest', 'truncate'] as const).map((rule) => ({
    ...{ qas, rule, rates: qas ? RATES : UNSCALED_RATES },
  })),
);

const { graph } = trainable(await loadModel(join(FOLDER, 'eight-classes.onnx')), {});
const known = imagesOf(readBundledImages('calibration'), UNSEEN);
const tests = imagesOf(readDebianImages('t10k'), UNSEEN);
const kernels = loadKernels();

const table: string[][] = [];
for (const scheme of flags.schemes.split(',')) {
  const sessions = await Promise.all(
    Array.from({ length: Number(flags.seeds) }, (_, i) => sessionOf(scheme, i + 1)),
  );
  for (const { qas, rule, rates } of ROWS) {
    const tried = rates.map((rate) => ({
      rate,
      right: sessions.map(({ learn }) =>
        learn(qas ? rate : BIAS_RATE, qas && rule === 'stochastic' ? null : updateBy(qas, rule, rate)),
      ),
    }));
    const best = tried.reduce((one, other) => (mean(other.right) > mean(one.right) ? other : one));
    const row = [
      ...[scheme, qas ? 'QAS' : 'none', rule, String(best.rate), best.right.map(percent).join(', ')],
      percent(mean(best.right)),
      tried.map(({ rate, right }) => `${rate}: ${percent(mean(right))}`).join('; '),
    ];
    process.stderr.write(`${row.join(' | ')}\n`);
    table.push(row);
  }
}
const right = (title: string) => ({ title, align: 'right' as const });
process.stdout.write(
  `${textTable(
    [
      ...[{ title: 'scheme' }, { title: 'scaling' }, { title: 'rounding' }],
      ...[...['best rate', 'right, by seed', 'mean'].map(right), { title: 'mean by rate' }],
    ],
    table,
  )}\n`,
);

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

/** Writes codes anew in the place of sgd_s8. */
type Update = (machine: Machine, step: SgdStep) => void;
type SgdStep = Extract<TrainProgram['program']['steps'][number], { kernel: 'sgd_s8' }>;

function updateBy(qas: boolean, rule: Rule, rate: number): Update {
  return ({ view }, { inputs, outputs, params: p }) => {
    const [g, scale, , key] = inputs.map(view) as unknown as [
      ...[Float32Array, Float32Array, Float32Array],
      Int32Array,
    ];
    const codes = view(outputs[0]!) as Int8Array;
    const bits = randomBits(key[0]!, p.stream);
    for (let i = 0; i < codes.length; i++) {
      const own = scale[Math.floor(i / p.columns)]!;
      const byCode = p.ofCodes === 1 ? g[i]! : g[i]! * own;
      const moved = codes[i]! - (rate * byCode) / (qas ? own * own : 1);
      const bounded = Math.min(p.limit, Math.max(-p.limit, moved));
      codes[i] = rounded(rule, bounded, bits, i);
    }
  };
}

function rounded(rule: Rule, value: number, bits: number, index: number): number {
  switch (rule) {
    case 'stochastic':
      return roundStochastic(Math.fround(value), bits, index);
    case 'nearest':
      return Math.round(value);
    case 'truncate':
      return Math.trunc(value);
  }
}

/** Trainings that begin with the same last layer. */
async function sessionOf(scheme: string, seed: number) {
  const options: TrainerOptions = {
    ...{ method: 'octo', loss: { kind: 'cross-entropy', labelSmoothing: 0 }, batchSize: 1, accumulate: 1 },
    ...{ optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 }, scheme: await parseScheme(scheme) },
    ...{ freeze: [], init: 'model', classes: UNSEEN.length, seed, backend: 'native', jobs: 1 },
    octo: {
      ...OCTO_DEFAULTS,
      ...{ weights: 'int8', ranges: 'fixed', gradientRounding: 'stochastic', prc: { kind: 'off' } },
    },
  };
  const network = networkOfOne(graph, options);
  async function* samples() {
    for (let i = 0; i < known.labels.length; i++)
      yield { inputs: [imageAt(known, i)], label: known.labels[i]! };
  }
  const train = differentiate(network, options, await fixedRanges(network, options, samples()));
  const { program, forwardSteps, ports } = train;
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });
  const machine = createMachine(program, plan, kernels);
  const state = [...train.state.values()].map((id) => machine.view(id));
  const first = state.map((view) => view.slice());
  const [input, target, control, key, result] = [
    ...[ports.input, ports.target!, ports.control, ports.key, ports.result],
  ].map(machine.view) as [Float32Array, Int32Array, Float32Array, Int32Array, Float32Array];
  const forward = (images: Images, i: number): boolean => {
    input.set(imageAt(images, i));
    target[0] = images.labels[i]!;
    machine.run(0, forwardSteps);
    return result[1] === 1;
  };
  const backward = (update: Update | null): void => {
    let from = forwardSteps;
    program.steps.forEach((step, i) => {
      if (update === null || step.kernel !== 'sgd_s8') return;
      machine.run(from, i);
      update(machine, step);
      from = i + 1;
    });
    machine.run(from, program.steps.length);
  };
  const learn = (rate: number, update: Update | null): number => {
    for (const [i, view] of state.entries()) view.set(first[i]! as never);
    let steps = 0;
    for (let epoch = 0; epoch < Number(flags.epochs); epoch++) {
      for (const index of epochOrder(upTo(known.labels.length), seed, epoch)) {
        control.set([rate, 1, 1, 0]);
        key[0] = randomBits(seed, steps++);
        forward(known, index);
        backward(update);
      }
    }
    let correct = 0;
    for (let i = 0; i < tests.labels.length; i++) correct += forward(tests, i) ? 1 : 0;
    return correct / tests.labels.length;
  };
  return { learn };
}

function imageAt({ pixels }: Images, i: number): Float32Array {
  return Float32Array.from(pixels.subarray(i * PIXELS, (i + 1) * PIXELS));
}
