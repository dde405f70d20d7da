/**
 * What firmware of the MLPerf Tiny models takes on each core, with our kernels and, where CMSIS_NN_DIR names it, with CMSIS-NN: as the command
 * line deploys and verifies it. Rows of Markdown; a run whose bytes differ ends it.
 *
 *   npm run bench:firmware -- [folder with ad-int8.onnx, kws-int8.onnx, ic-int8.onnx, vww-int8.onnx]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCount } from '../src/diagnostics/units.ts';
import { packageRoot } from '../src/package-root.ts';
import { BOARDS, type BoardId } from '../src/targets/cortex-m/boards.ts';

/** A model, and options of `deploy`. */
const NETWORKS = [
  { title: 'AD', file: 'ad', options: [] },
  { title: 'KWS', file: 'kws', options: [] },
  { title: 'IC', file: 'ic', options: [] },
  { title: 'VWW', file: 'vww', options: [] },
  { title: 'VWW, all channels', file: 'vww', options: ['--keep-dead-channels'] },
] as const;

const CORES = ['m3', 'm4', 'm7', 'm33', 'm55'] as const satisfies readonly BoardId[];

type Taken = {
  readonly instructions: number;
  readonly ramBytes: number;
  readonly stackBytes: number;
  readonly flashBytes: number;
};

const [folder = '../shared/models/mlperf-tiny'] = process.argv.slice(2);
const libraries = process.env.CMSIS_NN_DIR === undefined ? ['builtin'] : ['builtin', 'cmsis-nn'];
const work = mkdtempSync(join(tmpdir(), 'tinyml-firmware-'));
try {
  for (const { title, file, options } of NETWORKS) {
    for (const core of CORES) {
      const cells = libraries.flatMap((library) => {
        const bundle = join(work, `${file}-${core}-${library}`);
        const target = `qemu-${BOARDS[core].machine}`;
        const model = join(folder, `${file}-int8.onnx`);
        const given = ['--target', target, '--kernels', library, '-o', bundle, '--force', ...options];
        tinyml(['deploy', model, ...given, '--quiet']);
        const { instructions, ramBytes, stackBytes, flashBytes } = verified(bundle, core);
        rmSync(bundle, { recursive: true });
        return [instructions, ramBytes, stackBytes, flashBytes].map(formatCount);
      });
      process.stdout.write(`| ${title} | ${core.toUpperCase()} | ${cells.join(' | ')} |\n`);
    }
  }
} finally {
  rmSync(work, { recursive: true });
}

function verified(bundle: string, core: BoardId): Taken {
  const { verify } = JSON.parse(tinyml(['verify', bundle, '--on', core, '--json'])) as {
    readonly verify: { readonly runs: readonly [Taken] };
  };
  return verify.runs[0];
}

/** @throws Error where the command fails, as where bytes differ */
function tinyml(args: readonly string[]): string {
  const bin = join(packageRoot(), 'bin', 'tinyml.js');
  return execFileSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TINYML_COLOR: 'never' },
  });
}
