/** Constants of a transposed convolution as those of its phases, each of which is a convolution (src/program/kernels/transposed-phases.ts). */
import {
  outputsTogether,
  type PhasesParams,
  phasesOf,
  type TransposedGeometry,
} from '../../../program/kernels/transposed-phases.ts';
import { RULES } from '../../../program/rules.ts';
import type { ProgramArray } from '../../../program/types.ts';
import type { Dense } from './dense.ts';
import { type ConstantsOfPart, joined } from './joined.ts';
import { type Packed, perLayer, type StepWith } from './packed.ts';

/** How a core takes the phases. */
type Kind = {
  readonly kernel: 'conv_transpose2d_pairs_s8' | 'conv_transpose2d_vectors_s8';
  readonly rule: 'conv_transpose2d_pairs' | 'conv_transpose2d_vectors';
  readonly sizesOf: (p: Parameters<typeof phasesOf>[0]) => Pick<PhasesParams, 'phases' | 'words' | 'room'>;
  /** Those of one phase; null where it cannot be packed. */
  readonly constantsOf: (layer: Dense) => ConstantsOfPart | null;
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
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const { batch: _, inH: _in, outH: _out, padTop: _pad, ...columns } = sized;
  const layer = { ...columns, weights, bias, multiplier, shift, inputOffset, outputOffset, actMin, actMax };
  const packed = Array.from({ length: params.phases }, (_, number) =>
    kind.constantsOf(layerOfPhase(layer, number)),
  );
  return packed.every((one) => one !== null)
    ? { step: { ...step, kernel: kind.kernel, params }, constants: () => joined(packed) }
    : null;
}

/** What the weights of phases depend on: not on where rows begin. */
type Layer = Omit<TransposedGeometry, 'batch' | 'inH' | 'outH' | 'padTop'> &
  Omit<Dense, 'channels' | 'runs' | 'run'> & { readonly phaseChannels: number };

/** Channels of a phase, those of a position one after the other. */
const layerOfPhase = perLayer((layer: Layer, number): Dense => {
  const { inChannels: depth, outChannels, phaseChannels } = layer;
  const p = { ...layer, batch: 1, inH: 1, outH: layer.strideH, padTop: 0 };
  const { rows, columns } = phasesOf(p)[number]!;
  const size = rows.taps * columns.taps * depth;
  const weights = new Int8Array(phaseChannels * size);
  for (let channel = 0; channel < phaseChannels; channel++) {
    const of = channel % outChannels;
    const column = columns.first + Math.floor(channel / outChannels);
    for (let y = 0; y < rows.taps; y++) {
      for (let x = 0; x < columns.taps; x++) {
        const ky = rows.first - (rows.start + y) * p.strideH;
        const kx = column + p.padLeft - (columns.start + x) * p.strideW;
        if (kx < 0 || kx >= p.kernelW) continue;
        const from = ((of * p.kernelH + ky) * p.kernelW + kx) * depth;
        const to = channel * size + (y * columns.taps + x) * depth;
        weights.set(layer.weights.subarray(from, from + depth), to);
      }
    }
  }
  const ofChannels = (values: Int32Array): Int32Array =>
    Int32Array.from({ length: phaseChannels }, (_, channel) => values[channel % outChannels]!);
  const { inputOffset, outputOffset, actMin, actMax } = layer;
  return {
    ...{ channels: phaseChannels, runs: rows.taps, run: columns.taps * depth, weights },
    ...{ bias: ofChannels(layer.bias), multiplier: ofChannels(layer.multiplier) },
    ...{ shift: ofChannels(layer.shift), inputOffset, outputOffset, actMin, actMax },
  };
});
