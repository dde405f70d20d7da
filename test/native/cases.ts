/** Random calls of every kernel: odd sizes, strides, dilations, groups, paddings, zero points and multipliers. */
import { quantizeMultiplier } from '../../src/ops/fixed-point.ts';
import type { KernelName, Step } from '../../src/program/kernels/index.ts';
import type { Operands, ProgramArray } from '../../src/program/types.ts';

/** One call. The outputs hold poison; `alias` is the input that the output lies on, or -1. */
export type Case = {
  readonly step: Step;
  readonly operands: Operands;
  readonly alias: number;
  /** Distance of int8 operands from 16-byte alignment. */
  readonly misalignment: number;
};

export const POISON = 0xa5;

type Random = () => number;

type Parts = {
  readonly params: Readonly<Record<string, number>>;
  readonly inputs: readonly ProgramArray[];
  readonly constants?: readonly ProgramArray[];
  readonly output: ProgramArray;
};

export function randomCase(kernel: KernelName, random: Random): Case {
  const { params, inputs, constants = [], output } = GENERATORS[kernel](random);
  const step = { kernel, name: kernel, inputs: [], constants: [], outputs: [], params } as unknown as Step;
  new Uint8Array(output.buffer).fill(POISON);
  return {
    step,
    operands: { inputs, constants, outputs: [output] },
    alias: -1,
    misalignment: integer(random, 0, 3),
  };
}

/** The same call with its output on an input. */
export function inPlaceCase(plain: Case, input: number): Case {
  const inputs = plain.operands.inputs.map((array) => array.slice());
  return { ...plain, operands: { ...plain.operands, inputs, outputs: [inputs[input]!] }, alias: input };
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

function integer(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

function int8s(random: Random, length: number): Int8Array {
  const extreme = random() < 0.2;
  return Int8Array.from({ length }, () =>
    extreme ? pick(random, [-128, 127, -127, 0]) : integer(random, -128, 127),
  );
}

/** Numbers of an ordinary tensor; now and then with zeros of both signs, subnormal numbers, infinities and NaN. */
function floats(random: Random, length: number): Float32Array {
  const kind = random();
  const special = kind < 0.1 ? SPECIAL : kind < 0.3 ? SMALL : [];
  const magnitude = pick(random, [1, 1, 1, 1e-20, 1e-22, 1e19]);
  return Float32Array.from({ length }, () =>
    special.length > 0 && random() < 0.2 ? pick(random, special) : (random() * 2 - 1) * magnitude,
  );
}

const SMALL = [0, -0, 1, -1, 2 ** -149, -(2 ** -149), 2 ** -126, -(2 ** -127), 1 + 2 ** -23, 1 - 2 ** -24];
const SPECIAL = [...SMALL, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 3.4e38, -3.4e38];

/** Lowest and highest output. */
function bounds(random: Random): Float32Array {
  const infinity = Number.POSITIVE_INFINITY;
  return Float32Array.from(
    pick(random, [
      [-infinity, infinity],
      [0, infinity],
      [0, 6],
      [-0, 0],
      [-0.1, 0.3],
      [-infinity, -infinity],
    ]),
  );
}

function channelCount(random: Random): number {
  return pick(random, [
    1,
    2,
    3,
    4,
    8,
    16,
    integer(random, 1, 12),
    integer(random, 1, 67),
    integer(random, 17, 67),
  ]);
}

function activation(random: Random): { readonly actMin: number; readonly actMax: number } {
  if (random() < 0.5) return { actMin: -128, actMax: 127 };
  const [a, b] = [integer(random, -128, 127), integer(random, -128, 127)];
  return { actMin: Math.min(a, b), actMax: Math.max(a, b) };
}

/** Minus a zero point. */
function offset(random: Random): number {
  return -zeroPoint(random);
}

function zeroPoint(random: Random): number {
  return pick(random, [-128, 127, 0, integer(random, -128, 127)]);
}

/** Multipliers that spread sums of `terms` products over int8, or any at all. */
function multiplier(random: Random, terms: number): { readonly q: number; readonly shift: number } {
  const q = pick(random, [2 ** 30, 2 ** 31 - 1, integer(random, 2 ** 30, 2 ** 31 - 1)]);
  if (random() < 0.1)
    return pick(random, [
      { q: 0, shift: 0 },
      { q, shift: integer(random, -31, 30) },
    ]);
  return { q, shift: integer(random, -9, -5) - Math.floor(Math.log2(Math.sqrt(terms))) };
}

/** Bias, multipliers and shifts of `outputs` channels. */
function requantisation(random: Random, outputs: number, terms: number): readonly Int32Array[] {
  const multipliers = Array.from({ length: outputs }, () => multiplier(random, terms));
  const limit = random() < 0.1 ? 2 ** 31 - 1 : 2000;
  return [
    Int32Array.from({ length: outputs }, () => integer(random, -limit, limit)),
    Int32Array.from(multipliers, ({ q }) => q),
    Int32Array.from(multipliers, ({ shift }) => shift),
  ];
}

type Axis = {
  readonly size: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
};

/** One axis of a window whose every position overlaps the input when it is not dilated. */
function axis(random: Random, kernelSize: number, maxDilation: number, maxSize = 9): Axis {
  for (;;) {
    const kernel = Math.min(kernelSize, integer(random, 1, 8));
    const dilation = integer(random, 1, maxDilation);
    const size = integer(random, 1, maxSize);
    const [pad, padEnd] = [integer(random, 0, kernel - 1), integer(random, 0, kernel - 1)];
    const stride = integer(random, 1, 3);
    const out = Math.floor((size + pad + padEnd - (kernel - 1) * dilation - 1) / stride) + 1;
    if (out >= 1 && (out - 1) * stride - pad < size) return { size, out, kernel, stride, dilation, pad };
  }
}

function windowParams(h: Axis, w: Axis, dilated: boolean): Readonly<Record<string, number>> {
  return {
    inH: h.size,
    inW: w.size,
    outH: h.out,
    outW: w.out,
    kernelH: h.kernel,
    kernelW: w.kernel,
    strideH: h.stride,
    strideW: w.stride,
    padTop: h.pad,
    padLeft: w.pad,
    ...(dilated ? { dilationH: h.dilation, dilationW: w.dilation } : {}),
  };
}

/** Both axes of a convolution: often 1x1 or 3x3, as in real models; now and then low and wide. */
function axes(random: Random, maxDilation: number): readonly [Axis, Axis] {
  const kernel = pick(random, [1, 3, 3, 5, 8]);
  const dilation = pick(random, [1, 1, maxDilation]);
  const [maxH, maxW] = random() < 0.2 ? [2, 30] : [9, 9];
  const [h, w] = [axis(random, kernel, dilation, maxH), axis(random, kernel, dilation, maxW)];
  if (kernel !== 3 || random() >= 0.6) return [h, w];
  const same = ({ size }: Axis): Axis => ({ size, out: size, kernel: 3, stride: 1, dilation: 1, pad: 1 });
  return [same(h), same(w)];
}

function offsets(random: Random): Readonly<Record<string, number>> {
  return { inputOffset: offset(random), outputOffset: zeroPoint(random), ...activation(random) };
}

/** Shape and element counts of a random convolution of any number of groups. */
function conv2dShape(random: Random) {
  const [h, w] = axes(random, 3);
  const groups = pick(random, [1, 1, 1, 2, 3]);
  const groupIn = Math.ceil(channelCount(random) / groups);
  const outChannels = groups * Math.ceil(channelCount(random) / groups);
  const batch = integer(random, 1, 2);
  return {
    params: { batch, inChannels: groupIn * groups, outChannels, groups, ...windowParams(h, w, true) },
    inputs: batch * h.size * w.size * groupIn * groups,
    filter: h.kernel * w.kernel * groupIn,
    outputs: batch * h.out * w.out * outChannels,
  };
}

function depthwiseShape(random: Random) {
  const [h, w] = axes(random, 3);
  const inChannels = channelCount(random);
  const depthMultiplier = pick(random, [1, 1, 1, 2, 3]);
  const channels = inChannels * depthMultiplier;
  const batch = integer(random, 1, 2);
  return {
    params: { batch, inChannels, depthMultiplier, ...windowParams(h, w, true) },
    inputs: batch * h.size * w.size * inChannels,
    channels,
    window: h.kernel * w.kernel,
    outputs: batch * h.out * w.out * channels,
  };
}

function denseShape(random: Random) {
  const rows = integer(random, 1, 9);
  const inFeatures = pick(random, [integer(random, 1, 9), integer(random, 1, 300)]);
  return { rows, inFeatures, outFeatures: channelCount(random) };
}

function mulShape(random: Random) {
  const [rows, channels] = [integer(random, 1, 4), channelCount(random)];
  const repeat = pick(random, [1, 1, integer(random, 1, 9)]);
  return { params: { outer: rows * repeat, channels, repeat }, rows };
}

function avgPoolShape(random: Random) {
  const [h, w] = [axis(random, 8, 1), axis(random, 8, 1)];
  const [batch, channels] = [integer(random, 1, 2), channelCount(random)];
  return {
    params: { batch, channels, ...windowParams(h, w, false), countIncludePad: integer(random, 0, 1) },
    inputs: batch * h.size * w.size * channels,
    outputs: batch * h.out * w.out * channels,
  };
}

function maxPoolShape(random: Random) {
  const [h, w] = axes(random, 3);
  const [batch, channels] = [integer(random, 1, 2), channelCount(random)];
  return {
    params: { batch, channels, ...windowParams(h, w, true) },
    inputs: batch * h.size * w.size * channels,
    outputs: batch * h.out * w.out * channels,
  };
}

/** A box, and the lengths of the tensors that it is copied from and to. */
function copyShape(random: Random) {
  const sizes = Array.from({ length: 4 }, () => integer(random, 1, 5));
  const from = box(random, sizes);
  const to = box(random, sizes);
  return {
    params: {
      ...Object.fromEntries(sizes.map((size, k) => [`size${k}`, size])),
      inOffset: from.offset,
      ...Object.fromEntries(from.strides.map((stride, k) => [`inStride${k}`, stride])),
      outOffset: to.offset,
      ...Object.fromEntries(to.strides.map((stride, k) => [`outStride${k}`, stride])),
    },
    inputs: from.length,
    outputs: to.length,
  };
}

const GENERATORS: Readonly<Record<KernelName, (random: Random) => Parts>> = {
  conv2d_s8(random) {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    const { outChannels } = params;
    return {
      params: { ...params, ...offsets(random) },
      inputs: [int8s(random, inputs)],
      constants: [int8s(random, outChannels * filter), ...requantisation(random, outChannels, filter)],
      output: new Int8Array(outputs),
    };
  },

  depthwise_conv2d_s8(random) {
    const { params, inputs, channels, window, outputs } = depthwiseShape(random);
    return {
      params: { ...params, ...offsets(random) },
      inputs: [int8s(random, inputs)],
      constants: [int8s(random, window * channels), ...requantisation(random, channels, window)],
      output: new Int8Array(outputs),
    };
  },

  conv_transpose2d_s8(random) {
    const { params, inputs, filter, outputs } = convTranspose2dShape(random);
    const { outChannels } = params;
    return {
      params: { ...params, ...offsets(random) },
      inputs: [int8s(random, inputs)],
      constants: [int8s(random, outChannels * filter), ...requantisation(random, outChannels, filter)],
      output: new Int8Array(outputs),
    };
  },

  fully_connected_s8(random) {
    const { rows, inFeatures, outFeatures } = denseShape(random);
    const perChannel = integer(random, 0, 1);
    const [bias, multipliers, shifts] = requantisation(random, outFeatures, inFeatures);
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
      output: new Int8Array(rows * outFeatures),
    };
  },

  add_s8(random) {
    const size = integer(random, 1, 300);
    const extreme = random() < 0.1;
    const ratios = [random() / 2 + 1e-6, 0.5, random() * 2 ** -18 + 1e-9].map((real) =>
      quantizeMultiplier(real),
    );
    const [a, b, y] = extreme
      ? ratios.map(({ multiplier: m }) => ({ multiplier: m, shift: integer(random, -31, 30) }))
      : ratios;
    return {
      params: {
        size,
        leftShift: pick(random, [20, 20, 20, 8, 0]),
        input1Offset: offset(random),
        input1Multiplier: a!.multiplier,
        input1Shift: a!.shift,
        input2Offset: offset(random),
        input2Multiplier: b!.multiplier,
        input2Shift: b!.shift,
        outputOffset: zeroPoint(random),
        outputMultiplier: y!.multiplier,
        outputShift: y!.shift,
        ...activation(random),
      },
      inputs: [int8s(random, size), int8s(random, size)],
      output: new Int8Array(size),
    };
  },

  mul_s8(random) {
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
      output: new Int8Array(outer * channels),
    };
  },

  avg_pool2d_s8(random) {
    const { params, inputs, outputs } = avgPoolShape(random);
    return {
      params: { ...params, inputOffset: offset(random), ...activation(random) },
      inputs: [int8s(random, inputs)],
      output: new Int8Array(outputs),
    };
  },

  max_pool2d_s8(random) {
    const { params, inputs, outputs } = maxPoolShape(random);
    return {
      params: { ...params, ...activation(random) },
      inputs: [int8s(random, inputs)],
      output: new Int8Array(outputs),
    };
  },

  softmax_s8(random) {
    const long = random() < 0.1;
    const rows = long ? 1 : integer(random, 1, 5);
    const rowSize = long ? integer(random, 500, 2000) : integer(random, 1, 70);
    const scale = pick(random, [random(), 1 / 256, 2 ** -12, 4]);
    const { multiplier: q, shift } = quantizeMultiplier(Math.min(scale * 2 ** 26, 2 ** 31 - 1));
    const flat = random() < 0.3;
    const x = int8s(random, rows * rowSize);
    return {
      params: { rows, rowSize, multiplier: q, shift, diffMin: -Math.floor((31 * 2 ** 26) / 2 ** shift) },
      inputs: [flat ? x.map((value) => value >> 6) : x],
      output: new Int8Array(rows * rowSize),
    };
  },

  lut_s8(random) {
    const size = integer(random, 1, 300);
    return {
      params: { size },
      inputs: [int8s(random, size)],
      constants: [int8s(random, 256)],
      output: new Int8Array(size),
    };
  },

  copy_s8(random) {
    const { params, inputs, outputs } = copyShape(random);
    return { params, inputs: [int8s(random, inputs)], output: new Int8Array(outputs) };
  },

  fill_s8(random) {
    const size = integer(random, 1, 300);
    return { params: { size, value: integer(random, -128, 127) }, inputs: [], output: new Int8Array(size) };
  },

  quantize_s8(random) {
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
      output: new Int8Array(size),
    };
  },

  dequantize_s8(random) {
    const size = integer(random, 1, 200);
    return {
      params: { size, zeroPoint: zeroPoint(random) },
      inputs: [int8s(random, size)],
      constants: [Float32Array.of(pick(random, [random(), 1 / 3, 1e-36, 1e36]))],
      output: new Float32Array(size),
    };
  },

  conv2d_f32(random) {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    const { outChannels } = params;
    return {
      params,
      inputs: [floats(random, inputs)],
      constants: [floats(random, outChannels * filter), floats(random, outChannels), bounds(random)],
      output: new Float32Array(outputs),
    };
  },

  depthwise_conv2d_f32(random) {
    const { params, inputs, channels, window, outputs } = depthwiseShape(random);
    return {
      params,
      inputs: [floats(random, inputs)],
      constants: [floats(random, window * channels), floats(random, channels), bounds(random)],
      output: new Float32Array(outputs),
    };
  },

  conv_transpose2d_f32(random) {
    const { params, inputs, filter, outputs } = convTranspose2dShape(random);
    const { outChannels } = params;
    return {
      params,
      inputs: [floats(random, inputs)],
      constants: [floats(random, outChannels * filter), floats(random, outChannels), bounds(random)],
      output: new Float32Array(outputs),
    };
  },

  fully_connected_f32(random) {
    const params = denseShape(random);
    const { rows, inFeatures, outFeatures } = params;
    return {
      params,
      inputs: [floats(random, rows * inFeatures)],
      constants: [floats(random, outFeatures * inFeatures), floats(random, outFeatures), bounds(random)],
      output: new Float32Array(rows * outFeatures),
    };
  },

  add_f32(random) {
    const size = integer(random, 1, 300);
    return {
      params: { size },
      inputs: [floats(random, size), floats(random, size)],
      constants: [bounds(random)],
      output: new Float32Array(size),
    };
  },

  mul_f32(random) {
    const { params, rows } = mulShape(random);
    const { outer, channels } = params;
    return {
      params,
      inputs: [floats(random, outer * channels), floats(random, rows * channels)],
      constants: [bounds(random)],
      output: new Float32Array(outer * channels),
    };
  },

  avg_pool2d_f32(random) {
    const { params, inputs, outputs } = avgPoolShape(random);
    return { params, inputs: [floats(random, inputs)], output: new Float32Array(outputs) };
  },

  max_pool2d_f32(random) {
    const { params, inputs, outputs } = maxPoolShape(random);
    return { params, inputs: [floats(random, inputs)], output: new Float32Array(outputs) };
  },

  clamp_f32(random) {
    const size = integer(random, 1, 300);
    return {
      params: { size },
      inputs: [floats(random, size)],
      constants: [bounds(random)],
      output: new Float32Array(size),
    };
  },

  copy_f32(random) {
    const { params, inputs, outputs } = copyShape(random);
    return { params, inputs: [floats(random, inputs)], output: new Float32Array(outputs) };
  },
};

/** One axis of a transposed convolution, cropped at either end. */
function transposedAxis(random: Random): Axis {
  const [size, kernel] = [integer(random, 1, 6), integer(random, 1, 4)];
  const [stride, dilation] = [integer(random, 1, 3), integer(random, 1, 2)];
  const full = (size - 1) * stride + (kernel - 1) * dilation + 1;
  const pad = integer(random, 0, Math.min(full - 1, 3));
  return { size, kernel, stride, dilation, pad, out: integer(random, 1, full - pad + 1) };
}

function convTranspose2dShape(random: Random) {
  const [h, w] = [transposedAxis(random), transposedAxis(random)];
  const [inChannels, outChannels] = [channelCount(random), channelCount(random)];
  const batch = integer(random, 1, 2);
  return {
    params: { batch, inChannels, outChannels, ...windowParams(h, w, true) },
    inputs: batch * h.size * w.size * inChannels,
    filter: h.kernel * w.kernel * inChannels,
    outputs: batch * h.out * w.out * outChannels,
  };
}

/** A box of the given sizes inside memory of its own: its axes in any order, each running up or down. */
function box(
  random: Random,
  sizes: readonly number[],
): { readonly length: number; readonly offset: number; readonly strides: readonly number[] } {
  const order = pick(random, [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 3, 1, 2],
    [3, 2, 1, 0],
    [2, 0, 1, 3],
  ]);
  const strides = sizes.map(() => 0);
  let [stride, start] = [1, integer(random, 0, 3)];
  for (const axisIndex of [...order].reverse()) {
    const down = random() < 0.2;
    strides[axisIndex] = down ? -stride : stride;
    if (down) start += stride * (sizes[axisIndex]! - 1);
    stride *= sizes[axisIndex]! + integer(random, 0, 1);
  }
  return { length: stride + 3, offset: start, strides };
}
