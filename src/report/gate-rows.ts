/** Rows of tables of gates: those that were put in, and those that could be. */
import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Memory } from '../gate/place.ts';
import type { Choice } from '../gate/plan.ts';
import type { Column } from './table.ts';

const STAGE_COLUMNS: readonly Column[] = [
  { title: 'value' },
  { title: 'patch', align: 'right' },
  { title: 'layers', align: 'right' },
  { title: 'to' },
  { title: 'gated MACs', align: 'right' },
  { title: 'of all', align: 'right' },
  { title: 'gate MACs', align: 'right' },
  { title: 'at budget', align: 'right' },
  { title: 'gain', align: 'right' },
];

export const GATE_COLUMNS: readonly Column[] = [
  { title: 'gate' },
  ...STAGE_COLUMNS,
  { title: 'caches', align: 'right' },
];

/** The name of a gate, and where it stands. */
export function gateRow(gate: Choice & { readonly name: string }): readonly string[] {
  return [gate.name, ...stageRow(gate), formatBytes(gate.cacheBytes)];
}

export const PLAN_COLUMNS: readonly Column[] = [
  ...STAGE_COLUMNS,
  { title: 'caches', align: 'right' },
  { title: 'arena', align: 'right' },
  { title: 'fits' },
];

/** What could be gated, and its memory on a device, if there is one. */
export function planRow(choice: Choice & { readonly memory: Memory | null }): readonly string[] {
  const { memory, cacheBytes } = choice;
  return [
    ...stageRow(choice),
    formatBytes(memory?.stateBytes ?? cacheBytes),
    memory === null ? '' : formatBytes(memory.arenaBytes),
    memory === null ? '' : memory.fits ? 'yes' : 'NO',
  ];
}

export function memoryText({ stateBytes, arenaBytes, limitBytes }: Memory): string {
  return `arena ${formatBytes(arenaBytes)} of ${formatBytes(limitBytes)}, ${formatBytes(stateBytes)} of it kept from frame to frame`;
}

function stageRow({ value, patch, layers, macs }: Choice): readonly string[] {
  return [
    value,
    String(patch),
    String(layers.length),
    layers.at(-1) ?? '',
    formatCount(macs.guarded),
    formatPercent(macs.guarded / macs.dense),
    formatCount(macs.gate),
    formatCount(macs.block),
    `${(macs.dense / macs.block).toFixed(2)}x`,
  ];
}
