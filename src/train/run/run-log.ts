/** What became of each run of many: one line of JSON a run, so that what was stopped goes on where it was. */
import { existsSync } from 'node:fs';
import { TinymlError } from '../../diagnostics/errors.ts';
import { readRegularFile } from '../../diagnostics/read-file.ts';

/** What all runs of a log share: rows of other runs are no use. */
export type RunIdentity = Readonly<Record<string, string>>;

/** A log of rows. */
export type RunLog<Row> = {
  /** What the runs are: the kind of its first line, and its name in messages. */
  readonly kind: string;
  readonly isRow: (line: unknown) => line is Row;
  readonly identity: RunIdentity;
};

/** Of the text of a log, to which every run adds a line of some hundred bytes. */
const MAX_BYTES = 256 * 2 ** 20;

export function firstLine<Row>({ kind, identity }: RunLog<Row>): object {
  return { kind, identity };
}

export function rowLine<Row extends object>(row: Row): object {
  return { kind: 'run', ...row };
}

/**
 * Rows of an earlier part of the same runs. A last line that was cut off is left out.
 * @returns null where there is no such file or it is empty
 * @throws TinymlError E_FILE, E_CHECKPOINT for a file that is no such log or of others
 */
export function readRows<Row extends object>(path: string, log: RunLog<Row>): readonly Row[] | null {
  const { kind, identity } = log;
  const text = readLog(path, log);
  if (text === null || text.trim() === '') return null;
  const [first, ...rest] = text
    .split('\n')
    .slice(0, -1)
    .map((line) => parsed(line, path, log));
  if (first?.kind !== kind) throw damaged(path, log);
  const there = first.identity as RunIdentity;
  const different = Object.keys({ ...identity, ...there }).filter((key) => identity[key] !== there[key]);
  if (different.length > 0) {
    throw new TinymlError('E_CHECKPOINT', `the runs in the log are of another ${kind}`, {
      at: [path, ...different.map((key) => `${key}: ${there[key]} there, ${identity[key]} here`)],
      hint: 'Give the settings of the earlier runs, or another --log.',
    });
  }
  return rest.map((line) => {
    if (line.kind !== 'run') throw damaged(path, log);
    const { kind: _, ...row } = line;
    return row as unknown as Row;
  });
}

/** A whole log. */
export function logText<Row extends object>(log: RunLog<Row>, rows: readonly Row[]): string {
  return [firstLine(log), ...rows.map(rowLine)].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Null where there is no such file. @throws TinymlError E_FILE, E_CHECKPOINT */
export function readLog<Row>(path: string, log: RunLog<Row>): string | null {
  if (!existsSync(path)) return null;
  return readRegularFile(path, MAX_BYTES, () => damaged(path, log)).toString('utf8');
}

type Line = Readonly<Record<string, unknown>> & { readonly kind: string };

function parsed<Row>(line: string, path: string, log: RunLog<Row>): Line {
  try {
    const value = JSON.parse(line) as Line;
    if (value.kind === log.kind && typeof value.identity === 'object') return value;
    if (value.kind === 'run' && log.isRow(value)) return value;
  } catch {
    // Not JSON: as damaged as a line of another kind.
  }
  throw damaged(path, log);
}

function damaged<Row>(path: string, { kind }: RunLog<Row>): TinymlError {
  const article = /^[aeiou]/.test(kind) ? 'an' : 'a';
  return new TinymlError('E_CHECKPOINT', `the file is no log of ${article} ${kind}, or it is damaged`, {
    at: path,
    hint: 'Give the file that --log of the earlier runs named, or a new one without --resume.',
  });
}
