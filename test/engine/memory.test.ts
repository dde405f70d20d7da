/** The memory of engines: there is an end to it, and dead engines give it back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeProgram } from '../../src/engine/encode.ts';
import { createRunner } from '../../src/engine/index.ts';
import { planMemory } from '../../src/program/plan.ts';
import { chain } from '../program/programs.ts';
import { compiledKernels, wasmKernels } from './programs.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false } } as const;
const MIB = 2 ** 20;

test('a program that needs more memory than WebAssembly has is refused with one error', () => {
  const wasm = wasmKernels();
  assert.ok(typeof wasm !== 'string', String(wasm));
  const program = chain([1100 * MIB, 1100 * MIB, 8]);
  assert.throws(() => createRunner(program, planMemory(program, OPTIONS), wasm), {
    name: 'TinymlError',
    code: 'E_SHAPE',
    message: /more memory/,
    hint: /TINYML_ENGINE=typescript/,
  });
});

test('WebAssembly has no more than 2 GiB, whatever it is asked for', () => {
  const wasm = wasmKernels();
  assert.ok(typeof wasm !== 'string', String(wasm));
  const program = chain([8, 8]);
  const encoded = encodeProgram(program, planMemory(program, OPTIONS));
  for (const arenaBytes of [
    2 ** 31 - 64 * 1024,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 32 + 64,
    2 ** 53,
  ]) {
    assert.throws(
      () => wasm.library.create({ ...encoded, arenaBytes }, 'generic'),
      RangeError,
      `${arenaBytes}`,
    );
  }
  const { arena } = wasm.library.create({ ...encoded, arenaBytes: 1500 * MIB }, 'generic');
  arena[arena.length - 1] = 1;
  assert.equal(arena.length, 1500 * MIB);
});

for (const { kind, library, isa } of compiledKernels().filter(({ isa }) => isa === 'generic')) {
  test(`${kind}: engines that nobody holds give their memory back`, async () => {
    const program = chain([8, 8]);
    const encoded = encodeProgram(program, planMemory(program, OPTIONS));
    const constants = new Uint8Array(32 * MIB).fill(1);
    const engines = 30;
    for (let i = 0; i < engines; i++) {
      library.create({ ...encoded, constants }, isa).run(0, 1);
      // Finalizers of an addon run between turns of the event loop.
      await new Promise(setImmediate);
    }
    const peak = process.resourceUsage().maxRSS / 1024;
    assert.ok(peak < 700, `${engines} engines of 32 MiB took ${peak.toFixed(0)} MiB`);
  });
}
