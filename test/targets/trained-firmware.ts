/** Small networks in training, as firmware: every way in which parameters are kept, chosen, updated and rounded. */

import { int, ints } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import type { BundleFile } from '../../src/targets/cortex-m/bundle.ts';
import { trainingFirmware } from '../../src/targets/cortex-m/training/firmware.ts';
import type { DeviceTraining } from '../../src/train/compile/device.ts';
import type { RangeOf } from '../../src/train/compile/ranges.ts';
import { ADAM, type TrainerOptions } from '../../src/train/options.ts';
import { deviceTraining } from '../../src/train/run/device.ts';
import { fixedRanges } from '../../src/train/run/fixed-ranges.ts';
import { networkOfOne } from '../../src/train/run/network.ts';
import { loadCortexM } from '../cortex-m.ts';
import { type Changes, network, pads, settings } from '../train/networks.ts';

/** Convolutions of all kinds, a batch norm, a residual sum, a pool and a dense layer: image [1, 2, 6, 6], three classes. */
export function classifier(): Graph {
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

/** Inverted bottlenecks, one of which is added to its input: image [1, 2, 6, 6], three classes. What is wide sets the peak. */
export function bottlenecks(): Graph {
  return network([1, 2, 6, 6], ({ conv, op, clip, gemm }, x) => {
    const wide = (
      name: string,
      input: string,
      channels: readonly [number, number, number],
      stride: number,
    ) => {
      const [before, inside, behind] = channels;
      const attributes = { group: int(inside), ...pads(1, 1, 1, 1), strides: ints([stride, stride]) };
      const expanded = clip(`${name}-6`, conv(`${name}-wide`, input, [inside, before, 1, 1]), 0, 6);
      const seen = op('Relu', `${name}-relu`, [
        conv(`${name}-depthwise`, expanded, [inside, 1, 3, 3], { attributes }),
      ]);
      return conv(`${name}-narrow`, seen, [behind, inside, 1, 1]);
    };
    const first = op('Relu', 'relu', [conv('first', x, [9, 2, 3, 3], { attributes: pads(1, 1, 1, 1) })]);
    const sum = op('Add', 'sum', [wide('a', first, [9, 27, 9], 1), first]);
    const last = op('Relu', 'last', [conv('head', wide('b', sum, [9, 36, 9], 2), [128, 9, 1, 1])]);
    return gemm('dense', op('Flatten', 'flat', [op('GlobalAveragePool', 'mean', [last])]), 3, 128);
  });
}

/** Dense layers to a code of four and back: input and output [1, 72], 24 of them with a first layer of convolutions. */
export function autoEncoder(): Graph {
  return network([1, 72], ({ op, gemm }, x) => {
    const wide = op('Relu', 'relu1', [gemm('encode', x, 16, 72)]);
    const code = op('Relu', 'relu2', [gemm('code', wide, 4, 16)]);
    return gemm('decode', op('Relu', 'relu3', [gemm('widen', code, 16, 4)]), 72, 16);
  });
}

/** An image that is given back: [1, 2, 6, 6], so that channels lie otherwise in memory than in the data. */
export function imageAutoEncoder(): Graph {
  return network([1, 2, 6, 6], ({ conv, op }, x) => {
    const seen = op('Relu', 'relu', [conv('encode', x, [6, 2, 3, 3], { attributes: pads(1, 1, 1, 1) })]);
    return conv('decode', seen, [2, 6, 3, 3], { attributes: pads(1, 1, 1, 1) });
  });
}

/** Of `bottlenecks`: what is wide is trained in part. */
export const WIDE: Changes = {
  scheme: {
    kind: 'listed',
    biases: 9,
    weights: [
      { layer: 'a-wide', channels: 1 },
      { layer: 'b-wide', channels: 0.5 },
      { layer: 'dense', channels: 1 },
    ],
  },
  optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
  octo: { weights: 'int8', activations: 'affine', gradientRounding: 'stochastic', prc: { kind: 'off' } },
};

const SGD = { kind: 'sgd', momentum: 0, weightDecay: 0 } as const;
const MOMENTUM = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-3 } as const;
const SPARSE = {
  kind: 'listed',
  biases: 2,
  weights: [
    { layer: 'pointwise', channels: 0.5 },
    { layer: 'dense', channels: 0.25 },
  ],
} as const;
const IN_CODES = { weights: 'int8', activations: 'affine' } as const;
const STOCHASTIC = { gradientRounding: 'stochastic', prc: { kind: 'off' } } as const;

/** Schemes, optimisers and roundings, each at least once with each way of keeping weights that takes it. */
export const CASES: ReadonlyMap<string, Changes> = new Map<string, Changes>([
  ['last:1, int8 weights, SGD', { scheme: { kind: 'last', layers: 1 }, optimizer: SGD, octo: IN_CODES }],
  [
    'last:2, float weights, momentum, stochastic',
    {
      scheme: { kind: 'last', layers: 2 },
      optimizer: MOMENTUM,
      octo: { activations: 'affine', ...STOCHASTIC },
    },
  ],
  ['bias, SGD', { scheme: { kind: 'bias' }, optimizer: SGD, octo: IN_CODES }],
  ['bias, momentum, stochastic', { scheme: { kind: 'bias' }, optimizer: MOMENTUM, octo: { ...STOCHASTIC } }],
  [
    'sparse, float weights, momentum',
    { scheme: SPARSE, optimizer: MOMENTUM, octo: { activations: 'affine' } },
  ],
  ['sparse, int8 weights, SGD', { scheme: SPARSE, optimizer: SGD, octo: IN_CODES }],
  ['sparse, float weights, SGD, stochastic', { scheme: SPARSE, optimizer: SGD, octo: { ...STOCHASTIC } }],
  ['full, int8 weights, SGD, stochastic', { optimizer: SGD, octo: { ...IN_CODES, ...STOCHASTIC } }],
  ['full, float weights, momentum', { optimizer: MOMENTUM, octo: { activations: 'affine' } }],
  ['full, float weights, Adam', { optimizer: ADAM, octo: { activations: 'affine' } }],
  [
    'last:1, int8 weights, SGD, fixed ranges',
    { scheme: { kind: 'last', layers: 1 }, optimizer: SGD, octo: { ...IN_CODES, ranges: 'fixed' } },
  ],
  [
    'sparse, int8 weights, SGD, stochastic, fixed ranges',
    { scheme: SPARSE, optimizer: SGD, octo: { ...IN_CODES, ...STOCHASTIC, ranges: 'fixed' } },
  ],
  [
    'full, float weights, momentum, fixed ranges',
    { optimizer: MOMENTUM, octo: { activations: 'affine', ranges: 'fixed' } },
  ],
  [
    'sparse, int8 weights, SGD, stochastic, fixed ranges, the mean of four',
    { scheme: SPARSE, accumulate: 4, optimizer: SGD, octo: { ...IN_CODES, ...STOCHASTIC, ranges: 'fixed' } },
  ],
  [
    'full, float weights, Adam, the mean of eight',
    { accumulate: 8, optimizer: ADAM, octo: { activations: 'affine' } },
  ],
  [
    'last:1, int8 weights, SGD, stochastic, fixed ranges, two steps of replay',
    {
      scheme: { kind: 'last', layers: 1 },
      replay: { latents: 8, steps: 2 },
      optimizer: SGD,
      octo: { ...IN_CODES, ...STOCHASTIC, ranges: 'fixed' },
    },
  ],
  [
    'full, float weights, Adam, fixed ranges, a step of replay',
    { replay: { latents: 3, steps: 1 }, optimizer: ADAM, octo: { activations: 'affine', ranges: 'fixed' } },
  ],
  [
    'five new classes, last:1, int8 weights',
    { classes: 5, scheme: { kind: 'last', layers: 1 }, optimizer: SGD, octo: IN_CODES },
  ],
]);

/** Samples that are their own targets. */
export const RECONSTRUCTIONS: ReadonlyMap<string, readonly [() => Graph, Changes]> = new Map(
  (
    [
      [
        'full, int8 weights, fixed ranges',
        autoEncoder,
        { octo: { ...IN_CODES, ...STOCHASTIC, ranges: 'fixed' } },
      ],
      [
        'last:2 behind a frozen prefix',
        autoEncoder,
        { scheme: { kind: 'last', layers: 2 }, octo: { ...IN_CODES, ...STOCHASTIC, ranges: 'fixed' } },
      ],
      [
        'an image, full, fixed ranges',
        imageAutoEncoder,
        { octo: { ...IN_CODES, ...STOCHASTIC, ranges: 'fixed' } },
      ],
      [
        'an image, float weights, Adam, learned ranges',
        imageAutoEncoder,
        { optimizer: ADAM, octo: { activations: 'affine' } },
      ],
    ] as const
  ).map(([title, graph, changes]) => [
    title,
    [graph, { optimizer: SGD, loss: { kind: 'mean-squared-error' }, ...changes }],
  ]),
);

export const LEARNING_RATE = 0.02;

/** Steps of one sample in octo, with ranges from random images. */
export async function trainingOf(
  changes: Changes,
  graph = classifier(),
): Promise<{
  readonly programs: DeviceTraining;
  readonly options: TrainerOptions;
}> {
  const options = settings({ method: 'octo', batchSize: 1, ...changes });
  const programs = await deviceTraining(graph, options, randomImages());
  return { programs, options };
}

/** The ranges that are fixed in training of the same. */
export function fixedRangesOf(options: TrainerOptions, graph = classifier()): Promise<RangeOf> {
  return fixedRanges(networkOfOne(graph, options), options, randomImages());
}

async function* randomImages() {
  const random = seededRandom(5);
  for (let n = 0; n < 8; n++) {
    yield { inputs: [Float32Array.from({ length: 72 }, () => 2 * random() - 1)], label: null };
  }
}

/** @param target a profile */
export async function trainedBundle(
  changes: Changes,
  target: string,
  graph = classifier(),
): Promise<readonly BundleFile[]> {
  const { programs, options } = await trainingOf(changes, graph);
  const { optimizer, seed } = options;
  const contract = { preprocess: null, labels: [] };
  const choices = { library: 'builtin', seed } as const;
  const training = { programs, optimizer, seed, learningRate: LEARNING_RATE };
  const { files } = trainingFirmware(training, contract, loadCortexM(target), choices).bundle({
    name: 'net',
    source: { sha256: '0'.repeat(64), bound: new Map(), toolVersion: '0.0.0' },
    samples: [],
    frames: 1,
    input: contract,
  });
  return [...files].map(([path, contents]) => ({ path, contents }));
}
