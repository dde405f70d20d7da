/** A model with 16-bit codes or 4-bit weights in some layers beside the same with 8 bits everywhere: what they cost, and what they bought. */

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

/** A layer with weights of 4 bits, beside the same with 8. */
export type WeightBits = {
  readonly layer: string;
  /** Inputs that share a factor; null: each output channel has one scale. */
  readonly group: number | null;
  /** Bytes of the constants of its step, with 4 bits and with 8. */
  readonly bytes: number;
  readonly narrowBytes: number;
  /** Error of what it makes, that of the layers before included; null without one. */
  readonly sqnrDb: number | null;
  readonly narrowSqnrDb: number | null;
};

export type BitsBeside = {
  /** Layers whose codes have 16 bits because that was asked for. */
  readonly layers: readonly string[];
  /** Layers whose weights have 4 bits because that was asked for. */
  readonly weights: readonly WeightBits[];
  readonly narrow: BitsMeasure;
  readonly wide: BitsMeasure;
};

export const BITS_COLUMNS = [
  { title: '' },
  { title: '8 bits', align: 'right' },
  { title: 'as asked', align: 'right' },
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

export function bitsText({ layers, weights }: BitsBeside): string {
  const wide = `${layers.length === 1 ? 'one layer has' : `${layers.length} layers have`} 16-bit codes: ${firstOf(layers)}`;
  const count = weights.length === 1 ? 'one layer has' : `${weights.length} layers have`;
  return [
    ...(layers.length === 0 ? [] : [wide]),
    ...(weights.length === 0 ? [] : [`${count} 4-bit weights`]),
  ].join('\n');
}

export const WEIGHT_BITS_COLUMNS = [
  { title: '4-bit weights' },
  { title: 'group', align: 'right' },
  { title: 'tables B', align: 'right' },
  { title: 'of', align: 'right' },
  { title: 'SQNR dB', align: 'right' },
  { title: 'of', align: 'right' },
] as const;

/** What each layer has with 4 bits, of what it has with 8. */
export function weightBitsRows(weights: readonly WeightBits[]): readonly (readonly string[])[] {
  const decibels = (sqnrDb: number | null): string => (sqnrDb === null ? 'exact' : sqnrDb.toFixed(1));
  return weights.map(({ layer, group, bytes, narrowBytes, sqnrDb, narrowSqnrDb }) => [
    layer,
    group === null ? 'channel' : String(group),
    formatCount(bytes),
    formatCount(narrowBytes),
    decibels(sqnrDb),
    decibels(narrowSqnrDb),
  ]);
}
