/** Weights of 4 bits as kernels take them. */
import type { FourBits } from '../../graph/types.ts';
import { roundUp } from '../../program/kernels/common.ts';
import {
  FOUR_BIT_RUN,
  type FourBitRows,
  type PackedWeights,
  packRows,
} from '../../program/kernels/four-bits.ts';

/** Output channels whose sums are computed together (native/kernels/generic/tinyml_quad.h). */
const LANES = 4;

/** Scratch for unpacked weights where they serve many positions: fewer blocks read the input less often. */
const UNPACKED_BYTES = 1024;

type PackedLayer = { readonly packed: PackedWeights; readonly rows: FourBitRows };

/**
 * The packed weights of a layer. Null where its weights stay int8 in flash: those of 8 bits, groups that are no whole runs of codes or
 * that do not divide the inputs of each tap, and groups whose inputs do not lie side by side on the device.
 * @param weights [channels][taps][inputs]
 * @param positions how often each weight is used
 */
export function packLayer(
  weights: Int8Array,
  fourBits: FourBits | null,
  sizes: {
    readonly channels: number;
    readonly taps: number;
    readonly inputs: number;
    readonly positions: number;
  },
): PackedLayer | null {
  if (fourBits === null) return null;
  const { channels, taps, inputs, positions } = sizes;
  const rowSize = roundUp(taps * inputs, FOUR_BIT_RUN);
  const group = fourBits.group ?? rowSize;
  const divides = fourBits.group === null || taps === 1 || inputs % group === 0;
  if (group % FOUR_BIT_RUN !== 0 || !divides) return null;
  const packed = packRows(weights, taps * inputs, group);
  if (packed === null) return null;
  const wanted = positions === 1 ? LANES : Math.floor(UNPACKED_BYTES / rowSize / LANES) * LANES;
  return { packed, rows: { rowSize, group, block: Math.min(Math.max(wanted, LANES), channels) } };
}
