/** When training has diverged though its numbers are finite: where a model does worse than one that guesses. */

/** Mean loss of a model that gives every class the same probability, in nats. */
export function lossOfGuessing(classes: number): number {
  return Math.log(classes);
}

/** Divergence is a mean loss above so many times that of guessing. */
export const DIVERGED = 2;

/** Of one step so many times that loss counts at most: a single sample says little. */
export const LARGEST_COUNTED = 8;

/** Weight of the newest step in the mean of the last: a power of two, so that C compilers may fuse the multiplication. */
export const NEWEST = 1 / 32;

/**
 * The exponential mean of the last losses, in float32 as the device computes it.
 * @param guessing what a model loses that knows nothing of the sample
 */
export function afterLoss(mean: number, loss: number, guessing: number): number {
  const most = Math.fround(LARGEST_COUNTED * guessing);
  const counted = Math.min(loss, most);
  return Math.fround(mean + Math.fround(counted - mean) * NEWEST);
}

export function hasDiverged(mean: number, guessing: number): boolean {
  return mean > Math.fround(DIVERGED * guessing);
}
