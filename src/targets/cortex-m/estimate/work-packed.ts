/** Counts of kernels whose constants are packed for DSP instructions (native/kernels/armv7em) or vectors (native/kernels/mve): their loops, as the C says them. */
import { planesPitch } from '../../../program/kernels/depthwise-conv2d-planes-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { sum } from './windows.ts';
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
    case 'depthwise_conv2d_planes_s8':
      return depthwiseOfBytes(step);
    default:
      return null;
  }
}

function dspWork(step: Step): Work | null {
  switch (step.kernel) {
    case 'conv2d_pairs_s8':
      return convolution(step);
    case 'fully_connected_pairs_s8':
      return dense(step);
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
    default:
      return vectorWork(step);
  }
}

/** Output positions of one turn: how many, and which is the first. */
type Turn = { readonly first: number; readonly count: number };

/** Fours, after as many threes as leave a number of fours. */
function turnsOf(positions: number): readonly Turn[] {
  const wanted = (4 - (positions % 4)) % 4;
  const threes = 3 * wanted <= positions ? wanted : 0;
  const fours = Math.ceil((positions - 3 * threes) / 4);
  return [
    ...Array.from({ length: threes }, (_, i) => ({ first: 3 * i, count: 3 })),
    ...Array.from({ length: fours }, (_, i) => ({
      first: Math.min(3 * threes + 4 * i, positions - 4),
      count: 4,
    })),
  ];
}

/** How often windows are laid out, and turns and blocks of two channels computed, of four positions and of three. */
function windowTurns({ params: p }: StepWith<'conv2d_pairs_s8'> | StepWith<'conv2d_words_s8'>) {
  const positions = p.batch * p.outH * p.outW;
  const turns = turnsOf(positions);
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

function convolution(step: StepWith<'conv2d_pairs_s8'>): Work {
  const { params: p } = step;
  const { fours, threes, blocks, run, work } = windowTurns(step);
  const words = p.kernelH * Math.floor(run / 4);
  return {
    ...work,
    wordOfFour: fours * words,
    wordOfThree: threes * words,
    rest: (fours + threes) * p.kernelH * Number(run % 4 > 0),
    ties: fours * blocks * Number(p.outputZeroPoint > -128),
    pairOfFour: fours * blocks * p.words,
    pairOfThree: threes * blocks * p.words,
    eight: (fours + threes) * blocks * Math.ceil(p.words / 8),
  };
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

function dense({ params: p }: StepWith<'fully_connected_pairs_s8'>): Work {
  const blocks = Math.ceil(p.outFeatures / 8);
  return {
    call: 1,
    padded: Number(p.room > 0),
    copied: p.room,
    rest: Number(p.outFeatures % 8 > 0),
    block: blocks,
    each: blocks * p.perChannel,
    word: blocks * p.words,
    turn: blocks * Math.ceil(p.words / 4),
  };
}

function denseOfBytes(p: StepWith<'fully_connected_words_s8'>['params']): Work {
  const blocks = Math.ceil(p.outFeatures / 8);
  return {
    call: 1,
    block: blocks,
    rest: Number(p.outFeatures % 8 > 0),
    output: p.outFeatures,
    step: blocks * p.inFeatures,
    turn: blocks * Math.ceil(p.inFeatures / 8),
  };
}

/** How often planes are laid out and their channels computed. */
function planesWork(p: Planes): Work {
  const groups = Math.ceil(p.inChannels / 4);
  const bands = partsOf(p.outH, p.band, 1).map(([first, height]) => {
    const top = first * p.strideH - p.padTop;
    const rows = (height - 1) * p.strideH + p.kernelH;
    const inside = Math.max(0, Math.min(p.inH, top + rows) - Math.max(0, top));
    return { inside, outside: rows - inside };
  });
  const laid = p.batch * groups * sum(bands.map(({ inside }) => inside));
  return {
    call: 1,
    band: p.batch * bands.length,
    cleared: p.room,
    clearedRow: p.batch * sum(bands.map(({ outside }) => outside)),
    laidBand: p.batch * groups * bands.length,
    laidRow: laid,
  };
}

function depthwise({
  params: p,
}: StepWith<'depthwise_conv2d_planes_s8' | 'depthwise_conv2d_large_planes_s8'>): Work {
  const work = planesWork(p);
  const columns = Math.min(p.inW, planesPitch(p) - p.padLeft);
  const channels = 4 * Math.ceil(p.inChannels / 4) * p.batch;
  const [bands, rows] = [Math.ceil(p.outH / p.band), channels * p.outH];
  return {
    ...work,
    channel: channels * bands,
    word: p.kernelH === 3 ? 0 : channels * bands * p.kernelH * (p.kernelH - 1),
    laidPair: work.laidRow! * Math.floor(columns / 2),
    laidRest: work.laidRow! * (columns % 2),
    ...(p.kernelH === 3 ? smallWindows(p, rows) : largeWindows(p, rows)),
  };
}

function depthwiseOfBytes({ params: p }: StepWith<'depthwise_conv2d_planes_s8'>): Work {
  const work = planesWork(p);
  const pitch = p.strideW * (p.outW - 1) + p.kernelW;
  const [channels, bands] = [p.batch * p.inChannels, Math.ceil(p.outH / p.band)];
  const rows = channels * p.outH;
  const fours = rows * Math.floor(p.outW / 4);
  const kept = Math.max(0, p.kernelH - p.strideH) * (bands - 1) * p.batch * Math.ceil(p.inChannels / 4);
  return {
    ...work,
    kept: kept * pitch,
    keptBand: Number(kept > 0) * work.laidBand!,
    channel: channels * bands,
    laidPixel: work.laidRow! * Math.min(p.inW, pitch - p.padLeft),
    row: rows,
    ...(p.strideW === 1 ? { four: fours } : { fourOfTwo: fours }),
    one: rows * (p.outW % 4),
  };
}

type Planes = StepWith<'depthwise_conv2d_planes_s8'>['params'];

function smallWindows(p: Planes, rows: number): Work {
  const rest = p.outW % 4;
  const fours = rows * (Math.floor(p.outW / 4) + Number(rest === 3));
  const [two, one] = [rows * Number(rest === 2), rows * Number(rest === 1)];
  return {
    row: rows,
    ...(p.strideW === 1 ? { four: fours } : { fourOfTwo: fours }),
    two,
    one,
    tie: p.strideW === 1 && p.outputZeroPoint === -128 ? 0 : 4 * fours + 2 * two + one,
  };
}

function largeWindows(p: Planes, rows: number): Work {
  const turns = rows * Math.ceil(p.outW / 4);
  const name = `${p.kernelH === 5 ? 'five' : 'seven'}${p.strideW === 1 ? '' : 'OfTwo'}`;
  return { largeRow: rows, turn: turns, [name]: turns * p.kernelH };
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
