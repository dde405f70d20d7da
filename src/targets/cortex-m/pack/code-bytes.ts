/**
 * Code of the kernels that are chosen between, in bytes: arm-none-eabi-gcc 12.2 -O2, for Cortex-M4 (those of vector instructions for M55). It
 * only has to tell which of two choices is smaller; what firmware takes is measured by a linker.
 */
import { type KernelName, signatureOf } from '../../../program/kernels/index.ts';
import type { Program } from '../../../program/program.ts';

/** Of the portable kernels, what they share (`tinyml_quad`) aside. */
const PORTABLE: Readonly<Partial<Record<KernelName, number>>> = {
  conv2d_s8: 700,
  conv_transpose2d_s8: 520,
  depthwise_conv2d_s8: 652,
  fully_connected_s8: 116,
};
const SHARED = 1400;

/** Of packed kernels, and others that share nothing. */
const ALONE: Readonly<Partial<Record<KernelName, number>>> = {
  add_s8: 1004,
  conv2d_pairs_s8: 4000,
  conv_transpose2d_pairs_s8: 700,
  conv2d_groups_pairs_s8: 600,
  conv2d_words_s8: 2692,
  depthwise_conv2d_planes_s8: 2000,
  depthwise_conv2d_large_planes_s8: 1900,
  fully_connected_pairs_s8: 600,
  conv2d_vectors_s8: 2050,
  conv_transpose2d_vectors_s8: 700,
  conv2d_groups_vectors_s8: 600,
  depthwise_conv2d_columns_s8: 1700,
  depthwise_conv2d_rows_s8: 1000,
  fully_connected_vectors_s8: 618,
  fully_connected_words_s8: 812,
  weighted_sum_s8: 292,
};

/** Of those kernels that a Program calls. */
export function codeBytes({ steps }: Program): number {
  const called = steps.flatMap(({ kernel }) => signatureOf(kernel)?.calls ?? []) as KernelName[];
  const used = [...new Set([...steps.map(({ kernel }) => kernel), ...called])];
  const shared = used.some((kernel) => PORTABLE[kernel] !== undefined) ? SHARED : 0;
  return used.reduce((sum, kernel) => sum + (PORTABLE[kernel] ?? ALONE[kernel] ?? 0), shared);
}
