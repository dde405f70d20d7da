import type { Graph } from '../../graph/types.ts';
import { regularise } from '../../passes/pipeline.ts';
import { replaceHead } from '../compile/head.ts';
import { type Network, readNetwork } from '../compile/network.ts';
import { ownVectors } from '../compile/own-vectors.ts';
import type { StepOptions, TrainerOptions } from '../options.ts';

/**
 * The network that is trained, of a graph from `prepareGraph` with `keepBatchNorm`: with a new last layer where there are other classes.
 * @throws TinymlError E_OP listing what cannot be trained, E_SHAPE
 */
export function networkOf(
  graph: Graph,
  { classes, seed, loss }: Pick<TrainerOptions, 'classes' | 'seed'> & Pick<StepOptions, 'loss'>,
): Network {
  const own = ownVectors(graph);
  const headed = classes === null ? own : replaceHead(own, classes, seed);
  return readNetwork(headed, loss.kind !== 'cross-entropy');
}

/** The same where each step has one sample, as on a device: one sample has no statistics, so batch normalisations are folded first. @throws as `networkOf` */
export function networkOfOne(graph: Graph, options: Parameters<typeof networkOf>[1]): Network {
  return networkOf(regularise(graph), options);
}
