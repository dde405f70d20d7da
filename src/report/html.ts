/** Self-contained HTML pages: text, tables and SVG pictures in one file, no script, no outside resource. */

import { printable } from '../diagnostics/printable.ts';

export type Section = { readonly title: string; readonly body: string };

/** A whole page. `body` of a section is HTML made by the functions of this folder. */
export function htmlPage(title: string, lead: string, sections: readonly Section[]): string {
  const parts = sections.map(
    ({ title: heading, body }) => `<section>\n<h2>${escapeHtml(heading)}</h2>\n${body}\n</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(lead)}</p>
${parts.join('\n')}
</body>
</html>
`;
}

const STYLE = `
body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;background:#fff;max-width:1040px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}.lead{color:#566;margin:.2rem 0 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.2rem .8rem .2rem 0;text-align:left;border-bottom:1px solid #e3e7ec}
th{font-weight:600;color:#566}.right{text-align:right}svg{max-width:100%;height:auto;font:11px system-ui,sans-serif}
figure{display:inline-block;margin:0 .8rem .8rem 0;color:#566}figure img{display:block;width:320px;image-rendering:pixelated}
@media(prefers-color-scheme:dark){body{color:#dde3ea;background:#14181d}th,td{border-color:#2c343d}svg text{fill:#dde3ea}}
`;

type HtmlColumn = { readonly title: string; readonly align?: 'left' | 'right' };

export function htmlTable(columns: readonly HtmlColumn[], rows: readonly (readonly string[])[]): string {
  const side = (i: number): string => (columns[i]?.align === 'right' ? ' class="right"' : '');
  const head = columns.map((column, i) => `<th${side(i)}>${escapeHtml(column.title)}</th>`).join('');
  const body = rows.map(
    (row) => `<tr>${row.map((cell, i) => `<td${side(i)}>${escapeHtml(cell)}</td>`).join('')}</tr>`,
  );
  return `<table>\n<tr>${head}</tr>\n${body.join('\n')}\n</table>`;
}

/** Text of a model or a file system is never markup, nor turns the direction of what follows. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
