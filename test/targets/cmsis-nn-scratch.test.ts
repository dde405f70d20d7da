/** Scratch memory of the adapters, held against what Arm's own functions said of it on Cortex-M3, M4 and M55 (CMSIS-NN 99f736a6).
 * Grouped convolutions are not among them: there the functions ask for the columns of all groups, and the library uses those of one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Step, scratchBytes } from '../../src/program/kernels/index.ts';

const CORES = [
  { dsp: false, mve: false },
  { dsp: true, mve: false },
  { dsp: true, mve: true },
];

/** Kind, kernel height and width, input channels (features of a dense layer), bytes on M3, M4 and M55. */
const RECORDED = [
  ['convolution', 3, 3, 1, 48, 48, 64],
  ['depthwise', 3, 3, 1, 0, 0, 4464],
  ['convolution', 3, 3, 3, 112, 112, 128],
  ['depthwise', 3, 3, 3, 0, 0, 4464],
  ['convolution', 3, 3, 17, 624, 624, 640],
  ['depthwise', 3, 3, 17, 0, 0, 4464],
  ['convolution', 3, 3, 64, 2304, 2304, 2304],
  ['depthwise', 3, 3, 64, 0, 0, 4464],
  ['convolution', 3, 3, 125, 4512, 4512, 4544],
  ['depthwise', 3, 3, 125, 0, 0, 4464],
  ['convolution', 3, 3, 256, 9216, 9216, 9216],
  ['depthwise', 3, 3, 256, 0, 0, 4464],
  ['convolution', 1, 3, 1, 16, 16, 64],
  ['depthwise', 1, 3, 1, 0, 6, 1488],
  ['convolution', 1, 3, 3, 48, 48, 64],
  ['depthwise', 1, 3, 3, 0, 18, 1488],
  ['convolution', 1, 3, 17, 208, 208, 256],
  ['depthwise', 1, 3, 17, 0, 102, 1488],
  ['convolution', 1, 3, 64, 768, 768, 768],
  ['depthwise', 1, 3, 64, 0, 384, 1488],
  ['convolution', 1, 3, 125, 1504, 1504, 1536],
  ['depthwise', 1, 3, 125, 0, 750, 1488],
  ['convolution', 1, 3, 256, 3072, 3072, 3072],
  ['depthwise', 1, 3, 256, 0, 1536, 1488],
  ['convolution', 10, 4, 1, 160, 160, 192],
  ['depthwise', 10, 4, 1, 0, 80, 19840],
  ['convolution', 10, 4, 3, 480, 480, 512],
  ['depthwise', 10, 4, 3, 0, 240, 19840],
  ['convolution', 10, 4, 17, 2720, 2720, 2752],
  ['depthwise', 10, 4, 17, 0, 1360, 19840],
  ['convolution', 10, 4, 64, 10240, 10240, 10240],
  ['depthwise', 10, 4, 64, 0, 5120, 19840],
  ['convolution', 10, 4, 125, 20000, 20000, 20032],
  ['depthwise', 10, 4, 125, 0, 10000, 19840],
  ['convolution', 10, 4, 256, 40960, 40960, 40960],
  ['depthwise', 10, 4, 256, 0, 20480, 19840],
  ['convolution', 7, 7, 1, 208, 208, 256],
  ['depthwise', 7, 7, 1, 0, 98, 24304],
  ['convolution', 7, 7, 3, 592, 592, 640],
  ['depthwise', 7, 7, 3, 0, 294, 24304],
  ['convolution', 7, 7, 17, 3344, 3344, 3392],
  ['depthwise', 7, 7, 17, 0, 1666, 24304],
  ['convolution', 7, 7, 64, 12544, 12544, 12544],
  ['depthwise', 7, 7, 64, 0, 6272, 24304],
  ['convolution', 7, 7, 125, 24512, 24512, 24512],
  ['depthwise', 7, 7, 125, 0, 12250, 24304],
  ['convolution', 7, 7, 256, 50176, 50176, 50176],
  ['depthwise', 7, 7, 256, 0, 25088, 24304],
  ['average', 0, 0, 1, 0, 4, 0],
  ['dense', 0, 0, 1, 0, 0, 4],
  ['average', 0, 0, 17, 0, 68, 0],
  ['dense', 0, 0, 17, 0, 0, 68],
  ['average', 0, 0, 256, 0, 1024, 0],
  ['dense', 0, 0, 256, 0, 0, 1024],
] as const;

const REQUANTIZATION = { inputOffset: 3, outputOffset: 0, actMin: -128, actMax: 127 };

function stepOf(kind: string, kernelH: number, kernelW: number, channels: number): Step {
  const window = { batch: 1, inH: 16, inW: 16, outH: 16, outW: 16, kernelH, kernelW, strideH: 1, strideW: 1 };
  const plain = { ...window, padTop: 1, padLeft: 1, dilationH: 1, dilationW: 1, ...REQUANTIZATION };
  const operands = { name: kind, inputs: [0], constants: [], outputs: [1] };
  switch (kind) {
    case 'convolution':
      return {
        ...operands,
        kernel: 'conv2d_s8',
        params: { ...plain, inChannels: channels, outChannels: 8, groups: 1 },
      };
    case 'depthwise':
      return {
        ...operands,
        kernel: 'depthwise_conv2d_s8',
        params: { ...plain, inChannels: channels, depthMultiplier: 1 },
      };
    case 'average':
      return {
        ...operands,
        kernel: 'avg_pool2d_s8',
        params: { ...window, padTop: 0, padLeft: 0, channels, countIncludePad: 0, actMin: -128, actMax: 127 },
      } as unknown as Step;
    default:
      return {
        ...operands,
        kernel: 'fully_connected_s8',
        params: { rows: 1, inFeatures: 64, outFeatures: channels, perChannel: 0, ...REQUANTIZATION },
      };
  }
}

test('the scratch memory that is planned for CMSIS-NN is what its functions ask for', () => {
  for (const [kind, kernelH, kernelW, channels, ...bytes] of RECORDED) {
    const step = stepOf(kind, kernelH, kernelW, channels);
    const planned = CORES.map((core) => scratchBytes(step, 'cmsis-nn', core));
    assert.deepEqual(planned, bytes, `${kind} ${kernelH}x${kernelW}, ${channels} channels`);
  }
});
