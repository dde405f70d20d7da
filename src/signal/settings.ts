/**
 * What of a recording a model of features is given: short frames, the spectrum of each, its energy in bands of the mel
 * scale, the logarithm of that (log-mel), and at will its cosine transform (MFCC). The settings say what librosa, torchaudio
 * and TensorFlow compute; docs/sound.md has their calls beside ours.
 */
export type FeatureSettings = {
  /** Samples of the recording that one input of the model takes; null is the fewest that give the frames of the input. */
  readonly samples: number | null;
  /** Samples of a frame, which are those of its window (librosa and torchaudio: win_length). */
  readonly frameLength: number;
  /** Samples from the start of a frame to that of the next (hop_length). */
  readonly frameStep: number;
  /** A power of two, frameLength or more: a frame is padded with zeros to it (n_fft). */
  readonly fftSize: number;
  /** Periodic windows unless they are called symmetric; none is a rectangle. */
  readonly window: WindowShape;
  /** Where the window lies in the fftSize samples of a frame: at their start (TensorFlow), or in their middle (librosa, torchaudio). */
  readonly windowPlace: 'start' | 'middle';
  /**
   * none: the first frame starts with the first sample, and no frame goes over the end. Else frame t has sample t * frameStep
   * in its middle, and beyond both ends there are zeros, or the samples mirrored at the first and last one.
   */
  readonly centre: 'none' | 'zeros' | 'reflect';
  /**
   * What samples are divided by: 32768, or the greatest sample of the recording (by its sign, as MLPerf Tiny does; 1 if that is less).
   */
  readonly level: 'full-scale' | 'peak';
  /** a in y[n] = x[n] - a x[n - 1], y[0] = x[0]; 0 is none. In [0, 1). */
  readonly preEmphasis: number;
  /** Squared absolute values of the spectrum, or the absolute values. */
  readonly spectrum: 'power' | 'magnitude';
  readonly mel: MelSettings;
  readonly log: LogSettings;
  /** null: the values are log-mel energies. */
  readonly mfcc: {
    /** The first ones are kept; the first of all is the mean of the bands, scaled. */
    readonly coefficients: number;
    /**
     * Scaling of the DCT-II over n bands: sqrt(2 / n), and `ortho` divides the first coefficient by sqrt(2) (librosa,
     * torchaudio); `htk` does not (TensorFlow).
     */
    readonly norm: 'ortho' | 'htk';
  } | null;
  /** Axis order of the model's input; null finds it out from the shape of the input. */
  readonly layout: 'frames-first' | 'values-first' | null;
};

export type WindowShape = 'hann' | 'hann-symmetric' | 'hamming' | 'hamming-symmetric' | 'none';

export type MelSettings = {
  readonly bands: number;
  /** Hz: lower end of the first triangle. */
  readonly low: number;
  /** Hz: upper end of the last triangle; null is half the rate. */
  readonly high: number | null;
  /** htk: 2595 log10(1 + f / 700); slaney: linear below 1 kHz, logarithmic above. */
  readonly scale: 'htk' | 'slaney';
  /** none: triangles of height 1; slaney: divided by half their width in Hz, so of area 1. */
  readonly norm: 'none' | 'slaney';
  /** The sides of the triangles are straight over Hz (librosa, torchaudio), or over mel (TensorFlow). */
  readonly triangles: 'hertz' | 'mel';
};

/** The logarithm of max(x, floor), or of x + offset, with x the energy of a band: one of the two is 0. */
export type LogSettings = {
  /** decibel is 10 log10 of a power, and 20 log10 of a magnitude. */
  readonly base: 'natural' | 'log10' | 'decibel';
  /** In the unit of x (librosa: amin). */
  readonly floor: number;
  /** In the unit of x. */
  readonly offset: number;
  /** What x is divided by before: 1, or the greatest x of the recording (librosa's ref=np.max), so that 0 is the greatest value. */
  readonly reference: 'one' | 'maximum';
  /** In the unit of the logarithm: what is further below the greatest value of the recording is raised to there (top_db). */
  readonly range: number | null;
};

/** Numbers of one frame in the model's input. */
export function valuesPerFrame(settings: FeatureSettings): number {
  return settings.mfcc?.coefficients ?? settings.mel.bands;
}
