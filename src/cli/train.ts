import type { Dataset, IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatPercent } from '../diagnostics/units.ts';
import { predictFloat } from '../execute/predict.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf, preprocessSha256 } from '../input/contract.ts';
import { fieldList, textTable } from '../report/table.ts';
import { trainingPage } from '../report/training-page.ts';
import { EPOCH_COLUMNS, epochRows, memoryRows } from '../report/training-rows.ts';
import { trainingFacts, trainingText, type Written } from '../report/training-text.ts';
import type { TrainerOptions } from '../train/options.ts';
import { type CreateTrainer, loadBackend } from '../train/run/backend.ts';
import type { Identity } from '../train/run/checkpoint.ts';
import { accuraciesOf, type Comparison, gotWorse, onlyGuesses } from '../train/run/comparison.ts';
import { checkData, describeData, splitData, targetsOf } from '../train/run/data.ts';
import type { EpochRow } from '../train/run/history.ts';
import type { StepRecord } from '../train/run/loop.ts';
import { trainable } from '../train/run/model.ts';
import { predictWritten, writtenModel } from '../train/run/score.ts';
import { openSession, type Session, type SessionResult } from '../train/run/session.ts';
import { changeable, goesOn, identityOf, type TrainingSettings } from '../train/run/settings.ts';
import type { CommandResult, Context } from './context.ts';
import { datasetFor } from './dataset.ts';
import { writeDepfile } from './depfile.ts';
import { measure } from './evaluation.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { withClassNames, withColumns, withFittingLabels } from './input-contract.ts';
import { dimensions, openModel } from './model.ts';
import { flagOption, numberOption, type Options, textOption } from './options.ts';
import { checkResume, runInContext } from './training-run.ts';
import { settingsOf } from './training-settings.ts';

/** Training data are read in every epoch: files of up to so many bytes stay in memory. */
const HOLD_BYTES = 64 * 2 ** 20;

/** Gradients are inspected so many times in a run, but not more often than every few steps. */
const INSPECTIONS = 64;
const MIN_INSPECT_EVERY = 5;

/** `tinyml train m.onnx -o t.onnx --data D`: training in INT8 (Octo), with fake quantisation, or in float. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  return trainModel(loadBackend, args, options, context);
}

/** The command with any trainer, which is loaded when all that can be checked before has been. */
export async function trainModel(
  load: (backend: TrainerOptions['backend']) => Promise<CreateTrainer>,
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  checkCombinations(options);
  const settings = await settingsOf(options, context);
  if (flagOption(options, 'plan'))
    return planOnly(await load(settings.trainer.backend), path, settings, options, context);

  const output = needed(options, 'output', 'file');
  const dataPath = needed(options, 'data', 'path');
  const { graph: given, sha256 } = trainable(await openModel(path, options, context), dimensions(options));
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

  const session = openSession({
    ...parts,
    createTrainer: await load(settings.trainer.backend),
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
  const result = await train(session, settings, identity, options, context);

  const { report } = result;
  for (const warning of report.warnings) context.warn('W_TRAINING', warning);
  const floatPath = textOption(options, 'float-output');
  const written: Written = {
    output,
    bytes: writtenModel(result.graph),
    float:
      floatPath === undefined
        ? null
        : { output: floatPath, bytes: writtenModel(session.trainer.toFloatGraph()) },
  };
  const measured =
    evaluation === null
      ? null
      : await measureAll(graph, written, targetsOf(evaluation, loss), settings, context);
  const worse = measured === null ? null : gotWorse(measured);
  if (worse !== null) context.warn('W_TRAINING', worse);
  const guesses = measured === null ? null : onlyGuesses(measured);
  if (guesses !== null) context.warn('W_CHANCE', guesses.message, { hint: guesses.hint });
  context.outputs.file(output, written.bytes);
  if (written.float !== null) context.outputs.file(written.float.output, written.float.bytes);
  writeDepfile(output, options, context);
  const reportPath = textOption(options, 'report');
  if (reportPath !== undefined) {
    context.outputs.file(reportPath, trainingPage(path, settings.trainer, report, measured));
  }
  const accuracy = measured === null ? null : accuraciesOf(measured, settings.trainer.method);
  const final = accuracy?.int8 ?? accuracy?.float ?? null;
  const gates = evaluateGates(options, final === null ? {} : { 'min-accuracy': final });
  const facts = (): string =>
    trainingFacts(written, report, measured, textOption(options, 'checkpoint'), context.paint);
  return {
    json: {
      model: path,
      data: data.name,
      method: settings.trainer.method,
      output,
      bytes: written.bytes.length,
      floatOutput: floatPath ?? null,
      accuracy,
      ...report,
      checkpoint: textOption(options, 'checkpoint') ?? null,
      gates,
    },
    text: () => trainingText(report, facts()),
    brief: facts,
    failure: gateFailure(gates),
  };
}

/** Options that are no settings of the run itself. @throws TinymlError E_USAGE */
function checkCombinations(options: Options): void {
  const wrong = (message: string, at: string, hint: string): never => {
    throw new TinymlError('E_USAGE', message, { at, hint });
  };
  if (numberOption(options, 'min-accuracy') !== undefined) {
    if (textOption(options, 'loss') === 'mse') {
      wrong('--loss mse has no accuracy', '--min-accuracy', 'Leave it out.');
    }
    if (textOption(options, 'eval') === undefined) {
      wrong('--min-accuracy needs data to measure it on', '--min-accuracy', 'Give --eval <data>.');
    }
  }
  checkResume(options);
}

async function readThrough(dataset: Dataset): Promise<void> {
  for await (const _ of dataset.samples());
}

function train(
  { batches, steps, run }: Session,
  settings: TrainingSettings,
  identity: Identity,
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

function stepText({ epoch, loss, correct, samples }: StepRecord, epochs: number): string {
  return `epoch ${epoch}/${epochs}, loss ${loss.toFixed(3)}, ${formatPercent(correct / samples)} right`;
}

function epochText(row: EpochRow): string {
  const [cells = []] = epochRows([row]);
  return EPOCH_COLUMNS.map(({ title }, i) => `${title} ${cells[i]}`).join(', ');
}

async function measureAll(
  graph: Graph,
  { output, bytes, float }: Written,
  data: Dataset,
  { trainer: { method, init, classes } }: TrainingSettings,
  context: Context,
): Promise<Comparison> {
  // What is measured is what is written: the file's own bytes, read back.
  const trained = predictWritten(bytes, output, method, context.jobs);
  return {
    before: goesOn({ init, classes })
      ? await measure('evaluate before', predictFloat(graph, context.jobs), data, context)
      : null,
    trained: await measure('evaluate', trained, data, context),
    float:
      float === null
        ? null
        : await measure(
            'evaluate float',
            predictWritten(float.bytes, float.output, 'float', context.jobs),
            data,
            context,
          ),
  };
}

async function planOnly(
  createTrainer: CreateTrainer,
  path: string,
  settings: TrainingSettings,
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const { graph } = trainable(await openModel(path, options, context), dimensions(options));
  const { memory } = createTrainer(graph, settings.trainer);
  if (memory === null) {
    throw new TinymlError('E_USAGE', `the backend ${settings.trainer.backend} does not plan its memory`, {
      at: '--plan',
      hint: 'Give --backend native.',
    });
  }
  return {
    json: { model: path, batchSize: settings.trainer.batchSize, memory },
    text: () =>
      `${textTable([{ title: 'memory of a step' }, { title: 'bytes', align: 'right' }, { title: '' }], memoryRows(memory))}\n\n${fieldList([['batch', `${settings.trainer.batchSize} samples`]])}`,
  };
}

/** An option that every run but --plan needs. @throws TinymlError E_USAGE */
function needed(options: Options, name: string, value: string): string {
  const text = textOption(options, name);
  if (text !== undefined) return text;
  throw new TinymlError('E_USAGE', `--${name} <${value}> is missing`, {
    hint: `It can also be set in TINYML_${name.toUpperCase()} or in tinyml.json. See tinyml train --help.`,
  });
}
