/** Random calls of the kernels of 16-bit codes. */
import { quantizeMultiplier } from '../../src/numbers/fixed-point.ts';
import { powersOfTwo } from '../../src/program/kernels/softmax-s16.ts';
import type { Parts } from './cases.ts';
import {
  box,
  conv2dShape,
  convTranspose2dShape,
  copyShape,
  denseShape,
  depthwiseShape,
  int8s,
  int16s,
  integer,
  matmulShape,
  maxPoolShape,
  mulShape,
  offset,
  pick,
  type Random,
  zeroPoint,
} from './random.ts';

function limits(random: Random): { readonly actMin: number; readonly actMax: number } {
  if (random() < 0.5) return { actMin: -32768, actMax: 32767 };
  const [a, b] = [integer(random, -32768, 32767), integer(random, -32768, 32767)];
  return { actMin: Math.min(a, b), actMax: Math.max(a, b) };
}

/** Of a scaling by about 2^exponent, or any at all. */
function scaling(random: Random, exponent: number): { readonly multiplier: number; readonly shift: number } {
  if (random() < 0.1) {
    return pick(random, [
      { multiplier: 0, shift: 0 },
      { multiplier: integer(random, 2 ** 30, 2 ** 31 - 1), shift: integer(random, -31, 30) },
    ]);
  }
  return quantizeMultiplier(2 ** exponent * (0.5 + 1.5 * random()));
}

/** Bias, multipliers and shifts of sums of `terms` products. */
function wide(random: Random, channels: number, terms: number): readonly Int32Array[] {
  const extreme = random() < 0.1;
  const limit = random() < 0.1 ? 2 ** 31 - 1 : 2 ** 24;
  const shift = (): number =>
    extreme ? integer(random, -31, 7) : integer(random, -9, -6) - Math.floor(Math.log2(Math.sqrt(terms)));
  return [
    Int32Array.from({ length: channels }, () => integer(random, -limit, limit)),
    Int32Array.from({ length: channels }, () =>
      pick(random, [0, 2 ** 31 - 1, 0x7fff0000, 0x7ffeffff, integer(random, 2 ** 30, 2 ** 31 - 1)]),
    ),
    Int32Array.from({ length: channels }, shift),
  ];
}

export const INT16_CASES = {
  quantize_s16(random: Random): Parts {
    const size = integer(random, 1, 200);
    const scale = Math.fround(pick(random, [random(), 0.5, 1 / 256, 1e-30]));
    const x = Float32Array.from({ length: size }, () =>
      pick(random, [
        (random() - 0.5) * 80000 * scale,
        (integer(random, -40000, 40000) + 0.5) * scale,
        0.49999997 * scale,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        -1e38,
        -0,
      ]),
    );
    return {
      params: { size },
      inputs: [x],
      constants: [Float32Array.of(scale)],
      outputs: [new Int16Array(size)],
    };
  },

  dequantize_s16(random: Random): Parts {
    const size = integer(random, 1, 200);
    return {
      params: { size },
      inputs: [int16s(random, size)],
      constants: [Float32Array.of(pick(random, [random(), 1 / 3, 1e-36, 1e36]))],
      outputs: [new Float32Array(size)],
    };
  },

  requantize_s8_s16(random: Random): Parts {
    const size = integer(random, 1, 300);
    return {
      params: { size, ...scaling(random, 7), inputOffset: offset(random) },
      inputs: [int8s(random, size)],
      outputs: [new Int16Array(size)],
    };
  },

  requantize_s16_s8(random: Random): Parts {
    const size = integer(random, 1, 300);
    return {
      params: { size, ...scaling(random, -8), outputOffset: zeroPoint(random) },
      inputs: [int16s(random, size)],
      outputs: [new Int8Array(size)],
    };
  },

  requantize_s16(random: Random): Parts {
    const size = integer(random, 1, 300);
    return {
      params: { size, ...scaling(random, 0), ...limits(random) },
      inputs: [int16s(random, size)],
      outputs: [new Int16Array(size)],
    };
  },

  max_pool2d_s16(random: Random): Parts {
    const { params, inputs, outputs } = maxPoolShape(random);
    return {
      params: { ...params, ...limits(random) },
      inputs: [int16s(random, inputs)],
      outputs: [new Int16Array(outputs)],
    };
  },

  copy_s16(random: Random): Parts {
    const { params, inputs, outputs } = copyShape(random);
    return { params, inputs: [int16s(random, inputs)], outputs: [new Int16Array(outputs)] };
  },

  shift_s16(random: Random): Parts {
    const [from, size] = [pick(random, [1, 2, 4, 32, integer(random, 1, 300)]), integer(random, 1, 300)];
    return { params: { from, size }, inputs: [], outputs: [int16s(random, from + size)], updates: [0] };
  },

  lut_s16(random: Random): Parts {
    const size = integer(random, 1, 300);
    return {
      params: { size },
      inputs: [int16s(random, size)],
      constants: [int16s(random, 513)],
      outputs: [new Int16Array(size)],
    };
  },

  add_s16(random: Random): Parts {
    const size = integer(random, 1, 300);
    const [a, b] = [scaling(random, -1), scaling(random, -1)];
    const y = scaling(random, -15);
    return {
      params: {
        size,
        leftShift: pick(random, [15, 15, 8, 0]),
        input1Multiplier: a.multiplier,
        input1Shift: a.shift,
        input2Multiplier: b.multiplier,
        input2Shift: b.shift,
        outputMultiplier: y.multiplier,
        outputShift: y.shift,
        ...limits(random),
      },
      inputs: [int16s(random, size), int16s(random, size)],
      outputs: [new Int16Array(size)],
    };
  },

  mul_s16(random: Random): Parts {
    const { params, rows } = mulShape(random);
    const { outer, channels } = params;
    const { multiplier, shift } = scaling(random, -15);
    return {
      params: { ...params, outputMultiplier: multiplier, outputShift: shift, ...limits(random) },
      inputs: [int16s(random, outer * channels), int16s(random, rows * channels)],
      outputs: [new Int16Array(outer * channels)],
    };
  },

  fully_connected_s16(random: Random): Parts {
    const { rows, outFeatures, ...shape } = denseShape(random);
    // Beyond what is summed in 32 bits at once.
    const inFeatures = random() < 0.1 ? integer(random, 256, 700) : shape.inFeatures;
    return {
      params: { rows, inFeatures, outFeatures, ...limits(random) },
      inputs: [int16s(random, rows * inFeatures)],
      constants: [int8s(random, outFeatures * inFeatures), ...wide(random, outFeatures, inFeatures)],
      outputs: [new Int16Array(rows * outFeatures)],
    };
  },

  conv2d_s16(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    const { outChannels } = params;
    return {
      params: { ...params, ...limits(random) },
      inputs: [int16s(random, inputs)],
      constants: [int8s(random, outChannels * filter), ...wide(random, outChannels, filter)],
      outputs: [new Int16Array(outputs)],
    };
  },

  conv_transpose2d_s16(random: Random): Parts {
    const { params, inputs, filter, outputs } = convTranspose2dShape(random);
    const { outChannels } = params;
    return {
      params: { ...params, ...limits(random) },
      inputs: [int16s(random, inputs)],
      constants: [int8s(random, outChannels * filter), ...wide(random, outChannels, filter)],
      outputs: [new Int16Array(outputs)],
    };
  },

  softmax_s16(random: Random): Parts {
    const rows = integer(random, 1, 4);
    const rowSize = random() < 0.1 ? integer(random, 300, 900) : integer(random, 1, 70);
    const scale = pick(random, [random(), 2 ** -12, 1e-5, 4, 2 ** 12]);
    const x = int16s(random, rows * rowSize);
    return {
      params: { rows, rowSize, ...quantizeMultiplier(Math.min(scale * Math.LOG2E * 2 ** 16, 2 ** 30)) },
      inputs: [random() < 0.4 ? x.map((value) => value >> 10) : x],
      constants: [
        random() < 0.9
          ? powersOfTwo()
          : Int32Array.from({ length: 257 }, () => integer(random, -(2 ** 31), 2 ** 31 - 1)),
      ],
      outputs: [new Int16Array(rows * rowSize)],
    };
  },

  masked_softmax_s16(random: Random): Parts {
    const outer = [1, 2, 3].map(() => integer(random, 1, 3));
    const rows = outer[0]! * outer[1]! * outer[2]!;
    const rowSize = integer(random, 1, 40);
    const mask = box(random, [...outer, 1]);
    const spread = rowSize + integer(random, 0, 2);
    const scale = pick(random, [random(), 2 ** -12, 4]);
    return {
      params: {
        ...Object.fromEntries(outer.map((size, i) => [`outer${i}`, size])),
        rowSize,
        maskStart: mask.offset * spread,
        ...Object.fromEntries(
          outer.map((_, i) => [`maskStride${i}`, random() < 0.3 ? 0 : mask.strides[i]! * spread]),
        ),
        maskLeast: pick(random, [integer(random, -32768, 32767), 32767, -32768]),
        ...quantizeMultiplier(Math.min(scale * Math.LOG2E * 2 ** 16, 2 ** 30)),
      },
      inputs: [int16s(random, rows * rowSize), int16s(random, (mask.length + 1) * spread)],
      constants: [powersOfTwo()],
      outputs: [new Int16Array(rows * rowSize)],
    };
  },

  batch_matmul_s16(random: Random): Parts {
    const { params, depth, left, right, output } = matmulShape(random);
    const { room: _, ...stacks } = params as typeof params & { readonly room?: number };
    return {
      params: {
        ...stacks,
        multiplier: pick(random, [0, 2 ** 31 - 1, 0x7fff0000, integer(random, 2 ** 30, 2 ** 31 - 1)]),
        shift: random() < 0.1 ? integer(random, -31, 7) : -14 - Math.ceil(Math.log2(depth) / 2),
        ...limits(random),
      },
      inputs: [int16s(random, left), int16s(random, right)],
      outputs: [new Int16Array(output)],
    };
  },

  normalize_s16(random: Random): Parts {
    const [batch, groups] = [integer(random, 1, 3), pick(random, [1, integer(random, 1, 5)])];
    const long = random() < 0.02;
    const positions = long ? 90 : pick(random, [1, integer(random, 1, 30)]);
    const channels = long ? 72 : integer(random, 1, 40);
    const size = batch * positions * groups * channels;
    const x = int16s(random, size);
    const limit = random() < 0.1 ? 2 ** 31 - 1 : 2 ** 26;
    const { multiplier, shift } = quantizeMultiplier(2 ** integer(random, -12, -5) * (0.5 + random() / 2));
    return {
      params: {
        ...{ batch, positions, groups, channels, centred: integer(random, 0, 1) },
        epsilon: pick(random, [0, 1, integer(random, 0, 2 ** 31 - 1)]),
        epsilonShift: pick(random, [0, integer(random, 0, 31)]),
        ...{ multiplier, shift, ...limits(random) },
      },
      // Now and then all the same, nearly, or the least.
      inputs: [random() < 0.2 ? x.map((code) => 1700 + (code >> 15)) : random() < 0.1 ? x.fill(-32768) : x],
      constants: [
        Int32Array.from({ length: groups * channels }, () => integer(random, -(2 ** 30), 2 ** 30)),
        Int32Array.from({ length: groups * channels }, () => integer(random, -limit, limit)),
      ],
      outputs: [new Int16Array(size)],
    };
  },

  sqrt_s16(random: Random): Parts {
    const size = integer(random, 1, 200);
    const x = int16s(random, size);
    return {
      params: { size, ...scaling(random, 15) },
      inputs: [random() < 0.5 ? x.map((code) => code >> 10) : x],
      outputs: [new Int16Array(size)],
    };
  },

  depthwise_conv2d_s16(random: Random): Parts {
    const { params, inputs, channels, window, outputs } = depthwiseShape(random);
    return {
      params: { ...params, ...limits(random) },
      inputs: [int16s(random, inputs)],
      constants: [int8s(random, window * channels), ...wide(random, channels, window)],
      outputs: [new Int16Array(outputs)],
    };
  },
};
