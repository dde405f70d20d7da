/**
 * Rows first: a Program cut into segments that run row by row, so that between their steps there are never more than a few rows. The cuts are
 * those of the fewest instructions within a budget of bytes, or of the fewest bytes, found by dynamic programming over all of them.
 */
import { type Step, scratchBytes } from './kernels/index.ts';
import { partOf } from './lifetimes.ts';
import { arenaAndLiveBytes, arenaBytesOf, type PlanOptions, tensorBytes } from './plan.ts';
import type { Program } from './program.ts';
import { looped, type Piece, type Rowwise, rowwise, segmentOf, withSegments } from './row-segments.ts';

/** What runs the steps: what they take there. */
type Device = {
  /** A Program as it runs there: with steps packed for its core. */
  readonly pack: (program: Program) => Program;
  /** Instructions of one call of a step of a packed Program; null where nobody knows. */
  readonly instructionsOf: (step: Step) => number | null;
};

/** A piece, and what it takes. */
type Measured = Piece & {
  /** Of the arena while it runs, with all that is live beside it, where no step is packed whose scratch takes more. */
  readonly bytes: number;
  /** Where the steps are packed that are within so many bytes with their scratch. */
  readonly instructionsIn: (most: number) => number;
};

/** Rows of the last tensor of a segment for each round; 0: one row of every tensor at a time. */
const GROUPS = [0, 1, 2, 4, 8, 16] as const;

/** Instructions of one call in the table of a loop, beside the kernel's own. */
const PER_CALL = 15;

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
  const between = bytesBetween(whole);
  const costOf = costsOn(device, program, options);
  const pieceOf = memoised((first: number, end: number, group: number): Measured | null => {
    const segment = end - first === 1 ? null : segmentOf(whole, first, end, group);
    if (segment === null && end - first > 1) return null;
    const part = partOf(
      program,
      whole.touches,
      first,
      end,
      segment === null ? undefined : looped(segment, 0),
    );
    const beside = bytesAcross(whole, between, first, end);
    const costs = part.steps.map((step) => costOf(step, part.tensors));
    if (segment === null) {
      // A step alone lies over its input as its kernel does, packed or not.
      const [plain, packed] = [part, device.pack(part)].map((one) => arenaBytesOf(one, options) + beside) as [
        number,
        number,
      ];
      const cost = costs[0]!;
      const instructionsIn = (most: number): number =>
        (packed <= most ? cost.packed : cost.plain).instructions;
      return { first, end, segment, bytes: Math.min(plain, packed), instructionsIn };
    }
    const placed = arenaAndLiveBytes(part, {
      ...options,
      scratchOf: (step) => costOf(step, part.tensors).plain.scratch,
    });
    const instructionsIn = (most: number): number => {
      const taken = costs.map(({ packed, plain }, step) => {
        const live = placed.live[step]! - plain.scratch + beside;
        return (live + packed.scratch <= most ? packed : plain).instructions;
      });
      return segment.calls.reduce((sum, { step }) => sum + taken[step]! + PER_CALL, 0);
    };
    return { first, end, segment, bytes: placed.bytes + beside, instructionsIn };
  });
  const leastOf: LeastOf = (first, end) => Math.max(between[first]!, between[end]!);
  const cut = (most: number): Streamed | null => {
    const pieces = cheapest(whole, pieceOf, leastOf, most);
    return pieces === null ? null : { program: withSegments(program, pieces), bytes: most };
  };
  return (budget) => (budget > 0 ? cut(budget) : null) ?? cut(lowestPeak(whole, pieceOf, leastOf))!;
}

type Cost = { readonly scratch: number; readonly instructions: number };

/** Of one call of a step. */
type StepCosts = { readonly packed: Cost; readonly plain: Cost };

/** What a step takes as it is, and once it is packed; steps with the same parameters and constants alike. */
function costsOn(
  device: Device,
  program: Program,
  { library, core }: PlanOptions,
): (step: Step, tensors: Program['tensors']) => StepCosts {
  const known = new Map<string, StepCosts>();
  const costOf = (step: Step): Cost => ({
    scratch: scratchBytes(step, library, core),
    instructions: device.instructionsOf(step) ?? 0,
  });
  return (step, tensors) => {
    const own = step.constants.some((id) => id >= program.tensors.length);
    const key = JSON.stringify([step.kernel, step.params, step.constants]);
    const found = own ? undefined : known.get(key);
    if (found !== undefined) return found;
    const packed = device.pack({ ...program, tensors, inputs: [], outputs: [], steps: [step] }).steps[0]!;
    const costs = { packed: costOf(packed), plain: costOf(step) };
    if (!own) known.set(key, costs);
    return costs;
  };
}

type PieceOf = (first: number, end: number, group: number) => Measured | null;

/** Bytes that steps take at least, however they are cut: what is there before them, or behind them. */
type LeastOf = (first: number, end: number) => number;

function memoised(make: PieceOf): PieceOf {
  const made = new Map<string, Measured | null>();
  return (first, end, group) => {
    const key = `${first} ${end} ${group}`;
    const known = made.get(key);
    if (known !== undefined) return known;
    const piece = make(first, end, group);
    made.set(key, piece);
    return piece;
  };
}

/** The first step of the longest segments that end behind each step: all between go by rows. */
function reachOf({ forms }: Rowwise): readonly number[] {
  let start = 0;
  return forms.map((form, step) => {
    if (form === null) start = step + 1;
    return Math.min(start, step);
  });
}

/** The least that the most live bytes of any cuts can be. */
function lowestPeak(whole: Rowwise, pieceOf: PieceOf, leastOf: LeastOf): number {
  const reach = reachOf(whole);
  const best = [0];
  for (let end = 1; end <= reach.length; end++) {
    let least = Number.POSITIVE_INFINITY;
    for (let first = end - 1; first >= reach[end - 1]!; first--) {
      if (best[first]! >= least || leastOf(first, end) >= least) continue;
      const piece = pieceOf(first, end, 0);
      if (piece !== null) least = Math.min(least, Math.max(best[first]!, piece.bytes));
    }
    best.push(least);
  }
  return best.at(-1)!;
}

/** The cuts and groups with the fewest instructions that stay within so many bytes; null where none do. */
function cheapest(
  whole: Rowwise,
  pieceOf: PieceOf,
  leastOf: LeastOf,
  most: number,
): readonly Measured[] | null {
  const reach = reachOf(whole);
  /** Of all steps before one, each as it is: no cuts are cheaper. */
  const alone = [0];
  for (let step = 0; step < reach.length; step++) {
    alone.push(alone.at(-1)! + pieceOf(step, step + 1, 0)!.instructionsIn(Number.POSITIVE_INFINITY));
  }
  type Best = { readonly instructions: number; readonly last: Measured | null };
  const best: Best[] = [{ instructions: 0, last: null }];
  for (let end = 1; end <= reach.length; end++) {
    let found: Best = { instructions: Number.POSITIVE_INFINITY, last: null };
    for (let first = end - 1; first >= reach[end - 1]!; first--) {
      const before = best[first]!.instructions;
      if (before + alone[end]! - alone[first]! >= found.instructions || leastOf(first, end) > most) continue;
      for (const group of first === end - 1 ? [0] : GROUPS) {
        const piece = pieceOf(first, end, group);
        if (piece === null || piece.bytes > most) {
          // One row at a time takes the least, but for odd sizes.
          if (group === 0) break;
          continue;
        }
        const instructions = before + piece.instructionsIn(most);
        if (instructions < found.instructions) found = { instructions, last: piece };
      }
    }
    best.push(found);
  }
  if (best.at(-1)!.instructions === Number.POSITIVE_INFINITY) return null;
  const pieces: Measured[] = [];
  for (let { last } = best.at(-1)!; last !== null; last = best[last.first]!.last) pieces.push(last);
  return pieces.reverse();
}

/** Bytes of the tensors of the arena that are there between two steps: before the first, between each two and behind the last. */
function bytesBetween({ program, touches }: Rowwise): readonly number[] {
  const change = new Array<number>(program.steps.length + 2).fill(0);
  for (const [id, all] of touches) {
    if (program.tensors[id]!.storage.kind !== 'arena') continue;
    change[all[0]! + 1]! += tensorBytes(program, id);
    change[all.at(-1)! + 1]! -= tensorBytes(program, id);
  }
  let live = 0;
  return change.slice(0, -1).map((bytes) => {
    live += bytes;
    return live;
  });
}

/** Bytes of what is there before some steps and behind them, and which none of them touches. */
function bytesAcross(
  { program, touches }: Rowwise,
  between: readonly number[],
  first: number,
  end: number,
): number {
  const own = new Set(
    program.steps.slice(first, end).flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
  );
  return [...own].reduce((bytes, id) => {
    const isBefore = program.tensors[id]!.storage.kind === 'arena' && touches.get(id)![0]! < first;
    return isBefore ? bytes - tensorBytes(program, id) : bytes;
  }, between[first]!);
}
