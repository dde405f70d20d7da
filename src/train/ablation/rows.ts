/** What became of each run of an ablation: one line of JSON a run, so that a stopped ablation goes on where it was. */
import { existsSync } from 'node:fs';
import { TinymlError } from '../../diagnostics/errors.ts';
import { readRegularFile } from '../../diagnostics/read-file.ts';

export type Row = {
  /** armKey of the settings. */
  readonly arm: string;
  readonly seed: number;
  /** Share of the evaluation data that the exported model gets right; null where training overflowed. */
  readonly exported: number | null;
  /** The same by the arithmetic of training, as it stood after the last step; batch norms take the statistics of each batch. */
  readonly asTrained: number | null;
  /** Mean loss of the last epoch. */
  readonly loss: number | null;
  /** Mean cosine between gradients and their codes over layers and inspections; null where gradients have no codes. */
  readonly cosine: number | null;
  /** What went wrong; null if nothing did. */
  readonly failure: string | null;
  readonly seconds: number;
};

/** What all runs of an ablation share: rows of another one are no use. */
export type AblationIdentity = Readonly<Record<string, string>>;

export type LogLine =
  | { readonly kind: 'ablation'; readonly identity: AblationIdentity }
  | ({ readonly kind: 'run' } & Row);

/**
 * Rows of an earlier part of the same ablation. A last line that was cut off is left out.
 * @returns null where there is no such file or it is empty
 * @throws TinymlError E_FILE, E_CHECKPOINT for a file that is no such log or of another ablation
 */
export function readRows(path: string, identity: AblationIdentity): readonly Row[] | null {
  const text = readLog(path);
  if (text === null || text.trim() === '') return null;
  const [first, ...rest] = text
    .split('\n')
    .slice(0, -1)
    .map((line) => parsed(line, path));
  if (first?.kind !== 'ablation') throw damaged(path);
  const different = Object.keys({ ...identity, ...first.identity }).filter(
    (key) => identity[key] !== first.identity[key],
  );
  if (different.length > 0) {
    throw new TinymlError('E_CHECKPOINT', 'the runs in the log are of another ablation', {
      at: [path, ...different.map((key) => `${key}: ${first.identity[key]} there, ${identity[key]} here`)],
      hint: 'Give the settings of the earlier runs, or another --log.',
    });
  }
  return rest.map((line) => {
    if (line.kind !== 'run') throw damaged(path);
    const { kind: _, ...row } = line;
    return row;
  });
}

/** A whole log. */
export function logText(identity: AblationIdentity, rows: readonly Row[]): string {
  const lines: readonly LogLine[] = [
    { kind: 'ablation', identity },
    ...rows.map((row): LogLine => ({ kind: 'run', ...row })),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Of the text of a log, to which every run adds a line of some hundred bytes. */
const MAX_BYTES = 256 * 2 ** 20;

/** Null where there is no such file. @throws TinymlError E_FILE, E_CHECKPOINT */
export function readLog(path: string): string | null {
  if (!existsSync(path)) return null;
  return readRegularFile(path, MAX_BYTES, () => damaged(path)).toString('utf8');
}

function parsed(line: string, path: string): LogLine {
  try {
    const value = JSON.parse(line) as LogLine;
    if (value.kind === 'ablation' && typeof value.identity === 'object') return value;
    if (value.kind === 'run' && typeof value.arm === 'string' && Number.isInteger(value.seed)) return value;
  } catch {
    // Not JSON: as damaged as a line of another kind.
  }
  throw damaged(path);
}

function damaged(path: string): TinymlError {
  return new TinymlError('E_CHECKPOINT', 'the file is no log of an ablation, or it is damaged', {
    at: path,
    hint: 'Give the file that --log of the earlier runs named, or a new one without --resume.',
  });
}
