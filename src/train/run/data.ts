/** The data of a run: what is trained on, what is validated on, and whether they fit the model. */
import { createHash } from 'node:crypto';
import { chooseIndices, subsetOf } from '../../data/subset.ts';
import type { Dataset, IndexedDataset } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import { mixSeed } from '../../numbers/random.ts';
import type { TrainerOptions } from '../options.ts';
import type { Loss } from '../types.ts';
import { checkClasses, checkReconstruction } from './labels.ts';
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
};

/**
 * What is trained on and what is validated on; no sample of the training data is in both.
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
      return { indices: null, validation: null, warning: null };
    case 'data':
      return { indices: null, validation: given === null ? null : validated(given), warning: null };
    case 'share': {
      const count = Math.round(data.length * choice.share);
      if (choice.isDefault && count < MIN_DEFAULT_SAMPLES) {
        const warning = `${data.length} samples are too few to hold some of them out: nothing says whether training makes the model better (--validation)`;
        return { indices: null, validation: null, warning };
      }
      if (count < 1 || count >= data.length) {
        throw new TinymlError('E_USAGE', `of ${data.length} samples ${count} would be for validation`, {
          at: '--validation-share',
          hint: 'Both parts need at least one sample.',
        });
      }
      const chosen = chooseIndices(data.length, count, mixSeed(seed, VALIDATION));
      const taken = new Set(chosen);
      const indices = Int32Array.from({ length: data.length }, (_, i) => i).filter((i) => !taken.has(i));
      return { indices, validation: validated(subsetOf(data, chosen)), warning: null };
    }
  }
}

/** What the outputs are measured against: classes of an auto-encoder's data say nothing about its outputs. */
export function targetsOf(dataset: Dataset, loss: Loss): Dataset {
  if (loss.kind === 'cross-entropy') return dataset;
  return {
    ...dataset,
    async *samples(indices) {
      for await (const { inputs } of dataset.samples(indices)) yield { inputs, label: null };
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
  return loss.kind === 'cross-entropy' ? (classes ?? sizesOf(graph).output) : null;
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
    checkReconstruction(input, output);
    return null;
  }
  const warning = checkClasses(data, classes);
  for (const other of others) checkClasses(other, classes);
  return warning;
}

/** Name, length and labels of a data set: by these a checkpoint knows it again. */
export function describeData(data: IndexedDataset): string {
  const labels = createHash('sha256').update(data.labels()).digest('hex').slice(0, 16);
  return `${data.name}, ${data.length} samples, labels ${labels}`;
}
