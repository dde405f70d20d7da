/** Constants of 4 bits as a file states them: int4 codes, with a scale for each channel or for each block of inputs (opset 21). */
import { int } from '../graph/build.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Node, Quant, Tensor } from '../graph/types.ts';
import { leastFactor } from '../program/kernels/four-bits.ts';

/** The opset from which on DequantizeLinear takes int4 and blocks. */
export const FOUR_BITS_SINCE = 21;

type FourBitForm = {
  readonly codes: Tensor;
  readonly scale: Tensor;
  readonly attributes: Node['attributes'];
};

/** Null for constants of 8 bits, and where codes are no int4 codes times one factor for each block. */
export function fourBitForm({ shape, data }: Tensor, quant: Quant | null): FourBitForm | null {
  if (quant?.fourBits === undefined) return null;
  const { axis, scale, fourBits } = quant;
  const group = fourBits.group;
  const blockAxis = axis === 0 || (axis === null && shape[0] === 1) ? 1 : 0;
  // Without groups all is one block of each channel, whose factor is 1.
  const size = group ?? shape[blockAxis]!;
  const inner = elementCount(shape.slice(blockAxis + 1));
  const dim = shape[blockAxis]!;
  const blocks = Math.ceil(dim / size);
  const blockOf = (i: number): number =>
    (Math.floor(i / (inner * dim)) * blocks + Math.floor((Math.floor(i / inner) % dim) / size)) * inner +
    (i % inner);
  const members = Array.from({ length: (data.length / dim) * blocks }, (): number[] => []);
  for (let i = 0; i < data.length; i++) members[blockOf(i)]!.push(Number(data[i]));
  const factors = members.map((codes) =>
    group === null ? onlyInt4(codes) : leastFactor(Int8Array.from(codes)),
  );
  if (factors.includes(null)) return null;
  const codes: Tensor = {
    ...{ dtype: 'int8', shape, fourBits },
    data: Int8Array.from(data as Int8Array, (code, i) => code / factors[blockOf(i)]!),
  };
  if (group === null) {
    const scales: Tensor = { dtype: 'float32', shape: axis === null ? [] : [scale.length], data: scale };
    return { codes, scale: scales, attributes: axis === null ? {} : { axis: int(axis) } };
  }
  const scaleShape = shape.map((one, i) => (i === blockAxis ? blocks : one));
  const channelInner = axis === null ? 1 : elementCount(scaleShape.slice(axis + 1));
  return {
    codes,
    scale: {
      ...{ dtype: 'float32', shape: scaleShape },
      data: Float32Array.from(
        factors,
        (factor, i) => factor! * scale[Math.floor(i / channelInner) % scale.length]!,
      ),
    },
    attributes: { axis: int(blockAxis), block_size: int(group) },
  };
}

function onlyInt4(codes: readonly number[]): number | null {
  return codes.every((code) => code >= -8 && code <= 7) ? 1 : null;
}
