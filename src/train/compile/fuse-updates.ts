/** Updates, or sums of several steps, at one with the gradient that they are made of. Law: the same bytes, but for gradients that are no more. */
import type { Step } from '../../program/kernels/index.ts';
import type { TensorId } from '../../program/types.ts';
import { type DeviceSteps, type KernelStep, withSteps } from './device-steps.ts';

/**
 * Puts conv2d_update_s8 in the place of a weight gradient, its rescaling and the update of int8 weights by it, and conv2d_accumulate_s8 in that of the
 * first two and the sum that takes them: all of these weights once in int32 and once in float32 become those of one output channel. Devices have
 * the memory to save, hosts the vectors of the parts.
 */
export function fuseUpdates(given: DeviceSteps): DeviceSteps {
  const { steps } = given.program;
  const readers = new Map<TensorId, number>();
  const writer = new Map<TensorId, Step>();
  for (const step of steps) {
    for (const id of step.inputs) readers.set(id, (readers.get(id) ?? 0) + 1);
    for (const id of step.outputs) writer.set(id, step);
  }
  /** What alone makes a tensor that one step reads. */
  const maker = <K extends Step['kernel']>(id: TensorId, kernel: K): KernelStep<K> | null => {
    const step = writer.get(id);
    return readers.get(id) === 1 && step?.kernel === kernel ? (step as KernelStep<K>) : null;
  };
  const fused = new Map<Step, Step | null>();
  for (const last of steps) {
    if (last.kernel !== 'sgd_s8' && last.kernel !== 'accumulate_f32') continue;
    const rescaling = maker(last.inputs[0]!, 'rescale_s32');
    const product = rescaling === null ? null : maker(rescaling.inputs[0]!, 'conv2d_weight_gradient_s8');
    if (rescaling === null || product === null || !isPlain(rescaling, product)) continue;
    const between = steps.slice(steps.indexOf(product) + 1, steps.indexOf(last));
    if (between.some(({ inputs }) => inputs.includes(last.outputs[0]!))) continue;
    fused.set(product, atOne(product, rescaling.inputs[2]!, last));
    fused.set(rescaling, null).set(last, null);
  }
  const replaced = new Map(
    [...fused].map(([step, made]) => [steps.indexOf(step), made === null ? [] : [made]]),
  );
  return withSteps(given, { tensors: given.program.tensors, roles: given.roles }, replaced);
}

/** Whether sums are multiplied by the scales of their factors and nothing else, as the fused kernel does it. */
function isPlain(
  { params, inputs, outputs }: KernelStep<'rescale_s32'>,
  product: KernelStep<'conv2d_weight_gradient_s8'>,
): boolean {
  const { perChannel, biasSize } = params;
  return perChannel === 0 && biasSize === 0 && inputs[1] === product.inputs[1] && outputs.length === 2;
}

/** @param ofGradient the quantiser of the gradient */
function atOne(
  { name, inputs, outputs, params }: KernelStep<'conv2d_weight_gradient_s8'>,
  ofGradient: TensorId,
  last: KernelStep<'sgd_s8' | 'accumulate_f32'>,
): Step {
  const target = { name, outputs: [last.outputs[0]!, outputs[1]!] };
  const [, ...others] = last.inputs;
  const read = [...inputs, ofGradient, ...others];
  switch (last.kernel) {
    case 'sgd_s8': {
      const { limit, stream, ofCodes } = last.params;
      return {
        ...{ kernel: 'conv2d_update_s8', ...target, inputs: read, constants: [] },
        params: { ...params, limit, stream, ofCodes },
      };
    }
    case 'accumulate_f32':
      return { kernel: 'conv2d_accumulate_s8', ...target, inputs: read, constants: last.constants, params };
  }
}
