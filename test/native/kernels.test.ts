/** The C kernels compute what the TypeScript meanings compute, on this machine and on emulated Cortex-M cores. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { kernelNames, kernelOf, scratchBytes, stepParams } from '../../src/program/kernels/index.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import { BOARDS, type BoardId } from '../../src/targets/cortex-m/boards.ts';
import {
  BOARD_LINK_FLAGS,
  BUNDLE_FLAGS,
  emulatorFlags,
  OPTIMISATION,
} from '../../src/targets/cortex-m/build-flags.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { bytesOf, type Case, inPlaceCase, inPlaceInputs, randomCase } from './cases.ts';

const root = packageRoot();
const work = mkdtempSync(join(tmpdir(), 'tinyml-kernels-'));
after(() => rmSync(work, { recursive: true, force: true }));

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Werror'];
const FLAGS = [...BUNDLE_FLAGS, OPTIMISATION, ...WARNINGS];

function sourcesIn(...path: readonly string[]): readonly string[] {
  const names = readdirSync(join(root, ...path)).filter((name) => name.endsWith('.c'));
  assert.ok(names.length > 0, `no C files in ${path.join('/')}`);
  return names.map((name) => join(root, ...path, name));
}

const HARNESS = [join(root, 'test', 'native', 'harness.c'), ...sourcesIn('native', 'kernels', 'generic')];

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { status, stdout, stderr, failure } = await runProcess(command, args, { cwd, timeoutMs: 400_000 });
  assert.equal(status, 0, `${[command, ...args].join(' ')}\n${failure ?? ''}${stdout}${stderr}`);
}

/** Random cases of every kernel, and each once more in place where the kernel may work in place. */
function randomCases(seed: number, perKernel: number): readonly Case[] {
  const random = seededRandom(seed);
  return kernelNames.flatMap((kernel) =>
    Array.from({ length: perKernel }, () => randomCase(kernel, random)).flatMap((plain) => {
      return [plain, ...inPlaceInputs(plain).map((input) => inPlaceCase(plain, input))];
    }),
  );
}

const ROLE = { input8: 0, input32: 1, output8: 2, output32: 3, update8: 4, update32: 5, alias: 6 } as const;

/** The file that harness.c reads. */
function encodeCases(cases: readonly Case[]): Uint8Array {
  const words: number[] = [];
  for (const { step, operands, alias, updates, misalignment } of cases) {
    const params = stepParams(step).map(([, value]) => value);
    const scratch = scratchBytes(step, 'builtin', { dsp: false, mve: false });
    words.push(kernelNames.indexOf(step.kernel), scratch, misalignment, params.length, ...params);
    const read = [...operands.inputs, ...operands.constants];
    words.push(read.length + operands.outputs.length);
    for (const array of read) {
      words.push(
        array instanceof Int8Array ? ROLE.input8 : ROLE.input32,
        array.byteLength,
        ...wordsOf(array),
      );
    }
    operands.outputs.forEach((array, i) => {
      const narrow = array instanceof Int8Array;
      if (updates.includes(i)) {
        words.push(narrow ? ROLE.update8 : ROLE.update32, array.byteLength, ...wordsOf(array));
        return;
      }
      const plain = narrow ? ROLE.output8 : ROLE.output32;
      words.push(alias >= 0 && i === 0 ? ROLE.alias + alias : plain, array.byteLength);
    });
  }
  return new Uint8Array(Int32Array.from([...words, -1]).buffer);
}

function wordsOf(array: ProgramArray): Int32Array {
  const bytes = new Uint8Array(Math.ceil(array.byteLength / 4) * 4);
  bytes.set(bytesOf(array));
  return new Int32Array(bytes.buffer);
}

/** Bytes as elements of the type of another array. */
function sameType(array: ProgramArray, bytes: Uint8Array): ProgramArray {
  const { buffer } = new Uint8Array(bytes);
  if (array instanceof Float32Array) return new Float32Array(buffer);
  return array instanceof Int32Array ? new Int32Array(buffer) : new Int8Array(buffer);
}

function describeCase({ step, alias, misalignment }: Case, index: number): string {
  const place = alias < 0 ? '' : `, output on input ${alias}`;
  return `case ${index}: ${step.kernel} ${JSON.stringify(step.params)}, operands ${misalignment} bytes off 16${place}`;
}

/** Builds the harness, runs it on random cases, and compares every byte with the TypeScript meaning. */
async function check(variant: Variant): Promise<void> {
  const { id, compiler, flags, command, seed, perKernel } = variant;
  const folder = join(work, id);
  mkdirSync(folder);
  await run(compiler, [...FLAGS, ...flags, ...HARNESS, '-lm', '-o', 'harness'], folder);
  const cases = randomCases(seed, perKernel);
  writeFileSync(join(folder, 'cases.bin'), encodeCases(cases));
  const [program, ...args] = command;
  await run(program!, args, folder);
  const got = readFileSync(join(folder, 'outputs.bin'));
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

type Variant = {
  readonly id: string;
  readonly compiler: string;
  readonly flags: readonly string[];
  /** Runs the harness in its folder. */
  readonly command: readonly string[];
  readonly seed: number;
  readonly perKernel: number;
};

/** `flags`: of the instruction set. */
function onThisMachine(id: string, flags: readonly string[]): Variant {
  return {
    id,
    compiler: requireTool('cc'),
    flags: ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', ...flags],
    command: ['./harness', 'cases.bin', 'outputs.bin'],
    seed: 1,
    perKernel: 60,
  };
}

function onBoard(id: BoardId): Variant {
  const { flags, machine } = BOARDS[id];
  const scripts = join(root, 'native', 'mcu');
  return {
    id,
    compiler: requireTool('arm-none-eabi-gcc'),
    flags: [
      ...[...flags, '-DTINYML_BOARD', ...sourcesIn('native', 'mcu')],
      ...[...BOARD_LINK_FLAGS, '-L', scripts, '-T', join(scripts, `${machine}.ld`)],
    ],
    command: [requireTool('qemu-system-arm'), ...emulatorFlags(machine, 0), '-kernel', 'harness'],
    seed: 2,
    perKernel: 10,
  };
}

describe('the C kernels compute the meaning', { concurrency: 2 }, () => {
  test('without undefined behaviour on this machine', () => check(onThisMachine('plain', [])));
  test('with all instructions of this machine', () => check(onThisMachine('native', ['-march=native'])));
  test('in plain C on a Cortex-M3', () => check(onBoard('m3')));
  test('with DSP instructions on a Cortex-M4', () => check(onBoard('m4')));
  test('with vector instructions on a Cortex-M55', () => check(onBoard('m55')));
});
