/** What can be said of an untrained network from one batch, in one step of training or less: zero-cost proxies. */
import { createMachine } from '../engine/index.ts';
import { loadKernels } from '../engine/load.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { seededRandom } from '../numbers/random.ts';
import { CONTROL } from '../program/kernels/optimisers.ts';
import { planMemory } from '../program/plan.ts';
import type { Machine } from '../program/run.ts';
import { differentiate, type TrainProgram } from '../train/compile/differentiate.ts';
import { normal } from '../train/compile/initial.ts';
import { readNetwork } from '../train/compile/network.ts';
import { OCTO_DEFAULTS } from '../train/options.ts';
import type { ProxyKind } from './ranks.ts';

/** Samples of a training set that proxies look at. */
export type ProxyBatch = {
  readonly size: number;
  /** size * elements of the model input, in ONNX axis order. */
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
};

/** Perturbation of the noise of `zen`. */
const ZEN_STEP = 0.01;

/**
 * @param graph from `prepareGraph` with `keepBatchNorm`; its weights are drawn anew
 * @throws TinymlError as `readNetwork`
 */
export function proxyOf(
  proxy: ProxyKind,
  graph: Graph,
  batch: ProxyBatch,
  { seed, jobs }: { readonly seed: number; readonly jobs: number },
): number {
  const network = readNetwork(graph, false);
  const train = differentiate(network, {
    method: 'float',
    loss: { kind: 'cross-entropy', labelSmoothing: 0 },
    batchSize: batch.size,
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
    scheme: { kind: 'full' },
    freeze: [],
    init: 'random',
    classes: null,
    seed,
    octo: OCTO_DEFAULTS,
    accumulate: 1,
    backend: 'native',
    jobs,
  });
  const core = { dsp: false, mve: false };
  const plan = planMemory(train.program, { library: 'builtin', core, restarts: 0, alignment: 64 });
  const machine = createMachine(train.program, plan, loadKernels());
  const run: ProxyRun = { train, machine, jobs };
  const elements = batch.size * elementCount(network.inputShape);
  switch (proxy) {
    case 'naswot':
      return naswotOf(run, batch);
    case 'zen':
      return zenOf(run, elements, seed);
    case 'snip':
      return gradientSum(run, batch, (weights, gradient) =>
        weights.reduce((sum, weight, i) => sum + Math.abs(weight * gradient[i]!), 0),
      );
    case 'grad-norm':
      return gradientSum(run, batch, (_, gradient) =>
        Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0)),
      );
  }
}

type ProxyRun = { readonly train: TrainProgram; readonly machine: Machine; readonly jobs: number };

/** Runs the forward pass; @param see is called behind each step, while its outputs are there */
function forward(
  { train: { program, forwardSteps, ports }, machine, jobs }: ProxyRun,
  inputs: Float32Array,
  see: (step: TrainProgram['program']['steps'][number]) => void,
): void {
  (machine.view(ports.input) as Float32Array).set(inputs);
  for (let i = 0; i < forwardSteps; i++) {
    machine.run(i, i + 1, jobs);
    see(program.steps[i]!);
  }
}

function naswotOf(run: ProxyRun, { inputs, size }: ProxyBatch): number {
  const kernel = new Float64Array(size * size);
  forward(run, inputs, ({ kernel: name, outputs }) => {
    if (name === 'clamp_f32') addAgreement(kernel, run.machine.view(outputs[0]!) as Float32Array, size);
  });
  return logDeterminant(kernel, size);
}

/** Adds for each pair of samples how many of their values are both above zero, or both not. */
function addAgreement(kernel: Float64Array, values: Float32Array, size: number): void {
  const units = values.length / size;
  const words = Math.ceil(units / 32);
  const codes = new Uint32Array(size * words);
  for (let sample = 0; sample < size; sample++) {
    for (let unit = 0; unit < units; unit++) {
      if (values[sample * units + unit]! > 0) codes[sample * words + (unit >> 5)]! |= 1 << (unit & 31);
    }
  }
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      let differing = 0;
      for (let word = 0; word < words; word++) {
        differing += ones(codes[a * words + word]! ^ codes[b * words + word]!);
      }
      kernel[a * size + b]! += units - differing;
      if (a !== b) kernel[b * size + a]! += units - differing;
    }
  }
}

/** Bits that are 1. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Of a positive definite matrix, by Cholesky; -Infinity where it is not. */
function logDeterminant(matrix: Float64Array, size: number): number {
  const lower = matrix.slice();
  let sum = 0;
  for (let column = 0; column < size; column++) {
    for (let row = column; row < size; row++) {
      let value = lower[row * size + column]!;
      for (let k = 0; k < column; k++) value -= lower[row * size + k]! * lower[column * size + k]!;
      if (row === column) {
        if (!(value > 0)) return Number.NEGATIVE_INFINITY;
        lower[row * size + column] = Math.sqrt(value);
        sum += Math.log(value);
      } else {
        lower[row * size + column] = value / lower[column * size + column]!;
      }
    }
  }
  return sum;
}

function zenOf(run: ProxyRun, elements: number, seed: number): number {
  const random = seededRandom(seed);
  const noise = Float32Array.from({ length: elements }, () => normal(random));
  const moved = noise.map((value) => value + ZEN_STEP * normal(random));
  const [still, changed] = [noise, moved].map((inputs) => lastImage(run, inputs)) as [Seen, Seen];
  const distance = still.image.reduce((sum, value, i) => sum + Math.abs(value - changed.image[i]!), 0);
  return Math.log(distance / still.image.length) + still.deviations;
}

type Seen = {
  readonly image: Float32Array;
  /** Logarithms of the deviations of all batch normalisations, added up. */
  readonly deviations: number;
};

function lastImage(run: ProxyRun, inputs: Float32Array): Seen {
  const { machine } = run;
  let seen: Seen = { image: new Float32Array(0), deviations: 0 };
  forward(run, inputs, ({ kernel, outputs }) => {
    if (!IMAGES.has(kernel)) return;
    const own = kernel === 'batch_norm_f32' ? meanDeviation(machine.view(outputs[3]!) as Float32Array) : 0;
    const image = (machine.view(outputs[0]!) as Float32Array).slice();
    seen = { image, deviations: seen.deviations + own };
  });
  return seen;
}

/** What makes the images between layers. */
const IMAGES: ReadonlySet<string> = new Set(['batch_norm_f32', 'add_f32', 'clamp_f32']);

/** The logarithm of the root of the mean variance. @param statistics means, then 1 / deviations, of the channels */
function meanDeviation(statistics: Float32Array): number {
  const channels = statistics.length / 2;
  const sum = statistics.subarray(channels).reduce((all, inverse) => all + 1 / (inverse * inverse), 0);
  return Math.log(sum / channels) / 2;
}

/**
 * A sum over layers, as its logarithm, of what their weights and the gradients of these come to: plain descent at a rate of 1 takes each gradient
 * off its weight.
 */
function gradientSum(
  run: ProxyRun,
  { inputs, labels }: ProxyBatch,
  of: (weights: Float32Array, gradient: Float32Array) => number,
): number {
  const { machine, jobs } = run;
  const { program, forwardSteps, ports, parameters, state } = run.train;
  const weights = [...parameters.values()].flatMap((one) =>
    one.weights === null ? [] : [machine.view(state.get(one.weights)!) as Float32Array],
  );
  const before = weights.map((one) => one.slice());
  (machine.view(ports.target!) as Int32Array).set(labels);
  forward(run, inputs, () => {});
  const control = machine.view(ports.control) as Float32Array;
  control.fill(0);
  control[CONTROL.learningRate] = 1;
  machine.run(forwardSteps, program.steps.length, jobs);
  const sums = before.map((old, layer) =>
    of(
      old,
      old.map((weight, i) => weight - weights[layer]![i]!),
    ),
  );
  return Math.log(sums.reduce((sum, one) => sum + one, 0));
}
