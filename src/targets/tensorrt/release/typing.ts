import type { Platform } from './platform.ts';

/**
 * What the precisions of an engine come from: flags of the builder and Q/DQ in the graph (`weak`), the types of the graph
 * (`strong`), or flags and a calibration cache, with no Q/DQ in the graph (`cache`: the DLA knows no Q/DQ before strong typing).
 */
export type Typing = 'weak' | 'strong' | 'cache';

export function typingOf({ release, precision, dlaCore }: Platform): Typing {
  if (release.typing === 'strong') return 'strong';
  return precision === 'int8' && dlaCore !== null && release.calibrator ? 'cache' : 'weak';
}
