/** What became of each run of an ablation. */
import type { RunIdentity, RunLog } from '../run/run-log.ts';

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

/** The log of an ablation. */
export function ablationLog(identity: RunIdentity): RunLog<Row> {
  return { kind: 'ablation', identity, isRow };
}

function isRow(line: unknown): line is Row {
  const { arm, seed } = line as Partial<Row>;
  return typeof arm === 'string' && Number.isInteger(seed);
}
