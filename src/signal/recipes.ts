import type { FeatureSettings } from './settings.ts';

/** What librosa computes from samples and a rate alone, but for the rate (librosa 0.11, feature.melspectrogram and power_to_db). */
const LIBROSA: FeatureSettings = {
  samples: null,
  frameLength: 2048,
  frameStep: 512,
  fftSize: 2048,
  window: 'hann',
  windowPlace: 'middle',
  centre: 'zeros',
  level: 'full-scale',
  preEmphasis: 0,
  spectrum: 'power',
  mel: { bands: 128, low: 0, high: null, scale: 'slaney', norm: 'slaney', triangles: 'hertz' },
  log: { base: 'decibel', floor: 1e-10, offset: 0, reference: 'one', range: 80 },
  mfcc: null,
  layout: null,
};

/**
 * MLPerf Tiny, keyword spotting (github.com/mlcommons/tiny, benchmark/training/keyword_spotting/get_dataset.py): one second
 * at 16 kHz over its peak, 49 frames of 30 ms each 20 ms, 40 bands from 20 Hz to 4 kHz, 10 coefficients.
 */
const MLPERF_TINY_KWS: FeatureSettings = {
  samples: 16000,
  frameLength: 480,
  frameStep: 320,
  fftSize: 512,
  window: 'hann',
  windowPlace: 'start',
  centre: 'none',
  level: 'peak',
  preEmphasis: 0,
  spectrum: 'magnitude',
  mel: { bands: 40, low: 20, high: 4000, scale: 'htk', norm: 'none', triangles: 'mel' },
  log: { base: 'natural', floor: 0, offset: 1e-6, reference: 'one', range: null },
  mfcc: { coefficients: 10, norm: 'htk' },
  layout: 'frames-first',
};

/** Front ends that are known by a name. */
export const RECIPES: ReadonlyMap<string, FeatureSettings> = new Map([
  ['librosa-log-mel', LIBROSA],
  ['librosa-mfcc', { ...LIBROSA, mfcc: { coefficients: 20, norm: 'ortho' } }],
  ['mlperf-tiny-kws', MLPERF_TINY_KWS],
]);

/** In Hz, of those that are defined for one rate: their frames are of seconds, and counted in samples. */
export const RECIPE_RATES: ReadonlyMap<string, number> = new Map([['mlperf-tiny-kws', 16000]]);
