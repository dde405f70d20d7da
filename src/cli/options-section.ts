import { type CommandSpec, optionFlags, optionText } from './commands.ts';

const BEGIN = '<!-- Options: made by scripts/generate.ts from src/cli/commands.ts. -->';
const END = '<!-- End of options. -->';

/** The page of a command with a table of its options as --help has them: in its place, or at the end where it has none. */
export function withOptions({ options }: CommandSpec, page: string): string {
  const [before = '', rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (options.length === 0) return page;
  const rows = options.map((option) => `| \`${optionFlags(option)}\` | ${markdown(optionText(option))} |`);
  const section = [BEGIN, '', '| option | meaning |', '| --- | --- |', ...rows, '', END].join('\n');
  if (after === undefined) return `${page.trimEnd()}\n\n## Options\n\n${section}\n`;
  return `${before}${section}${after}`;
}

function markdown(text: string): string {
  return text.replace(/[|<>*_]/g, (c) => `\\${c}`);
}
