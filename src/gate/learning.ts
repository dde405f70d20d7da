/** How gates and the backbones behind them learn: in float32, from their first values on, by Adam. */
import type { Network } from '../train/compile/network.ts';
import { ADAM, OCTO_DEFAULTS, type StepOptions } from '../train/options.ts';
import type { RunOptions } from '../train/run/loop.ts';
import { trainerOf } from '../train/run/trainer.ts';
import type { Trainer } from '../train/types.ts';

/**
 * @param model the part of the network that is given back
 * @throws TinymlError as `trainerOf`
 */
export function adamTrainer(
  network: Network,
  model: Network,
  options: Pick<StepOptions, 'loss' | 'batchSize' | 'freeze' | 'seed' | 'jobs'>,
): Trainer {
  return trainerOf(network, model, {
    method: 'float',
    optimizer: ADAM,
    scheme: { kind: 'full' },
    init: 'model',
    classes: null,
    octo: OCTO_DEFAULTS,
    accumulate: 1,
    backend: 'native',
    ...options,
  });
}

/** A run that ends after its last epoch. */
export const WHOLE_RUN = {
  patience: null,
  inspectEvery: Number.MAX_SAFE_INTEGER,
  octo: OCTO_DEFAULTS,
} as const satisfies Partial<RunOptions>;
