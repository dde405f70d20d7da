/**
 * What ranges cannot say of the parameters of a kernel: windows that stay within int32 arithmetic, groups that divide,
 * walks that stay inside. native/engine/rules.c has the same rules, for code that comes from elsewhere.
 */

type Params = Readonly<Record<string, number>>;

/** Every index that a kernel forms is an int32: no product of sizes may exceed it, padding included. */
const LIMIT = 2 ** 31 - 1;

/** Positions of a pooling window: sums of as many int8 and their rounding stay within int32. */
const MOST_POOL_WINDOW = 2 ** 22;

/** Sums of as many squares of int8 with an offset stay within 32 bits. */
const MOST_NORMALIZED = 2 ** 16;

type Axis = {
  readonly in: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
};

function axes(p: Params): readonly [Axis, Axis] {
  return [
    {
      in: p.inH!,
      out: p.outH!,
      kernel: p.kernelH!,
      stride: p.strideH!,
      dilation: p.dilationH ?? 1,
      pad: p.padTop!,
    },
    {
      in: p.inW!,
      out: p.outW!,
      kernel: p.kernelW!,
      stride: p.strideW!,
      dilation: p.dilationW ?? 1,
      pad: p.padLeft!,
    },
  ];
}

/** Number of coordinates from the first to the last that a window forms along an axis, inside the input or not. */
function span(a: Axis): number {
  return a.pad + Math.max((a.out - 1) * a.stride + a.kernel * a.dilation, a.in) + 1;
}

/** Whether every window, not dilated, has a position inside the input. */
function meets(a: Axis): boolean {
  return a.pad < a.kernel && (a.out - 1) * a.stride - a.pad < a.in;
}

function windowFits(p: Params, channels: number): boolean {
  const [h, w] = axes(p);
  return p.batch! * span(h) * span(w) * channels <= LIMIT;
}

/** Indices within int32, and groups that divide the channels. */
function conv2d(p: Params): boolean {
  if (p.inChannels! % p.groups! !== 0 || p.outChannels! % p.groups! !== 0) return false;
  const filter = (p.kernelH! + 1) * (p.kernelW! + 1) * (p.inChannels! / p.groups!);
  return windowFits(p, p.inChannels!) && p.outChannels! * filter <= LIMIT;
}

/** As conv2d, and both parts of the weights hold the input channels of a group. */
function conv2dParts(p: Params): boolean {
  return conv2d(p) && p.firstChannels! + p.restChannels! === p.inChannels! / p.groups!;
}

/** Taps of a depthwise kernel whose gradients are computed channels at a time. */
const SMALL_WINDOW = 64;

/** Channels of a pixel whose sums are kept together. */
export const KEPT_CHANNELS = 16;

/** Pixels of so many channels of the gradient of the input that can be kept: what is computed sixteen channels at a time. */
export function mostKept(p: Params): number {
  const isDepthwise = p.groups === p.inChannels && p.groups === p.outChannels;
  const isSmall = isDepthwise && p.kernelH! * p.kernelW! <= SMALL_WINDOW;
  const pixels = p.batch! * p.inH! * p.inW! * Math.ceil(p.inChannels! / KEPT_CHANNELS);
  return p.groups === 1 || isSmall ? pixels : 0;
}

/** As conv2d_parts, and no more is kept than can be. */
function conv2dKept(p: Params): boolean {
  return conv2dParts(p) && p.kept! <= mostKept(p);
}

/** Rows of 4-bit weights: whole runs of 8 codes, as many as the weights of an output channel need. */
function fourBitRows(p: Params, row: number): boolean {
  return p.rowSize === 8 * Math.ceil(row / 8) && p.group! % 8 === 0;
}

/** As conv2d, and rows hold the weights of an output channel. */
function conv2dS4(p: Params): boolean {
  return conv2d(p) && fourBitRows(p, p.kernelH! * p.kernelW! * (p.inChannels! / p.groups!));
}

/** Rows hold the weights of an output feature, and there is room for a block of them and two rows of wide inputs. */
function fullyConnectedS4(p: Params): boolean {
  const wide = p.rows === 1 ? 0 : 4 * p.inFeatures!;
  return fourBitRows(p, p.inFeatures!) && p.room === p.block! * p.rowSize! + wide;
}

/** Output positions that are taken at once, and channels that are laid out together: the fewest of a packed step. */
const LEAST_POSITIONS = 3;
const LEAST_CHANNELS = 4;

/** Indices within int32, positions that are taken at once, and so much room. */
function fourWindows(p: Params, bytes: number): boolean {
  const table = (p.outChannels! + 1) * (p.words! + 6);
  return (
    windowFits(p, p.inChannels!) &&
    p.batch! * p.outH! * p.outW! >= LEAST_POSITIONS &&
    table <= LIMIT &&
    p.room === bytes
  );
}

/** Words of weights of a pair of channels, and bytes of scratch. */
type Sizes = { readonly words: number; readonly room: number };

/** Words for all inputs of a window run by run, and four windows of words of two inputs. */
function pairsSizes(p: Params): Sizes {
  const pixels = p.dilationW === 1 ? p.kernelW! : 1;
  const run = pixels * p.inChannels!;
  const strip = Math.max(4 * run, 3 * p.strideW! * p.inChannels! + run);
  const words = ((p.kernelH! * p.kernelW!) / pixels) * Math.ceil(run / 2);
  return { words, room: 16 * words + strip };
}

/** Sums begin with two words. */
const LEAST_WORDS = 2;

function conv2dPairs(p: Params): boolean {
  const { words, room } = pairsSizes(p);
  return p.words === words && words >= LEAST_WORDS && fourWindows(p, room);
}

/** Words for all inputs of a window, and four windows of words of one input and a row of each. */
function conv2dWords(p: Params): boolean {
  const inputs = p.kernelH! * p.kernelW! * p.inChannels!;
  const row = p.kernelH === 1 && p.kernelW === 1 ? 0 : p.kernelW! * p.inChannels!;
  return p.words === Math.ceil(inputs / 2) && isPlain(p) && fourWindows(p, 4 * (4 * inputs + row));
}

/** No dilation, and outputs that may be any code. */
function isPlain(p: Params): boolean {
  return p.dilationH === 1 && p.dilationW === 1 && p.actMin === -128 && p.actMax === 127;
}

/** Words for all inputs, room for those that are no whole number of fours, and a table within int32. */
function fullyConnectedPairs(p: Params): boolean {
  const fours = Math.ceil(p.inFeatures! / 4);
  const isRight = p.words === 2 * fours && p.room === (p.inFeatures! % 4 === 0 ? 0 : 4 * fours);
  return isRight && (p.outFeatures! + 8) * (p.words! + 2) <= LIMIT;
}

/** Weights within int32. */
function fullyConnectedWords(p: Params): boolean {
  return (p.outFeatures! + 8) * p.inFeatures! <= LIMIT;
}

/** Words for whole vectors, and room for three windows and what they are put together from. */
function vectorsSizes(p: Params): Sizes {
  const run = (p.dilationW === 1 ? p.kernelW! : 1) * p.inChannels!;
  const vectors = Math.ceil((p.kernelH! * p.kernelW! * p.inChannels!) / 16);
  const apart = isPixel(p) ? 0 : run % 16 === 0 ? run : 16 * vectors;
  return { words: 8 * vectors, room: 3 * (16 * vectors + apart) };
}

function isPixel(p: Params): boolean {
  return p.kernelH === 1 && p.kernelW === 1;
}

/** Whether pixels that are taken lie inside. */
function areWithin(p: Params): boolean {
  return axes(p).every((a) => a.pad === 0 && (a.out - 1) * a.stride < a.in);
}

/** Indices within int32, and pixels that lie inside. */
function conv2dVectors(p: Params): boolean {
  const { words, room } = vectorsSizes(p);
  return (
    windowFits(p, p.inChannels!) &&
    (p.outChannels! + 8) * (p.words! + 3) * 4 <= LIMIT &&
    (!isPixel(p) || areWithin(p)) &&
    p.words === words &&
    p.room === room
  );
}

/** Phases of a stride, of which every kernel has as many taps at least. */
const MOST_PHASES = 16;

/** Along one axis: the taps of a phase, and how far its windows lie inside. */
type AxisPhase = { readonly taps: number; readonly count: number; readonly isInside: boolean };

/** Outputs `phase`, `phase + stride` and so on of an image that is not cut off at its start meet the same taps. */
function axisPhase({ in: size, out, kernel, stride, pad }: Axis, phase: number): AxisPhase {
  const taps = Math.ceil((kernel - phase) / stride);
  const first = Math.max(0, Math.ceil((pad - phase) / stride));
  const end = Math.ceil((out + pad - phase) / stride);
  return { taps, count: Math.max(0, end - first), isInside: first - taps + 1 >= 0 && end <= size };
}

/** As many outputs side by side as a stride is long, with all inputs that one of them meets. */
function outputsTogether({ in: size, out, kernel, stride, pad }: Axis): AxisPhase {
  const start = Math.ceil((pad - kernel + 1) / stride);
  const taps = Math.floor((pad + stride - 1) / stride) - start + 1;
  const count = out / stride;
  return { taps, count, isInside: start >= 0 && start + count + taps - 1 <= size };
}

/**
 * Constants and scratch for all phases of a transposed convolution, which the convolution of each takes.
 * @param leastCount of outputs in a row of a phase
 */
function phases(
  p: Params,
  leastCount: number,
  sizesOf: (conv: Params) => Sizes,
  isTaken: (conv: Params, sizes: Sizes, isInside: boolean) => boolean,
): boolean {
  const [h, w] = axes(p);
  const isTogether = p.phaseChannels === p.strideW! * p.outChannels!;
  const columns = isTogether ? 1 : w.stride;
  if (p.phaseChannels !== p.outChannels && !(isTogether && w.out % w.stride === 0)) return false;
  if ([h, w].some(({ kernel, stride }) => stride > MOST_PHASES || kernel < stride)) return false;
  if (!convTranspose2d(p) || p.batch! * span(h) * span(w) * p.inChannels! > LIMIT) return false;
  let [words, room] = [0, 0];
  for (let y = 0; y < h.stride; y++) {
    for (let x = 0; x < columns; x++) {
      const [down, across] = [axisPhase(h, y), columns === 1 ? outputsTogether(w) : axisPhase(w, x)];
      const conv = { ...p, kernelH: down.taps, kernelW: across.taps, strideH: 1, strideW: 1, dilationW: 1 };
      const sizes = sizesOf(conv);
      if (across.count < leastCount || !isTaken(conv, sizes, down.isInside && across.isInside)) return false;
      words += sizes.words;
      room = Math.max(room, sizes.room);
    }
  }
  const row = columns > 1 ? Math.ceil(w.out / w.stride) * p.outChannels! : 0;
  const weights = (p.phaseChannels! + 8) * (p.words! + 24 * p.phases!) * 4;
  return weights <= LIMIT && p.phases === h.stride * columns && p.words === words && p.room === room + row;
}

function convTranspose2dPairs(p: Params): boolean {
  return phases(p, LEAST_POSITIONS, pairsSizes, (_, { words }) => words >= LEAST_WORDS);
}

function convTranspose2dVectors(p: Params): boolean {
  return phases(p, 1, vectorsSizes, (conv, _, isInside) => isInside || !isPixel(conv));
}

/** Constants and scratch for all groups, which the convolution of each takes. @param isTaken by it */
function groups(
  p: Params,
  sizesOf: (conv: Params) => Sizes,
  isTaken: (conv: Params, sizes: Sizes) => boolean,
): boolean {
  if (p.groups! * p.groupChannels! !== p.outChannels! || !conv2d(p)) return false;
  const conv = { ...p, inChannels: p.inChannels! / p.groups! };
  const sizes = sizesOf(conv);
  const rows = Math.min(p.inH!, (p.band! - 1) * p.strideH! + (p.kernelH! - 1) * p.dilationH! + 1);
  const laidOut = rows * p.inW! * conv.inChannels + p.band! * p.outW! * p.groupChannels!;
  const weights = p.groups! * (p.groupChannels! + 8) * (p.words! + 24) * 4;
  return (
    isTaken(conv, sizes) && p.words === sizes.words && p.room === sizes.room + laidOut && weights <= LIMIT
  );
}

/** Positions enough in the last band, too. */
function conv2dGroupsPairs(p: Params): boolean {
  const last = p.outH! % p.band! === 0 ? p.band! : p.outH! % p.band!;
  const isMany = Math.min(last, p.outH!) * p.outW! >= LEAST_POSITIONS;
  return isMany && groups(p, pairsSizes, (_, { words }) => words >= LEAST_WORDS);
}

function conv2dGroupsVectors(p: Params): boolean {
  return groups(p, vectorsSizes, (conv) => !isPixel(conv) || areWithin(conv));
}

/** Scales for all eights or one of them, and weights within int32. */
function fullyConnectedVectors(p: Params): boolean {
  const isScaled = p.scaled === 1 || p.scaled === Math.ceil(p.outFeatures! / 8);
  return isScaled && (p.outFeatures! + 8) * (p.inFeatures! + 16) <= LIMIT;
}

/** Windows of 3x3, 5x5 or 7x7, indices within int32, and room for the planes of a band. */
function depthwiseConv2dPlanes(p: Params): boolean {
  const [h, w] = axes(p);
  const [lines, pixels] = p.transposed === 1 ? [w, h] : [h, w];
  const [kernel, fours] = [p.kernelH!, 4 * Math.ceil(pixels.out / 4)];
  const beyond = pixels.stride === 2 && pixels.out % 4 === 3 ? 4 : 2;
  const columns = kernel === 3 ? pixels.stride * pixels.out + beyond : pixels.stride * (fours - 1) + kernel;
  const planes = 16 * Math.ceil(columns / 2) * ((p.band! - 1) * lines.stride + kernel);
  return (
    depthwiseConv2d({ ...p, depthMultiplier: 1 }) &&
    [3, 5, 7].includes(kernel) &&
    p.kernelW === kernel &&
    pixels.pad < kernel &&
    pixels.stride <= 2 &&
    (p.transposed === 0 || p.band! >= lines.out) &&
    p.inChannels! >= LEAST_CHANNELS &&
    p.room === planes + (kernel === 3 ? 0 : 4 * (12 + kernel * (kernel - 1)))
  );
}

/** Bytes from a channel to the next, of which eight are within offsets of 16 bits. */
const MOST_PITCH = 2 ** 13;

/** Windows of 3x3 that blocks reach whole, indices within int32, and room for the columns of a block. */
function depthwiseConv2dColumns(p: Params): boolean {
  const units = p.strideW === 1 ? Math.ceil(p.band! / 2) : p.band!;
  const columns = p.strideW === 1 ? p.span! + 2 : 8 * Math.ceil(p.span! / 4) + 2;
  const least = p.strideW === 1 ? 2 : 1;
  return (
    depthwiseConv2d({ ...p, depthMultiplier: 1 }) &&
    p.kernelH === 3 &&
    p.kernelW === 3 &&
    p.strideH === p.strideW &&
    [p.outH!, p.outW!, p.band!, p.span!].every((size) => size >= least) &&
    p.room === 64 * columns * units
  );
}

/** Windows and indices within int32, channels near enough for scattered bytes, and room for the rows of a block. */
function depthwiseConv2dRows(p: Params): boolean {
  const rows = (p.band! - 1) * p.strideH! + p.kernelH!;
  const pitch = (p.span! - 1) * p.strideW! + p.kernelW!;
  return (
    depthwiseConv2d({ ...p, depthMultiplier: 1 }) &&
    pitch <= MOST_PITCH &&
    p.room === 8 * rows * pitch + 16 * (p.kernelH! + 1)
  );
}

function depthwiseConv2d(p: Params): boolean {
  const filters = (p.kernelH! + 1) * (p.kernelW! + 1) * p.inChannels! * p.depthMultiplier!;
  return windowFits(p, p.inChannels!) && filters <= LIMIT;
}

function convTranspose2d(p: Params): boolean {
  return axes(p).every((a) => a.pad + a.out + a.kernel * a.dilation <= LIMIT);
}

/** The mean over the valid window divides by what is inside the input. */
function avgPool2d(p: Params): boolean {
  const divides = p.countIncludePad === 1 || axes(p).every(meets);
  return divides && p.kernelH! * p.kernelW! <= MOST_POOL_WINDOW && windowFits(p, p.channels!);
}

function maxPool2d(p: Params): boolean {
  return p.kernelH! * p.kernelW! <= MOST_POOL_WINDOW && windowFits(p, p.channels!);
}

/** Differences from diffMin to 0, shifted left, stay within int32. */
function softmax(p: Params): boolean {
  return Math.max(p.diffMin!, -255) * 2 ** p.shift! >= -(2 ** 31);
}

/** The least code is not above the greatest. */
function codes(p: Params): boolean {
  return p.low! <= p.high!;
}

/** Whole patches along both axes. */
function patches(p: Params): boolean {
  return p.height! % p.patch! === 0 && p.width! % p.patch! === 0;
}

/** Windows over one image, of any channels. */
function windows(p: Params): boolean {
  const [h, w] = axes(p);
  return span(h) * span(w) <= LIMIT;
}

/** Every pixel of an image has as many elements. */
function pixels(p: Params): boolean {
  return p.size! > 0 && p.size! % (p.height! * p.width!) === 0;
}

/** The positions are the pixels of an image. */
function positions(p: Params): boolean {
  return p.outer! === p.height! * p.width!;
}

/** Whether a walk of so many steps along each axis stays within the elements. */
export function inside(
  start: number,
  sizes: readonly number[],
  strides: readonly number[],
  elements: number,
): boolean {
  const ways = sizes.map((size, k) => (size - 1) * strides[k]!);
  const least = ways.reduce((sum, way) => sum + Math.min(way, 0), start);
  const greatest = ways.reduce((sum, way) => sum + Math.max(way, 0), start);
  return least >= 0 && greatest < elements;
}

/** A walk through a box stays inside input and output, and the box holds no more than the output: nothing is written twice. */
function copy(p: Params, elements: readonly number[]): boolean {
  const box = [p.size0!, p.size1!, p.size2!, p.size3!];
  const [from, to] = elements as readonly [number, number];
  return (
    box.reduce((product, size) => product * size, 1) <= to &&
    inside(p.inOffset!, box, [p.inStride0!, p.inStride1!, p.inStride2!, p.inStride3!], from) &&
    inside(p.outOffset!, box, [p.outStride0!, p.outStride1!, p.outStride2!, p.outStride3!], to)
  );
}

/** Walks through all operands stay inside, and the output is written once. */
function matrices(p: Params, elements: readonly number[]): boolean {
  const batches = [p.batch0!, p.batch1!];
  const [left, right, output] = elements as readonly [number, number, number];
  return (
    inside(
      p.leftStart!,
      [...batches, p.rows!, p.depth!],
      [p.leftBatch0!, p.leftBatch1!, p.leftRow!, p.leftDepth!],
      left,
    ) &&
    inside(
      p.rightStart!,
      [...batches, p.columns!, p.depth!],
      [p.rightBatch0!, p.rightBatch1!, p.rightColumn!, p.rightDepth!],
      right,
    ) &&
    inside(
      p.outputStart!,
      [...batches, p.rows!, p.columns!],
      [p.outputBatch0!, p.outputBatch1!, p.outputRow!, 1],
      output,
    ) &&
    p.batch0! * p.batch1! * p.rows! * p.columns! <= output
  );
}

/** The same of operands with quantisers between inputs and output. */
function matrixSums(p: Params, [left, right, , , output]: readonly number[]): boolean {
  return matrices(p, [left!, right!, output!]);
}

/** The same, and there is room for what is laid out anew. */
function batchMatmul(p: Params, elements: readonly number[]): boolean {
  const packs = p.leftDepth !== 1 || p.rightDepth !== 1;
  return p.room === 4 * p.depth! + (packs ? (p.columns! + 2) * p.depth! : 0) && matrices(p, elements);
}

/** The mask holds what is read of it. */
function maskedRows(p: Params, elements: readonly number[]): boolean {
  const rows = [p.outer0!, p.outer1!, p.outer2!, p.rowSize!];
  return inside(p.maskStart!, rows, [p.maskStride0!, p.maskStride1!, p.maskStride2!, 1], elements[1]!);
}

/** The same, and as softmax. */
function maskedSoftmax(p: Params, elements: readonly number[]): boolean {
  return softmax(p) && maskedRows(p, elements);
}

/** Walks through all operands stay inside, and the output is written once. */
function linearAttention(p: Params, elements: readonly number[]): boolean {
  const walks = (name: string, channels: number, count: number): boolean =>
    inside(
      p[`${name}Start`]!,
      [p.batch0!, p.batch1!, channels, p.tokens!],
      ['Batch0', 'Batch1', 'Channel', 'Token'].map((axis) => p[`${name}${axis}`]!),
      count,
    );
  const [query, key, value, output] = elements as readonly [number, number, number, number];
  return (
    walks('query', p.keys!, query) &&
    walks('key', p.keys!, key) &&
    walks('value', p.values!, value) &&
    walks('output', p.values!, output) &&
    p.batch0! * p.batch1! * p.values! * p.tokens! <= output
  );
}

/** As linear attention and as softmax, and there is room for two rows of scores and what is laid out anew. */
function attention(p: Params, elements: readonly number[]): boolean {
  const walks = (name: string, sizes: readonly number[], axes: readonly string[], count: number): boolean =>
    inside(
      p[`${name}Start`]!,
      [p.batch0!, p.batch1!, ...sizes],
      ['Batch0', 'Batch1', ...axes].map((axis) => p[`${name}${axis}`]!),
      count,
    );
  const [query, key, value, mask] = elements as readonly [number, number, number, number];
  const output = elements.at(-1)!;
  const axes = ['Token', 'Channel'];
  const room =
    4 * Math.max(p.depth!, p.columns!) +
    2 * p.columns! +
    (p.queryChannel === 1 ? 0 : 2 * p.depth!) +
    (p.outputChannel === 1 ? 0 : 2 * p.values!) +
    (p.keyChannel === 1 ? 0 : p.columns! * p.depth!) +
    (p.valueToken === 1 ? 0 : p.columns! * p.values!);
  return (
    p.room === room &&
    walks('query', [p.rows!, p.depth!], axes, query) &&
    walks('key', [p.columns!, p.depth!], axes, key) &&
    walks('value', [p.columns!, p.values!], axes, value) &&
    walks('mask', [p.rows!, p.columns!], ['Row', 'Column'], mask) &&
    walks('output', [p.rows!, p.values!], axes, output) &&
    p.batch0! * p.batch1! * p.rows! * p.values! <= output
  );
}

/** Numbers that are normalised together: sums of their squares stay within 32 bits. */
function normalize(p: Params): boolean {
  return p.positions! * p.channels! <= MOST_NORMALIZED;
}

/** Walks through one box stay inside the operands of these names, which come first. */
const walks =
  (names: readonly string[]) =>
  (p: Params, elements: readonly number[]): boolean => {
    const box = [p.size0!, p.size1!, p.size2!, p.size3!];
    return names.every((name, i) => {
      const strides = box.map((_, k) => p[`${name}Stride${k}`]!);
      return inside(p[`${name}Offset`]!, box, strides, elements[i]!);
    });
  };

/** No more are taken than there are. */
function topK(p: Params): boolean {
  return p.k! <= p.size!;
}

/** A step writes one of the directions of its output. */
function recurrent(p: Params): boolean {
  return p.direction! < p.directions!;
}

/** `elements`: how many each operand has. The names are those of the C functions, without `tinyml_rule_`. */
export const RULES = {
  conv2d,
  conv2d_parts: conv2dParts,
  conv2d_kept: conv2dKept,
  conv2d_s4: conv2dS4,
  fully_connected_s4: fullyConnectedS4,
  conv2d_pairs: conv2dPairs,
  conv2d_groups_pairs: conv2dGroupsPairs,
  conv2d_groups_vectors: conv2dGroupsVectors,
  conv2d_words: conv2dWords,
  fully_connected_pairs: fullyConnectedPairs,
  fully_connected_words: fullyConnectedWords,
  conv2d_vectors: conv2dVectors,
  fully_connected_vectors: fullyConnectedVectors,
  depthwise_conv2d: depthwiseConv2d,
  depthwise_conv2d_planes: depthwiseConv2dPlanes,
  depthwise_conv2d_columns: depthwiseConv2dColumns,
  depthwise_conv2d_rows: depthwiseConv2dRows,
  conv_transpose2d: convTranspose2d,
  conv_transpose2d_pairs: convTranspose2dPairs,
  conv_transpose2d_vectors: convTranspose2dVectors,
  avg_pool2d: avgPool2d,
  max_pool2d: maxPool2d,
  softmax,
  codes,
  patches,
  windows,
  add_tiles: pixels,
  lut_tiles: pixels,
  mul_tiles: positions,
  copy,
  matrices,
  matrix_sums: matrixSums,
  batch_matmul: batchMatmul,
  linear_attention: linearAttention,
  attention,
  normalize,
  masked_rows: maskedRows,
  masked_softmax: maskedSoftmax,
  walks2: walks(['input1', 'input2']),
  walks3: walks(['condition', 'input1', 'input2']),
  top_k: topK,
  recurrent,
} as const satisfies Readonly<Record<string, (params: Params, elements: readonly number[]) => boolean>>;

export type RuleName = keyof typeof RULES;
