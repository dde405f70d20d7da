/** From a float graph to the file of a quantised model, as one kind of target wants it. */
import type { Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Warning } from '../diagnostics/warnings.ts';
import type { Graph } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { toolVersion } from '../package-root.ts';
import { bestObserver } from './choose-observer.ts';
import type { WeightBitsWish } from './four-bit-weights.ts';
import { judgeLayers } from './judge.ts';
import { errorSamples, type LayerError, layerErrors } from './layer-error.ts';
import type { ObserverKind } from './observers/index.ts';
import { observeGraph, type QuantizeReport, quantizeObserved, type Rounding } from './quantize-graph.ts';
import type { Scheme } from './scheme.ts';
import type { TensorObservers } from './tensor-observers.ts';
import type { WeightRange } from './weight-range.ts';
import type { BitsWish } from './wide-layers.ts';

export type QuantizeRequest = {
  /** How activation ranges are chosen; absent for what the target does best with. */
  readonly observer?: ObserverKind;
  /** Instead: the one that serves the outputs best on the calibration data, where the target leaves that open. */
  readonly chooseObserver?: boolean;
  /** What crosses the border of the model, where the target leaves that open. */
  readonly io?: 'int8' | 'float';
  readonly equalize?: boolean;
  readonly biasCorrection?: boolean;
  /** How the ranges of some tensors are chosen, where the target leaves that open; as those that follow. */
  readonly observers?: TensorObservers;
  readonly smooth?: boolean;
  readonly weightRange?: WeightRange;
  readonly rounding?: Rounding;
  /** Layers that are left in float32, by the names of nodes or of what they make. */
  readonly float?: readonly string[];
  /** Layers whose codes have 16 bits; as `QuantizeOptions`. */
  readonly bits?: readonly BitsWish[];
  /** Layers whose weights have 4 bits; as `QuantizeOptions`. */
  readonly weightBits?: readonly WeightBitsWish[];
  /** Which layers are computed in integers: `auto`, `int8`, or a file that says so; for targets that mix precisions. */
  readonly perLayerPrecision?: string;
  readonly jobs: number;
  /** Called with the number of calibration samples done. */
  readonly onProgress?: (done: number) => void;
};

/**
 * @param graph prepared, in float
 * @param calibration real samples; read more than once
 */
export type QuantizeModel = (
  graph: Graph,
  calibration: () => AsyncIterable<Sample>,
  request: QuantizeRequest,
) => Promise<QuantizedModel>;

/** An ONNX file with Q and DQ, and how near it is to the float model. */
export type MeasurableFile = {
  readonly bytes: Uint8Array;
  /** Error of every quantised activation, in the order of the graph. */
  readonly layerErrors: (
    samples: AsyncIterable<Sample>,
    onProgress: (done: number) => void,
  ) => Promise<readonly LayerError[]>;
};

export type QuantizedModel = MeasurableFile & {
  readonly report: QuantizeReport;
  /** On how many samples `layerErrors` is worth measuring. */
  readonly errorSamples: number;
  /** The same without 16-bit codes and 4-bit weights that were asked for; null where there are none. */
  readonly narrow: MeasurableFile | null;
  /** What plainly failed, from the errors of the layers. */
  readonly judge: (layers: readonly LayerError[]) => readonly Warning[];
  /** What each layer is computed in, and why; empty where all of them are computed in integers. */
  readonly precisions: readonly ComputedIn[];
};

/** What a layer is computed in. */
export type ComputedIn = {
  readonly node: string;
  readonly op: string;
  readonly precision: string;
  /** Null where it is what was asked for. */
  readonly reason: string | null;
};

/**
 * With codes on every activation.
 * @param forms a quantised graph with the operators and codes that the target computes with
 * @throws (from what it gives) TinymlError as `quantizeGraph`; E_USAGE for precisions by layer
 */
export function affineQuantizer(scheme: Scheme, forms: (graph: Graph) => Graph): QuantizeModel {
  return async (graph, calibration, { perLayerPrecision, chooseObserver = false, ...request }) => {
    refusePrecisions(perLayerPrecision);
    const asked = { ...request, scheme };
    const observed = await observeGraph(graph, calibration, asked);
    const settings = chooseObserver
      ? { ...asked, observer: await bestObserver(observed, calibration, asked) }
      : asked;
    const quantized = quantizeObserved(observed, settings);
    const fileOf = ({ graph: made, reference, clip }: typeof quantized): MeasurableFile => ({
      bytes: exportModel(forms(made), { producerVersion: toolVersion() }),
      layerErrors: (samples, onProgress) => layerErrors(reference, made, clip(samples), onProgress),
    });
    const { bits = [], weightBits = [] } = settings;
    const plain = { ...settings, bits: [], weightBits: [] };
    return {
      ...fileOf(quantized),
      report: quantized.report,
      errorSamples: errorSamples(quantized.graph),
      narrow: bits.length + weightBits.length === 0 ? null : fileOf(quantizeObserved(observed, plain)),
      judge: (layers) => judgeLayers(quantized.reference, quantized.report, layers),
      precisions: [],
    };
  };
}

/** Of targets that compute every layer in int8. @throws TinymlError E_USAGE for precisions by layer */
export function refusePrecisions(perLayerPrecision: string | undefined): void {
  if (perLayerPrecision === undefined) return;
  throw new TinymlError('E_USAGE', 'every layer is quantised for this target', {
    at: `--per-layer-precision ${perLayerPrecision}`,
    hint: 'leave it out: it is for Jetson modules',
  });
}
