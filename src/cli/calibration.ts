/** Calibration data, and how a command line asks to quantise with them. */

import { scaleSamples } from '../data/scale-samples.ts';
import { chooseIndices } from '../data/subset.ts';
import type { Dataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph } from '../graph/types.ts';
import { observerOfKind } from '../quantize/choose-observer.ts';
import { GROUP_UNIT, type WeightBitsWish } from '../quantize/four-bit-weights.ts';
import type { ObserverKind } from '../quantize/observers/index.ts';
import { OBSERVERS } from '../quantize/observers/kinds.ts';
import type { Rounding } from '../quantize/quantize-graph.ts';
import type { QuantizeRequest } from '../quantize/quantize-model.ts';
import type { TensorObservers } from '../quantize/tensor-observers.ts';
import type { WeightRange } from '../quantize/weight-range.ts';
import type { BitsWish } from '../quantize/wide-layers.ts';
import type { Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { flagOption, listOption, type Options, requiredNumber, textOption } from './options.ts';

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
  const dataset = scaled(
    await dataFor(path, graph, options, context),
    requiredNumber(options, 'calibration-scale'),
  );
  const wanted = requiredNumber(options, 'calibration-size');
  const count = Math.min(wanted, dataset.length);
  if (count < wanted && !dataset.sequences)
    context.warn('W_SAMPLES', `${dataset.name} has ${count} samples, not ${wanted}; all are used`);
  return { dataset, indices: chooseIndices(dataset.length, count, context.seed) };
}

/** The same samples with every value times a factor. */
function scaled(dataset: Dataset, factor: number): Dataset {
  if (factor === 1) return dataset;
  return { ...dataset, samples: (indices) => scaleSamples(dataset.samples(indices), { factor, offset: 0 }) };
}

/** Reads what `quantize` has options for, where the command has them: how ranges, weights and ports are chosen. */
export function quantizeRequest(options: Options, context: Context): QuantizeRequest {
  const [observer, io, correction, perLayer, weights, round] = [
    ...['observer', 'io', 'bias-correction', 'per-layer-precision', 'weights', 'round'],
  ].map((name) => textOption(options, name));
  return {
    ...(observer === undefined || observer === 'auto'
      ? {}
      : { observer: observerOfKind(observer as ObserverKind['kind']) }),
    chooseObserver: observer === 'auto',
    observers: tensorObservers(listOption(options, 'observer-of')),
    ...(io === undefined ? {} : { io: io as 'int8' | 'float' }),
    equalize: flagOption(options, 'equalize'),
    smooth: flagOption(options, 'smooth'),
    biasCorrection: correction === 'on',
    ...(weights === undefined ? {} : { weightRange: weights as WeightRange }),
    ...(round === undefined ? {} : { rounding: round as Rounding }),
    ...(perLayer === undefined ? {} : { perLayerPrecision: perLayer }),
    // Of `deploy`, it is the name of a file.
    ...(typeof options.float === 'object' ? { float: options.float } : {}),
    bits: isAutomatic(options) ? [] : bitsWishes(listOption(options, 'bits')),
    weightBits: weightBitsWishes(listOption(options, 'weight-bits')),
    jobs: context.jobs,
  };
}

/** Whether layers with 16 bits are to be chosen by what was measured. @throws TinymlError E_USAGE */
export function isAutomatic(options: Options): boolean {
  const texts = listOption(options, 'bits');
  if (!texts.includes('auto')) return false;
  if (texts.length === 1) return true;
  throw new TinymlError('E_USAGE', '--bits auto chooses the layers itself', {
    at: texts.map((text) => `--bits ${text}`),
    hint: 'give it alone, or name the layers yourself',
  });
}

/** `layer=16`; a layer may have "=" in its name. @throws TinymlError E_USAGE */
function bitsWishes(texts: readonly string[]): readonly BitsWish[] {
  return texts.map((text) => {
    const cut = text.lastIndexOf('=');
    const bits = Number(text.slice(cut + 1));
    if (cut > 0 && (bits === 8 || bits === 16)) return { layers: text.slice(0, cut), bits };
    throw new TinymlError('E_USAGE', `--bits takes layer=16, not "${text}"`, {
      hint: 'a layer is the name of a node or of what it makes, an operator (Conv=16), a range (conv1..conv3=16), or all; =8 takes it back; --bits auto chooses',
    });
  });
}

/** `layer=4`, or `layer=4:group`. @throws TinymlError E_USAGE */
function weightBitsWishes(texts: readonly string[]): readonly WeightBitsWish[] {
  return texts.map((text) => {
    const cut = text.lastIndexOf('=');
    const layers = text.slice(0, Math.max(cut, 0));
    const [bits, group = null, ...rest] = text.slice(cut + 1).split(':');
    if (layers !== '' && rest.length === 0) {
      if (bits === '8' && group === null) return { layers, bits: 8, group };
      if (bits === '4' && group === null) return { layers, bits: 4, group };
      const size = Number(group);
      if (bits === '4' && Number.isInteger(size) && size > 0 && size % GROUP_UNIT === 0)
        return { layers, bits: 4, group: size };
    }
    throw new TinymlError('E_USAGE', `--weight-bits takes layer=4 or layer=4:group, not "${text}"`, {
      hint: `a layer is named as for --bits; a group is so many inputs that share a factor, a multiple of ${GROUP_UNIT} (all=4:32); =8 takes it back`,
    });
  });
}

/** `tensor=kind`; a tensor may have "=" in its name. @throws TinymlError E_USAGE */
function tensorObservers(texts: readonly string[]): TensorObservers {
  return new Map(
    texts.map((text) => {
      const cut = text.lastIndexOf('=');
      const kind = text.slice(cut + 1);
      if (cut > 0 && (OBSERVERS as readonly string[]).includes(kind))
        return [text.slice(0, cut), observerOfKind(kind as ObserverKind['kind'])];
      throw new TinymlError('E_USAGE', `--observer-of takes tensor=kind, not "${text}"`, {
        hint: `kinds are ${OBSERVERS.join(', ')}: for example --observer-of image=min-max`,
      });
    }),
  );
}
