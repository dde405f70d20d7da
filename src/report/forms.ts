/** What a model takes in each form: rows for text and pages, facts for programs. */
import { formatCount } from '../diagnostics/units.ts';
import { FORM_NAMES, type Form } from '../program/implementation.ts';
import { macsOfSteps } from '../program/loops.ts';
import type { Planned } from '../targets/target.ts';
import type { Column } from './table.ts';

type FormFacts = {
  readonly form: Form;
  readonly arenaBytes: number;
  /** Largest of any layer, part of the arena. */
  readonly scratchBytes: number;
  /** At least. */
  readonly stackBytes: number;
  /** Products more than with whole tensors. */
  readonly extraMacs: number;
  /** Predicted, and more than with whole tensors, as a share; null where they are not known. */
  readonly instructions: number | null;
  readonly extraInstructions: number | null;
  /** Of the peak; null where it lies before all layers. */
  readonly peakLayer: string | null;
};

/** @param inForm what a model takes in a form @param forms the first is what the others are held against */
export function formFacts(
  forms: readonly Form[],
  inForm: (form: Form) => Planned | null,
): readonly FormFacts[] {
  const all = forms.flatMap((form) => {
    const planned = inForm(form);
    return planned === null ? [] : [{ form, planned }];
  });
  const macsIn = ({ program }: Planned): number => macsOfSteps(program).reduce((sum, macs) => sum + macs, 0);
  const first = all[0]!.planned;
  return all.map(({ form, planned }): FormFacts => {
    const { program, plan, machine, estimate } = planned;
    const isKnown = estimate !== null && first.estimate !== null;
    return {
      form,
      arenaBytes: plan.arenaBytes,
      scratchBytes: plan.scratchBytes,
      stackBytes: machine.leastStackBytes,
      extraMacs: macsIn(planned) - macsIn(first),
      instructions: estimate?.instructions ?? null,
      extraInstructions: isKnown ? estimate.instructions / first.estimate.instructions - 1 : null,
      peakLayer: program.steps[plan.peakStep]?.name ?? null,
    };
  });
}

export const FORM_COLUMNS: readonly Column[] = [
  { title: 'form' },
  { title: 'arena B', align: 'right' },
  { title: 'scratch B', align: 'right' },
  { title: 'least stack B', align: 'right' },
  { title: 'extra MACs', align: 'right' },
  { title: 'extra instructions', align: 'right' },
  { title: 'peak layer' },
];

export function formRows(facts: readonly FormFacts[]): readonly (readonly string[])[] {
  return facts.map((one) => [
    FORM_NAMES[one.form],
    formatCount(one.arenaBytes),
    formatCount(one.scratchBytes),
    formatCount(one.stackBytes),
    formatCount(one.extraMacs),
    one.extraInstructions === null ? '-' : `${(100 * one.extraInstructions).toFixed(2)} %`,
    one.peakLayer ?? '-',
  ]);
}
