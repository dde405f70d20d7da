/** A difference between two results as tables: for a terminal, and in Markdown for a pull request. */
import { formatCount, formatPercent } from '../diagnostics/units.ts';
import type { Change, Difference } from './difference.ts';
import type { Quantity } from './measures.ts';
import { type Cell, fieldList, textTable } from './table.ts';

const HEADINGS = ['figure', 'before', 'after', 'change'] as const;

/** @param bad paints what got worse @param all lists every part, else those that changed most */
export function differenceText(
  difference: Difference,
  all: boolean,
  paint: { readonly good: (text: string) => string; readonly bad: (text: string) => string },
): string {
  const { changes, subjects } = difference;
  const table = (title: string, some: readonly Change[]): string =>
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
  const shown = all ? parts : parts.slice(0, SHOWN);
  return [
    ...(subjects.length === 0
      ? []
      : [fieldList(subjects.map(({ name, before, after }) => [name, `${before} -> ${after}`]))]),
    ...(totals.length === 0 ? [] : [table('figure', totals)]),
    ...(shown.length === 0 ? [] : [table('part', shown)]),
    ...(shown.length === parts.length
      ? []
      : [`and ${parts.length - shown.length} more parts (--verbose lists them)`]),
    restText(difference),
  ].join('\n\n');
}

/** GitHub shows numbers on the right, and parts only where they are asked for. */
export function differenceMarkdown(difference: Difference, before: string, after: string): string {
  const { changes, subjects, kind } = difference;
  const table = (some: readonly Change[]): string =>
    [
      `| ${HEADINGS.join(' | ')} | |`,
      '| --- | ---: | ---: | ---: | --- |',
      ...some.map(
        (change) => `| ${row(change).map(escaped).join(' | ')} | ${change.worse ? '**worse**' : 'better'} |`,
      ),
    ].join('\n');
  const [totals, parts] = split(changes);
  return [
    `**tinyml ${escaped(kind)}**: \`${code(before)}\` → \`${code(after)}\``,
    ...subjects.map(({ name, before: one, after: other }) => `${name}: ${escaped(one)} → ${escaped(other)}`),
    ...(totals.length === 0 ? [] : [table(totals)]),
    ...(parts.length === 0
      ? []
      : [`<details><summary>${parts.length} parts changed</summary>\n\n${table(parts)}\n\n</details>`]),
    escaped(restText(difference)),
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

function restText({ changes, equal, gone, added }: Difference): string {
  const some = (names: readonly string[]): string =>
    `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
  return [
    changes.length === 0
      ? `nothing changed: ${equal} figures are the same`
      : `${changes.length} of ${changes.length + equal} figures changed`,
    ...(gone.length === 0 ? [] : [`only before: ${some(gone)}`]),
    ...(added.length === 0 ? [] : [`only after: ${some(added)}`]),
  ].join('; ');
}

function row({ quantity, name, isPart, before, after }: Change): readonly [string, string, string, string] {
  const { format, delta } = UNITS[quantity];
  const prefix = isPart ? '' : (PREFIX[quantity] ?? '');
  return [`${prefix}${name}`, format(before), format(after), delta(before, after)];
}

/** Where the name of a figure does not say what it is. */
const PREFIX: Partial<Record<Quantity, string>> = { accuracy: 'accuracy: ', ram: 'RAM: ', flash: 'flash: ' };

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

/** Names come from models: none becomes a table, a tag or a link. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\\`*_{}[\]<>|~#]/g, '\\$&')
    .replace(/&/g, '&amp;');
}

/** For between backticks. */
function code(text: string): string {
  return text.replace(/[`\p{Cc}\u2028\u2029]+/gu, ' ');
}
