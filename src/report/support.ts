/** What of a model runs on a target, node by node. */
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Part, Support } from '../targets/target.ts';
import { fieldList, textTable } from './table.ts';

export function supportJson({ target, nodes, integer }: Support): object {
  const share = (part: Part): object => ({ ...part, share: shareOf(part) });
  return {
    target,
    support: nodes.map(({ name, op, facts }) => ({ node: name, op, ...facts })),
    ...(integer === null ? {} : { integer: { nodes: share(integer.nodes), macs: share(integer.macs) } }),
  };
}

export function supportText({ target, nodes, integer }: Support): string {
  const withMacs = integer !== null;
  const rows = nodes.map(({ name, op, macs, text }) => [
    name,
    op,
    ...(withMacs ? [macs === null ? '' : formatCount(macs)] : []),
    text,
  ]);
  const columns = [
    { title: 'node' },
    { title: 'operator' },
    ...(withMacs ? [{ title: 'MACs', align: 'right' as const }] : []),
    { title: `on ${target}` },
  ];
  const table = textTable(columns, rows);
  if (integer === null) return table;
  const totals = fieldList([
    ['nodes in integers', partText(integer.nodes)],
    ['MACs in integers', partText(integer.macs)],
  ]);
  return `${table}\n\n${totals}`;
}

function partText(part: Part): string {
  return `${formatCount(part.integer)} of ${formatCount(part.total)} (${formatPercent(shareOf(part))})`;
}

/** All of nothing is 1. */
function shareOf({ integer, total }: Part): number {
  return total === 0 ? 1 : integer / total;
}
