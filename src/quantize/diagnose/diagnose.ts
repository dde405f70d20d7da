/** What each layer of a quantised model costs, and what is wrong with those that cost most. */
import type { Sample } from '../../data/types.ts';
import type { Graph } from '../../graph/types.ts';
import { QUANT_RANGES } from '../../graph/verify.ts';
import { layerErrors } from '../layer-error.ts';
import type { Histogram } from '../observers/histogram.ts';
import { planQuantization, TFLITE_INT8 } from '../scheme.ts';
import { type Cause, causesOf } from './causes.ts';
import { amplifications } from './jumps.ts';
import { floatOutputs, layerCost } from './layer-cost.ts';
import { type Layer, layersOf } from './layers.ts';
import { type NoiseRatio, type OwnNoise, ownNoises } from './own-noise.ts';
import { stream } from './workbench.ts';

export type LayerDiagnosis = {
  readonly name: string;
  readonly op: string;
  /** Its output, or that of the activation computed with it. */
  readonly value: string;
  /** Exact inputs, its own weights and output in codes. */
  readonly own: NoiseRatio;
  /** The part of it that rounded weights make. */
  readonly ownWeights: NoiseRatio;
  /** As the device computes it, errors of the layers before included. */
  readonly accumulated: NoiseRatio;
  /** At the outputs of the model, where it alone is in codes. */
  readonly cost: NoiseRatio;
  /** Of the costs of all layers, in [0, 1]. */
  readonly share: number;
  readonly saturation: number;
  readonly codesUsed: number;
  readonly weightRangeRatio: number | null;
  /** Extents of the exact values and of the codes. */
  readonly seen: Extent;
  readonly covered: Extent;
  /** Largest magnitude of each channel. */
  readonly channels: readonly number[];
  readonly histogram: Histogram;
  readonly causes: readonly Cause[];
};

export type Extent = { readonly min: number; readonly max: number };

/**
 * Takes a quantised graph apart, the layer that costs most first.
 * @param float what it approximates, value by value
 * @throws TinymlError as `layerErrors`
 */
export async function diagnoseLayers(
  float: Graph,
  quantized: Graph,
  samples: readonly Sample[],
  onProgress: (done: number) => void = () => {},
): Promise<readonly LayerDiagnosis[]> {
  const layers = layersOf(float, quantized);
  const accumulated = await layerErrors(float, quantized, stream(samples));
  const { layers: own, outputs } = ownNoises(float, layers, samples);
  const wanted = floatOutputs(float, samples);
  const costs = layers.map((layer, i) => {
    const made = outputs.map((sample) => sample[i]!);
    const cost = layerCost(float, layer, samples, made, wanted);
    onProgress(i + 1);
    return cost;
  });
  const noise = layers.map(({ value, reads }, i) => ({
    value,
    reads,
    own: own[i]!.total,
    accumulated: ratioOf(accumulated[i]!.sqnrDb),
  }));
  const jumps = amplifications(noise);
  const fixed = fixedValues(float);
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  return layers
    .map((layer, i): LayerDiagnosis => {
      const { name, op, value, weightRangeRatio } = layer;
      const covered = coveredExtent(layer);
      return {
        name,
        op,
        value,
        own: noise[i]!.own,
        ownWeights: own[i]!.weights,
        accumulated: noise[i]!.accumulated,
        cost: costs[i]!,
        share: total === 0 ? 0 : costs[i]! / total,
        ...picked(own[i]!),
        weightRangeRatio,
        covered,
        causes: causesOf(own[i]!, Math.max(-covered.min, covered.max), fixed.has(value), jumps[i]!),
      };
    })
    .sort((a, b) => b.cost - a.cost);
}

function picked({
  saturation,
  codesUsed,
  channels,
  histogram,
}: OwnNoise): Pick<LayerDiagnosis, 'saturation' | 'codesUsed' | 'channels' | 'histogram' | 'seen'> {
  const { min, max, total } = histogram;
  const seen = total === 0 ? { min: 0, max: 0 } : { min, max };
  return { saturation, codesUsed, channels, histogram, seen };
}

/** Values whose scale is that of an operator. */
function fixedValues(float: Graph): ReadonlySet<string> {
  const { groups } = planQuantization(float, TFLITE_INT8);
  return new Set(groups.flatMap(({ fixed, members }) => (fixed === null ? [] : members)));
}

function coveredExtent({ quant: { dtype, scale, zeroPoint } }: Layer): Extent {
  const [min, max] = QUANT_RANGES[dtype].map((code) => (code - zeroPoint[0]!) * scale[0]!) as [
    number,
    number,
  ];
  return { min, max };
}

/** @param sqnrDb null without an error */
function ratioOf(sqnrDb: number | null): NoiseRatio {
  return sqnrDb === null ? 0 : 10 ** (-sqnrDb / 10);
}

/** The same in dB; null without an error. */
export function decibels(ratio: NoiseRatio): number | null {
  return ratio === 0 ? null : -10 * Math.log10(ratio);
}
