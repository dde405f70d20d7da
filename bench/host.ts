/**
 * tinyml's engine against ONNX Runtime on this machine: float and int8, one image and many a call, one thread and two.
 * Everything is measured in turns in one process; docs/benchmarks.md says what the numbers mean.
 *
 *   npm run bench:host -- [--json] [--models ic,kws] [--batches 1,32] [--threads 1,2] [--seconds 1]
 *     [--clock wall|cpu]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { plain } from '../src/diagnostics/color.ts';
import { TinymlError } from '../src/diagnostics/errors.ts';
import { loadKernels } from '../src/engine/load.ts';
import { asTinymlError, errorText } from '../src/report/print.ts';
import { textTable } from '../src/report/table.ts';
import { NETWORKS, prepareNetwork } from './host/models.ts';
import { betterPeak, peakMeter } from './host/peak.ts';
import { measureRow, type Row } from './host/row.ts';

process.on('uncaughtException', (thrown) => {
  process.stderr.write(errorText(asTinymlError(thrown), plain, false));
  process.exit(2);
});

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    models: { type: 'string', default: Object.keys(NETWORKS).join() },
    batches: { type: 'string', default: '1,32' },
    threads: { type: 'string', default: '1,2' },
    seconds: { type: 'string', default: '1' },
    clock: { type: 'string', default: 'wall' },
  },
});

const numbers = (list: string): readonly number[] =>
  list.split(',').map((text) => {
    const value = Number(text);
    if (!(value > 0)) throw new TinymlError('E_USAGE', `"${text}" is no positive number`);
    return value;
  });

const [seconds = 1] = numbers(flags.seconds);
const { clock } = flags;
if (clock !== 'wall' && clock !== 'cpu')
  throw new TinymlError('E_USAGE', `"${clock}" is no clock; one of wall, cpu`);
if (clock === 'cpu' && flags.threads !== '1')
  throw new TinymlError('E_USAGE', '--clock cpu needs --threads 1');
const meter = peakMeter();
let peak = meter?.() ?? null;
const bestPeak =
  meter === null
    ? null
    : () => {
        peak = betterPeak(peak!, meter());
        return peak;
      };
const results: Row[] = [];
for (const name of flags.models.split(',')) {
  const load = NETWORKS[name];
  if (load === undefined)
    throw new TinymlError(
      'E_USAGE',
      `there is no network "${name}"; one of ${Object.keys(NETWORKS).join(', ')}`,
    );
  const network = await prepareNetwork(name, await load());
  for (const threads of numbers(flags.threads)) {
    for (const batch of numbers(flags.batches)) {
      process.stderr.write(`${name}: batch ${batch}, ${threads} thread${threads > 1 ? 's' : ''}\n`);
      results.push(await measureRow(network, { batch, threads, seconds, clock }, bestPeak));
    }
  }
}

const kernels = loadKernels();
const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  platform: `${process.platform}-${process.arch}`,
  node: process.version,
  clock,
  onnxruntime: ort.env.versions.node ?? 'unknown',
  engine: kernels.kind,
  isa: kernels.kind === 'typescript' ? null : kernels.isa,
  vnniGmacs: peak?.int8[1] ?? null,
  vnniInstruction: peak?.int8[0] ?? null,
  fmaGmacs: peak?.float32[1] ?? null,
  fmaInstruction: peak?.float32[0] ?? null,
};
process.stdout.write(`${flags.json ? JSON.stringify({ machine, results }, null, 2) : report()}\n`);

function report(): string {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const rate = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
  const percent = (share: number | null): string => (share === null ? '' : `${(100 * share).toFixed(1)} %`);
  const table = textTable(
    [
      { title: 'model' },
      right('batch'),
      right('threads'),
      right('tinyml int8'),
      right('ORT u8'),
      right('ORT s8'),
      right('int8 / best ORT'),
      right('of peak'),
      right('tinyml float'),
      right('ORT float'),
      right('float / float'),
      right('of peak'),
    ],
    results.map(({ imagesPerSecond: { tinymlInt8, tinymlFloat, ort: gross }, ...row }) => [
      row.model,
      `${row.batch}`,
      `${row.threads}`,
      rate(tinymlInt8),
      rate(gross.u8),
      rate(gross.s8),
      `${row.int8OverOrtBest.toFixed(2)} (${row.ortBest})`,
      percent(row.ofPeak),
      rate(tinymlFloat),
      rate(gross.float),
      row.floatOverOrtFloat.toFixed(2),
      percent(row.floatOfPeak),
    ]),
  );
  const facts = `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, ONNX Runtime ${machine.onnxruntime}`;
  const peaks =
    peak === null
      ? 'peak: no C compiler'
      : `peak of a core: ${peak.int8[1]} G MAC/s (${peak.int8[0]}), float ${peak.float32[1]} (${peak.float32[0]})`;
  return `${table}\n\nimages per second; ${facts}\n${peaks}`;
}
