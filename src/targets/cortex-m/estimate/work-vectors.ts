/** Counts of kernels whose constants are packed for vectors (native/kernels/mve): their loops, as the C says them. */
import { runsOf } from '../../../program/kernels/conv2d-pairs-s8.ts';
import { vectorsOf } from '../../../program/kernels/conv2d-vectors-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { sum } from './windows.ts';
import { groupsWork, phasesWork } from './work-parts.ts';
import type { Work } from './work-types.ts';

type StepWith<K extends Step['kernel']> = Extract<Step, { readonly kernel: K }>;

/** @returns null for kernels that are not packed for vectors */
export function vectorWork(step: Step): Work | null {
  switch (step.kernel) {
    case 'conv2d_vectors_s8':
      return convolution(step.params);
    case 'conv2d_groups_vectors_s8':
      return groupsWork(step.params, convolution);
    case 'conv_transpose2d_vectors_s8':
      return phasesWork(step.params, vectorsOf, convolution);
    case 'fully_connected_vectors_s8':
      return dense(step);
    default:
      return null;
  }
}

type Convolution = StepWith<'conv2d_vectors_s8'>['params'];

function convolution(p: Convolution): Work {
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
    clamped: clampedVectors(p, p.batch * p.outH * p.outW * p.outChannels),
  };
}

/** How windows of three positions come to lie beside each other. */
function windows(p: Convolution, turns: number): Work {
  const { runs, run } = runsOf(p);
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
    const [right, bottom] = [x + 2 * p.strideW + p.kernelW, y + (p.kernelH - 1) * p.dilationH];
    return (
      p.dilationW === 1 && column + 3 <= p.outW && Math.min(x, y) >= 0 && right <= p.inW && bottom < p.inH
    );
  };
  const firsts = Array.from({ length: turns }, (_, turn) => 3 * turn);
  const inside = firsts.filter((first) => isInside(windowOf(first))).length;
  const edges = firsts.filter((first) => !isInside(windowOf(first)));
  const windows = edges.flatMap((first) => [0, 1, 2].map((j) => windowOf(first + j)));
  const vectors = Math.ceil(run / 16);
  const counts = { turn: turns, inside, edge: edges.length };
  const taken = sum(windows.map((window) => runsInside(p, window)));
  if (run % 16 === 0 || runs === 1) {
    const padded = windows.length * runs - taken;
    return {
      ...counts,
      insideRow: inside * p.kernelH,
      edgeRow: edges.length * runs,
      put: padded,
      rowVector: padded * vectors,
      laid: turns * runs * vectors,
    };
  }
  const rows = sum(windows.map((window) => rowsInside(p, window)));
  const isDense = p.dilationH === 1 && p.dilationW === 1;
  return {
    ...counts,
    quickRow: inside * p.kernelH * vectors,
    put: windows.length * (isDense ? 1 : runs),
    row: isDense ? rows : taken,
    rowVector: (isDense ? rows : windows.length * runs) * vectors,
    laid: turns * Math.ceil((runs * run) / 16),
  };
}

/** Where a window begins, and the column of its output. */
type Window = { readonly column: number; readonly y: number; readonly x: number };

/** Rows of a window that meet the image. */
function rowsInside({ kernelH, inH, dilationH }: Convolution, { y }: Window): number {
  const rows = Array.from({ length: kernelH }, (_, ky) => y + ky * dilationH);
  return rows.filter((row) => row >= 0 && row < inH).length;
}

/** Runs of a window that need no padding. */
function runsInside(p: Convolution, window: Window): number {
  const pixels = p.dilationW === 1 ? p.kernelW : 1;
  const places = Array.from({ length: p.kernelW / pixels }, (_, kx) => window.x + kx * p.dilationW);
  return rowsInside(p, window) * places.filter((x) => x >= 0 && x + pixels <= p.inW).length;
}

function dense({ params: p }: StepWith<'fully_connected_vectors_s8'>): Work {
  const eights = Math.ceil(p.outFeatures / 8);
  const more = Math.ceil(p.inFeatures / 16) - 1;
  return {
    ...{ call: 1, eight: eights, more: eights * more, turn: eights * Math.ceil(more / 4) },
    clamped: clampedVectors(p, p.outFeatures),
  };
}

/** Codes that are clamped behind a kernel, in vectors. */
function clampedVectors(range: { readonly actMin: number; readonly actMax: number }, codes: number): number {
  return range.actMin === -128 && range.actMax === 127 ? 0 : Math.ceil(codes / 16);
}
