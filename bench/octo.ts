/**
 * The experiments O3, O4 and O5 of docs/octo.md on Fashion-MNIST (Debian package dataset-fashion-mnist), each one call of
 * `tinyml ablate` on the small network of bench/train/networks.ts. What was trained is kept: the same command goes on where
 * it was stopped.
 *
 *   npm run bench:octo -- --table o3|o4|o5 [--quick] [--jobs n] [--to dist/octo] [--data <folder>]
 *
 * Prints what ablate prints, then the tables in Markdown. `--quick` is a trial of a few minutes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEBIAN_FOLDER } from '../fixtures/fashion-mnist/images.ts';
import { main } from '../src/cli/main.ts';
import { plain } from '../src/diagnostics/color.ts';
import { TinymlError } from '../src/diagnostics/errors.ts';
import { exportModel } from '../src/onnx/export.ts';
import { armColumns, armRows, EFFECT_COLUMNS, effectRows } from '../src/report/ablation-rows.ts';
import { markdownTable } from '../src/report/markdown-table.ts';
import { asTinymlError, errorText } from '../src/report/print.ts';
import type { Column } from '../src/report/table.ts';
import type { Analysis } from '../src/train/ablation/effects.ts';
import { type Controls, parseGrid, planArms } from '../src/train/ablation/grid.ts';
import { TRAINING_NETWORKS } from './train/networks.ts';

type Experiment = {
  readonly grid: string;
  readonly controls: Controls;
  readonly by: string;
  readonly seeds: number;
  readonly epochs: number;
  /** Training images; null all 60,000. */
  readonly images: number | null;
};

const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  /** Integers in both passes against float32: equivalent within half a point? */
  o3: { grid: 'method=float,octo', controls: 'none', by: 'method', seeds: 5, epochs: 10, images: null },
  /** LAC and PRC at all widths of gradients and both roundings; LAC per position, and batch norm, at 8 bits. */
  o4: {
    grid: 'prc=off,mse bits-g=8,4,3,2 round=nearest,stochastic lac=off,channel; lac=off,channel,position round=nearest',
    controls: 'all',
    by: 'batch-norm,bits-g,round',
    seeds: 3,
    epochs: 4,
    images: 20_000,
  },
  /** Dropped zero points, as in the published code, and what each LAC repairs; ranges of the batch on their own as a control. */
  o5: {
    grid: [
      'zero-points=exact,dropped activations=affine lac=off,channel,position,tied',
      'ranges=running,batch activations=affine',
    ].join('; '),
    controls: 'auto',
    by: 'zero-points,ranges,lac',
    seeds: 3,
    epochs: 4,
    images: 10_000,
  },
};

const QUICK = { seeds: 2, epochs: 1, images: 1000, evaluation: 500 };

process.on('uncaughtException', (thrown) => {
  process.stderr.write(errorText(asTinymlError(thrown), plain, false));
  process.exit(2);
});

const { values: flags } = parseArgs({
  options: {
    table: { type: 'string' },
    quick: { type: 'boolean', default: false },
    jobs: { type: 'string' },
    to: { type: 'string', default: join('dist', 'octo') },
    data: { type: 'string', default: DEBIAN_FOLDER },
  },
});

const name = flags.table ?? '';
const experiment = EXPERIMENTS[name];
if (experiment === undefined) {
  throw new TinymlError('E_USAGE', `there is no table "${name}"`, {
    at: '--table',
    hint: `Tables are ${Object.keys(EXPERIMENTS).join(', ')}.`,
  });
}
const images = (set: 'train' | 't10k'): string => join(flags.data, `${set}-images-idx3-ubyte.gz`);
if (!existsSync(images('train'))) {
  throw new TinymlError('E_FILE', 'Fashion-MNIST is not there', {
    at: images('train'),
    hint: 'Install the Debian package dataset-fashion-mnist, or name its folder with --data.',
  });
}

mkdirSync(flags.to, { recursive: true });
const file = (suffix: string): string => join(flags.to, `${name}${flags.quick ? '-quick' : ''}${suffix}`);
const model = join(flags.to, 'small.onnx');
const preprocess = join(flags.to, 'pixels.json');
const network = TRAINING_NETWORKS.small;
writeFileSync(model, exportModel(network.build(1)));
writeFileSync(preprocess, JSON.stringify({ scale: 1 / 255 }));

const { grid, controls, by } = experiment;
const { seeds, epochs, images: trained } = flags.quick ? QUICK : experiment;
process.exitCode = await main([
  'ablate',
  model,
  ...['--grid', grid, '--controls', controls, '--by', by],
  ...['--data', images('train'), '--eval', images('t10k'), '--preprocess', preprocess],
  ...['--seeds', String(seeds), '--epochs', String(epochs), '--batch-size', String(network.batch)],
  ...(trained === null ? [] : ['--limit-train', String(trained)]),
  ...(flags.quick ? ['--limit-eval', String(QUICK.evaluation)] : []),
  ...(flags.jobs === undefined ? [] : ['--jobs', flags.jobs]),
  ...['--log', file('.jsonl'), '--resume', '--output', file('.json'), '--report', file('.html')],
]);
if (process.exitCode === 0) process.stdout.write(`\n${tables()}\n`);

/** Tables of the result, for docs/octo.md. */
function tables(): string {
  const { arms, effects, margin, sentences } = JSON.parse(readFileSync(file('.json'), 'utf8')) as {
    readonly arms: Analysis['arms'];
    readonly effects: Pick<Analysis, 'overall' | 'separate'>;
    readonly margin: number;
    readonly sentences: readonly string[];
  };
  const plan = planArms(parseGrid(grid), controls, false);
  const table = (columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] =>
    markdownTable([columns.map(({ title }) => title), ...rows]);
  return [
    ...table(armColumns(plan), armRows(plan, arms)),
    '',
    ...table(
      EFFECT_COLUMNS,
      effectRows(plan, { arms, ...effects, margin }, [...effects.overall, ...effects.separate]),
    ),
    '',
    ...sentences.map((text) => `- ${text}`),
  ].join('\n');
}
