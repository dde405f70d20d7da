import type { Dataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { counted } from '../diagnostics/units.ts';
import { predictFloat } from '../execute/predict.ts';
import type { Graph } from '../graph/types.ts';
import { fieldList, textTable } from '../report/table.ts';
import { trainingPage } from '../report/training-page.ts';
import { memoryRows } from '../report/training-rows.ts';
import { trainingFacts, trainingText, type Written } from '../report/training-text.ts';
import { stepPacker } from '../targets/index.ts';
import type { TrainerOptions } from '../train/options.ts';
import { type CreateTrainer, loadBackend } from '../train/run/backend.ts';
import { accuraciesOf, type Comparison, gotWorse, onlyGuesses } from '../train/run/comparison.ts';
import { trainable } from '../train/run/model.ts';
import { PLAIN_CORE, planStep } from '../train/run/plan.ts';
import { predictWritten, writtenModel } from '../train/run/score.ts';
import { goesOn, type TrainingSettings } from '../train/run/settings.ts';
import type { CommandResult, Context } from './context.ts';
import { writeDepfile } from './depfile.ts';
import { measure } from './evaluation.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { dimensions, openModel } from './model.ts';
import { flagOption, numberOption, type Options, textOption } from './options.ts';
import { checkResume } from './training-run.ts';
import { openTraining, runSession } from './training-session.ts';
import { settingsOf } from './training-settings.ts';

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
  if (flagOption(options, 'plan')) return planOnly(path, settings, options, context);

  const output = needed(options, 'output', 'file');
  const dataPath = needed(options, 'data', 'path');
  const training = await openTraining(
    await openModel(path, options, context),
    await load(settings.trainer.backend),
    dataPath,
    settings,
    options,
    context,
  );
  const { graph, data, evaluation, session } = training;
  const result = await runSession(training, settings, options, context);

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
    evaluation === null ? null : await measureAll(graph, written, evaluation, settings, context);
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

/** The memory of a step as a device has it. */
async function planOnly(
  path: string,
  { trainer }: TrainingSettings,
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const { graph } = trainable(await openModel(path, options, context), dimensions(options));
  if (trainer.backend !== 'native') {
    throw new TinymlError('E_USAGE', `the backend ${trainer.backend} does not plan its memory`, {
      at: '--plan',
      hint: 'Give --backend native.',
    });
  }
  const { memory, peak } = planStep(graph, trainer, PLAIN_CORE, await stepPacker(null, trainer.seed));
  return {
    json: { model: path, batchSize: trainer.batchSize, memory, peak },
    text: () =>
      `${textTable([{ title: 'memory of a step' }, { title: 'bytes', align: 'right' }, { title: '' }], memoryRows(memory))}\n\n${fieldList(
        [
          ['batch', counted(trainer.batchSize, 'sample')],
          ...(trainer.accumulate === 1 ? [] : [['update', `once in ${trainer.accumulate} steps`] as const]),
          ['peak', `${peak.kernel} of ${peak.layer}, in the ${peak.pass} pass`],
        ],
      )}`,
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
