/**
 * Experiment O9 of docs/octo.md: a network that was trained on eight classes of Fashion-MNIST learns two others, coat and shirt,
 * in its last layers alone. Integers against float32, the same seeds, and the memory of a step of one image.
 *
 *   npm run bench:octo-transfer -- [--seeds 5] [--epochs 3] [--to dist/octo] [--json]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imagesOf, readDebianImages, writeImages } from '../fixtures/fashion-mnist/images.ts';
import { exportModel } from '../src/onnx/export.ts';
import { packageRoot } from '../src/package-root.ts';
import { textTable } from '../src/report/table.ts';
import { mean, meanInterval } from '../src/train/ablation/statistics.ts';
import type { Method, TrainingMemory } from '../src/train/types.ts';
import { TRAINING_NETWORKS } from './train/networks.ts';

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    epochs: { type: 'string', default: '3' },
    to: { type: 'string', default: join('dist', 'octo') },
    json: { type: 'boolean', default: false },
  },
});

/** Classes that the network sees later. */
const LATER = [4, 6];
const EARLIER = [0, 1, 2, 3, 5, 7, 8, 9];
const METHODS = ['octo', 'float'] as const satisfies readonly Method[];
const SCHEMES = ['last:2', 'last:1', 'bias'] as const;

mkdirSync(flags.to, { recursive: true });
const at = (name: string): string => join(flags.to, name);
writeFileSync(at('small.onnx'), exportModel(TRAINING_NETWORKS.small.build(1)));
writeFileSync(at('pixels.json'), JSON.stringify({ scale: 1 / 255 }));
for (const part of ['train', 't10k'] as const) {
  const images = readDebianImages(part);
  writeImages(flags.to, `earlier-${part}`, imagesOf(images, EARLIER));
  writeImages(flags.to, `later-${part}`, imagesOf(images, LATER));
}

const pretrained = at('earlier.onnx');
const first = tinyml([
  ...['train', at('small.onnx'), '-o', pretrained, '--method', 'float', '--init', 'random', '--classes', '8'],
  ...['--epochs', '5', ...data('earlier')],
]);
process.stderr.write(`eight classes: ${JSON.stringify(first.accuracy)}\n`);

const seeds = Array.from({ length: Number(flags.seeds) }, (_, i) => i + 1);
const rows = SCHEMES.map((scheme) => {
  const accuracies = METHODS.map((method) => seeds.map((seed) => transfer(method, scheme, seed)));
  const [octo, float] = accuracies as [number[], number[]];
  const difference = meanInterval(
    octo.map((value, i) => value - float[i]!),
    0.95,
    { min: -1, max: 1 },
  );
  return { scheme, octo, float, difference, memory: METHODS.map((method) => memory(method, scheme)) };
});

if (flags.json) process.stdout.write(`${JSON.stringify({ first: first.accuracy, rows })}\n`);
else {
  const points = (value: number | null): string => (value === null ? '-' : (100 * value).toFixed(2));
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = ['INT8 %', 'float32 %', 'difference', '95 %', 'INT8 bytes', 'float32 bytes'].map(right);
  const cells = rows.map(({ scheme, octo, float, difference, memory }) => [
    scheme,
    points(mean(octo)),
    points(mean(float)),
    points(difference.mean),
    `${points(difference.low)} .. ${points(difference.high)}`,
    ...memory.map(({ arenaBytes }) => arenaBytes.toLocaleString('en')),
  ]);
  process.stdout.write(`${textTable([{ title: 'scheme', align: 'left' }, ...columns], cells)}\n`);
}

function transfer(method: Method, scheme: string, seed: number): number {
  const { accuracy } = tinyml([
    ...['train', pretrained, '-o', at('later.onnx'), '--classes', '2', '--scheme', scheme],
    ...['--method', method, '--epochs', flags.epochs, '--seed', String(seed), ...data('later')],
  ]);
  const share = method === 'float' ? accuracy.float : accuracy.int8;
  process.stderr.write(`${scheme}, ${method}, seed ${seed}: ${share}\n`);
  return share;
}

function memory(method: Method, scheme: string): TrainingMemory {
  const settings = [
    '--classes',
    '2',
    '--scheme',
    scheme,
    '--method',
    method,
    '--batch-size',
    '1',
    '--optimizer',
    'sgd',
  ];
  return tinyml(['train', pretrained, '--plan', ...settings]).memory;
}

function data(which: string): readonly string[] {
  const images = (part: string): string => at(`${which}-${part}-images-idx3-ubyte`);
  return ['--data', images('train'), '--eval', images('t10k'), '--preprocess', at('pixels.json')];
}

/** The JSON that a command prints. */
function tinyml(args: readonly string[]) {
  const bin = join(packageRoot(), 'bin', 'tinyml.js');
  return JSON.parse(
    execFileSync(process.execPath, [bin, ...args, '--jobs', '1', '--json', '--quiet'], { encoding: 'utf8' }),
  );
}
