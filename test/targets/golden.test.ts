import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { type Kernels, loadKernels } from '../../src/engine/load.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createRunnerOn } from '../../src/program/run.ts';
import { costsOf, createCheckedMachine, stepsWithin } from '../../src/targets/cortex-m/checked-machine.ts';
import { goldenVectors } from '../../src/targets/cortex-m/golden.ts';
import { smallProgram } from './small-model.ts';

const REFERENCE: Kernels = { kind: 'typescript', reason: 'test' };
const program = smallProgram();
const plan = planMemory(program, { library: 'builtin', core: { dsp: true, mve: false } });

/** The kernels of this machine, with one byte of the arena other than it should be after a step. */
function faulty(step: number, offset: number): Kernels {
  const kernels = loadKernels();
  if (kernels.kind === 'typescript') return kernels;
  const create: typeof kernels.library.create = (encoded, isa) => {
    const engine = kernels.library.create(encoded, isa);
    return {
      ...engine,
      arena: engine.arena,
      run: (first, end, threads) => {
        engine.run(first, end, threads);
        if (first <= step && step < end) engine.arena[offset]! ^= 1;
      },
    };
  };
  return { ...kernels, library: { ...kernels.library, create } };
}

test('the engine makes the golden vectors of the reference', () => {
  const recorded = [{ starts: true, inputs: [new Float32Array(72).fill(0.3), new Int8Array(8).fill(5)] }];
  assert.deepEqual(
    goldenVectors(program, plan, recorded),
    goldenVectors(program, plan, recorded, undefined, REFERENCE),
  );
});

test('a step of the engine that computes one other bit is named', () => {
  program.steps.forEach(({ outputs, name, kernel }, step) => {
    const { offset } = plan.placements.find(({ tensor }) => tensor === outputs[0])!;
    assert.throws(
      () => goldenVectors(program, plan, [], undefined, faulty(step, offset)),
      (error: unknown) =>
        error instanceof TinymlError &&
        error.code === 'E_INTERNAL' &&
        error.at.join() === `step ${step}, "${name}" (${kernel})`,
    );
  });
});

test('only what is to be checked costs the reference, and a fault elsewhere stays', () => {
  const { offset } = plan.placements.find(({ tensor }) => tensor === program.steps[4]!.outputs[0])!;
  const inputs = [new Float32Array(72).fill(0.3), new Int8Array(8).fill(5)];
  const run = (checked: ReadonlySet<number>) => {
    const machine = createCheckedMachine(program, plan, faulty(4, offset), (step) => checked.has(step));
    return createRunnerOn(program, plan, machine)(inputs);
  };
  assert.throws(() => run(new Set([4])), /engine and the reference compute different bytes/);
  assert.doesNotThrow(() => run(new Set([0, 1, 2, 3, 5, 6, 7])));
});

test('of a large model the reference takes the cheapest step of each kernel, and more as its budget holds', () => {
  const chain: Program = { ...program, steps: [...program.steps, ...program.steps.slice(1, 5)] };
  const kinds = new Set(program.steps.map(({ kernel }) => kernel)).size;
  assert.equal(stepsWithin(chain, 0).size, kinds);
  const all = costsOf(chain).reduce((sum, cost) => sum + cost, 0);
  assert.equal(stepsWithin(chain, all).size, chain.steps.length);
  const some = stepsWithin(chain, all - 1);
  assert.equal(some.size, chain.steps.length - 1);
});
