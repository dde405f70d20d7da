/** What operators of gates are made of, wherever they are computed or written. */
import type { Node } from './types.ts';

/** What each statistic of a patch is at most, in units: greater ones are clipped. */
export const STATISTIC_LIMITS = { meanChange: 16, maxChange: 64, mean: 256 } as const;

/** An element counts as changed where it differs by more than this many units: by more than one code. */
export const CHANGED_UNITS = 1.5;

/** Ages and clocks stop here, the greatest number of a byte. */
export const MAX_AGE = 255;

/** Attributes of operators of gates; those that an operator does not have are as if nobody had set them. */
type GateNumbers = {
  /** Side of a patch. */
  readonly patch: number;
  /** The real size of one code. */
  readonly unit: number;
  /** A patch that was kept so often is computed; 0: never for that. */
  readonly maxAge: number;
  /** A whole frame is computed after so many; 0: never for that. */
  readonly keyFrame: number;
  /** A whole frame is computed where this share of patches is active; above 1: never for that. */
  readonly sceneCut: number;
};

/** Not checked: NaN for what is no number. */
export function gateNumbers({ attributes }: Node): GateNumbers {
  const read = (name: string, fallback: number): number => Number(attributes[name]?.value ?? fallback);
  return {
    patch: read('patch', 0),
    unit: read('unit', 0),
    maxAge: read('max_age', 0),
    keyFrame: read('key_frame', 0),
    sceneCut: read('scene_cut', 2),
  };
}

/** How many active patches make a scene cut; Infinity: no number does. */
export function sceneCutCount(share: number, patches: number): number {
  // A share that was stored as float32 is up to 2^-24 of itself off, and must not ask for one patch more.
  return share > 1 ? Infinity : Math.ceil(share * patches * (1 - 2 ** -23));
}
