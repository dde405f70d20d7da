/** The runs of an ablation: every arm with every seed. */
import { armKey } from './factors.ts';
import type { Plan } from './grid.ts';
import type { Row } from './rows.ts';
import type { Run } from './run.ts';

const keyOf = (arm: string, seed: number): string => `${arm} seed=${seed}`;

/** Runs that have no row yet, seed by seed: the arms of one seed can be compared as soon as they are there. */
export function missingRuns({ arms }: Plan, seeds: readonly number[], rows: readonly Row[]): readonly Run[] {
  const done = new Set(rows.map(({ arm, seed }) => keyOf(arm, seed)));
  return seeds.flatMap((seed) =>
    arms.filter((arm) => !done.has(keyOf(armKey(arm), seed))).map((arm): Run => ({ arm, seed })),
  );
}

/** The rows of all runs, arm by arm and seed by seed; rows of other runs are left out. */
export function rowsInOrder({ arms }: Plan, seeds: readonly number[], rows: readonly Row[]): readonly Row[] {
  const known = new Map(rows.map((row) => [keyOf(row.arm, row.seed), row]));
  return arms.flatMap((arm) => seeds.flatMap((seed) => known.get(keyOf(armKey(arm), seed)) ?? []));
}
