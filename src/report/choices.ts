/** What a model takes by what it is optimised for: rows for text, facts for programs. */
import { formatCount } from '../diagnostics/units.ts';
import type { Optimise } from '../program/implementation.ts';
import { tableBytes } from '../program/tables.ts';
import type { Planned } from '../targets/target.ts';
import type { Column } from './table.ts';

type Choice = {
  readonly optimise: Optimise;
  readonly arenaBytes: number;
  /** Of the network alone. */
  readonly tablesBytes: number;
  /** Predicted; null where they are not known. */
  readonly instructions: number | null;
};

export function choiceOf(optimise: Optimise, { program, plan, estimate }: Planned): Choice {
  return {
    optimise,
    arenaBytes: plan.arenaBytes,
    tablesBytes: tableBytes(program),
    instructions: estimate?.instructions ?? null,
  };
}

export const CHOICE_COLUMNS: readonly Column[] = [
  { title: '--optimise' },
  { title: 'arena B', align: 'right' },
  { title: 'tables B', align: 'right' },
  { title: 'instructions', align: 'right' },
  { title: '' },
];

/** None where all choices come to the same. */
export function choiceRows(
  choices: readonly Choice[],
  chosen: Optimise | undefined,
): readonly (readonly string[])[] {
  const rows = choices.map(({ optimise, arenaBytes, tablesBytes, instructions }) => [
    optimise,
    formatCount(arenaBytes),
    formatCount(tablesBytes),
    instructions === null ? '-' : formatCount(instructions),
    optimise === chosen ? 'chosen' : '',
  ]);
  const alike = rows.every((row) => row.slice(1, 4).join() === rows[0]!.slice(1, 4).join());
  return alike ? [] : rows;
}
