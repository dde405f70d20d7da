/** Updates as soon as their gradient is there. Law: the same bytes. Those by sums of several steps stay behind all others. */
import type { Step } from '../../program/kernels/index.ts';
import type { DeviceSteps } from './device-steps.ts';

const isUpdate = ({ kernel }: Step): boolean =>
  kernel === 'sgd_f32' || kernel === 'momentum_f32' || kernel === 'adam_f32';

/**
 * Moves updates of float parameters to behind what made their gradient, where no step between the two reads or writes the parameters: a gradient of a
 * bias need not outlive the codes that are made of the same numbers.
 */
export function applyEarly(given: DeviceSteps): DeviceSteps {
  const { program, accumulation } = given;
  const end = program.steps.length - accumulation.updateSteps;
  const steps: Step[] = [];
  for (const step of program.steps.slice(0, end)) {
    const [gradient] = step.inputs;
    const made = isUpdate(step) ? steps.findLastIndex(({ outputs }) => outputs.includes(gradient!)) : -1;
    const touches = ({ inputs, outputs }: Step): boolean =>
      step.outputs.some((id) => inputs.includes(id) || outputs.includes(id));
    const moves = made >= given.forwardSteps && !steps.slice(made + 1).some(touches);
    steps.splice(moves ? made + 1 : steps.length, 0, step);
  }
  return { ...given, program: { ...program, steps: [...steps, ...program.steps.slice(end)] } };
}
