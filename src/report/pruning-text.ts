/** The result of `tinyml prune` for people. */
import { formatBytes, formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Cost } from '../prune/budget.ts';
import type { KeepSchedule, KeptGroup, KeptLayer } from '../prune/schedule.ts';
import { type Column, textTable } from './table.ts';

/** What a model costs, and how right it is: `trained` as training left it. Null where nothing was measured. */
export type Figures = Cost & { readonly accuracy: number | null; readonly trained: number | null };

type Row = Figures & { readonly schedule: KeepSchedule; readonly isChosen: boolean };

const right = (title: string): Column => ({ title, align: 'right' });

/** What stayed of each layer of attention and of each group of channels. */
export function keptText(layers: readonly KeptLayer[], groups: readonly KeptGroup[]): readonly string[] {
  const fewer = groups.filter(({ channels, of }) => channels < of);
  return [
    ...(layers.length === 0 ? [] : [layerRows(layers)]),
    ...(fewer.length === 0 ? [] : [groupRows(fewer)]),
  ];
}

function layerRows(layers: readonly KeptLayer[]): string {
  return textTable(
    ['layer', 'tokens', 'heads', 'neurons'].map(right),
    layers.map(({ tokens, heads, neurons }, i) => [
      String(i + 1),
      String(tokens),
      String(heads),
      neurons === null ? '-' : String(neurons),
    ]),
  );
}

function groupRows(groups: readonly KeptGroup[]): string {
  return textTable(
    [{ title: 'layers whose channels go together' }, right('channels'), right('of')],
    groups.map(({ layers, channels, of }) => [layers.join(', '), String(channels), String(of)]),
  );
}

/** The model before and after, and each schedule that was looked at where there were several. */
export function figuresText(before: Figures, points: readonly Row[]): readonly string[] {
  const all = [before, ...points];
  const chosen = points.find(({ isChosen }) => isChosen)!;
  const columns = [
    right('MACs'),
    right('instructions'),
    right('RAM'),
    ...(all.some(({ flashBytes }) => flashBytes !== null) ? [right('flash')] : []),
    right('accuracy in float'),
    ...(all.some(({ trained }) => trained !== null) ? [right('trained')] : []),
  ];
  const cells = ({ macs, instructions, ramBytes, flashBytes, accuracy, trained }: Figures) =>
    columns.map(({ title }) => {
      switch (title) {
        case 'MACs':
          return formatCount(macs);
        case 'instructions':
          return instructions === null ? '-' : formatCount(instructions);
        case 'RAM':
          return formatBytes(ramBytes);
        case 'flash':
          return flashBytes === null ? '-' : formatBytes(flashBytes);
        default: {
          const share = title === 'trained' ? trained : accuracy;
          return share === null ? '-' : formatPercent(share);
        }
      }
    });
  const looked = textTable(
    [{ title: 'schedule' }, ...columns],
    points.map((point) => [
      `${point.isChosen ? '* ' : '  '}${scheduleText(point.schedule)}`,
      ...cells(point),
    ]),
  );
  const outcome = textTable(
    [{ title: '' }, ...columns],
    [
      ['before', ...cells(before)],
      ['after', ...cells(chosen)],
    ],
  );
  return points.length === 1 ? [outcome] : [looked, outcome];
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
