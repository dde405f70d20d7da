/** What all parts of the benchmark of `tinyml search` share: the data, the budget, the space, the settings of training. */
import { join } from 'node:path';
import { openDataset } from '../../src/data/open.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { subsetOf } from '../../src/data/subset.ts';
import type { Dataset, IndexedDataset } from '../../src/data/types.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { Candidate } from '../../src/search/candidate.ts';
import { isMakeable, networkOf } from '../../src/search/network.ts';
import { type Budget, type Cost, costOf, isWithin } from '../../src/search/oracle.ts';
import { loadSpace } from '../../src/search/space.ts';
import { type Trained, type TrialData, trainCandidate } from '../../src/search/trial.ts';
import { loadEmitter } from '../../src/targets/index.ts';
import { OCTO_DEFAULTS } from '../../src/train/options.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';

export const SPACE = loadSpace(join(packageRoot(), 'fixtures', 'search', 'mobile.json'));
export const TARGET = 'stm32f411';
export const BUDGET: Budget = { ramBytes: 65_536, flashBytes: 131_072, latencyMs: 40 };

/** Samples of a run: what is trained on, and what trials are compared on. */
export const TRAINING = 7200;
export const VALIDATION = 2000;

/** Fashion-MNIST. @param folder of its four IDX files, unpacked */
export async function openFashion(folder: string): Promise<{
  readonly trial: TrialData;
  readonly test: Dataset;
}> {
  const open = (name: string, limit?: number): Promise<IndexedDataset> =>
    openDataset(join(folder, `${name}-images-idx3-ubyte`), {
      inputShapes: [[1, 1, 28, 28]],
      preprocess: { ...RAW_VALUES, scale: 1 / 255 },
      hold: 2 ** 26,
      ...(limit === undefined ? {} : { limit, draw: true, seed: 1 }),
    });
  const data = await open('train', TRAINING + VALIDATION);
  const order = Int32Array.from({ length: TRAINING + VALIDATION }, (_, i) => i);
  return {
    trial: {
      data,
      indices: order.subarray(0, TRAINING),
      validation: subsetOf(data, [...order.subarray(TRAINING)]),
    },
    test: await open('t10k'),
  };
}

const { assess } = await loadEmitter(TARGET);

export function planOf(candidate: Candidate): Cost | null {
  if (!isMakeable(SPACE, candidate)) return null;
  const cost = costOf(assess!, networkOf(SPACE, candidate), BUDGET, { library: 'builtin', seed: 1 });
  return isWithin(cost, BUDGET) ? cost : null;
}

/** As `tinyml train --init random --method octo` does it. */
export function train(
  candidate: Candidate,
  data: TrialData,
  epochs: number,
  seed: number,
  space = SPACE,
): Promise<Trained> {
  return trainCandidate(networkOf(space, candidate), data, {
    createTrainer,
    settings: {
      trainer: {
        method: 'octo',
        loss: { kind: 'cross-entropy', labelSmoothing: 0 },
        batchSize: 32,
        optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
        scheme: { kind: 'full' },
        freeze: [],
        init: 'random',
        classes: null,
        seed,
        octo: OCTO_DEFAULTS,
        accumulate: 1,
        backend: 'native',
        jobs: 1,
      },
      epochs,
      rate: 0.003,
      schedule: { kind: 'cosine' },
      warmup: { unit: 'steps', count: 0 },
      augment: [],
      patience: null,
      validation: { kind: 'none' },
    },
    signal: new AbortController().signal,
    onStep: () => {},
  });
}

export function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
