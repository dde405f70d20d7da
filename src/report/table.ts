import { stripVTControlCharacters } from 'node:util';
import { oneLine } from '../diagnostics/printable.ts';

/** How a column is laid out; numbers read best on the right. */
export type Column = { readonly title: string; readonly align?: 'left' | 'right' };

/** Text, in which control characters are escaped, or what `Paint` made of it. */
export type Cell = string | { readonly painted: string };

/**
 * A text table: a header, then one line per row, columns two spaces apart, no trailing spaces. Styled cells are
 * measured without their colour codes; control characters in a cell are escaped.
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows.map((row) => row.map(shown))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => width(line[i] ?? ''))));
  return lines
    .map((line) =>
      columns
        .map((column, i) => pad(line[i] ?? '', widths[i]!, column.align ?? 'left'))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Lines of `name  value` with the values in one column. */
export function fieldList(fields: readonly (readonly [name: string, value: string])[]): string {
  const widest = Math.max(...fields.map(([name]) => width(name)));
  return fields
    .map(([name, value]) => `${pad(name, widest, 'left')}  ${oneLine(value)}`.trimEnd())
    .join('\n');
}

function shown(cell: Cell): string {
  return typeof cell === 'string' ? oneLine(cell) : cell.painted;
}

function pad(text: string, to: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, to - width(text)));
  return align === 'right' ? space + text : text + space;
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}
