import { TinymlError } from '../../../../diagnostics/errors.ts';

/**
 * Any text as one word of a POSIX shell.
 * @throws TinymlError E_INTERNAL for a text with NUL, which no argument can hold
 */
export function shellQuote(text: string): string {
  if (text.includes('\0')) throw new TinymlError('E_INTERNAL', 'a NUL cannot be an argument');
  return `'${text.replaceAll("'", "'\\''")}'`;
}
