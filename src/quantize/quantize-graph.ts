/** Post-training quantisation: a float graph and calibration data to a graph whose values carry scales and codes. */
import type { Sample } from '../data/types.ts';
import type { Graph } from '../graph/types.ts';
import { verifyGraph } from '../graph/verify.ts';
import { lowerWithOutcomes } from '../lower/int8/lower.ts';
import { loweringError } from '../lower/int8/outcomes.ts';
import { realInputs } from '../passes/whole-inputs.ts';
import { assumeQuantized } from './assume.ts';
import { equalise } from './equalise.ts';
import { quantizeFromStatistics, type TensorReport } from './from-statistics.ts';
import { observeValues } from './observe-values.ts';
import type { ObserverKind } from './observers/index.ts';
import { planQuantization, type Scheme, TFLITE_INT8 } from './scheme.ts';

export type QuantizeOptions = {
  /** How activation ranges are chosen. */
  readonly observer?: ObserverKind;
  /** What crosses the border of the model: int8 codes, or float32 that the model converts itself. */
  readonly io?: 'int8' | 'float';
  readonly scheme?: Scheme;
  /** Equalise the weight ranges of neighbouring layers first. */
  readonly equalize?: boolean;
  /** Take the mean error of the rounded weights off the biases. */
  readonly biasCorrection?: boolean;
  /** Threads that calibrate; the result does not depend on it. Default 1. */
  readonly jobs?: number;
  /** Called with the number of calibration samples done. */
  readonly onProgress?: (done: number) => void;
};

/** The measured defaults: docs/quantisation.md. */
export const QUANTIZE_DEFAULTS = {
  observer: { kind: 'percentile', percentile: 99.98 },
  io: 'int8',
  scheme: TFLITE_INT8,
  equalize: false,
  biasCorrection: false,
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
  given: Graph,
  calibration: () => AsyncIterable<Sample>,
  options: QuantizeOptions = {},
): Promise<Quantized> {
  const settings = { ...QUANTIZE_DEFAULTS, onProgress: () => {}, ...options };
  const { scheme } = settings;
  const graph = realInputs(given);
  if (scheme.integerOnly) requireIntegerForms(graph, scheme);

  const { graph: equalised, pairs } = settings.equalize ? equalise(graph) : { graph, pairs: 0 };
  const plan = planQuantization(equalised, scheme);
  const { statistics, clip } = await observeValues(equalised, plan, calibration, {
    ...settings,
    channelMeans: settings.biasCorrection,
  });
  const { graph: quantized, tensors } = quantizeFromStatistics(equalised, plan, statistics, settings);
  return {
    graph: verifyGraph(quantized),
    reference: equalised,
    clip,
    report: {
      samples: statistics.samples,
      observer: settings.observer,
      scheme: scheme.name,
      tensors,
      equalisedPairs: pairs,
    },
  };
}

/**
 * Lowers the graph with stand-in scales: what has no integer form is known before the data is read.
 * @throws TinymlError E_OP
 */
function requireIntegerForms(graph: Graph, scheme: Scheme): void {
  const { outcomes } = lowerWithOutcomes(assumeQuantized(graph, scheme));
  const problem = loweringError(outcomes, (count) => `${count} nodes have no integer form`);
  if (problem !== null) throw problem;
}
