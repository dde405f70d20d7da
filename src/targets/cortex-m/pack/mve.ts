/** Steps as cores with vector instructions (MVE) take them. */
import type { Step } from '../../../program/kernels/index.ts';
import { packedColumns } from './columns.ts';
import type { ConstantsOf, Packed } from './packed.ts';

/** @returns null for a step that stays as it is */
export function packedForMve(step: Step, constantsOf: ConstantsOf): Packed | null {
  switch (step.kernel) {
    case 'depthwise_conv2d_s8':
      return packedColumns(step, constantsOf(step));
    default:
      return null;
  }
}
