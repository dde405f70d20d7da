/** A model with some layers in 16 bits beside the same with 8 bits everywhere: what they cost, and what they bought. */

import { firstOf } from '../diagnostics/lists.ts';
import { formatCount, formatPercent } from '../diagnostics/units.ts';

/** One of both models. */
export type BitsMeasure = {
  /** Of the output that has the least, against the float model; null without an error. */
  readonly sqnrDb: number | null;
  /** In [0, 1]; null where it was not measured. */
  readonly accuracy: number | null;
  readonly arenaBytes: number;
  readonly tablesBytes: number;
  /** Predicted for the target; null where that is not known, or none was named. */
  readonly instructions: number | null;
};

export type BitsBeside = {
  /** Layers whose codes have 16 bits because that was asked for. */
  readonly layers: readonly string[];
  readonly narrow: BitsMeasure;
  readonly wide: BitsMeasure;
};

export const BITS_COLUMNS = [
  { title: '' },
  { title: '8 bits', align: 'right' },
  { title: '16 bits', align: 'right' },
] as const;

export function bitsRows({ narrow, wide }: BitsBeside): readonly (readonly string[])[] {
  const row = (title: string, text: (of: BitsMeasure) => string): readonly string[] => [
    title,
    text(narrow),
    text(wide),
  ];
  return [
    row('SQNR at the outputs', ({ sqnrDb }) => (sqnrDb === null ? 'exact' : `${sqnrDb.toFixed(1)} dB`)),
    ...(wide.accuracy === null
      ? []
      : [row('accuracy', ({ accuracy }) => (accuracy === null ? '' : formatPercent(accuracy)))]),
    row('arena', ({ arenaBytes }) => `${formatCount(arenaBytes)} B`),
    row('tables', ({ tablesBytes }) => `${formatCount(tablesBytes)} B`),
    ...(narrow.instructions === null && wide.instructions === null
      ? []
      : [
          row('instructions', ({ instructions }) =>
            instructions === null ? 'not known' : formatCount(instructions),
          ),
        ]),
  ];
}

export function bitsText({ layers }: BitsBeside): string {
  return `${layers.length === 1 ? 'one layer has' : `${layers.length} layers have`} 16-bit codes: ${firstOf(layers)}`;
}
