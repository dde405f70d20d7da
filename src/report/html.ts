/** Self-contained HTML pages: text, tables and pictures in one file, no script, no outside resource. */

import { printable } from '../diagnostics/printable.ts';
import { STYLE } from './style.ts';

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
<meta name="color-scheme" content="light dark">
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

type HtmlColumn = { readonly title: string; readonly align?: 'left' | 'right' };

/** Cells of more characters are broken into lines; names in the first column, which stays in sight, sooner. */
const LONG = 48;
const LONG_NAME = 20;

/** A table that scrolls in itself where the window is narrower. */
export function htmlTable(columns: readonly HtmlColumn[], rows: readonly (readonly string[])[]): string {
  const side = (i: number, text: string): string => {
    const breaks = i === 0 ? text.length > LONG_NAME && 'name' : text.length > LONG && 'long';
    const classes = [columns[i]?.align === 'right' && 'right', breaks].filter((name) => name !== false);
    return classes.length === 0 ? '' : ` class="${classes.join(' ')}"`;
  };
  const cell = (tag: string, text: string, i: number): string =>
    `<${tag}${side(i, text)}>${escapeHtml(text)}</${tag}>`;
  const head = columns.map(({ title }, i) => cell('th', title, i)).join('');
  const body = rows.map((row) => `<tr>${row.map((text, i) => cell('td', text, i)).join('')}</tr>`);
  return `<div class="scroll" tabindex="0"><table>\n<tr>${head}</tr>\n${body.join('\n')}\n</table></div>`;
}

/** Names and what is to be said of each, which is broken into lines where the window is narrow. */
export function htmlFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const rows = facts.map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table class="facts">\n${rows.join('\n')}\n</table>`;
}

/** A list of items, each of one line or of several. */
export function htmlList(items: readonly (readonly string[])[]): string {
  return `<ul>${items.map((lines) => `<li>${lines.map(escapeHtml).join('<br>')}</li>`).join('')}</ul>`;
}

/** A sentence that says how to read what stands above it. */
export function htmlNote(text: string): string {
  return `<p class="note">${escapeHtml(text)}</p>`;
}

/** What a page comes down to; `good` colours it. */
export function htmlVerdict(good: boolean, text: string): string {
  return `<p class="verdict ${good ? 'good' : 'bad'}">${escapeHtml(text)}</p>`;
}

/** A limit that was asked for, and whether it is met. */
export type Limit = { readonly text: string; readonly passed: boolean };

export function htmlLimits(limits: readonly Limit[]): string {
  return limits.map(({ text, passed }) => htmlVerdict(passed, text)).join('\n');
}

/** Text of a model or a file system is never markup, nor turns the direction of what follows. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
