/** The steps that commands share: from a model file to a model made ready for a target. */
import { dirname, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { loadModel } from '../onnx/load.ts';
import type { RemovedChannels } from '../passes/dead-channels.ts';
import { withGivenInputs } from '../passes/given-inputs.ts';
import { type Prepared as PreparedModel, type PrepareOptions, prepareModel } from '../passes/pipeline.ts';
import type { InputForm, KernelLibrary, Optimise } from '../program/implementation.ts';
import { inspectGraph } from '../report/inspection.ts';
import type {
  AssessOptions,
  Calibration,
  Deployment,
  Emitter,
  Subject,
  TrainingRequest,
} from '../targets/target.ts';
import { classesOf } from '../train/run/data.ts';
import { classesOfSamples } from '../train/run/labels.ts';
import { calibrationData, quantizeRequest } from './calibration.ts';
import type { Context } from './context.ts';
import { givenInputs } from './given-inputs.ts';
import { withFittingLabels, withGivenContract } from './input-contract.ts';
import { flagOption, listOption, numberOption, type Options, requiredText, textOption } from './options.ts';
import { withAskedState, withFloatState } from './state.ts';
import { trainingRequest } from './training-request.ts';

/** A model as a target sees it, and the channels that it is computed without; null where all were to stay. */
export type OpenedSubject = Subject & { readonly removed: RemovedChannels | null };

type Prepared = {
  readonly subject: OpenedSubject;
  readonly deployment: Deployment;
};

/** Reads --kernels, --optimise, --input, --keep-dead-channels, --dim, --state, --no-state and --seed; --labels; for a float model --data, for a quantised one --float. */
export async function prepareDeployment(
  path: string,
  emitter: Emitter,
  options: Options,
  context: Context,
): Promise<Prepared> {
  const subject = await openSubject(path, options, context);
  const float = textOption(options, 'float');
  const training = await trainingRequest(options, context);
  const deployment = await emitter.prepare(subject, {
    ...assessOptions(options, context),
    jobs: context.jobs,
    calibration: await calibrationFor(subject, training, options, context),
    float: float === undefined ? null : await floatForm(float, subject, options, context),
    training,
  });
  return { subject, deployment };
}

/** Of --kernels, --optimise, --max-ram, --input and --seed. */
export function assessOptions(options: Options, { seed }: Context): AssessOptions {
  return {
    library: requiredText(options, 'kernels') as KernelLibrary,
    optimise: requiredText(options, 'optimise') as Optimise,
    maxRam: numberOption(options, 'max-ram'),
    input: requiredText(options, 'input') as InputForm,
    seed,
  };
}

/** A model as a target sees it. Where nobody says what is state, that of a float model is guessed. */
export async function openSubject(path: string, options: Options, context: Context): Promise<OpenedSubject> {
  return subjectOf(await openModel(path, options, context), options, context);
}

/** The same of a model that was read already. */
export function subjectOf(model: ImportedModel, options: Options, context: Context): OpenedSubject {
  const dims = dimensions(options);
  const deadChannels = !flagOption(options, 'keep-dead-channels');
  const { graph: prepared, removed } = preparedModel(model, { dims, deadChannels }, options, context);
  const float = inspectGraph(prepared).quantisation === 'float';
  const graph = float ? withFloatState(prepared, options, context) : withAskedState(prepared, options);
  return { model, graph, float, dims, removed };
}

/**
 * --data, --calibration-size and the like.
 * @throws TinymlError E_USAGE for a model that is quantised already, and for precisions of layers where nothing is quantised
 */
async function calibrationFor(
  { graph, float }: Subject,
  training: TrainingRequest | null,
  options: Options,
  context: Context,
): Promise<Calibration | null> {
  const path = textOption(options, 'data');
  const precisions = textOption(options, 'per-layer-precision');
  if (path === undefined && precisions !== undefined) {
    throw new TinymlError('E_USAGE', 'without --data nothing is quantised, in no layer', {
      at: `--per-layer-precision ${precisions}`,
      hint: float ? 'give --data, or leave it out' : 'leave it out, or give it to "tinyml quantize"',
    });
  }
  if (path === undefined) return null;
  if (!float) {
    throw new TinymlError('E_USAGE', 'the model is quantised already', {
      at: `--data ${path}`,
      hint: 'leave out --data, or give the float model; --golden takes inputs for the bundle',
    });
  }
  const { dataset, indices } = await calibrationData(path, graph, options, context);
  const classes = training === null ? null : classesOf(graph, training.trainer);
  const labels = dataset.labels?.();
  if (classes !== null && labels !== undefined) {
    const warning = classesOfSamples(dataset.name, labels, classes);
    if (warning !== null) context.warn('W_CLASSES', warning);
  }
  return { samples: () => dataset.samples(indices), request: quantizeRequest(options, context) };
}

/** --float. @throws TinymlError E_USAGE where there is nothing that it could be the float form of */
async function floatForm(
  path: string,
  { float }: Subject,
  options: Options,
  context: Context,
): Promise<Subject> {
  if (float) {
    throw new TinymlError('E_USAGE', 'the model is in float itself', {
      at: `--float ${path}`,
      hint: 'leave it out',
    });
  }
  return openSubject(path, options, context);
}

/**
 * Reads a model, with --shape, --bind, --preprocess and --labels in the place of what it says itself, and says which files lie
 * beside it.
 * @throws TinymlError as `loadModel`, `withGivenInputs` and `withGivenContract`; E_USAGE where an output is among these files
 */
export async function openModel(path: string, options: Options, context: Context): Promise<ImportedModel> {
  const model = await loadModel(path);
  const external = externalFiles(path, model);
  context.reads('the external data of the model', external);
  context.origins.model(path, model.source.sha256, external);
  return withGivenContract(withGivenInputs(model, givenInputs(options)), options, context);
}

/**
 * A model prepared, with the names of its classes as far as they fit it; says what of the file does not hold.
 * @throws TinymlError as `prepareModel`; E_DATA for --labels that are not of this model
 */
export function preparedModel(
  model: ImportedModel,
  how: PrepareOptions,
  options: Options,
  context: Context,
): PreparedModel {
  const { graph, ...rest } = prepareModel(model, how);
  warnOfGates(model, graph, context);
  noteStoredIntegers(model, graph, context);
  return { graph: withFittingLabels(graph, options, context), ...rest };
}

/** Says which gates of a file are none any more. @param graph prepared from the model */
function warnOfGates(model: ImportedModel, graph: Graph, { warn }: Context): void {
  const own = new Map(graph.nodes.map(({ name, op }) => [name, op]));
  const lost = model.collapsed.filter(({ name, op }) => own.get(name) !== op);
  if (lost.length === 0) return;
  warn(
    'W_GATE',
    `${lost.length} of ${model.collapsed.length} operators of gates were changed by another tool`,
    {
      at: lost.map(({ name, op }) => `node "${name}" (${op})`),
      hint: 'take the file that tinyml wrote: optimisers rewrite the nodes that gates consist of',
    },
  );
}

/** Says where a file that stores its weights as integers is a float model. */
function noteStoredIntegers({ nodes }: ImportedModel, { values }: Graph, { note }: Context): void {
  const stored = nodes.filter(({ op }) => op === 'DequantizeLinear').length;
  if (stored === 0 || [...values.values()].some(({ quant }) => quant !== null)) return;
  note(`${stored} constant(s) stored as integers are the numbers that they stand for: a float model`);
}

function externalFiles(path: string, model: ImportedModel): readonly string[] {
  return model.source.externalFiles.map((file) => join(dirname(path), file));
}

/** `--dim name=n`, repeatable. @throws TinymlError E_USAGE. */
export function dimensions(options: Options): Readonly<Record<string, number>> {
  return Object.fromEntries(
    listOption(options, 'dim').map((text) => {
      const match = /^(.+)=(\d+)$/.exec(text);
      const size = Number(match?.[2]);
      if (match === null || size < 1 || size > 2 ** 31 - 1) {
        throw new TinymlError('E_USAGE', `--dim takes name=size with a size of at least 1, not "${text}"`, {
          hint: 'for example --dim batch=1',
        });
      }
      return [match[1]!, size];
    }),
  );
}
