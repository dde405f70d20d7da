import { perTensor } from '../graph/build.ts';
import type { Graph } from '../graph/types.ts';
import { activationQuant } from './affine.ts';
import { applyQuantisation } from './apply.ts';
import { planQuantisation, SCHEMES } from './scheme.ts';

/**
 * The float graph with the quantisation that it would get for Cortex-M, but for stand-in activation scales: its structure
 * (which nodes have an integer form, sizes, memory) is that of the real one; its numbers mean nothing.
 * @throws TinymlError E_QUANT if the graph is quantised already.
 */
export function assumeQuantised(graph: Graph): Graph {
  const scheme = SCHEMES['cortex-m'];
  const plan = planQuantisation(graph, scheme);
  const activations = new Map(
    plan.groups.flatMap(({ members, fixed }, index) => {
      // No two groups have the same scale, as after calibration: a kernel may depend on that.
      const standIn = activationQuant({ min: -1, max: 1 + index / 1024 }, scheme.activations);
      const quant = fixed === null ? standIn : perTensor(fixed.scale, fixed.zeroPoint);
      return members.map((name) => [name, quant] as const);
    }),
  );
  return applyQuantisation(graph, plan, { activations, inputMeans: null, io: 'int8' });
}
