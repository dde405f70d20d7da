import type { IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph } from '../graph/types.ts';
import { OCTO_DEFAULTS } from '../train/options.ts';
import { openSession } from '../train/run/session.ts';
import { createTrainer } from '../train/run/trainer.ts';

type TailTraining = {
  readonly epochs: number;
  readonly seed: number;
  /** Of the first step. */
  readonly rate: number;
  /** Whether it goes on from the weights that are there. */
  readonly init: 'model' | 'random';
  readonly signal: AbortSignal;
  readonly onStep: () => void;
};

const BATCH = 32;

/**
 * A network trained in float32 on classes, such as a tail on what a codec leaves of its features: Adam, a rate that falls as a cosine.
 * @throws TinymlError as `openSession` and its run, E_INTERRUPTED
 */
export async function trainTail(
  tail: Graph,
  data: IndexedDataset,
  { epochs, seed, rate, init, signal, onStep }: TailTraining,
): Promise<Graph> {
  const session = await openSession({
    createTrainer,
    graph: tail,
    settings: {
      trainer: {
        method: 'float',
        loss: { kind: 'cross-entropy', labelSmoothing: 0 },
        batchSize: BATCH,
        optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
        scheme: { kind: 'full' },
        freeze: [],
        init,
        classes: null,
        seed,
        octo: OCTO_DEFAULTS,
        accumulate: 1,
        backend: 'native',
        jobs: 1,
      },
      epochs,
      rate,
      schedule: { kind: 'cosine' },
      warmup: { unit: 'steps', count: 0 },
      augment: [],
      patience: null,
    },
    data,
    indices: null,
    validation: null,
    inspections: 1,
    inspectEvery: Number.MAX_SAFE_INTEGER,
  });
  const { graph } = await session.run({ signal, onStep });
  if (signal.aborted) throw new TinymlError('E_INTERRUPTED', 'stopped while the tail was trained');
  return graph;
}
