/** Which inner loops a core runs: plain C, two products at once (DSP), or vectors (MVE). */
export type Loops = 'scalar' | 'dsp' | 'mve';

/** Counts by name. The names are those of the coefficients. */
export type Work = Readonly<Record<string, number>>;

/** All of several. */
export function together(parts: readonly Work[]): Work {
  const all: Record<string, number> = {};
  for (const part of parts)
    for (const [name, count] of Object.entries(part)) all[name] = (all[name] ?? 0) + count;
  return all;
}
