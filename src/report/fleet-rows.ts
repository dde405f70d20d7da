/** What a simulated fleet did under each strategy. */
import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Point, Simulated } from '../fleet/simulate/simulate.ts';
import type { StrategySettings } from '../fleet/strategies/table.ts';
import { type Column, textTable } from './table.ts';

export type StrategyRow = Simulated & {
  readonly settings: StrategySettings;
  /** Where it is compared with others: where it reached the accuracy that was wanted, else its end. */
  readonly at: Point;
};

export function strategyRow(settings: StrategySettings, simulated: Simulated): StrategyRow {
  return { settings, ...simulated, at: simulated.reached ?? simulated.points.at(-1)! };
}

export const FLEET_COLUMNS: readonly Column[] = [
  { title: 'strategy' },
  { title: 'seconds', align: 'right' },
  { title: 'right', align: 'right' },
  { title: 'updates', align: 'right' },
  { title: 'models', align: 'right' },
  { title: 'up', align: 'right' },
  { title: 'down', align: 'right' },
  { title: 'waiting', align: 'right' },
  { title: 'stale', align: 'right' },
  { title: 'at most', align: 'right' },
];

export function fleetRows(rows: readonly StrategyRow[]): readonly (readonly string[])[] {
  return rows.map(({ settings, at, reached, waiting, staleness }) => [
    strategyName(settings),
    `${reached === null ? '> ' : ''}${at.seconds.toFixed(1)}`,
    formatPercent(at.accuracy),
    formatCount(at.updates),
    formatCount(at.version),
    formatBytes(at.bytesUp),
    formatBytes(at.bytesDown),
    formatPercent(waiting),
    staleness.mean.toFixed(2),
    formatCount(staleness.most),
  ]);
}

export function fleetText(
  rows: readonly StrategyRow[],
  target: number | null,
  bytes: { readonly up: number; readonly down: number },
): string {
  const lead =
    target === null ? 'until the limits' : `until ${formatPercent(target)} are right ("> ": never were)`;
  return `${textTable(FLEET_COLUMNS, fleetRows(rows))}\n\n${lead}; an update takes ${formatCount(bytes.up)} bytes, a model ${formatCount(bytes.down)}`;
}

/** `petrel bound 8, exponent 0.5`: all settings but the steps of a round. */
export function strategyName(settings: StrategySettings): string {
  switch (settings.kind) {
    case 'bsp':
      return 'bsp';
    case 'asp':
      return `asp rate ${settings.rate}`;
    case 'ssp':
      return `ssp rate ${settings.rate}, bound ${settings.bound}`;
    case 'fedbuff':
      return `fedbuff rate ${settings.rate}, buffer ${settings.buffer}`;
    case 'petrel':
      return `petrel stretch ${settings.stretch}, bound ${settings.bound}, fading ${settings.fading}`;
  }
}
