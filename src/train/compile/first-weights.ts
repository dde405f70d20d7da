/** Weights of a layer as a method keeps them between steps, and the random numbers that fresh ones are made of. */
import type { TensorId } from '../../program/types.ts';
import type { FrozenChannels } from './arithmetic.ts';
import type { Context } from './context.ts';
import { constant, type Emitter, state } from './emit.ts';
import { fixedCodes } from './initial.ts';
import type { TrainedChannels } from './whole-weights.ts';

/** Weights without the name and shape of their layer. */
type WeightStore = { readonly frozen: FrozenChannels | null } & (
  | { readonly kind: 'float'; readonly data: TensorId }
  | { readonly kind: 'codes'; readonly codes: TensorId; readonly scale: TensorId }
);

/**
 * @param name of the layer; values are [rows][columns], the input channels last
 * @param trained null where none of the weights are
 */
export function keptWeights(
  { e, options }: Context,
  name: string,
  values: Float32Array,
  rows: number,
  trained: TrainedChannels | null,
): WeightStore {
  const weightsName = `${name}/weights`;
  if (trained === null) return { kind: 'float', data: constant(e, weightsName, values), frozen: null };
  if (options.method === 'octo' && options.octo.weights === 'int8') {
    const { codes, scale } = fixedCodes(values, rows, options.octo.bitsWeights);
    return {
      kind: 'codes',
      ...split(e, name, codes, trained, (part) => ({ codes: state(e, weightsName, part) })),
      scale: state(e, fixedScaleName(name), scale),
    };
  }
  return {
    kind: 'float',
    ...split(e, name, values, trained, (part) => ({ data: state(e, weightsName, part) })),
  };
}

/** Weights of the first channels as `keep` makes state of them, those of the others as a constant. */
function split<A extends Int8Array | Float32Array, S>(
  e: Emitter,
  name: string,
  values: A,
  { channels, all }: TrainedChannels,
  keep: (part: A) => S,
): S & { readonly frozen: FrozenChannels | null } {
  if (channels >= all) return { ...keep(values), frozen: null };
  const isTrained = (_: number, i: number): boolean => i % all < channels;
  const part = values.filter(isTrained) as A;
  const others = values.filter((value, i) => !isTrained(value, i)) as A;
  const rest = constant(e, `${name}/frozen-weights`, others);
  return { ...keep(part), frozen: { rest, channels, all } };
}

/** Under which name the scales of weights are kept that are codes. */
export const fixedScaleName = (layer: string): string => `${layer}/fixed-scale`;

/** A seed of its own for every layer: FNV-1a of the name, joined with the seed of the run. */
export function streamOf(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
