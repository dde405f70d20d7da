/** The three products of a convolution whose weights are computed: forward, and the gradients of input and weights. */
import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { input, type Kernel, type KernelSignature, output } from '../signature.ts';
import type { Operands, StepOf } from '../types.ts';
import { CONV2D, type Conv2dParams, conv2dParams } from './common.ts';
import { conv2dF32 } from './conv2d-f32.ts';
import { QUANTIZER, zeroPointOf } from './quantizer.ts';

/**
 * Sums of a convolution of int8 in int32, modulo 2^32: y = sum of (x - zero point of x) * w. Padding is real zero.
 * inputs [x int8 NHWC, quantiser of x, w int8 OHWI (I = inChannels / groups)], outputs [y int32 NHWC].
 */
export type Conv2dSumsS8 = StepOf<'conv2d_sums_s8', Conv2dParams>;

/**
 * Gradient of the input of a convolution in int32, modulo 2^32: dx = sum of g * w over the outputs that read x.
 * inputs [g int8 NHWC of the output, w int8 OHWI], both with zero point 0, outputs [dx int32 NHWC of the input].
 */
export type Conv2dInputGradientS8 = StepOf<'conv2d_input_gradient_s8', Conv2dParams>;

/**
 * Gradients of weights and bias of a convolution in int32, modulo 2^32: dw = sum of (x - zero point of x) * g over all
 * positions of the batch whose tap lies inside the input, db = sum of g.
 * inputs [x int8 NHWC, quantiser of x, g int8 NHWC of the output], outputs [dw int32 OHWI, db int32 [O]].
 */
export type Conv2dWeightGradientS8 = StepOf<'conv2d_weight_gradient_s8', Conv2dParams>;

/** The same in float32, in the chains of conv2d_f32 from 0 on: padding is multiplied. inputs [x, w], outputs [y]. */
export type Conv2dSumsF32 = StepOf<'conv2d_sums_f32', Conv2dParams>;

/**
 * Chains from 0 on by output row, column and output channel of the group, over all taps that meet a whole position; where it
 * lies outside the output, g is 0. inputs [g, w], outputs [dx].
 */
export type Conv2dInputGradientF32 = StepOf<'conv2d_input_gradient_f32', Conv2dParams>;

/**
 * Chains from 0 on by image, output row and column, over all positions: x is 0 in the padding. db is a chain of additions.
 * inputs [x, g], outputs [dw, db].
 */
export type Conv2dWeightGradientF32 = StepOf<'conv2d_weight_gradient_f32', Conv2dParams>;

const UNBOUNDED = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);

/** Calls back for every product of a convolution, in the order of kernel row, column and input channel of each output. */
function eachProduct(
  p: Conv2dParams,
  visit: (output: number, input: number, weight: number, outChannel: number) => void,
): void {
  const groupIn = p.inChannels / p.groups;
  const groupOut = p.outChannels / p.groups;
  let output = 0;
  for (let n = 0; n < p.batch; n++) {
    for (let oy = 0; oy < p.outH; oy++) {
      for (let ox = 0; ox < p.outW; ox++) {
        for (let oc = 0; oc < p.outChannels; oc++, output++) {
          const firstChannel = Math.floor(oc / groupOut) * groupIn;
          for (let ky = 0; ky < p.kernelH; ky++) {
            const iy = oy * p.strideH + ky * p.dilationH - p.padTop;
            if (iy < 0 || iy >= p.inH) continue;
            for (let kx = 0; kx < p.kernelW; kx++) {
              const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
              if (ix < 0 || ix >= p.inW) continue;
              const input = ((n * p.inH + iy) * p.inW + ix) * p.inChannels + firstChannel;
              const weight = ((oc * p.kernelH + ky) * p.kernelW + kx) * groupIn;
              for (let ic = 0; ic < groupIn; ic++) visit(output, input + ic, weight + ic, oc);
            }
          }
        }
      }
    }
  }
}

/** The same products in the order of the outputs that read each input; `output` is -1 where they lie outside. */
function eachProductOfInput(
  p: Conv2dParams,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const groupIn = p.inChannels / p.groups;
  const groupOut = p.outChannels / p.groups;
  let input = 0;
  for (let n = 0; n < p.batch; n++) {
    for (let iy = 0; iy < p.inH; iy++) {
      for (let ix = 0; ix < p.inW; ix++) {
        for (let ic = 0; ic < p.inChannels; ic++, input++) {
          const firstOutput = Math.floor(ic / groupIn) * groupOut;
          for (let ky = p.kernelH - 1; ky >= 0; ky--) {
            const oy = (iy + p.padTop - ky * p.dilationH) / p.strideH;
            if (!Number.isInteger(oy)) continue;
            for (let kx = p.kernelW - 1; kx >= 0; kx--) {
              const ox = (ix + p.padLeft - kx * p.dilationW) / p.strideW;
              if (!Number.isInteger(ox)) continue;
              const inside = oy >= 0 && oy < p.outH && ox >= 0 && ox < p.outW;
              const output = ((n * p.outH + oy) * p.outW + ox) * p.outChannels;
              for (let oc = firstOutput; oc < firstOutput + groupOut; oc++) {
                const weight = ((oc * p.kernelH + ky) * p.kernelW + kx) * groupIn + (ic % groupIn);
                visit(inside ? output + oc : -1, input, weight);
              }
            }
          }
        }
      }
    }
  }
}

/** x with zeros around, so that no window leaves it, and the convolution that reads it. */
function padded(p: Conv2dParams, x: Float32Array): readonly [Conv2dParams, Float32Array] {
  const inH = Math.max(p.padTop + p.inH, (p.outH - 1) * p.strideH + (p.kernelH - 1) * p.dilationH + 1);
  const inW = Math.max(p.padLeft + p.inW, (p.outW - 1) * p.strideW + (p.kernelW - 1) * p.dilationW + 1);
  const image = new Float32Array(p.batch * inH * inW * p.inChannels);
  const row = p.inW * p.inChannels;
  for (let line = 0; line < p.batch * p.inH; line++) {
    const y = Math.floor(line / p.inH) * inH + p.padTop + (line % p.inH);
    image.set(x.subarray(line * row, (line + 1) * row), (y * inW + p.padLeft) * p.inChannels);
  }
  return [{ ...p, inH, inW, padTop: 0, padLeft: 0 }, image];
}

function kernel<S extends StepOf<string, Conv2dParams>>(
  signature: KernelSignature<Conv2dParams>,
  run: (p: Conv2dParams, operands: Operands) => void,
): Kernel<S> {
  return { signature, run: ({ params }, operands) => run(params, operands) };
}

export const conv2dSumsS8 = kernel<Conv2dSumsS8>(
  {
    about: `output = sum of (input - zero point) * weight; padding is real zero.`,
    params: conv2dParams,
    operands: [
      input('input', 'int8', CONV2D.input),
      input('quantizer', 'float32', [QUANTIZER.length]),
      input('weights', 'int8', CONV2D.weights),
      output('output', 'int32', CONV2D.output),
    ],
    rule: 'conv2d',
    split: { by: 'images', operands: ['sliced', 'shared', 'shared', 'sliced'] },
    macs: CONV2D.macs,
    vector: 'simd',
  },
  (p, { inputs, outputs }) => {
    const [x, quantizer, w] = inputs as [Int8Array, Float32Array, Int8Array];
    const [y] = outputs as [Int32Array];
    const zeroPoint = zeroPointOf(quantizer);
    y.fill(0);
    eachProduct(p, (output, input, weight) => {
      y[output] = y[output]! + Math.imul(x[input]! - zeroPoint, w[weight]!);
    });
  },
);

export const conv2dInputGradientS8 = kernel<Conv2dInputGradientS8>(
  {
    about: `input_gradient = sum of gradient * weight over the outputs that read the input.`,
    params: conv2dParams,
    operands: [
      input('gradient', 'int8', CONV2D.output),
      input('weights', 'int8', CONV2D.weights),
      output('inputGradient', 'int32', CONV2D.input),
    ],
    rule: 'conv2d',
    split: { by: 'images', operands: ['sliced', 'shared', 'sliced'] },
    macs: CONV2D.macs,
    vector: 'simd',
  },
  (p, { inputs, outputs }) => {
    const [g, w] = inputs as [Int8Array, Int8Array];
    const [dx] = outputs as [Int32Array];
    dx.fill(0);
    eachProduct(p, (output, input, weight) => {
      dx[input] = dx[input]! + Math.imul(g[output]!, w[weight]!);
    });
  },
);

export const conv2dWeightGradientS8 = kernel<Conv2dWeightGradientS8>(
  {
    about: `weight_gradient = sum of (input - zero point) * gradient where the tap lies inside; bias_gradient = sum of gradient.`,
    params: conv2dParams,
    operands: [
      input('input', 'int8', CONV2D.input),
      input('quantizer', 'float32', [QUANTIZER.length]),
      input('gradient', 'int8', CONV2D.output),
      output('weightGradient', 'int32', CONV2D.weights),
      output('biasGradient', 'int32', CONV2D.channels),
    ],
    rule: 'conv2d',
    split: { by: 'images', operands: ['sliced', 'shared', 'sliced', 'summed', 'summed'] },
    macs: CONV2D.macs,
    vector: 'simd',
  },
  (p, { inputs, outputs }) => {
    const [x, quantizer, g] = inputs as [Int8Array, Float32Array, Int8Array];
    const [dw, db] = outputs as [Int32Array, Int32Array];
    const zeroPoint = zeroPointOf(quantizer);
    dw.fill(0);
    db.fill(0);
    eachProduct(p, (output, input, weight) => {
      dw[weight] = dw[weight]! + Math.imul(x[input]! - zeroPoint, g[output]!);
    });
    g.forEach((value, i) => {
      const channel = i % p.outChannels;
      db[channel] = db[channel]! + value;
    });
  },
);

export const conv2dSumsF32 = kernel<Conv2dSumsF32>(
  {
    about: `The chains of conv2d_f32 from 0 on.`,
    params: conv2dParams,
    operands: [
      input('input', 'float32', CONV2D.input),
      input('weights', 'float32', CONV2D.weights),
      output('output', 'float32', CONV2D.output),
    ],
    rule: 'conv2d',
    split: { by: 'images', operands: ['sliced', 'shared', 'sliced'] },
    macs: CONV2D.macs,
    vector: 'simd-f32',
  },
  (p, { inputs, outputs }) => {
    const [x, w] = inputs as [Float32Array, Float32Array];
    const constants = [w, new Float32Array(p.outChannels), UNBOUNDED];
    const step = {
      kernel: 'conv2d_f32',
      name: '',
      inputs: [],
      constants: [],
      outputs: [],
      params: p,
    } as const;
    conv2dF32.run(step, { inputs: [x], constants, outputs });
  },
);

export const conv2dInputGradientF32 = kernel<Conv2dInputGradientF32>(
  {
    about: `Chains from 0 on by output row, output column and output channel, over all taps that meet a whole position; where it lies outside the output, the gradient is 0.`,
    params: conv2dParams,
    operands: [
      input('gradient', 'float32', CONV2D.output),
      input('weights', 'float32', CONV2D.weights),
      output('inputGradient', 'float32', CONV2D.input),
    ],
    rule: 'conv2d',
    split: { by: 'images', operands: ['sliced', 'shared', 'sliced'] },
    macs: CONV2D.macs,
    vector: 'simd-f32',
  },
  (p, { inputs, outputs }) => {
    const [g, w] = inputs as [Float32Array, Float32Array];
    const [dx] = outputs as [Float32Array];
    dx.fill(0);
    eachProductOfInput(p, (output, input, weight) => {
      dx[input] = fusedMultiplyAdd(output < 0 ? 0 : g[output]!, w[weight]!, dx[input]!);
    });
  },
);

export const conv2dWeightGradientF32 = kernel<Conv2dWeightGradientF32>(
  {
    about: `Chains from 0 on by image, output row and output column, over all positions; padding is 0.`,
    params: conv2dParams,
    operands: [
      input('input', 'float32', CONV2D.input),
      input('gradient', 'float32', CONV2D.output),
      output('weightGradient', 'float32', CONV2D.weights),
      output('biasGradient', 'float32', CONV2D.channels),
    ],
    rule: 'conv2d',
    macs: CONV2D.macs,
    vector: 'simd-f32',
  },
  (p, { inputs, outputs }) => {
    const [x, g] = inputs as [Float32Array, Float32Array];
    const [dw, db] = outputs as [Float32Array, Float32Array];
    dw.fill(0);
    db.fill(0);
    const [inside, image] = padded(p, x);
    eachProduct(inside, (output, input, weight) => {
      dw[weight] = fusedMultiplyAdd(image[input]!, g[output]!, dw[weight]!);
    });
    g.forEach((value, i) => {
      const channel = i % p.outChannels;
      db[channel] = db[channel]! + value;
    });
  },
);
