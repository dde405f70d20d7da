import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  CONV2D,
  type Conv2dParams,
  conv2dParams,
  type Requantization,
  requantization,
  requantizationParams,
} from './common.ts';
import { type Conv2dS8, conv2dS8 } from './conv2d-s8.ts';
import { type FourBitRows, fourBitParams, fourBitWeights, unpackRows } from './four-bits.ts';

type Conv2dS4Params = Conv2dParams & Requantization & FourBitRows;

/**
 * conv2d_s8 with weights of 4 bits (four-bits.ts), each output channel a row [kernelH][kernelW][inChannels / groups]: inputs [x NHWC],
 * constants [weights, factors, bias, multiplier, shift], outputs [y NHWC].
 */
export type Conv2dS4 = StepOf<'conv2d_s4', Conv2dS4Params>;

export const conv2dS4: Kernel<Conv2dS4> = {
  signature: {
    about: `As tinyml_conv2d_s8 with weights of 4 bits, each row_size codes an output channel: [kernel_h][kernel_w][in_channels / groups], padded.`,
    params: { ...conv2dParams, ...requantizationParams, ...fourBitParams },
    operands: [
      input('input', 'int8', CONV2D.input),
      ...fourBitWeights('outChannels'),
      ...requantization(CONV2D.channels),
      output('output', 'int8', CONV2D.output),
    ],
    rule: 'conv2d_s4',
    scratch: ['block', 'rowSize'],
    macs: CONV2D.macs,
  },

  run(step, operands) {
    const [weights, factors, ...others] = operands.constants as [Int8Array, Int8Array, ...Int32Array[]];
    const unpacked = unpackRows({ weights, factors }, convolutionRow(step.params), step.params);
    conv2dS8.run(conv2dS8Of(step), { ...operands, constants: [unpacked, ...others] });
  },
};

/** Weights of an output channel. */
export function convolutionRow(p: Conv2dParams): number {
  return p.kernelH * p.kernelW * (p.inChannels / p.groups);
}

/** The same convolution with 8 bits, but for its weights: those of 4 bits stand in their place. */
export function conv2dS8Of({ constants, params, ...step }: Conv2dS4): Conv2dS8 {
  const { rowSize: _, group: __, block: ___, ...dense } = params;
  return { ...step, kernel: 'conv2d_s8', constants: constants.filter((_, k) => k !== 1), params: dense };
}
