/** Which inner loops a core runs: plain C, two products at once (DSP), or vectors (MVE). */
export type Loops = 'scalar' | 'dsp' | 'mve';

/** Counts by name. The names are those of the coefficients. */
export type Work = Readonly<Record<string, number>>;
