/** The tables of `tinyml prune`, for text and for pages. */
import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Cost } from '../prune/budget.ts';
import type { KeepSchedule, KeptGroup, KeptLayer } from '../prune/schedule.ts';
import type { Column } from './table.ts';

/** What a model costs, and how right it is: `trained` as training left it. Null where nothing was measured. */
export type Figures = Cost & { readonly accuracy: number | null; readonly trained: number | null };

/** A schedule that was looked at. */
type PointFigures = Figures & { readonly schedule: KeepSchedule; readonly isChosen: boolean };

export type Pruning = {
  /** What stayed of each layer of attention and of each group of channels. */
  readonly layers: readonly KeptLayer[];
  readonly groups: readonly KeptGroup[];
  readonly before: Figures;
  /** In the order in which they were looked at; one of them was chosen. */
  readonly points: readonly PointFigures[];
};

type Table = { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] };

const right = (title: string): Column => ({ title, align: 'right' });

/** What stayed; null where the model has nothing of the kind, or lost none. */
export function keptTables({ layers, groups }: Pruning): {
  readonly layers: Table | null;
  readonly groups: Table | null;
} {
  const fewer = groups.filter(({ channels, of }) => channels < of);
  return {
    layers: layers.length === 0 ? null : layerTable(layers),
    groups:
      fewer.length === 0
        ? null
        : {
            columns: [{ title: 'layers whose channels go together' }, right('channels'), right('of')],
            rows: fewer.map(({ layers: names, channels, of }) => [
              names.join(', '),
              String(channels),
              String(of),
            ]),
          },
  };
}

function layerTable(layers: readonly KeptLayer[]): Table {
  return {
    columns: ['layer', 'tokens', 'heads', 'neurons'].map(right),
    rows: layers.map(({ tokens, heads, neurons }, i) => [
      String(i + 1),
      String(tokens),
      String(heads),
      neurons === null ? '-' : String(neurons),
    ]),
  };
}

/** The model before and after, and each schedule that was looked at; null where there was one. */
export function figureTables({ before, points }: Pruning): {
  readonly points: Table | null;
  readonly outcome: Table;
} {
  const all = [before, ...points];
  const chosen = points.find(({ isChosen }) => isChosen)!;
  const columns: readonly (readonly [Column, (figures: Figures) => string])[] = [
    [right('MACs'), ({ macs }) => formatCount(macs)],
    [right('instructions'), ({ instructions }) => known(instructions, formatCount)],
    [right('RAM'), ({ ramBytes }) => formatBytes(ramBytes)],
    ...(all.every(({ flashBytes }) => flashBytes === null)
      ? []
      : [[right('flash'), ({ flashBytes }: Figures) => known(flashBytes, formatBytes)] as const]),
    [right('accuracy in float'), ({ accuracy }) => known(accuracy, formatPercent)],
    ...(all.every(({ trained }) => trained === null)
      ? []
      : [[right('trained'), ({ trained }: Figures) => known(trained, formatPercent)] as const]),
  ];
  const table = (title: string, rows: readonly (readonly [name: string, Figures])[]): Table => ({
    columns: [{ title }, ...columns.map(([column]) => column)],
    rows: rows.map(([name, figures]) => [name, ...columns.map(([, cell]) => cell(figures))]),
  });
  return {
    points:
      points.length === 1
        ? null
        : table(
            'schedule',
            points.map((point) => [`${point.isChosen ? '* ' : '  '}${scheduleText(point.schedule)}`, point]),
          ),
    outcome: table('', [
      ['before', before],
      ['after', chosen],
    ]),
  };
}

function known(value: number | null, format: (value: number) => string): string {
  return value === null ? '-' : format(value);
}

/** As on the command line. */
function scheduleText({ tokens, heads, neurons, channels }: KeepSchedule): string {
  const parts = [
    ['tokens', tokens],
    ['heads', heads],
    ['ffn', neurons],
    ['channels', channels],
  ] as const;
  return parts
    .flatMap(([name, amounts]) => (amounts.length === 0 ? [] : [`--${name} ${amounts.join(',')}`]))
    .join(' ');
}
