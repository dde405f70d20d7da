#!/usr/bin/env node
// Compiles the host engine into prebuilds/<platform>-<arch>/tinyml.node, where a source is newer than it.
// Without a C compiler it says so and succeeds: everything works in TypeScript, slower.
//
//   node scripts/build-native.js [folder instead of prebuilds]
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['native/addon', 'native/engine', 'native/kernels', 'native/kernels/generic'];
/** Kernels for the instruction sets of one processor family. */
const FAMILIES = { x64: ['native/kernels/x86'] };
const PREBUILDS = process.argv[2] ?? join(ROOT, 'prebuilds');
const OUTPUT = join(PREBUILDS, `${process.platform}-${process.arch}`, 'tinyml.node');

// Contraction would give float kernels other bits than the reference.
const FLAGS = [
  '-std=c11',
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-Wall',
];

/** Flags of the files for one instruction set, by the end of their names. */
const ISA_FLAGS = {
  '_avx2.c': ['-mavx2', '-mfma'],
  '_avx512vnni.c': ['-mavx2', '-mfma', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mavx512vnni'],
};

const LINK_FLAGS = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];

const run = promisify(execFile);

function filesIn(folder) {
  const path = join(ROOT, folder);
  return readdirSync(path)
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(path, name));
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Folder of node_api.h: a dependency, so that neither Node's own headers nor a download are needed. */
function nodeApiHeaders() {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('node-api-headers/package.json')), 'include');
}

async function build(compiler, sources) {
  mkdirSync(dirname(OUTPUT), { recursive: true });
  const work = mkdtempSync(join(dirname(OUTPUT), 'build-'));
  try {
    const include = ['-I', nodeApiHeaders()];
    const objects = await Promise.all(
      sources.map(async (source, index) => {
        const object = join(work, `${index}.o`);
        const [, isaFlags = []] = Object.entries(ISA_FLAGS).find(([end]) => source.endsWith(end)) ?? [];
        await run(compiler, [...FLAGS, ...isaFlags, ...include, '-c', source, '-o', object]);
        return object;
      }),
    );
    const library = join(work, 'tinyml.node');
    await run(compiler, [...LINK_FLAGS, ...objects, '-o', library]);
    renameSync(library, OUTPUT); // in one step: a running process keeps the old file
  } finally {
    rmSync(work, { recursive: true });
  }
}

const compiler = process.env.TINYML_CC || 'cc';
const files = [...FOLDERS, ...(FAMILIES[process.arch] ?? [])].flatMap(filesIn);
const newest = Math.max(...[...files, import.meta.filename].map(modified));
if (process.platform === 'win32') {
  console.log('native kernels: not built on Windows; TypeScript runs instead');
} else if (modified(OUTPUT) < newest) {
  const start = performance.now();
  try {
    await build(
      compiler,
      files.filter((name) => name.endsWith('.c')),
    );
    console.log(`native kernels: built in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } catch (error) {
    if (error.code === 'ENOENT') {
      console.log(`native kernels: no C compiler (${compiler}); TypeScript runs instead`);
    } else {
      console.error(error.stderr || error.message);
      process.exitCode = 1;
    }
  }
}
