/**
 * Rows first: a Program cut into segments that run row by row, so that between their steps there are never more than a few rows. The cuts are
 * those of the fewest instructions within a budget of bytes, or of the fewest bytes, found by dynamic programming over all of them.
 */
import { once } from './once.ts';
import type { PlanOptions } from './plan.ts';
import type { Program } from './program.ts';
import { type Costs, costsOf, type Device, type Measured } from './row-costs.ts';
import { withSegments } from './row-segments.ts';
import { type Rowwise, rowwise } from './rowwise.ts';

/** The most steps of a segment: more are not tried. */
const MOST_STEPS = 128;

/** In Programs of more steps than these, so many segments with the same end are measured at most: those that may come to the least. */
const MANY_STEPS = 100;
const MOST_MEASURED = 64;

/** A Program, and the bytes within which its steps are, packed where they are with their scratch. */
type Streamed = { readonly program: Program; readonly bytes: number };

/**
 * Gives the Program whose images go through it by rows where that is needed to stay within a budget of bytes, in as few instructions as there
 * are; where nothing does, in the fewest bytes. Law: the same bytes out, and every row is computed once.
 */
export function rowStreams(
  program: Program,
  options: PlanOptions,
  device: Device,
): (budget: number) => Streamed {
  const whole = rowwise(program);
  const costs = costsOf(whole, options, device);
  const starts = startsOf(whole);
  const lowest = once(() => lowestPeak(whole, costs, starts));
  const cut = (most: number): Streamed | null => {
    // Where not all segments are measured, those of the lowest peak are, within which some cuts so always are.
    const sure = starts.length > MANY_STEPS ? lowest().pieces : [];
    const pieces = cheapest(costs, starts, most, sure);
    return pieces === null ? null : { program: withSegments(program, pieces), bytes: most };
  };
  const least = once(() => cut(lowest().bytes)!);
  return (budget) => (budget > 0 ? cut(budget) : null) ?? least();
}

/** The first step of the longest segments that end behind each step: all between go by rows. */
function startsOf({ forms }: Rowwise): readonly number[] {
  let start = 0;
  return forms.map((form, step) => {
    if (form === null) start = step + 1;
    return Math.max(Math.min(start, step), step + 1 - MOST_STEPS);
  });
}

/** A segment that may be what a search is for, and what it comes to with the steps before it, at least. */
type Candidate = { readonly first: number; readonly group: number; readonly least: number };

type Found = { readonly value: number; readonly piece: Measured | null };

/** The candidate that comes to less than `start` and to the least; those that cannot are never measured. @param steps of the Program */
function bestOf(
  candidates: readonly Candidate[],
  start: Found,
  steps: number,
  exactly: (candidate: Candidate) => Found | null,
): Found {
  let best = start;
  const promising = candidates.toSorted((a, b) => a.least - b.least);
  for (const candidate of steps > MANY_STEPS ? promising.slice(0, MOST_MEASURED) : promising) {
    if (candidate.least >= best.value) break;
    const found = exactly(candidate);
    if (found !== null && found.value < best.value) best = found;
  }
  return best;
}

/** The least that the most live bytes of any cuts can be, and the segment that reaches it behind each step; null for the step alone. */
function lowestPeak(
  { forms }: Rowwise,
  { between, alone, outline, segment }: Costs,
  starts: readonly number[],
): { readonly bytes: number; readonly pieces: readonly (Measured | null)[] } {
  // Whatever the cuts, there are these: to come below them anywhere is of no use.
  const floor = forms.reduce(
    (most, form, step) => (form === null ? Math.max(most, alone(step).bytes) : most),
    Math.max(between[0]!, between.at(-1)!),
  );
  const best = [floor];
  const pieces: (Measured | null)[] = [];
  starts.forEach((start, step) => {
    const end = step + 1;
    const most = Math.max(best[step]!, alone(step).bytes);
    const candidates: Candidate[] = [];
    for (let first = step - 1; most > floor && first >= start; first--) {
      if (best[first]! >= most || between[first]! >= most) continue;
      const own = outline(first, end, 0);
      if (own === null) continue;
      if (own.heldBytes >= most) break;
      candidates.push({ first, group: 0, least: Math.max(best[first]!, own.bytes) });
    }
    const { value, piece } = bestOf(candidates, { value: most, piece: null }, starts.length, ({ first }) => {
      const piece = segment(first, end, 0);
      return piece && { value: Math.max(best[first]!, piece.bytes), piece };
    });
    best.push(value);
    pieces.push(piece);
  });
  return { bytes: best.at(-1)!, pieces };
}

/**
 * The cuts and groups with the fewest instructions that stay within so many bytes; null where none do.
 * @param sure segments that are measured in any case, by their last step
 */
function cheapest(
  { between, alone, outline, groups, fewest, segment }: Costs,
  starts: readonly number[],
  most: number,
  sure: readonly (Measured | null)[],
): readonly Measured[] | null {
  /** Of all steps before one, each as it is: no cuts are cheaper. */
  const asTheyAre = [0];
  for (let step = 0; step < starts.length; step++) {
    asTheyAre.push(asTheyAre[step]! + alone(step).instructionsIn(Number.POSITIVE_INFINITY));
  }
  const best: Found[] = [{ value: 0, piece: null }];
  starts.forEach((start, step) => {
    const end = step + 1;
    const single = alone(step);
    const isWithin = single.bytes <= most;
    const value = isWithin ? best[step]!.value + single.instructionsIn(most) : Number.POSITIVE_INFINITY;
    const withPiece = (piece: Measured | null): Found | null => {
      if (piece === null || piece.bytes > most) return null;
      return { value: best[piece.first]!.value + piece.instructionsIn(most), piece };
    };
    const known = withPiece(sure[step] ?? null);
    const first = known !== null && known.value < value ? known : { value, piece: single };
    const candidates = between[end]! > most ? [] : candidatesBehind(end, start, first.value);
    best.push(
      bestOf(candidates, first, starts.length, ({ first, group }) => withPiece(segment(first, end, group))),
    );
  });
  function candidatesBehind(end: number, start: number, below: number): readonly Candidate[] {
    const candidates: Candidate[] = [];
    for (let first = end - 2; first >= start; first--) {
      const before = best[first]!.value;
      if (between[first]! > most || before + asTheyAre[end]! - asTheyAre[first]! >= below) continue;
      for (const group of groups(first, end)) {
        const own = outline(first, end, group);
        if (group === 0 && own !== null && own.heldBytes > most) return candidates;
        // One row at a time takes the least, but for odd sizes.
        if (group === 0 && (own === null || own.bytes > most)) break;
        if (own !== null && own.bytes <= most)
          candidates.push({ first, group, least: before + fewest(first, end, group) });
      }
    }
    return candidates;
  }
  if (best.at(-1)!.value === Number.POSITIVE_INFINITY) return null;
  const pieces: Measured[] = [];
  for (let { piece } = best.at(-1)!; piece !== null; piece = best[piece.first]!.piece) pieces.push(piece);
  return pieces.reverse();
}
