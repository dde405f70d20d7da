import { constant, input, type Kernel, output, over, RANGE } from '../signature.ts';
import type { Operands, StepOf } from '../types.ts';
import { inputsOfWord, narrowPair, PAIR_EXTRAS, runWords } from './channel-pairs.ts';
import { CONV2D, type Conv2dParams, clamp, conv2dParams, type Ranges } from './common.ts';

const { groups: _, ...geometry } = conv2dParams;

/** Of one group. */
export type PackedConv2dParams = Omit<Conv2dParams, 'groups'> & {
  /** Words of weights of a pair of channels. */
  readonly words: number;
  /** Bytes of scratch. */
  readonly room: number;
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** At three positions and more. inputs [x NHWC], constants [table: for each pair of output channels a block (channel-pairs.ts)], outputs [y NHWC]. */
export type Conv2dPairsS8 = StepOf<'conv2d_pairs_s8', PackedConv2dParams>;

type Filter = Pick<Conv2dParams, 'inChannels' | 'kernelH' | 'kernelW' | 'dilationW'>;

/** Inputs side by side in a window: a row, or a pixel where columns are apart. */
export function runsOf({ inChannels, kernelH, kernelW, dilationW }: Filter): {
  readonly runs: number;
  readonly run: number;
} {
  const pixels = dilationW === 1 ? kernelW : 1;
  return { runs: (kernelH * kernelW) / pixels, run: pixels * inChannels };
}

export function pairWords(filter: Filter): number {
  const { runs, run } = runsOf(filter);
  return runs * runWords(run);
}

/** Positions that a core takes at once. */
const POSITIONS = 4;

/** The windows of four positions as int16, and a run of each of them with its padding: of neighbours together, with what lies between them. */
export function pairsRoom(filter: Filter & Pick<Conv2dParams, 'strideW'>): number {
  const { run } = runsOf(filter);
  const between = (POSITIONS - 1) * filter.strideW * filter.inChannels;
  return POSITIONS * 4 * pairWords(filter) + Math.max(POSITIONS * run, between + run);
}

export function pairsSizes(
  filter: Parameters<typeof pairsRoom>[0],
): Pick<PackedConv2dParams, 'words' | 'room'> {
  return { words: pairWords(filter), room: pairsRoom(filter) };
}

export const packedConv2dParams: Ranges<PackedConv2dParams> = {
  ...geometry,
  words: RANGE.count,
  room: RANGE.count,
  inputZeroPoint: RANGE.code,
  outputZeroPoint: RANGE.code,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

/** The meaning: slow and obvious. */
export function convolvePairs(p: PackedConv2dParams, { inputs, constants, outputs }: Operands): void {
  const [x] = inputs as [Int8Array];
  const [table] = constants as [Int32Array];
  const [y] = outputs as [Int8Array];
  const { run } = runsOf(p);
  const perRow = runWords(run);
  const places = Array.from({ length: perRow }, (_, word) => inputsOfWord(run, word));
  const window = new Int8Array(p.kernelH * p.kernelW * p.inChannels);
  for (let position = 0; position < p.batch * p.outH * p.outW; position++) {
    fillWindow(p, x, position, window);
    for (let channel = 0; channel < p.outChannels; channel += 2) {
      const block = (channel / 2) * (p.words + PAIR_EXTRAS);
      let [low, both] = [table[block]!, table[block + 1]!];
      for (let word = 0; word < p.words; word++) {
        const weights = table[block + 2 + word]!;
        const row = Math.floor(word / perRow) * run;
        const [first, second] = places[word % perRow]!;
        const code = window[row + first]!;
        low = (low + code * ((weights << 24) >> 24)) | 0;
        both = (both + code * ((weights << 16) >> 16)) | 0;
        if (second === null) continue;
        const other = window[row + second]!;
        low = (low + other * ((weights << 8) >> 24)) | 0;
        both = (both + other * (weights >> 16)) | 0;
      }
      const codes = narrowPair(table, block + 2 + p.words, low, both, p.outputZeroPoint);
      codes.slice(0, p.outChannels - channel).forEach((code, i) => {
        y[position * p.outChannels + channel + i] = clamp(code, p.actMin, p.actMax);
      });
    }
  }
}

export const conv2dPairsS8: Kernel<Conv2dPairsS8> = {
  signature: {
    about: `Convolution with the weights of two output channels in one int16, for cores with DSP instructions: the bytes of conv2d_s8. table: a block for each two channels, [bias, bias + 256 * bias of the second, words, and for each channel a doubled multiplier and a power of two].`,
    params: packedConv2dParams,
    operands: [
      input('input', 'int8', CONV2D.input),
      constant('table', 'int32', [over('outChannels', 2), { sum: ['words', PAIR_EXTRAS] }]),
      output('output', 'int8', CONV2D.output),
    ],
    rule: 'conv2d_pairs',
    overlap: 'conv2d_pairs',
    scratch: ['room'],
    macs: ['batch', 'outH', 'outW', 'outChannels', 'kernelH', 'kernelW', 'inChannels'],
  },

  run({ params }, operands) {
    convolvePairs(params, operands);
  },
};

/** The inputs of an output position, the zero point where they are padding. */
export function fillWindow(p: PackedConv2dParams, x: Int8Array, position: number, window: Int8Array): void {
  const row = Math.floor(position / p.outW);
  const image = Math.floor(row / p.outH) * p.inH;
  const top = (row % p.outH) * p.strideH - p.padTop;
  const left = (position % p.outW) * p.strideW - p.padLeft;
  for (let ky = 0; ky < p.kernelH; ky++) {
    for (let kx = 0; kx < p.kernelW; kx++) {
      const [iy, ix] = [top + ky * p.dilationH, left + kx * p.dilationW];
      const isInside = iy >= 0 && iy < p.inH && ix >= 0 && ix < p.inW;
      const from = ((image + iy) * p.inW + ix) * p.inChannels;
      const to = (ky * p.kernelW + kx) * p.inChannels;
      for (let c = 0; c < p.inChannels; c++) window[to + c] = isInside ? x[from + c]! : p.inputZeroPoint;
    }
  }
}
