/** Builds and runs harness.c, which runs cases of kernels on this machine and on emulated boards. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';
import type { CoreFeatures } from '../../src/program/implementation.ts';
import { type KernelName, kernelNames, scratchBytes, stepParams } from '../../src/program/kernels/index.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import { BOARDS, type BoardId } from '../../src/targets/cortex-m/boards.ts';
import {
  BOARD_LINK_FLAGS,
  BUNDLE_FLAGS,
  emulatorFlags,
  OPTIMISATION,
} from '../../src/targets/cortex-m/build-flags.ts';
import { kernelSources } from '../../src/targets/cortex-m/kernel-sources.ts';
import { readNativeSources } from '../../src/targets/cortex-m/native-sources.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { areBytes, bytesOf, type Case } from './cases.ts';

/** Where the harness runs: how it is compiled, and the command that runs it, in a folder with the cases. */
export type Place = {
  readonly id: string;
  readonly compiler: string;
  readonly flags: readonly string[];
  /** What a board needs beside the harness, compiled for its own core whatever `flags` say of the kernels. */
  readonly support?: { readonly sources: readonly string[]; readonly flags: readonly string[] };
  readonly command: (program: string) => readonly string[];
};

/** Kernels of a library in place of ours. */
export type Library = {
  /** What its scratch depends on. */
  readonly features: CoreFeatures;
  /** Our kernels that it replaces, by file name, and the folder of those that call it. */
  readonly replaced: readonly string[];
  readonly adapters: string;
  /** Its own files, and the folder of its headers. */
  readonly sources: readonly string[];
  readonly include: string;
};

const root = packageRoot();

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Werror'];
const FLAGS = [...BUNDLE_FLAGS, OPTIMISATION];

function sourcesIn(...path: readonly string[]): readonly string[] {
  const names = readdirSync(join(root, ...path)).filter((name) => name.endsWith('.c'));
  assert.ok(names.length > 0, `no C files in ${path.join('/')}`);
  return names.map((name) => join(root, ...path, name));
}

const HARNESS = join(root, 'test', 'native', 'harness.c');
const KERNELS = sourcesIn('native', 'kernels', 'generic');

/** Arguments of the compiler for the harness with kernels of ours, or with a library, whose own files are not held to our warnings. */
function sourcesWith(library: Library | undefined, kernels: readonly string[]): readonly string[] {
  if (library === undefined) return [...WARNINGS, HARNESS, ...kernels];
  const { replaced, adapters, sources, include } = library;
  const ours = KERNELS.filter((path) => !replaced.includes(basename(path)));
  const theirs = replaced.map((name) => join(adapters, name));
  return ['-I', include, HARNESS, ...ours, ...theirs, ...sources];
}

/** Ends a program that does what C leaves undefined; optimised less than bundles are, so that it compiles in time. */
export const SANITISED = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'] as const;

/** This machine. `flags`: of the instruction set, and what is to differ from bundles. */
export function thisMachine(id: string, flags: readonly string[]): Place {
  return {
    id,
    compiler: requireTool('cc'),
    flags,
    command: (program) => [program, 'cases.bin', 'outputs.bin'],
  };
}

/** An emulated board. @param flags of the kernels and the harness beside those of its core */
export function board(id: BoardId, flags: readonly string[] = []): Place {
  const { flags: coreFlags, machine } = BOARDS[id];
  const scripts = join(root, 'native', 'mcu');
  return {
    id,
    compiler: requireTool('arm-none-eabi-gcc'),
    flags: [
      ...[...coreFlags, ...flags, '-DTINYML_BOARD'],
      ...[...BOARD_LINK_FLAGS, '-L', scripts, '-T', join(scripts, `${machine}.ld`)],
    ],
    support: { sources: sourcesIn('native', 'mcu'), flags: coreFlags },
    command: (program) => [requireTool('qemu-system-arm'), ...emulatorFlags(machine, 0), '-kernel', program],
  };
}

/** Bytes at each end of the memory that are kept for single operands. */
const EDGE_BYTES = 2 ** 17;

/**
 * An emulated board whose memory has hard borders, with operands at its edges (TINYML_EDGES in harness.c).
 * @param script where to write the linker script
 */
export function boardWithEdges(id: 'm33' | 'm55', script: string): Place {
  const place = board(id, [`-DTINYML_EDGES=${EDGE_BYTES}`]);
  const { machine } = BOARDS[id];
  const own = readFileSync(join(root, 'native', 'mcu', `${machine}.ld`), 'utf8');
  const ram = /RAM \(rwx\) +: ORIGIN = (0x[0-9a-f]+), LENGTH = 4M/;
  const [, origin] = ram.exec(own)!;
  const [low, high] = [Number(origin), Number(origin) + 2 ** 22];
  const inner = `RAM (rwx) : ORIGIN = ${low + EDGE_BYTES}, LENGTH = ${high - low - 2 * EDGE_BYTES}`;
  writeFileSync(script, `tinyml_edge_low = ${low};\ntinyml_edge_high = ${high};\n${own.replace(ram, inner)}`);
  const at = place.flags.lastIndexOf('-T') + 1;
  return { ...place, id: `${id}-edges`, flags: place.flags.with(at, script) };
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { status, stdout, stderr, failure } = await runProcess(command, args, { cwd, timeoutMs: 400_000 });
  assert.equal(status, 0, `${[command, ...args].join(' ')}\n${failure ?? ''}${stdout}${stderr}`);
}

/**
 * Builds the harness in a new folder of its place, runs it on cases and returns the bytes that it wrote.
 * @param library in place of our kernels
 */
export async function runHarness(
  place: Place,
  cases: readonly Case[],
  work: string,
  library?: Library,
): Promise<Buffer> {
  const folder = await buildHarness(place, work, library);
  return runBuilt(place, cases, folder, library);
}

/** The flags of a place, and the C files, where only some kernels are called: compiling all of them takes most of the time. */
export function onlyWith(place: Place, kernels: readonly KernelName[]): readonly [Place, readonly string[]] {
  const { sources } = kernelSources(readNativeSources(), kernels, 'builtin', 'tinyml');
  const flags = [...place.flags, '-Wl,--unresolved-symbols=ignore-all'];
  return [{ ...place, flags }, sources.map((path) => join(root, 'native', path))];
}

/**
 * @param kernels C files of those that are called
 * @returns the new folder in which the harness is
 */
export async function buildHarness(
  place: Place,
  work: string,
  library?: Library,
  kernels: readonly string[] = KERNELS,
): Promise<string> {
  const folder = join(work, place.id);
  mkdirSync(folder);
  const { compiler, support } = place;
  if (support !== undefined)
    await run(compiler, [...FLAGS, ...support.flags, '-c', ...support.sources], folder);
  const objects = readdirSync(folder).filter((name) => name.endsWith('.o'));
  const sources = [...sourcesWith(library, kernels), ...objects];
  await run(compiler, [...FLAGS, ...place.flags, ...sources, '-lm', '-o', 'harness'], folder);
  return folder;
}

/** Bytes that the harness in a folder writes for cases. */
export async function runBuilt(
  place: Place,
  cases: readonly Case[],
  folder: string,
  library?: Library,
): Promise<Buffer> {
  const here = mkdtempSync(join(folder, 'run-'));
  writeFileSync(join(here, 'cases.bin'), encodeCases(cases, library?.features ?? null));
  const [program, ...args] = place.command(join(folder, 'harness'));
  await run(program!, args, here);
  return readFileSync(join(here, 'outputs.bin'));
}

const ROLE = {
  input8: 0,
  input32: 1,
  output8: 2,
  output32: 3,
  update8: 4,
  update32: 5,
  under8: 6,
  under32: 7,
  over: 8,
  alias: 9,
} as const;

/** The file that harness.c reads. */
function encodeCases(cases: readonly Case[], cmsisNn: CoreFeatures | null): Uint8Array {
  const words: number[] = [];
  for (const { step, operands, alias, distance, updates, misalignment } of cases) {
    const params = stepParams(step).map(([, value]) => value);
    const scratch =
      cmsisNn === null
        ? scratchBytes(step, 'builtin', { dsp: false, mve: false })
        : scratchBytes(step, 'cmsis-nn', cmsisNn);
    words.push(kernelNames.indexOf(step.kernel), scratch, misalignment, params.length, ...params);
    const read = [...operands.inputs, ...operands.constants];
    words.push(read.length + operands.outputs.length);
    read.forEach((array, k) => {
      if (distance !== null && k === 0) {
        const behind = operands.outputs[0]!.byteLength - distance - array.byteLength;
        const under = areBytes(operands) ? ROLE.under8 : ROLE.under32;
        words.push(under, array.byteLength, Math.max(0, distance), Math.max(0, behind));
      } else words.push(array instanceof Int8Array ? ROLE.input8 : ROLE.input32, array.byteLength);
      for (const word of wordsOf(array)) words.push(word);
    });
    operands.outputs.forEach((array, i) => {
      const narrow = array instanceof Int8Array;
      if (updates.includes(i)) {
        words.push(narrow ? ROLE.update8 : ROLE.update32, array.byteLength, ...wordsOf(array));
        return;
      }
      if (distance !== null && i === 0) {
        words.push(ROLE.over, array.byteLength, distance);
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
