/** Kernels for arm64, as a C program under QEMU: in every instruction set they write the bytes of the reference. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { type KernelName, kernelNames } from '../../src/program/kernels/index.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { differsIn, hasOwnKernel, type JudgedCase, judgedCases, wrongByte } from './programs.ts';

const work = mkdtempSync(join(tmpdir(), 'tinyml-cases-'));
after(() => rmSync(work, { recursive: true }));

const MAIN = join(packageRoot(), 'test', 'engine', 'run-cases.c');
const BUILD = join(packageRoot(), 'scripts', 'build-native.js');
const PACKAGES =
  'gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user (sh scripts/install-system-packages.sh tests)';

/** Where the C library for arm64 is, for the emulator. */
const LIBRARIES = '/usr/aarch64-linux-gnu';

/** What a process printed that ended well. */
async function run(command: string, args: readonly string[], hint = ''): Promise<string> {
  const { status, stdout, stderr, failure } = await runProcess(command, args, {
    cwd: work,
    timeoutMs: 400_000,
  });
  assert.equal(
    status,
    0,
    `${command} ${args[0]}: ${failure ?? `status ${status}`} ${hint}\n${stdout}${stderr}`,
  );
  return stdout;
}

/** The `first` cases of a kernel also run where the same code does as in a lesser instruction set. */
type KernelCase = JudgedCase & { readonly kernel: KernelName; readonly first: boolean };

const FIRST = 5;

function casesOfAll(seed: number, count: number): readonly KernelCase[] {
  return kernelNames.flatMap((kernel) =>
    judgedCases(kernel, seed, count).map((one, i) => ({ ...one, kernel, first: i < FIRST })),
  );
}

const wordsOf = (bytes: number): number => Math.ceil(bytes / 4);

/** Bytes, and zeros up to a whole number of words. */
function words(bytes: Uint8Array): Int32Array {
  const padded = new Uint8Array(wordsOf(bytes.length) * 4);
  padded.set(bytes);
  return new Int32Array(padded.buffer);
}

/** The file that run-cases.c reads. */
function fileOf(cases: readonly JudgedCase[]): Uint8Array {
  const parts = cases.flatMap(({ encoded: { code, constants, arenaBytes }, before }) => [
    Int32Array.of(code.length, constants.length, arenaBytes),
    ...[code, words(constants), words(before)],
  ]);
  return Buffer.concat([...parts, Int32Array.of(-1)].map(({ buffer }) => new Uint8Array(buffer)));
}

/** Runs the program with an instruction set; every result must be the reference's. */
async function check(
  cases: readonly KernelCase[],
  isa: string,
  command: string,
  args: readonly string[],
  hint = '',
): Promise<void> {
  const [input, output] = [join(work, 'cases'), join(work, 'results')];
  writeFileSync(input, fileOf(cases));
  await run(command, [...args, isa, input, output], hint);
  const results = new Uint8Array(readFileSync(output));
  let at = 0;
  for (const one of cases) {
    const bytes = one.encoded.arenaBytes;
    // Steps that must run in order are left to the portable body.
    const own = one.inOrder && isa !== 'generic' ? 0 : 1;
    if (hasOwnKernel(one.kernel, isa)) assert.equal(results[at], own, `${isa}: ${one.about}`);
    assert.equal(wrongByte(one, results.slice(at + 4, at + 4 + bytes)), null, isa);
    at += 4 + 4 * wordsOf(bytes);
  }
  assert.equal(at, results.length);
}

test('kernels for arm64 compute the meaning', async () => {
  const program = join(work, 'arm64');
  await run(process.execPath, [BUILD, '--program', 'linux-arm64', MAIN, program], `needs ${PACKAGES}`);
  const cases = casesOfAll(43, 16);
  // A Cortex-A53 has no dot product.
  for (const [cpu, isa] of [
    ['cortex-a53', 'generic'],
    ['cortex-a53', 'neon'],
    ['max', 'dotprod'],
  ] as const) {
    const told = cases.filter(({ kernel, first }) => first || differsIn(kernel, isa));
    await check(told, isa, 'qemu-aarch64', ['-L', LIBRARIES, '-cpu', cpu, program], `needs ${PACKAGES}`);
  }
  const { status } = await runProcess(
    'qemu-aarch64',
    ['-L', LIBRARIES, '-cpu', 'cortex-a53', program, 'dotprod', 'x', 'y'],
    {
      cwd: work,
      timeoutMs: 60_000,
    },
  );
  assert.equal(status, 3, 'a processor without the dot product must not claim it');
});
