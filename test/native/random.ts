/** Random operands and shapes for the cases of kernels. */

export type Random = () => number;

export function integer(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

export function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

export function int8s(random: Random, length: number): Int8Array {
  const extreme = random() < 0.2;
  return Int8Array.from({ length }, () =>
    extreme ? pick(random, [-128, 127, -127, 0]) : integer(random, -128, 127),
  );
}

export function int16s(random: Random, length: number): Int16Array {
  const extreme = random() < 0.2;
  return Int16Array.from({ length }, () =>
    extreme ? pick(random, [-32768, 32767, -32767, 0]) : integer(random, -32768, 32767),
  );
}

/** Numbers of an ordinary tensor; now and then with zeros of both signs, subnormal numbers, infinities and NaN. */
export function floats(random: Random, length: number): Float32Array {
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
export function bounds(random: Random): Float32Array {
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

/** Scale, 1 / scale, zero point, 0; now and then memory that nobody has set up. */
export function quantizer(random: Random): Float32Array {
  if (random() < 0.05) return Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 1e9, -1);
  const scale = Math.fround(2 ** integer(random, -9, 1) * (1 + random()));
  return Float32Array.of(scale, Math.fround(1 / scale), zeroPoint(random), 0);
}

export function channelCount(random: Random): number {
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

export function activation(random: Random): { readonly actMin: number; readonly actMax: number } {
  if (random() < 0.5) return { actMin: -128, actMax: 127 };
  const [a, b] = [integer(random, -128, 127), integer(random, -128, 127)];
  return { actMin: Math.min(a, b), actMax: Math.max(a, b) };
}

/** Sums of many codes of a channel each. */
export function channelSums(random: Random, channels: number): Int32Array {
  const limit = pick(random, [100, 2000, 2 ** 24]);
  return Int32Array.from({ length: channels }, () => integer(random, -limit, limit));
}

/** Minus a zero point. */
export function offset(random: Random): number {
  return -zeroPoint(random);
}

export function zeroPoint(random: Random): number {
  return pick(random, [-128, 127, 0, integer(random, -128, 127)]);
}

/** Multipliers that spread sums of `terms` products over int8, or any at all. */
export function multiplier(random: Random, terms: number): { readonly q: number; readonly shift: number } {
  const q = pick(random, [2 ** 30, 2 ** 31 - 1, integer(random, 2 ** 30, 2 ** 31 - 1)]);
  if (random() < 0.1)
    return pick(random, [
      { q: 0, shift: 0 },
      { q, shift: integer(random, -31, 30) },
    ]);
  return { q, shift: integer(random, -9, -5) - Math.floor(Math.log2(Math.sqrt(terms))) };
}

/** Bias, multipliers and shifts of `outputs` channels. */
export function requantization(random: Random, outputs: number, terms: number): readonly Int32Array[] {
  const multipliers = Array.from({ length: outputs }, () => multiplier(random, terms));
  const limit = random() < 0.1 ? 2 ** 31 - 1 : 2000;
  return [
    Int32Array.from({ length: outputs }, () => integer(random, -limit, limit)),
    Int32Array.from(multipliers, ({ q }) => q),
    Int32Array.from(multipliers, ({ shift }) => shift),
  ];
}

export type Axis = {
  readonly size: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
};

/** One axis of a window whose every position overlaps the input when it is not dilated. */
export function axis(random: Random, kernelSize: number, maxDilation: number, maxSize = 9): Axis {
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

export function windowParams(h: Axis, w: Axis, dilated: boolean): Readonly<Record<string, number>> {
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
export function axes(random: Random, maxDilation: number): readonly [Axis, Axis] {
  const kernel = pick(random, [1, 3, 3, 5, 8]);
  const dilation = pick(random, [1, 1, maxDilation]);
  const [maxH, maxW] = random() < 0.2 ? [2, 30] : [9, 9];
  const [h, w] = [axis(random, kernel, dilation, maxH), axis(random, kernel, dilation, maxW)];
  if (kernel !== 3 || random() >= 0.6) return [h, w];
  const same = ({ size }: Axis): Axis => ({ size, out: size, kernel: 3, stride: 1, dilation: 1, pad: 1 });
  return [same(h), same(w)];
}

export function offsets(random: Random): Readonly<Record<string, number>> {
  return { inputOffset: offset(random), outputOffset: zeroPoint(random), ...activation(random) };
}

/** Shape and element counts of a random convolution of any number of groups. */
export function conv2dShape(random: Random) {
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

export function depthwiseShape(random: Random, multiplier?: number) {
  const [h, w] = axes(random, 3);
  const inChannels = channelCount(random);
  const depthMultiplier = multiplier ?? pick(random, [1, 1, 1, 2, 3]);
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

export function denseShape(random: Random) {
  const rows = integer(random, 1, 9);
  const inFeatures = pick(random, [integer(random, 1, 9), integer(random, 1, 300)]);
  return { rows, inFeatures, outFeatures: channelCount(random) };
}

export function mulShape(random: Random) {
  const [rows, channels] = [integer(random, 1, 4), channelCount(random)];
  const repeat = pick(random, [1, 1, integer(random, 1, 9)]);
  return { params: { outer: rows * repeat, channels, repeat }, rows };
}

export function avgPoolShape(random: Random) {
  const [h, w] = [axis(random, 8, 1), axis(random, 8, 1)];
  const [batch, channels] = [integer(random, 1, 2), channelCount(random)];
  return {
    params: { batch, channels, ...windowParams(h, w, false), countIncludePad: integer(random, 0, 1) },
    inputs: batch * h.size * w.size * channels,
    outputs: batch * h.out * w.out * channels,
  };
}

export function maxPoolShape(random: Random) {
  const [h, w] = axes(random, 3);
  const [batch, channels] = [integer(random, 1, 2), channelCount(random)];
  return {
    params: { batch, channels, ...windowParams(h, w, true) },
    window: h.kernel * w.kernel,
    inputs: batch * h.size * w.size * channels,
    outputs: batch * h.out * w.out * channels,
  };
}

/** A box, and the lengths of the tensors that it is copied from and to. */
export function copyShape(random: Random) {
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

/** One axis of a transposed convolution, cropped at either end. */
export function transposedAxis(random: Random): Axis {
  const [size, kernel] = [integer(random, 1, 6), integer(random, 1, 4)];
  const [stride, dilation] = [integer(random, 1, 3), integer(random, 1, 2)];
  const full = (size - 1) * stride + (kernel - 1) * dilation + 1;
  const pad = integer(random, 0, Math.min(full - 1, 3));
  return { size, kernel, stride, dilation, pad, out: integer(random, 1, full - pad + 1) };
}

export function convTranspose2dShape(random: Random) {
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
export function box(
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

/** Stacks of matrices at any strides; now and then all products share one of their operands. */
export function matmulShape(random: Random) {
  const [batch0, batch1] = [integer(random, 1, 3), integer(random, 1, 3)];
  const [rows, columns] = [
    integer(random, 1, 6),
    pick(random, [integer(random, 1, 6), integer(random, 1, 21)]),
  ];
  const depth = pick(random, [integer(random, 1, 8), integer(random, 1, 70)]);
  const operand = (inner: readonly [number, number]) => {
    const one = operandBox(random, [batch0, batch1, ...inner]);
    if (random() < 0.5 && (random() < 0.5 || one.strides[3] !== 1)) return one;
    // Side by side, as inner loops read them.
    return operandBox(random, [batch0, batch1, ...inner], true);
  };
  const [left, right] = [operand([rows, depth]), operand([columns, depth])];
  const output = operandBox(random, [batch0, batch1, rows, columns], true, false);
  const packs = left.strides[3] !== 1 || right.strides[3] !== 1;
  return {
    params: {
      ...{ batch0, batch1, rows, columns, depth, room: 4 * depth + (packs ? (columns + 2) * depth : 0) },
      ...strided('left', ['Batch0', 'Batch1', 'Row', 'Depth'], left),
      ...strided('right', ['Batch0', 'Batch1', 'Column', 'Depth'], right),
      ...strided('output', ['Batch0', 'Batch1', 'Row'], output),
    },
    depth,
    left: left.length,
    right: right.length,
    output: output.length,
  };
}

type Box = ReturnType<typeof box>;

/** A box whose last axis may have to lie side by side, and whose first two may be read again and again. */
export function operandBox(random: Random, sizes: readonly number[], dense = false, shares = true): Box {
  const [a, b, c, d] = sizes as [number, number, number, number];
  const shared = [shares && random() < 0.2 ? 1 : a, shares && random() < 0.2 ? 1 : b, c, d];
  if (!dense) return withoutAxes(box(random, shared), sizes, shared);
  const outer = box(random, [...shared.slice(0, 3), 1]);
  const spread = d + integer(random, 0, 1);
  const strides = [...outer.strides.slice(0, 3).map((stride) => stride * spread), 1];
  return withoutAxes(
    { length: outer.length * spread, offset: outer.offset * spread, strides },
    sizes,
    shared,
  );
}

function withoutAxes(one: Box, sizes: readonly number[], shared: readonly number[]): Box {
  return { ...one, strides: one.strides.map((stride, k) => (sizes[k] === shared[k] ? stride : 0)) };
}

export function strided(name: string, axisNames: readonly string[], { offset: start, strides }: Box) {
  return {
    [`${name}Start`]: start,
    ...Object.fromEntries(axisNames.map((axisName, k) => [`${name}${axisName}`, strides[k]!])),
  };
}
