/** Lines of a table of text, and the cells of a line. */
import { TinymlError } from '../diagnostics/errors.ts';

export type Line = { readonly number: number; readonly text: string };

/** Whether a cell is a decimal number. */
export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A first line by which a spreadsheet knows what parts cells: it is no part of the table. */
const SEPARATOR = /^"?sep=(.)"?\s*$/i;

/** Lines that are not empty, numbered from 1, without the mark that says UTF-8. */
export function* linesOf(bytes: Uint8Array): Generator<Line> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let at = start, number = 1; at < text.length; number++) {
    const end = text.indexOf(10, at);
    const line = text.toString('utf8', at, end < 0 ? text.length : end);
    if (line.trim() !== '') yield { number, text: line };
    at = end < 0 ? text.length : end + 1;
  }
}

export function isComment({ text }: Line): boolean {
  return text.trimStart().startsWith('#');
}

/** What a first line `sep=;` says; null for any other line. */
export function separatorIn({ text }: Line): string | null {
  return SEPARATOR.exec(text)?.[1] ?? null;
}

/** What parts the cells of a line: a tab, a semicolon or a comma, whichever of these comes first in this list and is in it. */
export function delimiterIn({ text }: Line): string {
  return ['\t', ';', ','].find((one) => text.includes(one)) ?? ',';
}

export function cellsOf(line: string, delimiter: string): readonly string[] {
  return line.split(delimiter).map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim(),
  );
}

/** Bytes in which a table of another encoding shows itself. */
const LOOKED_AT = 4096;

/** @throws TinymlError E_DATA for bytes that are no text in UTF-8: with NUL bytes, as UTF-16 has them */
export function refuseOtherEncodings(bytes: Uint8Array, path: string): void {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (!isUtf16 && !bytes.subarray(0, LOOKED_AT).includes(0)) return;
  throw new TinymlError(
    'E_DATA',
    isUtf16 ? 'the file is text in UTF-16' : 'the file is no text in UTF-8: it holds NUL bytes',
    {
      at: path,
      hint: 'Save it as UTF-8 (spreadsheets call it "CSV UTF-8"), for example with: iconv -f UTF-16 -t UTF-8 in.csv > out.csv',
    },
  );
}
