import { TinymlError } from '../../../../diagnostics/errors.ts';

/**
 * Any text as a string literal of C++ in ASCII on one line, of its UTF-8; without trigraphs. Octal escapes end after three digits, whatever follows.
 * @throws TinymlError E_INTERNAL for a text with NUL, at which C ends a string
 */
export function cppQuote(text: string): string {
  if (text.includes('\0')) throw new TinymlError('E_INTERNAL', 'a NUL cannot be in a string of C');
  return `"${octalEscaped(text, '"\\?')}"`;
}

/** Any text as a string literal of the text format of protocol buffers, in ASCII on one line. */
export function protoQuote(text: string): string {
  return `"${octalEscaped(text, '"\\')}"`;
}

/** @param escaped printable characters that get a backslash */
function octalEscaped(text: string, escaped: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    if (escaped.includes(character)) return `\\${character}`;
    return byte >= 0x20 && byte < 0x7f ? character : `\\${byte.toString(8).padStart(3, '0')}`;
  }).join('');
}
