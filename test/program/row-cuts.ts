/** Networks of which some steps run row by row, cut anywhere. */
import type { Program } from '../../src/program/program.ts';
import { type Piece, segmentOf, withSegments } from '../../src/program/row-segments.ts';
import { type Rowwise, rowwise } from '../../src/program/rowwise.ts';
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
