/** What became of a fleet that learns, as text. */
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import { textTable } from './table.ts';

type Figures = {
  readonly devices: number;
  readonly tested: number;
  readonly sent: number;
  readonly received: number;
  readonly accuracy: number | null;
};
type Round = Figures & {
  readonly round: number;
  readonly nodes: number;
  readonly staleness: number;
  readonly seconds: number;
};

type Fleet = {
  readonly state: string;
  readonly of: number;
  readonly nodes: number;
  readonly rounds: readonly Round[];
  readonly final: Figures | null;
};

/** One line of a round, while others follow. */
export function roundText({ round, nodes, devices, accuracy, seconds }: Round, of: number): string {
  const right = accuracy === null ? '' : `, ${formatPercent(accuracy)} right before it`;
  return `round ${round} of ${of}: ${nodes} nodes, ${devices} devices, ${seconds.toFixed(1)} s${right}`;
}

/** All rounds; of each what devices tested of the model that it began with. */
export function fleetText({ state, of, nodes, rounds, final }: Fleet): string {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const share = ({ accuracy }: Figures): string => (accuracy === null ? '-' : formatPercent(accuracy));
  const rows = [
    ...rounds.map((one) => [
      `${one.round}`,
      share(one),
      formatCount(one.nodes),
      formatCount(one.staleness),
      formatCount(one.devices),
      one.seconds.toFixed(1),
      formatCount(one.sent),
      formatCount(one.received),
    ]),
    ...(final === null
      ? []
      : [
          [
            'end',
            share(final),
            '',
            '',
            formatCount(final.devices),
            '',
            formatCount(final.sent),
            formatCount(final.received),
          ],
        ]),
  ];
  const columns = [
    'round',
    'right before',
    'nodes',
    'models old',
    'devices',
    'seconds',
    'B to devices',
    'B from devices',
  ];
  return [
    `${state}: ${rounds.length} of ${of} rounds, ${nodes} nodes`,
    ...(rows.length === 0 ? [] : [textTable(columns.map(right), rows)]),
  ].join('\n\n');
}
