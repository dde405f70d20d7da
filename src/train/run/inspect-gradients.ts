/** How well the codes of the gradients of a step stand for them, layer by layer. */
import type { EncodeS8 } from '../../program/kernels/encode-s8.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { Machine } from '../../program/run.ts';
import type { TrainProgram } from '../compile/differentiate.ts';
import type { GradientHealth } from '../types.ts';

/**
 * Runs one step and puts everything back that it changed.
 * @param fill puts the batch where the step reads it
 */
export function gradientHealth(
  train: TrainProgram,
  machine: Machine,
  fill: () => void,
): readonly GradientHealth[] {
  const { program, roles, state, parameters } = train;
  const encodesGradient = (step: Step): step is EncodeS8 =>
    step.kernel === 'encode_s8' && roles.get(step.outputs[0]!) === 'gradient';
  if (!program.steps.some(encodesGradient)) return [];
  const before = [...state.values()].map((tensor) => ({
    view: machine.view(tensor),
    data: machine.view(tensor).slice(),
  }));
  const health: GradientHealth[] = [];
  const compensation = new Map<string, number>();
  fill();
  program.steps.forEach((step, i) => {
    machine.run(i, i + 1);
    const [output] = step.outputs as [number];
    if (
      step.kernel === 'rescale_s32' &&
      parameters.get(step.name)?.compensation &&
      !compensation.has(step.name)
    ) {
      const bias = machine.view(step.inputs[3]!) as Float32Array;
      compensation.set(
        step.name,
        lacShare(train, machine, step.name, bias, machine.view(output) as Float32Array),
      );
    }
    if (!encodesGradient(step)) return;
    const g = machine.view(step.inputs[0]!) as Float32Array;
    const codes = machine.view(output) as Int8Array;
    health.push({
      layer: step.name,
      ...compare(g, codes, step.params.high),
      lac: compensation.get(step.name) ?? null,
    });
  });
  for (const { view, data } of before) view.set(data as never);
  return [...new Set(health.map(({ layer }) => layer))].map((layer) =>
    meanOf(health.filter((one) => one.layer === layer)),
  );
}

/** Of a layer whose gradient has several codings: the times of a recurrent layer. */
function meanOf(all: readonly GradientHealth[]): GradientHealth {
  const mean = (part: 'saturation' | 'zeros' | 'cosine'): number =>
    all.reduce((sum, one) => sum + one[part], 0) / all.length;
  const { layer, lac } = all[0]!;
  return { layer, saturation: mean('saturation'), zeros: mean('zeros'), cosine: mean('cosine'), lac };
}

function compare(
  g: Float32Array,
  codes: Int8Array,
  limit: number,
): Pick<GradientHealth, 'saturation' | 'zeros' | 'cosine'> {
  let [ends, zeros, dot, ofG, ofCodes] = [0, 0, 0, 0, 0];
  for (let i = 0; i < codes.length; i++) {
    const [value, code] = [g[i]!, codes[i]!];
    if (code === limit || code === -limit) ends++;
    if (code === 0) zeros++;
    dot += value * code;
    ofG += value * value;
    ofCodes += code * code;
  }
  const lengths = Math.sqrt(ofG) * Math.sqrt(ofCodes);
  return {
    saturation: ends / codes.length,
    zeros: zeros / codes.length,
    cosine: lengths > 0 ? dot / lengths : 1,
  };
}

/** RMS of what LAC adds over the RMS of the pre-activation. */
function lacShare(
  { parameters }: TrainProgram,
  machine: Machine,
  layer: string,
  sum: Float32Array,
  preActivation: Float32Array,
): number {
  const { bias } = parameters.get(layer)!.compensation!;
  const base = bias === null ? null : (machine.view(bias.tensor) as Float32Array);
  const added = sum.map((value, i) => value - (base === null ? 0 : base[i % base.length]!));
  return rms(added) / Math.max(rms(preActivation), Number.MIN_VALUE);
}

function rms(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(values.length, 1));
}
