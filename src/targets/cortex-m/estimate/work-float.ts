/** Counts of the float32 kernels (native/kernels/generic/*_f32.c): their loops, as the C says them. */
import type { Step } from '../../../program/kernels/index.ts';
import { meetings, sum, windowsOf } from './windows.ts';
import type { Work } from './work-types.ts';

type Params = Readonly<Record<string, number>>;

/** Sums at once where all four are there; the others are computed one by one (tinyml_fma.h). */
const CHAINS = 4;

/** @returns null for what is no float32 kernel of inference */
export function floatWork(step: Step): Work | null {
  const p: Params = step.params;
  switch (step.kernel) {
    case 'conv2d_f32': {
      const positions = p.batch! * p.outH! * p.outW! * p.groups!;
      const products = (p.kernelH! * p.kernelW! * p.inChannels!) / p.groups!;
      return {
        call: 1,
        position: positions,
        ...chains(positions, p.outChannels! / p.groups!, p.kernelH! * runsInRow(p), products),
      };
    }
    case 'depthwise_conv2d_f32': {
      const { positions, y, x, kernel } = windowsOf(p);
      const channels = p.inChannels! * p.depthMultiplier!;
      const inside = p.batch! * y.inside * x.inside;
      return {
        call: 1,
        position: positions,
        channel: positions * channels,
        tap: inside * channels,
        skip: (positions * kernel - inside) * channels,
      };
    }
    case 'conv_transpose2d_f32': {
      const y = meetings(p.outH!, p.inH!, p.kernelH!, p.strideH!, p.dilationH!, p.padTop!);
      const x = meetings(p.outW!, p.inW!, p.kernelW!, p.strideW!, p.dilationW!, p.padLeft!);
      const rows = p.batch! * p.outH!;
      const positions = rows * p.outW!;
      const met = (p.batch! * sum(y) * sum(x)) / Math.max(positions, 1);
      return {
        call: 1,
        row: rows,
        position: positions,
        meeting: rows * p.kernelH! + positions * p.kernelW!,
        ...chains(positions, p.outChannels!, met, met * p.inChannels!),
      };
    }
    case 'fully_connected_f32':
      return { call: 1, row: p.rows!, ...chains(p.rows!, p.outFeatures!, 1, p.inFeatures!) };
    case 'avg_pool2d_f32':
    case 'max_pool2d_f32': {
      const { rows, positions, y, x } = windowsOf(p);
      return {
        call: 1,
        position: positions,
        skip: p.batch! * y.outside + rows * x.outside,
        output: positions * p.channels!,
        windowRow: p.batch! * y.inside * p.outW! * p.channels!,
        tap: p.batch! * y.inside * x.inside * p.channels!,
      };
    }
    case 'mul_f32':
      return { call: 1, position: p.outer!, element: p.outer! * p.channels! };
    case 'add_f32':
    case 'clamp_f32':
      return { call: 1, element: p.size! };
    case 'copy_f32': {
      const runs = p.size0! * p.size1! * p.size2!;
      const contiguous = p.inStride3 === 1 && p.outStride3 === 1;
      return contiguous
        ? { call: 1, outer: p.size0! * p.size1!, run: runs, word: runs * p.size3! }
        : { call: 1, outer: p.size0! * p.size1!, apart: runs, element: runs * p.size3! };
    }
    default:
      return null;
  }
}

/** Runs of taps in a row of the kernel, in the mean over output positions: neighbours inside the input are one, those on either side of it another. */
function runsInRow(p: Params): number {
  if (p.groups !== 1 || p.dilationW !== 1) return p.kernelW!;
  const runs = Array.from({ length: p.outW! }, (_, position) => {
    const [first, end] = [0, p.kernelW!].map((tap) => position * p.strideW! - p.padLeft! + tap) as [
      number,
      number,
    ];
    return Number(first < 0) + Number(first < p.inW! && end > 0) + Number(end > p.inW!);
  });
  return sum(runs) / p.outW!;
}

/** `calls` times the sums of `channels`, each of `runs` with so many products in all. */
function chains(calls: number, channels: number, runs: number, products: number): Work {
  const [quads, singles] = [calls * Math.floor(channels / CHAINS), calls * (channels % CHAINS)];
  return {
    quad: quads,
    single: singles,
    quadTap: quads * runs,
    singleTap: singles * runs,
    quadStep: quads * products,
    singleStep: singles * products,
  };
}
