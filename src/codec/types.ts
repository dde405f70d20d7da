/**
 * The codec of a value that crosses a wire between the two parts of a network: stripes of similar channels, each one symbol
 * (src/program/kernels/stripes-s8.ts says how streams are made of them). Fitted once, then known to both sides.
 */

/** Feature maps of one value: int8 codes [height][width][channels], one array per sample. */
export type FeatureMaps = Extent & { readonly codes: readonly Int8Array[] };

export type Extent = { readonly height: number; readonly width: number; readonly channels: number };

/** Up to four channels that are coded together at every position, or for every square of positions. */
export type StripeGroup = {
  readonly channels: readonly number[];
  /** Positions of a side of the squares that share a stripe. */
  readonly side: 1 | 2 | 4;
  /** Of each channel, ascending: the level of a code is how many of them it reaches. */
  readonly thresholds: readonly (readonly number[])[];
  /** The symbol of each cell, where cell = level of the first channel + its levels * (level of the second + ...). */
  readonly cells: Uint8Array;
  /** Codes of the channels of each symbol, one symbol after the other. */
  readonly centroids: Int8Array;
  /** Of each symbol, as a neighbour of others: 0 or 1. */
  readonly classes: Uint8Array;
  /** By context, then by symbol: at least 2, 2 ** 12 in sum. */
  readonly frequencies: readonly Uint16Array[];
};

export type StripeCodec = Extent & {
  /** The value that it is of. */
  readonly value: string;
  /** real = scale * (code - zeroPoint). */
  readonly scale: number;
  readonly zeroPoint: number;
  /** Codes of channels that no group has, and of all where a stream is cut off. */
  readonly fill: Int8Array;
  /** The most important first. */
  readonly groups: readonly StripeGroup[];
};

/** What an encoder makes of one map. */
export type Stream = {
  readonly bytes: Uint8Array;
  /** Whether all of the map is in it, or just its first groups. */
  readonly isWhole: boolean;
};

/** Cells of a group, and symbols of one. */
export const MOST_CELLS = 256;

/** Stripes of a group in one map. */
export function stripesOf({ height, width }: Extent, side: number): number {
  return Math.ceil(height / side) * Math.ceil(width / side);
}
