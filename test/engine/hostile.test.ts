/** Wrong code, wrong plans and wrong arguments are refused: the engine never reads or writes outside its memory. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addonPath } from '../../src/engine/addon.ts';
import { type EncodedProgram, encodeProgram } from '../../src/engine/encode.ts';
import { packageRoot } from '../../src/package-root.ts';
import { kernelNames } from '../../src/program/kernels/index.ts';
import { planMemory } from '../../src/program/plan.ts';
import { seededRandom } from '../../src/random.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { findTool } from '../../src/targets/cortex-m/toolchain.ts';
import { smallProgram } from '../targets/small-model.ts';
import { nativeKernels, programOf, randomSteps } from './programs.ts';

const kernels = nativeKernels();
const skip = typeof kernels === 'string' ? kernels : false;
const work = mkdtempSync(join(tmpdir(), 'tinyml-hostile-'));
after(() => rmSync(work, { recursive: true }));

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false } } as const;

/** Valid programs: one of each kernel `perKernel` times, and a network. */
function seeds(random: () => number, perKernel: number): readonly EncodedProgram[] {
  const network = smallProgram();
  const steps = kernelNames.flatMap((kernel) => randomSteps(kernel, random, perKernel).map(programOf));
  return [...steps, { program: network, plan: planMemory(network, OPTIONS) }].map(({ program, plan }) =>
    encodeProgram(program, plan),
  );
}

/** The program with a few of its numbers changed, cut off, or in a smaller arena. */
function mutate(valid: EncodedProgram, random: () => number): EncodedProgram {
  const below = (end: number) => Math.floor(random() * end);
  const number = (old: number) => {
    const choices = [
      ...[0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** below(31), below(2 ** 32) | 0],
      ...[old + 1, old - 1, old * 2, -old, old + 16, valid.code[below(valid.code.length)]!],
    ];
    return choices[below(choices.length)]!;
  };
  let code = valid.code.slice();
  const words = new Int32Array(valid.constants.slice().buffer);
  for (let count = 1 + below(3); count > 0; count--) {
    const kind = random();
    if (kind < 0.05) code = code.slice(0, below(code.length));
    else if (kind < 0.1) code = Int32Array.from([...code, number(0)]);
    else if (kind < 0.25 && words.length > 0) {
      const at = below(words.length);
      words[at] = number(words[at]!);
    } else if (code.length > 0) {
      // The header is the same in all programs: most changes are after it.
      const at = random() < 0.05 ? below(code.length) : Math.min(code.length - 1, 3 + below(code.length));
      code[at] = number(code[at]!);
    }
  }
  const arenaBytes = random() < 0.05 ? below(valid.arenaBytes) : valid.arenaBytes;
  return { code, constants: new Uint8Array(words.buffer), arenaBytes };
}

/** The file that hostile.c reads. */
function corpusOf(programs: readonly EncodedProgram[]): Uint8Array {
  const words = programs.flatMap(({ code, constants, arenaBytes }) => [
    ...[code.length, constants.length, arenaBytes, ...code],
    ...new Int32Array(constants.buffer, constants.byteOffset, constants.length / 4),
  ]);
  return new Uint8Array(Int32Array.from([...words, -1]).buffer);
}

function mutants(seed: number, perKernel: number, perProgram: number): readonly EncodedProgram[] {
  const random = seededRandom(seed);
  return seeds(random, perKernel).flatMap((valid) => [
    valid,
    ...Array.from({ length: perProgram }, () => mutate(valid, random)),
  ]);
}

/** Both must happen: a fuzz of nothing but refusals shows nothing. */
function assertBoth(output: string, programs: number): void {
  const [ran = 0, refused = 0] = output.trim().split(' ').map(Number);
  assert.ok(ran > programs / 20, `${ran} of ${programs} programs ran`);
  assert.ok(refused > programs / 20, `${refused} of ${programs} programs were refused`);
}

/** What a process printed that ended well. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const { status, stdout, stderr, failure } = await runProcess(command, args, {
    cwd: work,
    timeoutMs: 120_000,
  });
  assert.equal(status, 0, `${command} ${failure ?? ''}\n${stdout}${stderr}`);
  return stdout;
}

test('under sanitisers no code makes the engine leave its memory', async (t) => {
  if (findTool('cc') === null) {
    t.skip('there is no C compiler');
    return;
  }
  const main = join(packageRoot(), 'test', 'engine', 'hostile.c');
  const build = join(packageRoot(), 'scripts', 'build-native.js');
  await outputOf(process.execPath, [build, '--sanitize', main, join(work, 'hostile')]);
  const programs = mutants(21, 4, 60);
  writeFileSync(join(work, 'corpus.bin'), corpusOf(programs));
  assertBoth(await outputOf(join(work, 'hostile'), ['corpus.bin']), programs.length);
});

/** Feeds the corpus to the addon: each program must be refused with an Error, or run. */
const FEED = `
const addon = require(process.argv[1]);
const words = new Int32Array(new Uint8Array(require('node:fs').readFileSync(process.argv[2])).buffer);
let [at, ran, refused] = [0, 0, 0];
while (words[at] >= 0) {
  const [length, constantsBytes, arenaBytes] = words.slice(at, at + 3);
  const code = words.slice(at + 3, at + 3 + length);
  const end = at + 3 + length + constantsBytes / 4;
  const constants = new Uint8Array(words.slice(at + 3 + length, end).buffer);
  at = end;
  let engine;
  try {
    engine = addon.create(code, constants, arenaBytes, addon.isas.length - 1);
  } catch (error) {
    if (!(error instanceof Error) || !Number.isInteger(error.step)) throw error;
    refused++;
    continue;
  }
  addon.run(engine, new Uint8Array(new ArrayBuffer(arenaBytes)), 0, code[2]);
  ran++;
}
console.log(ran, refused);
`;

test('no code makes the addon crash', { skip }, async () => {
  const programs = mutants(22, 4, 120);
  const corpus = join(work, 'addon.bin');
  writeFileSync(corpus, corpusOf(programs));
  assertBoth(await outputOf(process.execPath, ['-e', FEED, addonPath(), corpus]), programs.length);
});

/** Calls every function with random lists of a few values, right ones among them. */
const CALL = `
const addon = require(process.argv[1]);
const empty = Int32Array.of(0x4c4d5954, addon.version, 0);
const engine = addon.create(empty, new Uint8Array(0), 64, 0);
const detached = new Uint8Array(new ArrayBuffer(64));
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const shrunk = new ArrayBuffer(64, { maxByteLength: 128 });
const shrunkView = new Uint8Array(shrunk, 0, 64);
shrunk.resize?.(8);
const values = [
  undefined, null, true, NaN, -1, 0, 1, 2 ** 31, 1.5, 2n, 'generic', Symbol('s'), {}, [], () => {},
  empty, new Int32Array(0), new Int32Array(2), new Float32Array(4), new DataView(new ArrayBuffer(64)),
  new Uint8Array(64), new Uint8Array(0), new Uint8Array(new ArrayBuffer(65), 1), detached, shrunkView,
  new Uint8Array(new SharedArrayBuffer(64)), new ArrayBuffer(64), Buffer.alloc(64), process.stdout,
  engine, addon.create(empty, new Uint8Array(0), 0, 0),
];
let [returned, threw] = [0, 0];
const numbers = [0, 1, -1, 99, undefined, 'x'];
const product = addon.createProduct(
  new Float32Array(6), new Float64Array(2), new Int32Array(3), new Int32Array(2), 1, 2, 0, 2, 1, 0);
values.push(product, new Float64Array(2), new Float32Array(6), new Int32Array(3));
const call = (name, args) => {
  try {
    addon[name](...args);
    returned++;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    threw++;
  }
};
let state = 1;
const pick = (list) => list[((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 8) % list.length];
for (let i = 0; i < 10000; i++) {
  const args = [pick(values), pick(values), pick(values), pick(numbers), 0].slice(0, i % 7);
  call(pick(['create', 'run', 'stepIsa', 'createProduct', 'runProduct']), args);
  // The right types, so that later arguments are looked at too.
  call('create', [empty, pick(values), pick(values), pick(numbers)]);
  call('run', [engine, pick(values), pick(values), pick(numbers)]);
  const sizes = Array.from({ length: 6 }, () => pick(numbers));
  call('createProduct', [pick(values), pick(values), pick(values), pick(values), ...sizes]);
  call('createProduct', [new Float32Array(6), new Float64Array(2), new Int32Array(3), pick(values), ...sizes]);
  call('runProduct', [product, pick(values), pick(numbers), pick(values), pick(numbers)]);
}
if (shrunk.resizable) {
  const before = threw;
  call('run', [engine, shrunkView, 0, 0]);
  if (threw === before) throw new Error('took a view on a buffer that shrank');
}
globalThis.gc();
console.log(returned, threw);
`;

test('no arguments make the addon crash', { skip }, async () => {
  const output = await outputOf(process.execPath, ['--expose-gc', '-e', CALL, addonPath()]);
  const [returned = 0, threw = 0] = output.trim().split(' ').map(Number);
  assert.ok(returned > 20 && threw > 10_000, output);
});

test('an arena that is too small, detached, shared, shrunk or not aligned is refused', { skip }, () => {
  assert.ok(typeof kernels !== 'string');
  const { addon } = kernels;
  const [program] = mutants(1, 1, 0) as [EncodedProgram];
  const { code, constants, arenaBytes } = program;
  const engine = addon.create(code, constants, arenaBytes, 0);
  const room = new ArrayBuffer(arenaBytes + 16);
  addon.run(engine, new Uint8Array(room), 0, 1);
  const detached = new Uint8Array(room.slice(0));
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const refused = (arena: Uint8Array, message: RegExp) =>
    assert.throws(() => addon.run(engine, arena, 0, 1), message);
  refused(new Uint8Array(new ArrayBuffer(arenaBytes - 1)), /arena is too small/);
  refused(new Uint8Array(room, 1, arenaBytes), /not aligned to 16 bytes/);
  refused(detached, /not a Uint8Array|too small/);
  refused(new Uint8Array(new SharedArrayBuffer(arenaBytes)), /not a Uint8Array/);
  assert.throws(() => addon.run(engine, new Uint8Array(room), 0, 2), /no such steps/);
  assert.throws(() => addon.run(engine, new Uint8Array(room), 1, 0), /no such steps/);
});

test('code that changes after the engine was made does not matter: it was copied', { skip }, () => {
  assert.ok(typeof kernels !== 'string');
  const { addon } = kernels;
  const [{ code, constants, arenaBytes }] = mutants(1, 1, 0) as [EncodedProgram];
  const run = (spoil: boolean): Uint8Array => {
    const own = { code: code.slice(), constants: constants.slice() };
    const engine = addon.create(own.code, own.constants, arenaBytes, 0);
    if (spoil) {
      own.code.fill(-1);
      own.constants.fill(255);
    }
    const arena = new Uint8Array(new ArrayBuffer(arenaBytes)).fill(0x11);
    addon.run(engine, arena, 0, 1);
    return arena;
  };
  assert.deepEqual(run(true), run(false));
});
