import { formatCount } from '../diagnostics/units.ts';
import type { SubspaceRow } from '../search/explore.ts';
import { barChart } from './charts.ts';
import { htmlFacts, htmlPage, htmlTable } from './html.ts';
import {
  finalistColumns,
  finalistRows,
  type ShownFinalist,
  SUBSPACE_COLUMNS,
  subspaceRows,
} from './search-rows.ts';

/** What a search looked through, which candidates it trained, and what came of it. */
export function searchPage(
  name: string,
  facts: readonly (readonly [name: string, value: string])[],
  subspaces: readonly SubspaceRow[],
  chosen: SubspaceRow,
  finalists: readonly ShownFinalist[],
  rank: string,
): string {
  const bars = subspaces.map(({ size, width, meanMacs }) => ({
    label: `${size[1]}x${size[0]}, width ${width}`,
    value: meanMacs,
    text: formatCount(Math.round(meanMacs)),
  }));
  return htmlPage(`Search: ${name}`, 'Networks within a budget, planned, ranked and trained.', [
    { title: 'Result', body: htmlFacts(facts) },
    { title: 'Candidates that stand out', body: htmlTable(finalistColumns(rank), finalistRows(finalists)) },
    { title: 'Multiply-accumulates within the budget, on average', body: barChart(bars) },
    { title: 'Sizes and widths', body: htmlTable(SUBSPACE_COLUMNS, subspaceRows(subspaces, chosen)) },
  ]);
}
