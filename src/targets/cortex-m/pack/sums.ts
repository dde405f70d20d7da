/** Factors and a bias of an elementwise sum (src/program/kernels/weighted-sum-s8.ts). */
import { requantize } from '../../../numbers/fixed-point.ts';
import { clamp } from '../../../program/kernels/common.ts';
import { FRACTION } from '../../../program/kernels/weighted-sum-s8.ts';
import type { Packed, StepWith } from './packed.ts';

type AddS8 = StepWith<'add_s8'>;

/** Factors of codes; half a code and the zero points are in the bias. */
type Weights = { readonly factor1: number; readonly factor2: number; readonly bias: number };

/** How far factors are looked for from what they are as real numbers, and biases. */
const MOST_OFF = 6;
const MOST_BIAS_OFF = 2 ** 12;

const ONE = 2 ** FRACTION;

/** @returns null for a step that stays as it is */
export function packedSum(step: AddS8): Packed | null {
  const { size, ...sum } = step.params;
  const weights = knownWeightsOf(sum);
  if (weights === null) return null;
  const { actMin, actMax } = sum;
  return {
    step: { ...step, kernel: 'weighted_sum_s8', params: { size, ...weights, actMin, actMax } },
    constants: () => ({}),
  };
}

type Sum = Omit<AddS8['params'], 'size'>;

/** Sums of rows of an image are those of the image: what they take is looked for once. */
const known = new Map<string, Weights | null>();
const MOST_KNOWN = 4096;

function knownWeightsOf(sum: Sum): Weights | null {
  const key = Object.values(sum).join();
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= MOST_KNOWN) known.clear();
  const weights = weightsOf(sum);
  known.set(key, weights);
  return weights;
}

/**
 * What gives all 65,536 pairs of codes the bytes of double rounding: real numbers nearly do, and what is left are the few pairs whose sums lie beside
 * the next code. Of factors close by, those pairs leave an interval for the bias.
 * @returns null where there is none, or where sums exceed int32
 */
function weightsOf(p: Sum): Weights | null {
  const real = realWeights(p);
  const largest = 128 * (Math.abs(real.factor1) + Math.abs(real.factor2) + 2 * MOST_OFF) + MOST_BIAS_OFF;
  if (Math.abs(real.bias) + largest >= 2 ** 31) return null;
  const [factor1, factor2] = [Math.round(real.factor1), Math.round(real.factor2)];
  const close = closePairs(p, real);
  for (const [off1, off2] of OFFSETS) {
    const factors = { factor1: factor1 + off1, factor2: factor2 + off2 };
    const bias = biasOf(close, factors, real.bias);
    if (bias !== null) return { ...factors, bias };
  }
  return null;
}

/** From near to far. */
const OFFSETS: readonly (readonly [number, number])[] = Array.from(
  { length: (2 * MOST_OFF + 1) ** 2 },
  (_, i) => [(i % (2 * MOST_OFF + 1)) - MOST_OFF, Math.floor(i / (2 * MOST_OFF + 1)) - MOST_OFF] as const,
).sort(([a, b], [c, d]) => a * a + b * b - c * c - d * d);

/** Not rounded. */
function realWeights(p: Sum): Weights {
  const of = (multiplier: number, shift: number): number => multiplier * 2 ** (shift - 31);
  const output = of(p.outputMultiplier, p.outputShift) * 2 ** (p.leftShift + FRACTION);
  const [factor1, factor2] = [
    of(p.input1Multiplier, p.input1Shift) * output,
    of(p.input2Multiplier, p.input2Shift) * output,
  ];
  const bias = factor1 * p.input1Offset + factor2 * p.input2Offset + ONE * (p.outputOffset + 0.5);
  return { factor1, factor2, bias };
}

/** A pair of codes, and what its sum must not be below and must stay below; infinite where the code is clamped. */
type Pair = { readonly a: number; readonly b: number; readonly least: number; readonly below: number };

/** The pairs that some factors and bias that are looked for would give another code. */
function closePairs(p: Sum, real: Weights): readonly Pair[] {
  const reach = 256 * (MOST_OFF + 1) + MOST_BIAS_OFF;
  const firsts = scaled(p, p.input1Offset, p.input1Multiplier, p.input1Shift);
  const seconds = scaled(p, p.input2Offset, p.input2Multiplier, p.input2Shift);
  const pairs: Pair[] = [];
  for (let a = -128; a < 128; a++) {
    for (let b = -128; b < 128; b++) {
      const total = (firsts[a + 128]! + seconds[b + 128]!) | 0;
      const rounded = requantize(total, p.outputMultiplier, p.outputShift) + p.outputOffset;
      const code = clamp(rounded, p.actMin, p.actMax);
      const least = code > p.actMin ? code * ONE : Number.NEGATIVE_INFINITY;
      const below = code < p.actMax ? (code + 1) * ONE : Number.POSITIVE_INFINITY;
      const sum = real.factor1 * a + real.factor2 * b + real.bias;
      if (sum - reach < least || sum + reach >= below) pairs.push({ a, b, least, below });
    }
  }
  return pairs;
}

function scaled({ leftShift }: Sum, offset: number, multiplier: number, shift: number): readonly number[] {
  return Array.from({ length: 256 }, (_, i) =>
    requantize((i - 128 + offset) * 2 ** leftShift, multiplier, shift),
  );
}

/** The middle of those that give all pairs their codes. */
function biasOf(
  pairs: readonly Pair[],
  { factor1, factor2 }: Pick<Weights, 'factor1' | 'factor2'>,
  near: number,
): number | null {
  let [least, below] = [Math.ceil(near) - MOST_BIAS_OFF, Math.floor(near) + MOST_BIAS_OFF];
  for (const pair of pairs) {
    const products = factor1 * pair.a + factor2 * pair.b;
    least = Math.max(least, pair.least - products);
    below = Math.min(below, pair.below - products);
    if (least >= below) return null;
  }
  return Math.floor((least + below) / 2);
}
