/** Codes to compare stripes with, each with the bytes that it takes: what it makes of int8 codes whose least one is 0 in real. */
import type { Features } from '../../src/split/features.ts';

/** As much as a message of stripes has beside the stream. */
const HEADER_BYTES = 8;

export type Coded = { readonly features: Features; readonly bytesPerMap: number };

/** One scale for all. @param bits of each value */
export function uniform(features: Features, bits: number): Coded {
  const steps = 2 ** bits - 1;
  const codes = features.codes.map((map) =>
    map.map((code) => Math.round((Math.round(((code + 128) / 255) * steps) / steps) * 255) - 128),
  );
  return {
    features: { ...features, codes },
    bytesPerMap: (features.codes[0]!.length * bits) / 8 + HEADER_BYTES,
  };
}

/** The greatest values of each map, a place and 8 bits each; the others are 0. @param ratio against float32 */
export function topValues(features: Features, ratio: number): Coded {
  const elements = features.codes[0]!.length;
  const bits = Math.ceil(Math.log2(elements)) + 8;
  const kept = Math.floor((((4 * elements) / ratio - HEADER_BYTES) * 8) / bits);
  const codes = features.codes.map((map) => {
    const order = [...map.keys()].sort((a, b) => map[b]! - map[a]!);
    const only = new Int8Array(elements).fill(features.zeroPoint);
    for (const i of order.slice(0, kept)) only[i] = map[i]!;
    return only;
  });
  return { features: { ...features, codes }, bytesPerMap: (kept * bits) / 8 + HEADER_BYTES };
}
