/** Random calls of the kernels of training, but for the products of convolutions. */
import { UNARY } from '../../src/program/kernels/unary-f32.ts';
import { KEPT_CHANNELS, mostKept } from '../../src/program/rules.ts';
import type { Parts } from './cases.ts';
import {
  avgPoolShape,
  bounds,
  channelCount,
  conv2dShape,
  floats,
  int8s,
  integer,
  matmulShape,
  maxPoolShape,
  pick,
  quantizer,
  type Random,
} from './random.ts';

/** Elements: none, few, whole vectors, and what is left beyond them. */
function sizeOf(random: Random): number {
  return pick(random, [integer(random, 0, 9), integer(random, 1, 70), 128, integer(random, 71, 300)]);
}

/** Rows and channels of at most some 300 elements; now and then more than kernels take at a time. */
function rowsOf(random: Random): { readonly rows: number; readonly channels: number } {
  const channels = channelCount(random);
  const most = random() < 0.03 ? 6000 : 300;
  return { rows: integer(random, 1, Math.max(1, Math.floor(most / channels))), channels };
}

/** A batch of cells, with the sums of all their gates. */
function cellShape(random: Random) {
  const [batch, hidden, gates] = [integer(random, 1, 4), integer(random, 1, 17), integer(random, 3, 4)];
  return { params: { batch, hidden, gates }, sums: batch * gates * hidden, state: batch * hidden };
}

/** A quantiser, now and then of a scale so small or so large that products leave float32. */
function anyQuantizer(random: Random): Float32Array {
  if (random() < 0.9) return quantizer(random);
  const scale = pick(random, [2 ** -126, 2 ** -100, 2 ** 100, 2 ** 126]);
  return Float32Array.of(scale, 1 / scale, integer(random, -128, 127), 0);
}

/** Numbers, most of which lie between two codes within the limit: their last bits say which they become. */
function nearHalves(
  random: Random,
  size: number,
  limit: number,
  [scale = 1, , zeroPoint = 0]: Float32Array,
): Float32Array {
  return floats(random, size).map((value) =>
    random() < 0.2 ? value : (integer(random, -limit, limit - 1) + 0.5 - zeroPoint) * scale,
  );
}

/** Scales of channels or rows; now and then memory that nobody has set up. */
function scales(random: Random, length: number): Float32Array {
  if (random() < 0.1) return floats(random, length);
  return Float32Array.from({ length }, () => 2 ** integer(random, -9, 1) * (1 + random()));
}

function int32s(random: Random, length: number): Int32Array {
  const limit = pick(random, [100, 2000, 2 ** 24, 2 ** 31 - 1]);
  return Int32Array.from({ length }, () => integer(random, -limit, limit));
}

/** Fractions as of momentum and decay; now and then any numbers. */
function fractions(random: Random, length: number): Float32Array {
  if (random() < 0.1) return floats(random, length);
  return Float32Array.from({ length }, () => pick(random, [0, 0.9, 0.999, 1e-4, random()]));
}

function control(random: Random): Float32Array {
  return Float32Array.of(pick(random, [0, 0.1, random()]), 1 + random() * 9, 1 + random() * 99, 0);
}

/** Of a step that begins a round, or goes on with one. */
const rounds = (random: Random): Float32Array =>
  Float32Array.from([...control(random).subarray(0, 3), integer(random, 0, 1)]);

const key = (random: Random): Int32Array => int32s(random, 1);
const stream = (random: Random): number => pick(random, [integer(random, 0, 99), 2 ** 31 - 1, -(2 ** 31)]);

/** Least and greatest value of numbers, or other numbers than they say. */
function extentOf(random: Random, values: Float32Array): Float32Array {
  if (random() < 0.1) return floats(random, 2);
  if (random() < 0.05) return Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  const numbers = values.filter((value) => !Number.isNaN(value));
  return Float32Array.of(Math.min(...numbers), Math.max(...numbers));
}

/** Where the codes of a first tensor and those of the next often are equal. */
function poolOf(random: Random) {
  const { params, inputs, outputs } = maxPoolShape(random);
  const few = [-128, -1, 0, 1, 127];
  const ties = random() < 0.5;
  const codes = (length: number): Int8Array =>
    ties ? Int8Array.from({ length }, () => pick(random, few)) : int8s(random, length);
  return { params, inputs, outputs, codes };
}

const empty = (length: number): Float32Array => new Float32Array(length);

const bytesOfBits = (rows: number, channels: number): number => rows * Math.ceil(channels / 8);

/** Weights of a convolution in two parts, of which the second may have none. */
function partsOf(random: Random, { params, filter }: ReturnType<typeof conv2dShape>) {
  const { inChannels, outChannels, groups } = params;
  const group = inChannels / groups;
  const restChannels = random() < 0.5 ? 0 : integer(random, 0, group - 1);
  const firstChannels = group - restChannels;
  const taps = (outChannels * filter) / group;
  const weights = [firstChannels, restChannels].map((channels) => int8s(random, taps * channels));
  return { parts: { firstChannels, restChannels }, weights };
}

/** Masks and factors of pixels, where there are any. */
function finishOf(random: Random, pixels: number, channels: number) {
  const [masked, scaled] = [integer(random, 0, 1), integer(random, 0, 1)];
  const finish = [
    int8s(random, masked * bytesOfBits(pixels, channels)),
    scales(random, scaled * channels),
  ] as const;
  return { flags: { masked, scaled }, finish };
}

/** Pixels of sixteen channels whose sums stay from one pass to the next, where they may. */
function keptOf(random: Random, p: ReturnType<typeof conv2dShape>['params']): number {
  const all = mostKept(p);
  return pick(random, [0, all, integer(random, 0, all)]);
}

function codesOf(random: Random) {
  return { limit: 2 ** integer(random, 1, 7) - 1, stochastic: integer(random, 0, 1), stream: stream(random) };
}

export const TRAINING_CASES = {
  rescale_s32(random: Random): Parts {
    const { rows, channels } = rowsOf(random);
    const [perChannel, biasSize] = [integer(random, 0, 1), pick(random, [0, channels, rows * channels, 1])];
    const size = pick(random, [rows * channels, rows * channels, sizeOf(random)]);
    return {
      params: { size, channels, perChannel, biasSize },
      inputs: [
        int32s(random, size),
        anyQuantizer(random),
        scales(random, perChannel === 1 ? channels : 1),
        floats(random, biasSize),
      ],
      outputs: [empty(size), empty(2)],
    };
  },

  add_bias_f32(random: Random): Parts {
    const { rows, channels } = rowsOf(random);
    const biasSize = pick(random, [channels, rows * channels]);
    const size = pick(random, [rows * channels, rows * channels, sizeOf(random)]);
    return {
      params: { size, biasSize },
      inputs: [floats(random, size), floats(random, biasSize)],
      outputs: [empty(size)],
    };
  },

  extent_f32(random: Random): Parts {
    const size = sizeOf(random);
    return { params: { size }, inputs: [floats(random, size)], outputs: [empty(2)] };
  },

  track_range_f32(random: Random): Parts {
    const range = pick(random, [
      Float32Array.of(0, 0, 0, 0),
      Float32Array.of(-random(), random(), 1, 0),
      Float32Array.of(random(), 1 + random(), 1, 0),
      floats(random, 4),
    ]);
    return {
      params: {
        limit: 2 ** integer(random, 1, 7) - 1,
        affine: integer(random, 0, 1),
        frozen: integer(random, 0, 1),
      },
      inputs: [extentOf(random, floats(random, integer(random, 1, 4)))],
      constants: [bounds(random), fractions(random, 1)],
      outputs: [range, empty(4)],
      updates: [0],
    };
  },

  encode_s8(random: Random): Parts {
    const [size, codesOf] = [sizeOf(random), anyQuantizer(random)];
    const limit = 2 ** integer(random, 1, 7) - 1;
    const [low, high] = pick(random, [
      [-limit - 1, limit],
      [-limit, limit],
    ]) as [number, number];
    return {
      params: { size, low, high, stochastic: integer(random, 0, 1), stream: stream(random) },
      inputs: [nearHalves(random, size, limit, codesOf), codesOf, key(random)],
      constants: [bounds(random)],
      outputs: [new Int8Array(size)],
    };
  },

  decode_s8(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [int8s(random, size), anyQuantizer(random)],
      outputs: [empty(size)],
    };
  },

  encode_weights_s8(random: Random): Parts {
    const { rows, channels: columns } = rowsOf(random);
    const values = random() < 0.1 ? empty(rows * columns) : floats(random, rows * columns);
    return {
      params: { rows, columns, limit: 2 ** integer(random, 1, 7) - 1 },
      inputs: [values],
      outputs: [new Int8Array(rows * columns), empty(rows)],
    };
  },

  decode_weights_s8(random: Random): Parts {
    const { rows, channels: columns } = rowsOf(random);
    return {
      params: { rows, columns },
      inputs: [int8s(random, rows * columns), scales(random, rows)],
      outputs: [empty(rows * columns)],
    };
  },

  recode_weights_s8(random: Random): Parts {
    const { rows, columns } = pick(random, [
      () => ({ rows: integer(random, 1, 3), columns: integer(random, 200, 600) }),
      () => ({ rows: rowsOf(random).rows, columns: channelCount(random) }),
    ])();
    return {
      params: { rows, columns, limit: 2 ** integer(random, 1, 7) - 1 },
      inputs: [int8s(random, rows * columns), scales(random, rows)],
      outputs: [new Int8Array(rows * columns), empty(1)],
    };
  },

  add_codes_f32(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [int8s(random, size), anyQuantizer(random), int8s(random, size), anyQuantizer(random)],
      outputs: [empty(size), empty(2)],
    };
  },

  activation_gradient_s8(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [int8s(random, size), anyQuantizer(random)],
      constants: [bounds(random)],
      outputs: [floats(random, size), empty(2)],
      updates: [0],
    };
  },

  activation_gradient_f32(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [floats(random, size)],
      constants: [bounds(random)],
      outputs: [floats(random, size), empty(2)],
      updates: [0],
    };
  },

  clip_range_f32(random: Random): Parts {
    // Now and then so many values that only every second is looked at.
    const size = random() < 0.02 ? integer(random, 32_000, 34_000) : sizeOf(random);
    const values = random() < 0.1 ? empty(size) : floats(random, size);
    return {
      params: { size, mode: integer(random, 0, 4), bits: integer(random, 2, 8) },
      inputs: [values, size > 300 ? Float32Array.of(-1, 1) : extentOf(random, values)],
      constants: [Float32Array.of(pick(random, [0.95, 1, 3, random(), -1, Number.NaN]))],
      outputs: [Float32Array.of(pick(random, [1, random(), Math.fround(0.02), 0, Number.NaN])), empty(4)],
      updates: [0],
    };
  },

  max_pool2d_gradient_s8(random: Random): Parts {
    const { params, inputs, outputs, codes } = poolOf(random);
    return {
      params,
      inputs: [codes(inputs), codes(outputs), floats(random, outputs)],
      outputs: [empty(inputs)],
    };
  },

  max_pool2d_gradient_f32(random: Random): Parts {
    const { params, inputs, outputs, codes } = poolOf(random);
    const values = (length: number): Float32Array =>
      random() < 0.8 ? Float32Array.from(codes(length)) : floats(random, length);
    return {
      params,
      inputs: [values(inputs), values(outputs), floats(random, outputs)],
      outputs: [empty(inputs)],
    };
  },

  avg_pool2d_gradient_f32(random: Random): Parts {
    const { params, inputs, outputs } = avgPoolShape(random);
    return { params, inputs: [floats(random, outputs)], outputs: [empty(inputs)] };
  },

  batch_norm_f32(random: Random): Parts {
    const { rows, channels } = rowsOf(random);
    return {
      params: { rows, channels },
      inputs: [floats(random, rows * channels), floats(random, channels), floats(random, channels)],
      constants: [Float32Array.of(pick(random, [1e-5, 1e-3, 0, -1]), random())],
      outputs: [
        empty(rows * channels),
        floats(random, channels),
        floats(random, channels),
        empty(2 * channels),
        empty(2),
      ],
      updates: [1, 2],
    };
  },

  batch_norm_gradient_s8(random: Random): Parts {
    const { rows, channels } = rowsOf(random);
    return {
      params: { rows, channels },
      inputs: [
        int8s(random, rows * channels),
        anyQuantizer(random),
        floats(random, 2 * channels),
        floats(random, channels),
      ],
      outputs: [floats(random, rows * channels), empty(channels), empty(channels)],
      updates: [0],
    };
  },

  batch_norm_gradient_f32(random: Random): Parts {
    const { rows, channels } = rowsOf(random);
    return {
      params: { rows, channels },
      inputs: [floats(random, rows * channels), floats(random, 2 * channels), floats(random, channels)],
      outputs: [floats(random, rows * channels), empty(channels), empty(channels)],
      updates: [0],
    };
  },

  batch_matmul_sums_s8(random: Random): Parts {
    const { params, left, right, output } = matmulShape(random);
    const { room: _, ...stacks } = params;
    return {
      params: stacks,
      inputs: [int8s(random, left), int8s(random, right), anyQuantizer(random), anyQuantizer(random)],
      outputs: [new Int32Array(output)],
    };
  },

  normalize_gradient_f32(random: Random): Parts {
    const [batch, positions] = [integer(random, 1, 9), pick(random, [1, integer(random, 1, 6)])];
    const [groups, channels] = [integer(random, 1, 3), integer(random, 1, 20)];
    const [width, size] = [groups * channels, batch * positions * groups * channels];
    return {
      params: { batch, positions, groups, channels, centred: integer(random, 0, 1) },
      inputs: [floats(random, size), floats(random, width), Float32Array.of(pick(random, [1e-5, 1e-12, 0]))],
      outputs: [floats(random, size), empty(width), empty(width)],
      updates: [0],
    };
  },

  recurrent_cell_f32(random: Random): Parts {
    const { params, sums, state } = cellShape(random);
    return {
      params,
      inputs: [floats(random, sums), floats(random, sums), floats(random, state)],
      outputs: [empty(state), empty(state)],
    };
  },

  recurrent_cell_gradient_f32(random: Random): Parts {
    const { params, sums, state } = cellShape(random);
    return {
      params,
      inputs: [floats(random, sums), floats(random, sums), floats(random, state), floats(random, state)],
      outputs: [floats(random, state), empty(sums), empty(sums)],
      updates: [0],
    };
  },

  unary_gradient_f32(random: Random): Parts {
    const size = integer(random, 1, 100);
    const magnitude = pick(random, [1, 5, 30, 120]);
    const x = Float32Array.from({ length: size }, () => (random() * 2 - 1) * magnitude);
    return {
      params: { size, function: integer(random, 0, Object.keys(UNARY).length - 1) },
      inputs: [random() < 0.3 ? floats(random, size) : x],
      constants: [Float32Array.of(pick(random, [0.5, 1, 1.67, -0.3]), pick(random, [0, 0.5, 1.05]))],
      outputs: [floats(random, size)],
      updates: [0],
    };
  },

  softmax_cross_entropy_f32(random: Random): Parts {
    const [rows, classes] = [integer(random, 1, 9), pick(random, [1, 2, 10, integer(random, 1, 40)])];
    const wide = pick(random, [1, 1, 10, 1000]);
    const label = (): number =>
      random() < 0.2 ? pick(random, [-1, classes, -(2 ** 31), 2 ** 31 - 1]) : integer(random, 0, classes - 1);
    return {
      params: { rows, classes },
      inputs: [
        floats(random, rows * classes).map((value) => value * wide),
        Int32Array.from({ length: rows }, label),
      ],
      constants: [Float32Array.of(pick(random, [0, 0, 0.1, random()]))],
      outputs: [empty(rows * classes), empty(2)],
    };
  },

  squared_error_f32(random: Random): Parts {
    const size = sizeOf(random) + 1;
    return {
      params: { size },
      inputs: [floats(random, size), floats(random, size)],
      outputs: [empty(size), empty(2)],
    };
  },

  accumulate_f32(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [floats(random, size), rounds(random)],
      constants: [fractions(random, 1)],
      outputs: [floats(random, size)],
      updates: [0],
    };
  },

  sgd_f32(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [floats(random, size), control(random)],
      constants: [fractions(random, 1)],
      outputs: [floats(random, size)],
      updates: [0],
    };
  },

  momentum_f32(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [floats(random, size), control(random)],
      constants: [fractions(random, 2)],
      outputs: [floats(random, size), floats(random, size)],
      updates: [0, 1],
    };
  },

  adam_f32(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [floats(random, size), control(random)],
      constants: [fractions(random, 4)],
      outputs: [floats(random, size), floats(random, size), floats(random, size)],
      updates: [0, 1, 2],
    };
  },

  sgd_s8(random: Random): Parts {
    const { rows, channels: columns } = rowsOf(random);
    return {
      params: {
        rows,
        columns,
        limit: 2 ** integer(random, 1, 7) - 1,
        stream: stream(random),
        ofCodes: integer(random, 0, 1),
      },
      inputs: [floats(random, rows * columns), scales(random, rows), control(random), key(random)],
      outputs: [int8s(random, rows * columns)],
      updates: [0],
    };
  },

  conv2d_update_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    const { outChannels } = params;
    return {
      params: {
        ...params,
        limit: 2 ** integer(random, 1, 7) - 1,
        stream: stream(random),
        ofCodes: integer(random, 0, 1),
      },
      inputs: [
        ...[int8s(random, inputs), quantizer(random), int8s(random, outputs), quantizer(random)],
        ...[scales(random, outChannels), control(random), key(random)],
      ],
      outputs: [int8s(random, outChannels * filter), new Int32Array(outChannels)],
      updates: [0],
    };
  },

  conv2d_accumulate_s8(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    const { outChannels } = params;
    return {
      params,
      inputs: [
        ...[int8s(random, inputs), quantizer(random), int8s(random, outputs), quantizer(random)],
        rounds(random),
      ],
      constants: [fractions(random, 1)],
      outputs: [floats(random, outChannels * filter), new Int32Array(outChannels)],
      updates: [0],
    };
  },

  inside_bits_s8(random: Random): Parts {
    const { rows, channels } = rowsOf(random);
    return {
      params: { rows, channels },
      inputs: [int8s(random, rows * channels), anyQuantizer(random)],
      constants: [bounds(random)],
      outputs: [new Int8Array(bytesOfBits(rows, channels))],
    };
  },

  masked_gradient_f32(random: Random): Parts {
    const { rows, channels } = rowsOf(random);
    return {
      params: { rows, channels },
      inputs: [int8s(random, bytesOfBits(rows, channels))],
      outputs: [floats(random, rows * channels), empty(2)],
      updates: [0],
    };
  },

  conv2d_encode_s8(random: Random): Parts {
    const shape = conv2dShape(random);
    const { params, inputs, outputs } = shape;
    const { outChannels } = params;
    const { parts, weights } = partsOf(random, shape);
    const perChannel = integer(random, 0, 1);
    const biasSize = pick(random, [0, outChannels, outputs, 1]);
    const limit = 2 ** integer(random, 1, 7) - 1;
    const [own, scale] = [quantizer(random), scales(random, perChannel === 1 ? outChannels : 1)];
    const bias = floats(random, biasSize);
    // Of sums whose codes tell one input from another, mostly.
    const spread = Math.fround(own[0]! * Math.abs(scale[0]!) * 30 * Math.sqrt(shape.filter));
    const plain = random() < 0.7 && spread > 0 && Number.isFinite(spread);
    const open = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const to = plain ? Float32Array.of(spread, 1 / spread, integer(random, -9, 9), 0) : anyQuantizer(random);
    return {
      params: { ...params, ...parts, perChannel, biasSize, low: -limit - integer(random, 0, 1), high: limit },
      inputs: [int8s(random, inputs), own, ...weights, scale, bias, to],
      constants: [plain ? Float32Array.from(open) : bounds(random)],
      outputs: [new Int8Array(outputs)],
    };
  },

  conv2d_input_gradient_extent_s8(random: Random): Parts {
    const shape = conv2dShape(random);
    const { params, inputs, outputs } = shape;
    const { parts, weights } = partsOf(random, shape);
    const channels = params.inChannels;
    const { flags, finish } = finishOf(random, inputs / channels, channels);
    const [summed, kept] = [integer(random, 0, 1), keptOf(random, params)];
    return {
      params: { ...params, ...parts, kept, ...flags, summed },
      inputs: [int8s(random, outputs), quantizer(random), ...weights, scales(random, 1), ...finish],
      outputs: [empty(2), empty(summed * channels), new Int32Array(kept * KEPT_CHANNELS)],
    };
  },

  conv2d_input_gradient_encode_s8(random: Random): Parts {
    const shape = conv2dShape(random);
    const { params, inputs, outputs } = shape;
    const { parts, weights } = partsOf(random, shape);
    const { flags, finish } = finishOf(random, inputs / params.inChannels, params.inChannels);
    const kept = keptOf(random, params);
    const sums = int32s(random, kept * KEPT_CHANNELS);
    return {
      params: { ...params, ...parts, kept, ...flags, ...codesOf(random) },
      inputs: [
        ...[int8s(random, outputs), quantizer(random), ...weights, scales(random, 1), ...finish],
        ...[anyQuantizer(random), key(random), sums],
      ],
      outputs: [new Int8Array(inputs)],
    };
  },

  conv2d_input_gradient_add_s8(random: Random): Parts {
    const shape = conv2dShape(random);
    const { params, inputs, outputs } = shape;
    const { parts, weights } = partsOf(random, shape);
    const adds = integer(random, 0, 1);
    return {
      params: { ...params, ...parts, adds },
      inputs: [
        ...[floats(random, adds * inputs), int8s(random, outputs), quantizer(random), ...weights],
        scales(random, 1),
      ],
      outputs: [empty(inputs)],
    };
  },

  avg_pool2d_gradient_extent_f32(random: Random): Parts {
    const { params, inputs, outputs } = avgPoolShape(random);
    const { channels } = params;
    const { flags, finish } = finishOf(random, inputs / channels, channels);
    const summed = integer(random, 0, 1);
    return {
      params: { ...params, ...flags, summed },
      inputs: [floats(random, outputs), ...finish],
      outputs: [empty(2), empty(summed * channels)],
    };
  },

  avg_pool2d_gradient_encode_f32(random: Random): Parts {
    const { params, inputs, outputs } = avgPoolShape(random);
    const { flags, finish } = finishOf(random, inputs / params.channels, params.channels);
    return {
      params: { ...params, ...flags, ...codesOf(random) },
      inputs: [floats(random, outputs), ...finish, anyQuantizer(random), key(random)],
      outputs: [new Int8Array(inputs)],
    };
  },

  avg_pool2d_decode_s8(random: Random): Parts {
    const { params, inputs, outputs } = avgPoolShape(random);
    return { params, inputs: [int8s(random, inputs), anyQuantizer(random)], outputs: [empty(outputs)] };
  },

  compensation_f32(random: Random): Parts {
    const [size, biasSize] = [sizeOf(random), channelCount(random)];
    return {
      params: { size, biasSize },
      inputs: [floats(random, biasSize), ...[0, 1, 2].map(() => floats(random, size))],
      outputs: [empty(size)],
    };
  },

  compensation_gradient_f32(random: Random): Parts {
    const size = sizeOf(random);
    return {
      params: { size },
      inputs: [0, 1, 2, 3].map(() => floats(random, size)),
      constants: [fractions(random, 1)],
      outputs: [empty(size), empty(size), empty(size)],
    };
  },

  tied_compensation_f32(random: Random): Parts {
    const { rows, channels: columns } = rowsOf(random);
    return {
      params: { rows, columns },
      inputs: [int8s(random, rows * columns), scales(random, rows), anyQuantizer(random)],
      outputs: [empty(rows)],
    };
  },

  sum_rows_f32(random: Random): Parts {
    const { rows, channels: size } = rowsOf(random);
    return { params: { size, rows }, inputs: [floats(random, rows * size)], outputs: [empty(size)] };
  },

  patch_statistics_f32(random: Random): Parts {
    const { shape, frames, patches } = patchShape(random);
    return {
      params: shape,
      inputs: [frames(), frames()],
      constants: [Float32Array.of(pick(random, [1 / 255, 1, random(), 0]))],
      outputs: [empty(4 * patches)],
    };
  },

  patch_mask_f32(random: Random): Parts {
    const size = sizeOf(random) + 1;
    const scores = floats(random, size).map((value) => value * pick(random, [1, 30]));
    const temperature = pick(random, [1, 0.3, random(), 0]);
    return {
      params: { size, stream: stream(random), rule: integer(random, 0, 1), hard: integer(random, 0, 1) },
      inputs: [scores, key(random), Float32Array.of(temperature, random())],
      outputs: [empty(size), empty(size), empty(1)],
    };
  },

  patch_mask_gradient_f32(random: Random): Parts {
    const size = sizeOf(random) + 1;
    const shares = Float32Array.from({ length: size }, () => pick(random, [0, 1, random(), random()]));
    return {
      params: { size, rule: integer(random, 0, 1) },
      inputs: [floats(random, size), shares, Float32Array.of(pick(random, [0, 1, 7 * random(), Number.NaN]))],
      outputs: [empty(size)],
    };
  },

  patch_mix_f32(random: Random): Parts {
    const { shape, frames, patches, elements } = patchShape(random);
    return {
      params: { ...shape, inverted: integer(random, 0, 1) },
      inputs: [frames(), frames(), masks(random, patches)],
      outputs: [empty(elements)],
    };
  },

  patch_mix_gradient_f32(random: Random): Parts {
    const { shape, frames, patches } = patchShape(random);
    return {
      params: { ...shape, inverted: integer(random, 0, 1) },
      inputs: [frames(), frames(), frames()],
      outputs: [empty(patches)],
    };
  },

  patch_contrast_f32(random: Random): Parts {
    const [batch, features, patches] = [integer(random, 1, 4), sizeOf(random) + 1, integer(random, 1, 20)];
    const anchor = floats(random, batch * features);
    const other = () => (random() < 0.1 ? anchor.slice() : floats(random, anchor.length));
    return {
      params: { batch, features, patches, hinge: integer(random, 0, 1) },
      inputs: [
        random() < 0.1 ? empty(anchor.length) : anchor,
        other(),
        other(),
        masks(random, batch * patches),
        Float32Array.of(1, pick(random, [0, 10, random()])),
      ],
      constants: [Float32Array.of(pick(random, [0, 1]), random(), random(), pick(random, [0, 1, random()]))],
      outputs: [empty(anchor.length), empty(anchor.length), empty(batch * patches), empty(2)],
    };
  },
};

/** Frames of some patches. */
function patchShape(random: Random) {
  const [batch, rows, columns] = [integer(random, 1, 2), integer(random, 1, 3), integer(random, 1, 4)];
  const shape = { batch, rows, columns, patch: integer(random, 1, 5), channels: integer(random, 1, 5) };
  const patches = batch * rows * columns;
  const elements = patches * shape.patch ** 2 * shape.channels;
  return { shape, patches, elements, frames: () => floats(random, elements) };
}

/** Zeros and ones, now and then other numbers. */
function masks(random: Random, length: number): Float32Array {
  if (random() < 0.3) return floats(random, length);
  return Float32Array.from({ length }, () => integer(random, 0, 1));
}
