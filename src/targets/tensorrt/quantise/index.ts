/** Post-training quantisation for TensorRT: a float graph and calibration data to a graph with Q/DQ pairs by its rules. */
import type { Sample } from '../../../data/types.ts';
import type { Graph } from '../../../graph/types.ts';
import { verifyGraph } from '../../../graph/verify.ts';
import { SYMMETRIC_INT8 } from '../../../quantize/affine.ts';
import { equalise } from '../../../quantize/equalise.ts';
import { chooseActivations, type TensorReport } from '../../../quantize/from-statistics.ts';
import { observeValues } from '../../../quantize/observe-values.ts';
import type { ObserverKind } from '../../../quantize/observers/index.ts';
import type { TensorRtModel } from '../release/model.ts';
import type { Platform } from '../release/platform.ts';
import { placePairs } from './placement.ts';
import { layerPrecisions, leftOut, type PrecisionChoice } from './precisions.ts';
import { scaleGroups } from './scales.ts';
import { weightQuants } from './weights.ts';
import { type Scales, writePairs } from './write.ts';

export type { PrecisionChoice } from './precisions.ts';
export { readPrecisions } from './precisions.ts';

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

/** The measured defaults: docs/quantisation.md. */
export const TENSORRT_QUANTIZE_DEFAULTS = {
  observer: { kind: 'percentile', percentile: 99.98 },
  precisions: 'auto',
  equalize: false,
  jobs: 1,
} as const satisfies TensorRtQuantizeOptions;

export type TensorRtQuantized = {
  /** `float` is the graph given, or its equalised form: what `quantized` approximates. */
  readonly model: TensorRtModel;
  /** `quantized` with its weights rounded once for all: computes the same and is quick to run here. Null with it. */
  readonly runnable: Graph | null;
  readonly report: {
    /** Calibration samples used. */
    readonly samples: number;
    readonly observer: ObserverKind;
    /** Of every tensor that is read through a pair. */
    readonly tensors: readonly TensorReport[];
    /** Pairs of layers that were equalised. */
    readonly equalisedPairs: number;
  };
};

const SCHEME = { activations: SYMMETRIC_INT8 };

/**
 * Places pairs, calibrates for symmetric codes, and writes them. Weights have a scale per output channel, biases stay
 * float32, all zero points are 0.
 * @param graph prepared (`prepareGraph`)
 * @throws TinymlError E_USAGE for precisions of nodes that the graph does not have, or that have no int8 form;
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
  const { graph: float, pairs } = equalize ? equalise(graph) : { graph, pairs: 0 };
  const left = leftOut(float, platform.release, precisions);
  const placement = placePairs(float, new Set(left.keys()));
  const { layers } = placement;
  const plan = { groups: scaleGroups(float, layers), linear: [] };
  const { statistics } = await observeValues(float, plan, calibration, {
    observer,
    scheme: SCHEME,
    channelMeans: false,
    jobs,
    onProgress,
  });
  const { activations, tensors } = chooseActivations(plan, statistics, observer, SCHEME);
  const scales: Scales = { activations, weights: weightQuants(float, layers) };
  const write = (form: 'pair' | 'rounded'): Graph | null =>
    layers.length === 0 ? null : verifyGraph(writePairs(float, layers, scales, form));
  const read = new Set(layers.flatMap(({ node, activations: at }) => at.map((i) => node.inputs[i]!)));
  return {
    model: {
      float,
      quantized: write('pair'),
      layers: layerPrecisions(float, placement, left),
      ranges: new Map(tensors.map(({ name, covered }) => [name, covered.max])),
    },
    runnable: write('rounded'),
    report: {
      samples: statistics.samples,
      observer,
      tensors: tensors.filter(({ name }) => read.has(name)),
      equalisedPairs: pairs,
    },
  };
}
