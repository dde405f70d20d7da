/** The whole diagnosis of one model: its data, its layers, and what helps. */
import type { AffineMap } from '../../data/scale-samples.ts';
import { firstSamples } from '../../data/subset.ts';
import type { Sample } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { firstOf } from '../../diagnostics/lists.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { type PredictAll, predictFloat } from '../../execute/predict.ts';
import { predictQuantized } from '../../execute/predict-quantized.ts';
import { dataInputs } from '../../graph/state.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { graphMacs } from '../../passes/graph-macs.ts';
import { checkBatchNorm } from './batch-norms.ts';
import { diagnoseLayers, type LayerDiagnosis } from './diagnose.ts';
import { dataProblems, type InputProblem, summariseInputs, usualFactor, usualMaps } from './input-data.ts';
import type { Recipe } from './recipe.ts';
import { type Remedy, remediesFor } from './remedies.ts';
import { applyAll, type Found, type Measurement, search } from './search.ts';
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
  /** Ids of remedies that are to be applied, all of them; null to find the best. */
  readonly asked: readonly string[] | null;
  /** Threads that predict. */
  readonly jobs: number;
  readonly onStage?: (stage: Stage, done: number) => void;
};

/** What is measured one after the other: the data and the model as it is, its layers, what may help. */
export type Stage = 'model' | 'layers' | 'remedies';

/** @param limit of samples; null for all @param input what is done to them first */
export type Accuracy = (
  predict: PredictAll,
  input: AffineMap | null,
  limit: number | null,
) => Promise<number>;

export type Diagnosis = {
  /** Right answers of the float model on the data as they are, in [0, 1]. */
  readonly floatAccuracy: number | null;
  /** Before any remedy, on data that suit the model. */
  readonly before: Measurement;
  readonly problems: readonly InputProblem[];
  /** The layer that costs most first. */
  readonly layers: readonly LayerDiagnosis[];
  readonly found: Found;
};

/** Samples that inputs are looked at with. */
const LOOKED_AT = 64;
/** Samples that another preprocessing is tried on, and by how much it must be better: the share, and so many standard errors. */
const TRIED_ON = 200;
const BETTER = 0.05;
const STANDARD_ERRORS = 2;
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
  return {
    floatAccuracy: accuracy === null ? null : await accuracy(predictFloat(float, jobs), null, null),
    before,
    problems,
    layers,
    found,
  };
}

/** Layers are taken apart on so many samples; on fewer where they take more memory (values) or time (multiplications). */
const LAYER_SAMPLES = 32;
const VALUES = 2 ** 24;
const MACS = 2 ** 33;

/** Evenly spread, since data sets are often in the order of their classes; of sequences the first. */
function samplesForLayers(graph: Graph, samples: readonly Sample[]): readonly Sample[] {
  const values = [...graph.values].filter(([name]) => !graph.constants.has(name));
  const perSample = values.reduce((sum, [, { shape }]) => sum + elementCount(shape), 0);
  const work = graphMacs(graph) * graph.nodes.length;
  const most = Math.max(
    1,
    Math.min(
      LAYER_SAMPLES,
      Math.floor(VALUES / Math.max(perSample, 1)),
      Math.floor(MACS / Math.max(work, 1)),
    ),
  );
  if (samples.length <= most) return samples;
  if (graph.state.length > 0) return samples.slice(0, most);
  return Array.from({ length: most }, (_, i) => samples[Math.floor((i * samples.length) / most)]!);
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
 * Whether the float model would be better with data in another of the usual units: by its answers where data have labels, else by
 * what its batch normalisations remember. Of models with one data input.
 */
async function preprocessProblem({
  float,
  withNorms,
  samples,
  accuracy,
  jobs,
}: DiagnosisRequest): Promise<Extract<InputProblem, { kind: 'preprocess' }> | null> {
  const [data, ...others] = summariseInputs(
    dataInputs(float).map(({ name }) => name),
    samples,
  );
  if (data === undefined || others.length > 0 || data.min === data.max) return null;
  const problem = { kind: 'preprocess', input: data.name, data } as const;
  if (accuracy !== null) {
    const predict = predictFloat(float, jobs);
    const before = await accuracy(predict, null, TRIED_ON);
    let best = { map: { factor: 1, offset: 0 }, after: before };
    for (const map of usualMaps(data)) {
      const after = await accuracy(predict, map, TRIED_ON);
      if (after > best.after) best = { map, after };
    }
    const spread =
      STANDARD_ERRORS * Math.sqrt((best.after * (1 - best.after) + before * (1 - before)) / TRIED_ON);
    if (best.after - before <= Math.max(BETTER, spread)) return null;
    return {
      ...problem,
      map: best.map,
      evidence: { kind: 'accuracy', before, after: best.after, samples: TRIED_ON },
    };
  }
  const check = checkBatchNorm(withNorms, samples);
  if (check === null || (check.times < OTHER_SPREAD && check.times > 1 / OTHER_SPREAD) || check.times === 0)
    return null;
  const factor = usualFactor(1 / check.times, 1 / check.times);
  return { ...problem, map: { factor, offset: 0 }, evidence: { kind: 'batch-norm', ...check } };
}
