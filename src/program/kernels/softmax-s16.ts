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
    for (let start = 0; start < p.rows * p.rowSize; start += p.rowSize)
      softmaxRow(p, table, x, y, start, () => true);
  },
};

type MaskedSoftmaxS16Params = Omit<SoftmaxS16Params, 'rows'> & {
  readonly outer0: number;
  readonly outer1: number;
  readonly outer2: number;
  /** First code of the mask, and the distances between its rows. */
  readonly maskStart: number;
  readonly maskStride0: number;
  readonly maskStride1: number;
  readonly maskStride2: number;
  readonly maskLeast: number;
};

/** The same over the elements of rows that a mask lets count; the others are 0. inputs [x, mask], constants, outputs as before. */
export type MaskedSoftmaxS16 = StepOf<'masked_softmax_s16', MaskedSoftmaxS16Params>;

export const maskedSoftmaxS16: Kernel<MaskedSoftmaxS16> = {
  signature: {
    about: `softmax_s16 of outer0 * outer1 * outer2 rows over the elements whose code in the mask is at least \`mask_least\`; the others are 0. Rows of the mask lie at any strides.`,
    params: {
      outer0: RANGE.count,
      outer1: RANGE.count,
      outer2: RANGE.count,
      rowSize: RANGE.count,
      maskStart: RANGE.size,
      maskStride0: RANGE.stride,
      maskStride1: RANGE.stride,
      maskStride2: RANGE.stride,
      maskLeast: RANGE.code16,
      multiplier: RANGE.multiplier,
      shift: [-31, 30],
    },
    operands: [
      input('input', 'int16', ['outer0', 'outer1', 'outer2', 'rowSize']),
      input('mask', 'int16', null),
      constant('table', 'int32', [ENTRIES + 1]),
      output('output', 'int16', ['outer0', 'outer1', 'outer2', 'rowSize']),
    ],
    rule: 'masked_rows',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x, mask] = inputs as [Int16Array, Int16Array];
    const [table] = constants as [Int32Array];
    const [y] = outputs as [Int16Array];
    let start = 0;
    for (let i = 0; i < p.outer0; i++) {
      for (let j = 0; j < p.outer1; j++) {
        for (let k = 0; k < p.outer2; k++, start += p.rowSize) {
          const from = p.maskStart + i * p.maskStride0 + j * p.maskStride1 + k * p.maskStride2;
          softmaxRow(p, table, x, y, start, (at) => mask[from + at]! >= p.maskLeast);
        }
      }
    }
  },
};

type Scaling = Pick<SoftmaxS16Params, 'rowSize' | 'multiplier' | 'shift'>;

/** One row, over the elements that count. */
function softmaxRow(
  p: Scaling,
  table: Int32Array,
  x: Int16Array,
  y: Int16Array,
  start: number,
  counts: (at: number) => boolean,
): void {
  const codes = Array.from(x.subarray(start, start + p.rowSize), (code, i) => (counts(i) ? code : null));
  const most = codes.reduce<number>((greatest, code) => Math.max(greatest, code ?? -32768), -32768);
  const powers = codes.map((code) => (code === null ? 0n : powerOf(p, table, most - code)));
  const total = powers.reduce((sum, power) => sum + power, 0n);
  const sum = total < LEAST ? LEAST : total;
  const excess = BigInt(Math.max(sum.toString(2).length - 31, 0));
  const reciprocal = (1n << 61n) / (sum >> excess);
  const places = 46n + excess;
  powers.forEach((power, i) => {
    y[start + i] = Math.min(Number((power * reciprocal + (1n << (places - 1n))) >> places), 32767);
  });
}

/** 2^30 times 2^-t: t is the distance from the largest code, with 16 bits behind the point. */
function powerOf({ multiplier, shift }: Scaling, table: Int32Array, distance: number): bigint {
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
