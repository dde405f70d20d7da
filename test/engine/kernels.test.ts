/** Every kernel of the engine, native and in WebAssembly, in every instruction set of this machine, writes the bytes of the reference. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeProgram } from '../../src/engine/encode.ts';
import { kernelNames, kernelOf } from '../../src/program/kernels/index.ts';
import { seededRandom } from '../../src/random.ts';
import type { Case } from '../native/cases.ts';
import { arenaBefore, compiledKernels, place, programOf, randomSteps, settleOutputs } from './programs.ts';

const POISON = 0xa5;
/** The arena after the step as the reference leaves it, scratch excepted. */
function expected(one: Case, placed: ReturnType<typeof programOf>): Uint8Array {
  const arena = arenaBefore(one, placed, POISON);
  const outputs = one.operands.outputs.map((array) => array.slice());
  const aliased = { ...one.operands, outputs };
  kernelOf(one.step).run(one.step, aliased);
  outputs.forEach((array, i) => {
    place(arena, placed.plan, placed.program.outputs[i]!.tensor, array);
  });
  return arena;
}

describe('compiled kernels compute the meaning', () => {
  for (const { kind, library, isa } of compiledKernels()) {
    for (const name of kernelNames) {
      test(`${name}, ${kind} with ${isa}`, () => {
        for (const one of randomSteps(name, seededRandom(11), 60)) {
          const placed = programOf(one);
          const want = expected(one, placed);
          const engine = library.create(encodeProgram(placed.program, placed.plan), isa);
          engine.arena.set(arenaBefore(one, placed, POISON));
          engine.run(0, 1);
          const arena = engine.arena.slice();
          settleOutputs(arena, placed);
          settleOutputs(want, placed);
          for (const { offset, bytes } of placed.plan.scratch) {
            want.fill(0, offset, offset + bytes);
            arena.fill(0, offset, offset + bytes);
          }
          const wrong = arena.findIndex((byte, i) => byte !== want[i]);
          assert.equal(
            wrong,
            -1,
            `byte ${wrong} of the arena is ${arena[wrong]}, not ${want[wrong]}: ` +
              `${JSON.stringify({ params: one.step.params, alias: one.alias, places: placed.plan.placements })}`,
          );
        }
      });
    }
  }
});
