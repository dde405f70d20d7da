/** How small the scale of a tensor may be: as far below the scales of what it is computed from as fixed-point ratios reach. */
import type { Graph, Quant } from '../graph/types.ts';
import { SMALLEST_SCALE } from './affine.ts';
import type { QuantPlan, ScaleGroup } from './scheme.ts';

/** What is smaller than its sources' steps by so much is rounding, not signal. */
const LEAST_RATIO = 2 ** -24;

/** The product of two scales is the scale of a bias, which float32 has to hold without loss. */
const LEAST = 2 ** -60;

/** Of every group the values with codes that its members are computed from; those of fused nodes are those of the fused. */
export function sourcesOfGroups(
  graph: Graph,
  { groups }: Pick<QuantPlan, 'groups'>,
): ReadonlyMap<ScaleGroup, readonly string[]> {
  const coded = new Set(groups.flatMap(({ members }) => members));
  const sources = new Map<string, readonly string[]>();
  for (const { inputs, outputs } of graph.nodes) {
    const own = inputs.flatMap((name) => (coded.has(name) ? [name] : (sources.get(name) ?? [])));
    const once = [...new Set(own)];
    // Outputs and inputs that are left out are called ''.
    for (const name of outputs) if (name !== '') sources.set(name, once);
  }
  return new Map(groups.map((group) => [group, group.observed.flatMap((name) => sources.get(name) ?? [])]));
}

/** @param known quantisation of values that were chosen already */
export function smallestScale(sources: readonly string[], known: ReadonlyMap<string, Quant>): number {
  const scales = sources.flatMap((name) => known.get(name)?.scale[0] ?? []);
  if (scales.length === 0) return SMALLEST_SCALE;
  return Math.max(LEAST, Math.min(SMALLEST_SCALE, LEAST_RATIO * Math.max(...scales)));
}
