import type { Graph } from '../graph/types.ts';
import { realInputs } from '../passes/whole-inputs.ts';
import { type WeightBitsWish, withFourBitWeights } from './four-bit-weights.ts';
import { planQuantization, type Scheme } from './scheme.ts';
import { standInQuantized } from './stand-in.ts';
import { type BitsWish, withWideGroups } from './wide-layers.ts';

/** What was asked for of single layers. */
export type LayerWishes = {
  /** Those that are left in float32. */
  readonly float?: readonly string[];
  /** Those whose codes have 16 bits. */
  readonly bits?: readonly BitsWish[];
  /** Those whose weights have 4 bits. */
  readonly weightBits?: readonly WeightBitsWish[];
};

/**
 * The float graph with the quantisation that the scheme gives it, but for stand-in activation scales: its structure
 * (which nodes have an integer form, sizes, memory) is that of the real one; its numbers mean nothing.
 * @param weights as of `standInQuantized`
 * @throws TinymlError as `planQuantization`, `withWideGroups`, `withFourBitWeights`
 */
export function assumeQuantized(
  whole: Graph,
  scheme: Scheme,
  weights: 'ones' | 'rounded' = 'ones',
  { float = [], bits = [], weightBits = [] }: LayerWishes = {},
): Graph {
  const graph = realInputs(whole);
  const wide = withWideGroups(graph, planQuantization(graph, scheme, float), scheme, bits);
  return standInQuantized(graph, withFourBitWeights(graph, wide, weightBits), scheme, weights);
}
