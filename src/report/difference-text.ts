/** A difference between two results as tables: for a terminal, and in Markdown for a pull request. */
import type { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Change, Difference } from './difference.ts';
import { codeCell, codeSpan, folded, table } from './markdown.ts';
import { type Quantity, titleOf } from './measures.ts';
import { type Cell, fieldList, textTable } from './table.ts';

const HEADINGS = ['figure', 'before', 'after', 'change'] as const;

const MARKDOWN_COLUMNS = [
  ...HEADINGS.map((title, i) => ({ title, align: i === 0 ? ('left' as const) : ('right' as const) })),
  { title: '' },
];

/** @param bad paints what got worse @param which parts are listed: every one, those that changed most, or none */
export function differenceText(
  difference: Difference,
  which: 'all' | 'most' | 'none',
  paint: { readonly good: (text: string) => string; readonly bad: (text: string) => string },
): string {
  const { changes, subjects } = difference;
  const listed = (title: string, some: readonly Change[]): string =>
    textTable(
      HEADINGS.map((heading, i) => ({ title: i === 0 ? title : heading, align: i === 0 ? 'left' : 'right' })),
      some.map((change): readonly Cell[] => {
        const [name, before, after, delta] = row(change);
        return [
          name,
          before,
          after,
          { painted: change.worse === true ? paint.bad(delta) : paint.good(delta) },
        ];
      }),
    );
  const [totals, parts] = split(changes);
  const shown = parts.slice(0, { all: parts.length, most: SHOWN, none: 0 }[which]);
  return [
    ...(subjects.length === 0
      ? []
      : [fieldList(subjects.map(({ name, before, after }) => [name, `${before} -> ${after}`]))]),
    ...(totals.length === 0 ? [] : [listed('figure', totals)]),
    ...(shown.length === 0 ? [] : [listed('part', shown)]),
    ...(which === 'none' || shown.length === parts.length
      ? []
      : [`and ${parts.length - shown.length} more parts (--verbose lists them)`]),
    restText(difference),
  ].join('\n\n');
}

/** GitHub shows numbers on the right, and parts only where they are asked for. */
/** @param limits that were held, as sentences */
export function differenceMarkdown(
  difference: Difference,
  before: string,
  after: string,
  limits: readonly string[] = [],
): string {
  const { changes, subjects, kind } = difference;
  const changed = (some: readonly Change[]): string =>
    table(
      MARKDOWN_COLUMNS,
      some.map((change) => {
        const [name, ...figures] = row(change);
        return [codeCell(name), ...figures, change.worse ? '**worse**' : 'better'];
      }),
    );
  const [totals, parts] = split(changes);
  return [
    `**tinyml** ${codeSpan(kind)}: ${codeSpan(before)} → ${codeSpan(after)}`,
    ...limits.map((text) => `**${text}**`),
    ...subjects.map(
      ({ name, before: one, after: other }) => `${name}: ${codeSpan(one)} → ${codeSpan(other)}`,
    ),
    ...(totals.length === 0 ? [] : [changed(totals)]),
    ...(parts.length === 0 ? [] : [folded(`${parts.length} parts changed`, changed(parts))]),
    restText(difference, codeSpan),
  ].join('\n\n');
}

/** That two results could not be compared, and why. */
export function failureMarkdown(before: string, after: string, { message, at }: TinymlError): string {
  const places = at.map(codeSpan).join(', ');
  return [
    `**tinyml**: ${codeSpan(before)} → ${codeSpan(after)}`,
    `**Not compared**: ${codeSpan(message)}${places === '' ? '' : `, at ${places}`}`,
  ].join('\n\n');
}

/** Parts that a text lists. */
const SHOWN = 10;

/** Totals, and parts with those that got worse first, the largest share of change leading. */
function split(changes: readonly Change[]): readonly [readonly Change[], readonly Change[]] {
  const size = ({ before, after }: Change): number =>
    Math.abs(after - before) / Math.max(Math.abs(before), Math.abs(after));
  const rank = (change: Change): number => (change.worse === true ? 1 : 0) + size(change) / 4;
  return [
    changes.filter(({ isPart }) => !isPart),
    changes.filter(({ isPart }) => isPart).toSorted((a, b) => rank(b) - rank(a)),
  ];
}

/** @param shown how a name is written */
function restText(
  { changes, equal, gone, added, broken }: Difference,
  shown: (name: string) => string = (name) => name,
): string {
  const some = (names: readonly string[]): string => firstOf(names.map(shown), 5);
  return [
    changes.length === 0
      ? equal === 0
        ? 'there are no figures that both results state'
        : `nothing changed: ${equal} ${equal === 1 ? 'figure is' : 'figures are'} the same`
      : `${changes.length} of ${changes.length + equal} figures changed`,
    ...(gone.length === 0 ? [] : [`only before: ${some(gone)}`]),
    ...(added.length === 0 ? [] : [`only after: ${some(added)}`]),
    ...(broken.length === 0 ? [] : [`does NOT hold: ${some(broken)}`]),
  ].join('; ');
}

function row({ quantity, name, isPart, before, after }: Change): readonly [string, string, string, string] {
  const { format, delta } = UNITS[quantity];
  return [titleOf({ quantity, name, isPart }), format(before), format(after), delta(before, after)];
}

type Unit = {
  readonly format: (value: number) => string;
  readonly delta: (before: number, after: number) => string;
};

const signed = (value: number, text: string): string => `${value > 0 ? '+' : value < 0 ? '-' : ''}${text}`;
const absolute =
  (format: (value: number) => string) =>
  (before: number, after: number): string =>
    signed(after - before, format(Math.abs(after - before)));
/** With the share of the figure before, where there is one. */
const relative =
  (format: (value: number) => string) =>
  (before: number, after: number): string => {
    const change = absolute(format)(before, after);
    return before === 0
      ? change
      : `${change} (${signed(after - before, `${Math.abs((after / before - 1) * 100).toFixed(1)} %`)})`;
  };
const exact = (value: number): string => formatCount(Number(value.toPrecision(12)));
const unit = (format: Unit['format'], delta: (format: Unit['format']) => Unit['delta']): Unit => ({
  format,
  delta: delta(format),
});

const BYTES = unit((value) => `${exact(value)} B`, relative);
const COUNT = unit(exact, relative);
const UNITS: Readonly<Record<Quantity, Unit>> = {
  verdict: {
    format: (value) => (value === 1 ? 'yes' : 'no'),
    delta: (_, after) => (after === 1 ? 'holds' : 'fails'),
  },
  accuracy: unit(formatPercent, absolute),
  error: unit((value) => value.toPrecision(4), relative),
  sqnr: unit((value) => `${value.toFixed(2)} dB`, absolute),
  ram: BYTES,
  flash: BYTES,
  file: BYTES,
  instructions: COUNT,
  work: COUNT,
  time: unit((value) => `${value.toFixed(3)} ms`, relative),
};
