/**
 * RAM of image networks with images whole, row by row within budgets, and with the input in rows of the caller as well (docs/benchmarks.md,
 * "Images by rows"): as the command line deploys and verifies them, and what is whole at the peak of the smallest. Rows of Markdown; a run whose bytes differ ends it.
 *
 *   npm run bench:rows -- [--core m4] [--models folder with mlperf-tiny/ic-int8.onnx .., zoo/unet_tiny.torchscript.onnx ..] [network ...]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatCount } from '../src/diagnostics/units.ts';
import { loadModel } from '../src/onnx/load.ts';
import { packageRoot } from '../src/package-root.ts';
import { prepareGraph } from '../src/passes/pipeline.ts';
import type { WholeTensor } from '../src/program/whole-tensors.ts';
import { BOARDS, type BoardId } from '../src/targets/cortex-m/boards.ts';
import { uniform, wholeWay } from '../test/whole-way/whole-way.ts';
import { INVERTED, invertedNetwork } from './inverted.ts';

/** Networks, with the budgets of bytes that they are held to: with the input in the arena, and in rows. */
const NETWORKS = {
  vww: [[30_000], [18_000]],
  ic: [[20_000], [18_000]],
  kws: [[9_000, 7_500], [6_500]],
  unet_tiny: [[100_000], []],
  kws_tcn: [[2_100], []],
  conv_ae: [[2_500], []],
  'mobilenet-v3': [[36_000], []],
  mcunet: [[32_000, 24_576], [19_000]],
  'mobilenet-v2-0.35': [[72_000], [32_000]],
  'mobilenet-v2-1.0': [[220_000], [150_000]],
} as const;

/** Too slow for an emulated core: its bytes are compared on this machine alone. */
const ON_HOST: readonly string[] = ['mobilenet-v2-1.0'];

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    core: { type: 'string', default: 'm4' },
    models: { type: 'string', default: '../shared/models' },
  },
});
const core = flags.core as BoardId;
const work = mkdtempSync(join(tmpdir(), 'tinyml-rows-'));
try {
  for (const [name, [resident, streamed]] of Object.entries(NETWORKS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const model = await modelOf(name);
    const byRows = (budgets: readonly number[]): readonly Form[] => [
      ...budgets.map((budget) => [`by rows in ${formatCount(budget)}`, ['--max-ram', `${budget}`]] as const),
      ['smallest', ['--optimise', 'ram']],
    ];
    const forms: readonly Form[] = [
      ['whole', []],
      ...byRows(resident),
      ...[...byRows(streamed), ['packed', []] as const].map(
        ([form, options]): Form => [`${form}, input as well`, [...options, '--input', 'streamed']],
      ),
    ];
    let before = 0;
    for (const [form, options] of forms) {
      const bundle = join(work, 'bundle');
      tinyml([
        'deploy',
        model,
        '--target',
        `qemu-${BOARDS[core].machine}`,
        '-o',
        bundle,
        '--quiet',
        ...options,
      ]);
      const on = ON_HOST.includes(name) ? 'host' : core;
      const { verify } = JSON.parse(tinyml(['verify', bundle, '--on', on, '--json'])) as {
        readonly verify: {
          readonly runs: readonly [{ readonly instructions?: number | null }];
        };
      };
      const { memory } = JSON.parse(
        tinyml(['plan', model, '--target', `qemu-${BOARDS[core].machine}`, '--json', ...options]),
      ) as {
        readonly memory: { readonly arenaBytes: number; readonly wholeAtPeak: readonly WholeTensor[] };
      };
      const instructions = verify.runs[0].instructions ?? 0;
      if (before === 0) before = instructions;
      const more = instructions === 0 ? '' : `${(100 * (instructions / before - 1)).toFixed(2)} %`;
      const cells = [
        name,
        form,
        formatCount(memory.arenaBytes),
        instructions === 0 ? '' : formatCount(instructions),
        more,
        form.startsWith('smallest') ? wholeText(memory.wholeAtPeak) : '',
      ];
      process.stdout.write(`| ${cells.join(' | ')} |\n`);
      rmSync(bundle, { recursive: true });
    }
  }
} finally {
  rmSync(work, { recursive: true });
}

/** What a row of the table is called, and the options that make it. */
type Form = readonly [name: string, options: readonly string[]];

function wholeText(whole: readonly WholeTensor[]): string {
  return whole.map(({ tensor, bytes, why }) => `${tensor} (${formatCount(bytes)}: ${why})`).join(', ');
}

/** The file of a quantised network. */
async function modelOf(name: string): Promise<string> {
  const published = join(flags.models, 'mlperf-tiny', `${name}-int8.onnx`);
  if (existsSync(published)) return published;
  const float =
    name in INVERTED
      ? invertedNetwork(INVERTED[name as keyof typeof INVERTED])
      : prepareGraph(await loadModel(join(flags.models, 'zoo', `${name}.torchscript.onnx`)));
  const { file } = await wholeWay(float, uniform(float, 2));
  const path = join(work, `${name}.onnx`);
  writeFileSync(path, file);
  return path;
}

function tinyml(args: readonly string[]): string {
  return execFileSync(process.execPath, [join(packageRoot(), 'bin', 'tinyml.js'), ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
