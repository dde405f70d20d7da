/** The C kernels compute what the TypeScript meanings compute, on this machine and on emulated Cortex-M cores. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { seededRandom } from '../../src/numbers/random.ts';
import { kernelNames, kernelOf, type Step } from '../../src/program/kernels/index.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import {
  bytesOf,
  type Case,
  inPlaceCase,
  inPlaceInputs,
  overCases,
  randomCase,
  tooCloseCases,
} from './cases.ts';
import {
  board,
  boardWithEdges,
  buildHarness,
  type Place,
  runBuilt,
  SANITISED,
  thisMachine,
} from './harness.ts';

const work = mkdtempSync(join(tmpdir(), 'tinyml-kernels-'));
after(() => rmSync(work, { recursive: true, force: true }));

/**
 * Random cases of every kernel, whatever others there are, and each once more in place and with its output over its input where the kernel may
 * work so.
 */
function randomCases(seed: number, perKernel: number): readonly Case[] {
  return kernelNames.flatMap((kernel) => {
    const [random, distances] = [seededRandom(crc32(kernel) + seed), seededRandom(seed)];
    return Array.from({ length: perKernel }, () => randomCase(kernel, random)).flatMap((plain) => {
      const inPlace = inPlaceInputs(plain).map((input) => inPlaceCase(plain, input));
      return [plain, ...inPlace, ...overCases(plain, distances)];
    });
  });
}

/** Bytes as elements of the type of another array. */
function sameType(array: ProgramArray, bytes: Uint8Array): ProgramArray {
  const { buffer } = new Uint8Array(bytes);
  if (array instanceof Float32Array) return new Float32Array(buffer);
  if (array instanceof Int16Array) return new Int16Array(buffer);
  return array instanceof Int32Array ? new Int32Array(buffer) : new Int8Array(buffer);
}

function describeCase({ step, alias, distance, misalignment }: Case, index: number): string {
  const over = distance === null ? '' : `, output ${distance} bytes before its input`;
  const place = alias < 0 ? over : `, output on input ${alias}`;
  return `case ${index}: ${step.kernel} ${JSON.stringify(step.params)}, operands ${misalignment} bytes off 16${place}`;
}

/** Bytes of operands that a board has room for, with what describes them. */
const ROOM = 2 ** 20;

/** The cases in runs that have room on a board. */
function runs(cases: readonly Case[]): readonly (readonly Case[])[] {
  const parts: Case[][] = [[]];
  let bytes = 0;
  for (const one of cases) {
    const { inputs, constants, outputs } = one.operands;
    const more = [...inputs, ...constants, ...outputs].reduce((sum, array) => sum + array.byteLength, 0);
    bytes += more;
    if (bytes > ROOM) {
      parts.push([]);
      bytes = more;
    }
    parts.at(-1)!.push(one);
  }
  return parts;
}

/** Runs the harness on random cases, and compares every byte with the TypeScript meaning. */
async function check(
  place: Place,
  seed: number,
  perKernel: number,
  build = () => buildHarness(place, work),
): Promise<void> {
  const folder = await build();
  for (const cases of runs(randomCases(seed, perKernel)))
    compare(cases, await runBuilt(place, cases, folder));
}

/** Cases of one output whose bytes are not those of the meaning. */
function differing(cases: readonly Case[], got: Buffer): readonly Case[] {
  let at = 0;
  return cases.filter(({ step, operands }) => {
    kernelOf(step).run(step, operands);
    const expected = bytesOf(operands.outputs[0]!);
    const from = at;
    at += expected.length;
    return !got.subarray(from, at).equals(expected);
  });
}

function compare(cases: readonly Case[], got: Buffer): void {
  let at = 0;
  cases.forEach((one, index) => {
    kernelOf(one.step).run(one.step, one.operands);
    for (const output of one.operands.outputs) {
      const expected = bytesOf(output);
      const actual = bytesOf(sameType(output, got.subarray(at, at + expected.length)));
      const wrong = expected.findIndex((byte, i) => actual[i] !== byte);
      if (wrong >= 0) {
        assert.fail(`${describeCase(one, index)}: byte ${wrong} is ${actual[wrong]}, not ${expected[wrong]}`);
      }
      at += expected.length;
    }
  });
  const broken = got.readInt32LE(at);
  assert.equal(
    broken,
    -1,
    `wrote outside its outputs: ${broken < 0 ? '' : describeCase(cases[broken]!, broken)}`,
  );
  assert.equal(got.length, at + 4);
}

/** Random cases per kernel. */
const HERE = 20;
/** Few of a kernel's are such that being closer shows. */
const TOO_CLOSE = 40;
const ON_BOARD = 6;

describe('the C kernels compute the meaning', { concurrency: 2 }, () => {
  const place = thisMachine('plain', SANITISED);
  let built: Promise<string> | null = null;
  const build = (): Promise<string> => {
    built ??= buildHarness(place, work);
    return built;
  };
  test('without undefined behaviour on this machine', () => check(place, 1, HERE, build));
  test('with all instructions of this machine', () =>
    check(thisMachine('native', ['-march=native']), 1, HERE));
  test('and not where the output is closer to the input than they allow', async () => {
    const random = seededRandom(3);
    const kernels = kernelNames.filter(
      (kernel) => !['move', undefined].includes(kernelOf({ kernel } as Step).signature.overlap),
    );
    const cases = kernels.flatMap((kernel) =>
      Array.from({ length: TOO_CLOSE }, () => randomCase(kernel, random)).flatMap(tooCloseCases),
    );
    const got = await runBuilt(place, cases, await build());
    const broken = new Set(differing(cases, got).map(({ step }) => step.kernel));
    assert.deepEqual([...broken], kernels);
  });
  test('with the instructions of ARMv7-M on a Cortex-M3', () => check(board('m3'), 3, ON_BOARD));
  test('with those of ARMv6-M, which a Cortex-M3 has as well', () =>
    check({ ...board('m3', ['-mcpu=cortex-m0plus']), id: 'm0plus' }, 3, ON_BOARD));
  for (const [id, what] of [
    ['m33', 'DSP instructions on a Cortex-M33'],
    ['m55', 'vector instructions on a Cortex-M55'],
  ] as const) {
    test(`with ${what}, reading and writing nothing outside of operands at the edges of its memory`, () =>
      check(boardWithEdges(id, join(work, `${id}-edges.ld`)), 3, ON_BOARD));
  }
});
