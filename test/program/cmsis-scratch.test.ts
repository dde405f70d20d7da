/**
 * Scratch for CMSIS-NN against what Arm's own size functions return: recorded from CMSIS-NN
 * 99f736a63036613032f9b70de36b493bcd7802d4, compiled for Cortex-M3, Cortex-M4 and Cortex-M55 and run in QEMU.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelNames, type Step, scratchBytes, signatureOf } from '../../src/program/kernels/index.ts';

/** Neither DSP instructions nor vectors, DSP instructions, both. */
const CORES = [
  { dsp: false, mve: false },
  { dsp: true, mve: false },
  { dsp: true, mve: true },
] as const;

type Sizes = readonly [m3: number, m4: number, m55: number];

/** arm_convolve_s8_get_buffer_size by kernel height and width and the channels of a group. */
const CONVOLUTIONS: readonly (readonly [h: number, w: number, channels: number, sizes: Sizes])[] = [
  [1, 1, 1, [16, 16, 64]],
  [3, 3, 1, [48, 48, 64]],
  [3, 3, 3, [112, 112, 128]],
  [3, 3, 4, [144, 144, 192]],
  [5, 5, 3, [304, 304, 320]],
  [1, 3, 16, [192, 192, 192]],
  [10, 4, 1, [160, 160, 192]],
  [3, 3, 16, [576, 576, 576]],
  [2, 2, 7, [112, 112, 128]],
  [7, 1, 5, [144, 144, 192]],
  [3, 3, 64, [2304, 2304, 2304]],
  [1, 5, 13, [272, 272, 320]],
];

/** arm_depthwise_conv_wrapper_s8_get_buffer_size by kernel, channels and padding; multiplier and dilation 1. */
const DEPTHWISE: readonly (readonly [h: number, w: number, channels: number, pad: number, sizes: Sizes])[] = [
  [3, 3, 8, 0, [0, 0, 4464]],
  [3, 3, 8, 1, [0, 0, 4464]],
  [3, 3, 8, 2, [0, 144, 4464]],
  [5, 5, 8, 1, [0, 400, 12400]],
  [1, 3, 13, 0, [0, 78, 1488]],
  [10, 4, 64, 1, [0, 5120, 19840]],
  [7, 7, 3, 2, [0, 294, 24304]],
  [2, 2, 125, 0, [0, 1000, 1984]],
  [3, 1, 300, 1, [0, 1800, 1488]],
];

/** arm_fully_connected_s8_get_buffer_size by features in and out. */
const DENSE: readonly (readonly [inFeatures: number, outFeatures: number, sizes: Sizes])[] = [
  [1, 10, [0, 0, 40]],
  [640, 128, [0, 0, 512]],
  [8, 640, [0, 0, 2560]],
  [33, 7, [0, 0, 28]],
];

/** arm_avgpool_s8_get_buffer_size by channels. */
const MEANS: readonly (readonly [channels: number, sizes: Sizes])[] = [
  [64, [0, 256, 0]],
  [13, [0, 52, 0]],
  [300, [0, 1200, 0]],
];

function sizesOf(kernel: Step['kernel'], params: Readonly<Record<string, number>>): readonly number[] {
  const step = { kernel, name: '', inputs: [], constants: [], outputs: [], params } as unknown as Step;
  return CORES.map((core) => scratchBytes(step, 'cmsis-nn', core));
}

const IMAGE = {
  batch: 1,
  inH: 20,
  inW: 20,
  outH: 20,
  outW: 20,
  strideH: 1,
  strideW: 1,
  dilationH: 1,
  dilationW: 1,
};

test('scratch for CMSIS-NN is what its size functions say', () => {
  for (const [kernelH, kernelW, channels, sizes] of CONVOLUTIONS) {
    for (const groups of [1, 2]) {
      const shape = { ...IMAGE, inChannels: channels * groups, outChannels: 8, kernelH, kernelW, groups };
      assert.deepEqual(sizesOf('conv2d_s8', { ...shape, padTop: 1, padLeft: 1 }), sizes);
    }
  }
  for (const [kernelH, kernelW, inChannels, pad, sizes] of DEPTHWISE) {
    const shape = { ...IMAGE, inChannels, depthMultiplier: 1, kernelH, kernelW, padTop: pad, padLeft: pad };
    assert.deepEqual(sizesOf('depthwise_conv2d_s8', shape), sizes);
    const plain = [0, 0, 0]; // arm_depthwise_conv_s8 takes what the fast functions do not
    assert.deepEqual(sizesOf('depthwise_conv2d_s8', { ...shape, depthMultiplier: 2 }), plain);
    assert.deepEqual(sizesOf('depthwise_conv2d_s8', { ...shape, dilationW: 2 }), plain);
    assert.deepEqual(sizesOf('depthwise_conv2d_s8', { ...shape, batch: 2 }), plain);
  }
  for (const [inFeatures, outFeatures, sizes] of DENSE) {
    assert.deepEqual(sizesOf('fully_connected_s8', { rows: 1, inFeatures, outFeatures }), sizes);
  }
  for (const [channels, sizes] of MEANS) assert.deepEqual(sizesOf('avg_pool2d_s8', { channels }), sizes);
});

test('a pointwise convolution takes none, and no other kernel has a size of its own with CMSIS-NN', () => {
  const pointwise = { ...IMAGE, inChannels: 64, outChannels: 8, kernelH: 1, kernelW: 1, groups: 1 };
  assert.deepEqual(sizesOf('conv2d_s8', { ...pointwise, padTop: 0, padLeft: 0 }), [0, 0, 0]);
  const own = kernelNames.filter((name) => signatureOf(name)!.cmsisScratch !== undefined);
  assert.deepEqual(own.sort(), ['avg_pool2d_s8', 'conv2d_s8', 'depthwise_conv2d_s8', 'fully_connected_s8']);
});
