/** Convolutions and dense layers that can be packed, however they are written: products of one row, or of the windows of an image. */
import { type PackedConv2dParams, runsOf } from '../../../program/kernels/conv2d-pairs-s8.ts';
import type { ProgramArray } from '../../../program/types.ts';
import type { Dense } from './dense.ts';
import { isWholeRange, type Packed, type StepWith } from './packed.ts';

/** A window and the images that it moves over. */
export type Geometry = Omit<
  PackedConv2dParams,
  'words' | 'room' | 'inputZeroPoint' | 'outputZeroPoint' | 'actMin' | 'actMax'
>;

/** `geometry`: null where there is one output position, which reads all of the input. */
export type Layer = { readonly dense: Dense; readonly geometry: Geometry | null };

export function isGrouped(
  step: StepWith<'conv2d_s8'> | StepWith<'fully_connected_s8'>,
): step is StepWith<'conv2d_s8'> {
  return step.kernel === 'conv2d_s8' && step.params.groups > 1;
}

/** @returns null for groups */
export function layerOf(
  step: StepWith<'conv2d_s8'> | StepWith<'fully_connected_s8'>,
  constants: readonly ProgramArray[],
): Layer | null {
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const { inputOffset, outputOffset, actMin, actMax } = step.params;
  const numbers = { weights, bias, multiplier, shift, inputOffset, outputOffset, actMin, actMax };
  if (step.kernel === 'fully_connected_s8') {
    const { rows, inFeatures: run, outFeatures: channels } = step.params;
    return { dense: { ...numbers, channels, runs: 1, run }, geometry: rows === 1 ? null : rowsOf(step) };
  }
  const { groups, outChannels: channels, ...p } = step.params;
  if (groups !== 1) return null;
  const whole = p.kernelH === p.inH && p.kernelW === p.inW && p.padTop === 0 && p.padLeft === 0;
  // Of a single tap there is nothing to be dilated.
  const dilationH = p.kernelH === 1 ? 1 : p.dilationH;
  const dilationW = p.kernelW === 1 ? 1 : p.dilationW;
  if (p.batch === 1 && p.outH === 1 && p.outW === 1 && whole && dilationH === 1 && dilationW === 1) {
    return {
      dense: { ...numbers, channels, runs: 1, run: p.kernelH * p.kernelW * p.inChannels },
      geometry: null,
    };
  }
  const { batch, inH, inW, inChannels, outH, outW } = p;
  const { kernelH, kernelW, strideH, strideW, padTop, padLeft } = p;
  return {
    dense: { ...numbers, channels, ...runsOf({ inChannels, kernelH, kernelW, dilationW }) },
    geometry: {
      ...{ batch, inH, inW, inChannels, outH, outW, outChannels: channels },
      ...{ kernelH, kernelW, strideH, strideW, dilationH, dilationW, padTop, padLeft },
    },
  };
}

/** Rows as the pixels of an image. */
function rowsOf({ params: { rows, inFeatures, outFeatures } }: StepWith<'fully_connected_s8'>): Geometry {
  return {
    ...{ batch: 1, inH: 1, inW: rows, inChannels: inFeatures, outH: 1, outW: rows, outChannels: outFeatures },
    ...{ kernelH: 1, kernelW: 1, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, padTop: 0, padLeft: 0 },
  };
}

/** The fewest output positions that cores with tiles of positions take at once. */
const POSITIONS = 3;

/** A layer of one row or of many positions as the kernels of a core take them; null where it has few. */
export function packedLayer(
  { dense, geometry }: Layer,
  oneRow: (dense: Dense) => Packed | null,
  convolution: (dense: Dense, geometry: Geometry) => Packed | null,
): Packed | null {
  if (geometry === null) return oneRow(dense);
  const isMany = geometry.batch * geometry.outH * geometry.outW >= POSITIONS;
  return isMany ? convolution(dense, geometry) : null;
}

/** Parameters of a packed convolution. */
export function packedParams(
  { inputOffset, outputOffset, actMin, actMax }: Dense,
  geometry: Geometry,
  sizes: Pick<PackedConv2dParams, 'words' | 'room'>,
): PackedConv2dParams {
  const zeroPoints = { inputZeroPoint: -inputOffset, outputZeroPoint: outputOffset };
  return { ...geometry, ...sizes, ...zeroPoints, actMin, actMax };
}

/** Whether a layer is neither dilated nor clamped to less than int8, as some kernels have it. */
export function isPlain({ dense, geometry }: Layer): boolean {
  return isWholeRange(dense) && (geometry === null || (geometry.dilationH === 1 && geometry.dilationW === 1));
}
