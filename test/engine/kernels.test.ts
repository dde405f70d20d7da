/** Every kernel of the engine, native and in WebAssembly, in every instruction set of this machine, writes the bytes of the reference. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kernelNames } from '../../src/program/kernels/index.ts';
import { compiledKernels, differsIn, hasOwnKernel, judgedCases, wrongByte } from './programs.ts';

/** Cases whose sizes fill tiles of all widths, and overflow them; fewer where the same code runs as in a lesser instruction set. */
const CASES = 50;
const SAME_CASES = 5;

describe('compiled kernels compute the meaning', () => {
  const kinds = compiledKernels();
  for (const name of kernelNames) {
    test(name, async (t) => {
      const cases = judgedCases(name, 11, CASES);
      for (const { kind, library, isa } of kinds) {
        await t.test(`${kind} with ${isa}`, () => {
          for (const one of differsIn(name, isa) ? cases : cases.slice(0, SAME_CASES)) {
            const engine = library.create(one.encoded, isa);
            engine.arena.set(one.before);
            engine.run(0, 1);
            assert.equal(wrongByte(one, engine.arena.slice()), null);
            const own = one.inOrder ? 'generic' : isa;
            if (hasOwnKernel(name, isa)) assert.equal(engine.stepIsa(0), own, one.about);
          }
        });
      }
    });
  }
});
