/** Which layers make the error of what they read larger, beside the error that is their own. */
import type { NoiseRatio } from './own-noise.ts';

/** Errors at a layer, as powers by that of the signal. */
type NoiseAt = {
  readonly value: string;
  readonly reads: readonly string[];
  readonly own: NoiseRatio;
  /** Own error and all that was there before. */
  readonly accumulated: NoiseRatio;
};

/** A layer jumps where its error is more than twice its own and that of its inputs together (3 dB). */
const JUMP = 2;

/**
 * How many times larger, by the power of the signal, the error of its inputs is behind a layer, for layers where that is what makes
 * the error jump; null elsewhere. Errors that know nothing of each other add up by their powers, so the inputs' part is what
 * the layer's own does not explain; of several inputs the worst counts.
 */
export function amplifications(layers: readonly NoiseAt[]): readonly (number | null)[] {
  const at = new Map(layers.map(({ value, accumulated }) => [value, accumulated]));
  return layers.map(({ reads, own, accumulated }) => {
    const before = reads.reduce((most, name) => Math.max(most, at.get(name) ?? 0), 0);
    return before > 0 && accumulated > JUMP * (own + before) ? (accumulated - own) / before : null;
  });
}
