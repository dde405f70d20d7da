/** Which channels are coded together: those whose levels say most of one another. */
import { MOST_CELLS } from './types.ts';

/** A channel with the level that it has at every position of every sample. */
export type LevelledChannel = {
  readonly channel: number;
  readonly levels: number;
  readonly sequence: Uint8Array;
  /** Of all its levels, each for itself. */
  readonly bits: number;
};

/**
 * Groups of at most `most` channels and MOST_CELLS cells, greedily: the channel of the most bits first, then the one with
 * the most mutual information with those that are in, as long as one fits.
 */
export function groupSimilar<Channel extends LevelledChannel>(
  channels: readonly Channel[],
  most: number,
): readonly (readonly Channel[])[] {
  const shared = channels.map((a, i) => channels.map((b, k) => (k < i ? mutualInformation(a, b) : 0)));
  const between = (a: number, b: number): number => (b < a ? shared[a]![b]! : shared[b]![a]!);
  const groups: Channel[][] = [];
  let left = [...channels.keys()];
  while (left.length > 0) {
    const group: number[] = [];
    const size = (): number => group.reduce((product, i) => product * channels[i]!.levels, 1);
    const gain = (i: number): number =>
      group.length === 0 ? channels[i]!.bits : group.reduce((sum, k) => sum + between(i, k), 0);
    for (;;) {
      const fitting = left.filter((i) => size() * channels[i]!.levels <= MOST_CELLS);
      if (fitting.length === 0 || group.length === most) break;
      const best = fitting.reduce((a, b) => (gain(b) > gain(a) ? b : a));
      group.push(best);
      left = left.filter((i) => i !== best);
    }
    groups.push(group.map((i) => channels[i]!));
  }
  return groups;
}

/** Bits that one says of the other, of all positions together. */
function mutualInformation(a: LevelledChannel, b: LevelledChannel): number {
  const joint = new Float64Array(a.levels * b.levels);
  for (let i = 0; i < a.sequence.length; i++) joint[a.sequence[i]! * b.levels + b.sequence[i]!]!++;
  const ofA = new Float64Array(a.levels);
  const ofB = new Float64Array(b.levels);
  joint.forEach((count, i) => {
    ofA[Math.floor(i / b.levels)]! += count;
    ofB[i % b.levels]! += count;
  });
  return joint.reduce(
    (sum, count, i) =>
      count === 0
        ? sum
        : sum +
          count *
            Math.log2((count * a.sequence.length) / (ofA[Math.floor(i / b.levels)]! * ofB[i % b.levels]!)),
    0,
  );
}
