import type { Graph } from '../../graph/types.ts';
import type { RangeOf } from '../compile/ranges.ts';
import type { TrainerOptions } from '../options.ts';
import type { Trainer } from '../types.ts';

/**
 * Makes a trainer of a graph from `prepareGraph` with `keepBatchNorm`; `rangeOf` is needed where ranges are fixed.
 * @throws TinymlError E_OP, E_USAGE, E_SHAPE
 */
export type CreateTrainer = (graph: Graph, options: TrainerOptions, rangeOf?: RangeOf) => Trainer;

/** What computes the steps, loaded when it is needed: TensorFlow takes its time, and may not be there. */
export async function loadBackend(backend: TrainerOptions['backend']): Promise<CreateTrainer> {
  switch (backend) {
    case 'native':
      return (await import('./trainer.ts')).createTrainer;
    case 'tfjs-node':
      return (await import('../backends/tfjs.ts')).createTfjsTrainer;
  }
}
