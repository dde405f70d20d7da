/** Steps as CMSIS-NN takes them on cores with vector instructions: its dense layers sum weights up on every call, unless their sums are at hand. */
import type { Step } from '../../../program/kernels/index.ts';
import type { ConstantsOf, Packed } from './packed.ts';

/** Sums of products below it do not overflow. */
const LARGEST_SUM = 2 ** 31;

/** A dense layer with the input offset times its weights in its bias. @returns null for a step that stays as it is */
export function packedForCmsisNn(step: Step, constantsOf: ConstantsOf): Packed | null {
  if (step.kernel !== 'fully_connected_s8' || step.params.inputOffset === 0) return null;
  const { inputOffset, inFeatures } = step.params;
  const [weights, bias, multiplier, shift] = constantsOf(step) as [
    Int8Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const rowOf = (feature: number): Int8Array =>
    weights.subarray(feature * inFeatures, (feature + 1) * inFeatures);
  const sums = Array.from(
    bias,
    (value, feature) => value + inputOffset * rowOf(feature).reduce((sum, weight) => sum + weight, 0),
  );
  const reach = 128 * 128 * inFeatures;
  if (sums.some((sum) => Math.abs(sum) + reach >= LARGEST_SUM)) return null;
  return {
    step: { ...step, params: { ...step.params, inputOffset: 0 } },
    constants: () => ({ weights, bias: Int32Array.from(sums), multiplier, shift }),
  };
}
