import { constant, input, type Kernel, output, over } from '../signature.ts';
import type { Operands, StepOf } from '../types.ts';
import { EIGHT, narrowOnto, placeInEight, VECTOR } from './channel-vectors.ts';
import { CONV2D, type Conv2dParams, clamp } from './common.ts';
import { fillWindow, type PackedConv2dParams, packedConv2dParams, runsOf } from './conv2d-pairs-s8.ts';

/**
 * inputs [x NHWC], constants [weights: for each pair of output channels and each vector of a window sixteen of the first, then sixteen of the
 * second, zeros where there are none; scales: for each eight channels their biases, multipliers and powers of two (channel-vectors.ts)],
 * outputs [y NHWC].
 */
export type Conv2dVectorsS8 = StepOf<'conv2d_vectors_s8', PackedConv2dParams>;

type Filter = Pick<Conv2dParams, 'inChannels' | 'kernelH' | 'kernelW' | 'dilationW'>;

/** Positions that a core takes at once. */
const POSITIONS = 3;

function windowVectors({ inChannels, kernelH, kernelW }: Filter): number {
  return Math.ceil((kernelH * kernelW * inChannels) / VECTOR);
}

/** Words of weights of a pair of channels, and bytes of scratch: the windows of three positions, and rows or whole windows that are put together. */
export function vectorsOf(filter: Filter): Pick<PackedConv2dParams, 'words' | 'room'> {
  const vectors = windowVectors(filter);
  const { run } = runsOf(filter);
  const isPixel = filter.kernelH * filter.kernelW === 1;
  const apart = isPixel ? 0 : run % VECTOR === 0 ? run : VECTOR * vectors;
  return { words: (2 * VECTOR * vectors) / 4, room: POSITIONS * (VECTOR * vectors + apart) };
}

/** int32 that requantise eight channels. */
export const SCALES = 3 * EIGHT;

/** The meaning: slow and obvious. */
export function convolveVectors(p: PackedConv2dParams, { inputs, constants, outputs }: Operands): void {
  const [x] = inputs as [Int8Array];
  const [weights, scales] = constants as [Int8Array, Int32Array];
  const [y] = outputs as [Int8Array];
  const window = new Int8Array(p.kernelH * p.kernelW * p.inChannels);
  for (let position = 0; position < p.batch * p.outH * p.outW; position++) {
    fillWindow(p, x, position, window);
    for (let channel = 0; channel < p.outChannels; channel++) {
      const from = (channel >> 1) * 4 * p.words + (channel % 2) * VECTOR;
      const scale = Math.floor(channel / EIGHT) * SCALES + placeInEight(channel);
      const sum = window.reduce(
        (all, code, i) =>
          (all + code * weights[from + Math.floor(i / VECTOR) * 2 * VECTOR + (i % VECTOR)]!) | 0,
        scales[scale]!,
      );
      const [multiplier, power] = [scales[scale + EIGHT]!, scales[scale + 2 * EIGHT]!];
      const code = narrowOnto(p.outputZeroPoint, sum, multiplier, power);
      y[position * p.outChannels + channel] = clamp(code, p.actMin, p.actMax);
    }
  }
}

export const conv2dVectorsS8: Kernel<Conv2dVectorsS8> = {
  signature: {
    about: `Convolution with weights in vectors of sixteen, two output channels beside each other, for cores with vector instructions: the bytes of conv2d_s8. weights: for each two channels and sixteen inputs of a window [2][16]; scales: for each eight channels [8 biases, 8 multipliers, 8 powers of two], even channels before odd ones.`,
    params: packedConv2dParams,
    operands: [
      input('input', 'int8', CONV2D.input),
      constant('weights', 'int8', [over('outChannels', 2), 4, 'words']),
      constant('scales', 'int32', [over('outChannels', EIGHT), SCALES]),
      output('output', 'int8', CONV2D.output),
    ],
    rule: 'conv2d_vectors',
    overlap: 'conv2d_vectors',
    scratch: ['room'],
    macs: ['batch', 'outH', 'outW', 'outChannels', 'kernelH', 'kernelW', 'inChannels'],
  },

  run({ params }, operands) {
    convolveVectors(params, operands);
  },
};
