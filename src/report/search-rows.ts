/** The tables of `tinyml search`, for text and for pages. */
import { formatBytes, formatCount, formatMs, formatPercent } from '../diagnostics/units.ts';
import type { SubspaceRow } from '../search/explore.ts';
import type { Finalist } from '../search/finalists.ts';
import type { Column } from './table.ts';

const right = (title: string): Column => ({ title, align: 'right' });

export const SUBSPACE_COLUMNS: readonly Column[] = [
  { title: 'image' },
  right('width'),
  right('drawn'),
  right('within budget'),
  right('their MACs on average'),
  { title: '' },
];

export function subspaceRows(
  rows: readonly SubspaceRow[],
  chosen: SubspaceRow,
): readonly (readonly string[])[] {
  return rows.map((row) => [
    `${row.size[1]}x${row.size[0]}`,
    String(row.width),
    formatCount(row.drawn),
    formatCount(row.fitting),
    row.fitting === 0 ? '-' : formatCount(Math.round(row.meanMacs)),
    row === chosen ? 'looked at' : '',
  ]);
}

/** A candidate that was tried, or would have been. */
export type ShownFinalist = Finalist & { readonly trial: { readonly accuracy: number } | null };

export function finalistColumns(rank: string): readonly Column[] {
  return [
    { title: 'candidate' },
    right('RAM'),
    right('tables'),
    right('MACs'),
    right('instructions'),
    right('time at most'),
    right(`place by ${rank}`),
    right('by MACs'),
    { title: 'taken by' },
    right('trial'),
  ];
}

export function finalistRows(finalists: readonly ShownFinalist[]): readonly (readonly string[])[] {
  return finalists.map(({ key, cost, scoreRank, macsRank, by, trial }) => [
    key,
    formatBytes(cost.ramBytes),
    formatBytes(cost.tableBytes),
    formatCount(cost.macs),
    cost.instructions === null ? '-' : formatCount(cost.instructions),
    cost.latencyMs === null ? '-' : formatMs(cost.latencyMs),
    String(scoreRank),
    String(macsRank),
    by === 'score' ? 'rank' : 'MACs',
    trial === null ? '-' : formatPercent(trial.accuracy),
  ]);
}
