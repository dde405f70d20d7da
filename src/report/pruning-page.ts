import { lineChart } from './charts.ts';
import { htmlPage, htmlTable, type Section } from './html.ts';
import { figureTables, keptTables, type Pruning } from './pruning-rows.ts';

/** What was left out of a model, what that cost and saved, and the schedules that were looked at. */
export function pruningPage(model: string, lead: string, pruning: Pruning): string {
  const { points, outcome } = figureTables(pruning);
  const { layers, groups } = keptTables(pruning);
  const curve = accuracyCurve(pruning);
  const section = (title: string, table: typeof points): readonly Section[] =>
    table === null ? [] : [{ title, body: htmlTable(table.columns, table.rows) }];
  return htmlPage(`Pruning: ${model}`, lead, [
    ...section('Result', outcome),
    ...(curve === '' ? [] : [{ title: 'Accuracy by instructions', body: curve }]),
    ...section('Schedules that were looked at', points),
    ...section('Layers of attention', layers),
    ...section('Channels', groups),
  ]);
}

/** Where there are several points, and labels and counts to place them by. */
function accuracyCurve({ points }: Pruning): string {
  if (points.length < 2) return '';
  const line = (label: string, of: 'accuracy' | 'trained') => ({
    label,
    points: points
      .flatMap(({ instructions, [of]: share }): readonly (readonly [number, number])[] =>
        instructions === null || share === null ? [] : [[instructions / 1e6, 100 * share]],
      )
      .toSorted(([a], [b]) => a - b),
  });
  const lines = [line('pruned', 'accuracy'), line('trained', 'trained')].filter(
    (one) => one.points.length > 1,
  );
  return lineChart(lines, { x: 'million instructions', unit: '%' });
}
