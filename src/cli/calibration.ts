/** Calibration data, and how a command line asks to quantise with them. */
import { chooseIndices } from '../data/subset.ts';
import type { Dataset } from '../data/types.ts';
import type { Graph } from '../graph/types.ts';
import type { ObserverKind } from '../quantize/observers/index.ts';
import { QUANTIZE_DEFAULTS } from '../quantize/quantize-graph.ts';
import type { QuantizeRequest } from '../quantize/quantize-model.ts';
import type { Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { flagOption, type Options, requiredNumber, textOption } from './options.ts';

type CalibrationData = {
  readonly dataset: Dataset;
  /** The samples (or sequences) that are used. */
  readonly indices: readonly number[];
};

/** Reads --calibration-size and what data sets are read with. */
export async function calibrationData(
  path: string,
  graph: Graph,
  options: Options,
  context: Context,
): Promise<CalibrationData> {
  const dataset = await dataFor(path, graph, options, context);
  const wanted = requiredNumber(options, 'calibration-size');
  const count = Math.min(wanted, dataset.length);
  if (count < wanted && !dataset.sequences)
    context.warn('W_SAMPLES', `${dataset.name} has ${count} samples, not ${wanted}; all are used`);
  return { dataset, indices: chooseIndices(dataset.length, count, context.seed) };
}

/** Reads --observer, --io, --equalize, --bias-correction and --per-layer-precision, where the command has them. */
export function quantizeRequest(options: Options, context: Context): QuantizeRequest {
  const [observer, io, correction, perLayer] = [
    ...['observer', 'io', 'bias-correction', 'per-layer-precision'],
  ].map((name) => textOption(options, name));
  return {
    ...(observer === undefined ? {} : { observer: observerOf(observer as ObserverKind['kind']) }),
    ...(io === undefined ? {} : { io: io as 'int8' | 'float' }),
    equalize: flagOption(options, 'equalize'),
    biasCorrection: correction === 'on',
    ...(perLayer === undefined ? {} : { perLayerPrecision: perLayer }),
    jobs: context.jobs,
  };
}

function observerOf(kind: ObserverKind['kind']): ObserverKind {
  return kind === QUANTIZE_DEFAULTS.observer.kind ? QUANTIZE_DEFAULTS.observer : ({ kind } as ObserverKind);
}
