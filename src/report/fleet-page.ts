import { formatPercent } from '../diagnostics/units.ts';
import { lineChart } from './charts.ts';
import { FLEET_COLUMNS, fleetRows, type StrategyRow, strategyName } from './fleet-rows.ts';
import { htmlPage, htmlTable } from './html.ts';

/** How a simulated fleet learned under each strategy: accuracy over time, and over what crossed the links. */
export function fleetPage(fleet: string, rows: readonly StrategyRow[], target: number | null): string {
  const over = (x: 'seconds' | 'megabytes') =>
    rows.map(({ settings, points }) => ({
      label: strategyName(settings),
      points: points.map(
        (point) =>
          [
            x === 'seconds' ? point.seconds : (point.bytesUp + point.bytesDown) / 1e6,
            100 * point.accuracy,
          ] as const,
      ),
    }));
  return htmlPage(
    `Fleet: ${fleet}`,
    target === null ? 'until the limits' : `until ${formatPercent(target)} are right`,
    [
      { title: 'Strategies', body: htmlTable(FLEET_COLUMNS, fleetRows(rows)) },
      { title: 'Accuracy over time', body: lineChart(over('seconds'), { x: 'seconds', unit: '%' }) },
      { title: 'Accuracy over traffic', body: lineChart(over('megabytes'), { x: 'MB', unit: '%' }) },
    ],
  );
}
