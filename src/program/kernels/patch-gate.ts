/**
 * What training a gate of patches takes beside layers: statistics of a frame and its reference, masks that are sampled, frames mixed
 * by them, and the loss of that. A patch is `patch` times `patch` pixels; frames are NHWC, of `rows` times `columns` patches.
 */
import { portableExp, portableLog } from '../../numbers/portable-math.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { randomBits } from './quantizer.ts';

export type PatchShape = {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly patch: number;
  readonly channels: number;
};

const patchShape = {
  batch: RANGE.extent,
  rows: RANGE.extent,
  columns: RANGE.extent,
  patch: RANGE.extent,
  channels: RANGE.extent,
} as const;

const FRAMES = ['batch', 'rows', 'patch', 'columns', 'patch', 'channels'] as const;
const PATCHES = ['batch', 'rows', 'columns'] as const;

/** Statistics of a patch. */
export const PATCH_STATISTICS = 4;

/**
 * Of every patch with d = x - reference, each in 0 .. 1: mean |d| / (16 unit), max |d| / (64 unit), mean |x| / (256 unit) and the
 * share of elements with |d| > 1.5 unit. d and |x| are float32, sums are float64 chains.
 * inputs [x, reference: float32 NHWC], constants [unit float32 [1]], outputs [float32 [batch][rows][columns][4]].
 */
export type PatchStatisticsF32 = StepOf<'patch_statistics_f32', PatchShape>;

/** Places in `anneal`: what changes in a run of training beside the learning rate. */
export const ANNEAL = { temperature: 0, budgetWeight: 1, length: 2 } as const;

/**
 * A random mask from scores; a score above 0 is for 1. `rule` 0: z = (score + logistic noise) / temperature, share = sigmoid(z),
 * mask = 1 where z > 0 (Maddison et al. 2017 and Jang et al. 2017, of two classes). `rule` 1, as PASS has published it: share = (v - min) /
 * (max - min) with v = score - Gumbel noise over all of them, 1 where all are equal; mask = 1 with that probability.
 * spread: the temperature, or max - min. `hard` 0: the mask is the share itself.
 * inputs [scores float32, key int32 [1], anneal float32 [2]], outputs [mask, share: float32, spread float32 [1]].
 */
export type PatchMaskF32 = StepOf<
  'patch_mask_f32',
  { readonly size: number; readonly stream: number; readonly rule: number; readonly hard: number }
>;

/**
 * The gradient of the scores from that of the mask, which passes to the share as it is (straight-through).
 * inputs [g, share: float32, spread float32 [1]], outputs [gradient of the scores].
 */
export type PatchMaskGradientF32 = StepOf<
  'patch_mask_gradient_f32',
  { readonly size: number; readonly rule: number }
>;

/** `inverted` 1: the mask is 1 - mask. */
type PatchMixParams = PatchShape & { readonly inverted: number };

/** m x + (1 - m) reference with the mask m of the patch. inputs [x, reference: NHWC, mask], outputs [NHWC], all float32. */
export type PatchMixF32 = StepOf<'patch_mix_f32', PatchMixParams>;

/**
 * The gradient of the mask: the sum of g (x - reference) over the patch, a float64 chain; less than nothing where it is inverted.
 * inputs [g, x, reference: NHWC], outputs [float32 [batch][rows][columns]].
 */
export type PatchMixGradientF32 = StepOf<'patch_mix_gradient_f32', PatchMixParams>;

/** Places in the settings of `patch_contrast_f32`. */
export const CONTRAST = { contrast: 0, margin: 1, budget: 2, distillation: 3, length: 4 } as const;

/**
 * The mean over the samples of contrast max(0, (|y - p| - |y - n|) / |y| + margin) + distillation |y - p|^2 / |y|^2, and the
 * budget's weight times (s - budget)^2 with s the mean of 1 - mask, or (`hinge` 1) times max(0, budget - s); norms are Euclidean, that of y is held still,
 * and 1 where y is 0. In float64. inputs [y, p, n: float32 [batch][features], mask float32 [batch][patches], anneal float32 [2]],
 * constants [settings float32 [4]], outputs [gradients of p, n and mask, result float32 [2]: the loss, and batch times s].
 */
export type PatchContrastF32 = StepOf<
  'patch_contrast_f32',
  {
    readonly batch: number;
    readonly features: number;
    readonly patches: number;
    readonly hinge: number;
  }
>;

/** Calls back with the number of every patch and of each of its elements, row by row. */
function eachElement(p: PatchShape, visit: (patch: number, element: number) => void): void {
  const width = p.columns * p.patch;
  let patch = 0;
  for (let n = 0; n < p.batch; n++) {
    for (let row = 0; row < p.rows; row++) {
      for (let column = 0; column < p.columns; column++, patch++) {
        for (let y = 0; y < p.patch; y++) {
          const pixel = ((n * p.rows + row) * p.patch + y) * width + column * p.patch;
          for (let i = 0; i < p.patch * p.channels; i++) visit(patch, pixel * p.channels + i);
        }
      }
    }
  }
}

/** At most 1, as NaN is. */
function share(value: number): number {
  if (value < 1) return value;
  return 1;
}

export const patchStatisticsF32: Kernel<PatchStatisticsF32> = {
  signature: {
    about: `Of every patch, with d = input - reference, within 0 .. 1: mean |d| / (16 unit), max |d| / (64 unit), mean |input| / (256 unit), share of elements with |d| > 1.5 unit. Sums are float64 chains.`,
    params: patchShape,
    operands: [
      input('input', 'float32', FRAMES),
      input('reference', 'float32', FRAMES),
      constant('unit', 'float32', [1]),
      output('statistics', 'float32', [...PATCHES, PATCH_STATISTICS]),
    ],
    split: { by: 'images', operands: ['sliced', 'sliced', 'shared', 'sliced'] },
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x, reference] = inputs as [Float32Array, Float32Array];
    const [unit] = constants[0] as unknown as [number];
    const [statistics] = outputs as [Float32Array];
    const patches = p.batch * p.rows * p.columns;
    const count = p.patch * p.patch * p.channels;
    const moved = Math.fround(1.5 * unit);
    const sums = Array.from({ length: patches }, () => ({ difference: 0, most: 0, size: 0, moved: 0 }));
    eachElement(p, (patch, i) => {
      const sum = sums[patch]!;
      const difference = Math.abs(Math.fround(x[i]! - reference[i]!));
      sum.difference += difference;
      if (difference > sum.most) sum.most = difference;
      sum.size += Math.abs(x[i]!);
      if (difference > moved) sum.moved++;
    });
    sums.forEach((sum, patch) => {
      const first = patch * PATCH_STATISTICS;
      statistics[first] = share(sum.difference / (count * (16 * unit)));
      statistics[first + 1] = share(sum.most / (64 * unit));
      statistics[first + 2] = share(sum.size / (count * (256 * unit)));
      statistics[first + 3] = sum.moved / count;
    });
  },
};

/** A uniform number in (0, 1): the middle of one of 2^24 parts. */
function uniform(key: number, index: number): number {
  return ((randomBits(key, index) >>> 8) + 0.5) / 2 ** 24;
}

/** -log(u) for u in (0, 1). */
const surprise = (u: number): number => portableLog(1 / u);

function logistic(key: number, index: number): number {
  const u = uniform(key, index);
  return surprise(1 - u) - surprise(u);
}

/** -log(-log(u)). */
function gumbel(key: number, index: number): number {
  const v = surprise(uniform(key, index));
  return v >= 1 ? -portableLog(v) : portableLog(1 / v);
}

function sigmoid(z: number): number {
  const e = portableExp(z < 0 ? z : -z);
  return z < 0 ? e / (1 + e) : 1 / (1 + e);
}

export const patchMaskF32: Kernel<PatchMaskF32> = {
  signature: {
    about: `A random mask from scores. rule 0: share = sigmoid((score + logistic noise) / temperature), mask = 1 where that is above 1/2; rule 1: share = (score - Gumbel noise), from its least to its greatest value, mask = 1 with that probability. spread: the temperature, or greatest less least. hard 0: the mask is the share. anneal[0]: the temperature.`,
    params: { size: RANGE.count, stream: RANGE.any, rule: RANGE.flag, hard: RANGE.flag },
    operands: [
      input('scores', 'float32', ['size']),
      input('key', 'int32', [1]),
      input('anneal', 'float32', [ANNEAL.length]),
      output('mask', 'float32', ['size']),
      output('share', 'float32', ['size']),
      output('spread', 'float32', [1]),
    ],
  },
  run({ params: p }, { inputs, outputs }) {
    const [scores, key, anneal] = inputs as [Float32Array, Int32Array, Float32Array];
    const [mask, shares, spread] = outputs as [Float32Array, Float32Array, Float32Array];
    const own = randomBits(key[0]!, p.stream);
    if (p.rule === 0) {
      const temperature = anneal[ANNEAL.temperature]!;
      spread[0] = temperature;
      for (let i = 0; i < p.size; i++) {
        const z = (scores[i]! + logistic(own, i)) / temperature;
        shares[i] = sigmoid(z);
        mask[i] = p.hard === 0 ? shares[i]! : z > 0 ? 1 : 0;
      }
      return;
    }
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < p.size; i++) {
      shares[i] = scores[i]! - gumbel(own, 2 * i);
      if (shares[i]! < least) least = shares[i]!;
      if (shares[i]! > most) most = shares[i]!;
    }
    spread[0] = most - least;
    const range = spread[0];
    for (let i = 0; i < p.size; i++) {
      shares[i] = range > 0 ? share((shares[i]! - least) / range) : 1;
      mask[i] = p.hard === 0 ? shares[i]! : uniform(own, 2 * i + 1) < shares[i]! ? 1 : 0;
    }
  },
};

export const patchMaskGradientF32: Kernel<PatchMaskGradientF32> = {
  signature: {
    about: `The gradient of scores from that of the shares that patch_mask_f32 made of them. rule 0: gradient share (1 - share) / spread; rule 1: through the division by greatest less least, whose first places get their part. Sums are float64 chains.`,
    params: { size: RANGE.count, rule: RANGE.flag },
    operands: [
      input('gradient', 'float32', ['size']),
      input('share', 'float32', ['size']),
      input('spread', 'float32', [1]),
      output('scores', 'float32', ['size']),
    ],
  },
  run({ params: p }, { inputs, outputs }) {
    const [g, shares, spread] = inputs as [Float32Array, Float32Array, Float32Array];
    const [scores] = outputs as [Float32Array];
    const range = spread[0]!;
    if (p.rule === 0) {
      for (let i = 0; i < p.size; i++) scores[i] = (g[i]! * (shares[i]! * (1 - shares[i]!))) / range;
      return;
    }
    let [least, most, sum, weighted] = [-1, -1, 0, 0];
    for (let i = 0; i < p.size; i++) {
      if (least < 0 && shares[i] === 0) least = i;
      if (most < 0 && shares[i] === 1) most = i;
      sum += g[i]!;
      weighted += g[i]! * shares[i]!;
      scores[i] = range > 0 ? g[i]! / range : 0;
    }
    if (!(range > 0)) return;
    if (least >= 0) scores[least]! -= (sum - weighted) / range;
    if (most >= 0) scores[most]! -= weighted / range;
  },
};

export const patchMixF32: Kernel<PatchMixF32> = {
  signature: {
    about: `m input + (1 - m) reference with the mask m of the patch, or 1 - mask where it is inverted.`,
    params: { ...patchShape, inverted: RANGE.flag },
    operands: [
      input('input', 'float32', FRAMES),
      input('reference', 'float32', FRAMES),
      input('mask', 'float32', PATCHES),
      output('output', 'float32', FRAMES),
    ],
    split: { by: 'images', operands: ['sliced', 'sliced', 'sliced', 'sliced'] },
  },
  run({ params: p }, { inputs, outputs }) {
    const [x, reference, mask] = inputs as [Float32Array, Float32Array, Float32Array];
    const [mixed] = outputs as [Float32Array];
    eachElement(p, (patch, i) => {
      const rest = Math.fround(1 - mask[patch]!);
      const [own, other] = p.inverted === 0 ? [mask[patch]!, rest] : [rest, mask[patch]!];
      mixed[i] = Math.fround(own * x[i]!) + Math.fround(other * reference[i]!);
    });
  },
};

export const patchMixGradientF32: Kernel<PatchMixGradientF32> = {
  signature: {
    about: `The gradient of the mask of patch_mix_f32: the sum of gradient (input - reference) over the patch, a float64 chain; less than nothing where it is inverted.`,
    params: { ...patchShape, inverted: RANGE.flag },
    operands: [
      input('gradient', 'float32', FRAMES),
      input('input', 'float32', FRAMES),
      input('reference', 'float32', FRAMES),
      output('mask', 'float32', PATCHES),
    ],
    split: { by: 'images', operands: ['sliced', 'sliced', 'sliced', 'sliced'] },
  },
  run({ params: p }, { inputs, outputs }) {
    const [g, x, reference] = inputs as [Float32Array, Float32Array, Float32Array];
    const [mask] = outputs as [Float32Array];
    const sums = new Float64Array(p.batch * p.rows * p.columns);
    eachElement(p, (patch, i) => {
      sums[patch]! += g[i]! * Math.fround(x[i]! - reference[i]!);
    });
    sums.forEach((sum, patch) => {
      mask[patch] = p.inverted === 0 ? sum : -sum;
    });
  },
};

/** Square of the distance, a float64 chain. */
function squareDistance(a: Float32Array, b: Float32Array, first: number, end: number): number {
  let sum = 0;
  for (let i = first; i < end; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum;
}

const inverse = (value: number): number => (value > 0 ? 1 / value : 0);

export const patchContrastF32: Kernel<PatchContrastF32> = {
  signature: {
    about: `The loss of a gate: mean over the samples of contrast max(0, (|anchor - positive| - |anchor - negative|) / |anchor| + margin) + distillation |anchor - positive|^2 / |anchor|^2, plus anneal[1] times (skipped - budget)^2, hinge 1: times max(0, budget - skipped), with skipped the mean of 1 - mask. settings: contrast, margin, budget, distillation. result: the loss, and batch times skipped. float64 inside.`,
    params: { batch: RANGE.count, features: RANGE.count, patches: RANGE.count, hinge: RANGE.flag },
    operands: [
      input('anchor', 'float32', ['batch', 'features']),
      input('positive', 'float32', ['batch', 'features']),
      input('negative', 'float32', ['batch', 'features']),
      input('mask', 'float32', ['batch', 'patches']),
      input('anneal', 'float32', [ANNEAL.length]),
      constant('settings', 'float32', [CONTRAST.length]),
      output('positive_gradient', 'float32', ['batch', 'features']),
      output('negative_gradient', 'float32', ['batch', 'features']),
      output('mask_gradient', 'float32', ['batch', 'patches']),
      output('result', 'float32', [2]),
    ],
  },
  run({ params: { batch, features, patches, hinge } }, { inputs, constants, outputs }) {
    const [anchor, positive, negative, mask, anneal] = inputs as Float32Array[] as [
      ...[Float32Array, Float32Array, Float32Array],
      ...[Float32Array, Float32Array],
    ];
    const [contrast, margin, budget, distillation] = constants[0] as unknown as [
      ...[number, number],
      ...[number, number],
    ];
    const [dPositive, dNegative, dMask, result] = outputs as Float32Array[] as [
      ...[Float32Array, Float32Array],
      ...[Float32Array, Float32Array],
    ];
    const nothing = new Float32Array(anchor.length);
    let loss = 0;
    for (let n = 0; n < batch; n++) {
      const [first, end] = [n * features, (n + 1) * features];
      const square = squareDistance(anchor, nothing, first, end);
      const norm = square > 0 ? Math.sqrt(square) : 1;
      const near = squareDistance(anchor, positive, first, end);
      const [toPositive, toNegative] = [
        Math.sqrt(near),
        Math.sqrt(squareDistance(anchor, negative, first, end)),
      ];
      const above = (toPositive - toNegative) / norm + margin;
      const relative = near / (norm * norm);
      const active = above > 0 ? contrast : 0;
      loss += active * above + distillation * relative;
      const scale = active / norm / batch;
      const pull = scale * inverse(toPositive) + (2 * distillation) / (norm * norm) / batch;
      const push = scale * inverse(toNegative);
      for (let i = first; i < end; i++) {
        dPositive[i] = (positive[i]! - anchor[i]!) * pull;
        dNegative[i] = (anchor[i]! - negative[i]!) * push;
      }
    }
    let kept = 0;
    for (const value of mask) kept += value;
    const count = batch * patches;
    const skipped = 1 - kept / count;
    const off = skipped - budget;
    const weight = anneal[ANNEAL.budgetWeight]!;
    const [cost, slope] = hinge === 0 ? [off * off, 2 * off] : off < 0 ? [-off, -1] : [0, 0];
    dMask.fill((-weight * slope) / count);
    result[0] = loss / batch + weight * cost;
    result[1] = batch * skipped;
  },
};
