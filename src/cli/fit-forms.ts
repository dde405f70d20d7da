/** The forms that a model can have on a device (`--optimise`): what each takes, and how many parts take it. */
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import type { Optimise } from '../program/implementation.ts';
import { type Need, tablesOf } from '../report/need.ts';
import { textTable } from '../report/table.ts';

/** One form on all parts. */
export type Form<Row extends FormRow = FormRow> = {
  readonly optimise: Optimise;
  readonly rows: readonly Row[];
};

type FormRow = { readonly need: Need; readonly misses: readonly unknown[] };

export function formJson({ optimise, rows }: Form): object {
  return {
    optimise,
    targets: rows.map(({ need, misses }) => ({
      target: need.planned.machine.id,
      arenaBytes: need.planned.plan.arenaBytes,
      tableBytes: tablesOf(need),
      instructions: need.planned.estimate?.instructions ?? null,
      ms: need.planned.estimate?.ms ?? null,
      fits: misses.length === 0,
    })),
  };
}

/** From the least to the most over all parts: cores differ. */
export function formsText(forms: readonly Form[]): string {
  return textTable(
    [
      { title: 'form (--optimise)' },
      { title: 'arena', align: 'right' },
      { title: 'tables', align: 'right' },
      { title: 'instructions', align: 'right' },
      { title: 'fits', align: 'right' },
    ],
    forms.map(({ optimise, rows }) => [
      optimise,
      span(
        rows.map(({ need }) => need.planned.plan.arenaBytes),
        formatBytes,
      ),
      span(
        rows.map(({ need }) => tablesOf(need)),
        formatBytes,
      ),
      span(
        rows.flatMap(({ need }) => need.planned.estimate?.instructions ?? []),
        formatCount,
      ),
      String(rows.filter(({ misses }) => misses.length === 0).length),
    ]),
  );
}

function span(values: readonly number[], format: (value: number) => string): string {
  if (values.length === 0) return '-';
  const [least, most] = [Math.min(...values), Math.max(...values)].map(format);
  return least === most ? least! : `${least} .. ${most}`;
}
