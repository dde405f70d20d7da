import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardSteps } from '../../src/lower/int8/guard-steps.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { arenaRegion, flashBytes } from '../../src/profiles/cortex-m.ts';
import { planMemory } from '../../src/program/plan.ts';
import { summariseProgram } from '../../src/program/summary.ts';
import { tableBytes } from '../../src/program/tables.ts';
import { fitFailure, LEAST_STACK_BYTES } from '../../src/targets/cortex-m/fit.ts';
import { loadCortexM } from '../cortex-m.ts';
import { randomGated } from '../lower/int8/random-gated.ts';
import { denseProgram } from './small-model.ts';

const program = denseProgram();
const NOTHING = { codeBytes: 0, otherTableBytes: 0, heldBytes: 0, least: null };
const planned = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
const profile = loadCortexM('rp2040');
/** What is left of RAM beside the least stack. */
const ram = arenaRegion(profile).bytes - LEAST_STACK_BYTES;
/** Bytes of code that fill the flash to the last byte, with the tables. */
const code = flashBytes(profile) - tableBytes(program);

/** Whether it fits, by what the failure names. */
function fits(arenaBytes: number, codeBytes: number): readonly [ram: boolean, flash: boolean] {
  const plan = { ...planned, arenaBytes };
  const failure = fitFailure(program, plan, profile, () => [], { ...NOTHING, codeBytes });
  assert.equal(failure?.code ?? 'E_MEMORY', 'E_MEMORY');
  const short = (what: string): boolean => failure?.message.includes(what) ?? false;
  const [ram, flash] = [short('the arena needs'), short('the constant tables and the code need')];
  assert.equal(failure !== null, ram || flash);
  return [!ram, !flash];
}

test('a device that is filled to the last byte is large enough, and a byte more is too much', () => {
  assert.ok(code > 0);
  assert.deepEqual(fits(ram, code), [true, true]);
  assert.deepEqual(fits(ram + 1, code), [false, true]);
  assert.deepEqual(fits(ram, code + 1), [true, false]);
  assert.deepEqual(fits(ram + 1, code + 1), [false, false]);
});

test('samples that are held whole need room beside the arena, or in another memory', () => {
  const failureOf = (id: string, arenaBytes: number, heldBytes: number) =>
    fitFailure(program, { ...planned, arenaBytes }, loadCortexM(id), () => [loadCortexM('stm32l4r5')], {
      ...NOTHING,
      heldBytes,
    });
  const small = loadCortexM('samd21g18');
  assert.deepEqual(
    small.ram.map(({ bytes }) => bytes),
    [32 * 1024],
  );
  assert.equal(failureOf('samd21g18', 22_256, 32 * 1024 - 22_256 - LEAST_STACK_BYTES), null);
  const failure = failureOf('samd21g18', 22_256, 32_000)!;
  assert.match(
    failure.message,
    /the arena needs 22,256 bytes, the samples beside it 32,000, a stack 512, and samd21g18 has 32,768/,
  );
  assert.deepEqual(failure.at, ['samples of one input: 31.25 KiB, which the front end takes whole']);
  assert.match(failure.hint!, /without peak, range and reference[^;]*; it fits on stm32l4r5$/);

  const several = loadCortexM('stm32h743');
  const others = several.ram.filter(({ name }) => name !== several.arena).map(({ bytes }) => bytes);
  const largest = Math.max(...others) - LEAST_STACK_BYTES;
  assert.equal(failureOf('stm32h743', arenaRegion(several).bytes, largest), null);
  assert.notEqual(failureOf('stm32h743', arenaRegion(several).bytes, largest + 1), null);
});

test('a larger device that is filled to the last byte is named', () => {
  const larger = loadCortexM('stm32h743');
  const most = arenaRegion(larger).bytes;
  assert.ok(most > ram);
  const hint = (arenaBytes: number) =>
    fitFailure(program, { ...planned, arenaBytes }, profile, () => [profile, larger], NOTHING)!.hint!;
  assert.match(hint(most), /it fits on stm32h743$/);
  assert.doesNotMatch(hint(most + 1), /it fits on/);
});

test('of a gated model it is said what gates keep, and how to keep less', () => {
  const gated = guardSteps(randomGated(seededRandom(33), ['conv', 'depthwise', 'pointwise']).program);
  const plan = planMemory(gated, { library: 'builtin', core: { dsp: true, mve: false } });
  const all = arenaRegion(profile).bytes;
  const failure = fitFailure(gated, { ...plan, arenaBytes: all + 1 }, profile, () => [], NOTHING)!;
  const largest = summariseProgram(gated, plan).kept.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  assert.match(failure.message, new RegExp(`the arena needs ${(all + 1).toLocaleString('en-US')} bytes`));
  assert.ok(failure.at[1]!.includes(`"${largest.name}"`), failure.at[1]);
  assert.match(failure.hint!, /"tinyml gate --target rp2040" ends where what is kept fits/);
  assert.doesNotMatch(
    fitFailure(program, { ...planned, arenaBytes: ram + 1 }, profile, () => [], NOTHING)!.hint!,
    /gate/,
  );
});
