/** Counts of kernels whose constants are packed for vectors (native/kernels/mve): their loops, as the C says them. */
import type { Step } from '../../../program/kernels/index.ts';
import { sum } from './windows.ts';
import type { Work } from './work-types.ts';

type StepWith<K extends Step['kernel']> = Extract<Step, { readonly kernel: K }>;

/** @returns null for kernels that are not packed for vectors */
export function vectorWork(step: Step): Work | null {
  switch (step.kernel) {
    case 'conv2d_vectors_s8':
      return convolution(step);
    case 'fully_connected_vectors_s8':
      return dense(step);
    default:
      return null;
  }
}

type Convolution = StepWith<'conv2d_vectors_s8'>['params'];

function convolution({ params: p }: StepWith<'conv2d_vectors_s8'>): Work {
  const turns = Math.ceil((p.batch * p.outH * p.outW) / 3);
  const vectors = p.words / 8;
  const pairs = turns * Math.ceil(p.outChannels / 2);
  const rest = Number(p.outChannels % 8 > 0);
  const isOne = vectors === 1;
  const hasTies = p.outputZeroPoint > -128;
  return {
    call: 1,
    ...windows(p, turns),
    eight: turns * Math.floor(p.outChannels / 8),
    rest: turns * rest,
    ties: turns * Math.ceil(p.outChannels / 8) * Number(hasTies),
    pair: pairs,
    second: pairs * Number(!isOne),
    more: pairs * Math.max(0, vectors - 2),
  };
}

/** How windows of three positions come to lie beside each other. */
function windows(p: Convolution, turns: number): Work {
  const run = p.kernelW * p.inChannels;
  const isPointwise = p.kernelH * p.kernelW * p.strideH * p.strideW === 1;
  if (isPointwise && p.inH === p.outH && p.inW === p.outW) {
    return { whole: turns, laid: turns * Math.ceil(run / 16) };
  }
  const isWithin = (at: number, kernel: number, size: number): boolean => at >= 0 && at + kernel <= size;
  const positions = p.batch * p.outH * p.outW;
  const windowOf = (position: number) => {
    const at = Math.min(position, positions - 1);
    const y = (Math.floor(at / p.outW) % p.outH) * p.strideH - p.padTop;
    const x = (at % p.outW) * p.strideW - p.padLeft;
    return { y, x, within: isWithin(y, p.kernelH, p.inH) && isWithin(x, p.kernelW, p.inW) };
  };
  const all = Array.from({ length: 3 * turns }, (_, position) => windowOf(position));
  const inside = all.filter(({ within }) => within).length;
  if (p.kernelH > 1 && run % 16 !== 0) {
    const isShort = run <= 16;
    const apart = isShort ? all.length - inside : all.length;
    return {
      turn: turns,
      window: all.length,
      quickRow: isShort ? inside * p.kernelH : 0,
      row: apart * p.kernelH,
      rowVector: apart * p.kernelH * Math.ceil(run / 16),
      laid: turns * Math.ceil((p.kernelH * run) / 16),
    };
  }
  const isQuick = (turn: number): boolean => {
    const first = all[3 * turn]!;
    const isRow = [1, 2].every((j) => all[3 * turn + j]!.x === first.x + j * p.strideW);
    return isRow && first.within && all[3 * turn + 2]!.within;
  };
  const quick = Array.from({ length: turns }, (_, turn) => isQuick(turn)).filter(Boolean).length;
  const padded = all.map(({ y, x }) =>
    isWithin(x, p.kernelW, p.inW)
      ? Array.from({ length: p.kernelH }, (_, ky) => y + ky).filter((row) => row < 0 || row >= p.inH).length
      : p.kernelH,
  );
  return {
    turn: turns,
    laidRow: turns * p.kernelH,
    slowRow: (turns - quick) * p.kernelH,
    row: sum(padded),
    rowVector: sum(padded) * Math.ceil(run / 16),
    laid: turns * p.kernelH * Math.ceil(run / 16),
  };
}

function dense({ params: p }: StepWith<'fully_connected_vectors_s8'>): Work {
  const eights = Math.ceil(p.outFeatures / 8);
  const more = Math.ceil(p.inFeatures / 16) - 1;
  return { call: 1, eight: eights, more: eights * more, turn: eights * Math.ceil(more / 4) };
}
