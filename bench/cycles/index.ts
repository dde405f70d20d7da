/**
 * Cycles of an inference of the MLPerf Tiny models on a core whose memory costs nothing, by the documented cycles of every instruction that is executed, and
 * those of an instruction on average: what src/targets/cortex-m/estimate/time.ts stands on. Rows of Markdown. With CMSIS_NN_DIR of its kernels, too.
 *
 *   npm run bench:cycles -- [folder with ad-int8.onnx, kws-int8.onnx, ic-int8.onnx, vww-int8.onnx]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCount } from '../../src/diagnostics/units.ts';
import { packageRoot } from '../../src/package-root.ts';
import { BOARDS } from '../../src/targets/cortex-m/boards.ts';
import { cyclesOf, instructionsOf, TIMINGS, withVectors } from './cycles.ts';
import { type Block, traceOf } from './trace.ts';

const CORES = ['m3', 'm4', 'm55'] as const;
type Core = (typeof CORES)[number];

const ARCHITECTURE = { m3: 'armv7', m4: 'armv7e-m', m55: 'armv8.1-m.main' } as const;
const MODELS = ['ad', 'kws', 'ic', 'vww'] as const;

const [folder = '../shared/models/mlperf-tiny'] = process.argv.slice(2);
const libraries = process.env.CMSIS_NN_DIR === undefined ? ['builtin'] : ['builtin', 'cmsis-nn'];
const work = mkdtempSync(join(tmpdir(), 'tinyml-cycles-'));
try {
  for (const core of CORES) {
    for (const library of libraries) {
      for (const model of MODELS) {
        const blocks = await executed(join(folder, `${model}-int8.onnx`), core, library);
        const count = instructionsOf(blocks);
        const cells = cyclesFor(core, blocks).map(
          (cycles) => `${formatCount(cycles)} (${(cycles / count).toFixed(2)})`,
        );
        process.stdout.write(
          `| ${core} | ${library} | ${model} | ${formatCount(count)} | ${cells.join(' .. ')} |\n`,
        );
      }
    }
  }
} finally {
  rmSync(work, { recursive: true });
}

/** Of the smallest firmware with a model, which runs it once. */
async function executed(model: string, core: Core, library: string): Promise<readonly Block[]> {
  const { machine } = BOARDS[core];
  const bundle = join(work, 'bundle');
  const deploy = ['deploy', model, '--target', `qemu-${machine}`, '--kernels', library, '-o', bundle];
  execFileSync(
    process.execPath,
    [join(packageRoot(), 'bin', 'tinyml.js'), ...deploy, '--name', 'net', '--json'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const firmware = join('build', core, 'net_firmware.elf');
  execFileSync('make', ['-s', `BOARD=${core}`, firmware], { cwd: bundle });
  const blocks = await traceOf(join(bundle, firmware), machine, ARCHITECTURE[core], 'net_invoke');
  rmSync(bundle, { recursive: true });
  return blocks;
}

function cyclesFor(core: Core, blocks: readonly Block[]): readonly number[] {
  if (core !== 'm55') return [cyclesOf(blocks, TIMINGS[core])];
  return (['all', 'units', 'none'] as const).map((overlap) => cyclesOf(blocks, withVectors(overlap)));
}
