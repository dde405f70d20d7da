/**
 * Writing C: escaped comments and strings, exact literals, compact tables. The only place where text that
 * a model file chose meets C, so everything here is total: any string gives harmless output.
 */
import type { ProgramArray, ProgramDType } from '../../program/types.ts';

/** Any text as one line of printable ASCII, at most `limit` characters: other characters become `<U+00E9>`. */
export function asciiText(text: string, limit = 120): string {
  const ascii = Array.from(text.slice(0, limit + 1), (character) => {
    const code = character.codePointAt(0)!;
    return code >= 0x20 && code < 0x7f
      ? character
      : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  }).join('');
  return ascii.length > limit ? `${ascii.slice(0, limit - 3)}...` : ascii;
}

/** Any text, safe inside a C block comment: cannot end it, nest one, or form a trigraph. */
export function commentText(text: string, limit?: number): string {
  return asciiText(text, limit)
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replace(/\?(?=\?)/g, '? ');
}

/** The same, whole: a line for each of the text, those that are longer than `width` broken between words. */
export function commentLines(text: string, width = 116): readonly string[] {
  const breaks = new RegExp(`(.{1,${width}})(?: +|$)`, 'g');
  return text
    .split('\n')
    .flatMap((line) =>
      commentText(line, Number.POSITIVE_INFINITY).replace(breaks, '$1\n').trimEnd().split('\n'),
    );
}

/** Any text as a C string of its UTF-8: what is not printable ASCII, quotes, backslashes and question marks in octal. */
export function cString(text: string): string {
  const bytes = Array.from(Buffer.from(text, 'utf8'), (byte) =>
    byte >= 0x20 && byte < 0x7f && !'"\\?'.includes(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  );
  return `"${bytes.join('')}"`;
}

/** Any text, safe between backquotes in a Markdown table. */
export function markdownText(text: string): string {
  return asciiText(text).replaceAll('`', "'").replaceAll('|', '/');
}

/** `inputOffset` as the field `input_offset` of a C struct. */
export function snakeCase(camelCase: string): string {
  return camelCase.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** C type of one element. */
export const C_TYPES: Readonly<Record<ProgramDType, string>> = {
  int8: 'int8_t',
  uint8: 'uint8_t',
  int16: 'int16_t',
  int32: 'int32_t',
  float32: 'float',
};

/** An int32 as a C constant expression; -2^31 has no literal of its own. */
export function intLiteral(value: number): string {
  return value === -2147483648 ? '(-2147483647 - 1)' : String(value);
}

/** A float32 as a C expression of the same bits (9 significant digits suffice); infinities need math.h. */
export function floatLiteral(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return Number.isNaN(single) ? 'NAN' : single < 0 ? '-INFINITY' : 'INFINITY';
  const shortest = [6, 7, 8, 9].map((digits) => Number(single.toPrecision(digits)));
  const text = String(shortest.find((candidate) => Math.fround(candidate) === single) ?? single);
  const signed = Object.is(single, -0) ? '-0' : text;
  return `${/[.e]/.test(signed) ? signed : `${signed}.0`}f`;
}

const BYTE_TEXT = Array.from({ length: 256 }, (_, byte) => String((byte << 24) >> 24));

/** The elements of a constant table as lines of comma-separated literals, `padding` zeros appended. */
export function tableRows(data: ProgramArray, padding = 0): string {
  return [...tableText(data, padding)].join('');
}

/** The same in parts, so that not all of a large table has to be text at once. */
export function* tableText(data: ProgramArray, padding = 0): Generator<string> {
  for (let start = 0; start < data.length; start += ELEMENTS_PER_PART) {
    const part = data.subarray(start, start + ELEMENTS_PER_PART);
    const isLast = start + ELEMENTS_PER_PART >= data.length;
    yield `${start === 0 ? '' : '\n'}${rowsOf(part, isLast ? padding : 0)}`;
  }
}

/** A multiple of the elements of a row. */
const ELEMENTS_PER_PART = 160_000;

function rowsOf(data: ProgramArray, padding: number): string {
  const literal =
    data instanceof Int8Array
      ? (value: number) => BYTE_TEXT[value & 255]!
      : data instanceof Float32Array
        ? floatLiteral
        : intLiteral;
  const perRow = data.BYTES_PER_ELEMENT === 1 ? 32 : 10;
  const total = data.length + padding;
  const rows: string[] = [];
  for (let start = 0; start < total; start += perRow) {
    const end = Math.min(start + perRow, total);
    let row = '';
    for (let index = start; index < end; index++)
      row += `${index < data.length ? literal(data[index]!) : 0},`;
    rows.push(row);
  }
  return rows.join('\n');
}
