import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createMachine as createEngineMachine,
  createRunner as createEngineRunner,
} from '../../src/engine/index.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { macsOfSteps, passingTensors, stretchesOf } from '../../src/program/loops.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Call, Loop, Program } from '../../src/program/program.ts';
import { createMachine, createRunner } from '../../src/program/run.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { verifyPlan } from '../../src/program/verify-plan.ts';
import { compiledKernels } from '../engine/programs.ts';
import { int8s } from '../native/random.ts';
import { smallProgram } from '../targets/small-model.ts';
import { packedAttention, plannedDepthFirst, pointwise, smallTransformer } from './looped.ts';

const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false } } as const;

/** Bytes of outputs for the same noise. */
function outputsOf(program: Program, run: ReturnType<typeof createRunner>): readonly Uint8Array[] {
  const random = seededRandom(11);
  return Array.from({ length: 3 }, () => {
    const inputs = program.inputs.map(({ tensor }) =>
      int8s(
        random,
        program.tensors[tensor]!.shape.reduce((product, size) => product * size, 1),
      ),
    );
    return run(inputs);
  }).flatMap((outputs) =>
    outputs.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

const CASES: readonly (readonly [
  what: string,
  make: () => Promise<Program>,
  whole: number,
  looped: number,
])[] = [
  ['a transformer over 12 tokens', () => smallTransformer(12), 704, 392],
  ['blocks of three rows of 9', () => smallTransformer(9), 560, 320],
  ['rows one by one of 7', () => smallTransformer(7), 464, 228],
  ['queries, keys and values of one layer', packedAttention, 500, 332],
  ['pointwise convolutions with a Relu between', () => pointwise('Relu'), 1040, 212],
  ['pointwise convolutions with a table between', () => pointwise('Sigmoid'), 1040, 212],
];

for (const [what, make, wholeBytes, loopedBytes] of CASES) {
  test(`the same bytes from fewer: ${what}`, async () => {
    const whole = await make();
    const plan = planMemory(whole, OPTIONS);
    const looped = plannedDepthFirst(whole, OPTIONS);
    assert.deepEqual([plan.arenaBytes, looped.plan.arenaBytes], [wholeBytes, loopedBytes]);
    const expected = outputsOf(whole, createRunner(whole, plan));
    const { program } = looped;
    assert.deepEqual(outputsOf(program, createRunner(program, looped.plan)), expected);
    for (const kernels of compiledKernels()) {
      assert.deepEqual(outputsOf(program, createEngineRunner(program, looped.plan, kernels)), expected);
    }
    const macs = (one: Program): number => macsOfSteps(one).reduce((sum, step) => sum + step, 0);
    assert.equal(macs(program), macs(whole), 'products are computed once');
  });
}

test('a Program whose peak no rows lower stays as it is', () => {
  const program = smallProgram();
  assert.equal(plannedDepthFirst(program, OPTIONS).program, program);
});

test('a layer over rows of which there is one stays as it is', async () => {
  const program = await smallTransformer(1);
  assert.equal(plannedDepthFirst(program, OPTIONS).program.loops, undefined);
});

test('what a loop writes for one block is neither a port nor seen by other steps', async () => {
  const { program } = plannedDepthFirst(await smallTransformer(12), OPTIONS);
  const own = stretchesOf(program).flatMap((stretch) => [...passingTensors(program, stretch)]);
  assert.ok(own.length > 0);
  const [first] = program.loops as readonly [Loop];
  const { calls, end } = first;
  const refused = (loop: Partial<Loop>, message: RegExp): void =>
    assert.throws(() => verifyProgram({ ...program, loops: [{ ...first, ...loop }] }), message);
  const withLast = (changed: Partial<Call>): Partial<Loop> => ({
    calls: calls.with(-1, { ...calls.at(-1)!, ...changed }),
  });
  refused({ calls: [] }, /loop 0 never calls one of its steps/);
  refused({ end: program.steps.length + 1 }, /loop 0 has the steps/);
  refused(withLast({ step: end }), /loop 0 calls step \d+, which is none of its own/);
  refused(withLast({ outputs: [] }), /loop 0 has call \d+, of step \d+, at the elements/);
  refused(withLast({ outputs: [-1] }), /loop 0 has call \d+, of step \d+, at the elements/);
  refused(
    withLast({ outputs: [calls.at(-1)!.outputs[0]! + 1] }),
    /has \d+ elements as "output", the parameters say/,
  );
  refused({ calls: calls.slice(1) }, /before anything writes it/);
  refused({ calls: calls.slice(0, -1) }, /which no step writes|before anything writes it/);
  assert.throws(() => verifyProgram({ ...program, loops: [first, first] }), /loop 1 has the steps/);
});

test('a plan holds what a loop reads to its end, and lets it write where it has read', async () => {
  const { program, plan } = plannedDepthFirst(await smallTransformer(12), OPTIONS);
  verifyPlan(program, plan, OPTIONS);
  const placeOf = (id: number) => plan.placements.find(({ tensor }) => tensor === id)!;
  const moved = stretchesOf(program).flatMap((loop) => {
    const passing = passingTensors(program, loop);
    const own = new Set(
      program.steps
        .slice(loop.first, loop.end)
        .flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
        .filter((id) => !passing.has(id) && program.tensors[id]!.storage.kind === 'arena'),
    );
    return [...own].flatMap((from) =>
      [...own].flatMap((to) =>
        loop.isLoop && from < to && placeOf(from).offset === placeOf(to).offset
          ? [[loop, from, to] as const]
          : [],
      ),
    );
  });
  assert.ok(moved.length > 0, 'nothing is written over what was read');
  const [loop, from] = moved[0]!;
  // One more step that reads what was overwritten, in the loop or behind it.
  const reader = program.steps.slice(loop.first, loop.end).find(({ inputs }) => inputs.includes(from))!;
  const late = { ...program, steps: program.steps.with(loop.end - 1, reader) };
  assert.throws(() => verifyPlan(late, plan, OPTIONS), /share bytes|has no place|scratch|whose bytes/);
});

test('a part of a loop does not run', async () => {
  const { program, plan } = plannedDepthFirst(await smallTransformer(12), OPTIONS);
  const { first, end } = program.loops![0]!;
  for (const machine of [
    createMachine(program, plan),
    ...compiledKernels().map((kernels) => createEngineMachine(program, plan, kernels)),
  ]) {
    assert.throws(() => machine.run(first, end - 1), /a part of a loop/);
    assert.throws(() => machine.run(first + 1, end), /a part of a loop/);
  }
});
