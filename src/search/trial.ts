/** A candidate trained from random weights, by the trainer of `tinyml train`. */
import type { Dataset, IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import type { CreateTrainer } from '../train/run/backend.ts';
import type { StepRecord } from '../train/run/loop.ts';
import { trainable } from '../train/run/model.ts';
import { evaluateGraph } from '../train/run/score.ts';
import { openSession, type Session, type SessionResult } from '../train/run/session.ts';
import type { TrainingSettings } from '../train/run/settings.ts';

export type TrialData = {
  readonly data: IndexedDataset;
  /** Which samples of it are trained on; null: all. */
  readonly indices: Int32Array | null;
  /** What a trained network is measured on; it chooses no epoch. */
  readonly validation: Dataset;
};

type TrialOptions = {
  readonly createTrainer: CreateTrainer;
  readonly settings: TrainingSettings;
  readonly signal: AbortSignal;
  readonly onStep: (step: StepRecord) => void;
};

export type Trained = {
  /** QDQ, or float32 for float training, as it was after the last epoch. */
  readonly graph: Graph;
  /** Share of the validation data that it gets right, as it would be written. */
  readonly accuracy: number;
  /** Mean of the last epoch. */
  readonly loss: number;
};

/** @throws TinymlError as `openCandidate`, its run and `trainedOf`, E_INTERRUPTED */
export async function trainCandidate(
  model: ImportedModel,
  data: TrialData,
  { createTrainer, settings, signal, onStep }: TrialOptions,
): Promise<Trained> {
  const session = await openCandidate(model, data, { createTrainer, settings });
  const result = await session.run({ signal, onStep });
  if (signal.aborted) throw new TinymlError('E_INTERRUPTED', 'stopped while a candidate was trained');
  return trainedOf(result, data, settings);
}

/** The training of a candidate, that keeps the state after its last epoch. @throws TinymlError as `openSession` */
export function openCandidate(
  model: ImportedModel,
  { data, indices }: TrialData,
  { createTrainer, settings }: Pick<TrialOptions, 'createTrainer' | 'settings'>,
): Promise<Session> {
  return openSession({
    createTrainer,
    graph: trainable(model, {}).graph,
    settings: { ...settings, patience: null },
    data,
    indices,
    validation: null,
    inspections: 1,
    inspectEvery: Number.MAX_SAFE_INTEGER,
  });
}

/** @throws TinymlError E_DATA for data without labels */
export async function trainedOf(
  result: SessionResult,
  { validation }: TrialData,
  { trainer: { method, jobs } }: TrainingSettings,
): Promise<Trained> {
  const evaluation = await evaluateGraph(result.graph, method, validation, jobs);
  if (evaluation.kind !== 'classification') {
    throw new TinymlError('E_DATA', 'networks are compared by their accuracy: the data have no labels', {
      at: validation.name,
      hint: 'Give labelled data.',
    });
  }
  return {
    graph: result.graph,
    accuracy: evaluation.accuracy,
    loss: result.report.epochs.at(-1)!.loss,
  };
}
