/** From a model and the data of a command to a training run that is ready to start. */
import type { Dataset, IndexedDataset } from '../data/types.ts';
import { formatPercent } from '../diagnostics/units.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { contractOf, preprocessSha256 } from '../input/contract.ts';
import { EPOCH_COLUMNS, epochRows } from '../report/training-rows.ts';
import type { CreateTrainer } from '../train/run/backend.ts';
import type { Identity } from '../train/run/checkpoint.ts';
import { checkData, describeData, splitData, targetsOf } from '../train/run/data.ts';
import type { EpochRow } from '../train/run/history.ts';
import type { StepRecord } from '../train/run/loop.ts';
import { trainable } from '../train/run/model.ts';
import { openSession, type Session, type SessionResult } from '../train/run/session.ts';
import { changeable, identityOf, type TrainingSettings } from '../train/run/settings.ts';
import type { Context } from './context.ts';
import { datasetFor } from './dataset.ts';
import { withClassNames, withColumns, withFittingLabels } from './input-contract.ts';
import { dimensions } from './model.ts';
import { type Options, textOption } from './options.ts';
import { runInContext } from './training-run.ts';

/** Training data are read in every epoch: files of up to so many bytes stay in memory. */
const HOLD_BYTES = 64 * 2 ** 20;

/** Gradients are inspected so many times in a run, but not more often than every few steps. */
const INSPECTIONS = 64;
const MIN_INSPECT_EVERY = 5;

type Training = {
  readonly graph: Graph;
  readonly data: IndexedDataset;
  /** What --eval names, with the targets of the loss. */
  readonly evaluation: Dataset | null;
  readonly session: Session;
  readonly identity: Identity;
};

/**
 * Reads --validation and --eval beside the training data; says what they lack.
 * @throws TinymlError as `trainable`, `datasetFor`, `checkData` and `openSession`
 */
export async function openTraining(
  model: ImportedModel,
  createTrainer: CreateTrainer,
  dataPath: string,
  settings: TrainingSettings,
  options: Options,
  context: Context,
): Promise<Training> {
  const { graph: given, sha256 } = trainable(model, dimensions(options));
  const { classes: wanted } = settings.trainer;
  const labelled = withFittingLabels(given, options, context, wanted);
  const data = await datasetFor(dataPath, labelled, options, context, { hold: HOLD_BYTES });
  const graph = withColumns(withClassNames(labelled, data, context, wanted), data, context);
  const open = async (name: string): Promise<IndexedDataset | null> => {
    const other = textOption(options, name);
    return other === undefined ? null : datasetFor(other, graph, options, context);
  };
  const [validation, evaluation] = [await open('validation'), await open('eval')];
  const others = [validation, evaluation].filter((set) => set !== null);
  const { loss } = settings.trainer;
  const parts = splitData(data, validation, settings.validation, loss, context.seed);
  const classes = checkData(graph, settings.trainer, data, others);
  if (classes !== null) context.warn('W_CLASSES', classes);
  if (parts.warning !== null) context.warn('W_SAMPLES', parts.warning);
  if (parts.note !== null) context.note(parts.note);
  // A fault in what is measured at the end is said before the work.
  for (const set of others) await readThrough(set);

  const session = await openSession({
    ...parts,
    createTrainer,
    graph,
    settings,
    data,
    inspections: INSPECTIONS,
    inspectEvery: MIN_INSPECT_EVERY,
  });
  const identity = identityOf(settings, {
    model: sha256,
    data: describeData(data),
    validation: validation === null ? 'none' : describeData(validation),
    preprocess: preprocessSha256(contractOf(graph).preprocess) ?? 'none',
  });
  return {
    graph,
    data,
    evaluation: evaluation === null ? null : targetsOf(evaluation, loss),
    session,
    identity,
  };
}

async function readThrough(dataset: Dataset): Promise<void> {
  for await (const _ of dataset.samples());
}

/** Trains, with the checkpoint, the log and the progress of the command. @throws TinymlError as `runInContext` */
export function runSession(
  { session: { batches, steps, run }, identity }: Pick<Training, 'session' | 'identity'>,
  settings: TrainingSettings,
  options: Options,
  context: Context,
): Promise<SessionResult> {
  return runInContext(
    {
      title: 'train',
      steps,
      unit: 'samples',
      perStep: batches.counted,
      identity,
      changeable: changeable(settings),
      run,
      step: (step) => ({ line: step, text: stepText(step, settings.epochs) }),
      epoch: (row) => ({ line: row, text: epochText(row) }),
    },
    options,
    context,
  );
}

function stepText({ epoch, loss, correct, samples, places = samples }: StepRecord, epochs: number): string {
  return `epoch ${epoch}/${epochs}, loss ${loss.toFixed(3)}, ${formatPercent(correct / places)} right`;
}

function epochText(row: EpochRow): string {
  const [cells = []] = epochRows([row]);
  return EPOCH_COLUMNS.map(({ title }, i) => `${title} ${cells[i]}`).join(', ');
}
