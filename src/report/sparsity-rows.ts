import { counted, formatCount, formatPercent } from '../diagnostics/units.ts';
import { type Column, textTable } from './table.ts';

/** Of a short training, on samples that were held out. */
type Measured = { readonly loss: number; readonly accuracy: number };

type Point = {
  readonly scheme: string;
  /** RAM of its training step, as planned. */
  readonly bytes: number;
  readonly measured: Measured | null;
};

/** What is worth training, and what was chosen within budgets. */
export type SparsityResult = {
  /** The scheme that left the least loss, of the curve and its rivals. */
  readonly chosen: string;
  readonly budget: number;
  readonly target: string | null;
  readonly method: 'contribution' | 'fisher';
  readonly samples: { readonly trained: number; readonly measured: number };
  readonly epochs: number;
  readonly seeds: number;
  readonly probes: number;
  /** The model as it was. */
  readonly before: Measured | null;
  /** Gains (logarithms of factors of the loss, or sums of Fisher information): of the biases of a layer and all behind it, and of each share of its weights beside these; null where it is not to be had. */
  readonly layers: readonly {
    readonly name: string;
    readonly biases: number;
    readonly weights: readonly (number | null)[];
  }[];
  readonly shares: readonly number[];
  /** The best scheme of each part of the budget; by what was predicted. */
  readonly curve: readonly (Point & { readonly predicted: number; readonly isBest: boolean })[];
  /** The last layers as a whole, as far as they fit. */
  readonly rivals: readonly Point[];
};

const right = (title: string): Column => ({ title, align: 'right' });

export function gainColumns({ shares }: SparsityResult): readonly Column[] {
  return [
    { title: 'layer' },
    right('biases from here'),
    ...shares.map((share) => right(`weights, ${share === 1 ? 'all' : `1/${Math.round(1 / share)}`}`)),
  ];
}

export function gainRows({ layers, method }: SparsityResult): readonly (readonly string[])[] {
  const figure = (gain: number | null): string => {
    if (gain === null) return '-';
    return method === 'fisher' ? gain.toPrecision(3) : Math.exp(-gain).toFixed(3);
  };
  return layers.map(({ name, biases, weights }) => [name, figure(biases), ...weights.map(figure)]);
}

export const CURVE_COLUMNS: readonly Column[] = [
  { title: 'scheme' },
  right('bytes'),
  right('predicted'),
  right('loss'),
  right('right'),
];

export function curveRows({ curve, rivals, before, method }: SparsityResult): readonly (readonly string[])[] {
  const row = ({ scheme, bytes, measured }: Point, predicted: string): readonly string[] => [
    scheme,
    formatCount(bytes),
    predicted,
    measured === null ? 'failed' : measured.loss.toFixed(3),
    measured === null ? '-' : formatPercent(measured.accuracy),
  ];
  const predictedOf = (gain: number): string =>
    method === 'fisher'
      ? gain.toPrecision(3)
      : before === null
        ? '-'
        : (before.loss * Math.exp(-gain)).toFixed(3);
  return [
    ...(before === null
      ? []
      : [['as it is', '-', '-', before.loss.toFixed(3), formatPercent(before.accuracy)]]),
    ...[...curve].sort((a, b) => a.bytes - b.bytes).map((point) => row(point, predictedOf(point.predicted))),
    ...[...rivals].sort((a, b) => a.bytes - b.bytes).map((point) => row(point, '-')),
  ];
}

export function sparsityLead({ probes, seeds, epochs, samples }: SparsityResult): string {
  return `${counted(probes, 'probe')} of ${counted(epochs, 'epoch')} of ${counted(samples.trained, 'sample')}, ${counted(seeds, 'seed')}, measured on ${formatCount(samples.measured)}`;
}

export function gainsTitle({ method }: SparsityResult): string {
  return method === 'fisher'
    ? 'Fisher information of the parameters of each part'
    : 'What each part multiplies the loss by';
}

export function sparsityText(result: SparsityResult): string {
  return [
    sparsityLead(result),
    `${gainsTitle(result)}:\n\n${textTable(gainColumns(result), gainRows(result))}`,
    textTable(CURVE_COLUMNS, curveRows(result)),
    `chosen for ${formatCount(result.budget)} bytes: ${result.chosen}`,
  ].join('\n\n');
}
