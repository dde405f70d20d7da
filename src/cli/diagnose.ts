import { type Preprocess, RAW_VALUES } from '../data/preprocess.ts';
import { type AffineMap, scaleSamples } from '../data/scale-samples.ts';
import { chooseIndices, firstSamples, subsetOf } from '../data/subset.ts';
import type { Dataset, Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { oneLine } from '../diagnostics/printable.ts';
import type { Task } from '../diagnostics/progress.ts';
import { formatBytes, formatPercent } from '../diagnostics/units.ts';
import { accuracyOf, evaluate } from '../execute/evaluate.ts';
import { type PredictAll, predictFloat } from '../execute/predict.ts';
import { dataInputs } from '../graph/state.ts';
import { elementCount, sameShape } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { contractOf, withContract } from '../input/contract.ts';
import { exportModel } from '../onnx/export.ts';
import { toolVersion } from '../package-root.ts';
import { graphMacs } from '../passes/graph-macs.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { decibels } from '../quantize/diagnose/diagnose.ts';
import { type Accuracy, type Diagnosis, diagnoseModel, type Stage } from '../quantize/diagnose/run.ts';
import type { Measurement } from '../quantize/diagnose/search.ts';
import { calibrated } from '../quantize/diagnose/workbench.ts';
import { affineQuantizer } from '../quantize/quantize-model.ts';
import { type Scheme, TFLITE_INT8 } from '../quantize/scheme.ts';
import { diagnosisPage } from '../report/diagnosis-page.ts';
import {
  culpritsOf,
  DIAGNOSIS_COLUMNS,
  diagnosisRows,
  gainDb,
  measurementText,
  REMEDY_COLUMNS,
  remedyRows,
} from '../report/diagnosis-text.ts';
import { inspectGraph } from '../report/inspection.ts';
import { fieldList, textTable } from '../report/table.ts';
import type { Target } from '../targets/target.ts';
import { calibrationData, quantizeRequest } from './calibration.ts';
import type { CommandResult, Context } from './context.ts';
import { dataFor } from './dataset.ts';
import { type Called, commandLines, mapped } from './diagnose-recipes.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { dimensions, openModel, warnOfGates } from './model.ts';
import { flagOption, listOption, type Options, requiredNumber, requiredText, textOption } from './options.ts';
import { dependencyRule } from './output-files.ts';
import { withAskedState, withFloatState } from './state.ts';
import { targetOf } from './target.ts';

/** `tinyml diagnose m.onnx [m.int8.onnx] -d D`: which layers quantising costs most, why, and what helps. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const [path, givenPath] = args as readonly [string, string?];
  const output = outputOf(options);
  const target = targetOf(options);
  const scheme = target === null ? TFLITE_INT8 : schemeOf(target);
  const { graph: float, withNorms } = await openFloat(path, options, context);
  const given = givenPath === undefined ? null : await openGiven(givenPath, float, options, context);
  // The factor stands in the recipe: a remedy may change it.
  const factor = requiredNumber(options, 'calibration-scale');
  const unscaled = { ...options, 'calibration-scale': 1 };
  const { dataset, indices } = await calibrationData(requiredText(options, 'data'), float, unscaled, context);
  const evalPath = textOption(options, 'eval');
  const evaluation = evalPath === undefined ? null : await dataFor(evalPath, float, options, context);
  const asked = listOption(options, 'remedy');
  const stages = stagesOf(context);
  const diagnosis = await diagnoseModel({
    float,
    given,
    withNorms,
    options: { ...quantizeRequest(options, context), scheme },
    calibration: () => dataset.samples(indices),
    calibrationScale: factor,
    samples:
      evaluation === null
        ? await measuredSamples(float, dataset, indices, factor, context)
        : await measuredSamples(float, evaluation, null, 1, context),
    evaluated: evaluation !== null,
    accuracy: evaluation === null ? null : await accuracyOn(evaluation, float, options, context),
    asked: asked.length === 0 ? null : asked,
    jobs: context.jobs,
    onStage: stages.update,
  }).finally(stages.finish);

  const called: Called = {
    model: path,
    given: givenPath ?? null,
    options,
    output: output ?? 'model.int8.onnx',
  };
  const { before, found } = diagnosis;
  const { preprocess } = contractOf(float);
  const helps = found.best.remedies.length > 0 || found.best.recipe.input !== null;
  const commands = helps ? commandLines(called, found.best.recipe, found.best.remedies, preprocess) : null;
  const bytes =
    output === null
      ? null
      : await writeBest(diagnosis, float, target, scheme, dataset, indices, options, context);
  if (output !== null) context.outputs.file(output, bytes!);
  const page = textOption(options, 'report');
  if (page !== undefined) {
    const title = givenPath ?? path;
    context.outputs.file(page, diagnosisPage(title, diagnosis, commands?.join('\n') ?? null));
  }
  const depfile = textOption(options, 'depfile');
  if (depfile !== undefined) {
    context.outputs.file(depfile, dependencyRule(output ?? page ?? depfile, context.filesRead()));
  }
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
      ...diagnosisJson(diagnosis, called, preprocess),
      commands,
      output,
      ...(bytes === null ? {} : { bytes: bytes.length }),
      gates,
    },
    text: () => diagnosisText(diagnosis, commands, output, bytes, context.verbose),
    failure: gateFailure(gates),
  };
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

/** @throws TinymlError E_USAGE for targets with rules of their own */
function schemeOf({ id, scheme }: Target): Scheme {
  if (scheme !== null) return scheme;
  throw new TinymlError('E_USAGE', 'models are taken apart in the integers of microcontrollers alone', {
    at: `--target ${id}`,
    hint: 'for a Jetson, "tinyml quantize" measures each layer by itself, and --per-layer-precision leaves it out of int8',
  });
}

/** @throws TinymlError E_QUANT for a model that is quantised already */
async function openFloat(
  path: string,
  options: Options,
  context: Context,
): Promise<{ readonly graph: Graph; readonly withNorms: Graph }> {
  const model = await openModel(path, context);
  const dims = dimensions(options);
  const graph = prepareGraph(model, { dims });
  warnOfGates(model, graph, context);
  if (inspectGraph(graph).quantisation !== 'float') {
    throw new TinymlError('E_QUANT', 'the model is quantised already', {
      at: path,
      hint: 'give the float model it was made of, and this one behind it: tinyml diagnose model.onnx model.int8.onnx',
    });
  }
  return {
    graph: withFloatState(graph, options, context),
    withNorms: withFloatState(prepareGraph(model, { dims, keepBatchNorm: true }), options, context),
  };
}

/** @throws TinymlError E_QUANT for a float model, E_USAGE for that of another network */
async function openGiven(path: string, float: Graph, options: Options, context: Context): Promise<Graph> {
  const model = await openModel(path, context);
  const prepared = prepareGraph(model, { dims: dimensions(options) });
  if (inspectGraph(prepared).quantisation === 'float') {
    throw new TinymlError('E_QUANT', 'the second model is in float', {
      at: path,
      hint: 'leave it out: diagnose quantises the first one itself',
    });
  }
  const graph = { ...withAskedState(prepared, options), state: float.state };
  const shapes = (one: Graph): readonly (readonly number[])[] =>
    [...one.inputs, ...one.outputs].map(({ value }) => one.values.get(value)!.shape);
  const [own, other] = [shapes(float), shapes(graph)];
  const known = float.nodes.filter(({ outputs }) => graph.values.has(outputs[0] ?? '')).length;
  if (own.length !== other.length || own.some((shape, i) => !sameShape(shape, other[i]!)) || known === 0) {
    throw new TinymlError('E_USAGE', 'the two models are not the same network', {
      at: path,
      hint: 'give the float model that the quantised one was made of: their tensors must have the same names',
    });
  }
  return graph;
}

/** Errors of the outputs are measured on so many samples; on fewer where they take more memory (values) or time (multiplications). */
const SAMPLES = 256;
const VALUES = 2 ** 24;
const MACS = 2 ** 33;

/** @param indices of `dataset` that may be taken; null for any */
async function measuredSamples(
  graph: Graph,
  dataset: Dataset,
  indices: readonly number[] | null,
  factor: number,
  { seed }: Context,
): Promise<readonly Sample[]> {
  const perSample = dataInputs(graph).reduce(
    (sum, { value }) => sum + elementCount(graph.values.get(value)!.shape),
    0,
  );
  const bounds = [SAMPLES, VALUES / Math.max(perSample, 1), MACS / Math.max(graphMacs(graph), 1)];
  const most = Math.max(1, Math.floor(Math.min(...bounds)));
  const from = indices ?? Array.from({ length: dataset.length }, (_, i) => i);
  const places = chooseIndices(from.length, Math.min(from.length, most), seed);
  const chosen = places.map((place) => from[place]!);
  const samples: Sample[] = [];
  // Of sequences all frames come, and the first are enough.
  const taken = firstSamples(dataset.samples(chosen), most);
  for await (const sample of scaleSamples(taken, { factor, offset: 0 })) samples.push(sample);
  return samples;
}

/** How accuracy is measured; null where the data have no labels. @throws TinymlError as `evaluate` */
async function accuracyOn(
  dataset: Dataset,
  float: Graph,
  options: Options,
  { seed, jobs }: Context,
): Promise<Accuracy | null> {
  const size = Math.min(dataset.length, requiredNumber(options, 'eval-size'));
  const indices = chooseIndices(dataset.length, size, seed);
  const measure = async (
    predict: PredictAll,
    input: AffineMap | null,
    limit: number | null,
  ): Promise<number | null> => {
    const some = subsetOf(dataset, limit === null ? indices : indices.slice(0, limit));
    const seen = input === null ? some : { ...some, samples: () => scaleSamples(some.samples(), input) };
    return accuracyOf(await evaluate(predict, seen));
  };
  const first = await measure(predictFloat(float, jobs), null, 1);
  return first === null ? null : async (...call) => (await measure(...call)) ?? 0;
}

/** Stages one after the other, each with its own line of progress. */
function stagesOf({ progress }: Context): {
  readonly update: (stage: Stage, done: number) => void;
  readonly finish: () => void;
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
  };
}

/** The file of the best recipe: the bytes that its command line writes. */
async function writeBest(
  { found }: Diagnosis,
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
    input === null
      ? graph
      : withContract(graph, { ...contract, preprocess: mapped(contract.preprocess ?? RAW_VALUES, input) });
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
  { floatAccuracy, before, problems, layers, found }: Diagnosis,
  called: Called,
  preprocess: Preprocess | null,
): object {
  const measurement = ({ noise, accuracy }: Measurement): object => ({ sqnrDb: decibels(noise), accuracy });
  return {
    accuracy: { float: floatAccuracy },
    before: measurement(before),
    culprits: culpritsOf({ problems, layers }).map(({ place, layer, text }) => ({
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
      commands: commandLines(called, recipe, [remedy], preprocess),
    })),
    best: { remedies: found.best.remedies.map(({ id }) => id), ...measurement(found.best) },
  };
}

/** Layers that are shown without --verbose. */
const SHOWN = 8;

function diagnosisText(
  diagnosis: Diagnosis,
  commands: readonly string[] | null,
  output: string | null,
  bytes: Uint8Array | null,
  verbose: boolean,
): string {
  const { before, layers, found, floatAccuracy } = diagnosis;
  const shown = verbose ? layers : layers.filter(({ cost }) => cost > 0).slice(0, SHOWN);
  const more = layers.length - shown.length;
  const culprits = culpritsOf(diagnosis).map(
    ({ place, text }, i) => `${i + 1}. ${oneLine(place)}: ${oneLine(text)}`,
  );
  return [
    ['what costs most:', ...culprits].join('\n'),
    `${textTable(DIAGNOSIS_COLUMNS, diagnosisRows(shown))}${more > 0 ? `\n(${more} more cost less: --verbose)` : ''}`,
    ...(found.tried.length === 0 ? [] : [remedyText(diagnosis, verbose)]),
    fieldList([
      ...(floatAccuracy === null ? [] : [['float', formatPercent(floatAccuracy)] as const]),
      ['before', measurementText(before)],
      [
        'after',
        commands === null
          ? 'no remedy gains a quarter of a decibel'
          : `${measurementText(found.best)}: ${found.best.remedies.map(({ id }) => id).join(', ') || 'other preprocessing'}`,
      ],
      ...(commands ?? []).map((line) => ['by', line] as const),
      ...(output === null ? [] : [['output', `${output} (${formatBytes(bytes!.length)})`] as const]),
    ]),
  ].join('\n\n');
}

/** The remedies that gain something; with `all` those that do not, too. */
function remedyText(diagnosis: Diagnosis, all: boolean): string {
  const { before, found } = diagnosis;
  const tried = all ? found.tried : found.tried.filter(({ noise }) => noise < before.noise);
  const rows = remedyRows({ before, found: { ...found, tried } });
  const idle = found.tried.length - tried.length;
  const rest = idle === 0 ? '' : `(${idle} others gain nothing: --verbose)`;
  return [
    ...(rows.length === 0 ? [] : [textTable(REMEDY_COLUMNS, rows)]),
    ...(rest === '' ? [] : [rest]),
  ].join('\n');
}
