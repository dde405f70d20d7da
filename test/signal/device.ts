/** Runs front ends in C, on this machine and on emulated boards. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';
import type { FrontEndTables } from '../../src/signal/tables.ts';
import { BOARDS, type BoardId } from '../../src/targets/cortex-m/boards.ts';
import { BOARD_LINK_FLAGS, emulatorFlags, OPTIMISATION } from '../../src/targets/cortex-m/build-flags.ts';
import {
  FRONT_END_SOURCES,
  frontEndScratch,
  printFrontEnd,
  printFrontEndHeader,
} from '../../src/targets/cortex-m/print-front-end.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';

export type DeviceCase = { readonly tables: FrontEndTables; readonly pcm: Int16Array };

export type DeviceResult = {
  readonly values: Int32Array;
  /** Of a board; 0 here. */
  readonly instructions: number;
  readonly stackBytes: number;
};

const native = join(packageRoot(), 'native');
const STRICT = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wsign-conversion', '-Werror'];

/** In folder `folder`, compiled as C99 with all warnings as errors. */
export async function runOnDevice(
  place: BoardId | 'here',
  cases: readonly DeviceCase[],
): Promise<readonly DeviceResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-front-end-'));
  try {
    return await runIn(folder, place, cases);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runIn(
  folder: string,
  place: BoardId | 'here',
  cases: readonly DeviceCase[],
): Promise<readonly DeviceResult[]> {
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const renamed = (text: string, i: number): string =>
    text.replaceAll('tinyml_front_end_tables', `tables_${i}`).replaceAll('TABLES_H', `TABLES_${i}_H`);
  cases.forEach(({ tables }, i) => {
    write(`tables_${i}.h`, renamed(macroless(printFrontEndHeader('tinyml', tables)), i));
    write(`tables_${i}.c`, renamed(printFrontEnd('tinyml', tables), i));
  });
  write('cases.h', casesHeader(cases.map(({ tables }) => tables)));
  const samples = Int16Array.from(cases.flatMap(({ pcm }) => [...pcm]));
  writeFileSync(join(folder, 'samples.bin'), samples);
  const sources = [
    join(packageRoot(), 'test', 'signal', 'harness.c'),
    join(native, FRONT_END_SOURCES.source),
    ...cases.map((_, i) => `tables_${i}.c`),
  ];
  const run = async (command: string, args: readonly string[]): Promise<void> => {
    const { status, stdout, stderr, failure } = await runProcess(command, args, {
      cwd: folder,
      timeoutMs: 100_000,
    });
    assert.equal(status, 0, `${[command, ...args].join(' ')}\n${failure ?? ''}${stdout}${stderr}`);
  };
  const common = ['-std=c99', ...STRICT, '-I', folder, '-I', native, '-o', 'harness', ...sources];
  if (place === 'here') {
    const sanitised = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    await run(requireTool('cc'), [...sanitised, ...common]);
    await run('./harness', []);
  } else {
    const { flags, machine } = BOARDS[place];
    const mcu = join(native, 'mcu');
    const support = readdirSync(mcu).filter((name) => name.endsWith('.c'));
    const objects = support.map((name) => join(mcu, name));
    const compiler = requireTool('arm-none-eabi-gcc');
    await run(compiler, [...flags, '-std=c11', OPTIMISATION, '-c', ...objects]);
    await run(compiler, [
      ...[...flags, '-mthumb', OPTIMISATION, '-DTINYML_BOARD', ...BOARD_LINK_FLAGS, ...common],
      ...support.map((name) => name.replace(/\.c$/, '.o')),
      ...['-L', mcu, '-T', join(mcu, `${machine}.ld`)],
    ]);
    const emulator = requireTool('qemu-system-arm');
    await run(emulator, [...emulatorFlags(machine, 0), '-kernel', 'harness']);
  }
  return resultsOf(readFileSync(join(folder, 'values.bin')), cases, place !== 'here');
}

/** The sizes of several front ends in one program would clash. */
const macroless = (header: string): string => header.replace(/^#define TINYML_FRONT_END_(?!TABLES).*$/gm, '');

function casesHeader(all: readonly FrontEndTables[]): string {
  const sum = (of: (tables: FrontEndTables) => number): number =>
    all.reduce((total, one) => total + of(one), 0);
  const most = (of: (tables: FrontEndTables) => number): number => Math.max(...all.map(of));
  return `${all.map((_, i) => `#include "tables_${i}.h"`).join('\n')}
enum {
  CASES = ${all.length},
  SAMPLES = ${sum(({ samples }) => samples)},
  VALUES = ${sum(({ frames, values }) => frames * values)},
  MOST_SCRATCH = ${most(frontEndScratch)},
  MOST_VALUES = ${most(({ values }) => values)}
};
static const struct {
  const tinyml_front_end *front_end;
  int32_t scratch;
} cases[CASES] = {${all.map((tables, i) => `{&tables_${i}, ${frontEndScratch(tables)}}`).join(', ')}};
`;
}

function resultsOf(bytes: Buffer, cases: readonly DeviceCase[], costed: boolean): readonly DeviceResult[] {
  const words = new Int32Array(new Uint8Array(bytes).buffer);
  const counts = cases.map(({ tables }) => tables.frames * tables.values);
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((count, i) => {
    const from = counts.slice(0, i).reduce((a, b) => a + b, 0);
    return {
      values: words.subarray(from, from + count),
      instructions: costed ? words[total + 2 * i]! : 0,
      stackBytes: costed ? words[total + 2 * i + 1]! : 0,
    };
  });
}
