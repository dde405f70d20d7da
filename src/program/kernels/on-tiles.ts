/**
 * Kernels that compute the pixels of a tile list and leave the other bytes of their output as they are: twins of dense
 * kernels, with the parameters of those first, and a copy. A list is for one image. The output need not have been written:
 * what no list ever named holds no value.
 */
import { input, type Kernel, type KernelSignature, type Operand, output } from '../signature.ts';
import type { Operands, ProgramArray, StepOf } from '../types.ts';
import { type AddS8, addS8 } from './add-s8.ts';
import { type AvgPool2dS8, avgPool2dS8 } from './avg-pool2d-s8.ts';
import { type Conv2dS8, conv2dS8 } from './conv2d-s8.ts';
import { type DepthwiseConv2dS8, depthwiseConv2dS8 } from './depthwise-conv2d-s8.ts';
import { type LutS8, lutS8 } from './lut-s8.ts';
import { type MaxPool2dS8, maxPool2dS8 } from './max-pool2d-s8.ts';
import { type MeanPool2dS8, meanPool2dS8 } from './mean-pool2d-s8.ts';
import { type MulS8, mulS8 } from './mul-s8.ts';
import { type Capacity, capacityParams, IMAGE_EXTENT, tileList, tilesOf } from './tile-list.ts';

/** The image that a list is of. */
type Image = { readonly height: number; readonly width: number };

const imageParams = { height: IMAGE_EXTENT, width: IMAGE_EXTENT, ...capacityParams } as const;
const oneImage = { batch: [1, 1] } as const;

/** Operands of a twin: the list follows the inputs. */
function withTiles({ operands }: Pick<KernelSignature, 'operands'>): readonly Operand[] {
  const inputs = operands.filter(({ kind }) => kind === 'input');
  return [...inputs, tileList('tiles'), ...operands.slice(inputs.length)];
}

/** The pixels of the list that is the last input, from what `compute` makes of the other inputs. */
function onTiles(
  { height, width }: Image,
  { inputs, constants, outputs }: Operands,
  compute: (operands: Operands) => void,
): void {
  const list = inputs.at(-1) as Int32Array;
  const [output] = outputs as [ProgramArray];
  const whole = output.slice();
  compute({ inputs: inputs.slice(0, -1), constants, outputs: [whole] });
  const channels = output.length / (height * width);
  for (const { y0, x0, y1, x1 } of tilesOf(list, height, width)) {
    for (let y = y0; y < y1; y++) {
      const first = (y * width + x0) * channels;
      output.set(whole.subarray(first, first + (x1 - x0) * channels), first);
    }
  }
}

function outputImage({ outH, outW }: { readonly outH: number; readonly outW: number }): Image {
  return { height: outH, width: outW };
}

export type Conv2dTilesS8 = StepOf<'conv2d_tiles_s8', Conv2dS8['params'] & Capacity>;

export const conv2dTilesS8: Kernel<Conv2dTilesS8> = {
  signature: {
    about: `conv2d_s8 for the output pixels of a tile list.`,
    params: { ...conv2dS8.signature.params, ...oneImage, ...capacityParams },
    operands: withTiles(conv2dS8.signature),
    rule: 'conv2d',
    macs: conv2dS8.signature.macs!,
    vector: 'simd',
  },
  run: (step, operands) =>
    onTiles(outputImage(step.params), operands, (dense) =>
      conv2dS8.run({ ...step, kernel: 'conv2d_s8' }, dense),
    ),
};

export type DepthwiseConv2dTilesS8 = StepOf<
  'depthwise_conv2d_tiles_s8',
  DepthwiseConv2dS8['params'] & Capacity
>;

export const depthwiseConv2dTilesS8: Kernel<DepthwiseConv2dTilesS8> = {
  signature: {
    about: `depthwise_conv2d_s8 for the output pixels of a tile list.`,
    params: { ...depthwiseConv2dS8.signature.params, ...oneImage, ...capacityParams },
    operands: withTiles(depthwiseConv2dS8.signature),
    rule: 'depthwise_conv2d',
    macs: depthwiseConv2dS8.signature.macs!,
    vector: 'simd',
  },
  run: (step, operands) =>
    onTiles(outputImage(step.params), operands, (dense) =>
      depthwiseConv2dS8.run({ ...step, kernel: 'depthwise_conv2d_s8' }, dense),
    ),
};

export type MaxPool2dTilesS8 = StepOf<'max_pool2d_tiles_s8', MaxPool2dS8['params'] & Capacity>;

export const maxPool2dTilesS8: Kernel<MaxPool2dTilesS8> = {
  signature: {
    about: `max_pool2d_s8 for the output pixels of a tile list.`,
    params: { ...maxPool2dS8.signature.params, ...oneImage, ...capacityParams },
    operands: withTiles(maxPool2dS8.signature),
    rule: 'max_pool2d',
    vector: 'simd',
  },
  run: (step, operands) =>
    onTiles(outputImage(step.params), operands, (dense) =>
      maxPool2dS8.run({ ...step, kernel: 'max_pool2d_s8' }, dense),
    ),
};

export type AvgPool2dTilesS8 = StepOf<'avg_pool2d_tiles_s8', AvgPool2dS8['params'] & Capacity>;

export const avgPool2dTilesS8: Kernel<AvgPool2dTilesS8> = {
  signature: {
    about: `avg_pool2d_s8 for the output pixels of a tile list.`,
    params: { ...avgPool2dS8.signature.params, ...oneImage, ...capacityParams },
    operands: withTiles(avgPool2dS8.signature),
    rule: 'avg_pool2d',
    vector: 'simd',
  },
  run: (step, operands) =>
    onTiles(outputImage(step.params), operands, (dense) =>
      avgPool2dS8.run({ ...step, kernel: 'avg_pool2d_s8' }, dense),
    ),
};

export type MeanPool2dTilesS8 = StepOf<'mean_pool2d_tiles_s8', MeanPool2dS8['params'] & Capacity>;

export const meanPool2dTilesS8: Kernel<MeanPool2dTilesS8> = {
  signature: {
    about: `mean_pool2d_s8 for the output pixels of a tile list.`,
    params: { ...meanPool2dS8.signature.params, ...oneImage, ...capacityParams },
    operands: withTiles(meanPool2dS8.signature),
    rule: 'max_pool2d',
    vector: 'simd',
  },
  run: (step, operands) =>
    onTiles(outputImage(step.params), operands, (dense) =>
      meanPool2dS8.run({ ...step, kernel: 'mean_pool2d_s8' }, dense),
    ),
};

/** The size is height * width * channels. */
export type AddTilesS8 = StepOf<'add_tiles_s8', AddS8['params'] & Image & Capacity>;

export const addTilesS8: Kernel<AddTilesS8> = {
  signature: {
    about: `add_s8 for the pixels of a tile list of height x width pixels.`,
    params: { ...addS8.signature.params, ...imageParams },
    operands: withTiles(addS8.signature),
    rule: 'add_tiles',
    inPlace: [0, 1],
    vector: 'simd',
  },
  run: (step, operands) =>
    onTiles(step.params, operands, (dense) => addS8.run({ ...step, kernel: 'add_s8' }, dense)),
};

/** The positions are the pixels: outer is height * width. */
export type MulTilesS8 = StepOf<'mul_tiles_s8', MulS8['params'] & Image & Capacity>;

export const mulTilesS8: Kernel<MulTilesS8> = {
  signature: {
    about: `mul_s8 for the pixels of a tile list of height x width = outer pixels.`,
    params: { ...mulS8.signature.params, ...imageParams },
    operands: withTiles(mulS8.signature),
    rule: 'mul_tiles',
    inPlace: [0, 1],
  },
  run: (step, operands) =>
    onTiles(step.params, operands, (dense) => mulS8.run({ ...step, kernel: 'mul_s8' }, dense)),
};

/** The size is height * width * channels. */
export type LutTilesS8 = StepOf<'lut_tiles_s8', LutS8['params'] & Image & Capacity>;

export const lutTilesS8: Kernel<LutTilesS8> = {
  signature: {
    about: `lut_s8 for the pixels of a tile list of height x width pixels.`,
    params: { ...lutS8.signature.params, ...imageParams },
    operands: withTiles(lutS8.signature),
    rule: 'lut_tiles',
    inPlace: [0],
  },
  run: (step, operands) =>
    onTiles(step.params, operands, (dense) => lutS8.run({ ...step, kernel: 'lut_s8' }, dense)),
};

/** inputs [x NHWC, tiles], outputs [y NHWC]: the pixels of the list in y are those in x. */
export type CopyTilesS8 = StepOf<'copy_tiles_s8', Image & { readonly channels: number } & Capacity>;

export const copyTilesS8: Kernel<CopyTilesS8> = {
  signature: {
    about: `Copies the pixels of a tile list of height x width pixels.`,
    params: { height: IMAGE_EXTENT, width: IMAGE_EXTENT, channels: [1, 2 ** 31 - 1], ...capacityParams },
    operands: [
      input('input', 'int8', ['height', 'width', 'channels']),
      tileList('tiles'),
      output('output', 'int8', ['height', 'width', 'channels']),
    ],
  },
  run: ({ params }, operands) => onTiles(params, operands, ({ inputs: [x], outputs: [y] }) => y!.set(x!)),
};
