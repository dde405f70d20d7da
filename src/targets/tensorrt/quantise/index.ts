/** Post-training quantisation for TensorRT: a float graph and calibration data to a graph with Q/DQ pairs by its rules. */

import type { Sample } from '../../../data/types.ts';
import { TinymlError } from '../../../diagnostics/errors.ts';
import type { Graph } from '../../../graph/types.ts';
import { verifyGraph } from '../../../graph/verify.ts';
import { SYMMETRIC_INT8 } from '../../../quantize/affine.ts';
import { equalise } from '../../../quantize/equalise.ts';
import { chooseActivations } from '../../../quantize/from-statistics.ts';
import { observeValues } from '../../../quantize/observe-values.ts';
import type { ObserverKind } from '../../../quantize/observers/index.ts';
import type { QuantizeReport } from '../../../quantize/quantize-graph.ts';
import type { ScaleGroup } from '../../../quantize/scheme.ts';
import type { TensorRtModel } from '../release/model.ts';
import type { Platform } from '../release/platform.ts';
import { leaveInaccurate, type Search } from './automatic.ts';
import { decibels, errorsAlone, samplesToMeasure } from './errors.ts';
import { isQuantized, refitGroups, unlearned } from './learned.ts';
import { placePairs } from './placement.ts';
import { layerPrecisions, leftOut, type PrecisionChoice } from './precisions.ts';
import { scaleGroups } from './scales.ts';
import { weightQuants } from './weights.ts';
import { type Scales, writePairs } from './write.ts';

export { layerErrors } from './layer-errors.ts';
export { type PrecisionChoice, planPrecisions, readPrecisions } from './precisions.ts';
export { precisionsOf, readQuantized } from './read.ts';
export { runnableForm } from './runnable.ts';

export type TensorRtQuantizeOptions = {
  /** How activation ranges are chosen. */
  readonly observer?: ObserverKind;
  /** Which layers are computed in int8. */
  readonly precisions?: PrecisionChoice;
  /** Equalise the weight ranges of neighbouring layers first. */
  readonly equalize?: boolean;
  /** Threads that calibrate; the result does not depend on it. Default 1. */
  readonly jobs?: number;
  /** Called with the number of calibration samples done. */
  readonly onProgress?: (done: number) => void;
};

/** The measured defaults: docs/jetson-quantisation.md. */
export const TENSORRT_QUANTIZE_DEFAULTS = {
  observer: { kind: 'percentile', percentile: 99.99 },
  precisions: 'auto',
  equalize: false,
  jobs: 1,
} as const satisfies TensorRtQuantizeOptions;

type TensorRtQuantized = {
  /** `float` is the graph given, or its equalised form: what `quantized` approximates. */
  readonly model: TensorRtModel;
  /** Samples without the spikes of inputs that their codes clip far below. */
  readonly clip: (samples: AsyncIterable<Sample>) => AsyncIterable<Sample>;
  /** `tensors` are those that are read through a pair. */
  readonly report: QuantizeReport & {
    /** Signal to error of every layer that could be in int8, alone, by node: in dB, null without an error. */
    readonly errors: ReadonlyMap<string, number | null>;
    /** What was measured to leave layers out; null where the choice was given. */
    readonly search: Search | null;
  };
};

const SCHEME = { name: 'tensorrt', activations: SYMMETRIC_INT8 };

/**
 * Places pairs, calibrates for symmetric codes, and writes them. Weights have a scale per output channel, biases stay
 * float32, all zero points are 0. What a quantised graph has learned is kept: its weights and their scales, and its
 * ranges, refit.
 * @param graph prepared (`prepareGraph`): in float, or with the scales of training in 8-bit integers
 * @throws TinymlError E_USAGE for equalising what has learned scales, for precisions of nodes that the graph does not have, or that have no int8 form;
 *   E_NOT_FINITE naming a tensor that is NaN or infinite; E_DATA for samples that are missing or do not fit.
 */
export async function quantizeForTensorRt(
  graph: Graph,
  platform: Platform,
  calibration: () => AsyncIterable<Sample>,
  options: TensorRtQuantizeOptions = {},
): Promise<TensorRtQuantized> {
  const { observer, precisions, equalize, jobs, onProgress } = {
    ...TENSORRT_QUANTIZE_DEFAULTS,
    onProgress: () => {},
    ...options,
  };
  if (equalize && isQuantized(graph)) {
    throw new TinymlError('E_USAGE', 'a model with scales of its own is not equalised', {
      hint: 'leave out --equalize: its weights were learned with their scales',
    });
  }
  const { float: given, learned } = unlearned(graph);
  const { graph: float, pairs } = equalize ? equalise(given) : { graph: given, pairs: 0 };
  const forced = leftOut(float, platform.release, precisions);
  const { layers: candidates } = placePairs(float, new Set(forced.keys()));
  const plan = {
    groups: refitGroups(scaleGroups(float, candidates), learned),
    wide: new Set<ScaleGroup>(),
    fourBits: new Map(),
    linear: [],
    recurrent: [],
  };
  const observerOf = (): ObserverKind => observer;
  const { statistics, clip } = await observeValues(float, plan, calibration, {
    observerOf,
    scheme: SCHEME,
    channelMeans: false,
    jobs,
    onProgress,
  });
  const { activations, tensors } = chooseActivations(plan, statistics, observerOf, SCHEME);
  const scales: Scales = { activations, weights: weightQuants(float, candidates, learned) };
  const samples = await samplesToMeasure(float, clip(calibration()));
  const errors = errorsAlone(float, candidates, scales, samples);
  const { left, search } =
    precisions === 'auto'
      ? leaveInaccurate(float, forced, scales, errors, samples)
      : { left: forced, search: null };
  const placement = placePairs(float, new Set(left.keys()));
  const { layers } = placement;
  const quantized = layers.length === 0 ? null : verifyGraph(writePairs(float, layers, scales));
  const read = new Set(layers.flatMap(({ node, activations: at }) => at.map((i) => node.inputs[i]!)));
  return {
    model: {
      float,
      quantized,
      layers: layerPrecisions(float, placement, left),
      ranges: new Map(tensors.map(({ name, covered }) => [name, covered.max])),
    },
    clip,
    report: {
      scheme: SCHEME.name,
      samples: statistics.samples,
      observer,
      tensors: tensors.filter(({ name }) => read.has(name)),
      errors: new Map([...errors].map(([{ name }, error]) => [name, decibels(error)])),
      search,
      equalisedPairs: pairs,
      fourBits: [],
    },
  };
}
