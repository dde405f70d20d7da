/** Lines of a Markdown table with aligned columns; the first row is its header. */
export function markdownTable(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [header, ...body] = rows.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column]!))));
  return [header!, line(widths.map((width) => '-'.repeat(width))), ...body];
}
