/** A codec for maps like those of some samples: what of a map is worth its bits, and how it is coded. */
import { STRIPE } from '../program/kernels/stripes-s8.ts';
import { fitClasses, fitFrequencies } from './contexts.ts';
import { fitLevels, type Levels, levelTable } from './levels.ts';
import { groupSimilar, type LevelledChannel } from './similar.ts';
import { meansOfSquares, squareOfPositions } from './squares.ts';
import { fitSymbols } from './symbols.ts';
import type { FeatureMaps, StripeCodec, StripeGroup } from './types.ts';

export type FitOptions = {
  readonly value: string;
  readonly scale: number;
  readonly zeroPoint: number;
  /** What a squared error of one code costs, by channel: what the rest of the network makes of it. */
  readonly weights: Float64Array;
  /** Weighted squared codes per bit: more of it gives smaller streams. */
  readonly lambda: number;
  /** Levels of a channel at most. */
  readonly levels: number;
};

const SIDES = [1, 2, 4] as const;
/** A channel as it is coded, if at all. */
type CodedChannel = LevelledChannel & { readonly side: StripeGroup['side']; readonly levelsOf: Levels };

/** @returns null where nothing is worth its bits */
export function fitCodec(maps: FeatureMaps, options: FitOptions): StripeCodec | null {
  const { height, width, channels } = maps;
  const { value, scale, zeroPoint } = options;
  const sides = SIDES.filter((side) => side <= Math.min(height, width));
  const bySide = sides.map((side) => ({
    side,
    means: meansOfSquares(maps, side),
    squares: squareOfPositions(maps, side),
  }));
  const coded = Array.from({ length: channels }, (_, channel) =>
    codeChannel(maps, bySide, channel, options),
  ).filter((channel) => channel !== null);
  const fill = meanCodes(maps);
  const groups = bySide
    .flatMap(({ side, means }) =>
      groupSimilar(
        coded.filter((channel) => channel.side === side),
        STRIPE,
      ).map((group) => fitGroup(means, group, side, { ...options, fill })),
    )
    .filter((group) => group !== null)
    .sort((a, b) => b.worth - a.worth)
    .map(({ group }) => group);
  return groups.length === 0 ? null : { height, width, channels, value, scale, zeroPoint, fill, groups };
}

type Squares = {
  readonly side: StripeGroup['side'];
  readonly means: FeatureMaps;
  /** The square of each position. */
  readonly squares: Int32Array;
};

/** The side and the levels of the least cost; null where none costs less than leaving the channel out. */
function codeChannel(
  maps: FeatureMaps,
  bySide: readonly Squares[],
  channel: number,
  { weights, lambda, levels: most }: FitOptions,
): CodedChannel | null {
  const weight = weights[channel]!;
  let best: CodedChannel | null = null;
  let least = weight * squaredDeviation(maps, channel);
  for (const { side, means, squares } of bySide) {
    const histogram = new Float64Array(256);
    for (const codes of means.codes) {
      for (let i = channel; i < codes.length; i += maps.channels) histogram[codes[i]! + 128]!++;
    }
    const levels = fitLevels(histogram, weight * side * side, lambda, most);
    if (levels.centroids.length < 2) continue;
    const table = levelTable(levels.thresholds);
    let error = 0;
    maps.codes.forEach((codes, n) => {
      const mean = means.codes[n]!;
      for (let i = 0; i < squares.length; i++) {
        const level = table[mean[squares[i]! * maps.channels + channel]! + 128]!;
        error += (codes[i * maps.channels + channel]! - levels.centroids[level]!) ** 2;
      }
    });
    const cost = weight * error + lambda * levels.bits;
    if (cost >= least) continue;
    least = cost;
    best = {
      ...{ channel, side, levelsOf: levels, levels: levels.centroids.length, bits: levels.bits },
      sequence: sequenceOf(means, channel, table),
    };
  }
  return best;
}

function squaredDeviation({ codes, channels }: FeatureMaps, channel: number): number {
  let [count, sum, squares] = [0, 0, 0];
  for (const map of codes) {
    for (let i = channel; i < map.length; i += channels) {
      count++;
      sum += map[i]!;
      squares += map[i]! ** 2;
    }
  }
  return squares - sum ** 2 / count;
}

function sequenceOf({ codes, channels }: FeatureMaps, channel: number, table: Uint8Array): Uint8Array {
  const positions = codes[0]!.length / channels;
  const sequence = new Uint8Array(codes.length * positions);
  codes.forEach((map, n) => {
    for (let i = 0; i < positions; i++) {
      sequence[n * positions + i] = table[map[i * channels + channel]! + 128]!;
    }
  });
  return sequence;
}

/** The mean of each channel, as a code. */
function meanCodes({ codes, channels, height, width }: FeatureMaps): Int8Array {
  const sums = new Float64Array(channels);
  for (const map of codes) {
    for (let i = 0; i < map.length; i++) sums[i % channels]! += map[i]!;
  }
  return Int8Array.from(sums, (sum) => Math.round(sum / (codes.length * height * width)));
}

type GroupOptions = Pick<FitOptions, 'weights' | 'lambda'> & { readonly fill: Int8Array };

/**
 * The symbols of a group, and how much error a bit of it takes away; null where all of it is one symbol.
 * @param means of the squares of the group
 */
function fitGroup(
  means: FeatureMaps,
  group: readonly CodedChannel[],
  side: StripeGroup['side'],
  { weights, lambda, fill }: GroupOptions,
): { readonly group: StripeGroup; readonly worth: number } | null {
  const cellsOf = cellSequence(group);
  const cellCount = group.reduce((product, { levels }) => product * levels, 1);
  const counts = new Float64Array(cellCount);
  const sums = Array.from({ length: cellCount }, () => group.map(() => 0));
  const positions = means.height * means.width;
  cellsOf.forEach((cell, i) => {
    const map = means.codes[Math.floor(i / positions)]!;
    counts[cell]!++;
    group.forEach(({ channel }, k) => {
      sums[cell]![k]! += map[(i % positions) * means.channels + channel]!;
    });
  });
  const meansOfCells = sums.map((sum, cell) =>
    counts[cell]! > 0 ? sum.map((s) => s / counts[cell]!) : centreOf(group, cell),
  );
  const own = group.map(({ channel }) => weights[channel]! * side * side);
  const { cells, centroids } = fitSymbols(counts, meansOfCells, own, lambda);
  if (centroids.length < 2) return null;
  const maps = means.codes.map((_, n) =>
    Uint8Array.from({ length: positions }, (_, i) => cells[cellsOf[n * positions + i]!]!),
  );
  const classes = fitClasses({ columns: means.width, maps }, centroids.length);
  const frequencies = fitFrequencies({ columns: means.width, maps }, classes);
  const bits = group.reduce((sum, channel) => sum + channel.bits, 0);
  const gained = meansOfCells.reduce((sum, mean, cell) => {
    const centroid = centroids[cells[cell]!]!;
    const less = mean.map(
      (m, k) => own[k]! * ((m - fill[group[k]!.channel]!) ** 2 - (m - centroid[k]!) ** 2),
    );
    return sum + counts[cell]! * less.reduce((a, b) => a + b);
  }, 0);
  return {
    worth: gained / bits,
    group: {
      channels: group.map(({ channel }) => channel),
      side,
      thresholds: group.map(({ levelsOf }) => levelsOf.thresholds),
      cells,
      centroids: Int8Array.from(centroids.flat(), Math.round),
      classes,
      frequencies,
    },
  };
}

/** The cell at every position of every sample. */
function cellSequence(group: readonly CodedChannel[]): Uint8Array {
  const cells = new Uint8Array(group[0]!.sequence.length);
  let factor = 1;
  for (const { sequence, levels } of group) {
    for (let i = 0; i < cells.length; i++) cells[i]! += factor * sequence[i]!;
    factor *= levels;
  }
  return cells;
}

/** The centroids of the levels of a cell. */
function centreOf(group: readonly CodedChannel[], cell: number): readonly number[] {
  let rest = cell;
  return group.map(({ levelsOf: { centroids } }) => {
    const centre = centroids[rest % centroids.length]!;
    rest = Math.floor(rest / centroids.length);
    return centre;
  });
}
