import { constant, input, type Kernel, output, over, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { inputsOfWord, narrowPair, PAIR_EXTRAS, runWords } from './channel-pairs.ts';
import { CONV2D, type Conv2dParams, conv2dParams, type Ranges } from './common.ts';

const { dilationH: _h, dilationW: _w, groups: _g, ...geometry } = conv2dParams;

/** Of one group and without dilation. */
export type PackedConv2dParams = Omit<Conv2dParams, 'dilationH' | 'dilationW' | 'groups'> & {
  /** Words of weights of a pair of channels. */
  readonly words: number;
  /** Bytes of scratch. */
  readonly room: number;
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
};

/** At three positions and more. inputs [x NHWC], constants [table: for each pair of output channels a block (channel-pairs.ts)], outputs [y NHWC]. */
export type Conv2dPairsS8 = StepOf<'conv2d_pairs_s8', PackedConv2dParams>;

type Filter = Pick<Conv2dParams, 'inChannels' | 'kernelH' | 'kernelW'>;

export function pairWords({ inChannels, kernelH, kernelW }: Filter): number {
  return kernelH * runWords(kernelW * inChannels);
}

/** Positions that a core takes at once. */
const POSITIONS = 4;

/** The windows of four positions as int16, and a row of each of them with its padding. */
export function pairsRoom(filter: Filter): number {
  const row = filter.kernelH === 1 && filter.kernelW === 1 ? 0 : filter.kernelW * filter.inChannels;
  return POSITIONS * (4 * pairWords(filter) + row);
}

export const packedConv2dParams: Ranges<PackedConv2dParams> = {
  ...geometry,
  words: RANGE.count,
  room: RANGE.count,
  inputZeroPoint: RANGE.code,
  outputZeroPoint: RANGE.code,
};

export const conv2dPairsS8: Kernel<Conv2dPairsS8> = {
  signature: {
    about: `Convolution with the weights of two output channels in one int16, for cores with DSP instructions: the bytes of conv2d_s8 where its outputs are clamped to nothing but int8. table: a block for each two channels, [bias, bias + 256 * bias of the second, words, and for each channel a doubled multiplier and a power of two].`,
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

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [table] = constants as [Int32Array];
    const [y] = outputs as [Int8Array];
    const run = p.kernelW * p.inChannels;
    const perRow = runWords(run);
    const places = Array.from({ length: perRow }, (_, word) => inputsOfWord(run, word));
    const window = new Int8Array(p.kernelH * run);
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
        y[position * p.outChannels + channel] = codes[0];
        if (channel + 1 < p.outChannels) y[position * p.outChannels + channel + 1] = codes[1];
      }
    }
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
      const [iy, ix] = [top + ky, left + kx];
      const isInside = iy >= 0 && iy < p.inH && ix >= 0 && ix < p.inW;
      const from = ((image + iy) * p.inW + ix) * p.inChannels;
      const to = (ky * p.kernelW + kx) * p.inChannels;
      for (let c = 0; c < p.inChannels; c++) window[to + c] = isInside ? x[from + c]! : p.inputZeroPoint;
    }
  }
}
