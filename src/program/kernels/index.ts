/** The table of kernels. A kernel is one file here and one file in each folder of native/kernels/. */
import type { Kernel } from '../types.ts';
import { type AddF32, addF32 } from './add-f32.ts';
import { type AddS8, addS8 } from './add-s8.ts';
import { type AvgPool2dF32, avgPool2dF32 } from './avg-pool2d-f32.ts';
import { type AvgPool2dS8, avgPool2dS8 } from './avg-pool2d-s8.ts';
import { type ClampF32, clampF32 } from './clamp-f32.ts';
import { type ConvTranspose2dF32, convTranspose2dF32 } from './conv-transpose2d-f32.ts';
import { type ConvTranspose2dS8, convTranspose2dS8 } from './conv-transpose2d-s8.ts';
import { type Conv2dF32, conv2dF32 } from './conv2d-f32.ts';
import { type Conv2dS8, conv2dS8 } from './conv2d-s8.ts';
import { type CopyF32, copyF32 } from './copy-f32.ts';
import { type CopyS8, copyS8 } from './copy-s8.ts';
import { type DepthwiseConv2dF32, depthwiseConv2dF32 } from './depthwise-conv2d-f32.ts';
import { type DepthwiseConv2dS8, depthwiseConv2dS8 } from './depthwise-conv2d-s8.ts';
import { type DequantizeS8, dequantizeS8 } from './dequantize-s8.ts';
import { type FillS8, fillS8 } from './fill-s8.ts';
import { type FullyConnectedF32, fullyConnectedF32 } from './fully-connected-f32.ts';
import { type FullyConnectedS8, fullyConnectedS8 } from './fully-connected-s8.ts';
import { type LutS8, lutS8 } from './lut-s8.ts';
import { type MaxPool2dF32, maxPool2dF32 } from './max-pool2d-f32.ts';
import { type MaxPool2dS8, maxPool2dS8 } from './max-pool2d-s8.ts';
import { type MulF32, mulF32 } from './mul-f32.ts';
import { type MulS8, mulS8 } from './mul-s8.ts';
import { type QuantizeS8, quantizeS8 } from './quantize-s8.ts';
import { type SoftmaxS8, softmaxS8 } from './softmax-s8.ts';

export type Step =
  | Conv2dS8
  | DepthwiseConv2dS8
  | ConvTranspose2dS8
  | FullyConnectedS8
  | AddS8
  | MulS8
  | AvgPool2dS8
  | MaxPool2dS8
  | SoftmaxS8
  | LutS8
  | CopyS8
  | FillS8
  | QuantizeS8
  | DequantizeS8
  | Conv2dF32
  | DepthwiseConv2dF32
  | ConvTranspose2dF32
  | FullyConnectedF32
  | AddF32
  | MulF32
  | AvgPool2dF32
  | MaxPool2dF32
  | ClampF32
  | CopyF32;

export type KernelName = Step['kernel'];

const kernels: { readonly [K in KernelName]: Kernel<Extract<Step, { kernel: K }>> } = {
  conv2d_s8: conv2dS8,
  depthwise_conv2d_s8: depthwiseConv2dS8,
  conv_transpose2d_s8: convTranspose2dS8,
  fully_connected_s8: fullyConnectedS8,
  add_s8: addS8,
  mul_s8: mulS8,
  avg_pool2d_s8: avgPool2dS8,
  max_pool2d_s8: maxPool2dS8,
  softmax_s8: softmaxS8,
  lut_s8: lutS8,
  copy_s8: copyS8,
  fill_s8: fillS8,
  quantize_s8: quantizeS8,
  dequantize_s8: dequantizeS8,
  conv2d_f32: conv2dF32,
  depthwise_conv2d_f32: depthwiseConv2dF32,
  conv_transpose2d_f32: convTranspose2dF32,
  fully_connected_f32: fullyConnectedF32,
  add_f32: addF32,
  mul_f32: mulF32,
  avg_pool2d_f32: avgPool2dF32,
  max_pool2d_f32: maxPool2dF32,
  clamp_f32: clampF32,
  copy_f32: copyF32,
};

export const kernelNames = Object.keys(kernels) as readonly KernelName[];

/** The kernel that a step calls. The table pairs each name with its own step type, so the cast is sound. */
export function kernelOf(step: Step): Kernel<Step> {
  return kernels[step.kernel] as unknown as Kernel<Step>;
}

/** Fields of the C parameter struct of a step, in order. */
export function stepParams(step: Step): readonly (readonly [name: string, value: number])[] {
  const values: Readonly<Record<string, number>> = step.params;
  return kernelOf(step).paramNames.map((name) => [name, values[name]!] as const);
}
