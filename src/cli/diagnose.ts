import type { Preprocess } from '../data/preprocess.ts';
import type { Dataset, Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { during, type Task } from '../diagnostics/progress.ts';
import { formatBytes } from '../diagnostics/units.ts';
import { guessingCause } from '../execute/guessing.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf, withContract } from '../input/contract.ts';
import { exportModel } from '../onnx/export.ts';
import { toolVersion } from '../package-root.ts';
import { decibels } from '../quantize/diagnose/diagnose.ts';
import { type Diagnosis, diagnoseModel, type Stage } from '../quantize/diagnose/run.ts';
import type { Measurement } from '../quantize/diagnose/search.ts';
import { calibrated } from '../quantize/diagnose/workbench.ts';
import { affineQuantizer } from '../quantize/quantize-model.ts';
import { type Scheme, TFLITE_INT8 } from '../quantize/scheme.ts';
import { diagnosisMarkdown } from '../report/diagnosis-markdown.ts';
import { diagnosisPage } from '../report/diagnosis-page.ts';
import { culpritsOf, diagnosisText, floatGuessingText, gainDb } from '../report/diagnosis-text.ts';
import type { Target } from '../targets/target.ts';
import { calibrationData, quantizeRequest } from './calibration.ts';
import type { CommandResult, Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { refuseDepfile, writeDepfile } from './depfile.ts';
import { accuracyOn, measuredSamples } from './diagnose-data.ts';
import { openFloat, openGiven, schemeOf, withContractOf } from './diagnose-models.ts';
import { type Called, commandLines } from './diagnose-recipes.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { requireAllFolders, withClassNames, withColumns } from './input-contract.ts';
import { flagOption, listOption, type Options, requiredNumber, requiredText, textOption } from './options.ts';
import { targetOf } from './target.ts';

/** `tinyml diagnose m.onnx [m.int8.onnx] -d D`: which layers quantising costs most, why, and what helps. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path, givenPath] = args as readonly [string, string?];
  const output = outputOf(options);
  const made = output ?? textOption(options, 'report') ?? null;
  if (made === null) refuseDepfile(options, 'give --apply and -o, or --report');
  const target = await targetOf(options);
  const scheme = target === null ? TFLITE_INT8 : schemeOf(target);
  const { graph: opened, withNorms } = await openFloat(path, options, context);
  const given = givenPath === undefined ? null : await openGiven(givenPath, opened, options, context);
  const described = withContractOf(opened, given);
  // The factor stands in the recipe: a remedy may change it.
  const factor = requiredNumber(options, 'calibration-scale');
  const unscaled = { ...options, 'calibration-scale': 1 };
  const { dataset, indices } = await calibrationData(
    requiredText(options, 'data'),
    described,
    unscaled,
    context,
  );
  const float = withColumns(withClassNames(described, dataset, context), dataset, context);
  refuseAutomaticObserver(options);
  const evalPath = textOption(options, 'eval');
  const evaluation = evalPath === undefined ? null : await dataFor(evalPath, float, options, context);
  if (evaluation !== null) requireAllFolders(float, evaluation);
  const asked = listOption(options, 'remedy');
  const stages = stagesOf(context);
  const diagnosing = diagnoseModel({
    float,
    given,
    withNorms,
    options: { ...quantizeRequest(options, context), scheme },
    calibration: () => dataset.samples(indices),
    calibrationScale: factor,
    floatLayers: target?.floatLayers ?? false,
    samples:
      evaluation === null
        ? await measuredSamples(float, dataset, indices, factor, context)
        : await measuredSamples(float, evaluation, null, 1, context),
    evaluated: evaluation !== null,
    accuracy: evaluation === null ? null : await accuracyOn(evaluation, float, options, context),
    judged: evaluation === null ? 0 : Math.min(evaluation.length, requiredNumber(options, 'eval-size')),
    pictures: dataset.content === 'image',
    asked: asked.length === 0 ? null : asked,
    jobs: context.jobs,
    onStage: stages.update,
  });
  const diagnosis = await during(stages, diagnosing);

  const called: Called = {
    model: path,
    given: givenPath ?? null,
    options,
    output: output ?? (givenPath === undefined ? 'model.int8.onnx' : 'mended.int8.onnx'),
  };
  const { before, found } = diagnosis;
  const suited = diagnosis.problems.find((one) => one.kind === 'preprocess')?.preprocess ?? null;
  warnOfGuessing(diagnosis, context);
  const helps = found.best.remedies.length > 0 || found.best.recipe.input !== null;
  const commands = helps ? commandLines(called, found.best.recipe, found.best.remedies, suited) : null;
  const bytes =
    output === null
      ? null
      : await writeBest(diagnosis, suited, float, target, scheme, dataset, indices, options, context);
  if (output !== null) context.outputs.file(output, bytes!);
  const page = textOption(options, 'report');
  if (page !== undefined) {
    const title = givenPath ?? path;
    context.outputs.file(page, diagnosisPage(title, diagnosis, commands?.join('\n') ?? null));
  }
  if (made !== null) writeDepfile(made, options, context);
  const written = bytes === null ? null : `${output} (${formatBytes(bytes.length)})`;
  const judged = output === null ? before : found.best;
  const gates = evaluateGates(options, {
    'min-sqnr': decibels(judged.noise) ?? Number.POSITIVE_INFINITY,
    ...(judged.accuracy === null ? {} : { 'min-accuracy': judged.accuracy }),
    ...(judged.accuracy === null || diagnosis.floatAccuracy === null
      ? {}
      : { 'max-drop': diagnosis.floatAccuracy - judged.accuracy }),
  });
  return {
    json: {
      model: path,
      int8: givenPath ?? null,
      ...diagnosisJson(diagnosis, called, suited),
      commands,
      output,
      ...(bytes === null ? {} : { bytes: bytes.length }),
      gates,
    },
    text: () =>
      flagOption(options, 'markdown')
        ? diagnosisMarkdown(args, diagnosis, commands)
        : diagnosisText(diagnosis, commands, written, context.verbose),
    failure: gateFailure(gates),
  };
}

/** Of a model that guesses in float, layers and remedies say little. */
function warnOfGuessing({ guessing, problems }: Diagnosis, { warn }: Context): void {
  if (guessing === null) return;
  const found = problems.some(({ kind }) => kind === 'preprocess');
  warn('W_CHANCE', floatGuessingText(guessing), {
    hint: found
      ? 'with the preprocessing that is printed it is better'
      : `${guessingCause(guessing.kind)}; of the usual preprocessing none is better`,
  });
}

/** @throws TinymlError E_USAGE */
function refuseAutomaticObserver(options: Options): void {
  if (textOption(options, 'observer') !== 'auto') return;
  throw new TinymlError('E_USAGE', 'diagnose tries all observers by itself', {
    at: '--observer auto',
    hint: 'leave it out',
  });
}

/** --apply with -o; null without. @throws TinymlError E_USAGE for one without the other */
function outputOf(options: Options): string | null {
  const output = textOption(options, 'output') ?? null;
  const apply = flagOption(options, 'apply');
  if (apply === (output !== null)) return output;
  throw new TinymlError('E_USAGE', apply ? '--apply needs -o' : '-o needs --apply', {
    hint: 'give both to write the model with what helps, or none to be told only',
  });
}

/** Stages one after the other, each with its own line of progress. */
function stagesOf({ progress }: Context): {
  readonly update: (stage: Stage, done: number) => void;
  readonly finish: () => void;
  readonly fail: () => void;
} {
  let current: { readonly stage: Stage; readonly task: Task } | null = null;
  return {
    update: (stage, done) => {
      if (current?.stage !== stage) {
        current?.task.finish();
        current = { stage, task: progress(`diagnose ${stage}`, null, stage) };
      }
      current.task.update(done);
    },
    finish: () => current?.task.finish(),
    fail: () => current?.task.fail(),
  };
}

/** The file of the best recipe: the bytes that its command line writes. */
async function writeBest(
  { found }: Diagnosis,
  suited: Preprocess | null,
  float: Graph,
  target: Target | null,
  scheme: Scheme,
  dataset: Dataset,
  indices: readonly number[],
  options: Options,
  context: Context,
): Promise<Uint8Array> {
  const { recipe, made } = found.best;
  const { input, calibrationScale, origin } = recipe;
  const contract = contractOf(float);
  const described = <T extends Graph>(graph: T): T =>
    input === null ? graph : withContract(graph, { ...contract, preprocess: suited });
  if (origin.kind === 'given') {
    return exportModel(described(made.graph), { producerVersion: toolVersion() });
  }
  const quantize = target?.quantize ?? affineQuantizer(scheme, (same) => same);
  const calibration = (): AsyncIterable<Sample> =>
    calibrated(dataset.samples(indices), { input, calibrationScale });
  const { scheme: _, ...request } = { ...quantizeRequest(options, context), ...origin.options };
  return (await quantize(described(float), calibration, request)).bytes;
}

function diagnosisJson(
  { floatAccuracy, guessing, before, problems, layers, found }: Diagnosis,
  called: Called,
  suited: Preprocess | null,
): object {
  const measurement = ({ noise, accuracy }: Measurement): object => ({ sqnrDb: decibels(noise), accuracy });
  return {
    accuracy: { float: floatAccuracy },
    before: measurement(before),
    culprits: culpritsOf({ guessing, problems, layers }).map(({ place, layer, text }) => ({
      place,
      value: layer?.value ?? null,
      text,
    })),
    problems,
    layers: layers.map(({ own, ownWeights, accumulated, cost, histogram: _, ...layer }) => ({
      ...layer,
      ownDb: decibels(own),
      ownWeightsDb: decibels(ownWeights),
      accumulatedDb: decibels(accumulated),
      costDb: decibels(cost),
    })),
    remedies: found.tried.map(({ remedy, recipe, noise, accuracy }) => ({
      id: remedy.id,
      text: remedy.text,
      ...measurement({ noise, accuracy }),
      gainDb: gainDb(before.noise, noise),
      commands: commandLines(called, recipe, [remedy], suited),
    })),
    best: { remedies: found.best.remedies.map(({ id }) => id), ...measurement(found.best) },
  };
}
