/**
 * Transposed convolutions as ordinary ones: output positions that are a stride apart meet the same taps, so that each phase of the strides is a
 * convolution of stride 1 over the whole input, with those taps from the last to the first (the sub-pixel decomposition: Shi et al.,
 * arXiv 1609.07009).
 */
import { over, RANGE, type Size } from '../signature.ts';
import {
  CONV_TRANSPOSE2D,
  type ConvTranspose2dParams,
  convTranspose2dParams,
  type Ranges,
} from './common.ts';
import type { PackedConv2dParams } from './conv2d-pairs-s8.ts';

const { dilationH: _h, dilationW: _w, ...plain } = convTranspose2dParams;

/** Of one group, without dilation. */
export type TransposedGeometry = Omit<ConvTranspose2dParams, 'dilationH' | 'dilationW'>;

/** Constants are those of the phases, one after the other: those of a row of them together. */
export type PhasesParams = TransposedGeometry & {
  /** Output channels of a phase: those of a position, or of strideW positions side by side. */
  readonly phaseChannels: number;
  readonly phases: number;
  /** Words of weights of a pair of channels, of all phases. */
  readonly words: number;
} & Pick<PackedConv2dParams, 'room' | 'inputZeroPoint' | 'outputZeroPoint' | 'actMin' | 'actMax'>;

export const phasesParams: Ranges<PhasesParams> = {
  ...plain,
  phaseChannels: RANGE.count,
  phases: RANGE.count,
  words: RANGE.count,
  room: RANGE.count,
  inputZeroPoint: RANGE.code,
  outputZeroPoint: RANGE.code,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

/** So many of each phase, for all output channels in groups of `together`. */
export function ofPhases(together: number, ...factors: Size): Size {
  return [over('phaseChannels', together), ...factors];
}

export const TRANSPOSED_MACS = CONV_TRANSPOSE2D.macs;

/** Outputs along one axis that are a stride apart, and inputs that windows of them reach. */
type AxisPhase = {
  readonly taps: number;
  /** Where the window of the first output begins in the input. */
  readonly start: number;
  readonly first: number;
  readonly count: number;
};

type Axis = { readonly out: number; readonly kernel: number; readonly stride: number; readonly pad: number };

/** Of the outputs whose first tap is `tap`; the others are strides apart. */
function axisPhase({ out, kernel, stride, pad }: Axis, tap: number): AxisPhase {
  const taps = Math.max(0, Math.ceil((kernel - tap) / stride));
  const turn = Math.max(0, Math.ceil((pad - tap) / stride));
  const first = stride * turn + tap - pad;
  return { taps, start: turn - taps + 1, first, count: Math.max(0, Math.ceil((out - first) / stride)) };
}

/** As many outputs side by side as a stride is long, with all inputs that one of them meets. */
function together({ out, kernel, stride, pad }: Axis): AxisPhase {
  const [start, last] = [Math.ceil((pad - kernel + 1) / stride), Math.floor((pad + stride - 1) / stride)];
  return { taps: last - start + 1, start, first: 0, count: out / stride };
}

const rowsOf = (p: TransposedGeometry): Axis => ({
  ...{ out: p.outH, kernel: p.kernelH, stride: p.strideH, pad: p.padTop },
});

const columnsOf = (p: TransposedGeometry): Axis => ({
  ...{ out: p.outW, kernel: p.kernelW, stride: p.strideW, pad: p.padLeft },
});

/**
 * How many outputs side by side are best channels of one position: all that a stride is long where they meet the same inputs, or where there is a
 * channel each, as cores compute two at once. What one of them does not meet has weights of 0.
 */
export function outputsTogether(p: TransposedGeometry): number {
  const areAlike = p.kernelW % p.strideW === 0 && p.padLeft % p.strideW === 0;
  return p.outW % p.strideW === 0 && (areAlike || p.outChannels === 1) ? p.strideW : 1;
}

/** A phase of rows and of columns. */
type Phase = {
  readonly rows: AxisPhase;
  readonly columns: AxisPhase;
  readonly conv: Omit<
    PackedConv2dParams,
    'words' | 'room' | 'inputZeroPoint' | 'outputZeroPoint' | 'actMin' | 'actMax'
  >;
};

/** In the order of their constants. */
export function phasesOf(p: TransposedGeometry & { readonly phaseChannels: number }): readonly Phase[] {
  const columnPhases = (p.strideW * p.outChannels) / p.phaseChannels;
  return Array.from({ length: p.strideH }, (_, row) => axisPhase(rowsOf(p), row)).flatMap((rows) =>
    Array.from({ length: columnPhases }, (_, column) => {
      const columns = columnPhases === 1 ? together(columnsOf(p)) : axisPhase(columnsOf(p), column);
      const { batch, inH, inW, inChannels, phaseChannels } = p;
      return {
        rows,
        columns,
        conv: {
          ...{
            batch,
            inH,
            inW,
            inChannels,
            outH: rows.count,
            outW: columns.count,
            outChannels: phaseChannels,
          },
          ...{
            kernelH: rows.taps,
            kernelW: columns.taps,
            strideH: 1,
            strideW: 1,
            dilationH: 1,
            dilationW: 1,
          },
          ...{ padTop: -rows.start, padLeft: -columns.start },
        },
      };
    }),
  );
}

/**
 * Words, and bytes of scratch: what the convolution of a phase needs, and behind it a row of its outputs, before they go to their places.
 * @param sizesOf of the convolution of a phase
 */
export function phasesSizes(
  p: TransposedGeometry & { readonly phaseChannels: number },
  sizesOf: (conv: Phase['conv']) => Pick<PackedConv2dParams, 'words' | 'room'>,
): Pick<PhasesParams, 'phases' | 'words' | 'room'> {
  const phases = phasesOf(p);
  const sizes = phases.map(({ conv }) => sizesOf(conv));
  const isApart = p.strideW * p.outChannels > p.phaseChannels;
  const row = isApart ? Math.ceil(p.outW / p.strideW) * p.outChannels : 0;
  return {
    phases: phases.length,
    words: sizes.reduce((sum, { words }) => sum + words, 0),
    room: Math.max(...sizes.map(({ room }) => room)) + row,
  };
}

/** The calls of convolutions that bodies in C make, row by row, in any order: each on the rows of the input that its windows meet. */
export function callsOfRows(
  p: PhasesParams,
  sizesOf: Parameters<typeof phasesSizes>[1],
): readonly PackedConv2dParams[] {
  const { room, inputZeroPoint, outputZeroPoint, actMin, actMax } = p;
  return phasesOf(p).flatMap(({ rows, conv }) =>
    Array.from({ length: p.batch * rows.count }, (_, row) => {
      const start = rows.start + (row % rows.count);
      const [first, end] = [Math.max(0, start), Math.min(p.inH, start + rows.taps)];
      return {
        ...conv,
        ...{ batch: 1, outH: 1, inH: Math.max(1, end - first), words: sizesOf(conv).words, room },
        ...{
          padTop: end > first ? first - start : rows.taps,
          inputZeroPoint,
          outputZeroPoint,
          actMin,
          actMax,
        },
      };
    }),
  );
}

/** Computes the phases one after the other. @param compute the convolution of a phase; `number`: which phase it is */
export function runPhases(
  p: PhasesParams,
  output: Int8Array,
  compute: (params: PackedConv2dParams, number: number, output: Int8Array) => void,
  sizesOf: Parameters<typeof phasesSizes>[1],
): void {
  const { inputZeroPoint, outputZeroPoint, actMin, actMax } = p;
  phasesOf(p).forEach(({ rows, columns, conv }, number) => {
    const codes = new Int8Array(p.batch * rows.count * columns.count * p.phaseChannels);
    compute({ ...conv, ...sizesOf(conv), inputZeroPoint, outputZeroPoint, actMin, actMax }, number, codes);
    for (let position = 0; position < codes.length / p.phaseChannels; position++) {
      const [line, x] = [Math.floor(position / columns.count), position % columns.count];
      const [n, y] = [Math.floor(line / rows.count), line % rows.count];
      const row = n * p.outH + rows.first + y * p.strideH;
      const to = (row * p.outW + columns.first + x * p.strideW) * p.outChannels;
      output.set(codes.subarray(position * p.phaseChannels, (position + 1) * p.phaseChannels), to);
    }
  });
}
