/** Weights whose first input channels lie apart from the others: those that are trained, and those that stay. */
import { input, type Operand, RANGE } from '../signature.ts';

export type WeightParts = {
  /** Input channels of a group whose weights are in `weights`, and those behind them, in `rest`: together all. */
  readonly firstChannels: number;
  readonly restChannels: number;
};

export const weightParts = { firstChannels: RANGE.count, restChannels: RANGE.size } as const;

/** OHWI each; `rest` is not read where it has no channels. */
export const WEIGHT_PARTS: readonly Operand[] = [
  input('weights', 'int8', ['outChannels', 'kernelH', 'kernelW', 'firstChannels']),
  input('rest', 'int8', ['outChannels', 'kernelH', 'kernelW', 'restChannels']),
];

/** Both in one. */
export function joined(
  { firstChannels, restChannels }: WeightParts,
  weights: Int8Array,
  rest: Int8Array,
): Int8Array {
  if (restChannels === 0) return weights;
  const rows = weights.length / firstChannels;
  const all = new Int8Array(weights.length + rest.length);
  for (let row = 0; row < rows; row++) {
    const to = row * (firstChannels + restChannels);
    all.set(weights.subarray(row * firstChannels, (row + 1) * firstChannels), to);
    all.set(rest.subarray(row * restChannels, (row + 1) * restChannels), to + firstChannels);
  }
  return all;
}
