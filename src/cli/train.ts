import { existsSync } from 'node:fs';
import type { Dataset, IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { formatPercent } from '../diagnostics/units.ts';
import { predictFloat } from '../execute/predict.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { exportModel } from '../onnx/export.ts';
import { importModel } from '../onnx/import.ts';
import { loadModel } from '../onnx/load.ts';
import { toolVersion } from '../package-root.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { type Evaluation, evaluate } from '../quantize/evaluate.ts';
import { inspectGraph } from '../report/inspection.ts';
import { fieldList, textTable } from '../report/table.ts';
import { trainingPage } from '../report/training-page.ts';
import { EPOCH_COLUMNS, epochRows, memoryRows } from '../report/training-rows.ts';
import type { TrainerOptions } from '../train/options.ts';
import { createAugment } from '../train/run/augment.ts';
import { type BatchSource, batchesOf } from '../train/run/batches.ts';
import {
  checkIdentity,
  differences,
  encodeCheckpoint,
  type Identity,
  readCheckpoint,
} from '../train/run/checkpoint.ts';
import { orDiverged } from '../train/run/diverged.ts';
import type { Score } from '../train/run/history.ts';
import { runTraining, type Saved, type StepRecord, type TrainingReport } from '../train/run/loop.ts';
import { learningRates } from '../train/run/schedule.ts';
import type { Trainer } from '../train/types.ts';
import { checkOutputs } from './check-outputs.ts';
import type { CommandResult, Context } from './context.ts';
import { datasetFor, inputShapesOf } from './dataset.ts';
import { accuracyOf, integerPredictor, measure } from './evaluation.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { flagOption, type Options, textOption } from './options.ts';
import { createOutputFiles } from './output-files.ts';
import { openStepLog } from './step-log.ts';
import { dimensions } from './target-program.ts';
import { checkData, describeData, imageShape, splitData, withoutLabels } from './training-data.ts';
import { changeable, identityOf, type TrainingSettings, trainingSettings } from './training-settings.ts';
import { type Comparison, trainingText, type Written } from './training-text.ts';

export type CreateTrainer = (graph: Graph, options: TrainerOptions) => Trainer;

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
  return trainModel(loadTrainer, args, options, context);
}

async function loadTrainer(backend: TrainerOptions['backend']): Promise<CreateTrainer> {
  const { createTrainer } = await import('../train/run/trainer.ts');
  switch (backend) {
    case 'native':
      return createTrainer;
    case 'tfjs-node': {
      const { createTfjsTrainer } = await import('../train/backends/tfjs.ts');
      return (graph, options) => createTfjsTrainer(startOf(graph, options, createTrainer), options);
    }
  }
}

/** The model that training starts from: fresh weights and a new last layer are the same for every backend. */
function startOf(graph: Graph, options: TrainerOptions, createTrainer: CreateTrainer): Graph {
  return options.init === 'model' && options.classes === null
    ? graph
    : createTrainer(graph, options).toGraph();
}

/** The command with any trainer, which is loaded when all that can be checked before has been. */
export async function trainModel(
  load: (backend: TrainerOptions['backend']) => Promise<CreateTrainer>,
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path] = args as readonly [string];
  const settings = await trainingSettings(options, context);
  if (flagOption(options, 'plan'))
    return planOnly(await load(settings.trainer.backend), path, settings, options);

  const output = needed(options, 'output', 'file');
  const dataPath = needed(options, 'data', 'path');
  const outputs = [
    'output',
    'float-output',
    'report',
    'checkpoint',
    ...(textOption(options, 'log') === '-' ? [] : ['log']),
  ];
  checkOutputs(context.outputs, options, outputs, path);
  const { graph, sha256 } = await readGraph(path, options);
  const shapes = inputShapesOf(graph);
  const data = await datasetFor(dataPath, shapes, options, undefined, HOLD_BYTES);
  const open = async (name: string): Promise<IndexedDataset | null> => {
    const other = textOption(options, name);
    return other === undefined ? null : datasetFor(other, shapes, options);
  };
  const [validationFile, evaluation] = [await open('validation'), await open('eval')];
  const classes = checkData(data, [validationFile, evaluation], graph, settings, context);
  const { indices, validation } = splitData(data, validationFile, settings, context.seed);
  // A fault in what is measured at the end is said before the work.
  for (const set of [validationFile, evaluation]) if (set !== null) await readThrough(set);

  const createTrainer = await load(settings.trainer.backend);
  // A batch of more than there is would be filled up with nothing.
  const batchSize = Math.min(settings.trainer.batchSize, indices?.length ?? data.length);
  const trainer = createTrainer(graph, { ...settings.trainer, batchSize });
  const batches = batchesOf(data, {
    batchSize: trainer.batchSize,
    seed: context.seed,
    inputElements: elementCount(shapes[0]!),
    indices,
    classes,
    augment: settings.augment.length === 0 ? null : createAugment(settings.augment, imageShape(shapes[0]!)),
  });
  const identity = identityOf(
    settings,
    options,
    sha256,
    describeData(data),
    validationFile === null ? 'none' : describeData(validationFile),
  );
  const report = await train(trainer, batches, validation, settings, identity, options, context);

  for (const warning of report.warnings) context.warn(warning);
  const bytes = exportModel(trainer.toGraph(), { producerVersion: toolVersion() });
  const floatPath = textOption(options, 'float-output');
  const written: Written = {
    output,
    bytes,
    float:
      floatPath === undefined
        ? null
        : {
            output: floatPath,
            bytes: exportModel(trainer.toFloatGraph(), { producerVersion: toolVersion() }),
          },
  };
  const measured =
    evaluation === null ? null : await measureAll(graph, written, evaluation, settings, context);
  warnIfWorse(measured, context);
  context.outputs.file(output, bytes);
  if (written.float !== null) context.outputs.file(written.float.output, written.float.bytes);
  const reportPath = textOption(options, 'report');
  if (reportPath !== undefined) {
    context.outputs.file(reportPath, trainingPage(path, settings.trainer, report, measured));
  }
  const accuracy = accuraciesOf(measured, settings);
  const final = accuracy?.int8 ?? accuracy?.float ?? null;
  const gates = evaluateGates(options, final === null ? {} : { 'min-accuracy': final });
  return {
    json: {
      model: path,
      data: data.name,
      method: settings.trainer.method,
      output,
      bytes: bytes.length,
      floatOutput: floatPath ?? null,
      accuracy,
      ...report,
      checkpoint: textOption(options, 'checkpoint') ?? null,
      gates,
    },
    text: () => trainingText(written, report, measured, options),
    failure: gateFailure(gates),
  };
}

async function readThrough(dataset: Dataset): Promise<void> {
  for await (const _ of dataset.samples());
}

/** Training that undoes what a model knew ends well for the program alone. */
function warnIfWorse(measured: Comparison | null, context: Context): void {
  if (measured?.before == null) return;
  const [before, after] = [accuracyOf(measured.before.evaluation), accuracyOf(measured.trained.evaluation)];
  if (before === null || after === null || after > before - WORSE) return;
  context.warn(
    `the model got worse, from ${formatPercent(before)} to ${formatPercent(after)}: a lower --lr, and --validation-share, keep what it knows`,
  );
}

/** More than an export to integers, and chance, take away. */
const WORSE = 0.02;

async function train(
  trainer: Trainer,
  batches: BatchSource,
  validation: Dataset | null,
  settings: TrainingSettings,
  identity: Identity,
  options: Options,
  context: Context,
): Promise<TrainingReport> {
  const checkpointPath = textOption(options, 'checkpoint');
  const resume = flagOption(options, 'resume')
    ? resumed(checkpointPath!, identity, settings, context)
    : undefined;
  const {
    epochs,
    patience,
    trainer: { method, loss, octo, jobs },
  } = settings;
  const total = epochs * batches.perEpoch;
  if (resume === undefined && checkpointPath !== undefined && existsSync(checkpointPath)) {
    context.warn(`${checkpointPath} is of an earlier run, and is replaced; --resume would go on from it`);
  }
  const log = openStepLog(textOption(options, 'log'), resume !== undefined, context.dryRun);
  const start = resume?.progress.step ?? 0;
  const task = context.progress('train', (total - start) * batches.counted, 'samples');
  const interrupt = context.deferInterrupt();
  try {
    return await runTraining(trainer, {
      batches,
      epochs,
      learningRate: learningRates({ ...settings, stepsPerEpoch: batches.perEpoch }),
      labelled: loss.kind === 'cross-entropy',
      validate:
        validation === null
          ? null
          : async () => scoreOf(await evaluate(predictor(exported(trainer), method, jobs), validation)),
      patience,
      inspectEvery: Math.max(MIN_INSPECT_EVERY, Math.ceil(total / INSPECTIONS)),
      octo,
      signal: interrupt.signal,
      ...(resume === undefined ? {} : { resume }),
      ...(checkpointPath === undefined
        ? {}
        : {
            save: (saved: Saved) => saveCheckpoint(checkpointPath, saved, identity, settings, context.dryRun),
          }),
      onStep: (step) => {
        log.write({ kind: 'step', ...step });
        task.update((step.step + 1 - start) * batches.counted, stepText(step, epochs));
      },
      onEpoch: (row) => {
        log.write({ kind: 'epoch', ...row });
        const [cells = []] = epochRows([row]);
        task.say(EPOCH_COLUMNS.map(({ title }, i) => `${title} ${cells[i]}`).join(', '));
      },
    });
  } finally {
    interrupt.end();
    task.finish();
    log.close();
  }
}

/** @throws TinymlError E_FILE, E_CHECKPOINT */
function resumed(path: string, identity: Identity, settings: TrainingSettings, context: Context): Saved {
  const checkpoint = readCheckpoint(path);
  checkIdentity(checkpoint, identity, path);
  for (const change of differences(checkpoint.settings, changeable(settings))) {
    context.warn(`${change}: the result is not that of a run without interruption`);
  }
  return checkpoint;
}

/** Beside its place, then renamed: the earlier checkpoint stays until the new one is whole. */
function saveCheckpoint(
  path: string,
  saved: Saved,
  identity: Identity,
  settings: TrainingSettings,
  dryRun: boolean,
): void {
  const files = createOutputFiles(dryRun);
  files.file(path, encodeCheckpoint({ ...saved, identity, settings: changeable(settings) }));
  files.commit();
}

function stepText({ epoch, loss, correct, samples }: StepRecord, epochs: number): string {
  return `epoch ${epoch}/${epochs}, loss ${loss.toFixed(3)}, ${formatPercent(correct / samples)} right`;
}

/** The graph that is trained, with its batch normalisations and all its channels. */
export async function readGraph(path: string, options: Options): Promise<{ graph: Graph; sha256: string }> {
  const model = await loadModel(path);
  const graph = prepareGraph(model, {
    dims: dimensions(options),
    deadChannels: false,
    keepBatchNorm: true,
  });
  if (inspectGraph(graph).quantisation !== 'float') {
    throw new TinymlError('E_QUANT', 'the model is quantised already', {
      at: path,
      hint: 'Training starts from a float model, and gives a quantised one.',
    });
  }
  if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
    throw new TinymlError(
      'E_OP',
      `a model of ${graph.inputs.length} inputs and ${graph.outputs.length} outputs cannot be trained`,
      { at: path, hint: 'One input and one output are needed.' },
    );
  }
  return { graph, sha256: model.source.sha256 };
}

/** What would be written now, as it would be read back. */
function exported(trainer: Trainer): Graph {
  return readBack(exportModel(trainer.toGraph()), 'the trained model');
}

function readBack(bytes: Uint8Array, path: string): Graph {
  return prepareGraph(importModel(bytes, { path }));
}

function predictor(graph: Graph, method: TrainerOptions['method'], jobs: number) {
  return method === 'float' ? predictFloat(graph, jobs) : orDiverged(() => integerPredictor(graph, jobs));
}

function scoreOf(evaluation: Evaluation): Score {
  return evaluation.kind === 'classification'
    ? { kind: 'accuracy', value: evaluation.accuracy }
    : { kind: 'mean-squared-error', value: evaluation.meanSquaredError };
}

async function measureAll(
  graph: Graph,
  { output, bytes, float }: Written,
  dataset: Dataset,
  { trainer: { method, init, classes, loss } }: TrainingSettings,
  context: Context,
): Promise<Comparison> {
  const data = loss.kind === 'mean-squared-error' ? withoutLabels(dataset) : dataset;
  const comparable = init === 'model' && classes === null;
  // What is measured is what is written: the file's own bytes, read back.
  const trained = predictor(readBack(bytes, output), method, context.jobs);
  return {
    before: comparable
      ? await measure('evaluate before', predictFloat(graph, context.jobs), data, context)
      : null,
    trained: await measure('evaluate', trained, data, context),
    float:
      float === null
        ? null
        : await measure(
            'evaluate float',
            predictFloat(readBack(float.bytes, float.output), context.jobs),
            data,
            context,
          ),
  };
}

function accuraciesOf(measured: Comparison | null, { trainer: { method } }: TrainingSettings) {
  if (measured === null) return null;
  const trained = accuracyOf(measured.trained.evaluation);
  return {
    before: measured.before === null ? null : accuracyOf(measured.before.evaluation),
    float:
      method === 'float' ? trained : measured.float === null ? null : accuracyOf(measured.float.evaluation),
    int8: method === 'float' ? null : trained,
    samples: measured.trained.evaluation.samples,
  };
}

async function planOnly(
  createTrainer: CreateTrainer,
  path: string,
  settings: TrainingSettings,
  options: Options,
): Promise<CommandResult> {
  const { graph } = await readGraph(path, options);
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
