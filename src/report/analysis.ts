/** What a model needs, layer by layer and target by target: rows and texts. */
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import type { NodeSupport } from '../targets/target.ts';
import { type Need, shortRange, tablesOf } from './need.ts';
import type { Column } from './table.ts';

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
