import { TinymlError } from '../diagnostics/errors.ts';
import { type FeatureSettings, valuesPerFrame } from './settings.ts';

/** 17 minutes at 16 kHz. */
const MOST_SAMPLES = 2 ** 24;

/** What the input of a model of features holds. */
export type FeatureShape = {
  /** 16-bit samples that one input takes. */
  readonly samples: number;
  readonly frames: number;
  /** Numbers of one frame. */
  readonly values: number;
};

/**
 * How the numbers of an input are divided into frames.
 * @param elements of the model's input.
 * @throws TinymlError E_PREPROCESS if they are no such number of frames.
 */
export function featureShape(settings: FeatureSettings, elements: number): FeatureShape {
  const values = valuesPerFrame(settings);
  const frames = elements / values;
  const given = settings.samples === null ? frames : framesOf(settings, settings.samples);
  if (!Number.isInteger(frames) || given !== frames) {
    const made =
      settings.samples === null ? `frames of ${values} values` : `${given} frames of ${values} values`;
    throw new TinymlError('E_PREPROCESS', `the model takes ${elements} values, features are ${made}`, {
      at: 'sound.features',
      hint: 'Set the number of bands or coefficients, the frames and the samples as the model was trained.',
    });
  }
  const samples = settings.samples ?? fewestSamples(settings, frames);
  if (samples > MOST_SAMPLES) {
    throw new TinymlError('E_PREPROCESS', `an input of ${samples} samples is too long`, {
      at: 'sound.features.frameStep',
      hint: `${frames} frames with a step of ${settings.frameStep} samples; at most ${MOST_SAMPLES} samples are taken.`,
    });
  }
  if (settings.centre === 'reflect' && samples <= settings.fftSize / 2) {
    throw new TinymlError('E_PREPROCESS', `${samples} samples are too few to be mirrored at both ends`, {
      at: 'sound.features.centre',
      hint: `Reflection needs more than half of fftSize, ${settings.fftSize / 2} samples: use zeros.`,
    });
  }
  return { samples, frames, values };
}

/** Frames of a recording of so many samples. */
function framesOf(settings: FeatureSettings, samples: number): number {
  if (settings.centre !== 'none') return 1 + Math.floor(samples / settings.frameStep);
  return Math.max(0, 1 + Math.floor((samples - span(settings)) / settings.frameStep));
}

function fewestSamples(settings: FeatureSettings, frames: number): number {
  const steps = (frames - 1) * settings.frameStep;
  return settings.centre === 'none' ? steps + span(settings) : Math.max(steps, settings.frameLength);
}

/** Samples that a frame covers, with those around a window in the middle. */
function span({ windowPlace, frameLength, fftSize }: FeatureSettings): number {
  return windowPlace === 'start' ? frameLength : fftSize;
}

/** The first sample of the window of the first frame; below 0 it lies before the recording. */
export function firstSample({ windowPlace, frameLength, fftSize, centre }: FeatureSettings): number {
  const inFrame = windowPlace === 'start' ? 0 : Math.floor((fftSize - frameLength) / 2);
  return centre === 'none' ? inFrame : inFrame - fftSize / 2;
}

/** Which sample of the recording stands at a place that may lie before its start or behind its end; null is a zero. */
export function sampleAt({ centre }: FeatureSettings, samples: number, at: number): number | null {
  if (at >= 0 && at < samples) return at;
  if (centre !== 'reflect') return null;
  return at < 0 ? -at : 2 * (samples - 1) - at;
}
