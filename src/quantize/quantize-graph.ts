/** Post-training quantisation: a float graph and calibration data to a graph whose values carry scales and codes. */
import type { Sample } from '../data/types.ts';
import type { Graph, Node } from '../graph/types.ts';
import { verifyGraph } from '../graph/verify.ts';
import { lowerWithOutcomes } from '../lower/lower.ts';
import { loweringError } from '../lower/outcomes.ts';
import { realInputs } from '../passes/whole-inputs.ts';
import { type InputMoments, inputMoments } from './adaptive-rounding.ts';
import { assumeQuantized, type LayerWishes } from './assume.ts';
import type { Statistics } from './calibrate.ts';
import { channelReach } from './channel-reach.ts';
import { equalise, smooth, smoothable } from './equalise.ts';
import {
  type FourBitLayer,
  fourBitLayers,
  type WeightBitsWish,
  withFourBitWeights,
} from './four-bit-weights.ts';
import { quantizeFromStatistics, type TensorReport } from './from-statistics.ts';
import { observeValues } from './observe-values.ts';
import type { ObserverKind } from './observers/index.ts';
import { planQuantization, type QuantPlan, type Scheme, TFLITE_INT8 } from './scheme.ts';
import { observerOfGroup, type TensorObservers } from './tensor-observers.ts';
import type { WeightRange } from './weight-range.ts';
import { type BitsWish, withWideGroups } from './wide-layers.ts';

export type QuantizeOptions = {
  /** How activation ranges are chosen. */
  readonly observer?: ObserverKind;
  /** How those of some tensors are. */
  readonly observers?: TensorObservers;
  /** What crosses the border of the model: int8 codes, or float32 that the model converts itself. */
  readonly io?: 'int8' | 'float';
  readonly scheme?: Scheme;
  /** Equalise the weight ranges of neighbouring layers first. */
  readonly equalize?: boolean;
  /** Move outlier channels of activations into the weights that read them, after equalising. */
  readonly smooth?: boolean;
  /** Take the mean error of the rounded weights off the biases. */
  readonly biasCorrection?: boolean;
  /** What the codes of an output channel of weights cover. */
  readonly weightRange?: WeightRange;
  /** How weights become codes. */
  readonly rounding?: Rounding;
  /** Layers that are left in float32, by the names of nodes or of what they make. */
  readonly float?: readonly string[];
  /** Layers whose codes have 16 bits, or 8 after all; of two wishes for one layer, the last holds. */
  readonly bits?: readonly BitsWish[];
  /** Layers whose weights have 4 bits, or 8 after all; as `bits`. */
  readonly weightBits?: readonly WeightBitsWish[];
  /** Threads that calibrate; the result does not depend on it. Default 1. */
  readonly jobs?: number;
  /** Called with the number of calibration samples done. */
  readonly onProgress?: (done: number) => void;
};

/** `nearest` rounds each weight by itself, `adaptive` by what it does to the outputs of its layer (`roundAdaptively`). */
export type Rounding = 'nearest' | 'adaptive';

/** The measured defaults: docs/quantisation.md. */
export const QUANTIZE_DEFAULTS = {
  observer: { kind: 'percentile', percentile: 99.98 },
  observers: new Map(),
  io: 'int8',
  scheme: TFLITE_INT8,
  equalize: false,
  smooth: false,
  biasCorrection: false,
  weightRange: 'max',
  rounding: 'nearest',
  float: [],
  bits: [],
  weightBits: [],
  jobs: 1,
} as const satisfies QuantizeOptions;

export type QuantizeReport = {
  /** Calibration samples used. */
  readonly samples: number;
  readonly observer: ObserverKind;
  readonly scheme: Scheme['name'];
  readonly tensors: readonly TensorReport[];
  /** Pairs of layers that were equalised. */
  readonly equalisedPairs: number;
  /** Layers whose weights have 4 bits. */
  readonly fourBits: readonly FourBitLayer[];
};

type Quantized = {
  readonly graph: Graph;
  /** The float graph that `graph` approximates value by value: the one given, or its equalised form. */
  readonly reference: Graph;
  readonly report: QuantizeReport;
  /** Samples without the spikes of inputs that their codes clip far below. */
  readonly clip: (samples: AsyncIterable<Sample>) => AsyncIterable<Sample>;
};

/**
 * Quantises a prepared float graph; `calibration` is read once, or twice where inputs hold spikes. `reference` is the float graph that `graph` approximates value by value: the one
 * given, or its equalised form.
 * @throws TinymlError E_OP listing every node without an integer form, where the scheme needs one, before any data is
 *   read; E_QUANT if the graph is quantised already; E_NOT_FINITE naming a tensor that is NaN or infinite; E_DATA for
 *   samples that are missing or do not fit.
 */
export async function quantizeGraph(
  graph: Graph,
  calibration: () => AsyncIterable<Sample>,
  options: QuantizeOptions = {},
): Promise<Quantized> {
  return quantizeObserved(await observeGraph(graph, calibration, options), options);
}

/** What calibration finds out of a graph before anything is rounded. */
export type ObservedGraph = {
  /** The float graph given, or its equalised form. */
  readonly reference: Graph;
  readonly plan: QuantPlan;
  readonly statistics: Statistics;
  /** Where rounding is adaptive. */
  readonly moments: ReadonlyMap<Node, InputMoments> | null;
  readonly clip: (samples: AsyncIterable<Sample>) => AsyncIterable<Sample>;
  readonly equalisedPairs: number;
};

/** The first half of `quantizeGraph`: all that reads data. Asks of the options for `scheme`, `float`, `bits`, `weightBits`, `equalize`, `smooth`, `rounding`, `biasCorrection` and the observers of the inputs. */
export async function observeGraph(
  given: Graph,
  calibration: () => AsyncIterable<Sample>,
  options: QuantizeOptions = {},
): Promise<ObservedGraph> {
  const settings = { ...QUANTIZE_DEFAULTS, onProgress: () => {}, ...options };
  const { scheme, observer, observers, rounding, float, bits, weightBits } = settings;
  const graph = realInputs(given);
  if (scheme.integerOnly) requireIntegerForms(graph, scheme, { float, bits, weightBits });

  const equalised = settings.equalize ? equalise(graph) : { graph, pairs: 0 };
  const smoothed = settings.smooth ? await smoothGraph(equalised.graph, calibration()) : equalised;
  const reference = smoothed.graph;
  const plan = planQuantization(reference, scheme, float);
  const { statistics, clip } = await observeValues(reference, plan, calibration, {
    ...settings,
    observerOf: observerOfGroup(plan, observer, observers),
    channelMeans: settings.biasCorrection,
  });
  const adaptive = rounding === 'adaptive';
  return {
    reference,
    plan,
    statistics,
    moments: adaptive ? await inputMoments(reference, plan.linear, clip(calibration())) : null,
    clip,
    equalisedPairs: Math.max(equalised.pairs, smoothed.pairs),
  };
}

async function smoothGraph(graph: Graph, samples: AsyncIterable<Sample>): Promise<ReturnType<typeof smooth>> {
  return smooth(graph, await channelReach(graph, smoothable(graph), samples));
}

/** The second half of `quantizeGraph`: choices, without the data. */
export function quantizeObserved(observed: ObservedGraph, options: QuantizeOptions = {}): Quantized {
  const settings = { ...QUANTIZE_DEFAULTS, ...options };
  const { reference, statistics, moments, clip, equalisedPairs } = observed;
  const wide = withWideGroups(reference, observed.plan, settings.scheme, settings.bits);
  const plan = withFourBitWeights(reference, wide, settings.weightBits);
  const { graph, tensors } = quantizeFromStatistics(reference, plan, statistics, {
    ...settings,
    moments: settings.rounding === 'adaptive' ? moments : null,
  });
  return {
    graph: verifyGraph(graph),
    reference,
    clip,
    report: {
      samples: statistics.samples,
      observer: settings.observer,
      scheme: settings.scheme.name,
      tensors,
      equalisedPairs,
      fourBits: fourBitLayers(reference, plan),
    },
  };
}

/**
 * Lowers the graph with stand-in scales: what has no integer form is known before the data is read.
 * @throws TinymlError E_OP
 */
function requireIntegerForms(graph: Graph, scheme: Scheme, wishes: LayerWishes): void {
  const { outcomes } = lowerWithOutcomes(assumeQuantized(graph, scheme, 'ones', wishes));
  const problem = loweringError(outcomes, (count) => `${count} nodes have no integer form`);
  if (problem !== null) throw problem;
}
