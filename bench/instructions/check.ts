/**
 * Holds predicted instructions against those that QEMU counts of whole firmware: of model files, and of random networks.
 *
 *   CMSIS_NN_DIR=<folder> npm run bench:instructions-check -- [--random n] [--libraries builtin,cmsis-nn] model.onnx ...
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { lower } from '../../src/lower/lower.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { KernelLibrary } from '../../src/program/implementation.ts';
import type { Program } from '../../src/program/program.ts';
import { assumeQuantized } from '../../src/quantize/assume.ts';
import { TFLITE_INT8 } from '../../src/quantize/scheme.ts';
import { inspectGraph } from '../../src/report/inspection.ts';
import type { BoardId } from '../../src/targets/cortex-m/boards.ts';
import { emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import { estimateOf } from '../../src/targets/cortex-m/estimate/index.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { loadCortexM } from '../../test/cortex-m.ts';
import { withBundles } from '../../test/targets/folder.ts';
import { bundleInput } from '../../test/targets/small-model.ts';
import { randomNetwork } from '../../test/whole-way/random-network.ts';
import { median } from './fit.ts';

const { values: flags, positionals } = parseArgs({
  options: {
    random: { type: 'string', default: '0' },
    libraries: { type: 'string', default: 'builtin,cmsis-nn' },
  },
  allowPositionals: true,
});

/** Emulated boards that a bundle for a profile runs on, by library. */
const PLACES: Readonly<
  Record<KernelLibrary, readonly (readonly [profile: string, boards: readonly BoardId[]])[]>
> = {
  builtin: [['qemu-mps2-an386', ['m3', 'm4', 'm7', 'm33', 'm55']]],
  'cmsis-nn': [
    ['qemu-mps2-an386', ['m4', 'm7', 'm33']],
    ['qemu-mps3-an547', ['m55']],
  ],
};

/** Larger models take minutes of emulation. */
const MOST_MACS = 60e6;

const errors: { readonly place: string; readonly error: number; readonly name: string }[] = [];

for (const path of positionals) {
  const program = await lowered(path);
  if (program !== null) await checkAll(basename(path, '.onnx'), program);
}
for (let i = 0; i < Number(flags.random); i++) {
  await checkAll(`random ${i}`, await randomNetwork(1000 + i));
}
for (const place of [...new Set(errors.map((one) => one.place))].sort()) {
  const all = errors.filter((one) => one.place === place);
  const worst = all.reduce((most, one) => (Math.abs(one.error) > Math.abs(most.error) ? one : most));
  process.stdout.write(
    `${place}: ${all.length} models, median ${percent(median(all.map(({ error }) => Math.abs(error))))}, worst ${percent(worst.error)} (${worst.name})\n`,
  );
}

/** Null for a model that is too large, or cannot be lowered. */
async function lowered(path: string): Promise<Program | null> {
  try {
    const graph = prepareGraph(await loadModel(path));
    const { quantisation, macs } = inspectGraph(graph);
    if (macs > MOST_MACS) return null;
    return lower(quantisation === 'float' ? assumeQuantized(graph, TFLITE_INT8, 'rounded') : graph);
  } catch (error) {
    if (!(error instanceof TinymlError)) throw error;
    process.stderr.write(`${path}: ${error.message}\n`);
    return null;
  }
}

async function checkAll(name: string, program: Program): Promise<void> {
  for (const library of flags.libraries.split(',') as KernelLibrary[]) {
    for (const [target, boards] of PLACES[library]) await check(name, program, target, boards, library);
  }
}

async function check(
  name: string,
  program: Program,
  target: string,
  boards: readonly BoardId[],
  library: KernelLibrary,
): Promise<void> {
  await withBundles(
    [emitBundle(bundleInput({ program, name: 'model', target, library }))],
    async (folder) => {
      const { runs } = await verifyBundle(folder!, { on: ['qemu'], cores: boards });
      for (const { core, machine, instructions } of runs) {
        const predicted = estimateOf(program, loadCortexM(`qemu-${machine}`), library)?.instructions;
        if (predicted === undefined || instructions === null) continue;
        const error = predicted / instructions - 1;
        errors.push({ place: `${library} ${core}`, error, name });
        process.stdout.write(
          `${name} ${library} ${core}: counted ${instructions}, predicted ${predicted} (${percent(error)})\n`,
        );
      }
    },
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
