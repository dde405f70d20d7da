/** What is good and what is bad, in the colours of a terminal and of pages. What a colour says stands in words or numbers beside it. */
import type { Paint } from '../diagnostics/color.ts';
import type { Cell } from './table.ts';

export type Tone = 'good' | 'fair' | 'bad';

const STYLES = { good: 'green', fair: 'yellow', bad: 'red' } as const;

export function toned(paint: Paint, tone: Tone, text: string): Cell {
  return { painted: paint(STYLES[tone], text) };
}

/** The rows with a column painted by what is thought of each row; null leaves a cell as it is. */
export function toneColumn(
  rows: readonly (readonly string[])[],
  column: number,
  toneOf: (row: number) => Tone | null,
  paint: Paint,
): readonly (readonly Cell[])[] {
  return rows.map((row, r) =>
    row.map((cell, c) => {
      const tone = c === column ? toneOf(r) : null;
      return tone === null ? cell : toned(paint, tone, cell);
    }),
  );
}

/** In dB: trained models have no layer below the first (docs/quantisation.md); below the second accuracy is at stake. */
export const SQNR = { good: 18, poor: 10 } as const;

/** @param db null where there is no error */
export function sqnrTone(db: number | null): Tone {
  if (db === null || db >= SQNR.good) return 'good';
  return db >= SQNR.poor ? 'fair' : 'bad';
}

/** Accuracy that quantising may cost: as rounding does, and as it is warned of (`W_DROP`). */
const DROP = { good: 0.005, bad: 0.02 } as const;

/** @param drop accuracy that was lost, a share */
export function dropTone(drop: number): Tone {
  if (drop <= DROP.good) return 'good';
  return drop <= DROP.bad ? 'fair' : 'bad';
}

/** Memory that is needed, of what there is: above nine tenths nothing is left for anything else. */
export function shareTone(share: number): Tone {
  if (share > 1) return 'bad';
  return share > 0.9 ? 'fair' : 'good';
}
