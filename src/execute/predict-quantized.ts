import type { Graph } from '../graph/types.ts';
import { lower } from '../lower/lower.ts';
import { planMemory } from '../program/plan.ts';
import { type PredictAll, predictInteger } from './predict.ts';

/** The integers that the device computes for a quantised graph, dequantised. @throws TinymlError as `lower` */
export function predictQuantized(graph: Graph, jobs: number): PredictAll {
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  return predictInteger({ program, plan }, jobs);
}
