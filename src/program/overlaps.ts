/**
 * How far the output of a step may lie over its input: a kernel that goes through both from their starts may write where nothing is read any
 * more. What that is follows from the order in which every body of it reads and writes; native/engine/overlaps.c has the same rules.
 */

/** Where the first input of a step may start while the first output lies over it. */
export type Overlap = {
  /** Least bytes from the start of the output to that of the input; below 0 where the input may start first. */
  readonly least: number;
  /** The bytes between the starts are a multiple of it. */
  readonly multiple: number;
};

type Params = Readonly<Record<string, number>>;

/** The first row of the input that a row of outputs reads. */
function firstRow(p: Params, outRow: number): number {
  return Math.max(0, outRow * p.strideH! - p.padTop!);
}

/** The first pixel of the input that an output position, or one behind it, reads. */
function firstRead(p: Params, position: number): number {
  const row = Math.floor(position / p.outW!);
  const [image, y] = [Math.floor(row / p.outH!), row % p.outH!];
  const rowAt = (outRow: number): number => firstRow(p, outRow) * p.inW!;
  const own = rowAt(y) + Math.max(0, (position % p.outW!) * p.strideW! - p.padLeft!);
  return image * p.inH! * p.inW! + (y + 1 < p.outH! ? Math.min(own, rowAt(y + 1)) : own);
}

/**
 * Of windows whose positions are computed one after the other.
 * @param input bytes of a pixel
 * @param output bytes of a position
 * @param within how much more of a position may be written than of its window's first pixel is read, while that is still to be read; null where windows
 * are copied before
 * @param unread the position of the first window that may be read once so many positions have been written
 */
function inOrder(
  p: Params,
  [input, output]: readonly [number, number],
  within: number | null,
  unread = (written: number): number => written,
): Overlap {
  let least = -p.batch! * p.inH! * p.inW! * input;
  for (let row = 0; row < p.batch! * p.outH!; row++) {
    for (const column of turningColumns(p, row % p.outH!)) {
      const written = row * p.outW! + column;
      if (written === 0 && within === null) continue;
      const bytes = written * output + (within ?? 0);
      least = Math.max(least, bytes - firstRead(p, unread(written)) * input);
    }
  }
  return { least, multiple: 1 };
}

/** Rows of no more outputs have no columns to leave out. */
const NARROW = 6;

/**
 * The outputs of a row among which one is farthest before what is still to be read: along the row, what is read first stays where it is over the
 * padding, goes on by the stride, and stays where the next row begins, so that the farthest is at an end of one of the three.
 */
function turningColumns(p: Params, y: number): readonly number[] {
  if (p.outW! <= NARROW) return Array.from({ length: p.outW! }, (_, column) => column);
  const inRow = p.inW! * (firstRow(p, y + 1) - firstRow(p, y));
  const [padded, next] = [p.padLeft!, p.padLeft! + inRow].map((x) => Math.floor(x / p.strideW!)) as [
    number,
    number,
  ];
  const last = p.outW! - 1;
  return [0, padded, padded + 1, next, next + 1, last].filter((column) => column <= last);
}

/** A window is read for the last channel of its position, too. */
const conv2d = (p: Params): Overlap => inOrder(p, [p.inChannels!, p.outChannels!], p.outChannels! - 1);

/** Of an input channel those behind the output channel that is written are still to be read. */
const depthwiseConv2d = (p: Params): Overlap =>
  inOrder(p, [p.inChannels!, p.inChannels! * p.depthMultiplier!], p.inChannels! * (p.depthMultiplier! - 1));

const pool2d = (p: Params): Overlap => inOrder(p, [p.channels!, p.channels!], 0);

/**
 * Windows are widened or copied before their positions are written, three or four at a time. Only of five positions, which are neither threes nor
 * fours, some are computed twice.
 */
function conv2dPairs(p: Params): Overlap {
  const isFive = p.batch! * p.outH! * p.outW! === 5;
  return inOrder(p, [p.inChannels!, p.outChannels!], null, (written) =>
    isFive ? Math.min(1, written) : written,
  );
}

/** Channel by channel: planes take all rows that a band reads, and keep those of the next, before its outputs of these channels are written; transposed ones take all. */
function depthwiseConv2dPlanes(p: Params): Overlap {
  const [image, outputs] = [p.inH! * p.inW!, p.outH! * p.outW!];
  const band = p.transposed === 1 ? p.outH! : p.band!;
  let least = -p.batch! * image;
  for (let n = 0; n < p.batch!; n++) {
    for (let y = band; y < p.outH! + band; y += band) {
      const end = Math.min(y, p.outH!);
      const taken = end < p.outH! ? (end - 1) * p.strideH! - p.padTop! + p.kernelH! : p.inH!;
      const read = n * image + Math.min(Math.max(taken, 0), p.inH!) * p.inW!;
      if (read < p.batch! * image) least = Math.max(least, n * outputs + end * p.outW! - read);
    }
  }
  return { least: least * p.inChannels!, multiple: p.inChannels! };
}

/**
 * Channel by channel, as planes, and blocks of outputs one after the other, each of which takes its windows first. Of a last row or column alone the
 * one before is computed once more. Portable code goes from position to position.
 */
function depthwiseConv2dColumns(p: Params): Overlap {
  const [height, width, isDense] = [p.outH!, p.outW!, p.strideH === 1];
  const start = (first: number, end: number): number => (isDense && first === end - 1 ? first - 1 : first);
  let [least, unread] = [inOrder(p, [1, 1], 0).least, Number.POSITIVE_INFINITY];
  for (let n = p.batch! - 1; n >= 0; n--) {
    for (let y = lastStart(height, p.band!); y >= 0; y -= p.band!) {
      for (let x = lastStart(width, p.span!); x >= 0; x -= p.span!) {
        const [top, left] = [start(y, height), start(x, width)];
        const [bottom, right] = [Math.min(top + p.band!, height), Math.min(left + p.span!, width)];
        const written = (n * height + bottom - 1) * width + right;
        least = Math.max(least, written - unread);
        const [inY, inX] = [top * p.strideH! - p.padTop!, left * p.strideW! - p.padLeft!];
        unread = Math.min(unread, (n * p.inH! + Math.max(0, inY)) * p.inW! + Math.max(0, inX));
      }
    }
  }
  return { least: least * p.inChannels!, multiple: p.inChannels! };
}

/** Elements one after the other, of other sizes. @param from bytes of one of the input @param to of the output */
const elements =
  (from: number, to: number) =>
  (p: Params): Overlap => {
    const multiple = Math.max(from, to);
    const least = Math.max(0, (to - from) * (p.size! - 1));
    return { least: multiple * Math.ceil(least / multiple), multiple };
  };

/** Where the last of blocks of a size begins. */
function lastStart(length: number, size: number): number {
  return Math.floor((length - 1) / size) * size;
}

/** Backwards where that is needed: anywhere. */
const move = ({ size }: Params): Overlap => ({ least: -size!, multiple: 1 });
/** The first row of the input that a row of outputs meets; inH where there is none. */
function firstMet(p: Params, row: number): number {
  const dilation = p.dilationH ?? 1;
  let first = p.inH!;
  for (let tap = 0; tap < p.kernelH!; tap++) {
    const spread = row + p.padTop! - tap * dilation;
    if (spread >= 0 && spread % p.strideH! === 0) first = Math.min(first, spread / p.strideH!);
  }
  return first;
}

/**
 * Bands of rows of outputs come one after the other, each in several passes over the rows of the input that it reads.
 * @param firstRead the first row of the input that a row of outputs reads
 * @param apart how much further it is from the last byte that is written before a pass to the first that the pass reads than from the end of the band
 * to the start of its rows
 */
function bandByBand(p: Params, band: number, firstRead: (row: number) => number, apart: number): Overlap {
  const [inRow, outRow] = [p.inW! * p.inChannels!, p.outW! * p.outChannels!];
  const images = p.batch! * p.inH! * inRow;
  let least = -images;
  for (let n = 0; n < p.batch!; n++) {
    let unread = p.inH!;
    for (let row = p.outH! - 1; row >= 0; row--) {
      unread = Math.min(unread, firstRead(row));
      const read = (n * p.inH! + unread) * inRow;
      const start = row - (row % band);
      const [before, written] = [start, Math.min(p.outH!, start + band)].map(
        (y) => (n * p.outH! + y) * outRow,
      );
      if (read < images) least = Math.max(least, before! - read, written! - apart - read);
    }
  }
  return { least, multiple: 1 };
}

/** The last channel of a position is written when its window was read. */
const convTranspose2d = (p: Params): Overlap => bandByBand(p, 1, (row) => firstMet(p, row), 1);

/** Phases of a row, which lie between each other. */
const convTranspose2dPhases = (p: Params): Overlap => bandByBand(p, 1, (row) => firstMet(p, row), 0);

/** A pass for each group: those before the first group and behind the last are still to be read and written. */
function conv2dGroups(p: Params): Overlap {
  const more = p.groupChannels! - p.inChannels! / p.groups!;
  const apart = p.outChannels! - Math.max(more, (p.groups! - 1) * more);
  return bandByBand(p, p.band!, (row) => firstRow(p, row), apart);
}

/** The names are those of the C functions, without `tinyml_overlap_`. */
export const OVERLAPS = {
  conv2d,
  depthwise_conv2d: depthwiseConv2d,
  avg_pool2d: pool2d,
  max_pool2d: pool2d,
  conv2d_pairs: conv2dPairs,
  conv2d_vectors: conv2d,
  conv2d_groups: conv2dGroups,
  conv_transpose2d: convTranspose2d,
  conv_transpose2d_phases: convTranspose2dPhases,
  depthwise_conv2d_planes: depthwiseConv2dPlanes,
  depthwise_conv2d_columns: depthwiseConv2dColumns,
  move,
  encode_s8: elements(4, 1),
  quantize_s8: elements(4, 1),
  dequantize_s8: elements(1, 4),
  requantize_s16_s8: elements(2, 1),
  requantize_s8_s16: elements(1, 2),
} as const satisfies Readonly<Record<string, (params: Params) => Overlap>>;

export type OverlapName = keyof typeof OVERLAPS;

/** Whether an input may start so many bytes behind the output that lies over it. */
export function allows({ least, multiple }: Overlap, distance: number): boolean {
  return distance >= least && distance % multiple === 0;
}
