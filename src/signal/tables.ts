import { cosineTransform, logUnit } from './cosine-transform.ts';
import { WEIGHT_BITS } from './fourier.ts';
import { LOG_BITS } from './log2-table.ts';
import { type Band, melBands } from './mel.ts';
import { type Scaled, scaled } from './scaled.ts';
import type { FeatureSettings } from './settings.ts';
import { featureShape, firstSample } from './shape.ts';
import { windowOf, windowPeriod } from './window.ts';

/** Fraction bits of what comes out. */
export const FEATURE_BITS = 16;

/** One mel band in whole numbers. */
type FixedBand = {
  readonly first: number;
  /** 0 .. 65535: the weight times 2^bits, rounded. */
  readonly weights: readonly number[];
  readonly bits: number;
};

/** All that the fixed-point form of a front end computes with: the same numbers here and in the C of a device. */
export type FrontEndTables = {
  readonly samples: number;
  readonly frames: number;
  /** Numbers of one frame. */
  readonly values: number;
  readonly frameLength: number;
  readonly frameStep: number;
  readonly fftSize: number;
  /** First sample of the window of the first frame. */
  readonly start: number;
  readonly reflect: boolean;
  readonly peak: boolean;
  /** 14 fraction bits. */
  readonly preEmphasis: number;
  readonly magnitude: boolean;
  /** Weight i of the window is that at min(i, windowPeriod - i). */
  readonly window: Int32Array;
  readonly windowPeriod: number;
  /** cos(2 pi k / fftSize), k = 0 .. fftSize / 2. */
  readonly cosines: Int32Array;
  readonly bands: readonly FixedBand[];
  /** In the unit of unshifted energies, before the weights of bands; null where there is a floor instead. */
  readonly offset: Scaled | null;
  /** log2 of the floor, LOG_BITS. */
  readonly floor: number;
  /** What is further than this below the greatest log2 is raised to there, LOG_BITS; null is nothing. */
  readonly range: number | null;
  /** Whether the greatest log2 is subtracted from all. */
  readonly relative: boolean;
  /** What log2 is multiplied by, WEIGHT_BITS; in log-mel only. */
  readonly unit: number;
  /** Coefficients x bands times the unit, WEIGHT_BITS; null in log-mel. */
  readonly transform: readonly Int32Array[] | null;
};

/** An energy of 1 is 2^this / fftSize, the latter squared for powers, before the weights of bands (fixed.ts says why). */
export const ENERGY_BITS = { power: 50, magnitude: 35 } as const;

/** @throws TinymlError E_PREPROCESS where settings, rate and the elements of the model's input do not fit one another. */
export function frontEndTables(settings: FeatureSettings, rate: number, elements: number): FrontEndTables {
  const { log, mel, mfcc, fftSize, frameLength, spectrum } = settings;
  const period = windowPeriod(settings.window, frameLength);
  const unit = logUnit(log.base, spectrum);
  const exponent = ENERGY_BITS[spectrum] - (spectrum === 'power' ? 2 : 1) * Math.log2(fftSize);
  return {
    ...featureShape(settings, elements),
    frameLength,
    frameStep: settings.frameStep,
    fftSize,
    start: firstSample(settings),
    reflect: settings.centre === 'reflect',
    peak: settings.level === 'peak',
    preEmphasis: Math.round(settings.preEmphasis * 2 ** 14),
    magnitude: spectrum === 'magnitude',
    window: fixed(
      windowOf(settings.window, frameLength).subarray(0, Math.floor(period / 2) + 1),
      WEIGHT_BITS,
    ),
    windowPeriod: period,
    cosines: fixed(
      Array.from({ length: fftSize / 2 + 1 }, (_, k) => Math.cos((2 * Math.PI * k) / fftSize)),
      WEIGHT_BITS,
    ),
    bands: melBands(mel, rate, fftSize).map(fixedBand),
    offset: log.offset === 0 ? null : scaledReal(log.offset * 2 ** exponent),
    floor: log.floor === 0 ? 0 : Math.round(Math.log2(log.floor) * 2 ** LOG_BITS),
    range: log.range === null ? null : Math.round((log.range / unit) * 2 ** LOG_BITS),
    relative: log.reference === 'maximum',
    unit: Math.round(unit * 2 ** WEIGHT_BITS),
    transform:
      mfcc === null
        ? null
        : cosineTransform(mfcc, mel.bands).map((row) =>
            fixed(
              row.map((weight) => weight * unit),
              WEIGHT_BITS,
            ),
          ),
  };
}

function fixed(values: ArrayLike<number>, bits: number): Int32Array {
  return Int32Array.from(values, (value) => Math.round(value * 2 ** bits));
}

/**
 * The weights of a band are as large as 16 bits allow, and their sum at most 2^27: sums over 26-bit halves of energies are below 2^53.
 */
function fixedBand({ first, weights }: Band): FixedBand {
  if (weights.length === 0) return { first, weights, bits: 0 };
  const greatest = weights.reduce((a, b) => Math.max(a, b));
  const sum = weights.reduce((a, b) => a + b);
  const bits = Math.floor(Math.log2(Math.min(65535 / greatest, (2 ** 27 - 2 ** 13) / sum)));
  return { first, weights: weights.map((weight) => Math.round(weight * 2 ** bits)), bits };
}

/** A positive real number, rounded down. */
function scaledReal(value: number): Scaled {
  const exponent = Math.floor(Math.log2(value)) - 40;
  return scaled(Math.floor(value * 2 ** -exponent), exponent);
}
