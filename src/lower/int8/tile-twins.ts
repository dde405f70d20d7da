/** Steps that can be computed at the pixels of a list alone, and which pixels of their inputs they read for one. */
import type { SlidingWindow } from '../../program/kernels/common.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { TensorId } from '../../program/types.ts';
import type { Image } from './tile-lists.ts';

export type Twin = {
  readonly output: Image;
  /** Of every input: null where a pixel of the output reads the same pixel alone. */
  readonly inputs: readonly { readonly image: Image; readonly window: SlidingWindow | null }[];
  /** The step, at the pixels of a list of so many tiles. */
  readonly at: (tiles: TensorId, capacity: number, output: TensorId) => Step;
};

/**
 * Null where a step has no such form.
 * @param image what the step works on, where its parameters do not say
 */
export function twinOf(step: Step, image: Image): Twin | null {
  const { height, width } = image;
  const operands = (tiles: TensorId, output: TensorId) => ({
    name: step.name,
    inputs: [...step.inputs, tiles],
    constants: step.constants,
    outputs: [output],
  });
  const pixels = { output: image, inputs: step.inputs.map(() => ({ image, window: null })) };
  switch (step.kernel) {
    case 'conv2d_s8':
      return windowTwin(step.params, (tiles, capacity, output) => ({
        kernel: 'conv2d_tiles_s8',
        ...operands(tiles, output),
        params: { ...step.params, capacity },
      }));
    case 'depthwise_conv2d_s8':
      return windowTwin(step.params, (tiles, capacity, output) => ({
        kernel: 'depthwise_conv2d_tiles_s8',
        ...operands(tiles, output),
        params: { ...step.params, capacity },
      }));
    case 'max_pool2d_s8':
      return windowTwin(step.params, (tiles, capacity, output) => ({
        kernel: 'max_pool2d_tiles_s8',
        ...operands(tiles, output),
        params: { ...step.params, capacity },
      }));
    case 'avg_pool2d_s8':
      return windowTwin({ ...step.params, dilationH: 1, dilationW: 1 }, (tiles, capacity, output) => ({
        kernel: 'avg_pool2d_tiles_s8',
        ...operands(tiles, output),
        params: { ...step.params, capacity },
      }));
    case 'mean_pool2d_s8':
      return windowTwin(step.params, (tiles, capacity, output) => ({
        kernel: 'mean_pool2d_tiles_s8',
        ...operands(tiles, output),
        params: { ...step.params, capacity },
      }));
    case 'add_s8':
      if (step.params.size % (height * width) !== 0) return null;
      return {
        ...pixels,
        at: (tiles, capacity, output) => ({
          kernel: 'add_tiles_s8',
          ...operands(tiles, output),
          params: { ...step.params, height, width, capacity },
        }),
      };
    case 'mul_s8': {
      const size = step.params.outer * step.params.channels;
      if (step.params.repeat !== 1 || size % (height * width) !== 0) return null;
      const channels = size / (height * width);
      return {
        ...pixels,
        at: (tiles, capacity, output) => ({
          kernel: 'mul_tiles_s8',
          ...operands(tiles, output),
          params: { ...step.params, outer: height * width, channels, height, width, capacity },
        }),
      };
    }
    case 'lut_s8':
      if (step.params.size % (height * width) !== 0) return null;
      return {
        ...pixels,
        at: (tiles, capacity, output) => ({
          kernel: 'lut_tiles_s8',
          ...operands(tiles, output),
          params: { ...step.params, height, width, capacity },
        }),
      };
    default:
      return null;
  }
}

type WindowParams = SlidingWindow & {
  readonly batch: number;
  readonly inH: number;
  readonly inW: number;
  readonly outH: number;
  readonly outW: number;
};

function windowTwin(p: WindowParams, at: Twin['at']): Twin | null {
  if (p.batch !== 1) return null;
  const { kernelH, kernelW, strideH, strideW, dilationH, dilationW, padTop, padLeft } = p;
  const window = { kernelH, kernelW, strideH, strideW, dilationH, dilationW, padTop, padLeft };
  const alone = kernelH * kernelW * strideH * strideW === 1 && padTop === 0 && padLeft === 0;
  const image = { height: p.inH, width: p.inW };
  const output = { height: p.outH, width: p.outW };
  const same = alone && p.inH === p.outH && p.inW === p.outW;
  return { output, inputs: [{ image, window: same ? null : window }], at };
}
