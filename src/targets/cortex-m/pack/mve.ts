/** Steps as cores with vector instructions (MVE) take them. */
import type { Step } from '../../../program/kernels/index.ts';
import type { ConstantsOf, Packed } from './packed.ts';

/** @returns null for a step that stays as it is */
export function packedForMve(step: Step, _constantsOf: ConstantsOf): Packed | null {
  switch (step.kernel) {
    default:
      return null;
  }
}
