/** State: first values, kept from run to run, on every executor; its place in a plan. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner } from '../../src/engine/index.ts';
import type { Kernels } from '../../src/engine/load.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { POISON } from '../../src/program/run.ts';
import { stateTensors } from '../../src/program/state.ts';
import { verifyPlan } from '../../src/program/verify-plan.ts';
import { compiledKernels } from '../engine/programs.ts';
import { chain, copyStep, delayLine } from './programs.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false } } as const;
const SIZE = 6;
const filled = (value: number): Int8Array => new Int8Array(SIZE).fill(value);
const FIRST = Int8Array.of(1, 2, 3, 4, 5, 6);

const executors: readonly Kernels[] = [{ kind: 'typescript', reason: 'asked for' }, ...compiledKernels()];

for (const kernels of executors) {
  const name = kernels.kind === 'typescript' ? 'reference' : `${kernels.kind}, ${kernels.isa}`;

  test(`${name}: state has its first values, stays from run to run, and can be reset`, () => {
    const program = delayLine(SIZE);
    const run = createRunner(program, planMemory(program, OPTIONS), kernels);
    for (let round = 0; round < 2; round++) {
      const outputs = [10, 20, 30, 40].map((value) => run([filled(value)]));
      assert.deepEqual(outputs, [
        [FIRST, filled(6)],
        [filled(77), filled(7)],
        [filled(10), filled(8)],
        [filled(20), filled(9)],
      ]);
      run.reset();
    }
  });

  test(`${name}: runners of one Program have states of their own`, () => {
    const program = delayLine(SIZE);
    const plan = planMemory(program, OPTIONS);
    const [a, b] = [createRunner(program, plan, kernels), createRunner(program, plan, kernels)];
    a([filled(10)]);
    a([filled(20)]);
    assert.deepEqual(b([filled(30)]), [FIRST, filled(6)]);
    assert.deepEqual(a([filled(40)]), [filled(10), filled(8)]);
    b.reset();
    assert.deepEqual(a([filled(50)]), [filled(20), filled(9)]);
  });

  test(`${name}: what is not state is poisoned before every run`, () => {
    assert.notEqual(POISON, 0); // memory that nobody wrote is often 0 anyway
    const half: Program = { ...chain([SIZE, SIZE]), steps: [copyStep('half', 0, 1, SIZE / 2)] };
    const run = createRunner(half, planMemory(half, OPTIONS), kernels);
    const want = filled((POISON << 24) >> 24).fill(1, 0, SIZE / 2);
    for (let n = 0; n < 2; n++) assert.deepEqual(run([filled(1)]), [want]);
  });
}

test('state lies at the start of the arena, alone, from before the first step to after the last', () => {
  const program = delayLine(SIZE);
  const plan = planMemory(program, OPTIONS);
  const state = new Set(stateTensors(program));
  assert.equal(plan.stateBytes, 24); // three tensors of 6 bytes, each rounded up to 8
  for (const { tensor, offset, bytes, firstStep, lastStep } of plan.placements) {
    if (!state.has(tensor)) assert.ok(offset >= plan.stateBytes);
    else {
      assert.ok(offset + bytes <= plan.stateBytes);
      assert.deepEqual([firstStep, lastStep], [-1, program.steps.length]);
    }
  }
});

test('state shares its memory with nothing, in place or unused', () => {
  const program: Program = delayLine(SIZE);
  const idle: Program = {
    ...program,
    steps: program.steps.slice(0, 1),
    outputs: program.outputs.slice(0, 1),
  };
  assert.equal(planMemory(idle, OPTIONS).stateBytes, 24);
  const [before, ...others] = program.tensors.slice(3, 6);
  const inPlace: Program = {
    ...chain([SIZE, SIZE]),
    tensors: [...chain([SIZE, SIZE]).tensors, before!, ...others],
  };
  const plan = planMemory(inPlace, OPTIONS);
  assert.equal(new Set(plan.placements.map(({ offset }) => offset)).size, plan.placements.length);
});

test('a plan that puts state elsewhere, or something else among it, is refused', () => {
  const program = delayLine(SIZE);
  const plan = planMemory(program, OPTIONS);
  for (const stateBytes of [0, plan.stateBytes - 8, plan.stateBytes + 8]) {
    assert.throws(() => verifyPlan(program, { ...plan, stateBytes }, OPTIONS), {
      code: 'E_PROGRAM',
      message: /state at \d+ \.\. \d+, with/,
    });
  }
});

test('a Program without state has none in its plan', () => {
  assert.equal(planMemory(chain([40, 40]), OPTIONS).stateBytes, 0);
});
