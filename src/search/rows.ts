/** What became of each candidate of a search that took long. */
import type { RunIdentity, RunLog } from '../train/run/run-log.ts';

/** A candidate is named by its key. Planning is done again: it takes a minute, and gives the same. */
type SearchRow =
  /** By a proxy; null for none that is finite. */
  | { readonly of: 'score'; readonly key: string; readonly score: number | null }
  | {
      readonly of: 'trial';
      readonly key: string;
      readonly accuracy: number;
      readonly loss: number;
      readonly seconds: number;
    };

/** The log of a search. */
export function searchLog(identity: RunIdentity): RunLog<SearchRow> {
  return { kind: 'search', identity, isRow };
}

function isRow(line: unknown): line is SearchRow {
  const { of, key, score, accuracy, loss } = line as Readonly<Record<string, unknown>>;
  if (typeof key !== 'string') return false;
  if (of === 'score') return score === null || typeof score === 'number';
  return of === 'trial' && typeof accuracy === 'number' && typeof loss === 'number';
}
