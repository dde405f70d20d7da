import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type SoftmaxS16Params = {
  readonly rows: number;
  readonly rowSize: number;
  /** inputScale * log2(e) * 2^16 as a Q31 multiplier and a left shift. */
  readonly multiplier: number;
  readonly shift: number;
};

/**
 * Softmax over rows of int16 codes, output scale 1/32768. inputs [x], constants [2^-(i / 256) with 30 bits behind the point], outputs [y].
 * Powers of two are off by 2^-20 of themselves, sums and quotients by 2^-30: what comes out is rounded once.
 */
export type SoftmaxS16 = StepOf<'softmax_s16', SoftmaxS16Params>;

/** What the largest of a row adds to a sum, with the table that `powersOfTwo` makes. */
const LEAST = 1n << 30n;

/** Entries of the table but the last, which is a half. */
const ENTRIES = 256;

export const softmaxS16: Kernel<SoftmaxS16> = {
  signature: {
    about: `Softmax of \`rows\` rows of \`row_size\` int16 codes; output scale 1/32768. multiplier and shift are those of the input scale times log2(e) * 2^16; table[i] is 2^30 * 2^-(i / 256).`,
    params: { rows: RANGE.count, rowSize: RANGE.count, multiplier: RANGE.multiplier, shift: [-31, 30] },
    operands: [
      input('input', 'int16', ['rows', 'rowSize']),
      constant('table', 'int32', [ENTRIES + 1]),
      output('output', 'int16', ['rows', 'rowSize']),
    ],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [table] = constants as [Int32Array];
    const [y] = outputs as [Int16Array];
    for (let start = 0; start < p.rows * p.rowSize; start += p.rowSize) {
      const codes = x.subarray(start, start + p.rowSize);
      const most = codes.reduce((greatest, code) => Math.max(greatest, code), -32768);
      const powers = Array.from(codes, (code) => powerOf(p, table, most - code));
      const total = powers.reduce((sum, power) => sum + power, 0n);
      const sum = total < LEAST ? LEAST : total;
      const excess = BigInt(Math.max(sum.toString(2).length - 31, 0));
      const reciprocal = (1n << 61n) / (sum >> excess);
      const places = 46n + excess;
      powers.forEach((power, i) => {
        y[start + i] = Math.min(Number((power * reciprocal + (1n << (places - 1n))) >> places), 32767);
      });
    }
  },
};

/** 2^30 times 2^-t: t is the distance from the largest code, with 16 bits behind the point. */
function powerOf({ multiplier, shift }: SoftmaxS16Params, table: Int32Array, distance: number): bigint {
  const total = BigInt(31 - shift);
  const t = (BigInt(distance) * BigInt(multiplier) + (1n << (total - 1n))) >> total;
  if (t >= 31n << 16n) return 0n;
  const low = Number(t & 0xffffn);
  const [from, to] = [table[low >> 8]!, table[(low >> 8) + 1]!];
  const mantissa = (from - (Math.imul(from - to, low & 0xff) >>> 8)) & 0x7fffffff;
  return BigInt(mantissa) >> (t >> 16n);
}

/** The table that the kernel takes. */
export function powersOfTwo(): Int32Array {
  return Int32Array.from({ length: ENTRIES + 1 }, (_, i) => Math.round(2 ** (30 - i / ENTRIES)));
}
