/** The data of a run: what is trained on, what is validated on, and whether they fit the model. */
import { createHash } from 'node:crypto';
import { chooseIndices, subsetOf } from '../../data/subset.ts';
import type { Dataset, IndexedDataset } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { counted } from '../../diagnostics/units.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { mixSeed, seededRandom } from '../../numbers/random.ts';
import { scoresOf } from '../compile/loss.ts';
import type { TrainerOptions } from '../options.ts';
import type { Loss } from '../types.ts';
import { shuffled, upTo } from './batches.ts';
import { checkClasses, checkPlaces, checkTargets } from './labels.ts';
import type { ValidationChoice } from './settings.ts';

/** Key of the random numbers that choose the validation data. */
const VALIDATION = 3;

/** Fewer samples than these say nothing: by default they are not held out. */
const MIN_DEFAULT_SAMPLES = 10;

type SplitData = {
  /** What is trained on; null: everything. */
  readonly indices: Int32Array | null;
  readonly validation: Dataset | null;
  readonly warning: string | null;
  /** What was held out, where these are recordings; else null. */
  readonly note: string | null;
};

/**
 * What is trained on and what is validated on; no sample of the training data is in both, nor are windows of one recording: they
 * overlap, or are of one moment's noise, and a model that has seen some knows the others.
 * @param given the data set of --validation
 * @throws TinymlError E_USAGE where a share leaves one of the parts empty
 */
export function splitData(
  data: IndexedDataset,
  given: Dataset | null,
  choice: ValidationChoice,
  loss: Loss,
  seed: number,
): SplitData {
  const validated = (dataset: Dataset): Dataset => targetsOf(dataset, loss);
  switch (choice.kind) {
    case 'none':
      return EVERYTHING;
    case 'data':
      return { ...EVERYTHING, validation: given === null ? null : validated(given) };
    case 'share': {
      const { held, of, chosen } = holdOut(data, choice.share, mixSeed(seed, VALIDATION));
      const noun = data.recordings === undefined ? 'sample' : 'recording';
      const all = noun === 'sample' ? '' : ` of ${counted(of, noun)}`;
      if (choice.isDefault && held.length < MIN_DEFAULT_SAMPLES) {
        const warning = `${counted(data.length, 'sample')}${all} are too few to hold some of them out: nothing says whether training makes the model better (--validation)`;
        return { ...EVERYTHING, warning };
      }
      if (chosen < 1 || chosen >= of) {
        throw new TinymlError('E_USAGE', `of ${counted(of, noun)} ${chosen} would be for validation`, {
          at: '--validation-share',
          hint: `Both parts need at least one ${noun}${noun === 'sample' ? '' : ', and recordings are held out whole'}.`,
        });
      }
      const taken = new Set(held);
      return {
        indices: Int32Array.from({ length: data.length }, (_, i) => i).filter((i) => !taken.has(i)),
        validation: validated(subsetOf(data, held)),
        warning: null,
        note:
          noun === 'sample'
            ? null
            : `for validation ${chosen} of ${counted(of, noun)} are held out: ${held.length} of ${counted(data.length, 'sample')}`,
      };
    }
  }
}

const EVERYTHING: SplitData = { indices: null, validation: null, warning: null, note: null };

/** A share of the recordings, with all samples of each; of the samples, where each stands for itself. */
function holdOut(
  data: IndexedDataset,
  share: number,
  seed: number,
): { readonly held: readonly number[]; readonly chosen: number; readonly of: number } {
  const { length, recordings } = data;
  if (recordings === undefined) {
    const held = chooseIndices(length, Math.round(length * share), seed);
    return { held, chosen: held.length, of: length };
  }
  const chosen = chooseOfEachClass(data, recordings, Math.round(recordings.length * share), seed);
  const held = chosen.flatMap((recording) => {
    const first = recordings[recording]!;
    const end = recordings[recording + 1] ?? length;
    return Array.from({ length: end - first }, (_, i) => first + i);
  });
  return { held, chosen: chosen.length, of: recordings.length };
}

/** Some recordings, ascending: of every class about the same share, since recordings are few (systematic sampling). */
function chooseOfEachClass(
  data: IndexedDataset,
  recordings: readonly number[],
  count: number,
  seed: number,
): readonly number[] {
  const labels = data.labels();
  const labelOf = (recording: number): number => labels[recordings[recording]!]!;
  const order = [...shuffled(upTo(recordings.length), seed)].sort((a, b) => labelOf(a) - labelOf(b));
  const start = seededRandom(seed)();
  return Array.from(
    { length: count },
    (_, i) => order[Math.floor(((i + start) * order.length) / count)]!,
  ).sort((a, b) => a - b);
}

/** What the outputs are measured against: classes of an auto-encoder's data say nothing about its outputs. */
export function targetsOf(dataset: Dataset, loss: Loss): Dataset {
  if (loss.kind === 'cross-entropy') return dataset;
  return {
    ...dataset,
    targetsAreClasses: false,
    async *samples(indices) {
      for await (const { inputs, target } of dataset.samples(indices)) {
        yield { inputs, label: null, ...(target === undefined ? {} : { target }) };
      }
    },
  };
}

/** Elements of one sample, and of one output. */
export function sizesOf(graph: Graph): { readonly input: number; readonly output: number } {
  const elements = (value: string): number => elementCount(graph.values.get(value)!.shape);
  return { input: elements(graph.inputs[0]!.value), output: elements(graph.outputs[0]!.value) };
}

/** Classes that labels may be; null where labels do not count. */
export function classesOf(graph: Graph, { loss, classes }: TrainerOptions): number | null {
  return loss.kind === 'cross-entropy' ? (classes ?? scoresOf(outputShape(graph)).classes) : null;
}

/**
 * @param others what is validated and measured on
 * @returns a warning where a class has no samples, else null
 * @throws TinymlError E_DATA for labels that are no class of the model, and for outputs that are no reconstruction
 */
export function checkData(
  graph: Graph,
  options: TrainerOptions,
  data: IndexedDataset,
  others: readonly IndexedDataset[],
): string | null {
  const classes = classesOf(graph, options);
  if (classes === null) {
    const { input, output } = sizesOf(graph);
    for (const { name, targetElements } of [data, ...others])
      checkTargets(name, targetElements ?? null, input, output);
    return null;
  }
  const shape = outputShape(graph);
  const { places } = scoresOf(shape);
  if (places > 1) {
    for (const dataset of [data, ...others]) checkPlaces(dataset, places, shape);
    return null;
  }
  const warning = checkClasses(data, classes);
  for (const other of others) checkClasses(other, classes);
  return warning;
}

/** Of the first output, without the batch. */
function outputShape({ values, outputs }: Graph): readonly number[] {
  return values.get(outputs[0]!.value)!.shape.slice(1);
}

/** Name, length, recordings and labels of a data set: by these a checkpoint knows it again. */
export function describeData(data: IndexedDataset): string {
  const labels = createHash('sha256').update(data.labels()).digest('hex').slice(0, 16);
  const recordings = data.recordings === undefined ? '' : ` of ${data.recordings.length} recordings`;
  return `${data.name}, ${data.length} samples${recordings}, labels ${labels}`;
}
