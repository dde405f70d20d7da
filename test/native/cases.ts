/** Random calls of every kernel: odd sizes, strides, dilations, groups, paddings, zero points and multipliers. */
import { quantizeMultiplier } from '../../src/numbers/fixed-point.ts';
import { type KernelName, kernelOf, overlapOf, type Step } from '../../src/program/kernels/index.ts';
import type { Overlap } from '../../src/program/overlaps.ts';
import type { Operands, ProgramArray } from '../../src/program/types.ts';
import { ATTENTION_CASES } from './attention-cases.ts';
import { FLOAT_CASES } from './float-cases.ts';
import { FORM_CASES } from './form-cases.ts';
import { FOUR_BIT_CASES } from './four-bit-cases.ts';
import { GROUP_CASES } from './group-cases.ts';
import { INT16_CASES } from './int16-cases.ts';
import { PAIRS_CASES } from './pairs-cases.ts';
import { PHASE_CASES } from './phase-cases.ts';
import { PRODUCT_CASES } from './product-cases.ts';
import {
  activation,
  avgPoolShape,
  bounds,
  box,
  channelCount,
  channelSums,
  conv2dShape,
  convTranspose2dShape,
  copyShape,
  denseShape,
  depthwiseShape,
  floats,
  int8s,
  integer,
  matmulShape,
  maxPoolShape,
  mulShape,
  multiplier,
  offset,
  offsets,
  pick,
  type Random,
  requantization,
  zeroPoint,
} from './random.ts';
import { RECURRENT_CASES } from './recurrent-cases.ts';
import { STRIPE_CASES } from './stripe-cases.ts';
import { elementTwin, TILE_CASES, windowTwin } from './tile-cases.ts';
import { TRAINING_CASES } from './training-cases.ts';
import { VECTOR_CASES } from './vector-cases.ts';

/** One call. Outputs hold poison but for those that are updated; `alias` is the input that the first lies on, or -1. */
export type Case = {
  readonly step: Step;
  readonly operands: Operands;
  readonly alias: number;
  /** Bytes from the start of the first output to that of the first input, over which it lies; null where they are apart. */
  readonly distance: number | null;
  /** Outputs that are read as well. */
  readonly updates: readonly number[];
  /** Distance of int8 operands from 16-byte alignment. */
  readonly misalignment: number;
};

export const POISON = 0xa5;

/** What a generator makes. */
export type Parts = {
  readonly params: Readonly<Record<string, number>>;
  readonly inputs: readonly ProgramArray[];
  readonly constants?: readonly ProgramArray[];
  readonly outputs: readonly ProgramArray[];
  /** Outputs that are read as well: they hold their first contents, not poison. */
  readonly updates?: readonly number[];
};

export function randomCase(kernel: KernelName, random: Random): Case {
  const { params, inputs, constants = [], outputs, updates = [] } = GENERATORS[kernel](random);
  const step = { kernel, name: kernel, inputs: [], constants: [], outputs: [], params } as unknown as Step;
  outputs.forEach((output, i) => {
    if (!updates.includes(i)) new Uint8Array(output.buffer).fill(POISON);
  });
  return {
    step,
    operands: { inputs, constants, outputs },
    updates,
    alias: -1,
    distance: null,
    misalignment: integer(random, 0, 3),
  };
}

/** The inputs that the first output of a call may lie on: those of its size. */
export function inPlaceInputs({ step, operands }: Case): readonly number[] {
  const bytes = operands.outputs[0]!.byteLength;
  const inputs = kernelOf(step).signature.inPlace ?? [];
  return inputs.filter((input) => operands.inputs[input]!.byteLength === bytes);
}

/** The same call with its output on an input. */
export function inPlaceCase(plain: Case, input: number): Case {
  const inputs = plain.operands.inputs.map((array) => array.slice());
  const first = sameBytes(inputs[input]!, plain.operands.outputs[0]!);
  const outputs = [first, ...plain.operands.outputs.slice(1).map((array) => array.slice())];
  return { ...plain, operands: { ...plain.operands, inputs, outputs }, alias: input };
}

/** The same call, for as long as they share bytes at it, with the first output at a distance from the first input. */
function overCase(plain: Case, distance: number): readonly Case[] {
  const [input, output] = [plain.operands.inputs[0]!, plain.operands.outputs[0]!];
  const shares = distance < output.byteLength && -distance < input.byteLength;
  const outputs = plain.operands.outputs.map((array) => array.slice());
  return shares ? [{ ...plain, operands: { ...plain.operands, outputs }, distance }] : [];
}

/** The same call with its output over its input, as close as its kernel allows and somewhere else. */
export function overCases(plain: Case, random: Random): readonly Case[] {
  const overlap = overlapOf(plain.step, 'builtin');
  if (overlap === null) return [];
  const { least, multiple } = overlap;
  const most = plain.operands.outputs[0]!.byteLength - 1;
  const other = least + multiple * integer(random, 1, Math.max(1, Math.floor((most - least) / multiple)));
  return [least, other].flatMap((distance) => overCase(plain, distance));
}

/** Whether the first input and the first output are int8: others lie at multiples of their size. */
export function areBytes({ inputs, outputs }: Operands): boolean {
  return inputs[0] instanceof Int8Array && outputs[0] instanceof Int8Array;
}

/** The same call with its output where its kernel does not allow it: closer, and between two multiples. */
export function tooCloseCases(plain: Case): readonly Case[] {
  const { least, multiple } = overlapOf(plain.step, 'builtin') as Overlap;
  const between = multiple > 1 && areBytes(plain.operands) ? overCase(plain, least + 1) : [];
  return [...overCase(plain, least - multiple), ...between];
}

/** The bytes of an input as elements of the type of an output. */
function sameBytes({ buffer, byteOffset }: ProgramArray, like: ProgramArray): ProgramArray {
  return like instanceof Float32Array
    ? new Float32Array(buffer, byteOffset, like.length)
    : like instanceof Int32Array
      ? new Int32Array(buffer, byteOffset, like.length)
      : like instanceof Int16Array
        ? new Int16Array(buffer, byteOffset, like.length)
        : new Int8Array(buffer, byteOffset, like.length);
}

/** The bytes of an output, every NaN the same: processors differ in sign and payload. */
export function bytesOf(array: ProgramArray): Uint8Array {
  const bytes = new Uint8Array(array.slice().buffer);
  if (array instanceof Float32Array) {
    const words = new Uint32Array(bytes.buffer);
    array.forEach((value, i) => {
      if (Number.isNaN(value)) words[i] = 0x7fc00000;
    });
  }
  return bytes;
}

/** Rows of a softmax: flat now and then, so that all exponentials are large. */
function softmaxRows(random: Random, rows: number, long: boolean) {
  const rowSize = long ? integer(random, 500, 2000) : integer(random, 1, 70);
  const scale = pick(random, [random(), 1 / 256, 2 ** -12, 4]);
  const { multiplier: q, shift } = quantizeMultiplier(Math.min(scale * 2 ** 26, 2 ** 31 - 1));
  const x = int8s(random, rows * rowSize);
  return {
    rowSize,
    scales: { multiplier: q, shift, diffMin: -Math.floor((31 * 2 ** 26) / 2 ** shift) },
    x: random() < 0.3 ? x.map((value) => value >> 6) : x,
  };
}

const DENSE_CASES = {
  ...PRODUCT_CASES,
  ...FOUR_BIT_CASES,
  ...PAIRS_CASES,
  ...PHASE_CASES,
  ...GROUP_CASES,
  ...VECTOR_CASES,
  ...ATTENTION_CASES,
  ...FLOAT_CASES,
  ...TRAINING_CASES,
  ...TILE_CASES,
  ...STRIPE_CASES,
  ...INT16_CASES,
  ...FORM_CASES,
  ...RECURRENT_CASES,

  conv2d_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    const { outChannels } = params;
    return {
      params: { ...params, ...offsets(random) },
      inputs: [int8s(random, inputs)],
      constants: [int8s(random, outChannels * filter), ...requantization(random, outChannels, filter)],
      outputs: [new Int8Array(outputs)],
    };
  },

  depthwise_conv2d_s8(random: Random): Parts {
    const { params, inputs, channels, window, outputs } = depthwiseShape(random);
    return {
      params: { ...params, ...offsets(random) },
      inputs: [int8s(random, inputs)],
      constants: [int8s(random, window * channels), ...requantization(random, channels, window)],
      outputs: [new Int8Array(outputs)],
    };
  },

  conv_transpose2d_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = convTranspose2dShape(random);
    const { outChannels } = params;
    return {
      params: { ...params, ...offsets(random) },
      inputs: [int8s(random, inputs)],
      constants: [int8s(random, outChannels * filter), ...requantization(random, outChannels, filter)],
      outputs: [new Int8Array(outputs)],
    };
  },

  fully_connected_s8(random: Random): Parts {
    const { rows, inFeatures, outFeatures } = denseShape(random);
    const perChannel = integer(random, 0, 1);
    const [bias, multipliers, shifts] = requantization(random, outFeatures, inFeatures);
    const used = perChannel === 1 ? outFeatures : 1;
    return {
      params: { rows, inFeatures, outFeatures, perChannel, ...offsets(random) },
      inputs: [int8s(random, rows * inFeatures)],
      constants: [
        int8s(random, outFeatures * inFeatures),
        bias!,
        multipliers!.slice(0, used),
        shifts!.slice(0, used),
      ],
      outputs: [new Int8Array(rows * outFeatures)],
    };
  },

  add_s8(random: Random): Parts {
    const size = integer(random, 1, 300);
    const extreme = random() < 0.1;
    const ratios = [random() / 2 + 1e-6, 0.5, random() * 2 ** -18 + 1e-9].map((real) =>
      quantizeMultiplier(real),
    );
    const [a, b, y] = extreme
      ? ratios.map(({ multiplier: m }) => ({ multiplier: m, shift: integer(random, -31, 30) }))
      : ratios;
    // As lowering makes them: the operand of the larger scale is halved and nothing else.
    const half = { multiplier: 2 ** 30, shift: 0 };
    const [first, second] = pick(random, [
      [a!, b!],
      [a!, half],
      [half, b!],
    ]);
    return {
      params: {
        size,
        leftShift: pick(random, [20, 20, 20, 8, 0]),
        input1Offset: offset(random),
        input1Multiplier: first!.multiplier,
        input1Shift: first!.shift,
        input2Offset: offset(random),
        input2Multiplier: second!.multiplier,
        input2Shift: second!.shift,
        outputOffset: zeroPoint(random),
        outputMultiplier: y!.multiplier,
        outputShift: y!.shift,
        ...activation(random),
      },
      inputs: [int8s(random, size), int8s(random, size)],
      outputs: [new Int8Array(size)],
    };
  },

  weighted_sum_s8(random: Random): Parts {
    const size = integer(random, 1, 300);
    const most = pick(random, [2 ** 22, 2 ** 22, 2 ** 31 - 1]);
    return {
      params: {
        size,
        factor1: integer(random, -most, most),
        factor2: integer(random, -most, most),
        bias: integer(random, -32 * most, 32 * most) | 0,
        ...(random() < 0.5 ? activation(random) : { actMin: -128, actMax: 127 }),
      },
      inputs: [int8s(random, size), int8s(random, size)],
      outputs: [new Int8Array(size)],
    };
  },

  mul_s8(random: Random): Parts {
    const { params, rows } = mulShape(random);
    const { outer, channels } = params;
    const { q, shift } = multiplier(random, 1);
    return {
      params: {
        ...params,
        input1Offset: offset(random),
        input2Offset: offset(random),
        outputOffset: zeroPoint(random),
        outputMultiplier: q,
        outputShift: shift,
        ...activation(random),
      },
      inputs: [int8s(random, outer * channels), int8s(random, rows * channels)],
      outputs: [new Int8Array(outer * channels)],
    };
  },

  avg_pool2d_s8(random: Random): Parts {
    const { params, inputs, outputs } = avgPoolShape(random);
    return {
      params: { ...params, inputOffset: offset(random), ...activation(random) },
      inputs: [int8s(random, inputs)],
      outputs: [new Int8Array(outputs)],
    };
  },

  max_pool2d_s8(random: Random): Parts {
    const { params, inputs, outputs } = maxPoolShape(random);
    return {
      params: { ...params, ...activation(random) },
      inputs: [int8s(random, inputs)],
      outputs: [new Int8Array(outputs)],
    };
  },

  mean_pool2d_s8(random: Random): Parts {
    const { params, inputs, window, outputs } = maxPoolShape(random);
    const { q, shift } = multiplier(random, window);
    return {
      params: { ...params, ...offsets(random), multiplier: q, shift },
      inputs: [int8s(random, inputs)],
      outputs: [new Int8Array(outputs)],
    };
  },

  pool_sums_s8(random: Random): Parts {
    const [positions, channels] = [pick(random, [1, integer(random, 1, 40), 300]), channelCount(random)];
    const isFirst = integer(random, 0, 1);
    return {
      params: { positions, channels, isFirst },
      inputs: [int8s(random, positions * channels), channelSums(random, isFirst === 1 ? 0 : channels)],
      outputs: [new Int32Array(channels)],
    };
  },

  average_sums_s8(random: Random): Parts {
    const [channels, count] = [channelCount(random), pick(random, [1, integer(random, 2, 200), 2 ** 23])];
    return {
      params: { channels, count, ...activation(random) },
      inputs: [channelSums(random, channels)],
      outputs: [new Int8Array(channels)],
    };
  },

  requantize_sums_s8(random: Random): Parts {
    const [channels, count] = [channelCount(random), integer(random, 1, 200)];
    const { q, shift } = multiplier(random, count);
    const { inputOffset, ...target } = offsets(random);
    return {
      params: { channels, ...target, sumOffset: count * inputOffset!, multiplier: q, shift },
      inputs: [channelSums(random, channels)],
      outputs: [new Int8Array(channels)],
    };
  },

  softmax_s8(random: Random): Parts {
    const long = random() < 0.1;
    const rows = long ? 1 : integer(random, 1, 5);
    const { rowSize, scales, x } = softmaxRows(random, rows, long);
    return { params: { rows, rowSize, ...scales }, inputs: [x], outputs: [new Int8Array(rows * rowSize)] };
  },

  masked_softmax_s8(random: Random): Parts {
    const outer = [1, 2, 3].map(() => integer(random, 1, 3));
    const rows = outer[0]! * outer[1]! * outer[2]!;
    const { rowSize, scales, x } = softmaxRows(random, rows, false);
    const mask = box(random, [...outer, 1]);
    const spread = rowSize + integer(random, 0, 2);
    const shared = mask.strides.map((stride) => (random() < 0.3 ? 0 : stride * spread));
    const codes = int8s(random, (mask.length + 1) * spread);
    return {
      params: {
        ...Object.fromEntries(outer.map((size, i) => [`outer${i}`, size])),
        rowSize,
        maskStart: mask.offset * spread,
        ...Object.fromEntries(outer.map((_, i) => [`maskStride${i}`, shared[i]!])),
        maskLeast: integer(random, -128, 127),
        ...scales,
      },
      inputs: [x, codes],
      outputs: [new Int8Array(rows * rowSize)],
    };
  },

  batch_matmul_s8(random: Random): Parts {
    const { params, depth, left, right, output } = matmulShape(random);
    const { q, shift } = multiplier(random, depth);
    return {
      params: {
        ...params,
        leftOffset: offset(random),
        rightOffset: pick(random, [0, offset(random)]),
        outputOffset: zeroPoint(random),
        multiplier: q,
        shift,
        ...activation(random),
      },
      inputs: [int8s(random, left), int8s(random, right)],
      outputs: [new Int8Array(output)],
    };
  },

  linear_attention_s8(random: Random): Parts {
    const [batch0, batch1, tokens] = [integer(random, 1, 2), integer(random, 1, 3), integer(random, 1, 9)];
    const [keys, values] = [integer(random, 1, 9), integer(random, 1, 9)];
    const [q, k] = [box(random, [batch0, batch1, keys, tokens]), box(random, [batch0, batch1, keys, tokens])];
    const [v, y] = [
      box(random, [batch0, batch1, values, tokens]),
      box(random, [batch0, batch1, values, tokens]),
    ];
    const strides = (name: string, { offset: start, strides: by }: typeof q) => ({
      [`${name}Start`]: start,
      ...Object.fromEntries(
        ['Batch0', 'Batch1', 'Channel', 'Token'].map((axis, i) => [`${name}${axis}`, by[i]!]),
      ),
    });
    const { q: factor } = multiplier(random, 1);
    return {
      params: {
        ...{ batch0, batch1, tokens, keys, values },
        ...strides('query', q),
        ...strides('key', k),
        ...strides('value', v),
        ...strides('output', y),
        queryOffset: offset(random),
        keyOffset: offset(random),
        valueOffset: offset(random),
        epsilon: pick(random, [0, 0, 1, integer(random, 0, 2 ** 31 - 1)]),
        outputOffset: zeroPoint(random),
        multiplier: factor,
        shift: factor === 0 ? 0 : integer(random, -21, -18),
        ...activation(random),
      },
      inputs: [int8s(random, q.length), int8s(random, k.length), int8s(random, v.length)],
      outputs: [new Int8Array(y.length)],
    };
  },

  normalize_s8(random: Random): Parts {
    const [batch, groups] = [integer(random, 1, 3), pick(random, [1, integer(random, 1, 5)])];
    const [positions, channels] = [pick(random, [1, integer(random, 1, 30)]), channelCount(random)];
    const long = random() < 0.02;
    const shape = { batch, positions: long ? 90 : positions, groups, channels: long ? 72 : channels };
    const size = shape.batch * shape.positions * shape.groups * shape.channels;
    const count = shape.positions * shape.channels;
    const x = int8s(random, size);
    const limit = random() < 0.1 ? 2 ** 31 - 1 : 2 ** 26;
    const { q } = multiplier(random, 1);
    return {
      params: {
        ...shape,
        centred: integer(random, 0, 1),
        epsilon: pick(random, [0, 1, integer(random, 0, 2 ** 31 - 1)]),
        epsilonShift: pick(random, [0, integer(random, 0, 31), Math.floor(Math.log2(count))]),
        ...offsets(random),
        multiplier: q,
        shift: q === 0 ? 0 : integer(random, -19, -13),
      },
      // Now and then all the same, or nearly.
      inputs: [random() < 0.2 ? x.map((value) => 17 + (value >> 7)) : random() < 0.1 ? x.fill(-128) : x],
      constants: [
        Int32Array.from({ length: groups * shape.channels }, () => integer(random, -(2 ** 30), 2 ** 30)),
        Int32Array.from({ length: groups * shape.channels }, () => integer(random, -limit, limit)),
      ],
      outputs: [new Int8Array(size)],
    };
  },

  lrn_s8(random: Random): Parts {
    const [positions, channels] = [integer(random, 1, 9), channelCount(random)];
    const size = positions * channels;
    const any = random() < 0.1;
    const { q } = multiplier(random, 1);
    const exponents = Array.from({ length: 64 }, () => q);
    return {
      params: {
        positions,
        channels,
        before: integer(random, 0, 5),
        after: integer(random, 0, 5),
        alpha: pick(random, [0, 1, integer(random, 0, 2 ** 31 - 1)]),
        bias: pick(random, [0, 1, integer(random, 0, 2 ** 31 - 1)]),
        biasShift: integer(random, 0, 31),
        ...offsets(random),
      },
      inputs: [int8s(random, size)],
      constants: [
        Int32Array.from({ length: 257 }, (_, i) =>
          any ? integer(random, -(2 ** 31), 2 ** 31 - 1) : Math.round(2 ** 30 * (1 + i / 256) ** -0.75),
        ),
        Int32Array.from(exponents),
        Int32Array.from(exponents, () => (q === 0 ? 0 : integer(random, -22, -18))),
      ],
      outputs: [new Int8Array(size)],
    };
  },

  lut_s8(random: Random): Parts {
    const size = integer(random, 1, 300);
    return {
      params: { size },
      inputs: [int8s(random, size)],
      constants: [int8s(random, 256)],
      outputs: [new Int8Array(size)],
    };
  },

  copy_s8(random: Random): Parts {
    const { params, inputs, outputs } = copyShape(random);
    return { params, inputs: [int8s(random, inputs)], outputs: [new Int8Array(outputs)] };
  },

  fill_s8(random: Random): Parts {
    const size = integer(random, 1, 300);
    return {
      params: { size, value: integer(random, -128, 127) },
      inputs: [],
      outputs: [new Int8Array(size)],
    };
  },

  shift_s8(random: Random): Parts {
    const [from, size] = [pick(random, [1, 2, 4, 32, integer(random, 1, 300)]), integer(random, 1, 300)];
    return { params: { from, size }, inputs: [], outputs: [int8s(random, from + size)], updates: [0] };
  },

  move_s8(random: Random): Parts {
    const size = integer(random, 1, 300);
    return { params: { size }, inputs: [int8s(random, size)], outputs: [new Int8Array(size)] };
  },

  quantize_s8(random: Random): Parts {
    const size = integer(random, 1, 200);
    const scale = Math.fround(pick(random, [random(), 0.5, 1 / 256, 1e-30]));
    const x = Float32Array.from({ length: size }, () =>
      pick(random, [
        (random() - 0.5) * 300 * scale,
        (integer(random, -300, 300) + 0.5) * scale,
        0.49999997 * scale,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        -1e38,
        -0,
      ]),
    );
    return {
      params: { size, zeroPoint: zeroPoint(random) },
      inputs: [x],
      constants: [Float32Array.of(scale)],
      outputs: [new Int8Array(size)],
    };
  },

  dequantize_s8(random: Random): Parts {
    const size = integer(random, 1, 200);
    return {
      params: { size, zeroPoint: zeroPoint(random) },
      inputs: [int8s(random, size)],
      constants: [Float32Array.of(pick(random, [random(), 1 / 3, 1e-36, 1e36]))],
      outputs: [new Float32Array(size)],
    };
  },

  conv2d_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    const { outChannels } = params;
    return {
      params,
      inputs: [floats(random, inputs)],
      constants: [floats(random, outChannels * filter), floats(random, outChannels), bounds(random)],
      outputs: [new Float32Array(outputs)],
    };
  },

  depthwise_conv2d_f32(random: Random): Parts {
    const { params, inputs, channels, window, outputs } = depthwiseShape(random);
    return {
      params,
      inputs: [floats(random, inputs)],
      constants: [floats(random, window * channels), floats(random, channels), bounds(random)],
      outputs: [new Float32Array(outputs)],
    };
  },

  conv_transpose2d_f32(random: Random): Parts {
    const { params, inputs, filter, outputs } = convTranspose2dShape(random);
    const { outChannels } = params;
    return {
      params,
      inputs: [floats(random, inputs)],
      constants: [floats(random, outChannels * filter), floats(random, outChannels), bounds(random)],
      outputs: [new Float32Array(outputs)],
    };
  },

  fully_connected_f32(random: Random): Parts {
    const params = denseShape(random);
    const { rows, inFeatures, outFeatures } = params;
    return {
      params,
      inputs: [floats(random, rows * inFeatures)],
      constants: [floats(random, outFeatures * inFeatures), floats(random, outFeatures), bounds(random)],
      outputs: [new Float32Array(rows * outFeatures)],
    };
  },

  add_f32(random: Random): Parts {
    const size = integer(random, 1, 300);
    return {
      params: { size },
      inputs: [floats(random, size), floats(random, size)],
      constants: [bounds(random)],
      outputs: [new Float32Array(size)],
    };
  },

  mul_f32(random: Random): Parts {
    const { params, rows } = mulShape(random);
    const { outer, channels } = params;
    return {
      params,
      inputs: [floats(random, outer * channels), floats(random, rows * channels)],
      constants: [bounds(random)],
      outputs: [new Float32Array(outer * channels)],
    };
  },

  avg_pool2d_f32(random: Random): Parts {
    const { params, inputs, outputs } = avgPoolShape(random);
    return { params, inputs: [floats(random, inputs)], outputs: [new Float32Array(outputs)] };
  },

  max_pool2d_f32(random: Random): Parts {
    const { params, inputs, outputs } = maxPoolShape(random);
    return { params, inputs: [floats(random, inputs)], outputs: [new Float32Array(outputs)] };
  },

  clamp_f32(random: Random): Parts {
    const size = integer(random, 1, 300);
    return {
      params: { size },
      inputs: [floats(random, size)],
      constants: [bounds(random)],
      outputs: [new Float32Array(size)],
    };
  },

  copy_f32(random: Random): Parts {
    const { params, inputs, outputs } = copyShape(random);
    return { params, inputs: [floats(random, inputs)], outputs: [new Float32Array(outputs)] };
  },
};

const GENERATORS: Readonly<Record<KernelName, (random: Random) => Parts>> = {
  ...DENSE_CASES,
  conv2d_tiles_s8: windowTwin(DENSE_CASES.conv2d_s8),
  mean_pool2d_tiles_s8: windowTwin(DENSE_CASES.mean_pool2d_s8),
  depthwise_conv2d_tiles_s8: windowTwin(DENSE_CASES.depthwise_conv2d_s8),
  max_pool2d_tiles_s8: windowTwin(DENSE_CASES.max_pool2d_s8),
  avg_pool2d_tiles_s8: windowTwin(DENSE_CASES.avg_pool2d_s8),
  add_tiles_s8: elementTwin(DENSE_CASES.add_s8),
  mul_tiles_s8: elementTwin(DENSE_CASES.mul_s8),
  lut_tiles_s8: elementTwin(DENSE_CASES.lut_s8),
};
