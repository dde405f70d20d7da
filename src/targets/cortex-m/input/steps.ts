/**
 * Monotone maps from numbers to int8 codes, by the least number of each code. A device follows such a map exactly by looking a
 * number up among these 255, whatever its floating point does; or by an integer multiply-add and shift, where that is proven to
 * step at the same integers.
 */

/** Least number of the codes -127 .. 127, after a change of sign where codes fall; infinite where no number has the code or a higher one. */
export type Steps = {
  readonly falling: boolean;
  readonly least: readonly number[];
};

/** code = clamp((value * multiplier + offset) >> shift), for all integers of a domain. */
export type Affine = {
  readonly multiplier: number;
  readonly offset: bigint;
  readonly shift: number;
  /** Whether value * multiplier, or that + offset, needs 64 bits. */
  readonly wide: boolean;
  /** Whether the clamp does something. */
  readonly clamps: boolean;
};

export type Domain = { readonly first: number; readonly last: number };

const CODES = Array.from({ length: 255 }, (_, i) => i - 127);

/** @param code of an integer: rises or falls over the domain */
export function integerSteps(code: (value: number) => number, { first, last }: Domain): Steps {
  const falling = code(first) > code(last);
  const rising = falling ? (value: number) => code(-value) : code;
  const [low, high] = falling ? [-last, -first] : [first, last];
  const least = CODES.map((wanted) => {
    if (rising(high) < wanted) return Number.POSITIVE_INFINITY;
    let [below, at] = [low - 1, high]; // rising(at) >= wanted, and nothing up to `below` is
    while (at - below > 1) {
      const middle = Math.floor((at + below) / 2);
      if (rising(middle) >= wanted) at = middle;
      else below = middle;
    }
    return at === low ? Number.NEGATIVE_INFINITY : at;
  });
  return { falling, least };
}

/** The same of a float32, over all of them. */
export function floatSteps(code: (value: number) => number): Steps {
  const { falling, least } = integerSteps((rank) => code(floatOfRank(rank)), {
    first: -HIGHEST_RANK,
    last: HIGHEST_RANK,
  });
  return { falling, least: least.map((rank) => (Number.isFinite(rank) ? floatOfRank(rank) : rank)) };
}

/** Of the largest finite float32: floats of one sign are in the order of their bits. */
const HIGHEST_RANK = 0x7f7fffff;

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** Finite floats numbered from below, 0 is number 0. */
function floatOfRank(rank: number): number {
  bits[0] = Math.abs(rank);
  return rank < 0 ? -float[0]! : float[0]!;
}

/** @param slope codes per number, about @param widest bits that value * multiplier + offset may have */
export function affineOf(steps: Steps, domain: Domain, slope: number, widest: 32 | 64): Affine | null {
  for (let shift = 0; shift <= MAX_SHIFT; shift++) {
    const about = Math.round(slope * 2 ** shift);
    // Halves are rounded away from zero: the steps lie a little closer than those of the slope itself.
    for (const multiplier of [about, about + 1, about - 1]) {
      const found = Math.abs(multiplier) < 2 ** 31 ? withMultiplier(steps, domain, multiplier, shift) : null;
      if (found !== null && (!found.wide || widest === 64)) return found;
    }
  }
  return null;
}

const MAX_SHIFT = 40;

/** The offset that puts every step where it is, in the middle of those that do; null where none does. */
function withMultiplier(
  { falling, least }: Steps,
  { first, last }: Domain,
  multiplier: number,
  shift: number,
): Affine | null {
  const m = BigInt(falling ? -multiplier : multiplier);
  const [low, high] = (falling ? [-last, -first] : [first, last]).map(BigInt) as [bigint, bigint];
  let [lowest, highest] = [-(1n << 62n), 1n << 62n];
  for (const [i, code] of CODES.entries()) {
    const [step, edge] = [least[i]!, BigInt(code) << BigInt(shift)];
    const at = step === Number.NEGATIVE_INFINITY ? low : Number.isFinite(step) ? BigInt(step) : null;
    if (at !== null) lowest = larger(lowest, edge - at * m);
    const below = step === Number.POSITIVE_INFINITY ? high : Number.isFinite(step) ? BigInt(step) - 1n : null;
    if (below !== null) highest = smaller(highest, edge - 1n - below * m);
  }
  if (lowest > highest) return null;
  const offset = (lowest + highest) >> 1n;
  const ends = [low * m + offset, high * m + offset];
  const products = [low * m, high * m];
  const wide = [...products, ...ends, offset].some((value) => value <= -(1n << 31n) || value >= 1n << 31n);
  const clamps = ends.some((value) => value >> BigInt(shift) < -128n || value >> BigInt(shift) > 127n);
  return { multiplier, offset, shift, wide, clamps };
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
