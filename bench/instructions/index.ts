/**
 * Counts the instructions of kernels under QEMU, fits what each thing that they repeat takes, and writes the table that
 * estimates use: src/targets/cortex-m/estimate/generated/coefficients.ts.
 *
 *   CMSIS_NN_DIR=<folder> npm run bench:instructions -- [--write] [--cores cortex-m4,...] [--libraries builtin,cmsis-nn] [--kernels lut_s8,...]
 *
 * What is left out keeps its coefficients.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { KernelLibrary } from '../../src/program/implementation.ts';
import type { KernelName } from '../../src/program/kernels/index.ts';
import { CALL, COEFFICIENTS } from '../../src/targets/cortex-m/estimate/generated/coefficients.ts';
import { libraryOf, workOf } from '../../src/targets/cortex-m/estimate/work.ts';
import type { Loops } from '../../src/targets/cortex-m/estimate/work-types.ts';
import type { Case } from '../../test/native/cases.ts';
import { callsOf, MEASURED } from './cases.ts';
import { errorsOf, fitCoefficients, median, type Row } from './fit.ts';
import { CORES, type CoreId, countInstructions } from './measure.ts';

const { values: flags } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    cores: { type: 'string', default: Object.keys(CORES).join(',') },
    kernels: { type: 'string' },
    libraries: { type: 'string', default: 'builtin,cmsis-nn' },
  },
});

/** Calls that coefficients are fitted to, and calls that they are then held against. */
const FITTED = 45;
const HELD_OUT = 15;
/** Of kernels that are several functions in one, by their parameters: as many more. */
const TIMES: Partial<Readonly<Record<KernelName, number>>> = {
  conv2d_s8: 3,
  conv2d_s4: 3,
  depthwise_conv2d_s8: 5,
  conv2d_pairs_s8: 4,
  conv2d_vectors_s8: 4,
  conv2d_words_s8: 4,
  conv2d_groups_pairs_s8: 4,
  conv2d_groups_vectors_s8: 4,
  conv_transpose2d_pairs_s8: 4,
  conv_transpose2d_vectors_s8: 4,
  depthwise_conv2d_planes_s8: 3,
  depthwise_conv2d_large_planes_s8: 3,
  depthwise_conv2d_columns_s8: 3,
  depthwise_conv2d_rows_s8: 3,
};

/** Of cases and of their outputs, for one run of a board. */
const MOST_BYTES = 800_000;

type Table = Record<string, Record<string, Readonly<Record<string, number>>>>;

const table: Table = Object.fromEntries(
  Object.entries(COEFFICIENTS).map(([part, kernels]) => [part, { ...kernels }]),
);
const PATH = join(packageRoot(), 'src', 'targets', 'cortex-m', 'estimate', 'generated', 'coefficients.ts');
const asked = flags.kernels?.split(',') ?? MEASURED;
for (const library of flags.libraries.split(',') as KernelLibrary[]) {
  for (const core of flags.cores.split(',') as CoreId[]) {
    const part = `${library}/${core}`;
    table[part] = { ...table[part], ...(await fitKernels(core, library)) };
    if (flags.write) writeFileSync(PATH, tableText(table));
  }
}

/** @returns coefficients by kernel; of a library only those of kernels that it computes */
async function fitKernels(core: CoreId, library: KernelLibrary): Promise<Table[string]> {
  const { features } = CORES[core];
  const loops: Loops = features.mve ? 'mve' : features.dsp ? 'dsp' : 'scalar';
  const calls = MEASURED.filter((kernel) => asked.includes(kernel)).flatMap((kernel, i) =>
    callsOf(kernel, (FITTED + HELD_OUT) * (TIMES[kernel] ?? 1), seededRandom(i + 1)).filter(
      ({ step }) => libraryOf(step, library, loops) === library && workOf(step, library, loops) !== null,
    ),
  );
  const rows = new Map<KernelName, Row[]>();
  for (const part of parts(calls)) {
    const counted = await countInstructions(core, library, part);
    for (const [i, { step }] of part.entries()) {
      const row = { counts: workOf(step, library, loops)!, instructions: counted[i]! };
      rows.set(step.kernel, [...(rows.get(step.kernel) ?? []), row]);
    }
  }
  return Object.fromEntries(
    [...rows].map(([kernel, all]) => {
      const fitted = all.slice(0, Math.ceil((all.length * FITTED) / (FITTED + HELD_OUT)));
      const coefficients = fitCoefficients(fitted);
      const errors = errorsOf(all.slice(fitted.length), coefficients).map(Math.abs);
      const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
      process.stderr.write(
        `${library} ${core} ${kernel}: ${all.length} calls, off by ${percent(median(errors))}, at most ${percent(Math.max(...errors))}\n`,
      );
      return [kernel, coefficients];
    }),
  );
}

/** As many calls as the board has memory for. */
function parts(calls: readonly Case[]): readonly (readonly Case[])[] {
  const all: Case[][] = [[]];
  let bytes = 0;
  for (const call of calls) {
    const { inputs, constants, outputs } = call.operands;
    const own = [...inputs, ...constants, ...outputs].reduce(
      (sum, array) => sum + array.byteLength + 16,
      256,
    );
    if (bytes + own > MOST_BYTES) {
      all.push([]);
      bytes = 0;
    }
    bytes += own;
    all.at(-1)!.push(call);
  }
  return all;
}

function tableText(all: Table): string {
  return `/** Instructions of a step beside those of its kernel: the call, and addresses of its operands. */
export const CALL = ${CALL};

/**
 * Instructions of each thing that a kernel repeats (work-builtin.ts, work-cmsis-nn.ts), by library and core, then by kernel.
 * Written by bench/instructions (npm run bench:instructions -- --write): fitted to counts under QEMU. Do not edit.
 */
export const COEFFICIENTS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>> = ${JSON.stringify(
    all,
    null,
    2,
  )
    .replace(/"([A-Za-z_]\w*)":/g, '$1:')
    .replaceAll('"', "'")};
`;
}
