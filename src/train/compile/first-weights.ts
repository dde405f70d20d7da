/** Weights of a layer as a method keeps them between steps, and the random numbers that fresh ones are made of. */
import type { TensorId } from '../../program/types.ts';
import type { Context } from './context.ts';
import { constant, state } from './emit.ts';
import { fixedCodes } from './initial.ts';

/** Weights without the name and shape of their layer. */
type WeightStore =
  | { readonly kind: 'float'; readonly data: TensorId }
  | { readonly kind: 'codes'; readonly codes: TensorId; readonly scale: TensorId };

/** @param name of the layer; values are [rows][columns] */
export function keptWeights(
  { e, options }: Context,
  name: string,
  values: Float32Array,
  rows: number,
  isTrained: boolean,
): WeightStore {
  const weightsName = `${name}/weights`;
  if (!isTrained) return { kind: 'float', data: constant(e, weightsName, values) };
  if (options.method === 'octo' && options.octo.weights === 'int8') {
    const { codes, scale } = fixedCodes(values, rows, options.octo.bitsWeights);
    return {
      kind: 'codes',
      codes: state(e, weightsName, codes),
      scale: state(e, fixedScaleName(name), scale),
    };
  }
  return { kind: 'float', data: state(e, weightsName, values) };
}

/** Under which name the scales of weights are kept that are codes. */
export const fixedScaleName = (layer: string): string => `${layer}/fixed-scale`;

/** A seed of its own for every layer: FNV-1a of the name, joined with the seed of the run. */
export function streamOf(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
