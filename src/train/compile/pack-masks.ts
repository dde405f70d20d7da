/** Codes that are kept for the bounds of an activation alone, as bits. Law: the same bytes of everything else. */
import type { Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';
import type { TensorId } from '../../program/types.ts';
import { addingTo, type DeviceSteps, stepAt, type Uses, usesOf, withSteps } from './device-steps.ts';

/**
 * Where the backward pass asks of kept codes nothing but whether they lie between bounds, a bit of each is kept in their place, made as soon as the
 * codes are there.
 */
export function packMasks(given: DeviceSteps): DeviceSteps {
  const { program, forwardSteps } = given;
  const { steps } = program;
  const uses = usesOf(steps);
  const added = addingTo(given);
  const replaced = new Map<number, readonly Step[]>();
  steps.forEach((step, i) => {
    if (step.kernel !== 'activation_gradient_s8' || i < forwardSteps) return;
    const [values, quantizer] = step.inputs as [TensorId, TensorId];
    const made = uses.writers(values).at(-1);
    const isOnlyReader = uses.readers(values).every((reader) => reader < forwardSteps || reader === i);
    if (made === undefined || made >= forwardSteps || !isOnlyReader || replaced.has(made)) return;
    if (uses.writers(quantizer).some((writer) => writer > made)) return;
    const [gradient, extent] = step.outputs as [TensorId, TensorId];
    const channels = channelsOf(program, uses, gradient) ?? step.params.size;
    const params = { rows: step.params.size / channels, channels };
    const { name } = program.tensors[values]!;
    const bits = added.tensor(`${name}/inside`, 'int8', params.rows * Math.ceil(channels / 8), 'saved');
    replaced.set(made, [
      steps[made]!,
      {
        ...{ kernel: 'inside_bits_s8', name: step.name, inputs: [values, quantizer] },
        ...{ constants: step.constants, outputs: [bits], params },
      },
    ]);
    replaced.set(i, [
      {
        ...{ kernel: 'masked_gradient_f32', name: step.name, inputs: [bits], constants: [] },
        ...{ outputs: [gradient, extent], params },
      },
    ]);
  });
  return withSteps(given, added, replaced);
}

/** Channels of a pixel of a gradient, where the step that made it says so. */
function channelsOf(program: Program, uses: Uses, gradient: TensorId): number | null {
  const [writer] = uses.writers(gradient);
  const rescaling = stepAt(program.steps, writer, 'rescale_s32');
  const [product] = rescaling === null ? [] : uses.writers(rescaling.inputs[0]!);
  const pool = stepAt(program.steps, writer, 'avg_pool2d_gradient_f32');
  return (
    stepAt(program.steps, product, 'conv2d_input_gradient_s8')?.params.inChannels ??
    pool?.params.channels ??
    null
  );
}
