/** Calls of every kernel that firmware makes, of ordinary and of awkward shapes, for counting their instructions. */
import { attentionRoom } from '../../src/program/kernels/attention-s8.ts';
import { matmulRoom } from '../../src/program/kernels/batch-matmul-s8.ts';
import { groupsSizes } from '../../src/program/kernels/channel-groups.ts';
import { transposedPairsSizes } from '../../src/program/kernels/conv-transpose2d-pairs-s8.ts';
import { transposedVectorsSizes } from '../../src/program/kernels/conv-transpose2d-vectors-s8.ts';
import { type pairsRoom, pairsSizes, pairWords } from '../../src/program/kernels/conv2d-pairs-s8.ts';
import { vectorsOf } from '../../src/program/kernels/conv2d-vectors-s8.ts';
import { wordsOf } from '../../src/program/kernels/conv2d-words-s8.ts';
import { columnsRoom } from '../../src/program/kernels/depthwise-conv2d-columns-s8.ts';
import { planesRoom } from '../../src/program/kernels/depthwise-conv2d-planes-s8.ts';
import { rowsRoom } from '../../src/program/kernels/depthwise-conv2d-rows-s8.ts';
import type { FourBitRows } from '../../src/program/kernels/four-bits.ts';
import { pairsOfRow } from '../../src/program/kernels/fully-connected-pairs-s8.ts';
import { fullyConnectedRoom } from '../../src/program/kernels/fully-connected-s4.ts';
import { type KernelName, signatureOf } from '../../src/program/kernels/index.ts';
import type { MatrixStacks } from '../../src/program/kernels/matrix-stacks.ts';
import { gateTable } from '../../src/program/kernels/recurrent.ts';
import { exponentialTable } from '../../src/program/kernels/softmax-s8.ts';
import { powersOfTwo } from '../../src/program/kernels/softmax-s16.ts';
import { outputsTogether, type TransposedGeometry } from '../../src/program/kernels/transposed-phases.ts';
import { RULES } from '../../src/program/rules.ts';
import { evaluate, type Operand } from '../../src/program/signature.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import type { Case } from '../../test/native/cases.ts';
import { int8s, int16s, integer, pick, type Random } from '../../test/native/random.ts';

type Params = Readonly<Record<string, number>>;

const ACTIVATION = { actMin: -128, actMax: 127 };
const LIMITS16 = { actMin: -32768, actMax: 32767 };
const OFFSETS = { inputOffset: 128, outputOffset: -128, ...ACTIVATION };

/** Of float32: four times the bytes. */
const FEWER_CHANNELS = [1, 2, 3, 4, 5, 8, 9, 13, 16];

const CHANNELS = [1, 2, 3, 4, 5, 8, 9, 13, 16, 18, 24, 32, 33, 40];

function axis(random: Random, kernel: number, dilation: number): readonly [number, number, number, number] {
  const stride = pick(random, [1, 1, 2]);
  const pad = pick(random, [0, (kernel - 1) >> 1]);
  const reach = (kernel - 1) * dilation + 1;
  const size = Math.max(integer(random, 3, 11), reach);
  const out = Math.floor((size + 2 * pad - reach) / stride) + 1;
  return [size, out, stride, pad];
}

function windows(random: Random, kernels: readonly number[], dilated: boolean): Params {
  const kernelH = pick(random, kernels);
  const kernelW = random() < 0.7 ? kernelH : pick(random, kernels);
  const dilation = dilated && random() < 0.2 ? 2 : 1;
  const [inH, outH, strideH, padTop] = axis(random, kernelH, dilation);
  const [inW, outW, strideW, padLeft] = axis(random, kernelW, dilation);
  return {
    ...{ batch: 1, inH, inW, outH, outW, kernelH, kernelW, strideH, strideW, padTop, padLeft },
    ...(dilated ? { dilationH: dilation, dilationW: dilation } : {}),
  };
}

/** At least three positions: of fewer nothing is packed. */
function manyWindows(random: Random, dilated: boolean): Params {
  const window = windows(random, random() < 0.35 ? [1] : [1, 3, 3, 5, 2, 4], dilated);
  return window.outH! * window.outW! < 3 ? manyWindows(random, dilated) : window;
}

/** What outputs are clamped to: most often to nothing but int8. */
function clamped(random: Random): typeof ACTIVATION {
  return pick(random, [ACTIVATION, ACTIVATION, ACTIVATION, { actMin: -100, actMax: 90 }]);
}

/** Windows of two words at least: of fewer nothing is packed. */
function manyWords(random: Random): {
  readonly window: Params;
  readonly filter: Parameters<typeof pairsRoom>[0];
} {
  const window = manyWindows(random, true);
  const filter = { ...window, inChannels: pick(random, [...CHANNELS, 64]) } as Parameters<
    typeof pairsRoom
  >[0];
  return pairWords(filter) < 2 ? manyWords(random) : { window, filter };
}

function squareWindows(random: Random, kernels: readonly number[]): Params {
  return windows(random, [pick(random, kernels)], false);
}

/** Of all positions, at least two each way, or of every second. */
function threeByThree(random: Random): Params {
  const window = windows(random, [3], false);
  const isTaken = window.strideH === window.strideW && Math.min(window.outH!, window.outW!) > 1;
  return isTaken ? window : threeByThree(random);
}

function depthwiseOnPlanes(random: Random, kernels: readonly number[]): Params {
  const window = squareWindows(random, kernels) as Parameters<typeof planesRoom>[0] & Params;
  const transposed = integer(random, 0, 1);
  const band = transposed === 1 ? window.outW! : integer(random, 2, window.outH!);
  return {
    ...{
      ...window,
      inChannels: pick(
        random,
        CHANNELS.filter((channels) => channels > 3),
      ),
      ...{ band, transposed },
    },
    ...{
      room: planesRoom({ ...window, band, transposed }),
      inputOffset: 128,
      outputZeroPoint: pick(random, [-128, -5]),
      ...clamped(random),
    },
  };
}

function transposed(random: Random): Params {
  const [kernelH, kernelW] = [pick(random, [1, 2, 3, 4]), pick(random, [1, 2, 3, 4])];
  const [strideH, strideW] = [pick(random, [1, 2]), pick(random, [1, 2])];
  const [inH, inW] = [integer(random, 2, 9), integer(random, 2, 9)];
  const pad = (kernel: number): number => pick(random, [0, (kernel - 1) >> 1]);
  const [padTop, padLeft] = [pad(kernelH), pad(kernelW)];
  const out = (size: number, stride: number, kernel: number, cut: number): number =>
    (size - 1) * stride + kernel - 2 * cut;
  return {
    ...{
      batch: 1,
      inH,
      inW,
      kernelH,
      kernelW,
      strideH,
      strideW,
      dilationH: 1,
      dilationW: 1,
      padTop,
      padLeft,
    },
    ...{ outH: out(inH, strideH, kernelH, padTop), outW: out(inW, strideW, kernelW, padLeft) },
  };
}

/** Transposed convolutions as they are packed. */
function phases(
  random: Random,
  rule: 'conv_transpose2d_pairs' | 'conv_transpose2d_vectors',
  sizesOf: typeof transposedPairsSizes,
): Params {
  const { dilationH: _h, dilationW: _w, ...window } = transposed(random);
  const geometry = {
    ...window,
    inChannels: pick(random, CHANNELS),
    outChannels: pick(random, CHANNELS),
  } as unknown as TransposedGeometry;
  const sized = { ...geometry, phaseChannels: outputsTogether(geometry) * geometry.outChannels };
  const zeroPoints = { inputZeroPoint: -128, outputZeroPoint: pick(random, [-128, -5]) };
  const params = { ...sized, ...sizesOf(sized), ...zeroPoints, ...clamped(random) };
  return RULES[rule](params) ? params : phases(random, rule, sizesOf);
}

/** Convolutions of groups as they are packed, or depthwise ones with several outputs for an input. */
function inGroups(
  random: Random,
  rule: 'conv2d_groups_pairs' | 'conv2d_groups_vectors',
  sizesOf: Parameters<typeof groupsSizes>[1],
): Params {
  const groups = pick(random, [2, 2, 3, 4, 8]);
  const window = windows(random, random() < 0.25 ? [1] : [1, 3, 3, 5, 2, 4], true);
  const [groupIn, groupChannels] = [pick(random, [1, ...FEWER_CHANNELS]), pick(random, FEWER_CHANNELS)];
  const placed = {
    ...{
      ...window,
      groups,
      groupChannels,
      inChannels: groups * groupIn,
      outChannels: groups * groupChannels,
    },
    band: integer(random, 1, window.outH!),
  } as unknown as Parameters<typeof groupsSizes>[0] & Params;
  const zeroPoints = { inputZeroPoint: -128, outputZeroPoint: pick(random, [-128, -5]) };
  const params = { ...placed, ...groupsSizes(placed, sizesOf), ...zeroPoints, ...clamped(random) };
  return RULES[rule](params) ? params : inGroups(random, rule, sizesOf);
}

function scaled(name: string): Params {
  return { [`${name}Multiplier`]: 2 ** 30 + 12345, [`${name}Shift`]: -1 };
}

function contiguous(sizes: readonly number[], room: number): readonly number[] {
  const [, b, c, d] = sizes as [number, number, number, number];
  return [b * c * (d + room), c * (d + room), d + room, 1];
}

function copy(random: Random): Params {
  const sizes = [
    1,
    pick(random, [1, 1, 4]),
    integer(random, 1, 9),
    pick(random, [1, 2, 3, 4, 8, 16, 24, 40]),
  ];
  const from = contiguous(sizes, 4 * integer(random, 0, 2));
  const to = contiguous(sizes, 4 * integer(random, 0, 2));
  const turned = random() < 0.4 ? [to[0]!, to[1]!, 1, sizes[2]!] : to;
  return {
    ...Object.fromEntries(sizes.map((size, i) => [`size${i}`, size])),
    ...{ inOffset: 0, outOffset: 0 },
    ...Object.fromEntries(from.map((stride, i) => [`inStride${i}`, stride])),
    ...Object.fromEntries(turned.map((stride, i) => [`outStride${i}`, stride])),
  };
}

function size(random: Random): number {
  return pick(random, [1, 7, 16, 32, 50, 100, 256, integer(random, 1, 600)]);
}

function recurrence(random: Random, hiddenShift: number): Params {
  return {
    ...{ steps: integer(random, 1, 3), batch: pick(random, [1, 1, 2]) },
    ...{ inputSize: pick(random, [...CHANNELS, 64]), hidden: pick(random, CHANNELS) },
    ...{ directions: 1, direction: 0, reverse: 0, hiddenMultiplier: 2 ** 30, hiddenShift },
  };
}

const CELL = { cellMultiplier: 2 ** 30, tangentMultiplier: 2 ** 30 };

function rows(random: Random): Params {
  return {
    ...{ outer: integer(random, 1, 4), size: integer(random, 1, 40), inner: pick(random, [1, 1, 4, 9]) },
  };
}

/** A box whose operands lie side by side, or repeat along all axes but the last. */
function boxed(random: Random, names: readonly string[]): Params {
  const sizes = [1, pick(random, [1, 1, 3]), integer(random, 1, 9), pick(random, [1, 3, 8, 16, 40])];
  return {
    ...Object.fromEntries(sizes.map((size, i) => [`size${i}`, size])),
    ...Object.assign(
      {},
      ...names.map((name) => {
        const strides = random() < 0.3 ? [0, 0, 0, 1] : contiguous(sizes, 0);
        return {
          [`${name}Offset`]: 0,
          ...Object.fromEntries(strides.map((stride, i) => [`${name}Stride${i}`, stride])),
        };
      }),
    ),
  };
}

/** Weights in groups, or with one factor for each output channel. */
function fourBits(random: Random, row: number, block: number): FourBitRows {
  const rowSize = 8 * Math.ceil(row / 8);
  return { rowSize, group: pick(random, [rowSize, rowSize, 8, 16, 32]), block };
}

/** Stacks of matrices, side by side or turned. */
function matrices(random: Random): MatrixStacks {
  const [batch1, rows] = [integer(random, 1, 4), integer(random, 1, 9)];
  const [columns, depth] = [pick(random, CHANNELS), pick(random, CHANNELS)];
  const [leftTurned, rightTurned] = [random() < 0.25, random() < 0.5];
  return {
    ...{ batch0: 1, batch1, rows, columns, depth },
    ...{ leftStart: 0, leftBatch0: 0, leftBatch1: rows * depth },
    ...(leftTurned ? { leftRow: 1, leftDepth: rows } : { leftRow: depth, leftDepth: 1 }),
    ...{ rightStart: 0, rightBatch0: 0, rightBatch1: columns * depth },
    ...(rightTurned ? { rightColumn: 1, rightDepth: columns } : { rightColumn: depth, rightDepth: 1 }),
    ...{ outputStart: 0, outputBatch0: 0, outputBatch1: rows * columns, outputRow: columns },
  };
}

/** Groups that are normalised by themselves: rows of a layer, or channels of an image. */
function groups(random: Random): Params {
  const layer = random() < 0.6;
  return {
    ...{ batch: integer(random, 1, 5), positions: layer ? 1 : integer(random, 2, 16) },
    groups: layer ? 1 : pick(random, [1, 4, 8]),
    channels: pick(random, layer ? [...CHANNELS, 64, 96] : [1, 4, 6]),
    ...{ centred: integer(random, 0, 1), epsilon: 2 ** 20, epsilonShift: 0 },
  };
}

const CAPACITY = 64;

/** Parameters of one call. Twins on tiles have those of their dense kernels, and are not called. */
const SHAPES: Partial<Readonly<Record<KernelName, (random: Random) => Params>>> = {
  conv2d_s8: (random) => {
    const groups = pick(random, [1, 1, 1, 1, 2]);
    const pointwise = random() < 0.35;
    return {
      ...windows(random, pointwise ? [1] : [1, 3, 3, 5, 2, 4], true),
      ...OFFSETS,
      groups,
      inChannels: groups * pick(random, CHANNELS),
      outChannels: groups * pick(random, CHANNELS),
    };
  },
  depthwise_conv2d_s8: (random) => ({
    ...windows(random, pick(random, [[3], [3], [2, 5, 4, 3]]), true),
    ...OFFSETS,
    inChannels: pick(random, CHANNELS),
    depthMultiplier: pick(random, [1, 1, 1, 1, 2, 4]),
  }),
  conv_transpose2d_s8: (random) => ({
    ...transposed(random),
    ...OFFSETS,
    inChannels: pick(random, CHANNELS),
    outChannels: pick(random, CHANNELS),
  }),
  fully_connected_s8: (random) => ({
    rows: pick(random, [1, 1, 1, 3]),
    inFeatures: pick(random, [...CHANNELS, 64, 100, 131, 256, 640]),
    outFeatures: pick(random, [...CHANNELS, 64]),
    ...OFFSETS,
    perChannel: integer(random, 0, 1),
  }),
  conv2d_s4: (random) => {
    const groups = pick(random, [1, 1, 1, 1, 2]);
    const window = windows(random, random() < 0.35 ? [1] : [1, 3, 3, 5, 2, 4], true);
    const [inputs, outputs] = [pick(random, CHANNELS), pick(random, CHANNELS)];
    return {
      ...{ ...window, ...OFFSETS, groups, inChannels: groups * inputs, outChannels: groups * outputs },
      ...fourBits(random, window.kernelH! * window.kernelW! * inputs, pick(random, [4, 8, 8, 12, 16])),
    };
  },
  fully_connected_s4: (random) => {
    const [rows, inFeatures] = [pick(random, [1, 1, 1, 3]), pick(random, [...CHANNELS, 64, 100, 131])];
    const params = {
      ...{ rows, inFeatures, outFeatures: pick(random, [...CHANNELS, 64]), ...OFFSETS },
      ...{ perChannel: integer(random, 0, 1), ...fourBits(random, inFeatures, rows === 1 ? 4 : 16) },
    };
    return { ...params, room: fullyConnectedRoom(params) };
  },
  lstm_s8: (random) => ({
    ...{ ...recurrence(random, -22), outputOffset: 0 },
    ...{ ...CELL, cellShift: -18, tangentShift: 1 },
  }),
  gru_s8: (random) => ({
    ...{ ...recurrence(random, -7), outputOffset: 0 },
    linearBeforeReset: random() < 0.7 ? 1 : 0,
  }),
  rnn_s8: (random) => ({ ...recurrence(random, -7), outputOffset: 0 }),
  add_s8: (random) => ({
    ...{ size: size(random), leftShift: 20, input1Offset: 128, ...scaled('input1'), input2Offset: 3 },
    ...(random() < 0.6 ? { input2Multiplier: 2 ** 30, input2Shift: 0 } : scaled('input2')),
    ...{ outputOffset: -5, outputMultiplier: 2 ** 30 + 54321, outputShift: -19 },
    ...ACTIVATION,
  }),
  mul_s8: (random) => {
    const repeat = pick(random, [1, 1, 4]);
    return {
      ...{ outer: repeat * integer(random, 1, 12), channels: pick(random, CHANNELS), repeat },
      ...{ input1Offset: 3, input2Offset: 4, outputOffset: -5, outputMultiplier: 2 ** 30 + 54321 },
      ...{ outputShift: -7, ...clamped(random) },
    };
  },
  avg_pool2d_s8: (random) => ({
    ...windows(random, [2, 3, 5, 7], false),
    ...{ channels: pick(random, CHANNELS), inputOffset: 128, ...ACTIVATION },
    countIncludePad: random() < 0.15 ? 1 : 0,
  }),
  max_pool2d_s8: (random) => ({
    ...windows(random, [2, 2, 3], true),
    ...{ channels: pick(random, CHANNELS), ...ACTIVATION },
  }),
  mean_pool2d_s8: (random) => {
    const window = windows(random, [2, 3, 5, 7], false);
    const whole = { kernelH: window.inH!, kernelW: window.inW!, outH: 1, outW: 1, padTop: 0, padLeft: 0 };
    return {
      ...{ ...window, ...(random() < 0.5 ? whole : {}), dilationH: 1, dilationW: 1 },
      ...{ ...OFFSETS, channels: pick(random, CHANNELS), multiplier: 2 ** 30 + 54321, shift: -7 },
    };
  },
  pool_sums_s8: (random) => ({
    ...{ positions: pick(random, [1, 5, 12, 48, 96]), channels: pick(random, CHANNELS) },
    isFirst: integer(random, 0, 1),
  }),
  average_sums_s8: (random) => ({
    ...{ channels: pick(random, CHANNELS), count: integer(random, 2, 200), ...ACTIVATION },
  }),
  requantize_sums_s8: (random) => ({
    ...{ channels: pick(random, CHANNELS), sumOffset: integer(random, -3000, 3000), outputOffset: -5 },
    ...{ multiplier: 2 ** 30 + 54321, shift: -7, ...ACTIVATION },
  }),
  softmax_s8: (random) => ({
    ...{ rows: integer(random, 1, 4), rowSize: pick(random, [2, 3, 10, 12, 35, 100]) },
    ...{ multiplier: 2 ** 30 + 99999, shift: pick(random, [20, 22]), diffMin: -248 },
  }),
  masked_softmax_s8: (random) => {
    const [outer2, rowSize] = [integer(random, 1, 4), pick(random, [2, 3, 10, 12, 35, 100])];
    return {
      ...{ outer0: 1, outer1: integer(random, 1, 3), outer2, rowSize },
      ...{ maskStart: 0, maskStride0: 0, maskStride1: 0, maskStride2: rowSize, maskLeast: -128 },
      ...{ multiplier: 2 ** 30 + 99999, shift: pick(random, [20, 22]), diffMin: -248 },
    };
  },
  batch_matmul_s8: (random) => {
    const stacks = matrices(random);
    return {
      ...stacks,
      room: matmulRoom(stacks),
      ...{ leftOffset: 128, rightOffset: pick(random, [0, 3]), outputOffset: -5 },
      ...{ multiplier: 2 ** 30 + 54321, shift: -8, ...ACTIVATION },
    };
  },
  attention_s8: (random) => {
    const [batch1, rows] = [integer(random, 1, 2), pick(random, [3, 4, 8, 9])];
    const [columns, depth] = [pick(random, [4, 8, 15, 16]), pick(random, [4, 8, 14, 16])];
    const values = pick(random, [4, 8, 15, 16]);
    const turned = random() < 0.2;
    const strides = (name: string, tokens: number, channels: number) => ({
      ...{ [`${name}Start`]: 0, [`${name}Batch0`]: 0, [`${name}Batch1`]: channels * tokens },
      ...(turned
        ? { [`${name}Channel`]: tokens, [`${name}Token`]: 1 }
        : { [`${name}Channel`]: 1, [`${name}Token`]: channels }),
    });
    const params = {
      ...{ batch0: 1, batch1, rows, columns, depth, values },
      ...{ ...strides('query', rows, depth), ...strides('key', columns, depth) },
      ...{ ...strides('value', columns, values), ...strides('output', rows, values) },
      ...{ maskStart: 0, maskBatch0: 0, maskBatch1: 0, maskRow: 0, maskColumn: 0, maskLeast: -128 },
      ...{ queryOffset: 3, keyOffset: pick(random, [0, 3]), valueOffset: 5, scoreOffset: 0 },
      ...{ scoreMultiplier: 2 ** 30 + 54321, scoreShift: -8, scoreMin: -128, scoreMax: 127 },
      ...{
        tabled: pick(random, [0, 0, 1]),
        outputOffset: -5,
        multiplier: 2 ** 30 + 54321,
        shift: -8,
        ...ACTIVATION,
      },
    } as unknown as Parameters<typeof attentionRoom>[0];
    return { ...params, room: attentionRoom(params) };
  },
  linear_attention_s8: (random) => {
    const [tokens, batch1] = [pick(random, [4, 9, 16, 25]), integer(random, 1, 2)];
    const [keys, values] = [pick(random, [4, 8, 16]), pick(random, [4, 8, 16])];
    const strides = (name: string, channels: number) => ({
      ...{ [`${name}Start`]: 0, [`${name}Batch0`]: 0, [`${name}Batch1`]: channels },
      ...{ [`${name}Channel`]: 1, [`${name}Token`]: batch1 * channels },
    });
    return {
      ...{ batch0: 1, batch1, tokens, keys, values },
      ...{ ...strides('query', keys), ...strides('key', keys) },
      ...{ ...strides('value', values), ...strides('output', values) },
      ...{ queryOffset: 3, keyOffset: 128, valueOffset: 0, epsilon: 0, outputOffset: -5 },
      ...{ multiplier: 2 ** 30 + 54321, shift: -20, ...ACTIVATION },
    };
  },
  normalize_s8: (random) => ({
    ...{ ...groups(random), ...OFFSETS, inputOffset: 0 },
    ...{ multiplier: 2 ** 30 + 54321, shift: -15 },
  }),
  lrn_s8: (random) => ({
    ...{ positions: integer(random, 1, 9), channels: pick(random, CHANNELS), before: 2, after: 2 },
    ...{ alpha: 2 ** 30, bias: 2 ** 30, biasShift: 12, ...OFFSETS, inputOffset: 3 },
  }),
  lut_s8: (random) => ({ size: size(random) }),
  copy_s8: copy,
  fill_s8: (random) => ({ size: size(random), value: -3 }),
  shift_s8: (random) => ({
    from: pick(random, [1, 2, 4, 4, 8, 8, 96, 288, integer(random, 1, 200)]),
    size: size(random),
  }),
  move_s8: (random) => ({ size: size(random) }),
  quantize_s8: (random) => ({ size: size(random), zeroPoint: -3 }),
  dequantize_s8: (random) => ({ size: size(random), zeroPoint: -3 }),
  gather_s8: (random) => ({
    ...{ outer: pick(random, [1, 1, 4]), size: integer(random, 1, 20) },
    ...{ inner: pick(random, CHANNELS), count: integer(random, 1, 20) },
  }),
  resize2d_s8: (random) => ({
    ...{ batch: 1, inH: integer(random, 2, 6), inW: integer(random, 2, 6), channels: pick(random, CHANNELS) },
    ...{ outH: integer(random, 2, 9), outW: integer(random, 2, 9), taps: pick(random, [1, 2, 2, 4]) },
  }),
  binary_s8: (random) => ({
    ...{ ...boxed(random, ['input1', 'input2']), operation: integer(random, 0, 4), unit: 127 },
    ...{ outputOffset: -5, outputMultiplier: 2 ** 30 + 54321, outputShift: -7, ...ACTIVATION },
  }),
  select_s8: (random) => boxed(random, ['condition', 'input1', 'input2']),
  reduce_sum_s8: (random) => ({
    ...{ ...rows(random), root: integer(random, 0, 1), outputOffset: -5 },
    ...{ outputMultiplier: 2 ** 30 + 54321, outputShift: -7, ...ACTIVATION },
  }),
  cumsum_s8: (random) => ({
    ...{ ...rows(random), exclusive: integer(random, 0, 1), reverse: integer(random, 0, 1), ...OFFSETS },
    ...{ multiplier: 2 ** 30 + 54321, shift: -7 },
  }),
  top_k_s8: (random) => ({
    ...{ outer: integer(random, 1, 4), size: integer(random, 5, 40), inner: pick(random, [1, 1, 5]) },
    ...{ k: pick(random, [1, 1, 3, 5]), largest: 1, last: 0 },
  }),
  one_hot_s8: (random) => ({
    ...{ outer: integer(random, 1, 8), depth: integer(random, 1, 40), inner: pick(random, [1, 1, 4]) },
    ...{ off: -128, on: 127 },
  }),
  patch_statistics_s8: (random) => {
    const patch = pick(random, [4, 8, 16]);
    const [rows, columns] = [integer(random, 1, 4), integer(random, 1, 4)];
    const channels = pick(random, [1, 3, 3, 4]);
    return { height: rows * patch, width: columns * patch, channels, patch, inputOffset: 128, threshold: 1 };
  },
  gate_patches_s8: (random) => ({
    ...{ patches: integer(random, 16, 400), threshold: 0, maxAge: 30, keyFrame: 30, sceneCut: 256 },
  }),
  copy_tiles_s8: (random) => ({
    ...{ height: 8 * integer(random, 1, 5), width: 8 * integer(random, 1, 5) },
    ...{ channels: pick(random, [1, 3, 8, 16]), capacity: CAPACITY },
  }),
  list_tiles_s32: (random) => ({
    ...{ rows: integer(random, 4, 20), columns: integer(random, 4, 28), patchH: 8, patchW: 8 },
    ...{ denseAbove: 10_000, capacity: CAPACITY },
  }),
  dilate_tiles_s32: (random) => {
    const [inH, inW] = [8 * integer(random, 1, 12), 8 * integer(random, 1, 12)];
    return {
      ...{ inH, inW, outH: inH, outW: inW, kernelH: 3, kernelW: 3, strideH: 1, strideW: 1, dilationH: 1 },
      ...{ dilationW: 1, padTop: 1, padLeft: 1, capacity: CAPACITY },
    };
  },
  conv2d_f32: (random) => {
    const groups = pick(random, [1, 1, 1, 1, 2]);
    return {
      ...windows(random, random() < 0.35 ? [1] : [1, 3, 3, 5, 2, 4], true),
      groups,
      inChannels: groups * pick(random, FEWER_CHANNELS),
      outChannels: groups * pick(random, FEWER_CHANNELS),
    };
  },
  depthwise_conv2d_f32: (random) => ({
    ...windows(random, pick(random, [[3], [3], [2, 5, 4, 1]]), true),
    inChannels: pick(random, CHANNELS),
    depthMultiplier: 1,
  }),
  conv_transpose2d_f32: (random) => ({
    ...transposed(random),
    inChannels: pick(random, FEWER_CHANNELS),
    outChannels: pick(random, FEWER_CHANNELS),
  }),
  fully_connected_f32: (random) => ({
    rows: pick(random, [1, 1, 1, 3]),
    inFeatures: pick(random, [...CHANNELS, 64, 100, 131]),
    outFeatures: pick(random, [...CHANNELS, 64]),
  }),
  avg_pool2d_f32: (random) => ({
    ...windows(random, [2, 3, 5, 7], false),
    ...{ channels: pick(random, CHANNELS), countIncludePad: random() < 0.15 ? 1 : 0 },
  }),
  max_pool2d_f32: (random) => ({
    ...windows(random, [2, 2, 3], true),
    channels: pick(random, CHANNELS),
  }),
  add_f32: (random) => ({ size: size(random) }),
  mul_f32: (random) => {
    const repeat = pick(random, [1, 1, 4]);
    return { outer: repeat * integer(random, 1, 12), channels: pick(random, CHANNELS), repeat };
  },
  clamp_f32: (random) => ({ size: size(random) }),
  copy_f32: copy,
  conv2d_s16: (random) => {
    const groups = pick(random, [1, 1, 1, 1, 2]);
    return {
      ...windows(random, random() < 0.35 ? [1] : [1, 3, 3, 5, 2, 4], true),
      ...{ ...LIMITS16, groups },
      inChannels: groups * pick(random, CHANNELS),
      outChannels: groups * pick(random, CHANNELS),
    };
  },
  depthwise_conv2d_s16: (random) => ({
    ...windows(random, pick(random, [[3], [3], [2, 5, 4, 3]]), true),
    ...LIMITS16,
    inChannels: pick(random, CHANNELS),
    depthMultiplier: pick(random, [1, 1, 1, 1, 2]),
  }),
  conv_transpose2d_s16: (random) => ({
    ...{ ...transposed(random), ...LIMITS16 },
    inChannels: pick(random, CHANNELS),
    outChannels: pick(random, CHANNELS),
  }),
  fully_connected_s16: (random) => ({
    rows: pick(random, [1, 1, 1, 3]),
    inFeatures: pick(random, [...CHANNELS, 64, 100, 131]),
    outFeatures: pick(random, [...CHANNELS, 64]),
    ...LIMITS16,
  }),
  lstm_s16: (random) => ({ ...recurrence(random, -14), ...CELL, cellShift: -3, tangentShift: -14 }),
  gru_s16: (random) => ({ ...recurrence(random, 1), linearBeforeReset: random() < 0.7 ? 1 : 0 }),
  softmax_s16: (random) => ({
    ...{ rows: integer(random, 1, 4), rowSize: pick(random, [2, 3, 10, 12, 35, 100]) },
    ...{ multiplier: 2 ** 30 + 99999, shift: 4 },
  }),
  masked_softmax_s16: (random) => {
    const [outer2, rowSize] = [integer(random, 1, 4), pick(random, [2, 3, 10, 12, 35, 100])];
    return {
      ...{ outer0: 1, outer1: integer(random, 1, 3), outer2, rowSize },
      ...{ maskStart: 0, maskStride0: 0, maskStride1: 0, maskStride2: rowSize, maskLeast: -32768 },
      ...{ multiplier: 2 ** 30 + 99999, shift: 4 },
    };
  },
  batch_matmul_s16: (random) => ({
    ...matrices(random),
    ...{ multiplier: 2 ** 30 + 54321, shift: -16, ...LIMITS16 },
  }),
  normalize_s16: (random) => ({ ...groups(random), ...LIMITS16, multiplier: 2 ** 30 + 54321, shift: -7 }),
  sqrt_s16: (random) => ({ size: size(random), multiplier: 2 ** 30 + 54321, shift: 15 }),
  resize2d_s16: (random) => ({
    ...{ batch: 1, inH: integer(random, 2, 6), inW: integer(random, 2, 6), channels: pick(random, CHANNELS) },
    ...{ outH: integer(random, 2, 9), outW: integer(random, 2, 9), taps: pick(random, [1, 2, 2, 4]) },
  }),
  copy_s16: copy,
  max_pool2d_s16: (random) => ({
    ...windows(random, [2, 2, 3], true),
    ...{ channels: pick(random, CHANNELS), ...LIMITS16 },
  }),
  mul_s16: (random) => {
    const repeat = pick(random, [1, 1, 4]);
    return {
      ...{ outer: repeat * integer(random, 1, 12), channels: pick(random, CHANNELS), repeat },
      ...{ outputMultiplier: 2 ** 30 + 54321, outputShift: -15, ...LIMITS16 },
    };
  },
  add_s16: (random) => ({
    ...{ size: size(random), leftShift: 15, ...scaled('input1'), ...scaled('input2') },
    ...{ outputMultiplier: 2 ** 30 + 54321, outputShift: -14, ...LIMITS16 },
  }),
  lut_s16: (random) => ({ size: size(random) }),
  quantize_s16: (random) => ({ size: size(random) }),
  dequantize_s16: (random) => ({ size: size(random) }),
  requantize_s16: (random) => ({ size: size(random), multiplier: 2 ** 30 + 54321, shift: -1, ...LIMITS16 }),
  requantize_s16_s8: (random) => ({
    ...{ size: size(random), multiplier: 2 ** 30 + 54321, shift: -8, outputOffset: -5 },
  }),
  requantize_s8_s16: (random) => ({
    ...{ size: size(random), multiplier: 2 ** 30 + 54321, shift: 7, inputOffset: 3 },
  }),
  unite_tiles_s32: (random) => ({
    ...{ height: 8 * integer(random, 1, 12), width: 8 * integer(random, 1, 12), capacity: CAPACITY },
  }),
  conv2d_pairs_s8: (random) => {
    const { window, filter } = manyWords(random);
    return {
      ...{ ...window, ...filter, outChannels: pick(random, CHANNELS) },
      ...pairsSizes(filter),
      ...{ inputZeroPoint: -128, outputZeroPoint: pick(random, [-128, -5]), ...clamped(random) },
    };
  },
  conv2d_groups_pairs_s8: (random) => inGroups(random, 'conv2d_groups_pairs', pairsSizes),
  conv2d_groups_vectors_s8: (random) => inGroups(random, 'conv2d_groups_vectors', vectorsOf),
  conv_transpose2d_pairs_s8: (random) => phases(random, 'conv_transpose2d_pairs', transposedPairsSizes),
  conv_transpose2d_vectors_s8: (random) => phases(random, 'conv_transpose2d_vectors', transposedVectorsSizes),
  conv2d_words_s8: (random) => {
    const window = manyWindows(random, false);
    const filter = { ...window, inChannels: pick(random, CHANNELS) } as Parameters<typeof wordsOf>[0];
    return {
      ...{ ...window, ...filter, outChannels: pick(random, CHANNELS), ...wordsOf(filter) },
      ...{ inputZeroPoint: -128, outputZeroPoint: pick(random, [-128, -5]) },
      ...{ dilationH: 1, dilationW: 1, ...ACTIVATION },
    };
  },
  weighted_sum_s8: (random) => ({
    ...{ size: size(random), factor1: 2_796_203, factor2: 1_398_101, bias: -20_971_520 },
    ...clamped(random),
  }),
  fully_connected_words_s8: (random) => ({
    ...{
      inFeatures: pick(random, [...CHANNELS, 64, 100, 131]),
      outFeatures: pick(random, [...CHANNELS, 64]),
    },
    ...{ perChannel: integer(random, 0, 1), outputZeroPoint: -5 },
  }),
  fully_connected_pairs_s8: (random) => {
    const inFeatures = pick(random, [...CHANNELS, 64, 100, 131]);
    return {
      ...{ inFeatures, outFeatures: pick(random, [...CHANNELS, 64]), perChannel: integer(random, 0, 1) },
      ...{ ...pairsOfRow(inFeatures), outputZeroPoint: -5, ...clamped(random) },
    };
  },
  depthwise_conv2d_columns_s8: (random) => {
    const window = threeByThree(random);
    const least = window.strideW === 1 ? 2 : 1;
    const [band, span] = [window.outH!, window.outW!].map((most) => integer(random, least, most)) as [
      number,
      number,
    ];
    return {
      ...{ ...window, inChannels: pick(random, CHANNELS), band, span },
      ...{ room: columnsRoom({ strideW: window.strideW!, band, span }), inputZeroPoint: -128 },
      ...{ outputZeroPoint: pick(random, [-128, -5]), ...ACTIVATION },
    };
  },
  depthwise_conv2d_rows_s8: (random) => {
    const window = windows(random, [1, 3, 5, 5, 7, 7], false) as Parameters<typeof rowsRoom>[0] & Params;
    const [band, span] = [integer(random, 1, window.outH!), integer(random, 1, window.outW!)];
    return {
      ...{ ...window, inChannels: pick(random, CHANNELS), band, span },
      ...{ room: rowsRoom({ ...window, band, span }), inputZeroPoint: -128 },
      ...{ outputZeroPoint: pick(random, [-128, -5]), ...ACTIVATION },
    };
  },
  conv2d_vectors_s8: (random) => {
    const window = windows(random, random() < 0.35 ? [1] : [1, 3, 3, 5, 2, 4], true);
    const dilationW = window.kernelW === 1 ? 1 : window.dilationW!;
    const filter = {
      inChannels: pick(random, [...CHANNELS, 64, 128]),
      kernelH: window.kernelH!,
      kernelW: window.kernelW!,
    };
    const outChannels = pick(random, [...CHANNELS, 64]);
    return {
      ...{ ...window, ...filter, dilationW, outChannels, ...vectorsOf({ ...filter, dilationW }) },
      ...{ inputZeroPoint: -128, outputZeroPoint: pick(random, [-128, -5]) },
      ...(random() < 0.2 ? { actMin: -100, actMax: 100 } : ACTIVATION),
    };
  },
  fully_connected_vectors_s8: (random) => ({
    ...{
      inFeatures: pick(random, [...CHANNELS, 64, 100, 131, 640]),
      outFeatures: pick(random, [...CHANNELS, 64]),
    },
    ...{ scaled: 1, outputZeroPoint: -5, ...(random() < 0.2 ? { actMin: -100, actMax: 100 } : ACTIVATION) },
  }),
  depthwise_conv2d_planes_s8: (random) => depthwiseOnPlanes(random, [3]),
  depthwise_conv2d_large_planes_s8: (random) => depthwiseOnPlanes(random, [5, 7]),
};

export const MEASURED = Object.keys(SHAPES) as readonly KernelName[];

/** `count` calls of a kernel. */
export function callsOf(kernel: KernelName, count: number, random: Random): readonly Case[] {
  return Array.from({ length: count }, () => callWith(kernel, SHAPES[kernel]!(random), random));
}

/** One call with these parameters. */
export function callWith(kernel: KernelName, params: Params, random: Random): Case {
  const { operands } = signatureOf(kernel)!;
  const of = (...kinds: readonly string[]): ProgramArray[] =>
    operands.filter(({ kind }) => kinds.includes(kind)).map((one) => contents(kernel, one, params, random));
  const written = operands.filter(({ kind }) => kind === 'output' || kind === 'update');
  return {
    step: { kernel, name: kernel, inputs: [], constants: [], outputs: [], params } as unknown as Case['step'],
    operands: { inputs: of('input'), constants: of('constant'), outputs: of('output', 'update') },
    alias: -1,
    distance: null,
    updates: written.flatMap(({ kind }, i) => (kind === 'update' ? [i] : [])),
    misalignment: 0,
  };
}

function contents(
  kernel: KernelName,
  { name, kind, dtype, values, elements }: Operand,
  params: Params,
  random: Random,
): ProgramArray {
  if (kernel === 'batch_matmul_s8' || kernel === 'linear_attention_s8') return int8s(random, 8192);
  if (elements === null && dtype === 'int16') return int16s(random, 8192);
  if (elements === null) return dtype === 'float32' ? new Float32Array(4096).fill(1.5) : int8s(random, 4096);
  if (values === 'bounds') return Float32Array.of(0, Number.POSITIVE_INFINITY);
  const length = evaluate(elements, params);
  const words = (least: number, most: number): Int32Array =>
    Int32Array.from({ length }, () => integer(random, least, most));
  if (values === 'multipliers') return words(2 ** 30, 2 ** 31 - 1);
  if (values === 'shifts' || values === 'right_shifts') return words(-9, -7);
  if (values === 'factors') return Int8Array.from(words(1, 15));
  if (values === 'wide_shifts') return words(-14, -10);
  if (kernel.endsWith('softmax_s16') && kind === 'constant') return powersOfTwo();
  if (name === 'exponentials') {
    return exponentialTable({ multiplier: 2 ** 30 + 54321, shift: 22, diffMin: -500 });
  }
  if (dtype === 'int16') return name === 'table' ? gateTable() : int16s(random, length);
  if (dtype === 'float32') return Float32Array.from({ length }, () => (random() * 2 - 1) * 4 + 0.01);
  if (kernel === 'gather_s8' && kind === 'input') {
    return dtype === 'int8' ? int8s(random, length) : words(0, params.size! - 1);
  }
  if (kernel === 'one_hot_s8' && kind === 'input') return words(0, params.depth! - 1);
  if (kernel.startsWith('resize2d') && kind === 'constant') return words(1, 5);
  if (kernel === 'reduce_sum_s8' && kind === 'constant') return words(0, 2 ** 16);
  if (name === 'sums' || name === 'before') return words(-20_000, 20_000);
  if (dtype === 'int32') return kind === 'input' ? wholeImage(length, params) : words(-1000, 1000);
  return kernel === 'list_tiles_s32' ? new Int8Array(length).fill(1) : int8s(random, length);
}

/** A list of one tile, the whole image. */
function wholeImage(length: number, params: Params): Int32Array {
  const list = new Int32Array(length);
  list.set([1, 0, 0, params.inH ?? params.height!, params.inW ?? params.width!]);
  return list;
}
