/** One probe: a short training of a scheme from the model as it is, measured on samples that were held out. */
import { indexedSubsetOf } from '../../data/subset.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph } from '../../graph/types.ts';
import type { Perform } from '../../parallel/runs.ts';
import { schemeLayers, schemeModel } from '../compile/trained.ts';
import { loadBackend } from '../run/backend.ts';
import { sizesOf } from '../run/data.ts';
import { type DataPath, openDataPath } from '../run/data-path.ts';
import { measureTrained } from '../run/measure-trained.ts';
import { networkOf } from '../run/network.ts';
import { openSession, type Session } from '../run/session.ts';
import type { TrainingSettings } from '../run/settings.ts';
import type { ProbeRow } from './probes.ts';
import { type Choice, choiceKey, schemeOf } from './schemes.ts';

/** What all probes share; plain values, so that threads can be given them. */
export type ProbeSetup = {
  /** From `prepareGraph` with `keepBatchNorm`. */
  readonly graph: Graph;
  readonly data: DataPath;
  /** Samples of `data` that are trained on, and those that are measured on, where `validation` is null; ascending. */
  readonly trained: readonly number[];
  readonly held: readonly number[];
  readonly validation: DataPath | null;
  /** Nothing is held out but `held`; `scheme` and `seed` are those of the probe. */
  readonly settings: TrainingSettings;
};

export type Probe = { readonly choice: Choice; readonly seed: number };

/** Opens the data once, for any number of probes. @throws TinymlError E_DATA, E_FILE, E_OP */
export async function createProbe(setup: ProbeSetup): Promise<Perform<Probe, ProbeRow>> {
  const { graph, settings } = setup;
  const data = await openDataPath(graph, setup.data);
  const measured =
    setup.validation === null
      ? indexedSubsetOf(data, setup.held)
      : await openDataPath(graph, setup.validation);
  const createTrainer = await loadBackend(settings.trainer.backend);
  const network = networkOf(graph, settings.trainer);
  const [layers, model] = [schemeLayers(network), schemeModel(network)];
  return async ({ choice, seed }, { signal, onStep } = {}) => {
    const start = performance.now();
    // A choice that trains nothing is measured, of whatever scheme, without a step.
    const trains = choice.depth > 0 || settings.trainer.classes !== null;
    const scheme = schemeOf(trains ? choice : { ...choice, depth: 1 }, layers, model);
    const session = await openSession({
      createTrainer,
      graph,
      settings: { ...settings, trainer: { ...settings.trainer, scheme, seed }, patience: null },
      data,
      indices: Int32Array.from(setup.trained),
      validation: null,
      inspections: 1,
      inspectEvery: Number.MAX_SAFE_INTEGER,
    });
    const hooks = { ...(signal && { signal }), ...(onStep && { onStep }) };
    const failure = trains ? await failureOf(session, hooks) : null;
    const figures =
      failure === null
        ? measureTrained(session.trainer, measured, sizesOf(graph).input, session.steps)
        : { loss: null, accuracy: null };
    const seconds = Math.round(performance.now() - start) / 1000;
    return { choice: choiceKey(choice), seed, ...figures, failure, seconds };
  };
}

async function failureOf(session: Session, hooks: Parameters<Session['run']>[0]): Promise<string | null> {
  try {
    await session.run(hooks);
    return null;
  } catch (error) {
    if (!(error instanceof TinymlError) || error.code !== 'E_NOT_FINITE') throw error;
    return [error.message, ...error.at].join(', ');
  }
}
