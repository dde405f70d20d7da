import { stripVTControlCharacters } from 'node:util';

/** How a column is laid out; numbers read best on the right. */
export type Column = { readonly title: string; readonly align?: 'left' | 'right' };

/**
 * A text table: a header, then one line per row, columns two spaces apart, no trailing spaces. Styled cells are
 * measured without their colour codes.
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows];
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
  return fields.map(([name, value]) => `${pad(name, widest, 'left')}  ${value}`.trimEnd()).join('\n');
}

function pad(text: string, to: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, to - width(text)));
  return align === 'right' ? space + text : text + space;
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}
