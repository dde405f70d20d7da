/** What a model needs, layer by layer and target by target: rows and texts. */
import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { StepSummary } from '../program/summary.ts';
import type { Estimate, NodeSupport } from '../targets/target.ts';
import { STEP_COLUMNS, stepRow } from './layer-rows.ts';
import { type Need, shortRange, tablesOf } from './need.ts';
import type { Column } from './table.ts';

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

export const TARGET_COLUMNS: readonly Column[] = [
  { title: 'target' },
  { title: 'core' },
  { title: 'arena', align: 'right' },
  { title: 'of RAM', align: 'right' },
  { title: 'tables', align: 'right' },
  { title: 'of flash', align: 'right' },
  { title: 'instructions', align: 'right' },
  { title: 'time', align: 'right' },
  { title: 'fits' },
];

/** Of tables alone: code is a few KiB, and measured where it decides. */
export function targetRow(need: Need, verdict: string): readonly string[] {
  const { planned } = need;
  const { machine, estimate } = planned;
  return [
    machine.id,
    machine.core,
    formatBytes(planned.plan.arenaBytes),
    formatBytes(machine.ramBytes),
    formatBytes(tablesOf(need)),
    formatBytes(machine.flashBytes),
    estimate === null ? '' : formatCount(estimate.instructions),
    estimate === null ? '' : shortRange(estimate.ms),
    verdict,
  ];
}

export const REFUSED_COLUMNS: readonly Column[] = [
  { title: 'node' },
  { title: 'operator' },
  { title: 'why it does not run' },
  { title: 'way out' },
];

/** Every node that cannot run, with what to do about it. */
export function refusedRows(nodes: readonly NodeSupport[]): readonly (readonly string[])[] {
  return nodes.flatMap(({ name, op, refused }) =>
    refused === null ? [] : [[name, op, refused.why, refused.wayOut ?? '']],
  );
}

export function refusedJson(nodes: readonly NodeSupport[]): readonly object[] {
  return nodes.flatMap(({ name, op, refused }) =>
    refused === null ? [] : [{ node: name, op, why: refused.why, wayOut: refused.wayOut }],
  );
}
