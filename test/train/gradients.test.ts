import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { int, ints, string } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import type { Loss } from '../../src/train/types.ts';
import { randomTensor } from '../passes/helpers.ts';
import { assertGradients } from './differences.ts';
import { batchFor, choices, network, pads, settings, spotter, transformer, unet, words } from './networks.ts';

const CROSS_ENTROPY: Loss = { kind: 'cross-entropy', labelSmoothing: 0 };
const SQUARES: Loss = { kind: 'mean-squared-error' };

describe('gradients of the float path', () => {
  const cases: readonly (readonly [
    title: string,
    graph: () => Graph,
    loss: Loss,
    names: readonly string[],
  ])[] = [
    [
      'a transformer: attention, normalisations, positions and a mean over tokens',
      () => transformer(),
      CROSS_ENTROPY,
      [
        ...['embed', 'qkv', 'out', 'wide', 'narrow', 'dense'].flatMap((name) => [
          `${name}/weights`,
          `${name}/bias`,
        ]),
        ...['norm1/gamma', 'norm1/beta', 'norm2/gamma', 'norm2/beta', 'positions/weights'],
      ],
    ],
    [
      'functions of each element',
      () =>
        network([1, 2, 3, 4], ({ b, conv, gemm, op }, x) => {
          const y = conv('conv', x, [13, 2, 2, 2]);
          const one = (name: string, i: number) =>
            op('Gather', name, [y, b.constant(`${name}_i`, { ...int64Tensor([i]), shape: [] })], {
              axis: int(1),
            });
          const two = b.constant('two', floatTensor([], Float32Array.of(2)));
          const rows = [
            op('Gelu', 'gelu', [one('g0', 0)]),
            op('Gelu', 'gelu-tanh', [one('g1', 1)], { approximate: string('tanh') }),
            op('Mish', 'mish', [one('g2', 2)]),
            op('Erf', 'erf', [one('g3', 3)]),
            op('Tanh', 'tanh', [one('g4', 4)]),
            op('Sigmoid', 'sigmoid', [one('g5', 5)]),
            op('Softplus', 'softplus', [one('g6', 6)]),
            op('Pow', 'squared', [one('g7', 7), two]),
            op('Mul', 'silu', [one('g8', 8), op('Sigmoid', 'silu-gate', [one('g8b', 8)])]),
            op('LeakyRelu', 'leaky', [one('g9', 9)]),
            op('HardSwish', 'hard', [one('g10', 10)]),
            op('Elu', 'elu', [one('g11', 11)]),
            op('Exp', 'exp', [one('g12', 12)]),
          ];
          const joined = op('Concat', 'joined', rows, { axis: int(1) });
          return gemm('dense', op('Flatten', 'flat', [joined]), 3, 13 * 6);
        }),
      CROSS_ENTROPY,
      ['conv/weights', 'conv/bias', 'dense/weights', 'dense/bias'],
    ],
    [
      'normalisations of groups and rows, and softmax along channels',
      () =>
        network([1, 2, 3, 4], ({ b, conv, gemm, op }, x) => {
          const numbers = (name: string, ...values: readonly number[]) =>
            b.constant(name, floatTensor([values.length], Float32Array.from(values)));
          const y = conv('conv', x, [4, 2, 2, 2]);
          const groups = op(
            'GroupNormalization',
            'groups',
            [y, numbers('gg', 1, 0.8, -1, 2), numbers('gb', 0.1, 0.5, 0, -0.3)],
            { num_groups: int(2) },
          );
          const instances = op('InstanceNormalization', 'instances', [
            y,
            numbers('ig', 1, 2, -0.5, 1),
            numbers('ib', 0, 0.2, 0.4, 0),
          ]);
          const shares = op('Softmax', 'shares', [op('Add', 'sum', [groups, instances])], { axis: int(1) });
          const rms = op('RMSNormalization', 'rms', [y, numbers('rg', 1, 0.6, -1)], { axis: int(-1) });
          const logs = op('LogSoftmax', 'logs', [rms], { axis: int(2) });
          return gemm('dense', op('Flatten', 'flat', [op('Mul', 'product', [shares, logs])]), 3, 24);
        }),
      CROSS_ENTROPY,
      [
        ...['conv/weights', 'conv/bias', 'groups/gamma', 'groups/beta', 'instances/gamma', 'instances/beta'],
        ...['rms/gamma', 'dense/weights', 'dense/bias'],
      ],
    ],
    [
      'arithmetic of two activations that broadcast, reductions, parts that are split, padded, expanded and masked',
      () =>
        network([1, 2, 3, 4], ({ b, conv, gemm, op }, x) => {
          const sizes = (name: string, ...shape: readonly number[]) => b.constant(name, int64Tensor(shape));
          const y = conv('conv', x, [4, 2, 2, 2]);
          const means = op('ReduceMean', 'means', [y, sizes('last', 3)]);
          const most = op('ReduceMax', 'most', [y, sizes('middle', 2)]);
          const total = op('ReduceSum', 'total', [y, sizes('first', 1, 3)]);
          const below = op('Softplus', 'below', [total]);
          const quotient = op('Div', 'quotient', [op('Sub', 'less', [y, means]), below]);
          const product = op('Mul', 'product', [most, quotient]);
          const padded = op('Pad', 'padded', [product, sizes('widths', 0, 0, 1, 0, 0, 0, 0, 2)]);
          const wide = op('Expand', 'wide', [means, sizes('wide-shape', 1, 4, 2, 3)]);
          const flags = { dtype: 'bool', shape: [2, 3], data: Uint8Array.of(1, 0, 1, 0, 0, 1) } as const;
          const masked = op('Where', 'masked', [
            b.constant('flags', flags),
            wide,
            b.constant('zero', floatTensor([], Float32Array.of(0))),
          ]);
          const both = op(
            'Concat',
            'both',
            [op('Flatten', 'flat1', [padded]), op('Flatten', 'flat2', [masked])],
            {
              axis: int(1),
            },
          );
          return gemm('dense', both, 3, 4 * 3 * 5 + 24);
        }),
      CROSS_ENTROPY,
      ['conv/weights', 'conv/bias', 'dense/weights', 'dense/bias'],
    ],
    [
      'convolution with strides, dilations and asymmetric pads, and a dense layer on its positions',
      () =>
        network([1, 2, 7, 6], ({ conv, gemm, op }, x) => {
          const attributes = { strides: ints([2, 1]), dilations: ints([1, 2]), ...pads(1, 0, 2, 3) };
          const y = conv('conv', x, [3, 2, 3, 2], { attributes });
          return gemm('dense', op('Flatten', 'flat', [y]), 4, 3 * 4 * 7);
        }),
      CROSS_ENTROPY,
      ['conv/weights', 'conv/bias', 'dense/weights', 'dense/bias'],
    ],
    [
      'groups and depthwise convolutions',
      () =>
        network([1, 4, 4, 4], ({ conv, op }, x) => {
          const grouped = conv('grouped', x, [6, 2, 3, 3], {
            attributes: { group: int(2), ...pads(1, 1, 1, 1) },
          });
          const depthwise = conv('depthwise', grouped, [12, 1, 2, 3], {
            bias: false,
            attributes: { group: int(6), strides: ints([2, 2]) },
          });
          return op('Flatten', 'flat', [op('GlobalAveragePool', 'mean', [depthwise])]);
        }),
      CROSS_ENTROPY,
      ['grouped/weights', 'grouped/bias', 'depthwise/weights'],
    ],
    [
      'transposed convolution against values',
      () =>
        network([1, 2, 3, 3], ({ conv, convTranspose, clip }, x) => {
          const small = clip('clip', conv('conv', x, [3, 2, 2, 2]), -0.5, 0.75);
          return convTranspose('up', small, [3, 2, 3, 3], {
            attributes: { strides: ints([2, 2]), output_padding: ints([1, 0]), ...pads(1, 0, 0, 1) },
          });
        }),
      SQUARES,
      ['conv/weights', 'conv/bias', 'up/weights', 'up/bias'],
    ],
    [
      'one spatial axis',
      () =>
        network([1, 2, 9], ({ conv, gemm, op }, x) => {
          const y = op('Relu', 'relu', [conv('conv', x, [3, 2, 3], { attributes: pads(1, 1) })]);
          const pooled = op('MaxPool', 'pool', [y], { kernel_shape: ints([3]), strides: ints([3]) });
          return gemm('dense', op('Flatten', 'flat', [pooled]), 3, 9);
        }),
      CROSS_ENTROPY,
      ['conv/weights', 'conv/bias', 'dense/weights', 'dense/bias'],
    ],
    [
      'batch norm behind a convolution without a bias, behind a sum, and on its own',
      () =>
        network([1, 2, 4, 2], ({ conv, norm, op, gemm }, x) => {
          const y = conv('conv1', x, [3, 2, 3, 3], { bias: false, attributes: pads(1, 1, 1, 1) });
          const a = op('Relu', 'relu1', [norm('norm1', y, 3)]);
          const sum = norm(
            'norm2',
            op('Add', 'sum', [a, conv('conv2', a, [3, 3, 1, 1], { bias: false })]),
            3,
          );
          const pooled = op('MaxPool', 'pool', [op('Relu', 'relu2', [sum])], {
            kernel_shape: ints([2, 2]),
            strides: ints([2, 2]),
          });
          const alone = op('Relu', 'relu', [norm('norm3', pooled, 3)]);
          return gemm('dense', op('Flatten', 'flat', [alone]), 3, 6);
        }),
      CROSS_ENTROPY,
      [
        ...['conv1/weights', 'conv1/gamma', 'conv1/beta', 'conv2/weights', 'sum/gamma', 'sum/beta'],
        ...['norm3/gamma', 'norm3/beta', 'dense/weights', 'dense/bias'],
      ],
    ],
    [
      'residual sums: a value that three nodes read, and a sum of a value with itself',
      () =>
        network([1, 3, 3, 3], ({ conv, op, clip, gemm }, x) => {
          const a = clip('six', conv('conv1', x, [3, 3, 3, 3], { attributes: pads(1, 1, 1, 1) }), 0, 6);
          const left = op('Relu', 'relu', [conv('left', a, [3, 3, 1, 1])]);
          const right = conv('right', a, [3, 3, 1, 1]);
          const sum = op('Relu', 'relu2', [op('Add', 'sum', [left, right])]);
          const residual = op('Add', 'residual', [sum, a]);
          const doubled = op('Relu', 'relu3', [op('Add', 'doubled', [residual, residual])]);
          return gemm('dense', op('Flatten', 'flat', [op('Add', 'last', [doubled, sum])]), 3, 27);
        }),
      CROSS_ENTROPY,
      [
        ...['conv1/weights', 'conv1/bias', 'left/weights', 'left/bias', 'right/weights', 'right/bias'],
        ...['dense/weights', 'dense/bias'],
      ],
    ],
    [
      'a gradient that branches share, each of which overwrites it with what passes its own activation',
      () =>
        network([1, 2, 4, 4], ({ conv, op, clip, gemm }, x) => {
          const left = op('Relu', 'relu1', [conv('left', x, [3, 2, 2, 2])]);
          const right = op('Relu', 'relu2', [conv('right', x, [3, 2, 2, 2])]);
          const third = clip('bounded', conv('third', x, [3, 2, 2, 2]), -0.5, 0.5);
          const sum = op('Add', 'sum', [op('Add', 'inner', [left, right]), third]);
          return gemm('dense', op('Flatten', 'flat', [sum]), 3, 27);
        }),
      CROSS_ENTROPY,
      [
        ...['left/weights', 'left/bias', 'right/weights', 'right/bias', 'third/weights', 'third/bias'],
        ...['dense/weights', 'dense/bias'],
      ],
    ],
    [
      'a gradient that batch norms share, each of which overwrites it with that of its input',
      () =>
        network([1, 2, 3, 3], ({ conv, norm, op, gemm }, x) => {
          const left = norm('norm1', conv('left', x, [3, 2, 2, 2], { bias: false }), 3);
          const right = norm('norm2', conv('right', x, [3, 2, 2, 2], { bias: false }), 3);
          return gemm('dense', op('Flatten', 'flat', [op('Add', 'sum', [left, right])]), 3, 12);
        }),
      CROSS_ENTROPY,
      [
        ...['left/weights', 'left/gamma', 'left/beta', 'right/weights', 'right/gamma', 'right/beta'],
        ...['dense/weights', 'dense/bias'],
      ],
    ],
    [
      'pools with overlaps, dilations and pads, that count them or not',
      () =>
        network([1, 2, 5, 6], ({ conv, op, gemm }, x) => {
          const a = conv('conv', x, [2, 2, 3, 3], { attributes: pads(1, 1, 1, 1) });
          const window = { kernel_shape: ints([3, 3]), ...pads(1, 1, 1, 1) };
          const maximum = op('MaxPool', 'maximum', [a], {
            ...window,
            dilations: ints([1, 2]),
            ...pads(1, 2, 1, 2),
          });
          const mean = op('AveragePool', 'mean', [maximum], { ...window, strides: ints([2, 2]) });
          const counted = op('AveragePool', 'counted', [mean], { ...window, count_include_pad: int(1) });
          return gemm('dense', op('Flatten', 'flat', [counted]), 3, 18);
        }),
      { kind: 'cross-entropy', labelSmoothing: 0.2 },
      ['conv/weights', 'conv/bias', 'dense/weights', 'dense/bias'],
    ],
    [
      'fixed maps per channel',
      () =>
        network([1, 2, 3, 3], ({ b, conv, op }, x) => {
          const factors = b.constant('factors', floatTensor([1, 3, 1, 1], Float32Array.of(2, -1, 0.5)));
          const shifts = b.constant('shifts', floatTensor([1, 3, 1, 1], Float32Array.of(0.3, 0, -0.4)));
          const mapped = op('Mul', 'mapped', [op('Relu', 'relu', [conv('first', x, [3, 2, 2, 2])]), factors]);
          const bounded = op('Relu', 'relu2', [op('Add', 'shifted', [mapped, shifts])]);
          return op('Flatten', 'flat', [conv('last', bounded, [3, 3, 2, 2])]);
        }),
      CROSS_ENTROPY,
      ['first/weights', 'first/bias', 'last/weights', 'last/bias'],
    ],
    [
      'views: features as positions of one channel, and back',
      () =>
        network([1, 5], ({ b, conv, gemm, op }, x) => {
          const shape = (name: string, ...sizes: readonly number[]) => b.constant(name, int64Tensor(sizes));
          const line = op('Reshape', 'line', [gemm('first', x, 6, 5), shape('as-line', 1, 1, 6)]);
          const narrow = conv('conv', op('Relu', 'relu', [line]), [1, 1, 3]);
          return gemm('second', op('Reshape', 'features', [narrow, shape('as-features', 1, 4)]), 3, 4);
        }),
      CROSS_ENTROPY,
      ['first/weights', 'first/bias', 'conv/weights', 'conv/bias', 'second/weights', 'second/bias'],
    ],
    [
      'moves: a signal with its axes last, one spatial axis made two and back',
      () =>
        network([1, 9, 2], ({ b, conv, gemm, op }, x) => {
          const axis = b.constant('axis', int64Tensor([2]));
          const signal = op('Transpose', 'axes-first', [x], { perm: ints([0, 2, 1]) });
          const y = op('Relu', 'relu', [conv('conv', signal, [3, 2, 3], { attributes: pads(1, 1) })]);
          const mean = op('GlobalAveragePool', 'mean', [op('Unsqueeze', 'two', [y, axis])]);
          const flat = op('Flatten', 'flat', [op('Squeeze', 'one', [mean, axis])]);
          return gemm('dense', flat, 3, 3);
        }),
      CROSS_ENTROPY,
      ['conv/weights', 'conv/bias', 'dense/weights', 'dense/bias'],
    ],
    [
      'moves: channels that are shuffled, of which convolutions read parts',
      () =>
        network([1, 2, 3, 4], ({ b, conv, gemm, op }, x) => {
          const sizes = (name: string, ...shape: readonly number[]) => b.constant(name, int64Tensor(shape));
          const y = op('Relu', 'relu', [conv('first', x, [4, 2, 2, 2])]);
          const pairs = op('Reshape', 'pairs', [y, sizes('as-pairs', 1, 2, 2, 2, 3)]);
          const swapped = op('Transpose', 'swap', [pairs], { perm: ints([0, 2, 1, 3, 4]) });
          const shuffled = op('Reshape', 'shuffled', [swapped, sizes('as-image', 1, 4, 2, 3)]);
          const part = (name: string, first: number, end: number, step: number) =>
            op('Slice', name, [
              shuffled,
              sizes(`${name}-first`, first),
              sizes(`${name}-end`, end),
              sizes(`${name}-axis`, 1),
              sizes(`${name}-step`, step),
            ]);
          const left = conv('left', part('front', 0, 2, 1), [2, 2, 1, 1]);
          const right = conv('right', part('odd', 3, 0, -2), [2, 2, 1, 1]);
          const sum = op('Add', 'sum', [op('Relu', 'relu2', [left]), right]);
          return gemm('dense', op('Flatten', 'flat', [sum]), 3, 12);
        }),
      CROSS_ENTROPY,
      [
        ...['first/weights', 'first/bias', 'left/weights', 'left/bias', 'right/weights', 'right/bias'],
        ...['dense/weights', 'dense/bias'],
      ],
    ],
    [
      'moves: features in the order of ONNX, an image that is read as another, and its last row',
      () =>
        network([1, 2, 3, 4], ({ b, conv, gemm, op }, x) => {
          const y = conv('first', x, [4, 2, 1, 3]);
          const other = op('Reshape', 'other', [y, b.constant('sizes', int64Tensor([1, 3, 4, 2]))]);
          const z = op('Relu', 'relu', [conv('second', other, [2, 3, 1, 1])]);
          const row = op('Gather', 'row', [z, b.constant('last', { ...int64Tensor([-1]), shape: [] })], {
            axis: int(2),
          });
          const features = op('Relu', 'relu2', [op('Flatten', 'flat', [row])]);
          const behind = op('Transpose', 'behind', [y], { perm: ints([0, 2, 3, 1]) });
          const flat = gemm('all', op('Flatten', 'all-flat', [behind]), 3, 24);
          return op('Add', 'sum', [gemm('dense', features, 3, 4), flat]);
        }),
      CROSS_ENTROPY,
      [
        ...['first/weights', 'first/bias', 'second/weights', 'second/bias', 'dense/weights', 'dense/bias'],
        ...['all/weights', 'all/bias'],
      ],
    ],
    [
      'moves: squared errors of outputs that are moved',
      () =>
        network([1, 2, 3, 4], ({ conv, op }, x) =>
          op('Transpose', 'last', [conv('conv', x, [3, 2, 2, 2])], { perm: ints([0, 2, 3, 1]) }),
        ),
      SQUARES,
      ['conv/weights', 'conv/bias'],
    ],
    [
      'squared errors of bounded outputs',
      () =>
        network([1, 5], ({ gemm, op, clip }, x) =>
          clip('y', gemm('second', op('Relu', 'relu', [gemm('first', x, 6, 5)]), 4, 6), -0.4, 0.4),
        ),
      SQUARES,
      ['first/weights', 'first/bias', 'second/weights', 'second/bias'],
    ],
    ...(['RNN', 'GRU', 'LSTM'] as const).map(
      (cell) =>
        [
          `${cell} over all times, and the dense layer on its last state`,
          () => spotter(cell),
          CROSS_ENTROPY,
          [
            ...['cell/weights', 'cell/bias', 'cell/recurrent/weights', 'cell/recurrent/bias'],
            ...['dense/weights', 'dense/bias'],
          ],
        ] as const,
    ),
    [
      'GRU in both directions from first states on, with all of its times read, before an LSTM whose last state is given',
      () =>
        network([1, 4, 2, 3], ({ b, op, gemm, recurrent }, x) => {
          const sizes = (name: string, ...shape: readonly number[]) => b.constant(name, int64Tensor(shape));
          const pairs = op('Squeeze', 'pairs', [x, sizes('batch', 0)]);
          const state = (name: string, seed: number, ...shape: readonly number[]) =>
            b.constant(name, randomTensor(shape, seed, 0.8));
          const both = recurrent('GRU', 'both', pairs, [3, 2], {
            direction: 'bidirectional',
            first: { h: state('h', 31, 2, 2, 2) },
          });
          const order = op('Transpose', 'order', [both], { perm: ints([0, 2, 1, 3]) });
          const wide = op('Reshape', 'wide', [order, sizes('wide-shape', 4, 2, 4)]);
          const more = { direction: 'reverse', last: true, bias: false } as const;
          const first = { h: state('h0', 37, 1, 2, 3), c: state('c0', 41, 1, 2, 3) };
          const last = recurrent('LSTM', 'back', wide, [4, 3], { ...more, first });
          return gemm('dense', op('Reshape', 'row', [last, sizes('row-shape', 1, 6)]), 3, 6);
        }),
      CROSS_ENTROPY,
      [
        ...['both', 'both/reverse'].flatMap((own) => [
          ...[`${own}/weights`, `${own}/bias`],
          ...[`${own}/recurrent/weights`, `${own}/recurrent/bias`],
        ]),
        ...['back/weights', 'back/recurrent/weights', 'dense/weights', 'dense/bias'],
      ],
    ],
    ...['nearest', 'linear', 'cubic'].map(
      (mode) =>
        [
          `a U-Net: down, up by Resize (${mode}), and beside what was there before`,
          () => unet(mode),
          SQUARES,
          ['first', 'inner', 'last'].flatMap((name) => [`${name}/weights`, `${name}/bias`]),
        ] as const,
    ),
    [
      'Resize to other sizes: between places, onto fewer of them, along one axis, of codes that a bound is put on',
      () =>
        network([1, 2, 5, 4], ({ b, conv, gemm, op, clip }, x) => {
          const sizes = (name: string, ...shape: readonly number[]) => b.constant(name, int64Tensor(shape));
          const y = conv('conv', x, [3, 2, 2, 2]);
          const resize = (name: string, to: readonly number[], mode: string, how: string) =>
            op('Resize', name, [y, '', '', sizes(`${name}-sizes`, 1, 3, ...to)], {
              mode: string(mode),
              coordinate_transformation_mode: string(how),
            });
          const parts = [
            clip('bounded', resize('corners', [7, 5], 'linear', 'align_corners'), -0.7, 0.7),
            op('Tanh', 'tanh', [resize('fewer', [3, 2], 'nearest', 'asymmetric')]),
            resize('taller', [6, 3], 'linear', 'half_pixel'),
            resize('less', [2, 4], 'linear', 'pytorch_half_pixel'),
          ].map((part, i) => op('Flatten', `flat${i}`, [part]));
          return gemm('dense', op('Concat', 'all', parts, { axis: int(1) }), 3, 3 * (35 + 6 + 18 + 8));
        }),
      CROSS_ENTROPY,
      ['conv/weights', 'conv/bias', 'dense/weights', 'dense/bias'],
    ],
    [
      'Resize of one spatial axis',
      () =>
        network([1, 2, 5], ({ b, conv, op }, x) =>
          op('Resize', 'up', [
            conv('conv', x, [3, 2, 2]),
            '',
            b.constant('to', floatTensor([3], Float32Array.of(1, 1, 2))),
          ]),
        ),
      SQUARES,
      ['conv/weights', 'conv/bias'],
    ],
    [
      'slopes below 0, the larger and the smaller of two, and a matrix that several others meet',
      choices,
      CROSS_ENTROPY,
      [
        ...['conv', 'other', 'dense'].flatMap((name) => [`${name}/weights`, `${name}/bias`]),
        ...['slopes/weights', 'slope-of-all/weights'],
      ],
    ],
    [
      'parts that are picked, some of them twice, and the largest of each channel',
      () =>
        network([1, 2, 3, 4], ({ b, conv, gemm, op }, x) => {
          const y = op('Gelu', 'gelu', [conv('conv', x, [4, 2, 2, 2])]);
          const channels = op('Gather', 'channels', [y, b.constant('which', int64Tensor([2, 0, -1, 2]))], {
            axis: int(1),
          });
          const most = op('GlobalMaxPool', 'most', [op('Mul', 'both', [y, channels])]);
          return gemm('dense', op('Flatten', 'flat', [op('Add', 'sum', [channels, most])]), 3, 24);
        }),
      CROSS_ENTROPY,
      ['conv/weights', 'conv/bias', 'dense/weights', 'dense/bias'],
    ],
    ...['DCR', 'CRD'].map(
      (mode) =>
        [
          `blocks of pixels for channels, and channels for pixels: ${mode}`,
          () =>
            network([1, 2, 4, 2], ({ conv, op }, x) => {
              const block = { blocksize: int(2), ...(mode === 'DCR' ? {} : { mode: string(mode) }) };
              const deep = op('SpaceToDepth', 'deep', [conv('first', x, [2, 2, 1, 1])], {
                blocksize: int(2),
              });
              const y = op('Relu', 'relu', [
                op('DepthToSpace', 'wide', [conv('second', deep, [12, 8, 1, 1])], block),
              ]);
              return conv('last', y, [2, 3, 2, 1]);
            }),
          SQUARES,
          ['first', 'second', 'last'].flatMap((name) => [`${name}/weights`, `${name}/bias`]),
        ] as const,
    ),
    [
      'embeddings of whole numbers, and a GRU over them',
      words,
      CROSS_ENTROPY,
      [
        ...[
          'embedding/weights',
          'cell/weights',
          'cell/bias',
          'cell/recurrent/weights',
          'cell/recurrent/bias',
        ],
        ...['dense/weights', 'dense/bias'],
      ],
    ],
    [
      'classes of places',
      () =>
        network([1, 2, 3, 4], ({ conv, op }, x) =>
          op('Softmax', 'shares', [conv('conv', x, [3, 2, 2, 2])], { axis: int(1) }),
        ),
      { kind: 'cross-entropy', labelSmoothing: 0.1 },
      ['conv/weights', 'conv/bias'],
    ],
    [
      'a signal whose times come first',
      () =>
        network([5, 1, 3], ({ b, gemm, op, recurrent }, x) => {
          const last = recurrent('GRU', 'cell', x, [3, 4], { last: true });
          return gemm(
            'dense',
            op('Squeeze', 'row', [last, b.constant('directions', int64Tensor([0]))]),
            3,
            4,
          );
        }),
      CROSS_ENTROPY,
      [
        ...['cell/weights', 'cell/bias', 'cell/recurrent/weights', 'cell/recurrent/bias'],
        ...['dense/weights', 'dense/bias'],
      ],
    ],
    [
      'squared errors of images, of a channel order of their own',
      () => network([1, 2, 3, 4], ({ conv }, x) => conv('conv', x, [3, 2, 2, 2])),
      SQUARES,
      ['conv/weights', 'conv/bias'],
    ],
  ];
  for (const [title, graph, loss, names] of cases) {
    it(`are those of differences: ${title}`, () => assertGradients(graph(), loss, names));
  }

  it('of the places of a map with one channel, as classes', () => {
    const graph = network([1, 2, 3, 4], ({ conv, op }, x) =>
      op('Flatten', 'flat', [
        conv('place', op('Relu', 'relu', [conv('hidden', x, [3, 2, 1, 1])]), [1, 3, 1, 1], { bias: false }),
      ]),
    );
    assert.deepEqual(graph.values.get(graph.outputs[0]!.value)!.shape, [1, 12]);
    assertGradients(graph, CROSS_ENTROPY, ['hidden/weights', 'hidden/bias', 'place/weights']);
  });

  it('of the places of a map with several channels, as classes in the order of ONNX', () => {
    const graph = network([1, 2, 3, 2], ({ conv, op }, x) =>
      op('Flatten', 'flat', [conv('place', x, [2, 2, 1, 1])]),
    );
    assertGradients(graph, CROSS_ENTROPY, ['place/weights', 'place/bias']);
    // One class at a time: the loss of each is that of its own score.
    const options = settings({ loss: CROSS_ENTROPY, batchSize: 1 });
    const { inputs } = batchFor(graph, options);
    const [scores] = createExecutor(graph).run([floatTensor([1, 2, 3, 2], inputs)]);
    const total = Math.log((scores!.data as Float32Array).reduce((sum, score) => sum + Math.exp(score), 0));
    (scores!.data as Float32Array).forEach((score, label) => {
      const batch = { inputs, labels: Int32Array.of(label), targets: null };
      const { loss } = createTrainer(graph, options).step(batch, { step: 0, learningRate: 0 });
      assert.ok(Math.abs(loss - (total - score)) < 1e-5, `class ${label}: ${loss}`);
    });
  });

  it('are those of differences: shifts of batch norms that are held still', () => {
    const graph = network([1, 2, 4, 4], ({ conv, norm, op, gemm }, x) => {
      const a = op('Relu', 'relu', [norm('behind', conv('conv', x, [3, 2, 3, 3]), 3)]);
      const pooled = op('MaxPool', 'pool', [a], { kernel_shape: ints([2, 2]) });
      return gemm('dense', op('Flatten', 'flat', [op('Relu', 'relu2', [norm('alone', pooled, 3)])]), 3, 3);
    });
    assertGradients(graph, CROSS_ENTROPY, ['conv/bias', 'alone/bias', 'dense/bias'], { kind: 'bias' });
  });
});
