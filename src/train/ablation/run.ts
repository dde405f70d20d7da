/** One run of an ablation: an arm trained from a seed, and measured. */
import type { IndexedDataset } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph } from '../../graph/types.ts';
import type { Perform, RunHooks } from '../../parallel/runs.ts';
import { type CreateTrainer, loadBackend } from '../run/backend.ts';
import { sizesOf } from '../run/data.ts';
import { type DataPath, openDataPath } from '../run/data-path.ts';
import { measureTrained } from '../run/measure-trained.ts';
import { evaluateGraph } from '../run/score.ts';
import { openSession, type Session, type SessionResult } from '../run/session.ts';
import type { TrainingSettings } from '../run/settings.ts';
import type { Method } from '../types.ts';
import { withBatchNorm } from './batch-norm.ts';
import { type Arm, armKey, armSettings } from './factors.ts';
import type { Row } from './rows.ts';

/** What all runs share; plain values, so that threads can be given them. */
export type RunSetup = {
  /** From `prepareGraph` with `keepBatchNorm`. */
  readonly graph: Graph;
  readonly training: DataPath;
  readonly evaluation: DataPath;
  /** `method`, `octo` and `seed` are those of the arm. Nothing is held out: every arm ends after its last epoch. */
  readonly settings: TrainingSettings;
  readonly lacL2: number;
};

export type Run = { readonly arm: Arm; readonly seed: number };

/** Times that the gradients of a run are looked at. */
const INSPECTIONS = 16;

/** Opens the data once, for any number of runs. @throws TinymlError E_DATA, E_FILE */
export async function createAblationRunner(setup: RunSetup): Promise<Perform<Run, Row>> {
  const { graph } = setup;
  const [training, evaluation] = [
    await openDataPath(graph, setup.training),
    await openDataPath(graph, setup.evaluation),
  ];
  const createTrainer = await loadBackend(setup.settings.trainer.backend);
  return async (run, { signal, onStep } = {}) => {
    const start = performance.now();
    const session = await openArm(setup, createTrainer, training, run);
    const hooks = { ...(signal && { signal }), ...(onStep && { onStep }) };
    const figures = await figuresOf(setup, session, evaluation, run, hooks);
    const seconds = Math.round(performance.now() - start) / 1000;
    return { arm: armKey(run.arm), seed: run.seed, ...figures, seconds };
  };
}

/** Batches depend on the seed alone: the arms of a seed are compared on equal luck. */
function openArm(
  { graph, settings, lacL2 }: RunSetup,
  createTrainer: CreateTrainer,
  data: IndexedDataset,
  { arm, seed }: Run,
): Promise<Session> {
  const trainer = { ...settings.trainer, ...armSettings(arm, lacL2), seed };
  return openSession({
    createTrainer,
    graph: withBatchNorm(graph, arm['batch-norm'] as 'on' | 'off'),
    settings: { ...settings, trainer, patience: null },
    data,
    indices: null,
    validation: null,
    inspections: INSPECTIONS,
    inspectEvery: 1,
  });
}

type Figures = Omit<Row, 'arm' | 'seed' | 'seconds'>;

async function figuresOf(
  { graph, settings, lacL2 }: RunSetup,
  session: Session,
  evaluation: IndexedDataset,
  { arm }: Run,
  hooks: RunHooks,
): Promise<Figures> {
  const { trainer, steps } = session;
  const { method } = armSettings(arm, lacL2);
  try {
    const result = await session.run(hooks);
    return {
      exported: await exportedAccuracy(result, method, evaluation, settings.trainer.jobs),
      asTrained: measureTrained(trainer, evaluation, sizesOf(graph).input, steps).accuracy,
      loss: result.report.epochs.at(-1)!.loss,
      cosine: meanOrNull(result.report.health.map(({ cosine }) => cosine)),
      failure: null,
    };
  } catch (error) {
    if (!(error instanceof TinymlError) || error.code !== 'E_NOT_FINITE') throw error;
    const failure = [error.message, ...error.at].join(', ');
    return { exported: null, asTrained: null, loss: null, cosine: null, failure };
  }
}

/** What the written file is worth, read back: integers, or float32 for float training. */
async function exportedAccuracy(
  { graph }: SessionResult,
  method: Method,
  evaluation: IndexedDataset,
  jobs: number,
): Promise<number> {
  const result = await evaluateGraph(graph, method, evaluation, jobs);
  if (result.kind === 'classification') return result.accuracy;
  throw new TinymlError('E_DATA', 'an ablation compares accuracies: the evaluation data have no labels', {
    at: evaluation.name,
    hint: 'Give labelled data to --eval.',
  });
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
