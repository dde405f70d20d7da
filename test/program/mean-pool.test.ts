/** An average into a scale of its own is a depthwise convolution with weights 1: byte for byte, so that old files keep their outputs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { kernelOf, type Step } from '../../src/program/kernels/index.ts';
import { randomCase } from '../native/cases.ts';

test('mean_pool2d_s8 computes what depthwise_conv2d_s8 with weights 1 computes', () => {
  const random = seededRandom(23);
  for (let trial = 0; trial < 100; trial++) {
    const { step: mean, operands } = randomCase('mean_pool2d_s8', random);
    const { channels, multiplier, shift, ...params } = mean.params as Record<string, number>;
    const all = (value: number) => new Int32Array(channels!).fill(value);
    const ones = new Int8Array(params.kernelH! * params.kernelW! * channels!).fill(1);
    const depthwise = {
      ...mean,
      kernel: 'depthwise_conv2d_s8',
      params: { ...params, inChannels: channels, depthMultiplier: 1 },
    } as unknown as Step;
    const [own, other] = [operands.outputs[0]!, operands.outputs[0]!.slice()];
    kernelOf(mean).run(mean, operands);
    const constants = [ones, all(0), all(multiplier!), all(shift!)];
    kernelOf(depthwise).run(depthwise, { inputs: operands.inputs, constants, outputs: [other] });
    assert.deepEqual(own, other, JSON.stringify(mean.params));
  }
});
