/** What rows of a log must share with the runs that go on from them: everything but arms and seeds. */
import { dataPathText } from '../run/data-path.ts';
import type { RunIdentity } from '../run/run-log.ts';
import type { RunSetup } from './run.ts';

/** Samples of the data sets of an ablation. */
export type Samples = { readonly training: number; readonly evaluation: number };

/** @param sha256 of the model file, and of the preprocessing, null where there is none */
export function identityOf(
  { settings: { trainer, epochs, rate, schedule, warmup, augment }, lacL2, training, evaluation }: RunSetup,
  sha256: { readonly model: string; readonly preprocess: string | null },
  samples: Samples,
): RunIdentity {
  const { method: _method, octo: _octo, seed: _seed, jobs: _jobs, ...shared } = trainer;
  const settings = { ...shared, lacL2, epochs, rate, schedule, warmup, augment };
  return {
    model: sha256.model,
    data: dataPathText(training, samples.training),
    eval: dataPathText(evaluation, samples.evaluation),
    preprocess: sha256.preprocess ?? 'none',
    ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, JSON.stringify(value)])),
  };
}
