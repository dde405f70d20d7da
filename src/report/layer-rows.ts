/** Rows about layers, for text tables and pages alike. */
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import type { KeptTensor, StepSummary } from '../program/summary.ts';
import type { LayerError } from '../quantize/layer-error.ts';
import type { QuantizeReport } from '../quantize/quantize-graph.ts';
import type { ComputedIn } from '../quantize/quantize-model.ts';
import type { Estimate } from '../targets/target.ts';

type Column = { readonly title: string; readonly align?: 'left' | 'right' };

const STEP_COLUMNS: readonly Column[] = [
  { title: '#', align: 'right' },
  { title: 'layer' },
  { title: 'kernel' },
  { title: 'output' },
  { title: 'MACs', align: 'right' },
  { title: 'tables B', align: 'right' },
  { title: 'live B', align: 'right' },
  { title: '' },
];

function stepRow(step: StepSummary, isPeak: boolean): readonly string[] {
  return [
    String(step.index),
    step.name,
    step.kernel,
    step.outputShape.join('x'),
    formatCount(step.macs),
    formatCount(step.weightsBytes),
    formatCount(step.liveBytes),
    isPeak ? 'peak' : '',
  ];
}

export type LayerCost = StepSummary & {
  readonly peak: boolean;
  /** Predicted; null where they are not known, or differ from target to target. */
  readonly instructions: number | null;
  /** Of all instructions, in [0, 1]. */
  readonly share: number | null;
};

export function layerCosts(
  steps: readonly StepSummary[],
  peakStep: number,
  estimate: Estimate | null,
): readonly LayerCost[] {
  return steps.map((step, i) => {
    const instructions = estimate?.steps[i] ?? null;
    const share = instructions === null ? null : instructions / Math.max(1, estimate!.instructions);
    return { ...step, peak: step.index === peakStep, instructions, share };
  });
}

const COST_COLUMNS: readonly Column[] = [
  { title: 'instructions', align: 'right' },
  { title: 'of all', align: 'right' },
];

/** With the columns of costs where they are known. */
export function layerTable(layers: readonly LayerCost[]): {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
} {
  const costs = layers.every(({ instructions }) => instructions !== null);
  return {
    columns: beforeLast(STEP_COLUMNS, costs ? COST_COLUMNS : []),
    rows: layers.map((layer) =>
      beforeLast(
        stepRow(layer, layer.peak),
        costs ? [formatCount(layer.instructions!), formatPercent(layer.share!)] : [],
      ),
    ),
  };
}

function beforeLast<T>(values: readonly T[], inserted: readonly T[]): readonly T[] {
  return [...values.slice(0, -1), ...inserted, ...values.slice(-1)];
}

export const ERROR_COLUMNS: readonly Column[] = [
  { title: 'layer' },
  { title: 'operator' },
  { title: 'SQNR dB', align: 'right' },
  { title: 'saturated', align: 'right' },
  { title: 'weight range', align: 'right' },
];

/** Where SQNR stands in them. */
export const SQNR_COLUMN = 2;

export function errorRows(layers: readonly LayerError[]): readonly (readonly string[])[] {
  return layers.map((layer) => [
    layer.name,
    layer.op,
    layer.sqnrDb === null ? 'exact' : layer.sqnrDb.toFixed(1),
    formatPercent(layer.saturation),
    rangeRatio(layer.weightRangeRatio),
  ]);
}

export const RANGE_COLUMNS: readonly Column[] = [
  { title: 'activation' },
  { title: 'seen' },
  { title: 'covered' },
  { title: 'scale', align: 'right' },
  { title: 'zero point', align: 'right' },
];

export function rangeRows(tensors: QuantizeReport['tensors']): readonly (readonly string[])[] {
  return tensors.map(({ name, seen, covered, scale, zeroPoint }) => [
    name,
    `${seen.min.toPrecision(4)} .. ${seen.max.toPrecision(4)}`,
    `${covered.min.toPrecision(4)} .. ${covered.max.toPrecision(4)}`,
    scale.toPrecision(6),
    String(zeroPoint),
  ]);
}

export const PRECISION_COLUMNS: readonly Column[] = [
  { title: 'layer' },
  { title: 'operator' },
  { title: 'computed in' },
  { title: 'why' },
];

export function precisionRows(layers: readonly ComputedIn[]): readonly (readonly string[])[] {
  return layers.map(({ node, op, precision, reason }) => [node, op, precision, reason ?? '']);
}

/** Of channels that are all but dead the ratio says no more than that. */
function rangeRatio(ratio: number | null): string {
  if (ratio === null) return '';
  return ratio < 10_000 ? `${ratio.toFixed(1)}x` : '> 10,000x';
}

export const KEPT_COLUMNS: readonly Column[] = [
  { title: 'kept' },
  { title: 'shape' },
  { title: 'bytes', align: 'right' },
];

/** Tensors that stay from call to call, the largest first. */
export function keptRows(kept: readonly KeptTensor[]): readonly (readonly string[])[] {
  return [...kept]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ name, shape, bytes }) => [name, shape.join('x'), formatCount(bytes)]);
}
