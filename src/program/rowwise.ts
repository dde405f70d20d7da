/** What cutting a Program into segments of rows takes to know of its steps; asked once, whatever the cuts. */
import type { Step } from './kernels/index.ts';
import { type Touches, touchesOf } from './lifetimes.ts';
import type { Program } from './program.ts';
import { type FoldForm, foldFormOf } from './row-folds.ts';
import { type RowForm, type Rows, rowFormOf } from './row-forms.ts';
import type { ProgramArray } from './types.ts';

export type Rowwise = {
  readonly program: Program;
  /** Of each step; null where it neither goes by rows nor makes sums of them. */
  readonly forms: readonly (RowForm | FoldForm | null)[];
  readonly touches: Touches;
  /** Which rows of an input a step reads for each row. */
  readonly readsOf: (step: number, input: number) => Reads;
  /** A step on some of its rows; the same value wherever rows are alike. */
  readonly variantOf: (step: number, rows: Rows) => Variant;
};

/** For each row of an output the first row of the input that it reads, and the one behind the last. Neither ever falls. */
export type Reads = { readonly first: Int32Array; readonly end: Int32Array };

export type Variant = {
  /** On whole tensors. */
  readonly step: Step;
  /** Data of constants that are others, by their place in the step. */
  readonly constants: ReadonlyMap<number, ProgramArray>;
};

export function rowwise(program: Program): Rowwise {
  const forms = program.steps.map((step) => rowFormOf(step, program.tensors) ?? foldFormOf(step));
  const reads = new Map<string, Reads>();
  const variants = forms.map(() => ({
    byRows: new Map<number, Variant>(),
    byKey: new Map<string, Variant>(),
  }));
  return {
    program,
    forms,
    touches: touchesOf(program),
    readsOf: (step, input) => {
      const key = `${step} ${input}`;
      const own = reads.get(key) ?? readsOf(forms[step]!, input);
      reads.set(key, own);
      return own;
    },
    variantOf: (step, rows) => {
      const { byRows, byKey } = variants[step]!;
      const form = forms[step]!;
      const place = rows.first * (form.rows + 1) + rows.count;
      const known = byRows.get(place);
      if (known !== undefined) return known;
      const own = { step: form.onRows(rows), constants: form.constants(rows) };
      const key = JSON.stringify([own.step.params, [...own.constants].map(([k, data]) => [k, ...data])]);
      const variant = byKey.get(key) ?? own;
      byKey.set(key, variant);
      byRows.set(place, variant);
      return variant;
    },
  };
}

function readsOf(form: RowForm, input: number): Reads {
  const all = Array.from({ length: form.rows }, (_, first) => form.reads(input, { first, count: 1 }));
  return {
    first: Int32Array.from(all, ({ first }) => first),
    end: Int32Array.from(all, ({ first, count }) => first + count),
  };
}
