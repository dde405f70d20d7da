/** Steps that compute in float32. */
import type { Step } from './kernels/index.ts';
import type { Program } from './program.ts';

export function floatSteps({ steps }: Program): readonly Step[] {
  return steps.filter(({ kernel }) => needsFpu(kernel));
}

/** Whether a kernel needs a floating-point unit to be fast: conversions between codes and float32 and copies do not. */
export function needsFpu(kernel: string): boolean {
  return kernel.endsWith('_f32') && kernel !== 'copy_f32';
}
