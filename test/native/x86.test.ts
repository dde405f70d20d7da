/** The kernels for x86 instruction sets write the bytes of the reference, for sizes that fill and overflow their tiles. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeProgram } from '../../src/engine/encode.ts';
import { type KernelName, kernelOf } from '../../src/program/kernels/index.ts';
import { seededRandom } from '../../src/random.ts';
import { arenaBefore, nativeKernels, programOf, randomSteps, settleOutputs } from '../engine/programs.ts';
import { bytesOf, type Case } from './cases.ts';

/** Kernels with an implementation of their own, and the instruction sets that have one of each. */
const ACCELERATED: readonly KernelName[] = [
  'conv2d_s8',
  'depthwise_conv2d_s8',
  'fully_connected_s8',
  'add_s8',
  'avg_pool2d_s8',
  'max_pool2d_s8',
  'conv2d_f32',
  'fully_connected_f32',
  'add_f32',
  'mul_f32',
  'avg_pool2d_f32',
  'max_pool2d_f32',
  'clamp_f32',
];
const ISAS = ['avx2', 'avx512vnni'];

/** Every random case is one that these kernels take: a case left to a lesser instruction set is a failure. */
const STEPS = 300;

const kernels = nativeKernels();

function outputOf(one: Case): Uint8Array {
  const { step, operands } = one;
  kernelOf(step).run(step, operands);
  return bytesOf(operands.outputs[0]!);
}

for (const isa of ISAS) {
  describe(isa, () => {
    for (const name of ACCELERATED) {
      test(`${name} computes the meaning`, (t) => {
        if (typeof kernels === 'string') return t.skip(kernels);
        const { addon } = kernels;
        const level = addon.isas.indexOf(isa);
        if (level < 0) return t.skip(`this processor has no ${isa}: ${addon.isas.join(', ')}`);
        randomSteps(name, seededRandom(31), STEPS).forEach((one, index) => {
          const placed = programOf(one);
          const { code, constants, arenaBytes } = encodeProgram(placed.program, placed.plan);
          const engine = addon.create(code, constants, arenaBytes, level);
          const about = `case ${index}: ${JSON.stringify(one.step.params)}`;
          assert.equal(addon.stepIsa(engine, 0), isa, about);
          const arena = arenaBefore(one, placed, 0xa5);
          addon.run(engine, arena, 0, 1);
          settleOutputs(arena, placed);
          const id = placed.program.outputs[0]!.tensor;
          const { offset, bytes } = placed.plan.placements.find(({ tensor }) => tensor === id)!;
          assert.deepEqual(arena.subarray(offset, offset + bytes), outputOf(one), about);
        });
      });
    }
  });
}
