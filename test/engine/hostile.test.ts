/** Wrong code, wrong plans and wrong arguments are refused: the engine never reads or writes outside its memory. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Addon, addonPath } from '../../src/engine/addon.ts';
import type { EncodedProgram } from '../../src/engine/encode.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { findTool } from '../../src/targets/cortex-m/toolchain.ts';
import { corpusOf, mutants, seeds } from './mutants.ts';
import { nativeKernels, wasmKernels } from './programs.ts';

const kernels = nativeKernels();
const skip = typeof kernels === 'string' ? kernels : false;
const work = mkdtempSync(join(tmpdir(), 'tinyml-hostile-'));
after(() => rmSync(work, { recursive: true }));

/** The addon itself, without what src/engine lays around it. */
function loadRaw(): Addon {
  return createRequire(import.meta.url)(addonPath()) as Addon;
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
    timeoutMs: 400_000,
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
  const programs = [...seeds(seededRandom(23), 30), ...mutants(21, 2, 60)];
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
  addon.run(engine, new Uint8Array(new ArrayBuffer(arenaBytes)), 0, code[2], 1 + (code.length % 3));
  ran++;
}
console.log(ran, refused);
`;

test('no code makes the addon crash', { skip }, async () => {
  const programs = mutants(22, 2, 120);
  const corpus = join(work, 'addon.bin');
  writeFileSync(corpus, corpusOf(programs));
  assertBoth(await outputOf(process.execPath, ['-e', FEED, addonPath(), corpus]), programs.length);
});

/** Both kinds of kernels must say the same of a program, and WebAssembly must never trap. */
test('WebAssembly refuses what native code refuses, for the same reason', { skip }, () => {
  const wasm = wasmKernels();
  assert.ok(typeof kernels !== 'string' && typeof wasm !== 'string');
  const verdict = (
    { library }: typeof kernels | typeof wasm,
    isa: string,
    program: EncodedProgram,
  ): string => {
    try {
      library.create(program, isa).run(0, program.code[2]!);
      return 'ran';
    } catch (error) {
      const { message, step } = error as Error & { step?: number };
      return `${message} at ${step}`;
    }
  };
  const programs = mutants(23, 1, 30);
  const count = { ran: 0, refused: 0 };
  programs.forEach((program, i) => {
    const want = verdict(kernels, 'generic', program);
    for (const isa of wasm.library.isas) {
      assert.equal(verdict(wasm, isa, program), want, `program ${i} with ${isa}`);
    }
    count[want === 'ran' ? 'ran' : 'refused']++;
  });
  assertBoth(`${count.ran} ${count.refused}`, programs.length);
});

/**
 * Calls every function of the addon with random values, right ones among them, in ways that its callers never would:
 * arrays that are detached, shared, resizable or of other types, objects that run code or throw when they are looked at,
 * other receivers, `new`, too few and too many arguments.
 */
const CALL = `
const addon = require(process.argv[1]);
let state = Number(process.argv[2]);
const below = (end) => ((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 8) % end;
const pick = (list) => list[below(list.length)];

const empty = Int32Array.of(0x4c4d5954, addon.version, 0, 0);
const engine = addon.create(empty, new Uint8Array(0), 64, 0);
const detach = (view) => (structuredClone(view.buffer, { transfer: [view.buffer] }), view);
const resizable = (Type, bytes) => new Type(new ArrayBuffer(bytes, { maxByteLength: 4096 }));
const shrunk = resizable(Uint8Array, 64);
const outside = new Uint8Array(new ArrayBuffer(64, { maxByteLength: 128 }), 0, 64);
for (const { buffer } of [shrunk, outside]) buffer.resize(8);
class Longer extends Uint8Array {
  get length() { return 2 ** 31; }
  get byteLength() { return 2 ** 31; }
}
const lying = Object.defineProperties(new Uint8Array(8), { length: { value: 4096 }, buffer: { value: null } });
const throwing = new Proxy({}, { get() { throw new Error('looked at'); }, getPrototypeOf() { throw new Error('looked at'); } });
const counting = { valueOf() { state++; return 1; }, [Symbol.toPrimitive]() { state++; return 1; } };

const arrays = [
  empty, new Int32Array(0), new Int32Array(2), resizable(Int32Array, 12), detach(new Int32Array(3)),
  new Uint32Array(3), new BigInt64Array(2), new Float32Array(4), new Float64Array(2), new Uint8ClampedArray(64),
  new Uint8Array(64), new Uint8Array(0), new Uint8Array(new ArrayBuffer(65), 1), new Uint8Array(new ArrayBuffer(80), 16),
  detach(new Uint8Array(64)), shrunk, outside, resizable(Uint8Array, 64), new Longer(8), lying,
  new Uint8Array(new SharedArrayBuffer(64)), new Int32Array(new SharedArrayBuffer(12)), Buffer.alloc(64), Buffer.from('x'),
  new DataView(new ArrayBuffer(64)), new ArrayBuffer(64), new SharedArrayBuffer(64),
  new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer), Object.create(Uint8Array.prototype), Uint8Array,
];
const numbers = [
  0, 1, 2, -1, -0, 0.5, NaN, Infinity, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 31), 64, 99, 2n, 10n ** 30n,
  '1', null, undefined, true, Symbol('s'), new Number(1), counting, new Date(0),
];
const others = [
  engine, addon.create(empty, new Uint8Array(0), 0, 0), addon, addon.run, {}, [], () => {}, throwing, counting,
  process.stdout, globalThis, new Proxy(new Uint8Array(64), {}), Object.create(engine), new Proxy(engine, {}),
  new Proxy({}, { getPrototypeOf() { return engine; } }), structuredClone(engine), new WeakRef(engine),
];
const any = () => pick(pick([arrays, numbers, others]));
const array = () => pick(arrays);
const number = () => pick(numbers);
const times = (count, make) => Array.from({ length: count }, make);
const functions = Object.keys(addon).filter((name) => typeof addon[name] === 'function');

let [returned, threw] = [0, 0];
const call = (name, args) => {
  const receiver = pick([addon, undefined, null, 1, engine, throwing, {}]);
  try {
    const result = below(16) === 0 ? Reflect.construct(addon[name], args) : addon[name].apply(receiver, args);
    if (name === 'create' && below(64) === 0) others[1] = result;
    returned++;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    threw++;
  }
};
for (let i = 0; i < 8000; i++) {
  call(pick(functions), times(below(13), any));
  // The right types, so that later arguments are looked at too.
  call('create', [empty, array(), number(), number()]);
  call('create', [pick(arrays), new Uint8Array(8), pick([0, 64]), 0]);
  call('run', [engine, array(), pick([0, number()]), pick([0, number()])]);
  call('stepIsa', [engine, number()]);
}
const before = threw;
for (const view of [shrunk, outside]) call('run', [engine, view, 0, 0]);
if (threw !== before + 2) throw new Error('took a view on a buffer that shrank');
globalThis.gc();
setImmediate(() => console.log(returned, threw));
`;

test('no arguments make the addon crash', { skip }, async () => {
  for (const seed of ['1', '2']) {
    const output = await outputOf(process.execPath, ['--expose-gc', '-e', CALL, addonPath(), seed]);
    const [returned = 0, threw = 0] = output.trim().split(' ').map(Number);
    assert.ok(returned > 1000 && threw > 10_000, output);
  }
});

/** Threads run engines of their own and are ended in the middle of it, while the main thread runs its own. */
const THREADS = `
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { path, engine } = isMainThread ? { path: process.argv[2] } : workerData;
const addon = require(path);
const empty = Int32Array.of(0x4c4d5954, addon.version, 0, 0);
const arena = new Uint8Array(64);
const round = () => addon.run(addon.create(empty, new Uint8Array(100000), 64, 0), arena, 0, 0, 1);
if (isMainThread) {
  let ended = 0;
  const start = (left) => {
    const worker = new Worker(__filename, { workerData: { path, engine: addon.create(empty, new Uint8Array(0), 64, 0) } });
    worker.on('error', (error) => { throw error; });
    worker.once('message', () => setTimeout(() => worker.terminate(), left));
    worker.once('exit', () => { ended++; if (left > 0) start(left - 1); });
  };
  for (let i = 0; i < 3; i++) start(7);
  const timer = setInterval(() => {
    for (let i = 0; i < 20; i++) round();
    if (ended < 24) return;
    clearInterval(timer);
    console.log('done');
  }, 1);
} else {
  let refusal;
  try {
    addon.run(engine, arena, 0, 0, 1);
  } catch (error) {
    refusal = error.message;
  }
  if (!/does not come from create/.test(refusal)) throw new Error('ran an engine of another thread: ' + refusal);
  parentPort.postMessage('started');
  for (;;) round();
}
`;

test('threads load the addon, and may be ended while they run it', { skip }, async () => {
  const script = join(work, 'threads.cjs');
  writeFileSync(script, THREADS);
  assert.equal(await outputOf(process.execPath, [script, addonPath()]), 'done\n');
});

test('an arena that is too small, detached, shared, shrunk or not aligned is refused', { skip }, () => {
  const addon = loadRaw();
  const [program] = mutants(1, 1, 0) as [EncodedProgram];
  const { code, constants, arenaBytes } = program;
  const engine = addon.create(code, constants, arenaBytes, 0);
  const room = new ArrayBuffer(arenaBytes + 16);
  addon.run(engine, new Uint8Array(room), 0, 1, 1);
  const detached = new Uint8Array(room.slice(0));
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const refused = (arena: Uint8Array, message: RegExp) =>
    assert.throws(() => addon.run(engine, arena, 0, 1, 1), message);
  refused(new Uint8Array(new ArrayBuffer(arenaBytes - 1)), /arena is too small/);
  refused(new Uint8Array(room, 1, arenaBytes), /not aligned to 16 bytes/);
  refused(detached, /not a Uint8Array|too small/);
  refused(new Uint8Array(new SharedArrayBuffer(arenaBytes)), /not a Uint8Array/);
  assert.throws(() => addon.run(engine, new Uint8Array(room), 0, 2, 1), /no such steps/);
  assert.throws(() => addon.run(engine, new Uint8Array(room), 1, 0, 1), /no such steps/);
});

test('code that changes after the engine was made does not matter: it was copied', { skip }, () => {
  const addon = loadRaw();
  const [{ code, constants, arenaBytes }] = mutants(1, 1, 0) as [EncodedProgram];
  const run = (spoil: boolean): Uint8Array => {
    const own = { code: code.slice(), constants: constants.slice() };
    const engine = addon.create(own.code, own.constants, arenaBytes, 0);
    if (spoil) {
      own.code.fill(-1);
      own.constants.fill(255);
    }
    const arena = new Uint8Array(new ArrayBuffer(arenaBytes)).fill(0x11);
    addon.run(engine, arena, 0, 1, 1);
    return arena;
  };
  assert.deepEqual(run(true), run(false));
});
