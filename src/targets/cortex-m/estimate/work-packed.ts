/** Counts of kernels whose constants are packed for DSP instructions (native/kernels/armv7em) or vectors (native/kernels/mve): their loops, as the C says them. */
import { type PackedConv2dParams, pairsSizes, runsOf } from '../../../program/kernels/conv2d-pairs-s8.ts';
import { planesPitch } from '../../../program/kernels/depthwise-conv2d-planes-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { sum } from './windows.ts';
import { groupsWork, phasesWork } from './work-parts.ts';
import type { Loops, Work } from './work-types.ts';
import { vectorWork } from './work-vectors.ts';

type StepWith<K extends Step['kernel']> = Extract<Step, { readonly kernel: K }>;

/** @returns null for kernels that are not packed, and on cores that run their portable bodies */
export function packedWork(step: Step, loops: Loops): Work | null {
  switch (loops) {
    case 'dsp':
      return dspWork(step);
    case 'mve':
      return mveWork(step);
    case 'scalar':
      return scalarWork(step);
  }
}

function scalarWork(step: Step): Work | null {
  switch (step.kernel) {
    case 'conv2d_words_s8':
      return convolutionOfWords(step);
    case 'fully_connected_words_s8':
      return denseOfBytes(step.params);
    case 'weighted_sum_s8':
      return weightedSum(step.params, 'scalar');
    case 'depthwise_conv2d_planes_s8':
    case 'depthwise_conv2d_large_planes_s8':
      return depthwiseOfBytes(step);
    default:
      return null;
  }
}

function dspWork(step: Step): Work | null {
  switch (step.kernel) {
    case 'conv2d_pairs_s8':
      return convolution(step.params);
    case 'conv2d_groups_pairs_s8':
      return groupsWork(step.params, convolution);
    case 'conv_transpose2d_pairs_s8':
      return phasesWork(step.params, pairsSizes, convolution);
    case 'fully_connected_pairs_s8':
      return dense(step);
    case 'weighted_sum_s8':
      return weightedSum(step.params, 'dsp');
    case 'depthwise_conv2d_planes_s8':
    case 'depthwise_conv2d_large_planes_s8':
      return depthwise(step);
    default:
      return null;
  }
}

function mveWork(step: Step): Work | null {
  switch (step.kernel) {
    case 'depthwise_conv2d_columns_s8':
      return depthwiseColumns(step);
    case 'depthwise_conv2d_rows_s8':
      return depthwiseRows(step);
    case 'weighted_sum_s8':
      return weightedSum(step.params, 'mve');
    default:
      return vectorWork(step);
  }
}

/** Output positions of one turn: how many, and which is the first. */
type Turn = { readonly first: number; readonly count: number };

/** As native/kernels/armv7em/conv2d_pairs_s8.h: the usual number, after as many of the other as leave a whole number of them. */
function turnsOf(positions: number, words: number): readonly Turn[] {
  const byThrees = words >= 24;
  const [usual, other] = byThrees ? [3, 4] : [4, 3];
  const wanted = byThrees ? positions % 3 : (4 - (positions % 4)) % 4;
  const others = other * wanted <= positions ? wanted : 0;
  const rest = Math.ceil((positions - other * others) / usual);
  return [
    ...Array.from({ length: others }, (_, i) => ({ first: other * i, count: other })),
    ...Array.from({ length: rest }, (_, i) => ({
      first: Math.min(other * others + usual * i, positions - usual),
      count: usual,
    })),
  ];
}

/** Pixels side by side that the windows of a turn read, of neighbours in a row. */
type Strip = { readonly y: number; readonly x: number; readonly pixels: number };

function stripsOf(p: PackedConv2dParams, { first, count }: Turn): readonly Strip[] {
  const strips: Strip[] = [];
  for (let j = 0, n = 0; j < count; j += n) {
    const column = (first + j) % p.outW;
    n = Math.min(p.outW - column, count - j);
    strips.push({
      y: (Math.floor((first + j) / p.outW) % p.outH) * p.strideH - p.padTop,
      x: column * p.strideW - p.padLeft,
      pixels: (n - 1) * p.strideW,
    });
  }
  return strips;
}

/** Moves of words, then of bytes. */
const moves = (bytes: number): number => Math.floor(bytes / 4) + (bytes % 4);

function convolution(p: PackedConv2dParams): Work {
  const turns = turnsOf(p.batch * p.outH * p.outW, p.words);
  const { runs, run } = runsOf(p);
  const pixels = run / p.inChannels;
  const blocks = Math.ceil(p.outChannels / 2);
  const isPixel = p.kernelH * p.kernelW === 1 && p.strideH * p.strideW === 1 && p.padTop + p.padLeft === 0;
  const isRow = isPixel && p.inH === p.outH && p.inW === p.outW;
  const [high, wide] = [(p.kernelH - 1) * p.dilationH + 1, (p.kernelW - 1) * p.dilationW + 1];
  const isPlain = (turn: Turn): boolean => {
    const [one, ...others] = stripsOf(p, turn) as readonly [Strip, ...Strip[]];
    const isInside = one.x >= 0 && one.x + one.pixels + wide <= p.inW && one.y >= 0 && one.y + high <= p.inH;
    return pixels === p.kernelW && others.length === 0 && isInside;
  };
  const plain = isRow ? [] : turns.filter(isPlain);
  const edges = isRow ? [] : turns.filter((turn) => !isPlain(turn));
  const strips = edges.flatMap((turn) =>
    stripsOf(p, turn).flatMap((strip) =>
      Array.from({ length: runs }, (_, i) => ({
        y: strip.y + Math.floor((i * pixels) / p.kernelW) * p.dilationH,
        x: strip.x + ((i * pixels) % p.kernelW) * p.dilationW,
        pixels: strip.pixels + pixels,
      })),
    ),
  );
  const padded = strips
    .map(({ y, x, pixels: all }) => {
      const inside = y < 0 || y >= p.inH ? 0 : Math.min(p.inW, x + all) - Math.max(0, x);
      return { all, inside: Math.max(0, inside) };
    })
    .filter(({ all, inside }) => inside < all);
  const threes = turns.filter(({ count }) => count === 3).length;
  const fours = turns.length - threes;
  const isTied = Number(p.actMin < p.outputZeroPoint);
  const rests = (rest: number): number => turns.length * runs * Number(run % 4 === rest);
  return {
    call: 1,
    turn: turns.length,
    plain: plain.length,
    edge: edges.length,
    run: (isRow ? turns.length : plain.length) * runs,
    edgeRun: edges.length * runs,
    strip: strips.length,
    padded: padded.length,
    filled: sum(padded.map(({ all, inside }) => moves((all - inside) * p.inChannels))),
    copied: sum(padded.map(({ inside }) => moves(inside * p.inChannels))),
    wordOfFour: fours * runs * Math.floor(run / 4),
    wordOfThree: threes * runs * Math.floor(run / 4),
    restOfOne: rests(1),
    restOfTwo: rests(2),
    restOfThree: rests(3),
    single: turns.length * (p.outChannels % 2),
    blockOfFour: fours * blocks,
    blockOfThree: threes * blocks,
    ties: (4 * fours + 3 * threes) * blocks * isTied,
    pairOfFour: fours * blocks * p.words,
    pairOfThree: threes * blocks * p.words,
    singleOfThree: threes * blocks * ((p.words - 2) % 3),
    eight:
      blocks * (fours * Math.ceil((p.words - 1) / 8) + threes * Math.ceil(Math.floor((p.words - 2) / 3) / 4)),
    clamped: clampedFours(p, p.batch * p.outH * p.outW * p.outChannels),
  };
}

type Clamp = { readonly actMin: number; readonly actMax: number };

const isClamped = ({ actMin, actMax }: Clamp): boolean => actMin > -128 || actMax < 127;

/** Codes that are clamped behind a kernel, in fours. */
function clampedFours(range: Clamp, codes: number): number {
  return isClamped(range) ? moves(codes) : 0;
}

/** How often windows are laid out, and turns and blocks of two channels computed, of four positions and of three. */
function windowTurns({ params: p }: StepWith<'conv2d_words_s8'>) {
  const positions = p.batch * p.outH * p.outW;
  const turns = turnsOf(positions, 0);
  const run = p.kernelW * p.inChannels;
  const isPointwise = run === p.inChannels && p.kernelH === 1 && p.strideH * p.strideW === 1;
  const isWhole = isPointwise && p.inH === p.outH && p.inW === p.outW && p.padTop + p.padLeft === 0;
  const windowOf = (position: number): readonly [y: number, x: number] => [
    (Math.floor(position / p.outW) % p.outH) * p.strideH - p.padTop,
    (position % p.outW) * p.strideW - p.padLeft,
  ];
  const isWithin = (at: number, kernel: number, size: number): boolean => at >= 0 && at + kernel <= size;
  const edges = turns.filter(({ first, count }) => {
    if (isWhole) return false;
    const [y, x] = windowOf(first);
    const wide = (count - 1) * p.strideW + p.kernelW;
    return (first % p.outW) + count > p.outW || !isWithin(x, wide, p.inW) || !isWithin(y, p.kernelH, p.inH);
  });
  const windows = edges.flatMap(({ first, count }) =>
    Array.from({ length: count }, (_, i) => windowOf(first + i)),
  );
  const padded = windows.map(([y, x]) =>
    isWithin(x, p.kernelW, p.inW)
      ? Array.from({ length: p.kernelH }, (_, ky) => y + ky).filter((row) => row < 0 || row >= p.inH).length
      : p.kernelH,
  );
  const threes = turns.filter(({ count }) => count === 3).length;
  const [fours, blocks] = [turns.length - threes, Math.ceil(p.outChannels / 2)];
  const work = {
    call: 1,
    turn: turns.length,
    row: turns.length * p.kernelH,
    window: windows.length,
    windowRow: windows.length * p.kernelH,
    paddedRow: sum(padded),
    single: turns.length * (p.outChannels % 2),
    blockOfFour: fours * blocks,
    blockOfThree: threes * blocks,
  };
  return { fours, threes, blocks, run, work };
}

function convolutionOfWords(step: StepWith<'conv2d_words_s8'>): Work {
  const { kernelH } = step.params;
  const { fours, threes, blocks, run, work } = windowTurns(step);
  const steps = kernelH * run;
  return {
    ...work,
    fourOfFour: fours * kernelH * Math.floor(run / 4),
    inputOfFour: fours * kernelH * (run % 4),
    inputOfThree: threes * steps,
    stepOfFour: fours * blocks * steps,
    stepOfThree: threes * blocks * steps,
    eight: (fours + threes) * blocks * Math.ceil(steps / 8),
  };
}

function weightedSum(p: StepWith<'weighted_sum_s8'>['params'], loops: Loops): Work {
  const clamped = { scalar: p.size, dsp: moves(p.size), mve: Math.ceil(p.size / 16) }[loops];
  return { call: 1, four: Math.floor(p.size / 4), rest: p.size % 4, clamped: isClamped(p) ? clamped : 0 };
}

function denseOfBytes(p: StepWith<'fully_connected_words_s8'>['params']): Work {
  const blocks = Math.ceil(p.outFeatures / 8);
  return {
    call: 1,
    block: blocks,
    rest: Number(p.outFeatures % 8 > 0),
    output: p.outFeatures,
    scaled: p.perChannel * p.outFeatures,
    step: blocks * p.inFeatures,
    turn: blocks * Math.ceil(p.inFeatures / 8),
  };
}

function dense({ params: p }: StepWith<'fully_connected_pairs_s8'>): Work {
  const blocks = Math.ceil(p.outFeatures / 8);
  return {
    call: 1,
    padded: Number(p.room > 0),
    copied: p.room,
    rest: Number(p.outFeatures % 8 > 0),
    restOfScales: Number(p.outFeatures % 8 > 0) * p.perChannel,
    block: blocks,
    each: blocks * p.perChannel,
    word: blocks * p.words,
    turn: blocks * Math.ceil(p.words / 4),
    clamped: clampedFours(p, p.outFeatures),
  };
}

/** Rows of an image, or columns where planes are turned. */
type Lines = { readonly in: number; readonly out: number; readonly stride: number; readonly pad: number };

/** Lines that bands of outputs lay out, inside the image and outside; those of the band before are kept. */
function bandsOf(
  lines: Lines,
  band: number,
  kernel: number,
): readonly { readonly inside: number; readonly outside: number }[] {
  const kept = Math.max(0, kernel - lines.stride);
  return partsOf(lines.out, band, 1).map(([first, height]) => {
    const top = first * lines.stride - lines.pad;
    const [begin, end] = [first > 0 ? kept : 0, (height - 1) * lines.stride + kernel];
    const inside = Math.max(0, Math.min(lines.in - top, end) - Math.max(-top, begin));
    return { inside, outside: end - begin - inside };
  });
}

function depthwise({
  params: p,
}: StepWith<'depthwise_conv2d_planes_s8' | 'depthwise_conv2d_large_planes_s8'>): Work {
  const groups = Math.ceil(p.inChannels / 4);
  const [lines, pixels] =
    p.transposed === 1
      ? [
          { in: p.inW, out: p.outW, stride: p.strideW, pad: p.padLeft },
          { in: p.inH, out: p.outH, stride: p.strideH, pad: p.padTop },
        ]
      : [
          { in: p.inH, out: p.outH, stride: p.strideH, pad: p.padTop },
          { in: p.inW, out: p.outW, stride: p.strideW, pad: p.padLeft },
        ];
  const kept = Math.max(0, p.kernelH - lines.stride);
  const bands = bandsOf(lines, p.band, p.kernelH);
  const keptPlanes = 4 * p.batch * Math.ceil(p.inChannels / 4) * (bands.length - 1);
  const laid = p.batch * groups * sum(bands.map(({ inside }) => inside));
  const columns = Math.min(pixels.in, planesPitch(p) - pixels.pad);
  const channels = p.inChannels * p.batch;
  const rows = channels * lines.out;
  const isDense = pixels.stride === 1;
  return {
    call: 1,
    band: p.batch * bands.length,
    cleared: p.room,
    clearedRow: p.batch * (bands.length > 1 ? groups : 1) * sum(bands.map(({ outside }) => outside)),
    keptPlane: keptPlanes,
    kept: keptPlanes * moves((kept * planesPitch(p)) / 2),
    channel: channels * bands.length,
    word: p.kernelH === 3 ? 0 : channels * bands.length * p.kernelH * (p.kernelH - 1),
    laidBand: p.batch * groups * bands.length,
    laidRow: laid,
    laidPair: laid * Math.floor(columns / 2),
    laidRest: laid * (columns % 2),
    ...(p.kernelH === 3
      ? smallWindows(rows, pixels.out, isDense, isDense && p.actMin >= p.outputZeroPoint)
      : largeWindows(rows, pixels.out, isDense, p.kernelH)),
    clamped: clampedFours(p, p.batch * p.outH * p.outW * p.inChannels),
  };
}

function smallWindows(rows: number, outputs: number, isDense: boolean, isTied: boolean): Work {
  const rest = outputs % 4;
  const fours = rows * (Math.floor(outputs / 4) + Number(rest === 3));
  const [two, one] = [rows * Number(rest === 2), rows * Number(rest === 1)];
  return {
    row: rows,
    ...(isDense ? { four: fours } : { fourOfTwo: fours }),
    two,
    one,
    tie: isTied ? 0 : 4 * fours + 2 * two + one,
  };
}

function largeWindows(rows: number, outputs: number, isDense: boolean, kernel: number): Work {
  const turns = rows * Math.ceil(outputs / 4);
  const name = `${kernel === 5 ? 'five' : 'seven'}${isDense ? '' : 'OfTwo'}`;
  return { largeRow: rows, turn: turns, [name]: turns * kernel };
}

/** How often planes of bytes are laid out and their channels computed; columns are not taken for rows. */
function depthwiseOfBytes({
  params: p,
}: StepWith<'depthwise_conv2d_planes_s8' | 'depthwise_conv2d_large_planes_s8'>): Work {
  const most = p.transposed === 1 ? p.outH : p.band;
  const pitch = p.strideW * (p.outW - 1) + p.kernelW;
  const lines = { in: p.inH, out: p.outH, stride: p.strideH, pad: p.padTop };
  const bands = bandsOf(lines, most, p.kernelH);
  const groups = Math.ceil(p.inChannels / 4);
  const laidBands = p.batch * groups * bands.length;
  const laidRows = p.batch * groups * sum(bands.map(({ inside }) => inside));
  const kept = Math.max(0, p.kernelH - p.strideH) * (bands.length - 1) * p.batch * groups;
  const channels = p.batch * p.inChannels;
  const rows = channels * p.outH;
  const fours = rows * Math.floor(p.outW / 4);
  return {
    call: 1,
    band: p.batch * bands.length,
    cleared: 4 * pitch * ((most - 1) * p.strideH + p.kernelH),
    clearedRow: p.batch * groups * sum(bands.map(({ outside }) => outside)),
    laidBand: laidBands,
    laidRow: laidRows,
    kept: kept * pitch,
    keptBand: Number(kept > 0) * laidBands,
    channel: channels * bands.length,
    laidPixel: laidRows * Math.min(p.inW, pitch - p.padLeft),
    ...(p.kernelH === 3
      ? {
          row: rows,
          ...(p.strideW === 1 ? { four: fours } : { fourOfTwo: fours }),
          one: rows * (p.outW % 4),
        }
      : {
          word: channels * bands.length * p.kernelH * p.kernelH,
          output: rows * p.outW,
          ...largeWindows(rows, p.outW, p.strideW === 1, p.kernelH),
        }),
    clamped: isClamped(p) ? rows * p.outW : 0,
  };
}

/** Firsts of parts of `size` that are `part` long, and how long they are: of one alone, where `least` is 2, the one before is computed once more. */
function partsOf(size: number, part: number, least: number): readonly (readonly [number, number])[] {
  return Array.from({ length: Math.ceil(size / part) }, (_, i) => {
    const first = Math.min(i * part, Math.max(0, size - least));
    return [first, Math.min(part, size - first)] as const;
  });
}

function depthwiseColumns({ params: p }: StepWith<'depthwise_conv2d_columns_s8'>): Work {
  const least = p.strideW === 1 ? 2 : 1;
  const groups = Math.ceil(p.inChannels / 16);
  const outputs = p.strideW === 1 ? 2 : 4;
  const blocks = partsOf(p.outH, p.band, least).flatMap(([, height]) =>
    partsOf(p.outW, p.span, least).map(([x, width]) => {
      const columns = p.strideW === 1 ? width + 2 : 2 * width + 1;
      const from = x * p.strideW - p.padLeft;
      const pixels = Math.max(0, Math.min(p.inW, from + columns) - Math.max(0, from));
      return {
        units: p.strideW === 1 ? Math.ceil(height / 2) : height,
        turns: Math.floor(width / outputs),
        rest: Number(width % outputs > 0),
        pixels,
        zeros: columns - pixels,
      };
    }),
  );
  const ofBlocks = (count: (block: (typeof blocks)[number]) => number): number =>
    p.batch * sum(blocks.map(count));
  const isPlain = p.outputZeroPoint === -128 && p.actMin === -128 && p.actMax === 127;
  const turns = p.inChannels * ofBlocks(({ units, turns, rest }) => units * (turns + rest));
  return {
    call: 1,
    block: groups * ofBlocks(() => 1),
    laid: groups * ofBlocks(({ units }) => units),
    pixel: groups * ofBlocks(({ units, pixels }) => units * pixels),
    zeros: groups * ofBlocks(({ units, zeros }) => units * zeros),
    channel: p.inChannels * ofBlocks(() => 1),
    unit: p.inChannels * ofBlocks(({ units }) => units),
    rest: p.inChannels * ofBlocks(({ units, rest }) => units * rest),
    ...(p.strideW === 1 ? { twoByTwo: turns } : { four: turns }),
    clamped: isPlain ? 0 : turns,
  };
}

function depthwiseRows({ params: p }: StepWith<'depthwise_conv2d_rows_s8'>): Work {
  const groups = Math.ceil(p.inChannels / 8);
  const blocks = partsOf(p.outH, p.band, 1).flatMap(([y, height]) =>
    partsOf(p.outW, p.span, 1).map(([x, width]) => {
      const [rows, pitch] = [(height - 1) * p.strideH + p.kernelH, (width - 1) * p.strideW + p.kernelW];
      const [top, left] = [y * p.strideH - p.padTop, x * p.strideW - p.padLeft];
      const within = (at: number, count: number, size: number): number =>
        Math.max(0, Math.min(size, at + count) - Math.max(0, at));
      const [inside, pixels] = [within(top, rows, p.inH), within(left, pitch, p.inW)];
      const laid = pixels > 0 ? inside : 0;
      const filled = pixels < pitch ? rows : rows - laid;
      return { height, turns: height * Math.ceil(width / 4), rows, laid, pixels, filled, pitch };
    }),
  );
  const ofBlocks = (count: (block: (typeof blocks)[number]) => number): number =>
    p.batch * sum(blocks.map(count));
  return {
    call: 1,
    block: groups * ofBlocks(() => 1),
    row: groups * ofBlocks(({ rows }) => rows),
    laid: groups * ofBlocks(({ laid }) => laid),
    pixel: groups * ofBlocks(({ laid, pixels }) => laid * pixels),
    filled: groups * ofBlocks(({ filled }) => filled),
    filledVector: groups * ofBlocks(({ filled, pitch }) => filled * Math.ceil(pitch / 2)),
    channel: p.inChannels * ofBlocks(() => 1),
    weights: p.inChannels * p.kernelH * ofBlocks(() => 1),
    outputs: p.inChannels * ofBlocks(({ height }) => height),
    turn: p.inChannels * ofBlocks(({ turns }) => turns),
    taps: p.inChannels * (p.kernelH - 1) * ofBlocks(({ turns }) => turns),
  };
}
