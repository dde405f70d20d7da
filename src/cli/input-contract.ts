/**
 * Preprocessing and names of classes: --preprocess and --labels where they are given, else those of the model. What holds is
 * put into the metadata of the model, where everything that reads data or writes a model finds it.
 */
import { requireFoldersOfAll } from '../data/labels.ts';
import { loadPreprocess } from '../data/load-preprocess.ts';
import { type Preprocess, RAW_VALUES } from '../data/preprocess.ts';
import type { Dataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { formatCount } from '../diagnostics/units.ts';
import { readingOf } from '../execute/predictions.ts';
import { dataOutputs } from '../graph/state.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { canonicalJson } from '../input/canonical-json.ts';
import { contractOf, type InputContract, withContract } from '../input/contract.ts';
import { labelsFit, requireLabelsFit } from '../input/labels.ts';
import { readLabels } from '../input/read-labels.ts';
import type { Context } from './context.ts';
import { type Options, textOption } from './options.ts';

/** What --preprocess takes in the place of a file: values go in as they are in the data, and that is meant. */
const RAW = 'raw';

/** Options with which data are read or models written: there it is said where the contract comes from. */
const USES = ['data', 'eval', 'video', 'golden', 'output'];

/**
 * The model with what holds, said on stderr where it is that of the file, warned of where it is not.
 * @throws TinymlError E_FILE, E_PREPROCESS, E_DATA for files, and for what the model says of itself
 */
export async function withGivenContract(
  model: ImportedModel,
  options: Options,
  context: Context,
): Promise<ImportedModel> {
  const own = contractOf(model);
  const given = {
    preprocess: await givenPreprocess(options, own.preprocess, context),
    labels: givenLabels(options),
  };
  warnOfOther(own, given, context);
  if (given.preprocess !== null && forgetsValues(given.preprocess)) {
    context.note('pixels go in as 0 .. 255: --preprocess says nothing of scale, mean and std');
  }
  const kept = keptText(own, given);
  if (kept !== '' && USES.some((name) => options[name] !== undefined)) context.note(kept);
  return withContract(model, {
    preprocess: given.preprocess ?? own.preprocess,
    labels: given.labels.length > 0 ? given.labels : own.labels,
  });
}

/**
 * The graph with the names of its classes only where it has as many.
 * @param classes as many as it will have; null where these are as many as now
 * @throws TinymlError E_DATA for --labels of another number
 */
export function withFittingLabels(
  graph: Graph,
  options: Options,
  { warn }: Context,
  classes: number | null = null,
): Graph {
  const { preprocess, labels } = contractOf(graph);
  if (labels.length === 0 || fits(labels, graph, classes)) return graph;
  if (textOption(options, 'labels') !== undefined) requireFit(labels, graph, classes);
  if (classes === null) {
    const message = `the model names ${formatCount(labels.length)} classes, and no output has as many: the names are left out`;
    warn('W_LABELS', message, {
      at: graph.outputs.map(({ name }) => `output "${name}"`),
      hint: 'give --labels',
    });
  }
  return withContract(graph, { preprocess, labels: [] });
}

/** The graph with the names of the folders of classes of its data, where it has no names yet and as many classes. @param classes as of `withFittingLabels` */
export function withClassNames(
  graph: Graph,
  { name, classNames: labels = [] }: Dataset,
  { note }: Context,
  classes: number | null = null,
): Graph {
  const { preprocess, labels: known } = contractOf(graph);
  if (known.length > 0 || labels.length === 0 || !fits(labels, graph, classes)) return graph;
  note(`${formatCount(labels.length)} class names are those of the folders in ${name}`);
  return withContract(graph, { preprocess, labels });
}

/**
 * Where a folder is missing and no names are known, nobody would see that all behind it are other classes.
 * @throws TinymlError E_DATA where a model of classes without names has another number of outputs than there are folders
 */
export function requireAllFolders(graph: Graph, dataset: Dataset): void {
  const { labels } = contractOf(graph);
  const named = labels.length > 0 || (dataset.classNames ?? []).length === 0;
  if (named || readingOf(graph, labels).kind !== 'classes') return;
  const classes = elementCount(graph.values.get(dataOutputs(graph)[0]!.value)!.shape);
  const hint = `--labels names all ${classes} classes, where the folders are some of them; an empty folder stands for a class without samples`;
  requireFoldersOfAll(dataset, classes, hint);
}

/** The graph with the columns of its data and the distance of their rows, where these are tables with a header, as far as its preprocessing does not say them yet. */
export function withColumns(graph: Graph, { name, table = null }: Dataset, { note }: Context): Graph {
  const { preprocess, labels } = contractOf(graph);
  if (table === null || preprocess === null) return graph;
  const known = preprocess.table;
  if (known !== null && (known.step !== null || table.step === null)) return graph;
  note(
    known === null
      ? `the model keeps the columns of ${name}: ${firstOf(table.columns)}`
      : `the model keeps the distance of the rows of ${name}: ${table.step}`,
  );
  return withContract(graph, { preprocess: { ...preprocess, table }, labels });
}

/** @throws TinymlError E_DATA */
function requireFit(labels: readonly string[], graph: Graph, classes: number | null): void {
  if (classes === null) {
    requireLabelsFit(labels, graph);
    return;
  }
  throw new TinymlError('E_DATA', `there are ${labels.length} labels, and ${classes} classes`, {
    at: ['--labels', `--classes ${classes}`],
    hint: 'a file of labels has one line for each class, in the order of the outputs',
  });
}

function fits(labels: readonly string[], graph: Graph, classes: number | null): boolean {
  return classes === null ? labelsFit(labels.length, graph) : labels.length === classes;
}

/**
 * What is given, with what it does not say of tables: the columns, or the distance of rows, that the model has from its data. Where it
 * only says which parts of recordings are taken, all else is that of the model.
 */
async function givenPreprocess(
  options: Options,
  own: Preprocess | null,
  { note }: Context,
): Promise<Preprocess | null> {
  const value = textOption(options, 'preprocess');
  if (value === undefined) return null;
  const { preprocess: given, isCut } =
    value === RAW ? { preprocess: RAW_VALUES, isCut: false } : await loadPreprocess(value);
  const step = given.table?.step ?? own?.table?.step ?? null;
  const table = given.table === null ? (own?.table ?? null) : { ...given.table, step };
  if (own === null || !isCut) return { ...given, table };
  note(
    '--preprocess says which parts of recordings are taken, and nothing else: all else is that of the model',
  );
  return { ...own, table, windows: given.windows ?? own.windows };
}

/** It speaks of images, and leaves their values as they are: meant by few, and forgotten by many who copy only a size. */
function forgetsValues({ resize, channels, scale, mean, std }: Preprocess): boolean {
  const values = canonicalJson({ scale, mean, std });
  const raw = canonicalJson({ scale: RAW_VALUES.scale, mean: RAW_VALUES.mean, std: RAW_VALUES.std });
  return (resize !== null || channels !== null) && values === raw;
}

function givenLabels(options: Options): readonly string[] {
  const path = textOption(options, 'labels');
  return path === undefined ? [] : readLabels(path);
}

/** `preprocessing and 10 class names are those of the model`; empty where nothing of it holds. */
function keptText(own: InputContract, given: InputContract): string {
  const preprocess = own.preprocess !== null && given.preprocess === null;
  const names = own.labels.length > 0 && given.labels.length === 0;
  const classNames = `${formatCount(own.labels.length)} class names are those of the model`;
  if (!preprocess) return names ? classNames : '';
  return names ? `preprocessing and ${classNames}` : 'preprocessing is that of the model';
}

function warnOfOther(own: InputContract, given: InputContract, { warn }: Context): void {
  const hint = 'leave it out to take that of the model; what is written now says what was given';
  if (own.preprocess !== null && given.preprocess !== null) {
    const differing = differingKeys(own.preprocess, given.preprocess);
    if (differing.length > 0) {
      const message = `the preprocessing that is given differs from that of the model in ${differing.join(', ')}`;
      warn('W_PREPROCESS', message, { at: '--preprocess', hint });
    }
  }
  if (own.labels.length === 0 || given.labels.length === 0) return;
  const difference = labelDifference(own.labels, given.labels);
  if (difference !== null) warn('W_LABELS', difference, { at: '--labels', hint });
}

function differingKeys(one: Preprocess, other: Preprocess): readonly string[] {
  const keys = Object.keys({ ...one, ...other }) as (keyof Preprocess)[];
  return keys.filter((key) => canonicalJson(one[key]) !== canonicalJson(other[key]) && !isAdded(key, one));
}

/** Windows where the model has none: more samples of what it takes, and no other values. */
function isAdded(key: keyof Preprocess, own: Preprocess): boolean {
  return key === 'windows' && own.windows === null;
}

function labelDifference(own: readonly string[], given: readonly string[]): string | null {
  if (own.length !== given.length) {
    return `${formatCount(given.length)} labels are given, the model has ${formatCount(own.length)}`;
  }
  const index = own.findIndex((name, i) => name !== given[i]);
  if (index < 0) return null;
  return `class ${index} is called ${JSON.stringify(given[index])}, the model calls it ${JSON.stringify(own[index])}`;
}
