/** Constants of a transposed convolution as those of its phases, each of which is a convolution (src/program/kernels/transposed-phases.ts). */
import {
  outputsTogether,
  type Phase,
  type PhasesParams,
  phasesOf,
  type TransposedGeometry,
} from '../../../program/kernels/transposed-phases.ts';
import { RULES } from '../../../program/rules.ts';
import type { ProgramArray } from '../../../program/types.ts';
import type { Dense } from './dense.ts';
import { type Constants, joined } from './joined.ts';
import type { Packed, StepWith } from './packed.ts';

/** How a core takes the phases. */
type Kind = {
  readonly kernel: 'conv_transpose2d_pairs_s8' | 'conv_transpose2d_vectors_s8';
  readonly rule: 'conv_transpose2d_pairs' | 'conv_transpose2d_vectors';
  readonly sizesOf: (p: Parameters<typeof phasesOf>[0]) => Pick<PhasesParams, 'phases' | 'words' | 'room'>;
  /** Those of one phase; null where it cannot be packed. */
  readonly constantsOf: (layer: Dense) => Constants | null;
};

/** @returns null for a step that stays as it is */
export function packedTransposed(
  step: StepWith<'conv_transpose2d_s8'>,
  constants: readonly ProgramArray[],
  kind: Kind,
): Packed | null {
  const { dilationH, dilationW, inputOffset, outputOffset, actMin, actMax, ...p } = step.params;
  const isDilated = (kernel: number, dilation: number): boolean => kernel > 1 && dilation > 1;
  if (isDilated(p.kernelH, dilationH) || isDilated(p.kernelW, dilationW)) return null;
  const sized = { ...p, phaseChannels: outputsTogether(p) * p.outChannels };
  const zeroPoints = { inputZeroPoint: -inputOffset, outputZeroPoint: outputOffset };
  const params = { ...sized, ...kind.sizesOf(sized), ...zeroPoints, actMin, actMax };
  if (!RULES[kind.rule](params)) return null;
  const numbers = { inputOffset, outputOffset, actMin, actMax };
  const packed = phasesOf(sized).map((phase) =>
    kind.constantsOf({ ...layerOfPhase(sized, phase, constants), ...numbers }),
  );
  return packed.every((one) => one !== null)
    ? { step: { ...step, kernel: kind.kernel, params }, constants: joined(packed) }
    : null;
}

/** Channels of a phase, those of a position one after the other. */
function layerOfPhase(
  p: TransposedGeometry & { readonly phaseChannels: number },
  { rows, columns, conv }: Phase,
  constants: readonly ProgramArray[],
): Omit<Dense, 'inputOffset' | 'outputOffset' | 'actMin' | 'actMax'> {
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const depth = p.inChannels;
  const size = rows.taps * columns.taps * depth;
  const own = new Int8Array(p.phaseChannels * size);
  for (let channel = 0; channel < p.phaseChannels; channel++) {
    const of = channel % p.outChannels;
    const column = columns.first + Math.floor(channel / p.outChannels);
    for (let y = 0; y < rows.taps; y++) {
      for (let x = 0; x < columns.taps; x++) {
        const ky = rows.first + p.padTop - (rows.start + y) * p.strideH;
        const kx = column + p.padLeft - (columns.start + x) * p.strideW;
        if (kx < 0 || kx >= p.kernelW) continue;
        const from = ((of * p.kernelH + ky) * p.kernelW + kx) * depth;
        own.set(weights.subarray(from, from + depth), channel * size + (y * columns.taps + x) * depth);
      }
    }
  }
  const ofChannels = (values: Int32Array): Int32Array =>
    Int32Array.from({ length: p.phaseChannels }, (_, channel) => values[channel % p.outChannels]!);
  return {
    ...{ channels: p.phaseChannels, runs: rows.taps, run: columns.taps * conv.inChannels, weights: own },
    ...{ bias: ofChannels(bias), multiplier: ofChannels(multiplier), shift: ofChannels(shift) },
  };
}
