/** Counts of our own kernels (native/kernels/generic, armv7em and mve): their loops, as the C says them. */
import type { Step } from '../../../program/kernels/index.ts';
import type { ShiftS8 } from '../../../program/kernels/shift-s8.ts';
import { meetings, sum, windowsOf } from './windows.ts';
import type { Loops, Work } from './work-types.ts';

type Params = Readonly<Record<string, number>>;

/** Channels at once where all four are present; the others are computed one by one (tinyml_quad.h). */
const LANES = 4;

export function builtinWork(step: Step, loops: Loops): Work | null {
  const p: Params = step.params;
  switch (step.kernel) {
    case 'conv2d_s8':
    case 'conv2d_tiles_s8':
      return convolution(p, loops);
    case 'depthwise_conv2d_s8':
    case 'depthwise_conv2d_tiles_s8':
      return depthwise(p, loops);
    case 'conv_transpose2d_s8':
      return transposed(p, loops);
    case 'fully_connected_s8': {
      const { rows, inFeatures, outFeatures } = step.params;
      return {
        call: 1,
        ...rowDots({ calls: 1, rows, channels: outFeatures, count: inFeatures }, loops),
      };
    }
    case 'lstm_s8':
      return cell(p, 4, loops);
    case 'gru_s8':
      return cell(p, 3, loops);
    case 'rnn_s8':
      return cell(p, 1, loops);
    case 'add_s8':
    case 'add_tiles_s8':
      return addition(p, loops);
    case 'mul_s8':
    case 'mul_tiles_s8':
      return product(p, loops);
    case 'avg_pool2d_s8':
    case 'avg_pool2d_tiles_s8':
      return loops === 'dsp' ? poolInWords(p, 1) : pool(p, loops === 'mve' ? 8 : 1);
    case 'max_pool2d_s8':
    case 'max_pool2d_tiles_s8':
      return loops === 'dsp' ? poolInWords(p, 2) : pool(p, loops === 'mve' ? 16 : 1);
    case 'mean_pool2d_s8':
    case 'mean_pool2d_tiles_s8':
      return mean(p, loops);
    case 'pool_sums_s8':
      return poolSums(step.params, loops);
    case 'average_sums_s8':
    case 'requantize_sums_s8':
      return { call: 1, channel: step.params.channels };
    case 'batch_matmul_s8':
      return matmul(step.params, loops);
    case 'attention_s8':
      return attention(step.params, loops);
    case 'linear_attention_s8':
      return linearAttention(step.params, loops);
    case 'normalize_s8':
      return normalisation(step.params, loops);
    case 'lrn_s8': {
      const { positions, channels } = step.params;
      return { call: 1, row: positions, element: positions * channels };
    }
    case 'masked_softmax_s8': {
      const { outer0, outer1, outer2, rowSize } = step.params;
      const rows = outer0 * outer1 * outer2;
      return { call: 1, row: rows, element: rows * rowSize };
    }
    case 'softmax_s8': {
      const { rows, rowSize } = step.params;
      return { call: 1, row: rows, element: rows * rowSize };
    }
    case 'lut_s8':
    case 'lut_tiles_s8':
    case 'quantize_s8':
    case 'dequantize_s8':
      return { call: 1, element: p.size! };
    case 'fill_s8':
      return { call: 1, wide: p.size! >> 4, word: (p.size! & 15) >> 2, byte: p.size! & 3 };
    case 'shift_s8':
      return shift(step.params);
    case 'move_s8':
      return { call: 1, four: p.size! >> 4, byte: p.size! & 15 };
    case 'copy_s8':
      return copy(p);
    case 'copy_tiles_s8':
      return { call: 1, row: p.height!, byte: p.height! * p.width! * p.channels! };
    case 'gather_s8': {
      const { outer, count, inner } = step.params;
      return { call: 1, row: outer * count, byte: outer * count * inner };
    }
    case 'resize2d_s8':
      return resize(p);
    case 'binary_s8':
    case 'select_s8': {
      const lines = p.size0! * p.size1! * p.size2!;
      return { call: 1, line: lines, element: lines * p.size3! };
    }
    case 'reduce_sum_s8': {
      const { outer, size, inner, root } = step.params;
      return { call: 1, output: outer * inner, element: outer * size * inner, root: root * outer * inner };
    }
    case 'cumsum_s8': {
      const { outer, size, inner } = step.params;
      return { call: 1, run: outer * inner, element: outer * size * inner };
    }
    case 'top_k_s8': {
      const { outer, size, inner, k } = step.params;
      return { call: 1, place: outer * inner * k, element: outer * inner * k * size };
    }
    case 'one_hot_s8': {
      const { outer, depth, inner } = step.params;
      return { call: 1, row: outer, place: outer * inner, byte: outer * depth * inner };
    }
    case 'patch_statistics_s8': {
      const { height, width, channels, patch } = step.params;
      const patches = (height / patch) * (width / patch);
      return { call: 1, patch: patches, row: patches * patch, element: height * width * channels };
    }
    case 'gate_patches_s8':
      return { call: 1, patch: step.params.patches };
    case 'list_tiles_s32':
      return { call: 1, patch: step.params.rows * step.params.columns, row: step.params.rows };
    case 'dilate_tiles_s32':
      return tileSet(step.params.outH, step.params.outW);
    case 'unite_tiles_s32':
      return tileSet(step.params.height, step.params.width);
    default:
      return null;
  }
}

/** By vectors; with DSP instructions faster where one operand is halved and nothing else. */
function addition(p: Params, loops: Loops): Work {
  if (loops === 'mve') {
    return { call: 1, four: Math.floor(p.size! / 4), rest: Number(p.size! % 4 > 0) };
  }
  const isHalf = (input: string): boolean => p[`${input}Multiplier`] === 2 ** 30 && p[`${input}Shift`] === 0;
  const isPlain = (isHalf('input1') || isHalf('input2')) && p.actMin === -128 && p.actMax === 127;
  return loops === 'dsp' && isPlain ? { call: 1, plain: p.size! } : { call: 1, element: p.size! };
}

type Dots = {
  /** Calls of tinyml_quad_dot. */
  readonly calls: number;
  /** Of one call. */
  readonly channels: number;
  /** Runs of bytes, for each of `counts`. */
  readonly taps: number;
  /** Bytes of a run. */
  readonly counts: readonly number[];
};

/** tinyml_quad_dot. `taps` times `counts.length` runs are those of all calls together, for one channel. */
function dots({ calls, channels, taps, counts }: Dots, loops: Loops): Work {
  const quads = Math.floor(channels / LANES);
  const blocks = quads + (channels % LANES);
  const width = { scalar: 1, dsp: 4, mve: 16 }[loops];
  const runs = blocks * taps;
  return {
    dot: calls,
    quad: calls * quads,
    single: calls * (channels % LANES),
    tap: runs * counts.length,
    step: runs * sum(counts.map((count) => Math.floor(count / width))),
    ...(loops === 'scalar'
      ? {}
      : {
          rest:
            runs * sum(counts.map((count) => (loops === 'mve' ? Number(count % width > 0) : count % width))),
        }),
  };
}

/**
 * A recurrent cell over a sequence: a row of each gate for every hidden unit, of the input and of the state (tinyml_row_sums). DSP
 * instructions take four rows at once where there are four.
 */
function cell(p: Params, gates: number, loops: Loops): Work {
  const rows = loops === 'dsp' && gates === 4 ? 1 : gates;
  const units = p.steps! * p.batch! * p.hidden!;
  const counts = [p.inputSize!, p.hidden!];
  const runs = (of: (count: number) => number): number => units * rows * sum(counts.map(of));
  const width = { scalar: 1, dsp: 4, mve: 16 }[loops];
  return {
    call: 1,
    position: p.steps! * p.batch!,
    unit: units,
    ...(p.linearBeforeReset === 0 ? { apart: units } : {}),
    step: runs((count) => (loops === 'mve' ? Math.ceil(count / width) : Math.floor(count / width))),
    ...(loops === 'dsp' ? { rest: runs((count) => count % width) } : {}),
  };
}

type RowDots = {
  /** Calls of tinyml_quad_rows. */
  readonly calls: number;
  /** Of one call. */
  readonly rows: number;
  readonly channels: number;
  /** Bytes of a row. */
  readonly count: number;
};

/** tinyml_quad_rows: pairs of rows at a time where there are vector or DSP instructions. */
export function rowDots(of: RowDots, loops: Loops): Work {
  switch (loops) {
    case 'scalar':
      return dots(
        { calls: of.calls * of.rows, channels: of.channels, taps: of.calls * of.rows, counts: [of.count] },
        loops,
      );
    case 'dsp':
      return pairedDots(of);
    case 'mve':
      return squaredDots(of);
  }
}

/** Two rows and two channels at a time, four words a turn. */
function pairedDots({ calls, rows, channels, count }: RowDots): Work {
  const pairs = calls * Math.floor(rows / 2);
  const alone = calls * rows - 2 * pairs;
  const odd = channels % 2 === 1 ? 2 * pairs : 0;
  const words = Math.floor(count / 4);
  const blocks = pairs * Math.floor(channels / 2);
  return together(
    together(
      dots({ calls: alone, channels, taps: alone, counts: [count] }, 'dsp'),
      dots({ calls: odd, channels: 1, taps: odd, counts: [count] }, 'dsp'),
    ),
    {
      pair: pairs,
      widened: pairs * words,
      block: blocks,
      blockTurn: blocks * Math.floor(words / 4),
      blockWord: blocks * (words % 4),
      blockRest: blocks * (count % 4),
    },
  );
}

/** Four channels at a time, whose weights are summed once, and of these two rows and two channels, 16 bytes a turn. */
function squaredDots({ calls, rows, channels, count }: RowDots): Work {
  const pairs = Math.floor(rows / 2);
  const quads = pairs === 0 ? 0 : calls * Math.floor(channels / LANES);
  const rest = pairs === 0 ? 0 : channels % LANES;
  const single = calls * (pairs === 0 ? rows : rows % 2);
  const turns = Math.ceil(count / 16);
  const parts: readonly Work[] = [
    dots({ calls: pairs === 0 ? single : 0, channels, taps: single, counts: [count] }, 'mve'),
    dots({ calls: quads * (rows % 2), channels: LANES, taps: quads * (rows % 2), counts: [count] }, 'mve'),
    dots(
      { calls: rest === 0 ? 0 : calls * rows, channels: rest, taps: calls * rows, counts: [count] },
      'mve',
    ),
  ];
  return [
    parts[pairs === 0 ? 0 : 1]!,
    ...(rest === 0 ? [] : [parts[2]!]),
    { block: quads, blockTurn: quads * turns, square: quads * pairs, squareTurn: quads * pairs * turns },
  ].reduce(together);
}

/** What two parts of a kernel repeat together. */
export function together(a: Work, b: Work): Work {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}

/** Two products for each row of scores, and its softmax; what does not lie side by side is laid out first. */
function attention(p: Params, loops: Loops): Work {
  const heads = p.batch0! * p.batch1!;
  const rows = heads * p.rows!;
  const calls = heads * Math.ceil(p.rows! / 2);
  const pair = Math.min(p.rows!, 2);
  const odd = heads * (p.rows! % 2);
  const products = (channels: number, count: number): Work =>
    together(
      rowDots({ calls: calls - (pair === 2 ? odd : 0), rows: pair, channels, count }, loops),
      rowDots({ calls: pair === 2 ? odd : 0, rows: 1, channels, count }, loops),
    );
  const laid =
    (p.keyChannel === 1 ? 0 : heads * p.columns! * p.depth!) +
    (p.valueToken === 1 ? 0 : heads * p.columns! * p.values!) +
    (p.queryChannel === 1 ? 0 : rows * p.depth!) +
    (p.outputChannel === 1 ? 0 : rows * p.values!);
  return {
    call: 1,
    head: heads,
    ...together(products(p.columns!, p.depth!), products(p.values!, p.columns!)),
    row: rows,
    score: rows * (loops === 'mve' ? Math.ceil(p.columns! / 4) : p.columns!),
    ...(p.tabled === 0 ? {} : { looked: rows * p.columns! }),
    laid,
    ...(p.keyOffset === 0 ? {} : { summed: rows * p.depth! }),
  };
}

/** Two tokens at a time are added to sums for each key, which queries are multiplied with: four keys a turn, or one. */
function linearAttention(p: Params, loops: Loops): Work {
  const heads = p.batch0! * p.batch1!;
  const pairs = heads * Math.ceil(p.tokens! / 2);
  const rows = heads * p.tokens!;
  const width = loops === 'scalar' ? 1 : 4;
  const turns = loops === 'mve' ? Math.ceil(p.keys! / width) : Math.floor(p.keys! / width);
  const rest = loops === 'mve' ? 0 : p.keys! % width;
  const [added, asked] = [pairs * (p.values! + 1), rows * (p.values! + 1)];
  return {
    call: 1,
    pair: pairs,
    row: rows,
    channel: (pairs + rows) * p.keys!,
    added,
    addedTurn: added * turns,
    asked,
    askedTurn: asked * turns,
    ...(loops === 'dsp' ? { rest: (added + asked) * rest } : {}),
  };
}

/** Sums of each group, then its codes: runs of channels, or of positions of one channel each. */
function normalisation(p: Params, loops: Loops): Work {
  const groups = p.batch! * p.groups!;
  const apart = p.channels === 1;
  const [runs, count] = apart ? [groups, p.positions!] : [groups * p.positions!, p.channels!];
  const each = { call: 1, group: groups, run: runs };
  if (apart) return { ...each, apart: runs * count };
  switch (loops) {
    case 'scalar':
      return { ...each, element: runs * count };
    case 'dsp':
      return { ...each, word: runs * Math.floor(count / 4), rest: runs * (count % 4), element: runs * count };
    case 'mve':
      return { ...each, wide: runs * Math.ceil(count / 16), element: runs * Math.ceil(count / 4) };
  }
}

/** Rows times a matrix; what does not lie side by side is laid out first, and a zero point on the right needs sums of rows. */
function matmul(p: Params, loops: Loops): Work {
  const batches = p.batch0! * p.batch1!;
  const rows = batches * p.rows!;
  const matrices = p.rightBatch1 !== 0 ? batches : p.rightBatch0 !== 0 ? p.batch0! : 1;
  const right = p.rightDepth === 1 ? 0 : matrices * p.columns! * p.depth!;
  const left = p.leftDepth === 1 ? 0 : rows * p.depth!;
  return {
    call: 1,
    batch: batches,
    ...rowDots({ calls: batches, rows: p.rows!, channels: p.columns!, count: p.depth! }, loops),
    laid: right + left,
    ...(p.rightOffset === 0 ? {} : { summed: rows * p.depth! }),
  };
}

/** @param parts groups whose input channels are read, and output channels of each */
export function convolution(
  p: Params,
  loops: Loops,
  parts = { groups: p.groups!, channels: p.outChannels! / p.groups! },
): Work {
  const { rows, positions, y, x } = windowsOf(p);
  const groupIn = p.inChannels! / p.groups!;
  // Without dilation and groups a row of the kernel is one run.
  const whole = p.dilationW === 1 && p.groups === 1;
  const counts = whole
    ? x.taps.filter((taps) => taps > 0).map((taps) => taps * groupIn)
    : x.taps.flatMap((taps) => new Array<number>(taps).fill(groupIn));
  const perPosition = dots(
    { calls: 1, channels: parts.channels, taps: p.batch! * parts.groups * y.inside, counts },
    loops,
  );
  const calls = positions * parts.groups;
  return {
    call: 1,
    row: rows,
    position: positions,
    skip: p.batch! * y.outside + rows * x.outside,
    ...perPosition,
    dot: calls,
    quad: perPosition.quad! * calls,
    single: perPosition.single! * calls,
  };
}

function depthwise(p: Params, loops: Loops): Work {
  const { rows, positions, y, x } = windowsOf(p);
  const around = { call: 1, row: rows, position: positions, skip: p.batch! * y.outside + rows * x.outside };
  const channels = p.inChannels! * p.depthMultiplier!;
  const windowRows = p.batch! * y.inside * p.outW!;
  const taps = p.batch! * y.inside * x.inside;
  const apart = p.depthMultiplier! > 1;
  const lanes = loops === 'mve' ? 8 : LANES;
  const wholes = apart ? 0 : Math.floor(channels / lanes);
  const rest = apart ? channels : channels % lanes;
  // Vectors take what is left over at once.
  const parts = loops === 'mve' && !apart ? Number(rest > 0) : rest;
  return {
    ...around,
    ...(apart ? { channel: positions * channels } : {}),
    quad: positions * wholes,
    single: positions * parts,
    quadRow: windowRows * wholes,
    singleRow: windowRows * parts,
    quadTap: taps * wholes,
    singleTap: taps * parts,
  };
}

function transposed(p: Params, loops: Loops): Work {
  const y = meetings(p.outH!, p.inH!, p.kernelH!, p.strideH!, p.dilationH!, p.padTop!);
  const x = meetings(p.outW!, p.inW!, p.kernelW!, p.strideW!, p.dilationW!, p.padLeft!);
  const rows = p.batch! * p.outH!;
  const positions = rows * p.outW!;
  const taps = p.batch! * sum(y) * sum(x);
  const one = dots({ calls: positions, channels: p.outChannels!, taps, counts: [p.inChannels!] }, loops);
  return {
    call: 1,
    row: rows,
    position: positions,
    meeting: rows * p.kernelH! + positions * p.kernelW!,
    ...one,
  };
}

/** With vectors, positions that have a row each of the second input are one. */
function product(p: Params, loops: Loops): Work {
  const [outer, channels] = [p.outer!, p.channels!];
  const [runs, run] = p.repeat === 1 ? [1, outer * channels] : [outer, channels];
  if (loops === 'mve') return { call: 1, position: runs, eight: runs * Math.ceil(run / 8) };
  const isPlain = p.outputMultiplier! >= 2 ** 30 && p.outputShift! <= -2;
  const clamped = !isPlain || (p.actMin === -128 && p.actMax === 127) ? 0 : outer * channels;
  if (loops === 'scalar' || !isPlain) {
    return { call: 1, position: outer, element: outer * channels, clamped };
  }
  return { call: 1, run: runs, four: runs * Math.floor(run / LANES), single: runs * (run % LANES), clamped };
}

/** Eight channels at once with DSP instructions, then four or one. */
function poolSums(
  { positions, channels }: { readonly positions: number; readonly channels: number },
  loops: Loops,
): Work {
  const [eights, fours, singles] = {
    scalar: [0, 0, channels],
    dsp: [Math.floor(channels / 8), Math.floor((channels % 8) / 4), channels % 4],
    mve: [Math.ceil(channels / 8), 0, 0],
  }[loops] as [number, number, number];
  return {
    call: 1,
    ...{ eight: eights, four: fours, channel: singles },
    ...{ eightTap: positions * eights, fourTap: positions * fours, element: positions * singles },
  };
}

/** @param lanes channels at once */
export function pool(p: Params, lanes = 1): Work {
  const { rows, positions, y, x } = windowsOf(p);
  const vectors = Math.ceil(p.channels! / lanes);
  return {
    call: 1,
    row: rows,
    position: positions,
    skip: p.batch! * y.outside + rows * x.outside,
    output: positions * vectors,
    windowRow: p.batch! * y.inside * p.outW! * vectors,
    tap: p.batch! * y.inside * x.inside * vectors,
  };
}

/** Four channels in a word, and so many words at once. */
function poolInWords(p: Params, words: number): Work {
  const { row, position, skip, output, windowRow, tap, ...one } = pool({ ...p, channels: 1 });
  const many = words === 1 ? 0 : Math.floor(p.channels! / 8);
  const parts = { many, four: Math.floor(p.channels! / 4) - 2 * many, single: p.channels! % 4 };
  const ofParts = Object.entries(parts).flatMap(([name, count]) => [
    [name, output! * count],
    [`${name}Row`, windowRow! * count],
    [`${name}Tap`, tap! * count],
  ]);
  return { ...one, row: row!, position: position!, skip: skip!, ...Object.fromEntries(ofParts) };
}

/** Whole channels at once, or one by one; windows of whole rows of the image are one row. */
function mean(p: Params, loops: Loops): Work {
  const { rows, positions, y, x } = windowsOf(p);
  const channels = p.channels!;
  const lanes = loops === 'scalar' ? 1 : LANES;
  const [wholes, parts] =
    loops === 'mve' ? [Math.ceil(channels / 8), 0] : [Math.floor(channels / lanes), channels % lanes];
  const isWhole = (taps: number): boolean => taps * p.dilationW! === p.dilationH! * p.inW!;
  const oneRow = x.taps.filter(isWhole).length;
  const windowRows = rows * oneRow + p.batch! * y.inside * (p.outW! - oneRow);
  const taps = p.batch! * y.inside * x.inside;
  return {
    call: 1,
    row: rows,
    position: positions,
    skip: p.batch! * y.outside + rows * x.outside,
    quad: positions * wholes,
    single: positions * parts,
    quadRow: windowRows * wholes,
    singleRow: windowRows * parts,
    quadTap: taps * wholes,
    singleTap: taps * parts,
  };
}

/** As if no weight were 0: one tap copies, several are summed for each channel. */
export function resize(p: Params): Work {
  const positions = p.batch! * p.outH! * p.outW!;
  const taps = positions * p.taps! ** 2;
  const bytes = positions * p.channels!;
  return {
    call: 1,
    row: p.batch! * p.outH!,
    position: positions,
    tap: taps,
    ...(p.taps === 1 ? { byte: bytes } : { sum: bytes, product: taps * p.channels! }),
  };
}

/** Eight words at once where both ends are aligned, as buffers are that memory is planned for; else four, where a core takes them, and bytes. */
export function shift({ from, size }: ShiftS8['params']): Work {
  const isAligned = from % 4 === 0;
  const counts = isAligned
    ? { eight: size >> 5, word: (size & 31) >> 2, byte: size & 3 }
    : { four: size >> 4, byte: size & 15 };
  const begun = Object.entries(counts).map(([name, count]) => [`${name}s`, Number(count > 0)] as const);
  return { call: 1, ...(isAligned ? { aligned: 1 } : {}), ...counts, ...Object.fromEntries(begun) };
}

export function copy(p: Params): Work {
  const lines = p.size0! * p.size1! * p.size2!;
  const elements = lines * p.size3!;
  const contiguous = p.inStride3 === 1 && p.outStride3 === 1;
  return {
    call: 1,
    plane: p.size0! * p.size1!,
    ...(contiguous ? { line: lines, byte: elements } : { stridedLine: lines, element: elements }),
  };
}

/** A set of pixels, and the list of its one tile: a bit for each pixel. */
function tileSet(rows: number, columns: number): Work {
  return { call: 1, row: rows, word: rows * Math.ceil(columns / 32) };
}
