/** A graph with the structure of its quantised form, and numbers that mean nothing. */
import { makeNode } from '../graph/build.ts';
import { producers } from '../graph/rewrite.ts';
import type { Graph } from '../graph/types.ts';
import { type Limits, limitsOf } from '../passes/limits.ts';
import { activationQuant, cellQuant, wideQuant } from './affine.ts';
import { applyQuantization } from './apply.ts';
import { groupQuants, type QuantPlan, type Scheme } from './scheme.ts';

/**
 * The float graph quantised as planned, but for stand-in activation scales.
 * @param weights `ones` are faster; `rounded` ones are as different from each other as the real ones, so that tables are as many
 */
export function standInQuantized(
  graph: Graph,
  plan: QuantPlan,
  scheme: Scheme,
  weights: 'ones' | 'rounded',
): Graph {
  const makers = producers(graph);
  const quants = groupQuants(plan, (group, index) => {
    if (group.sums) return cellQuant({ min: -1, max: 1 });
    const limits = group.observed.map((name) => limitsOf(graph, makers.get(name) ?? ANYTHING) ?? UNLIMITED);
    const range = standInRange(limits, index);
    return plan.wide.has(group) ? wideQuant(range) : activationQuant(range, scheme.activations);
  });
  const activations = new Map(
    plan.groups.flatMap((group) => group.members.map((name) => [name, quants.get(group)!] as const)),
  );
  return applyQuantization(graph, plan, {
    activations,
    inputMeans: null,
    weights: weights === 'ones' ? { kind: 'ones' } : { kind: 'rounded', range: 'max', moments: null },
    io: 'int8',
  });
}

const ANYTHING = makeNode('Input', [], []);
const UNLIMITED: Limits = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

/**
 * What calibration might see of values within the limits of the Relu or Clip that made them. No two groups have the same
 * scale, as after calibration: a kernel may depend on that.
 */
function standInRange(limits: readonly Limits[], index: number): Limits {
  const [lowest, highest] = [
    limits.reduce((least, { min }) => Math.min(least, min), Number.POSITIVE_INFINITY),
    limits.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY),
  ];
  return {
    min: Math.max(-1, lowest),
    max: Math.min(1 + index / 1024, highest * (1 - index / 2 ** 20)),
  };
}
