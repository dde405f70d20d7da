#!/usr/bin/env node
// Compiles the host engine into prebuilds/<platform>-<arch>/tinyml.node, where a source is newer than it.
// Without a C compiler it says so and succeeds: everything works in TypeScript, slower.
//
//   node scripts/build-native.js [folder instead of prebuilds]
//   node scripts/build-native.js --sanitize <main.c> <program>    main.c with the engine, under sanitisers
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const ADDON_FOLDER = 'native/addon';
const ENGINE_FOLDERS = ['native/engine', 'native/float', 'native/kernels', 'native/kernels/generic'];
/** Code for the instruction sets of one processor family. */
const FAMILY_FOLDERS = { x64: ['native/float/x86', 'native/kernels/x86'] };

// Contraction to fused multiply-adds would give float kernels other bits than the reference.
const FLAGS = ['-std=c11', '-Wall', '-fPIC', '-fvisibility=hidden', '-ffp-contract=off', '-fno-math-errno'];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Flags of the files whose name ends so: instruction sets, and sums whose bits are the same, fused or not. */
const FILE_FLAGS = [
  [/_avx2\.c$/, ['-mavx2', '-mfma']],
  [
    /_avx512vnni\.c$/,
    ['-mavx2', '-mfma', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mavx512vnni'],
  ],
  [/product_loops\w*\.c$/, ['-ffp-contract=fast']],
];

const LINK_ADDON = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];

const compiler = process.env.TINYML_CC || 'cc';
const run = promisify(execFile);

function filesIn(folder) {
  const path = join(ROOT, folder);
  return readdirSync(path)
    .filter((name) => /\.(c|h|inc)$/.test(name))
    .map((name) => join(path, name));
}

function engineFiles() {
  return [...ENGINE_FOLDERS, ...(FAMILY_FOLDERS[process.arch] ?? [])].flatMap(filesIn);
}

/** Compiles C files side by side and links them; `output` appears whole, with the time at which it was begun. */
async function compile(files, compileFlags, linkFlags, output) {
  const begun = new Date();
  mkdirSync(dirname(output), { recursive: true });
  const work = mkdtempSync(join(dirname(output), 'build-'));
  try {
    const sources = files.filter((name) => name.endsWith('.c'));
    const objects = await Promise.all(
      sources.map(async (source, index) => {
        const object = join(work, `${index}.o`);
        const fileFlags = FILE_FLAGS.flatMap(([name, flags]) => (name.test(source) ? flags : []));
        await run(compiler, [...FLAGS, ...compileFlags, ...fileFlags, '-c', source, '-o', object]);
        return object;
      }),
    );
    const linked = join(work, 'linked');
    await run(compiler, [...linkFlags, ...objects, '-o', linked]);
    utimesSync(linked, begun, begun);
    renameSync(linked, output); // a running process keeps the old file
  } finally {
    rmSync(work, { recursive: true });
  }
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Folder of node_api.h: a package, so that neither Node's own headers nor a download are needed. */
function nodeApiHeaders() {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('node-api-headers/package.json')), 'include');
}

async function buildAddon(folder) {
  if (process.platform === 'win32') {
    console.log('native kernels: not built on Windows; TypeScript runs instead');
    return;
  }
  const output = join(folder, `${process.platform}-${process.arch}`, 'tinyml.node');
  const files = [...filesIn(ADDON_FOLDER), ...engineFiles()];
  if (modified(output) > Math.max(...[...files, import.meta.filename].map(modified))) return;
  const start = performance.now();
  await compile(files, ['-O3', '-I', nodeApiHeaders()], LINK_ADDON, output);
  console.log(`native kernels: built in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

try {
  const [first, main, program] = process.argv.slice(2);
  if (first === '--sanitize')
    await compile([main, ...engineFiles()], ['-O0', ...SANITIZERS], SANITIZERS, program);
  else await buildAddon(first ?? join(ROOT, 'prebuilds'));
} catch (error) {
  if (error.code === 'ENOENT' && error.path === compiler) {
    console.log(`native kernels: no C compiler (${compiler}); TypeScript runs instead`);
  } else {
    console.error(error.stderr || error.message);
    process.exitCode = 1;
  }
}
