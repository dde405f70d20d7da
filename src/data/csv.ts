/**
 * One recording as text: a line for each moment, a cell for each axis (RFC 4180 as far as numbers need it). Lines end with LF or
 * CRLF, empty ones are passed over; cells are parted by tabs, semicolons or commas, whichever of these comes first in this list and
 * is in the first line. A first line in which no cell is a number is a header. Columns of time, by their names, and columns without
 * a name (the index that pandas writes) are left out.
 */
import { TinymlError } from '../diagnostics/errors.ts';

type Signal = { readonly values: Float32Array; readonly rows: number; readonly columns: number };

/** More columns than any sensor has: beyond it the lines are no moments. */
const MAX_COLUMNS = 4096;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** `time`, `Timestamp`, `time (s)`, `timestamp_ms`, `datetime` ... */
const TIME = /^(time|timestamp|datetime|date)([^a-z].*)?$/i;

type Line = { readonly number: number; readonly text: string };

type Table = {
  readonly delimiter: string;
  /** Names of all columns, or null without a header. */
  readonly names: readonly string[] | null;
  /** Indices of the columns that are axes. */
  readonly axes: readonly number[];
  /** Cells of a line. */
  readonly cells: number;
};

/** @throws TinymlError E_DATA with line and column for a cell that is no number, and for lines of different lengths */
export function parseCsv(bytes: Uint8Array, path: string): Signal {
  const table = readTable(bytes, path);
  const { axes } = table;
  const rows = countRows(bytes, table);
  const values = new Float32Array(rows * axes.length);
  let to = 0;
  for (const { number, text } of dataLines(bytes, table)) {
    const cells = split(text, table.delimiter);
    if (cells.length !== table.cells) {
      throw fault(path, number, `a line of ${cells.length} cells is among lines of ${table.cells}`);
    }
    for (const column of axes) values[to++] = numberIn(cells[column]!, table, path, number, column);
  }
  return { values, rows, columns: axes.length };
}

/** Rows and axes, without reading numbers. @throws TinymlError E_DATA for what is no table */
export function csvSize(
  bytes: Uint8Array,
  path: string,
): { readonly rows: number; readonly columns: number } {
  const table = readTable(bytes, path);
  return { rows: countRows(bytes, table), columns: table.axes.length };
}

function readTable(bytes: Uint8Array, path: string): Table {
  const [first] = lines(bytes);
  if (first === undefined) throw fault(path, 1, 'the file has no lines');
  const delimiter = ['\t', ';', ','].find((one) => first.text.includes(one)) ?? ',';
  const cells = split(first.text, delimiter);
  if (cells.length > MAX_COLUMNS) throw fault(path, 1, `a line has more than ${MAX_COLUMNS} cells`);
  const named = cells.filter((cell) => cell !== '');
  const names = named.length > 0 && named.every((cell) => !NUMBER.test(cell)) ? cells : null;
  const axes = [...cells.keys()].filter((i) => names === null || (names[i] !== '' && !TIME.test(names[i]!)));
  if (axes.length === 0) throw fault(path, 1, 'there are no columns but those of time');
  return { delimiter, names, axes, cells: cells.length };
}

function countRows(bytes: Uint8Array, table: Table): number {
  let rows = 0;
  for (const _ of dataLines(bytes, table)) rows++;
  return rows;
}

function* dataLines(bytes: Uint8Array, { names }: Table): Generator<Line> {
  let isHeader = names !== null;
  for (const line of lines(bytes)) {
    if (!isHeader) yield line;
    isHeader = false;
  }
}

/** Lines that are not empty, numbered from 1, without the mark that says UTF-8. */
function* lines(bytes: Uint8Array): Generator<Line> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let at = start, number = 1; at < text.length; number++) {
    const end = text.indexOf(10, at);
    const line = text.toString('utf8', at, end < 0 ? text.length : end);
    if (line.trim() !== '') yield { number, text: line };
    at = end < 0 ? text.length : end + 1;
  }
}

function split(line: string, delimiter: string): readonly string[] {
  return line.split(delimiter).map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim(),
  );
}

function numberIn(cell: string, { names }: Table, path: string, line: number, column: number): number {
  const value = NUMBER.test(cell) ? Math.fround(Number(cell)) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const shown = cell.length > 40 ? `${cell.slice(0, 40)}...` : cell;
  throw new TinymlError('E_DATA', cell === '' ? 'a cell is empty' : `the cell "${shown}" is no number`, {
    at: `${path}:${line}:${column + 1}${names === null ? '' : ` (column "${names[column]}")`}`,
    hint: /^[+-]?\d+,\d+$/.test(cell)
      ? 'Decimals have a point: write the file again with one.'
      : 'Cells are finite decimal numbers. Take out the line, or a column that is no axis of the model; columns of time are left out by their name.',
  });
}

function fault(path: string, line: number, message: string): TinymlError {
  return new TinymlError('E_DATA', message, {
    at: `${path}:${line}`,
    hint: 'A CSV file is one recording: a line for each moment, a cell for each axis, a header or none.',
  });
}
