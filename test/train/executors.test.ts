import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Kernels, loadKernels } from '../../src/engine/load.ts';
import { int, ints } from '../../src/graph/build.ts';
import type { Graph, TypedArray } from '../../src/graph/types.ts';
import type { TrainerOptions } from '../../src/train/options.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import type { Trainer } from '../../src/train/types.ts';
import { compiledKernels } from '../engine/programs.ts';
import {
  batchFor,
  type Changes,
  choices,
  network,
  pads,
  settings,
  signalNetwork,
  spotter,
  transformer,
  unet,
  words,
} from './networks.ts';

const REFERENCE: Kernels = { kind: 'typescript', reason: 'the judge' };

/** Convolutions of all kinds with batch norms, a residual sum, pools and a dense layer. */
function classifier(): Graph {
  return network([1, 2, 6, 6], ({ conv, norm, op, clip, gemm }, x) => {
    const first = op('Relu', 'relu1', [norm('bn', conv('first', x, [4, 2, 3, 3], { bias: false }), 4)]);
    const attributes = { group: int(4), ...pads(1, 1, 1, 1) };
    const depthwise = clip('six', conv('depthwise', first, [4, 1, 3, 3], { attributes }), 0, 6);
    const pointwise = conv('pointwise', depthwise, [4, 4, 1, 1]);
    const sum = op('Relu', 'relu2', [op('Add', 'sum', [pointwise, first])]);
    const pooled = op('MaxPool', 'pool', [sum], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
    return gemm('dense', op('Flatten', 'flat', [pooled]), 3, 16);
  });
}

/** Down by a convolution with strides, up by its transposition. */
function autoEncoder(): Graph {
  return network([1, 1, 6, 6], ({ conv, convTranspose, op }, x) => {
    const strides = ints([2, 2]);
    const code = op('Relu', 'relu', [conv('down', x, [3, 1, 2, 2], { attributes: { strides } })]);
    const mean = op('AveragePool', 'mean', [code], { kernel_shape: ints([2, 2]), ...pads(0, 0, 1, 1) });
    return convTranspose('up', mean, [3, 1, 2, 2], { attributes: { strides } });
  });
}

const STEPS = 4;

/** Where ranges are fixed. */
const rangeOf = () => ({ min: -1.5, max: 2 });

function train(trainer: Trainer, graph: Graph, options: TrainerOptions, first = 0, end = STEPS) {
  const losses: number[] = [];
  for (let step = first; step < end; step++) {
    losses.push(trainer.step(batchFor(graph, options, step), { step, learningRate: 0.05 }).loss);
  }
  return losses;
}

type Outcome = { readonly losses: readonly number[]; readonly state: ReadonlyMap<string, TypedArray> };

function outcome(graph: Graph, options: TrainerOptions, kernels: Kernels): Outcome {
  const trainer = createTrainer(graph, options, rangeOf, kernels);
  return { losses: train(trainer, graph, options), state: trainer.state() };
}

function assertSame(actual: Outcome['state'], expected: Outcome['state'], what: string): void {
  assert.deepEqual([...actual.keys()], [...expected.keys()], what);
  for (const [name, data] of expected) {
    const bytes = ({ buffer, byteOffset, byteLength }: TypedArray) =>
      Buffer.from(buffer, byteOffset, byteLength);
    assert.ok(bytes(actual.get(name)!).equals(bytes(data)), `${what}: ${name}`);
  }
}

const OCTO: Changes = { method: 'octo', batchSize: 2 };
const SQUARES: Changes = { ...OCTO, loss: { kind: 'mean-squared-error' } };
const ADAM = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-4 } as const;

type Case = readonly [title: string, graph: () => Graph, changes: Changes];

const CASES: readonly Case[] = [
  ['float32 with Adam', classifier, { batchSize: 2, optimizer: ADAM }],
  ['fake quantisation', classifier, { method: 'qat', batchSize: 2, octo: { bitsWeights: 4 } }],
  [
    'symmetric codes, momentum',
    classifier,
    { ...OCTO, optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-3 } },
  ],
  [
    'affine codes, LAC per channel',
    classifier,
    { ...OCTO, octo: { activations: 'affine', lac: { kind: 'channel', l2: 1e-4 } } },
  ],
  [
    '4 bits, stochastic, LAC per position',
    classifier,
    {
      ...OCTO,
      octo: {
        bitsActivations: 4,
        bitsWeights: 4,
        bitsGradients: 4,
        gradientRounding: 'stochastic',
        lac: { kind: 'position', l2: 0.1 },
      },
    },
  ],
  ['tied LAC', classifier, { ...OCTO, octo: { activations: 'affine', lac: { kind: 'tied', l2: 0 } } }],
  ['no clipping', classifier, { ...OCTO, octo: { prc: { kind: 'off' } } }],
  [
    'a fixed clip, faithful',
    classifier,
    { ...OCTO, octo: { prc: { kind: 'fixed', share: 0.95 }, activations: 'affine', faithful: true } },
  ],
  ['a clip by deviations', classifier, { ...OCTO, octo: { prc: { kind: 'zscore', deviations: 2.576 } } }],
  ['a learned clip', classifier, { ...OCTO, octo: { prc: { kind: 'learned' }, bitsGradients: 3 } }],
  ['weights in int8', classifier, { ...OCTO, octo: { weights: 'int8' } }],
  ['fixed ranges', classifier, { ...OCTO, octo: { ranges: 'fixed', activations: 'affine' } }],
  [
    'some channels of some layers',
    classifier,
    {
      ...OCTO,
      scheme: {
        kind: 'listed',
        biases: 2,
        weights: [
          { layer: 'pointwise', channels: 0.5 },
          { layer: 'dense', channels: 0.25 },
        ],
      },
    },
  ],
  [
    'some channels of some layers, weights in int8',
    classifier,
    {
      ...OCTO,
      octo: { weights: 'int8' },
      scheme: {
        kind: 'listed',
        biases: 2,
        weights: [
          { layer: 'pointwise', channels: 0.5 },
          { layer: 'dense', channels: 0.25 },
        ],
      },
    },
  ],
  ['fresh weights', classifier, { ...OCTO, init: 'random' }],
  ['moved elements in float32', signalNetwork, { batchSize: 2 }],
  ['moved elements with fake quantisation', signalNetwork, { method: 'qat', batchSize: 2 }],
  ['moved codes', signalNetwork, { ...OCTO, octo: { activations: 'affine' } }],
  ['a transformer in float32', transformer, { batchSize: 2 }],
  ['a transformer with fake quantisation', transformer, { method: 'qat', batchSize: 2 }],
  ['a transformer of affine codes', transformer, { ...OCTO, octo: { activations: 'affine' } }],
  ...(['GRU', 'LSTM'] as const).flatMap((cell): Case[] => [
    [`${cell} in float32`, () => spotter(cell), { batchSize: 2 }],
    [`${cell} with fake quantisation`, () => spotter(cell), { method: 'qat', batchSize: 2 }],
    [`${cell} of affine codes`, () => spotter(cell), { ...OCTO, octo: { activations: 'affine' } }],
  ]),
  ...(['nearest', 'linear', 'cubic'] as const).map(
    (mode): Case => [
      `a U-Net, ${mode}, of affine codes`,
      () => unet(mode),
      { ...SQUARES, octo: { activations: 'affine' } },
    ],
  ),
  [
    'slopes, extremes and broadcast products of affine codes',
    choices,
    { ...OCTO, octo: { activations: 'affine' } },
  ],
  ['embeddings in float32', words, { batchSize: 2 }],
  ['embeddings before codes', words, { ...OCTO, init: 'random', octo: { activations: 'affine' } }],
  ['classes of places, of affine codes', unet, { ...OCTO, octo: { activations: 'affine' } }],
  ['a U-Net with fake quantisation', unet, { ...SQUARES, method: 'qat' }],
  [
    'GRU of symmetric codes, fresh weights in int8, a learned clip',
    () => spotter('GRU'),
    { ...OCTO, init: 'random', octo: { weights: 'int8', prc: { kind: 'learned' } } },
  ],
  [
    'moved codes, fresh weights in int8',
    signalNetwork,
    { ...OCTO, init: 'random', octo: { weights: 'int8' } },
  ],
  [
    'an auto-encoder of affine codes',
    autoEncoder,
    {
      ...OCTO,
      loss: { kind: 'mean-squared-error' },
      octo: { activations: 'affine' },
    },
  ],
];

describe('training on every executor', () => {
  const compiled = compiledKernels();
  for (const [title, make, changes] of CASES) {
    it(`gives the same bytes: ${title}`, () => {
      const graph = make();
      const options = settings(changes);
      const expected = outcome(graph, options, REFERENCE);
      assert.ok(new Set(expected.losses).size === STEPS, 'the loss changes');
      for (const kernels of compiled) {
        const actual = outcome(graph, options, kernels);
        assert.deepEqual(actual.losses, expected.losses, `${kernels.kind} with ${kernels.isa}`);
        assertSame(actual.state, expected.state, `${kernels.kind} with ${kernels.isa}`);
      }
    });
  }

  for (const [title, make, changes] of CASES) {
    it(`resumes to the same bytes, inspected or not: ${title}`, () => {
      const graph = make();
      const options = settings(changes);
      const whole = outcome(graph, options, loadKernels());
      const first = createTrainer(graph, options, rangeOf);
      const watch = (trainer: Trainer) =>
        trainer.inspect(batchFor(graph, options, 99), { step: 99, learningRate: 3 });
      watch(first);
      train(first, graph, options, 0, 2);
      watch(first);
      const second = createTrainer(graph, options, rangeOf);
      watch(second);
      second.restore(first.state());
      assert.deepEqual(train(second, graph, options, 2), whole.losses.slice(2));
      assertSame(second.state(), whole.state, 'resumed');
    });
  }
});

describe('any number of threads', () => {
  /** Large enough for steps to be divided. */
  const batchSize = 512;
  for (const method of ['octo', 'float'] as const) {
    it(`gives the same bytes: ${method}`, () => {
      const alone = outcome(classifier(), settings({ method, batchSize, jobs: 1 }), loadKernels());
      for (const jobs of [2, 3, 5]) {
        const shared = outcome(classifier(), settings({ method, batchSize, jobs }), loadKernels());
        assert.deepEqual(shared.losses, alone.losses);
        assertSame(shared.state, alone.state, `${jobs} threads`);
      }
    });
  }
});
