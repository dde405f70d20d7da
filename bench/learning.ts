/**
 * Accuracy of docs/training-on-device.md: a network that knows eight classes of Fashion-MNIST learns two others, coat and shirt, one sample a step, as
 * firmware does, and in float32 at the desk from the same last layer, samples and order. 2,000 test images.
 *
 *   npm run bench:learning -- [--seeds 3] [--schemes last:1,last:2,full] [--samples 100] [--epochs 3] [--lr 0.003] [--on host] [--to dist/learning] [--json]
 *
 * Firmware runs compiled for this machine; `--on host,m4` adds an emulated core, which takes minutes and must give the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  FOLDER,
  imagesOf,
  PIXELS,
  readBundledImages,
  readDebianImages,
  writeImages,
} from '../fixtures/fashion-mnist/images.ts';
import { packageRoot } from '../src/package-root.ts';
import { textTable } from '../src/report/table.ts';
import { mean } from '../src/train/ablation/statistics.ts';

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    schemes: { type: 'string', default: 'last:1,last:2,full' },
    samples: { type: 'string', default: '100' },
    epochs: { type: 'string', default: '3' },
    lr: { type: 'string', default: '0.003' },
    on: { type: 'string', default: 'host' },
    to: { type: 'string', default: join('dist', 'learning') },
    json: { type: 'boolean', default: false },
  },
});

/** Coat and shirt. */
const UNSEEN = [4, 6];
const MODEL = join(FOLDER, 'eight-classes.onnx');

const count = Number(flags.samples);
const known = imagesOf(count <= 100 ? readBundledImages('calibration') : readDebianImages('train'), UNSEEN);
writeImages(flags.to, 'train', {
  pixels: known.pixels.subarray(0, count * PIXELS),
  labels: known.labels.subarray(0, count),
});
writeImages(flags.to, 'test', imagesOf(readDebianImages('t10k'), UNSEEN));
const [train, test] = ['train', 'test'].map((part) => join(flags.to, `${part}-images-idx3-ubyte`)) as [
  string,
  string,
];
const seeds = Array.from({ length: Number(flags.seeds) }, (_, i) => i + 1);

const rows = flags.schemes.split(',').map((scheme) => {
  const runs = seeds.map((seed) => ({ device: onDevice(scheme, seed), float: inFloat(scheme, seed) }));
  const [device, float] = [runs.map((run) => run.device), runs.map((run) => run.float)];
  return { scheme, device, float, difference: mean(device) - mean(float) };
});
if (flags.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
else {
  const points = (values: readonly number[]): string =>
    values.map((one) => (100 * one).toFixed(2)).join(', ');
  const right = (title: string) => ({ title, align: 'right' as const });
  const cells = rows.map(({ scheme, device, float, difference }) => [
    scheme,
    points(device),
    points(float),
    (100 * difference).toFixed(2),
  ]);
  const titles = ['firmware %', 'float32 %', 'difference of means'].map(right);
  process.stdout.write(`${textTable([{ title: 'scheme', align: 'left' }, ...titles], cells)}\n`);
}

/** Accuracy of firmware after all steps; all machines must have learned the same bytes. */
function onDevice(scheme: string, seed: number): number {
  const bundle = join(flags.to, 'firmware');
  tinyml([
    ...['deploy', MODEL, '--training', '--classes', '2', '--scheme', scheme, '--target', 'stm32h743'],
    ...['--name', 'wear', '-o', bundle, '--data', train, '--calibration-size', '100', '--seed', `${seed}`],
  ]);
  const { verify } = tinyml([
    ...['verify', bundle, '--on', flags.on, '--steps', '1', '--learn', train, '--eval', test],
    ...['--epochs', flags.epochs, '--lr', flags.lr, '--every', '100000'],
    ...['--seed', `${seed}`],
  ]);
  const { tested } = verify.runs[0].learning.points.at(-1);
  process.stderr.write(`${scheme}, seed ${seed}, firmware: ${tested.correct} of ${tested.samples}\n`);
  return tested.correct / tested.samples;
}

function inFloat(scheme: string, seed: number): number {
  const { accuracy } = tinyml([
    ...['train', MODEL, '-o', join(flags.to, 'float.onnx'), '--classes', '2', '--scheme', scheme],
    ...['--method', 'float', '--optimizer', 'sgd', '--momentum', '0', '--batch-size', '1'],
    ...['--epochs', flags.epochs, '--lr', flags.lr, '--schedule', 'constant', '--validation-share', '0'],
    ...['--data', train, '--eval', test, '--seed', `${seed}`],
  ]);
  process.stderr.write(`${scheme}, seed ${seed}, float32: ${accuracy.float}\n`);
  return accuracy.float;
}

/** The JSON that a command prints. */
function tinyml(args: readonly string[]) {
  const bin = join(packageRoot(), 'bin', 'tinyml.js');
  return JSON.parse(
    execFileSync(process.execPath, [bin, ...args, '--jobs', '1', '--json', '--quiet'], { encoding: 'utf8' }),
  );
}
