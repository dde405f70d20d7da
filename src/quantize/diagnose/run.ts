/** The whole diagnosis of one model: its data, its layers, and what helps. */
import { geometryOf } from '../../data/fit-image.ts';
import { RAW_VALUES } from '../../data/preprocess.ts';
import type { InputMap } from '../../data/scale-samples.ts';
import { firstSamples } from '../../data/subset.ts';
import type { Sample } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { firstOf } from '../../diagnostics/lists.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { type Guessing, guessingOf } from '../../execute/guessing.ts';
import { type PredictAll, predictFloat } from '../../execute/predict.ts';
import { predictQuantized } from '../../execute/predict-quantized.ts';
import { dataInputs, dataOutputs } from '../../graph/state.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { contractOf } from '../../input/contract.ts';
import { checkBatchNorm } from './batch-norms.ts';
import { diagnoseLayers, type Extent, type LayerDiagnosis } from './diagnose.ts';
import { dataProblems, type InputProblem, summariseInputs, usualFactor, usualMaps } from './input-data.ts';
import type { Recipe } from './recipe.ts';
import { type Remedy, remediesFor } from './remedies.ts';
import { samplesForLayers } from './samples-for-layers.ts';
import { applyAll, type Found, type Measurement, search } from './search.ts';
import { mapped, type OtherPreprocess, usualPreprocess } from './usual-preprocess.ts';
import { type Bench, createWorkbench } from './workbench.ts';

type DiagnosisRequest = Bench & {
  /** What calibration data are multiplied by. */
  readonly calibrationScale: number;
  /** Whether layers may be left in float32. */
  readonly floatLayers: boolean;
  /** Whether `samples` are others than those of calibration. */
  readonly evaluated: boolean;
  /** The float model with its batch normalisations as nodes. */
  readonly withNorms: Graph;
  /** Share of right answers on labelled data, the first so many of them; null where nothing has labels. */
  readonly accuracy: Accuracy | null;
  /** Samples that it is measured on without a limit. */
  readonly judged: number;
  /** Whether the data are pictures, made ready as the float model says. */
  readonly pictures: boolean;
  /** Ids of remedies that are to be applied, all of them; null to find the best. */
  readonly asked: readonly string[] | null;
  /** Threads that predict. */
  readonly jobs: number;
  readonly onStage?: (stage: Stage, done: number) => void;
};

/** What is measured one after the other: the data and the model as it is, its layers, what may help. */
export type Stage = 'model' | 'layers' | 'remedies';

/** @param limit of samples; null for all @param input what is done to them first */
export type Accuracy = (predict: PredictAll, input: InputMap | null, limit: number | null) => Promise<number>;

export type Diagnosis = {
  /** Right answers of the float model on the data as they are, in [0, 1]. */
  readonly floatAccuracy: number | null;
  /** Where these are no better than guessing; null for what is, or was not measured. */
  readonly guessing: FloatGuessing | null;
  /** Before any remedy, on data that suit the model. */
  readonly before: Measurement;
  readonly problems: readonly InputProblem[];
  /** The layer that costs most first. */
  readonly layers: readonly LayerDiagnosis[];
  readonly found: Found;
};

export type FloatGuessing = {
  readonly kind: Guessing;
  readonly accuracy: number;
  readonly classes: number;
  readonly samples: number;
};

/** Samples that inputs are looked at with. */
const LOOKED_AT = 64;
/** Samples that another preprocessing is tried on, and by how much it must be better: the share, and so many standard errors. */
const TRIED_ON = 200;
const BETTER = 0.05;
const STANDARD_ERRORS = 3; // the best of many is taken
/** Spreads before a batch normalisation that differ by more from those of training are of other data. */
const OTHER_SPREAD = 4;

export async function diagnoseModel(request: DiagnosisRequest): Promise<Diagnosis> {
  const { float, given, options, accuracy, jobs, calibrationScale } = request;
  const { onStage = () => {} } = request;
  onStage('model', 0);
  const workbench = createWorkbench(request);
  const preprocess = await preprocessProblem(request);
  const problems = [...(preprocess === null ? [] : [preprocess]), ...(await problemsOfData(request))];
  const start: Recipe = {
    input: preprocess?.map ?? null,
    calibrationScale,
    origin: given === null ? { kind: 'float', options } : { kind: 'given', recalibrated: [], reweighted: [] },
  };
  const accuracyOf =
    accuracy === null
      ? null
      : (graph: Graph, { input }: Recipe) => accuracy(predictQuantized(graph, jobs), input, null);
  const made = await workbench.make(start);
  const before: Measurement = {
    noise: await workbench.noise(made.graph, start.input),
    accuracy: accuracyOf === null ? null : await accuracyOf(made.graph, start),
  };
  const samples = await workbench.samples(start.input);
  const some = samplesForLayers(float, samples);
  const layers = await diagnoseLayers(made.reference, made.graph, some, (done) => onStage('layers', done));
  const disagreement = problems.find((one) => one.kind === 'disagree');
  const remedies = remediesFor({
    float,
    given: given !== null,
    options,
    layers,
    floatLayers: request.floatLayers,
    calibrationScale: disagreement === undefined ? null : disagreement.factor * calibrationScale,
  });
  const common = {
    workbench,
    start,
    before,
    made,
    accuracyOf,
    onProgress: (done: number) => onStage('remedies', done),
  };
  const found =
    request.asked === null
      ? await search({ ...common, remedies })
      : await applyAll({ ...common, remedies: chosen(remedies, request.asked) });
  const floatAccuracy = accuracy === null ? null : await accuracy(predictFloat(float, jobs), null, null);
  return {
    floatAccuracy,
    guessing: floatAccuracy === null ? null : floatGuessing(request, floatAccuracy),
    before,
    problems,
    layers,
    found,
  };
}

function floatGuessing({ float, judged }: DiagnosisRequest, accuracy: number): FloatGuessing | null {
  const [output] = dataOutputs(float);
  const classes = output === undefined ? 0 : elementCount(float.values.get(output.value)!.shape);
  const kind = guessingOf(accuracy, classes, judged);
  return kind === null ? null : { kind, accuracy, classes, samples: judged };
}

function chosen(remedies: readonly Remedy[], ids: readonly string[]): readonly Remedy[] {
  return ids.map((id) => {
    const remedy = remedies.find((one) => one.id === id);
    if (remedy !== undefined) return remedy;
    const names = remedies.map((one) => one.id);
    const near = nearest(id, names);
    throw new TinymlError('E_USAGE', `there is no remedy "${id}" for this model`, {
      at: `--remedy ${id}`,
      hint: near.length > 0 ? `Did you mean ${near.join(', ')}?` : `there are ${firstOf(names)}`,
    });
  });
}

async function problemsOfData({
  float,
  calibration,
  calibrationScale,
  samples,
  evaluated,
}: DiagnosisRequest): Promise<readonly InputProblem[]> {
  const names = dataInputs(float).map(({ name }) => name);
  const some: Sample[] = [];
  for await (const sample of firstSamples(calibration(), LOOKED_AT)) {
    some.push({
      ...sample,
      inputs: sample.inputs.map((values) => values.map((one) => one * calibrationScale)),
    });
  }
  return dataProblems(summariseInputs(names, some), evaluated ? summariseInputs(names, samples) : []);
}

/**
 * Whether the float model would be better with data in another of the usual units, pictures with other preprocessing: by its
 * answers where data have labels, else by what its batch normalisations remember. Of models with one data input.
 */
async function preprocessProblem(
  request: DiagnosisRequest,
): Promise<Extract<InputProblem, { kind: 'preprocess' }> | null> {
  const { float, withNorms, samples, accuracy, jobs } = request;
  const given = contractOf(float).preprocess ?? RAW_VALUES;
  const [data, ...others] = summariseInputs(
    dataInputs(float).map(({ name }) => name),
    samples,
  );
  if (data === undefined || others.length > 0 || data.min === data.max) return null;
  const problem = { kind: 'preprocess', input: data.name, data } as const;
  if (accuracy !== null) {
    const predict = predictFloat(float, jobs);
    const before = await accuracy(predict, null, TRIED_ON);
    if (before > 1 - BETTER) return null;
    let best: OtherPreprocess & { readonly after: number } = {
      preprocess: given,
      map: { factor: 1, offset: 0 },
      after: before,
    };
    for (const other of othersOf(request, data)) {
      const after = await accuracy(predict, other.map, TRIED_ON);
      // The other order of channels is often nearly as good: of few samples, chance must not choose it.
      const margin = 'channels' in other.map && other.map.reversed ? BETTER : 0;
      if (after > best.after + margin) best = { ...other, after };
    }
    const { preprocess, map, after } = best;
    const tried = Math.min(TRIED_ON, request.judged);
    const spread = STANDARD_ERRORS * Math.sqrt((after * (1 - after) + before * (1 - before)) / tried);
    if (after - before <= Math.max(BETTER, spread)) return null;
    return { ...problem, map, preprocess, evidence: { kind: 'accuracy', before, after, samples: tried } };
  }
  const check = checkBatchNorm(withNorms, samples);
  if (check === null || (check.times < OTHER_SPREAD && check.times > 1 / OTHER_SPREAD) || check.times === 0)
    return null;
  const factor = usualFactor(1 / check.times, 1 / check.times);
  const map = { factor, offset: 0 };
  return { ...problem, map, preprocess: mapped(given, map), evidence: { kind: 'batch-norm', ...check } };
}

function othersOf({ float, pictures }: DiagnosisRequest, data: Extent): readonly OtherPreprocess[] {
  const given = contractOf(float).preprocess ?? RAW_VALUES;
  const [port] = dataInputs(float);
  const geometry =
    pictures && port !== undefined ? geometryOf(float.values.get(port.value)!.shape, given.layout) : null;
  return geometry === null
    ? usualMaps(data).map((map) => ({ map, preprocess: mapped(given, map) }))
    : usualPreprocess(given, geometry);
}
