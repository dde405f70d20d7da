import type { Warning } from '../diagnostics/warnings.ts';

/** Warnings as lists of pages show them: what, where, what to do. */
export function warningLines(warnings: readonly Warning[]): readonly (readonly string[])[] {
  return warnings.map(({ code, message, at, hint }) => [
    `${code}: ${message}`,
    ...at,
    ...(hint === null ? [] : [`What to do: ${hint}`]),
  ]);
}
