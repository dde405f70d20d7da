import { lineChart } from './charts.ts';
import { htmlPage, htmlTable } from './html.ts';
import {
  CURVE_COLUMNS,
  curveRows,
  gainColumns,
  gainRows,
  gainsTitle,
  type SparsityResult,
  sparsityLead,
} from './sparsity-rows.ts';

/** What is worth training in how much memory. */
export function sparsityPage(model: string, result: SparsityResult): string {
  const points = (all: SparsityResult['rivals']): readonly (readonly [number, number])[] =>
    [...all]
      .sort((a, b) => a.bytes - b.bytes)
      .flatMap(({ bytes, measured }) =>
        measured === null ? [] : [[bytes, 100 * measured.accuracy] as const],
      );
  const lines = [
    { label: 'chosen schemes', points: points(result.curve) },
    { label: 'last layers', points: points(result.rivals) },
  ].filter((line) => line.points.length > 0);
  return htmlPage(`Sparse updates: ${model}`, sparsityLead(result), [
    {
      title: 'Accuracy against memory',
      body: lineChart(lines, { x: 'bytes of a training step', unit: '%' }),
    },
    { title: 'Schemes', body: htmlTable(CURVE_COLUMNS, curveRows(result)) },
    { title: gainsTitle(result), body: htmlTable(gainColumns(result), gainRows(result)) },
  ]);
}
