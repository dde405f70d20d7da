/**
 * Text from models, files and the command line as it may reach a terminal: control characters, and characters that turn
 * the direction of text, become escapes as in JavaScript (`\x1b`, `\n`, `\u202e`). JSON keeps the exact text.
 */

/** C0, DEL and C1 controls, marks and overrides of direction, separators of lines. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu;

/** The styles of color.ts, which are ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const STYLE = /(\x1b\[(?:1|2|22|31|32|33|36|39)m)/;

/** One line: whatever a name holds, it stays in its cell and its line. */
export function oneLine(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** As `oneLine`, but line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (c) => (c === '\n' || c === '\t' ? c : escaped(c)));
}

/** As `printable`, but our own styles pass. */
export function printableStyled(text: string): string {
  return text
    .split(STYLE)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('');
}

/** A document of JSON with the same value, in which no such character stands as itself. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (c) => `\\u${hex(c, 4)}`);
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return NAMED[character] ?? (code < 0x100 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`);
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}
