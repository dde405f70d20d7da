/**
 * What the C that makes an input of samples of sound repeats, and how often: native/signal/tinyml_front_end.c, and the function
 * that prints beside it (input/print-sound.ts).
 */
import type { FrontEndTables } from '../../../signal/tables.ts';
import type { SoundConversion } from '../input/conversions.ts';
import { needsAllFrames } from '../print-front-end.ts';

/** Counts of things by name. */
export function workOfSound({
  samples,
  features,
  encoders,
}: SoundConversion): Readonly<Record<string, number>> {
  const { kind } = encoders[0]!;
  if (features === null) return { call: 1, [kind]: samples };
  const { tables } = features;
  return { call: 1, ...workOfFeatures(tables), [kind]: tables.frames * tables.values };
}

function workOfFeatures(tables: FrontEndTables): Readonly<Record<string, number>> {
  const { frames, values, frameLength, fftSize, bands, transform, magnitude, peak, samples } = tables;
  const half = fftSize / 2;
  const weights = bands.reduce((sum, band) => sum + band.weights.length, 0);
  // Of log2(half) stages of half / 2 pairs each, one pair in each group needs no products: half - 1 of all.
  const pairs = (half / 2) * Math.log2(half);
  return {
    frame: frames,
    sample: frames * frameLength,
    pad: frames * (fftSize - frameLength),
    swap: frames * half,
    plain: frames * (half - 1),
    turned: frames * (pairs - (half - 1)),
    bin: frames * half,
    root: magnitude ? frames * half : 0,
    band: frames * bands.length,
    weight: frames * weights,
    product: transform === null ? 0 : frames * values * bands.length,
    value: frames * values,
    level: peak ? samples : 0,
    bounded: needsAllFrames(tables) ? frames * bands.length : 0,
  };
}
