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
  const positions = p.batch * p.outH * p.outW;
  const windowOf = (position: number): Window => {
    const at = Math.min(position, positions - 1);
    const y = (Math.floor(at / p.outW) % p.outH) * p.strideH - p.padTop;
    return { column: at % p.outW, y, x: (at % p.outW) * p.strideW - p.padLeft };
  };
  const isInside = ({ column, y, x }: Window): boolean => {
    const end = x + 2 * p.strideW + p.kernelW;
    return column + 3 <= p.outW && Math.min(x, y) >= 0 && end <= p.inW && y + p.kernelH <= p.inH;
  };
  const firsts = Array.from({ length: turns }, (_, turn) => 3 * turn);
  const inside = firsts.filter((first) => isInside(windowOf(first))).length;
  const edges = firsts.filter((first) => !isInside(windowOf(first)));
  const windows = edges.flatMap((first) => [0, 1, 2].map((j) => windowOf(first + j)));
  const vectors = Math.ceil(run / 16);
  const counts = { turn: turns, inside, edge: edges.length };
  if (p.kernelH === 1 || run % 16 === 0) {
    const padded = sum(windows.map((window) => p.kernelH - wholeRows(p, window)));
    return {
      ...counts,
      insideRow: inside * p.kernelH,
      edgeRow: edges.length * p.kernelH,
      put: padded,
      rowVector: padded * vectors,
      laid: turns * p.kernelH * vectors,
    };
  }
  const isShort = run <= 16;
  const rows = sum(windows.map((window) => rowsInside(p, window)));
  return {
    ...counts,
    quickRow: isShort ? inside * p.kernelH : 0,
    copied: isShort ? 0 : 3 * inside * p.kernelH,
    put: windows.length,
    row: rows,
    rowVector: (rows + (isShort ? 0 : 3 * inside * p.kernelH)) * vectors,
    laid: turns * Math.ceil((p.kernelH * run) / 16),
  };
}

/** Where a window begins, and the column of its output. */
type Window = { readonly column: number; readonly y: number; readonly x: number };

function rowsInside({ kernelH, inH }: Convolution, { y }: Window): number {
  return Math.max(0, Math.min(inH, y + kernelH) - Math.max(0, y));
}

/** Rows of a window that need no padding. */
function wholeRows(p: Convolution, window: Window): number {
  return window.x >= 0 && window.x + p.kernelW <= p.inW ? rowsInside(p, window) : 0;
}

function dense({ params: p }: StepWith<'fully_connected_vectors_s8'>): Work {
  const eights = Math.ceil(p.outFeatures / 8);
  const more = Math.ceil(p.inFeatures / 16) - 1;
  return { call: 1, eight: eights, more: eights * more, turn: eights * Math.ceil(more / 4) };
}
