import { writeCodec } from './file.ts';
import { type FitOptions, fitCodec } from './fit.ts';
import { createMessages } from './message.ts';
import { createEncoder } from './run.ts';
import type { FeatureMaps, StripeCodec } from './types.ts';

/** A budget is met within this share of it. */
const CLOSE = 0.02;
const MOST_FITS = 9;
/** From one fit to the next, as long as there is none on the other side of the budget. */
const STEP = 4;
/** Levels of a channel that all four of a stripe may have within MOST_CELLS, and one more. */
const FEW_LEVELS = 5;
/** Where there are more bits a value than these, channels have more levels, and stripes fewer channels. */
const MANY_LEVELS = 8;
const FEW_BITS = 0.8;

type FittedCodec = {
  readonly codec: StripeCodec;
  /** Mean of the messages of one map each, all of each counted, and of its share of the file. */
  readonly meanBytes: number;
  /** What it was fitted with. */
  readonly lambda: number;
};

type BudgetOptions = {
  /** Where the search for lambda begins; left out: where the maps say. */
  readonly start?: number | undefined;
  /** Maps whose messages are measured; left out: those that the codec is fitted to, which it codes in fewer bytes than others. */
  readonly others?: Pick<FeatureMaps, 'codes'>;
  /** Maps that share the bytes of the file; left out: it is not counted. */
  readonly sharing?: number;
};

/**
 * The codec of the best maps whose messages are within a budget on the mean.
 * @returns null where the budget is too small for anything
 */
export function fitToBudget(
  maps: FeatureMaps,
  given: Omit<FitOptions, 'lambda' | 'levels'>,
  budget: number,
  { start, others = maps, sharing }: BudgetOptions = {},
): FittedCodec | null {
  const bits = (8 * budget) / (maps.height * maps.width * maps.channels);
  const options = { ...given, levels: bits > FEW_BITS ? MANY_LEVELS : FEW_LEVELS };
  let [low, high]: [number | null, number | null] = [null, null];
  let lambda = start ?? startingLambda(maps, options.weights);
  let best: FittedCodec | null = null;
  for (let fit = 0; fit < MOST_FITS; fit++) {
    const codec = fitCodec(maps, { ...options, lambda });
    const file = codec === null || sharing === undefined ? 0 : writeCodec(codec).length / sharing;
    const meanBytes = codec === null ? 0 : meanMessage(codec, others) + file;
    const fits = meanBytes <= budget;
    if (codec !== null && fits && (best === null || meanBytes > best.meanBytes))
      best = { codec, meanBytes, lambda };
    if (fits && meanBytes >= budget * (1 - CLOSE)) break;
    if (fits) high = lambda;
    else low = lambda;
    if (low === null) lambda /= STEP;
    else if (high === null) lambda *= STEP;
    else lambda = Math.sqrt(low * high);
  }
  return best;
}

/** Bytes of a message of one map, on the mean. */
export function meanMessage(codec: StripeCodec, maps: Pick<FeatureMaps, 'codes'>): number {
  const encode = createEncoder(codec);
  const { write } = createMessages(codec);
  const bytes = maps.codes.reduce((sum, map) => sum + write([encode(map)]).length, 0);
  return bytes / maps.codes.length;
}

/** A tenth of the weighted variance of a code: bits are then worth their while for most channels. */
function startingLambda({ codes, channels }: FeatureMaps, weights: Float64Array): number {
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  let count = 0;
  for (const map of codes) {
    count += map.length / channels;
    for (let i = 0; i < map.length; i++) {
      sums[i % channels]! += map[i]!;
      squares[i % channels]! += map[i]! ** 2;
    }
  }
  const weighted = squares.reduce(
    (sum, square, c) => sum + weights[c]! * (square / count - (sums[c]! / count) ** 2),
    0,
  );
  return Math.max(1e-6, (0.1 * weighted) / channels);
}
