/** Layers in float32 on cores without a floating-point unit. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { floatSteps } from '../../program/float-steps.ts';
import type { Program } from '../../program/program.ts';

export const QUANTISE_WHOLE =
  'give the layers codes: quantise the whole float model with `tinyml quantize` (ONNX Runtime: exclude no nodes; Brevitas: an output_quant for every layer), or take a part with an FPU';

/** Why a core would be slow with a Program; null where it has what the Program computes with. */
export function fpuFailure(program: Program, { id, core, features }: CortexMProfile): TinymlError | null {
  const layers = features.fpu === 'none' ? floatSteps(program.steps) : [];
  if (layers.length === 0) return null;
  return new TinymlError(
    'E_OP',
    `${layers.length === 1 ? 'a layer computes' : `${layers.length} layers compute`} in float32, for which ${id} (${core}) has no FPU`,
    { at: layers.map(({ name, kernel }) => `layer "${name}" (${kernel})`), hint: QUANTISE_WHOLE },
  );
}

/** The same of firmware that trains: losses, biases, ranges and rescaled gradients are in float32 whatever the model. It would be right, and slow. */
export function trainingFpuFailure({ id, core, features }: CortexMProfile): TinymlError | null {
  if (features.fpu !== 'none') return null;
  return new TinymlError(
    'E_OP',
    `a step of training computes losses, ranges and rescaled gradients in float32, for which ${id} (${core}) has no FPU`,
    {
      at: '--training',
      hint: 'take a part with an FPU, or train at the desk (tinyml train --weights int8) and deploy what was learned; --force writes it all the same: the same bytes, by a library for floats',
    },
  );
}

/** @throws TinymlError E_OP where layers are to be computed in float32 on a core without an FPU */
export function requireFpuFor(float: readonly string[], { id, core, features }: CortexMProfile): void {
  if (float.length === 0 || features.fpu !== 'none') return;
  throw new TinymlError('E_OP', `${id} (${core}) has no FPU for layers in float32`, {
    at: `--float ${float.join(',')}`,
    hint: 'leave it out, or take a part with an FPU: "tinyml fit" lists them',
  });
}
