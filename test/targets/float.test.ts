/** The float32 kernels as emitted C: the golden bytes on the host, with an FPU and without. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import type { Program } from '../../src/program/program.ts';
import { ARENA, type ProgramTensor, type Storage } from '../../src/program/types.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

const [HIGHEST, LOWEST] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** float32 image [1, 3, 7, 7] in, every float kernel once, float32 [1, 5] out. */
function floatProgram(): Program {
  const random = seededRandom(17);
  const tensors: ProgramTensor[] = [];
  const steps: Step[] = [];
  const tensor = (name: string, shape: readonly number[], storage: Storage = ARENA): number =>
    tensors.push({ name, dtype: 'float32', shape, quant: null, storage }) - 1;
  const weights = (name: string, count: number): number => {
    const data = Float32Array.from({ length: count }, () => (random() - 0.5) / 3);
    return tensor(name, [count], { kind: 'constant', data });
  };
  const bounds = (lowest: number, highest: number): number =>
    tensor('bounds', [2], { kind: 'constant', data: Float32Array.of(lowest, highest) });
  const window = { kernelH: 3, kernelW: 3, dilationH: 1, dilationW: 1, padTop: 1, padLeft: 1 };
  const same = { ...window, batch: 1, inH: 7, inW: 7, outH: 7, outW: 7, strideH: 1, strideW: 1 };
  const half = { ...window, batch: 1, inH: 7, inW: 7, outH: 4, outW: 4, strideH: 2, strideW: 2 };
  const copyOf = (size: number) => ({
    ...{ size0: 1, size1: 1, size2: 1, size3: size, inOffset: 0, outOffset: 0 },
    ...{ inStride0: 0, inStride1: 0, inStride2: 0, inStride3: 1 },
    ...{ outStride0: 0, outStride1: 0, outStride2: 0, outStride3: 1 },
  });

  const image = tensor('image', [1, 7, 7, 3]);
  const features = tensor('features', [1, 7, 7, 6]);
  const moved = tensor('moved', [1, 7, 7, 6]);
  const local = tensor('local', [1, 7, 7, 6]);
  const sum = tensor('sum', [1, 7, 7, 6]);
  const pooled = tensor('pooled', [1, 4, 4, 6]);
  const mean = tensor('mean', [1, 1, 1, 6]);
  const gated = tensor('gated', [1, 4, 4, 6]);
  const clamped = tensor('clamped', [1, 4, 4, 6]);
  const logits = tensor('logits', [1, 5]);
  const push = (step: Omit<Step, 'name'>): void => {
    steps.push({ ...step, name: step.kernel } as Step);
  };
  push({
    kernel: 'conv2d_f32',
    inputs: [image],
    constants: [weights('conv', 6 * 27), weights('conv bias', 6), bounds(0, 6)],
    outputs: [features],
    params: { ...same, inChannels: 3, outChannels: 6, groups: 1 },
  });
  push({
    kernel: 'depthwise_conv2d_f32',
    inputs: [features],
    constants: [weights('local', 54), weights('local bias', 6), bounds(LOWEST, HIGHEST)],
    outputs: [local],
    params: { ...same, inChannels: 6, depthMultiplier: 1 },
  });
  push({ kernel: 'copy_f32', inputs: [features], constants: [], outputs: [moved], params: copyOf(294) });
  push({
    kernel: 'add_f32',
    inputs: [moved, local],
    constants: [bounds(LOWEST, HIGHEST)],
    outputs: [sum],
    params: { size: 294 },
  });
  push({
    kernel: 'max_pool2d_f32',
    inputs: [sum],
    constants: [],
    outputs: [pooled],
    params: { ...half, channels: 6 },
  });
  push({
    kernel: 'avg_pool2d_f32',
    inputs: [pooled],
    constants: [],
    outputs: [mean],
    params: {
      ...{ batch: 1, inH: 4, inW: 4, channels: 6, outH: 1, outW: 1, strideH: 1, strideW: 1 },
      ...{ kernelH: 4, kernelW: 4, padTop: 0, padLeft: 0, countIncludePad: 0 },
    },
  });
  push({
    kernel: 'mul_f32',
    inputs: [pooled, mean],
    constants: [bounds(LOWEST, HIGHEST)],
    outputs: [gated],
    params: { outer: 16, channels: 6, repeat: 16 },
  });
  push({
    kernel: 'clamp_f32',
    inputs: [gated],
    constants: [bounds(-0.5, HIGHEST)],
    outputs: [clamped],
    params: { size: 96 },
  });
  push({
    kernel: 'fully_connected_f32',
    inputs: [clamped],
    constants: [weights('dense', 5 * 96), weights('dense bias', 5), bounds(LOWEST, HIGHEST)],
    outputs: [logits],
    params: { rows: 1, inFeatures: 96, outFeatures: 5 },
  });
  return {
    name: 'small',
    tensors,
    steps,
    inputs: [{ tensor: image, name: 'image', onnxShape: [1, 3, 7, 7], layout: [0, 2, 3, 1] }],
    outputs: [{ tensor: logits, name: 'logits', onnxShape: [1, 5], layout: [0, 1] }],
  };
}

test('a float bundle computes the golden bytes on the host, with an FPU, with vectors, and without an FPU', async () => {
  await withBundles([smallBundle({ program: floatProgram() })], async (folder) => {
    assert.match(readFileSync(join(folder!, 'small_weights.c'), 'utf8'), /#include <math\.h>/);
    const { runs } = await verifyBundle(folder!, {
      on: ['host', 'qemu'],
      cores: ['m3', 'm4', 'm7', 'm55'],
      layers: true,
    });
    assert.deepEqual(
      runs.map(({ core, bitExact }) => [core, bitExact]),
      [
        ['host', true],
        ['cortex-m3', true],
        ['cortex-m4', true],
        ['cortex-m7', true],
        ['cortex-m55', true],
      ],
      JSON.stringify(runs),
    );
  });
});
