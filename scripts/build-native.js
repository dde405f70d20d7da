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
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
/** Compiled files are kept here, so that the next build compiles what changed. */
const OBJECTS = join(ROOT, 'dist', 'native');
const ENGINE_FOLDERS = [
  'native/engine',
  'native/engine/generated',
  'native/kernels',
  'native/kernels/generated',
  'native/kernels/generic',
];
const ADDON_FOLDERS = ['native/addon', 'native/reductions'];
const WASM_FOLDERS = ['native/wasm', 'native/wasm/include'];
/** Bodies of kernels that are compiled once per instruction set, behind the header that gives its vectors. */
const VECTOR_FOLDERS = ['native/kernels/simd', 'native/kernels/simd-f32'];

const AVX2 = ['-mavx2', '-mfma'];
const AVX512 = [...AVX2, '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mavx512vnni'];
// Tiles fill the registers in the order in which they are written; another order spills them.
const IN_ORDER = ['-fno-schedule-insns'];

/** The instruction sets of a processor family: per folder of bodies the header and the flags. */
const FAMILIES = {
  x64: [
    isa('avx2', ['vec_avx2.h', ...AVX2], ['vec_avx2.h', ...AVX2]),
    isa('avx512vnni', ['vec_avx512vnni.h', ...AVX512], ['vec_avx512.h', ...AVX512]),
  ],
  arm64: [
    isa('neon', ['vec_neon.h', ...IN_ORDER], ['vec_neon.h']),
    isa('dotprod', ['vec_dotprod.h', '-march=armv8.2-a+dotprod', ...IN_ORDER], null),
  ],
  wasm: [isa('simd128', ['vec_simd128.h'], ['vec_simd128.h'])],
};

/** An instruction set: vectors of int8 kernels, and of float kernels; null where another one's are as good. */
function isa(name, ...folders) {
  return { name, bodies: VECTOR_FOLDERS.map((folder, i) => ({ folder, with: folders[i] })) };
}

/** Other code for the instruction sets of a processor family: files that are named after them. */
const FAMILY_FOLDERS = { x64: ['native/reductions/x86'], arm64: [], wasm: [] };

// Contraction to fused multiply-adds would give float kernels other bits than the reference.
const FLAGS = ['-std=c11', '-Wall', '-fvisibility=hidden', '-ffp-contract=off', '-fno-math-errno'];
const OPTIMISATION = '-O3';
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Flags of the files whose name ends so. */
const FILE_FLAGS = [[/_avx2\.c$/, AVX2]];

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
    family: FAMILIES.wasm,
    compile: ['--target=wasm32', '-I', join(ROOT, 'native/wasm/include'), ...WASM_FEATURES],
    link: WASM_LINK,
  },
};

function addonTarget(platform, arch, compiler) {
  return {
    name: 'native kernels',
    file: join(`${platform}-${arch}`, 'tinyml.node'),
    tools: [compiler],
    folders: [...ADDON_FOLDERS, ...ENGINE_FOLDERS, ...(FAMILY_FOLDERS[arch] ?? [])],
    family: FAMILIES[arch] ?? [],
    compile: ['-fPIC', '-I', nodeApiHeaders()],
    link: [
      ...(platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-pthread']),
      '-lm',
    ],
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

/** What is compiled: a source, its flags, and what tells its object from others of the same source. */
function unitsOf(files, family) {
  const plain = files
    .filter((name) => name.endsWith('.c'))
    .map((source) => ({
      source,
      flags: FILE_FLAGS.flatMap(([name, flags]) => (name.test(source) ? flags : [])),
      suffix: '',
    }));
  const vectors = family.flatMap(({ name, bodies }) =>
    bodies.flatMap(({ folder, with: vectors }) => {
      if (vectors === null) return [];
      const [header, ...flags] = vectors;
      const sources = filesIn(folder).filter((file) => file.endsWith('.c'));
      const include = ['-include', join(ROOT, folder, header)];
      return sources.map((source) => ({ source, flags: [...include, ...flags], suffix: `-${name}` }));
    }),
  );
  return [...plain, ...vectors];
}

/** Compiles what changed since the last time and links it; `output` appears whole, with the time at which it was begun. */
async function compile(variant, units, tools, compileFlags, linkFlags, output) {
  const begun = new Date();
  const objectFolder = join(OBJECTS, variant);
  for (const folder of [objectFolder, dirname(output)]) mkdirSync(folder, { recursive: true });
  const objects = units.map(({ source, suffix }) =>
    join(objectFolder, `${relative(ROOT, resolve(source)).replaceAll(/[/\\]/g, '-')}${suffix}.o`),
  );
  await sideBySide(units, async ({ source, flags }, index) => {
    await compileObject(tools[0], [...FLAGS, ...compileFlags, ...flags, '-c', source], objects[index]);
  });
  await replacing(output, begun, (linked) => run(tools.at(-1), [...objects, ...linkFlags, '-o', linked]));
}

/** Compiles one file, unless its object is newer than all that it was made of. */
async function compileObject(compiler, args, object) {
  const rule = `${object}.d`;
  if (existsSync(rule) && isNewer(object, prerequisites(rule))) return;
  const begun = new Date();
  await replacing(object, begun, (compiled) =>
    replacing(rule, begun, (made) => run(compiler, [...args, '-MMD', '-MF', made, '-o', compiled])),
  );
}

/** The files on the right-hand side of a rule of make, as -MMD writes it. */
function prerequisites(rule) {
  const [, files = ''] = readFileSync(rule, 'utf8').replaceAll('\\\n', ' ').split(/:\s/);
  return files
    .trim()
    .split(/(?<!\\)\s+/)
    .map((name) => name.replaceAll('\\ ', ' '));
}

/** Whether a file was made after all others, and after this script. */
function isNewer(file, others) {
  const time = (name) => statSync(name, { throwIfNoEntry: false })?.mtimeMs;
  const made = time(file) ?? Number.NEGATIVE_INFINITY;
  return [import.meta.filename, ...others].every((other) => (time(other) ?? Number.POSITIVE_INFINITY) < made);
}

/** Makes a file under another name first: a running process keeps the old one, and none sees half of the new one. */
async function replacing(file, begun, make) {
  const temporary = `${file}.${process.pid}`;
  try {
    await make(temporary);
    utimesSync(temporary, begun, begun);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
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

async function isMissing(tool) {
  try {
    await run(tool, ['--version']);
    return false;
  } catch (error) {
    return error.code === 'ENOENT';
  }
}

/** Builds a target if it is not up to date; the tools that are missing for that. */
async function build(target, folder) {
  const { name, file, tools, folders, family } = TARGETS[target];
  const output = join(folder, file);
  const files = folders.flatMap(filesIn);
  const bodies = family.length > 0 ? VECTOR_FOLDERS.flatMap(filesIn) : [];
  if (isNewer(output, [...files, ...bodies])) return [];
  const found = await Promise.all(tools.map(isMissing));
  const missing = tools.filter((_, i) => found[i]);
  if (missing.length > 0) return missing;
  const start = performance.now();
  const { compile: flags, link } = TARGETS[target];
  const units = unitsOf(files, family);
  console.log(`${name}: compiling what changed of ${units.length} files`);
  await compile(target, units, tools, [...flags, OPTIMISATION], link, output);
  console.log(`${name}: built ${file} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return [];
}

const REMEDY = 'On Debian, "sh scripts/install-system-packages.sh tests" installs the compilers.';

/** What the compilers of this machine can build; what runs instead of the rest. */
async function buildWhatCanBe(folder) {
  const { host, wasm } = TARGETS;
  const missingForWasm = await build('wasm', folder);
  const fallback = existsSync(join(folder, wasm.file)) ? 'WebAssembly' : 'TypeScript';
  const missingForHost = process.platform === 'win32' ? ['support for Windows'] : await build('host', folder);
  if (missingForHost.length > 0) {
    console.log(`${host.name}: not built (missing: ${missingForHost.join(', ')}); ${fallback} runs instead`);
  }
  if (missingForWasm.length > 0) {
    const use = missingForHost.length > 0 ? '' : '; they are for machines without native kernels';
    console.log(`${wasm.name}: not built (missing: ${missingForWasm.join(', ')})${use}`);
  }
  if (missingForHost.length > 0 && fallback === 'TypeScript') {
    console.log(`TypeScript is a hundred times slower. ${REMEDY}`);
  }
}

/** Builds what it can of the targets. @throws Error naming what is missing for the others */
async function buildAll(targets, folder) {
  const unknown = targets.find((target) => TARGETS[target] === undefined);
  if (unknown !== undefined) {
    throw new Error(`no target "${unknown}": there are ${Object.keys(TARGETS).join(', ')}`);
  }
  const problems = [];
  for (const target of targets) {
    const missing = await build(target, folder);
    if (missing.length > 0) problems.push(`target ${target}: missing ${missing.join(', ')}`);
  }
  if (problems.length > 0) throw new Error([...problems, REMEDY].join('\n'));
}

/** A C program with the engine, of the objects of `variant`. */
async function buildProgram(variant, { tools, folders, family }, main, compileFlags, linkFlags, program) {
  const files = [main, ...folders.filter((folder) => !ADDON_FOLDERS.includes(folder)).flatMap(filesIn)];
  await compile(variant, unitsOf(files, family), tools, compileFlags, linkFlags, program);
}

try {
  const args = process.argv.slice(2);
  const folder = args[0] === '--to' ? args.splice(0, 2)[1] : join(ROOT, 'prebuilds');
  if (args[0] === '--sanitize') {
    const [, main, program] = args;
    await buildProgram(
      'sanitized',
      TARGETS.host,
      main,
      ['-O0', ...SANITIZERS],
      [...SANITIZERS, '-pthread', '-lm'],
      program,
    );
  } else if (args[0] === '--program') {
    const [, target, main, program] = args;
    await buildProgram(
      target,
      TARGETS[target],
      main,
      [...TARGETS[target].compile, OPTIMISATION],
      ['-pthread', '-lm'],
      program,
    );
  } else if (args.length > 0) await buildAll(args, folder);
  else await buildWhatCanBe(folder);
} catch (error) {
  console.error(error.stderr || error.message);
  process.exitCode = 1;
}
