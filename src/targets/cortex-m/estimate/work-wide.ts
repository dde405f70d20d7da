/** Counts of the kernels of 16-bit codes (native/kernels/generic/*_s16.c): their loops, as the C says them. */
import type { Step } from '../../../program/kernels/index.ts';
import { meetings, sum, windowsOf } from './windows.ts';
import { copy, pool, resize, shift } from './work-builtin.ts';
import type { Loops, Work } from './work-types.ts';

type Params = Readonly<Record<string, number>>;

/** Rows of weights at once, or channels; the others one by one (tinyml_wide_sums.h). */
const ROWS = 4;

/** @returns null for what is no kernel of 16-bit codes */
export function wideWork(step: Step, loops: Loops): Work | null {
  const p: Params = step.params;
  switch (step.kernel) {
    case 'conv2d_s16':
      return convolution(p, loops);
    case 'depthwise_conv2d_s16':
      return depthwise(p);
    case 'conv_transpose2d_s16': {
      const y = meetings(p.outH!, p.inH!, p.kernelH!, p.strideH!, p.dilationH!, p.padTop!);
      const x = meetings(p.outW!, p.inW!, p.kernelW!, p.strideW!, p.dilationW!, p.padLeft!);
      const rows = p.batch! * p.outH!;
      const runs = p.batch! * sum(y) * sum(x);
      return {
        call: 1,
        row: rows,
        position: rows * p.outW!,
        meeting: rows * p.kernelH! + rows * p.outW! * p.kernelW!,
        ...sums({ blocks: rows * p.outW!, channels: p.outChannels!, runs, counts: [p.inChannels!] }, loops),
      };
    }
    case 'fully_connected_s16': {
      const { rows, inFeatures, outFeatures } = step.params;
      return {
        call: 1,
        position: rows,
        ...sums({ blocks: rows, channels: outFeatures, runs: rows, counts: [inFeatures] }, loops),
      };
    }
    case 'lstm_s16':
      return cell(p, 4, loops);
    case 'gru_s16':
      return cell(p, 3, loops);
    case 'softmax_s16': {
      const { rows, rowSize } = step.params;
      return { call: 1, row: rows, element: rows * rowSize };
    }
    case 'masked_softmax_s16': {
      const { outer0, outer1, outer2, rowSize } = step.params;
      const rows = outer0 * outer1 * outer2;
      return { call: 1, row: rows, element: rows * rowSize };
    }
    case 'batch_matmul_s16':
      return matmul(step.params, loops);
    case 'normalize_s16': {
      const { batch, positions, groups, channels } = step.params;
      const parts = batch * groups;
      return { call: 1, group: parts, row: parts * positions, element: parts * positions * channels };
    }
    case 'resize2d_s16':
      return resize(p);
    case 'copy_s16':
      return copy(p);
    case 'shift_s16':
      return shift({ from: 2 * p.from!, size: 2 * p.size! });
    case 'max_pool2d_s16':
      return pool(p);
    case 'mul_s16':
      return { call: 1, position: p.outer!, element: p.outer! * p.channels! };
    case 'add_s16':
    case 'lut_s16':
    case 'sqrt_s16':
    case 'quantize_s16':
    case 'dequantize_s16':
    case 'requantize_s16':
    case 'requantize_s16_s8':
    case 'requantize_s8_s16':
      return { call: 1, element: p.size! };
    default:
      return null;
  }
}

/** Column by column, laid out side by side first; rows that do not lie so are walked through one by one. */
function matmul(p: Params, loops: Loops): Work {
  const columns = p.batch0! * p.batch1! * p.columns!;
  const outputs = columns * p.rows!;
  const width = { scalar: 1, dsp: 4, mve: 8 }[loops];
  const around = {
    call: 1,
    batch: p.batch0! * p.batch1!,
    column: columns,
    output: outputs,
    laid: p.rightDepth === 1 ? 0 : columns * p.depth!,
  };
  if (p.leftDepth !== 1) return { ...around, apart: outputs * p.depth! };
  if (loops === 'mve') return { ...around, step: outputs * Math.ceil(p.depth! / width) };
  return {
    ...around,
    step: outputs * Math.floor(p.depth! / width),
    ...(loops === 'dsp' ? { rest: outputs * (p.depth! % width) } : {}),
  };
}

type Sums = {
  /** How often all channels are computed. */
  readonly blocks: number;
  readonly channels: number;
  /** Runs of numbers for one channel, of all blocks together, for each of `counts`. */
  readonly runs: number;
  /** Numbers of a run. */
  readonly counts: readonly number[];
};

/** tinyml_wide_sums: four rows of weights in one call, or as many as are left. */
function sums({ blocks, channels, runs, counts }: Sums, loops: Loops): Work {
  const quads = Math.floor(channels / ROWS);
  const singles = channels % ROWS;
  const calls = quads + Number(singles > 0);
  const all = (of: (count: number) => number): number => runs * sum(counts.map(of));
  const around = {
    block: blocks * calls,
    output: blocks * channels,
    run: calls * runs * counts.length,
  };
  if (loops === 'scalar') {
    return { ...around, row: channels * runs * counts.length, step: channels * all((count) => count) };
  }
  const step = (count: number): number =>
    loops === 'mve' ? Math.ceil(count / (2 * ROWS)) : Math.floor(count / ROWS);
  return {
    ...around,
    quadStep: quads * all(step),
    row: singles * runs * counts.length,
    step: singles * all(step),
    ...(loops === 'mve'
      ? {}
      : { quadRest: quads * all((count) => count % ROWS), rest: singles * all((count) => count % ROWS) }),
  };
}

/**
 * A recurrent cell over a sequence: a row of each gate for every hidden unit, of the input and of the state. All four rows of an
 * LSTM are computed at once.
 */
function cell(p: Params, gates: number, loops: Loops): Work {
  const units = p.steps! * p.batch! * p.hidden!;
  const width = { scalar: 1, dsp: ROWS, mve: 2 * ROWS }[loops];
  const rows = loops !== 'scalar' && gates === ROWS ? 1 : gates;
  const runs = (of: (count: number) => number): number => units * rows * (of(p.inputSize!) + of(p.hidden!));
  return {
    call: 1,
    position: p.steps! * p.batch!,
    unit: units,
    ...(p.linearBeforeReset === 0 ? { apart: units } : {}),
    step: runs((count) => (loops === 'mve' ? Math.ceil(count / width) : Math.floor(count / width))),
    ...(loops === 'dsp' ? { rest: runs((count) => count % width) } : {}),
  };
}

function convolution(p: Params, loops: Loops): Work {
  const { positions, y, x } = windowsOf(p);
  const groupIn = p.inChannels! / p.groups!;
  // Without dilation and groups a row of the kernel is one run.
  const joined = p.dilationW === 1 && p.groups === 1;
  const counts = joined
    ? x.taps.filter((taps) => taps > 0).map((taps) => taps * groupIn)
    : x.taps.flatMap((taps) => new Array<number>(taps).fill(groupIn));
  return {
    call: 1,
    position: positions,
    ...sums(
      {
        blocks: positions * p.groups!,
        channels: p.outChannels! / p.groups!,
        runs: p.batch! * p.groups! * y.inside,
        counts,
      },
      loops,
    ),
  };
}

function depthwise(p: Params): Work {
  const { positions, y, x } = windowsOf(p);
  const channels = p.inChannels! * p.depthMultiplier!;
  const quads = p.depthMultiplier === 1 ? Math.floor(channels / ROWS) : 0;
  const singles = channels - ROWS * quads;
  const rows = p.batch! * y.inside * p.outW!;
  const taps = p.batch! * y.inside * x.inside;
  return {
    call: 1,
    position: positions,
    quad: positions * quads,
    single: positions * singles,
    quadRow: rows * quads,
    singleRow: rows * singles,
    quadTap: taps * quads,
    singleTap: taps * singles,
  };
}
