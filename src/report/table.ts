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
  const widths = columns.map((_, i) =>
    lines.reduce((widest, line) => {
      const own = width(line[i] ?? '');
      return own > WIDEST ? widest : Math.max(widest, own);
    }, 0),
  );
  return lines
    .map((line) =>
      columns
        .map((column, i) => pad(line[i] ?? '', widths[i]!, column.align ?? 'left'))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Longer cells stand out of their column: one long name does not widen every line. */
const WIDEST = 120;

/** Lines of `name  value` with the values in one column. */
export function fieldList(fields: readonly (readonly [name: string, value: Cell])[]): string {
  const widest = fields.reduce((most, [name]) => Math.max(most, width(name)), 0);
  return fields.map(([name, value]) => `${pad(name, widest, 'left')}  ${shown(value)}`.trimEnd()).join('\n');
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
