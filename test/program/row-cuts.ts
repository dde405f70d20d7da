/** Networks of which some steps run row by row, cut anywhere. */
import { TinymlError } from '../../src/diagnostics/errors.ts';
import type { Program } from '../../src/program/program.ts';
import { type Piece, segmentOf, withSegments } from '../../src/program/row-segments.ts';
import { type Rowwise, rowwise } from '../../src/program/rowwise.ts';
import { holdsStreamedInput, withStreamedInput } from '../../src/program/streamed-input.ts';
import { integer, pick, type Random } from '../native/random.ts';
import { randomRowNetwork } from './row-networks.ts';

export type Cut = {
  readonly first: number;
  readonly end: number;
  readonly segment: NonNullable<Piece['segment']>;
};

/** Rows of the last tensor of a segment for each round; 0: one row of every tensor. */
export const GROUPS = [0, 1, 2, 4] as const;

/** All segments of a network. */
export function cutsOf(whole: Rowwise, group: number): readonly Cut[] {
  const { steps } = whole.program;
  return steps.flatMap((_, first) =>
    steps.slice(first + 1).flatMap((_, length) => {
      const end = first + 2 + length;
      const segment = segmentOf(whole, first, end, group);
      return segment === null ? [] : [{ first, end, segment }];
    }),
  );
}

/** The one of the most steps. */
export function longestOf(cuts: readonly Cut[]): Cut {
  return cuts.reduce((most, cut) => (cut.end - cut.first > most.end - most.first ? cut : most));
}

/** The Program with some of its steps as a loop. */
export function withSegment(program: Program, { first, end, segment }: Cut): Program {
  return withSegments(program, [
    { first: 0, end: first, segment: null },
    { first, end, segment },
    { first: end, end: program.steps.length, segment: null },
  ]);
}

/** A random network whose longest segment runs row by row. */
export function randomSegmentedNetwork(random: Random): Program {
  for (;;) {
    const program = randomRowNetwork(random, integer(random, 2, 9));
    const cuts = cutsOf(rowwise(program), pick(random, GROUPS));
    if (cuts.length > 0) return withSegment(program, longestOf(cuts));
  }
}

/** A random network of one input, and the same with that input in rows of the caller: a segment of its first layers runs row by row. */
export function randomStreamedNetwork(random: Random): {
  readonly whole: Program;
  readonly streamed: Program;
} {
  for (;;) {
    const whole = randomRowNetwork(random, integer(random, 2, 9));
    const cut = streamedCut(whole, random);
    if (cut !== null) return { whole, streamed: cut };
  }
}

/** Null where a layer needs the input whole, or none of its segments has all that read it. */
function streamedCut(whole: Program, random: Random): Program | null {
  if (whole.inputs.length > 1) return null;
  try {
    const rows = rowwise(withStreamedInput(whole));
    const group = pick(random, GROUPS);
    const cuts = rows.program.steps.flatMap((_, last): Cut[] => {
      const segment = last === 0 ? null : segmentOf(rows, 0, last + 1, group);
      const cut = segment && { first: 0, end: last + 1, segment };
      return cut === null || holdsStreamedInput(rows, cut) ? [] : [cut];
    });
    return cuts.length === 0 ? null : withSegment(rows.program, pick(random, cuts));
  } catch (error) {
    if (error instanceof TinymlError && error.code === 'E_USAGE') return null;
    throw error;
  }
}
