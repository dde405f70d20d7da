/**
 * One recording as text: a line for each moment, a cell for each axis (RFC 4180 as far as numbers need it). Lines end with LF or
 * CRLF; empty ones, and those that begin with `#`, are passed over. A first line in which no cell is a number is a header, and so is
 * the last comment before the first line where it has as many cells (as numpy.savetxt writes it); a line of units below a header
 * is passed over, too. Columns of time, by their names, and columns without a name (the index that pandas writes) are left out,
 * unless it is said which columns are taken.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { type Clock, clockOf } from './clock.ts';
import {
  cellsOf,
  delimiterIn,
  isComment,
  type Line,
  linesOf,
  NUMBER,
  refuseOtherEncodings,
  separatorIn,
} from './csv-lines.ts';

/** Names of columns; null where a file does not say them. */
type Names = readonly string[] | null;

type Signal = {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Of the axes, in their order. */
  readonly names: Names;
};

type Size = Omit<Signal, 'values'> & {
  /** What the column of time says; null where there is none of numbers that rise. */
  readonly clock: Clock | null;
};

/** More columns than any sensor has: beyond it the lines are no moments. */
const MAX_COLUMNS = 4096;

/** `time`, `Timestamp`, `time (s)`, `timestamp_ms`, `datetime`, `Zeit [s]` ... */
const TIME =
  /^(time|timestamp|datetime|date|unix_?time|logging_?time|epoch|elapsed|elapsed_?time|seconds_elapsed|zeit|zeitstempel|uhrzeit|datum)([^a-z].*)?$/i;

/** What only a first column is called that is one of time: `t`, `t [s]`, `seconds`. */
const SHORT_TIME =
  /^(t|sec|seconds|ms|millis|milliseconds|sekunden)( *[[(_]? *(s|ms|us|µs|sec|seconds) *[\])]?)?$/;

/** What columns are called that say the class of a row. */
const CLASS = /^(labels?|class(es)?|activity|target|category|klasse)$/i;

/** Whether a column is called as one that says the class of a row. */
export function saysClass(name: string): boolean {
  return CLASS.test(name);
}

/** What to do with such a column. */
export function classColumnHint(name: string): string {
  return `A column of classes (${JSON.stringify(name)}) is not read: classes are folders. Split the file into recordings of one class each, in one folder for each class`;
}

/** What stands for a value that is missing. */
const MISSING = /^(nan|null|none|na|n\/a|-+|\?)?$/i;

type Table = {
  readonly delimiter: string;
  /** Names of all columns. */
  readonly names: Names;
  /** Indices of the columns that are axes, in the order in which they are taken. */
  readonly axes: readonly number[];
  /** Index of the first column of time. */
  readonly time: number | null;
  /** Cells of a line. */
  readonly cells: number;
  /** Number of the first line that is a moment. */
  readonly start: number;
};

/**
 * @param wanted names of the columns that are the axes, in their order; null for all but those of time
 * @throws TinymlError E_DATA for cells that are no numbers, with how many there are, line and column of the first; for lines of
 *   different lengths, and for other columns than are wanted
 */
export function parseCsv(bytes: Uint8Array, path: string, wanted: Names): Signal {
  const table = readTable(bytes, path, wanted);
  const { axes, delimiter } = table;
  const rows = countRows(bytes, table, path);
  const values = new Float32Array(rows * axes.length);
  const bad: Bad[] = [];
  let faults = 0;
  let to = 0;
  for (const { number, text } of moments(bytes, table)) {
    const cells = cellsOf(text, delimiter);
    if (cells.length !== table.cells) {
      throw fault(path, number, `a line of ${cells.length} cells is among lines of ${table.cells}`);
    }
    for (const column of axes) {
      const value = numberIn(cells[column]!);
      if (Number.isNaN(value) && ++faults <= MAX_PLACES)
        bad.push({ cell: cells[column]!, line: number, column });
      values[to++] = value;
    }
  }
  if (faults > 0) throw noNumbers(bad, faults, table, path);
  return { values, rows, columns: axes.length, names: namesOf(table) };
}

/** Rows, axes and distances in time, without reading the numbers of axes. @throws TinymlError E_DATA for what is no table */
export function csvSize(bytes: Uint8Array, path: string, wanted: Names): Size {
  const table = readTable(bytes, path, wanted);
  const { time, delimiter } = table;
  return {
    rows: countRows(bytes, table, path),
    columns: table.axes.length,
    names: namesOf(table),
    clock: time === null ? null : clockOf(timesIn(moments(bytes, table), time, delimiter)),
  };
}

function* timesIn(lines: Iterable<Line>, time: number, delimiter: string): Generator<number> {
  for (const { text } of lines) {
    const cell = cellsOf(text, delimiter)[time] ?? '';
    yield NUMBER.test(cell) ? Number(cell) : Number.NaN;
  }
}

function namesOf({ names, axes }: Table): Names {
  return names === null ? null : axes.map((i) => names[i]!);
}

function readTable(bytes: Uint8Array, path: string, wanted: Names): Table {
  refuseOtherEncodings(bytes, path);
  const { lines, separator, remark } = beginningOf(bytes);
  const [first, second, third] = lines;
  if (first === undefined) throw fault(path, 1, 'the file has no lines');
  const delimiter = separator ?? delimiterIn(first);
  const cells = cellsOf(first.text, delimiter);
  if (cells.length > MAX_COLUMNS) throw fault(path, 1, `a line has more than ${MAX_COLUMNS} cells`);
  const before = remark === null ? [] : cellsOf(remark, delimiter);
  const own = areNames(cells);
  const names = own ? cells : before.length === cells.length && areNames(before) ? before : null;
  const columns = axesOf(names, cells.length, wanted, `${path}:${first.number}`);
  const [below, next] = own ? [second, third] : [first, second];
  const isUnits = names !== null && below !== undefined && areUnits(cellsOf(below.text, delimiter));
  const start = isUnits ? next : below;
  for (const line of [below, start]) {
    const count =
      line === undefined ? cells.length : cellsOf(line.text, separator ?? delimiterIn(line)).length;
    if (own && count !== cells.length) throw otherHeader(path, first, cells.length, line!, count);
  }
  return {
    delimiter,
    names,
    ...columns,
    cells: cells.length,
    start: start?.number ?? Number.POSITIVE_INFINITY,
  };
}

/** The first lines that are no comments, and what is said before them. */
function beginningOf(bytes: Uint8Array): {
  readonly lines: readonly Line[];
  readonly separator: string | null;
  readonly remark: string | null;
} {
  const lines: Line[] = [];
  let separator: string | null = null;
  let remark: string | null = null;
  for (const line of linesOf(bytes)) {
    const said: string | null = lines.length === 0 && separator === null ? separatorIn(line) : null;
    if (said !== null) separator = said;
    else if (!isComment(line)) lines.push(line);
    else if (lines.length === 0) remark = line.text.trimStart().replace(/^#+/, '');
    if (lines.length === 3) break;
  }
  return { lines, separator, remark };
}

function areNames(cells: readonly string[]): boolean {
  const named = cells.filter((cell) => cell !== '');
  return named.length > 0 && named.every((cell) => !NUMBER.test(cell));
}

/** `s;g;g`, `[s],[m/s²],[m/s²]` below a header: texts, of which none stands for a missing value. */
function areUnits(cells: readonly string[]): boolean {
  return areNames(cells) && cells.every((cell) => cell === '' || !MISSING.test(cell));
}

/** @param at the line that says how many columns there are */
function axesOf(names: Names, count: number, wanted: Names, at: string): Pick<Table, 'axes' | 'time'> {
  if (names === null) {
    if (wanted === null || wanted.length === count) return { axes: upTo(count), time: null };
    throw new TinymlError(
      'E_DATA',
      `the file has ${count} columns and no header, wanted are ${firstOf(wanted)}`,
      {
        at,
        hint: 'Write a first line with the names of the columns.',
      },
    );
  }
  const times = upTo(count).filter((i) => TIME.test(names[i]!) || (i === 0 && SHORT_TIME.test(names[i]!)));
  const time = times[0] ?? null;
  if (wanted !== null) {
    const missing = wanted.find((name) => !names.includes(name));
    if (missing === undefined) return { axes: wanted.map((name) => names.indexOf(name)), time };
    throw new TinymlError('E_DATA', `there is no column "${missing}"`, {
      at,
      hint: `The columns are ${firstOf(names)}; the model takes ${firstOf(wanted)}. Call them so in the file, or say which are meant, in the order of the model: { "table": { "columns": [...] } } in a --preprocess file.`,
    });
  }
  const axes = upTo(count).filter((i) => names[i] !== '' && !times.includes(i));
  if (axes.length > 0) return { axes, time };
  throw new TinymlError('E_DATA', 'there are no columns but those of time', { at, hint: FORM });
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function countRows(bytes: Uint8Array, table: Table, path: string): number {
  let rows = 0;
  for (const _ of moments(bytes, table)) rows++;
  if (rows === 0) throw fault(path, 1, 'the file has a header and no rows');
  return rows;
}

function* moments(bytes: Uint8Array, { start }: Table): Generator<Line> {
  for (const line of linesOf(bytes)) if (line.number >= start && !isComment(line)) yield line;
}

/** NaN for what is no finite number in float32. */
function numberIn(cell: string): number {
  const value = NUMBER.test(cell) ? Math.fround(Number(cell)) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** A cell that is no number. */
type Bad = { readonly cell: string; readonly line: number; readonly column: number };

/** Bad cells that are named with their places. */
const MAX_PLACES = 3;

function noNumbers(bad: readonly Bad[], count: number, { names }: Table, path: string): TinymlError {
  const [{ cell, column: index }] = bad as readonly [Bad, ...Bad[]];
  const shown = cell.length > 40 ? `${cell.slice(0, 40)}...` : cell;
  const first = cell === '' ? 'empty' : `"${shown}"`;
  const one = cell === '' ? 'a cell is empty' : `the cell "${shown}" is no number`;
  const places = bad.map(
    ({ line, column }) =>
      `${path}:${line}:${column + 1}${names === null ? '' : ` (column "${names[column]}")`}`,
  );
  const more = count - bad.length;
  return new TinymlError(
    'E_DATA',
    count === 1 ? one : `${count} cells are no numbers, the first is ${first}`,
    {
      at: more > 0 ? [...places, `and ${more} more`] : places,
      hint: hintFor(cell, names?.[index] ?? null),
    },
  );
}

function hintFor(cell: string, column: string | null): string {
  if (/^[+-]?\d+,\d+$/.test(cell)) return 'Decimals have a point: write the file again with one.';
  if (column !== null && saysClass(column)) {
    return `${classColumnHint(column)}; { "table": { "columns": [...] } } in the --preprocess file says which columns are taken.`;
  }
  return MISSING.test(cell)
    ? 'Fill in what is missing by interpolation (pandas: df.interpolate()). Without these lines, what lies behind them would come too early.'
    : 'Cells are finite decimal numbers. Which columns are axes of the model is said with { "table": { "columns": [...] } } in a --preprocess file; columns of time are left out by their name.';
}

const FORM =
  'A CSV file is one recording: a line for each moment, a cell for each axis, a header or none. Lines that begin with # are passed over.';

function fault(path: string, line: number, message: string, hint = FORM): TinymlError {
  return new TinymlError('E_DATA', message, { at: `${path}:${line}`, hint });
}

function otherHeader(path: string, header: Line, names: number, line: Line, cells: number): TinymlError {
  return fault(
    path,
    header.number,
    `the header has ${names} cell${names === 1 ? '' : 's'}, line ${line.number} has ${cells}`,
    'The header has the name of each column. Take out what stands before it, or begin these lines with #.',
  );
}
