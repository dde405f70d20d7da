/** Layers from codes to codes, an element at a time, where ranges are fixed. Law: the same bytes of everything else. */
import type { Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';
import type { TensorId } from '../../program/types.ts';
import {
  type DeviceSteps,
  type Fusion,
  type KernelStep,
  partsOf,
  stepAt,
  type Uses,
} from './device-steps.ts';

/** One step in the place of sums, numbers and codes of a layer, and of the mean of codes. */
export function layerFusions({ program, forwardSteps }: DeviceSteps, uses: Uses): readonly Fusion[] {
  return program.steps.slice(0, forwardSteps).flatMap((step, i) => {
    const fusion =
      step.kernel === 'conv2d_sums_s8'
        ? layerAt(program, uses, step, i)
        : step.kernel === 'decode_s8'
          ? meanAt(program, uses, step, i)
          : null;
    return fusion === null ? [] : [fusion];
  });
}

/** The only step that reads a tensor. */
function readerOf(uses: Uses, id: TensorId): number | undefined {
  const readers = uses.readers(id);
  return readers.length === 1 ? readers[0] : undefined;
}

function layerAt(program: Program, uses: Uses, sums: KernelStep<'conv2d_sums_s8'>, i: number): Fusion | null {
  const { steps } = program;
  const second = readerOf(uses, sums.outputs[0]!);
  const rescaling = stepAt(steps, second, 'rescale_s32');
  if (rescaling === null || rescaling.inputs[1] !== sums.inputs[1]) return null;
  const [data, extent] = rescaling.outputs as [TensorId, TensorId];
  const third = readerOf(uses, data);
  const encode = stepAt(steps, third, 'encode_s8');
  if (encode === null || encode.params.stochastic !== 0 || uses.readers(extent).length > 0) return null;
  const [, quantizer] = encode.inputs as [TensorId, TensorId];
  if (uses.writers(quantizer).some((writer) => writer > i)) return null;
  const [codes, own, weights] = sums.inputs as [TensorId, TensorId, TensorId];
  const { inChannels, groups } = sums.params;
  const { firstChannels, restChannels, ...parts } = partsOf(program, uses, weights, inChannels / groups);
  const [, , scale, bias] = rescaling.inputs as [TensorId, TensorId, TensorId, TensorId];
  const { perChannel, biasSize } = rescaling.params;
  const { low, high } = encode.params;
  const step: Step = {
    ...{ kernel: 'conv2d_encode_s8', name: sums.name },
    inputs: [codes, own, parts.weights, parts.rest, scale, bias, quantizer],
    constants: encode.constants,
    outputs: encode.outputs,
    params: { ...sums.params, firstChannels, restChannels, perChannel, biasSize, low, high },
  };
  return { steps: [i, second!, third!], made: [step] };
}

function meanAt(program: Program, uses: Uses, decode: KernelStep<'decode_s8'>, i: number): Fusion | null {
  const reader = readerOf(uses, decode.outputs[0]!);
  const pool = stepAt(program.steps, reader, 'avg_pool2d_f32');
  if (pool === null) return null;
  const step: Step = { ...pool, kernel: 'avg_pool2d_decode_s8', inputs: decode.inputs };
  return { steps: [i, reader!], made: [step] };
}
