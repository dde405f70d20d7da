#!/usr/bin/env node
// Compiles the host engine into prebuilds/, where a source is newer than what is there.
//
//   node scripts/build-native.js [--to <folder>]               for this machine and as WebAssembly, as far as there are
//                                                              compilers: without any, TypeScript runs, slower
//   node scripts/build-native.js [--to <folder>] <target>...   these targets, or fails
//   node scripts/build-native.js --sanitize <main.c> <program>    main.c with the engine, under sanitisers
//   node scripts/build-native.js --program <target> <main.c> <program>    main.c with the engine, for a target
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const ENGINE_FOLDERS = ['native/engine', 'native/kernels', 'native/kernels/generic'];
const ADDON_FOLDER = 'native/addon';
const WASM_FOLDERS = ['native/wasm'];
/** Code for the instruction sets of one processor family. */
const FAMILY_FOLDERS = {
  x64: ['native/kernels/simd', 'native/kernels/simd-f32', 'native/kernels/x86'],
  arm64: ['native/kernels/simd', 'native/kernels/simd-f32', 'native/kernels/arm64'],
  wasm: ['native/kernels/simd', 'native/kernels/simd-f32', 'native/kernels/wasm'],
};

// Contraction to fused multiply-adds would give float kernels other bits than the reference.
const FLAGS = ['-std=c11', '-Wall', '-fvisibility=hidden', '-ffp-contract=off', '-fno-math-errno'];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Flags of the files whose name ends so: instruction sets. */
const FILE_FLAGS = [
  [/_avx2\.c$/, ['-mavx2', '-mfma']],
  [
    /_avx512vnni\.c$/,
    ['-mavx2', '-mfma', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mavx512vnni'],
  ],
  [/_dotprod\.c$/, ['-march=armv8.2-a+dotprod']],
];

const HOST_COMPILER = process.env.TINYML_CC || 'cc';

/** Every engine that Node 20 or newer runs has these. */
const WASM_FEATURES = ['-msimd128', '-mbulk-memory', '-msign-ext', '-mnontrapping-fptoint'];

// A stack that overflows runs into the start of the memory and traps. Addresses below 2 GiB are never negative numbers.
const WASM_LINK = [
  '--no-entry',
  '--stack-first',
  '-z',
  'stack-size=262144',
  '--max-memory=2147483648',
  '--strip-all',
];

/** What can be built. `tools` are the programs that it takes: the first compiles, the last links. */
const TARGETS = {
  host: addonTarget(process.platform, process.arch, HOST_COMPILER),
  'linux-x64': addonTarget('linux', 'x64', 'x86_64-linux-gnu-gcc'),
  'linux-arm64': addonTarget('linux', 'arm64', 'aarch64-linux-gnu-gcc'),
  wasm: {
    name: 'WebAssembly kernels',
    file: join('wasm', 'tinyml.wasm'),
    tools: ['clang', 'wasm-ld'],
    folders: [...WASM_FOLDERS, ...ENGINE_FOLDERS, ...FAMILY_FOLDERS.wasm],
    compile: ['--target=wasm32', '-isystem', join(ROOT, 'native/wasm/include'), ...WASM_FEATURES],
    link: WASM_LINK,
  },
};

function addonTarget(platform, arch, compiler) {
  return {
    name: 'native kernels',
    file: join(`${platform}-${arch}`, 'tinyml.node'),
    tools: [compiler],
    folders: [ADDON_FOLDER, ...ENGINE_FOLDERS, ...(FAMILY_FOLDERS[arch] ?? [])],
    compile: ['-fPIC', '-I', nodeApiHeaders()],
    link: platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'],
  };
}

/** Folder of node_api.h: a package, so that neither Node's own headers nor a download are needed. */
function nodeApiHeaders() {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('node-api-headers/package.json')), 'include');
}

const run = promisify(execFile);

function filesIn(folder) {
  const path = join(ROOT, folder);
  return readdirSync(path)
    .filter((name) => /\.(c|h|inc)$/.test(name))
    .map((name) => join(path, name));
}

/** Compiles C files side by side and links them; `output` appears whole, with the time at which it was begun. */
async function compile(files, tools, compileFlags, linkFlags, output) {
  const begun = new Date();
  mkdirSync(dirname(output), { recursive: true });
  const work = mkdtempSync(join(dirname(output), 'build-'));
  try {
    const sources = files.filter((name) => name.endsWith('.c'));
    const objects = sources.map((_, index) => join(work, `${index}.o`));
    await sideBySide(sources, async (source, index) => {
      const fileFlags = FILE_FLAGS.flatMap(([name, flags]) => (name.test(source) ? flags : []));
      await run(tools[0], [...FLAGS, ...compileFlags, ...fileFlags, '-c', source, '-o', objects[index]]);
    });
    const linked = join(work, 'linked');
    await run(tools.at(-1), [...linkFlags, ...objects, '-o', linked]);
    utimesSync(linked, begun, begun);
    renameSync(linked, output); // a running process keeps the old file
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** As many at a time as there are processors. */
async function sideBySide(items, work) {
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) await work(item, index);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function isMissing(tool) {
  try {
    await run(tool, ['--version']);
    return false;
  } catch (error) {
    return error.code === 'ENOENT';
  }
}

/** Builds a target if it is not up to date; the tools that are missing for that. */
async function build({ name, file, tools, folders, compile: flags, link }, folder) {
  const output = join(folder, file);
  const files = folders.flatMap(filesIn);
  if (modified(output) > Math.max(...[...files, import.meta.filename].map(modified))) return [];
  const found = await Promise.all(tools.map(isMissing));
  const missing = tools.filter((_, i) => found[i]);
  if (missing.length > 0) return missing;
  const start = performance.now();
  await compile(files, tools, [...flags, '-O3'], link, output);
  console.log(`${name}: built ${file} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return [];
}

/** What the compilers of this machine can build; what runs instead of the rest. */
async function buildWhatCanBe(folder) {
  const { host, wasm } = TARGETS;
  const missingForWasm = await build(wasm, folder);
  const fallback = existsSync(join(folder, wasm.file)) ? 'WebAssembly' : 'TypeScript';
  const missingForHost = process.platform === 'win32' ? ['support for Windows'] : await build(host, folder);
  if (missingForHost.length > 0) {
    console.log(`${host.name}: not built (missing: ${missingForHost.join(', ')}); ${fallback} runs instead`);
  }
  if (missingForWasm.length > 0) {
    console.log(`${wasm.name}: not built (missing: ${missingForWasm.join(', ')})`);
  }
}

async function buildAll(names, folder) {
  for (const name of names) {
    const target = TARGETS[name];
    if (target === undefined)
      throw new Error(`no target "${name}": there are ${Object.keys(TARGETS).join(', ')}`);
    const missing = await build(target, folder);
    if (missing.length > 0) throw new Error(`target ${name}: missing ${missing.join(', ')}`);
  }
}

/** A C program with the engine. */
async function buildProgram({ tools, folders }, main, compileFlags, linkFlags, program) {
  const files = [main, ...folders.filter((folder) => folder !== ADDON_FOLDER).flatMap(filesIn)];
  await compile(files, tools, compileFlags, linkFlags, program);
}

try {
  const args = process.argv.slice(2);
  const folder = args[0] === '--to' ? args.splice(0, 2)[1] : join(ROOT, 'prebuilds');
  if (args[0] === '--sanitize')
    await buildProgram(TARGETS.host, args[1], ['-O0', ...SANITIZERS], SANITIZERS, args[2]);
  else if (args[0] === '--program')
    await buildProgram(TARGETS[args[1]], args[2], ['-O2'], ['-static', '-lm'], args[3]);
  else if (args.length > 0) await buildAll(args, folder);
  else await buildWhatCanBe(folder);
} catch (error) {
  console.error(error.stderr || error.message);
  process.exitCode = 1;
}
