/** Random whole int8 networks: every executor on this machine gives the bytes of the reference, on any number of threads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMachine } from '../../src/engine/index.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createRunner as createReference, createRunnerOn } from '../../src/program/run.ts';
import { generateInputs } from '../../src/targets/cortex-m/golden.ts';
import { randomNetwork } from '../whole-way/random-network.ts';
import { compiledKernels } from './programs.ts';

const NETWORKS = 150;
const THREADS = [1, 3];
const executors = compiledKernels();

test(`${NETWORKS} random networks give the same bytes in ${executors.length} executors`, async () => {
  const kernels = new Set<string>();
  for (let seed = 1; seed <= NETWORKS; seed++) {
    const program = await randomNetwork(seed);
    for (const step of program.steps) kernels.add(step.kernel);
    const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });
    const inputs = generateInputs(
      program.inputs.map(({ tensor }) => program.tensors[tensor]!),
      'noise',
    );
    const wanted = createReference(program, plan)(inputs).map((output) => output.slice());
    for (const executor of executors) {
      const machine = createMachine(program, plan, executor);
      for (const threads of THREADS) {
        const run = createRunnerOn(program, plan, {
          ...machine,
          run: (from, to) => machine.run(from, to, threads),
        });
        assert.deepEqual(
          run(inputs),
          wanted,
          `network ${seed}, ${executor.kind} ${executor.isa}, ${threads} threads`,
        );
      }
    }
  }
  for (const kernel of [
    'conv2d_s8',
    'depthwise_conv2d_s8',
    'fully_connected_s8',
    'add_s8',
    'mul_s8',
    'lut_s8',
  ]) {
    assert.ok(kernels.has(kernel), `no network has ${kernel}`);
  }
});
