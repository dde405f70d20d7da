import type { Kernel } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { narrow, PAIR_EXTRAS } from './channel-pairs.ts';
import type { Conv2dParams } from './common.ts';
import { conv2dPairsS8, fillWindow, type PackedConv2dParams } from './conv2d-pairs-s8.ts';

/**
 * At three positions and more. inputs [x NHWC], constants [table: a block for each pair of output channels], outputs [y NHWC]. A block is both
 * biases, in which the zero point of the input is part; weights as bytes, for each input of a window that of the first channel and that of the
 * second; and for each of the two what requantises its sum (channel-pairs.ts).
 */
export type Conv2dWordsS8 = StepOf<'conv2d_words_s8', PackedConv2dParams>;

type Filter = Pick<Conv2dParams, 'inChannels' | 'kernelH' | 'kernelW'>;

/** Positions that a core takes at once. */
const POSITIONS = 4;

/** Words of weights of a pair of channels, and bytes of scratch: the windows of four positions as int32, and a row of each of them with its padding. */
export function wordsOf({
  inChannels,
  kernelH,
  kernelW,
}: Filter): Pick<PackedConv2dParams, 'words' | 'room'> {
  const run = kernelW * inChannels;
  const row = kernelH === 1 && kernelW === 1 ? 0 : run;
  return { words: Math.ceil((kernelH * run) / 2), room: POSITIONS * (4 * kernelH * run + row) };
}

export const conv2dWordsS8: Kernel<Conv2dWordsS8> = {
  signature: {
    ...conv2dPairsS8.signature,
    about: `Convolution with the weights of two output channels beside each other and windows as words of 32 bits, for cores without DSP instructions: the bytes of conv2d_s8 where its outputs are clamped to nothing but int8. table: a block for each two channels, [2 biases, words of weights: a byte of each channel for each input, and for each channel a doubled multiplier and a power of two].`,
    rule: 'conv2d_words',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [table] = constants as [Int32Array];
    const [y] = outputs as [Int8Array];
    const weights = new Int8Array(table.buffer, table.byteOffset, 4 * table.length);
    const window = new Int8Array(p.kernelH * p.kernelW * p.inChannels);
    for (let position = 0; position < p.batch * p.outH * p.outW; position++) {
      fillWindow(p, x, position, window);
      for (let channel = 0; channel < p.outChannels; channel++) {
        const [block, place] = [(channel >> 1) * (p.words + PAIR_EXTRAS), channel % 2];
        const scale = block + 2 + p.words + 2 * place;
        let sum = table[block + place]!;
        window.forEach((code, i) => {
          sum = (sum + code * weights[4 * (block + 2) + 2 * i + place]!) | 0;
        });
        y[position * p.outChannels + channel] = narrow(
          sum,
          table[scale]!,
          table[scale + 1]!,
          p.outputZeroPoint,
        );
      }
    }
  },
};
