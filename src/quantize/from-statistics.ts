/** From what calibration saw to the quantised graph: the choices, without the data. */
import { perTensor } from '../graph/build.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph, Node, Quant } from '../graph/types.ts';
import { QUANT_RANGES } from '../graph/verify.ts';
import { contractOf } from '../input/contract.ts';
import type { InputMoments } from './adaptive-rounding.ts';
import { activationQuant, cellQuant, wideQuant, wideRange } from './affine.ts';
import { applyQuantization } from './apply.ts';
import { meansOf, type Statistics } from './calibrate.ts';
import { countBeyond, type Histogram, type Range } from './observers/histogram.ts';
import { type ObserverKind, observedRange } from './observers/index.ts';
import { groupQuants, type QuantPlan, type ScaleGroup, type Scheme } from './scheme.ts';
import { smallestScale, sourcesOfGroups } from './smallest-scale.ts';
import { isSpiked } from './spikes.ts';
import { observerOfGroup, type TensorObservers } from './tensor-observers.ts';
import type { WeightRange } from './weight-range.ts';

/** The quantisation of one activation and what it was chosen from. */
export type TensorReport = {
  readonly name: string;
  /** Extent of the values seen. */
  readonly seen: Range;
  /** Extent that the codes cover. */
  readonly covered: Range;
  readonly scale: number;
  readonly zeroPoint: number;
  /** Of its codes. */
  readonly bits: 8 | 16;
  /** Whether the meaning of an operator fixes the scale. */
  readonly fixed: boolean;
  /** Whether a tensor before it in the list has the same scale because one moves into the other. */
  readonly sharesScale: boolean;
  /** Few values far from all others, where calibration found the scale. */
  readonly outliers: Outliers | null;
};

type Settings = {
  readonly observer: ObserverKind;
  /** Of some tensors, and of all that share their scales: instead of `observer`. */
  readonly observers: TensorObservers;
  readonly io: 'int8' | 'float';
  readonly scheme: Scheme;
  readonly biasCorrection: boolean;
  readonly weightRange: WeightRange;
  /** What adaptive rounding knows of the inputs of linear nodes; null rounds to the nearest code. */
  readonly moments: ReadonlyMap<Node, InputMoments> | null;
};

/** The quantised graph, and how each activation was quantised. `plan` and `statistics` are those of `graph`. */
export function quantizeFromStatistics(
  graph: Graph,
  plan: QuantPlan,
  statistics: Statistics,
  { observer, observers, io, scheme, biasCorrection, weightRange, moments }: Settings,
): { graph: Graph; tensors: readonly TensorReport[] } {
  const observerOf = observerOfGroup(plan, observer, observers);
  const { activations, tensors } = chooseActivations(
    plan,
    statistics,
    observerOf,
    scheme,
    inputsOfSamples(graph),
    sourcesOfGroups(graph, plan),
  );
  const inputMeans = biasCorrection
    ? new Map([...statistics.channelSums].map(([name, sums]) => [name, meansOf(sums)]))
    : null;
  return {
    graph: applyQuantization(graph, plan, {
      activations,
      inputMeans,
      weights: { kind: 'rounded', range: weightRange, moments },
      io,
    }),
    tensors,
  };
}

/**
 * The quantisation of every member of the groups, and what each was chosen from.
 * @param samples values that are samples of sound, -1 .. 1: with 16 bits their codes are the 16-bit samples themselves
 * @param sources of each group what it is computed from, which says how small its scale may be
 */
export function chooseActivations(
  plan: QuantPlan,
  statistics: Statistics,
  observerOf: (group: ScaleGroup) => ObserverKind,
  scheme: Pick<Scheme, 'activations'>,
  samples: ReadonlySet<string> = new Set(),
  sources: ReadonlyMap<ScaleGroup, readonly string[]> = new Map(),
): { activations: ReadonlyMap<string, Quant>; tensors: readonly TensorReport[] } {
  const activations = new Map<string, Quant>();
  const tensors: TensorReport[] = [];
  const quants = groupQuants(plan, (group, _, known) => {
    const least = smallestScale(sources.get(group) ?? [], known);
    const histogram = statistics.histograms.get(group)!;
    if (group.sums) return cellQuant(histogram.total === 0 ? { min: 0, max: 0 } : histogram);
    const narrow = observedRange(histogram, observerOf(group), scheme.activations);
    if (!plan.wide.has(group)) return activationQuant(narrow, scheme.activations, least);
    if (group.members.some((name) => samples.has(name))) return SAMPLE_QUANT;
    return wideQuant(histogram.total === 0 ? narrow : wideRange(histogram, narrow), least);
  });
  for (const group of plan.groups) {
    const histogram = statistics.histograms.get(group)!;
    const quant = quants.get(group)!;
    const [scale, zeroPoint] = [quant.scale[0]!, quant.zeroPoint[0]!];
    const real = (code: number): number => (code - zeroPoint) * scale;
    const seen = histogram.total === 0 ? { min: 0, max: 0 } : { min: histogram.min, max: histogram.max };
    const [least, most] =
      quant.dtype === 'int16' ? QUANT_RANGES.int16 : [scheme.activations.min, scheme.activations.max];
    const covered = { min: real(least), max: real(most) };
    const fixed = group.fixed !== null;
    const shares = group.multiple !== null;
    const bits = quant.dtype === 'int16' ? 16 : 8;
    const outliers = fixed || shares ? null : outliersOf(histogram, covered, bits);
    group.members.forEach((name, i) => {
      activations.set(name, quant);
      const sharesScale = shares || i > 0;
      tensors.push({ name, seen, covered, scale, zeroPoint, bits, fixed, sharesScale, outliers });
    });
  }
  return { activations, tensors };
}

const SAMPLE_QUANT = perTensor(1 / 32768, 0, 'int16');

/** The inputs of a graph that takes samples of sound as they are. */
function inputsOfSamples(graph: Graph): ReadonlySet<string> {
  const { preprocess } = contractOf(graph);
  if (preprocess === null) return new Set();
  const { sound, scale, mean, std } = preprocess;
  const asTheyAre = scale === 1 && mean.every((one) => one === 0) && std.every((one) => one === 1);
  const taken = sound !== null && sound.features === null && asTheyAre;
  return new Set(taken ? dataInputs(graph).map(({ value }) => value) : []);
}

/** `count` values of `total`, zeros left out. */
type Outliers = {
  /** Clipped, or covered at the cost of all others. */
  readonly kind: 'clipped' | 'crowding';
  readonly count: number;
  readonly total: number;
};

/** A range is set by few values where at most so many of them use more than a share of the codes. */
const FEW = 0.005;
const CROWDED = 1 / 16;

/** Zeros are always exact and say nothing about a range. */
function outliersOf(histogram: Histogram, covered: Range, bits: 8 | 16): Outliers | null {
  const extent = Math.min(Math.max(-covered.min, covered.max), Math.max(-histogram.min, histogram.max));
  const total = countBeyond(histogram, 0);
  if (isSpiked(histogram, covered)) {
    return { kind: 'clipped', count: Math.max(1, Math.round(countBeyond(histogram, extent))), total };
  }
  if (bits === 16) return null; // a sixteenth of 65536 codes is many
  const count = Math.round(countBeyond(histogram, extent * CROWDED));
  return count > 0 && count < FEW * total ? { kind: 'crowding', count, total } : null;
}
