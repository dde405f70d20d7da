/** Markdown that code hosts show as it is meant: names come from models, and none becomes markup, a link or a mention. */

/** In running text: inside a code span nothing is a link, a mention of a person or the number of an issue. */
export function codeSpan(text: string): string {
  return `\`${text.replace(/[`\p{Cc}\u2028\u2029]+/gu, ' ') || ' '}\``;
}

/** The same in a cell of a table, which ends at a bar even there. */
export function codeCell(text: string): string {
  return codeSpan(text).replace(/\\(?=\|)|\|/g, (found) => (found === '|' ? '\\|' : ' '));
}

/** A table whose cells are Markdown. @param align of each column */
export function table(
  columns: readonly { readonly title: string; readonly align?: 'left' | 'right' }[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map(line),
  ].join('\n');
}

/** What is shown only where it is asked for. */
export function folded(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}
