/** What of a Program computes in float32. */

/** Whether a kernel needs a floating-point unit to be fast: conversions between codes and float32 and copies do not. */
export function needsFpu(kernel: string): boolean {
  return kernel.endsWith('_f32') && kernel !== 'copy_f32';
}

/** The steps of layers that compute in float32. */
export function floatSteps<Step extends { readonly kernel: string }>(
  steps: readonly Step[],
): readonly Step[] {
  return steps.filter(({ kernel }) => needsFpu(kernel));
}

/** The names of layers that compute in float32, each once. */
export function floatLayers(
  steps: readonly { readonly name: string; readonly kernel: string }[],
): readonly string[] {
  return [...new Set(floatSteps(steps).map(({ name }) => name))];
}
