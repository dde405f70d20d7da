import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type SqrtS16Params = {
  readonly size: number;
  /** inputScale / outputScale^2 as a Q31 multiplier and a left shift. */
  readonly multiplier: number;
  readonly shift: number;
};

/** Square roots of int16 codes, rounded once; 0 below 0. inputs [x], outputs [y]. */
export type SqrtS16 = StepOf<'sqrt_s16', SqrtS16Params>;

export const sqrtS16: Kernel<SqrtS16> = {
  signature: {
    about: `Square roots of int16 codes, 0 below 0: the root of code * multiplier * 2^(shift - 31) with 32 bits, rounded to the nearest, ties up.`,
    params: { size: RANGE.count, multiplier: RANGE.multiplier, shift: RANGE.shift },
    operands: [input('input', 'int16', ['size']), output('output', 'int16', ['size'])],
    inPlace: [0],
  },

  run({ params: { multiplier, shift } }, { inputs, outputs }) {
    const [x] = inputs as [Int16Array];
    const [y] = outputs as [Int16Array];
    x.forEach((code, i) => {
      y[i] = code > 0 && multiplier > 0 ? rootOf(BigInt(code) * BigInt(multiplier), 31 - shift) : 0;
    });
  },
};

/** The root of x / 2^right: that of x shifted left to 63 or 64 bits, whichever leaves whole bits of its own to shift. */
function rootOf(x: bigint, right: number): number {
  const zeros = 64 - x.toString(2).length;
  const left = (zeros + right) % 2 === 0 ? zeros : zeros - 1;
  const places = BigInt((left + right) / 2);
  const rounded = (floorRoot(x << BigInt(left)) + (1n << (places - 1n))) >> places;
  return rounded > 32767n ? 32767 : Number(rounded);
}

function floorRoot(x: bigint): bigint {
  let root = 0n;
  for (let bit = 1n << 31n; bit > 0n; bit >>= 1n) if ((root + bit) ** 2n <= x) root += bit;
  return root;
}
