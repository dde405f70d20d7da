import type { Graph } from '../../graph/types.ts';
import { replaceHead } from '../compile/head.ts';
import { type Network, readNetwork } from '../compile/network.ts';
import { ownVectors } from '../compile/own-vectors.ts';
import type { TrainerOptions } from '../options.ts';

/**
 * The network that is trained, of a graph from `prepareGraph` with `keepBatchNorm`: with a new last layer where there are other classes.
 * @throws TinymlError E_OP listing what cannot be trained, E_SHAPE
 */
export function networkOf(
  graph: Graph,
  { classes, seed, loss }: Pick<TrainerOptions, 'classes' | 'seed' | 'loss'>,
): Network {
  const own = ownVectors(graph);
  const headed = classes === null ? own : replaceHead(own, classes, seed);
  return readNetwork(headed, loss.kind !== 'cross-entropy');
}
