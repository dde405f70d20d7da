/**
 * Steps of training against PyTorch on this machine: integers in both passes, fake quantisation and float32, on the networks
 * of train/networks.ts. Both take turns, a few rounds each; the medians of the rounds are compared.
 *
 *   npm run bench:train -- [--json] [--networks lenet,resnet8,mobilenet] [--threads 1] [--seconds 2] [--rounds 3]
 *     [--clock wall|cpu]
 *
 * PyTorch runs in a Python that has it: TINYML_PYTHON, or python3. Without it, tinyml is measured alone, and that is said.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plain } from '../src/diagnostics/color.ts';
import { TinymlError } from '../src/diagnostics/errors.ts';
import { elementCount } from '../src/graph/tensor.ts';
import { seededRandom } from '../src/numbers/random.ts';
import { packageRoot } from '../src/package-root.ts';
import { graphMacs } from '../src/passes/graph-macs.ts';
import { asTinymlError, errorText } from '../src/report/print.ts';
import { textTable } from '../src/report/table.ts';
import { ADAM, OCTO_DEFAULTS, type TrainerOptions } from '../src/train/options.ts';
import { createTrainer } from '../src/train/run/trainer.ts';
import type { Method } from '../src/train/types.ts';
import { CLOCKS } from './host/measure.ts';
import { peakMeter } from './host/peak.ts';
import { TRAINING_NETWORKS } from './train/networks.ts';

process.on('uncaughtException', (thrown) => {
  process.stderr.write(errorText(asTinymlError(thrown), plain, false));
  process.exit(2);
});

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    networks: { type: 'string', default: 'lenet,resnet8,mobilenet' },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    clock: { type: 'string', default: 'wall' },
  },
});

type NetworkName = keyof typeof TRAINING_NETWORKS;
const METHODS = ['octo', 'qat', 'float'] as const satisfies readonly Method[];
const PYTORCH_MODES = ['fp32', 'channels_last', 'qat'] as const;
type PytorchMode = (typeof PYTORCH_MODES)[number];

const names = flags.networks.split(',').map((name) => {
  if (name in TRAINING_NETWORKS) return name as NetworkName;
  throw new TinymlError('E_USAGE', `there is no network "${name}"`, {
    hint: `one of ${Object.keys(TRAINING_NETWORKS).join(', ')}`,
  });
});
const [threads, seconds, rounds] = [flags.threads, flags.seconds, flags.rounds].map(Number) as [
  ...[number, number, number],
];
if (flags.clock !== 'wall' && flags.clock !== 'cpu') {
  throw new TinymlError('E_USAGE', `"${flags.clock}" is no clock; one of wall, cpu`);
}
const now = CLOCKS[flags.clock];
const python = process.env.TINYML_PYTHON || 'python3';
const hasPytorch = pythonHasTorch();
if (!hasPytorch) {
  process.stderr.write(`no PyTorch in ${python} (TINYML_PYTHON): tinyml is measured alone\n`);
}

const peak = peakMeter()?.() ?? null;
const rows = names.map(measure);
if (flags.json) {
  const results = rows.map(({ name, tinyml, pytorch, macs, ...rest }) => ({
    network: name,
    ...rest,
    imagesPerSecond: { tinyml, pytorch },
    ...(pytorch === null ? {} : ratios(tinyml, pytorch)),
    ofPeak: share(tinyml.octo * 3 * macs, peak?.int8[1]),
    floatOfPeak: share(tinyml.float * 3 * macs, peak?.float32[1]),
  }));
  process.stdout.write(`${JSON.stringify({ threads, clock: flags.clock, peak, results })}\n`);
} else {
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'network', align: 'left' as const },
    ...['batch', ...METHODS, 'of peak', ...PYTORCH_MODES].map(right),
    ...['octo / fp32', 'octo / qat', 'float / fp32', 'saved bytes'].map(right),
  ];
  const cells = rows.map(({ name, batch, tinyml, pytorch, macs, savedBytesOverFloat }) => [
    name,
    String(batch),
    ...METHODS.map((method) => tinyml[method].toFixed(0)),
    percent(share(tinyml.octo * 3 * macs, peak?.int8[1])),
    ...PYTORCH_MODES.map((mode) => pytorch?.[mode].toFixed(0) ?? '-'),
    ...(pytorch === null ? ['-', '-', '-'] : Object.values(ratios(tinyml, pytorch)).map((r) => r.toFixed(2))),
    savedBytesOverFloat.toFixed(3),
  ]);
  process.stdout.write(`${textTable(columns, cells)}\n`);
}

function measure(name: NetworkName) {
  const network = TRAINING_NETWORKS[name];
  const own = Object.fromEntries(METHODS.map((method) => [method, [] as number[]])) as Record<
    Method,
    number[]
  >;
  const theirs = Object.fromEntries(PYTORCH_MODES.map((mode) => [mode, [] as number[]])) as Record<
    PytorchMode,
    number[]
  >;
  const graph = network.build(1);
  const candidates = METHODS.map((method) => ({ method, ...stepper(method) }));
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`${name}: round ${round + 1} of ${rounds}\n`);
    for (const { method, step } of candidates) own[method].push(network.batch / medianTime(step));
    if (hasPytorch) for (const { mode, median } of pytorchRows(name)) theirs[mode].push(median);
  }
  const octo = candidates[0]!.memory!;
  return {
    name,
    batch: network.batch,
    macs: graphMacs(graph),
    tinyml: medians(own),
    pytorch: hasPytorch ? medians(theirs) : null,
    savedBytes: octo.savedActivationBytes,
    savedBytesOverFloat: octo.savedActivationBytes / octo.savedActivationFloatBytes,
  };

  function stepper(method: Method) {
    const options: TrainerOptions = {
      method,
      loss: { kind: 'cross-entropy', labelSmoothing: 0 },
      batchSize: network.batch,
      optimizer: ADAM,
      scheme: { kind: 'full' },
      freeze: [],
      init: 'model',
      classes: null,
      seed: 1,
      octo: OCTO_DEFAULTS,
      accumulate: 1,
      backend: 'native',
      jobs: threads,
    };
    const trainer = createTrainer(graph, options);
    const random = seededRandom(1);
    const inputs = Float32Array.from(
      { length: network.batch * elementCount(network.input) },
      () => random() * 2 - 1,
    );
    const labels = Int32Array.from({ length: network.batch }, (_, i) => i % network.classes);
    let count = 0;
    const step = (): void => {
      trainer.step({ inputs, labels, targets: null }, { step: count++, learningRate: 1e-3 });
    };
    return { step, memory: trainer.memory };
  }
}

/** Seconds of a step in the median, after five that do not count. */
function medianTime(step: () => void): number {
  for (let i = 0; i < 5; i++) step();
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end || times.length < 20) {
    const start = now();
    step();
    times.push(now() - start);
  }
  return median(times);
}

function pytorchRows(name: NetworkName): readonly { readonly mode: PytorchMode; readonly median: number }[] {
  const script = join(packageRoot(), 'bench', 'train', 'pytorch.py');
  const settings = ['--threads', String(threads), '--seconds', String(seconds), '--clock', flags.clock];
  const args = [script, '--networks', name, '--modes', PYTORCH_MODES.join(), ...settings];
  const output = execFileSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return (JSON.parse(output) as { rows: readonly { mode: PytorchMode; median: number }[] }).rows;
}

function pythonHasTorch(): boolean {
  try {
    execFileSync(python, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function ratios(tinyml: Readonly<Record<Method, number>>, pytorch: Readonly<Record<PytorchMode, number>>) {
  const best = Math.max(pytorch.fp32, pytorch.channels_last);
  return {
    octoOverFp32: tinyml.octo / best,
    octoOverQat: tinyml.octo / pytorch.qat,
    floatOverFp32: tinyml.float / best,
  };
}

function medians<Name extends string>(all: Readonly<Record<Name, readonly number[]>>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<readonly number[]>(all).map(([key, values]) => [key, median(values)]),
  ) as Record<Name, number>;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Products a second over what the threads could do at most. */
function share(perSecond: number, gmacs: number | undefined): number | null {
  return gmacs === undefined ? null : perSecond / (gmacs * 1e9 * threads);
}

function percent(value: number | null): string {
  return value === null ? '-' : `${(100 * value).toFixed(0)} %`;
}
