/** Rows about the time of layers, for text tables and pages alike. */
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import type { TimedLayerReport, TimeShare } from '../targets/target.ts';

type Column = { readonly title: string; readonly align?: 'left' | 'right' };

export function shareColumns(title: string): readonly Column[] {
  return [
    { title },
    { title: 'layers', align: 'right' },
    { title: 'ms', align: 'right' },
    { title: 'time', align: 'right' },
  ];
}

export function shareRows(shares: readonly TimeShare[]): readonly (readonly string[])[] {
  return shares.map(({ label, layers, ms, share }) => [
    label,
    formatCount(layers),
    ms.toFixed(3),
    formatPercent(share),
  ]);
}

export const TIME_COLUMNS: readonly Column[] = [
  { title: 'layer' },
  { title: 'kind' },
  { title: 'computed in' },
  { title: 'ms', align: 'right' },
  { title: 'time', align: 'right' },
  { title: 'MACs', align: 'right' },
  { title: 'at least ms', align: 'right' },
];

/** What is not known stays empty. */
export function timeRows(layers: readonly TimedLayerReport[]): readonly (readonly string[])[] {
  return layers.map(({ name, kind, precision, ms, share, macs, leastMs }) => [
    name,
    kind,
    precision ?? '',
    ms.toFixed(4),
    formatPercent(share),
    macs === null ? '' : formatCount(macs),
    leastMs === null ? '' : leastMs.toFixed(4),
  ]);
}
