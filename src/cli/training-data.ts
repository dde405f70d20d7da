/** The data sets of `tinyml train`: what is trained on, what is validated on, and whether they fit the model. */
import { createHash } from 'node:crypto';
import { chooseIndices, subsetOf } from '../data/subset.ts';
import type { Dataset, IndexedDataset } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { mixSeed } from '../numbers/random.ts';
import { checkClasses, checkReconstruction } from '../train/run/labels.ts';
import type { Context } from './context.ts';
import { inputShapesOf } from './dataset.ts';
import type { TrainingSettings } from './training-settings.ts';

/** Key of the random numbers that choose the validation data. */
const VALIDATION = 3;

/** What is trained on and what is validated on; no sample of the training data is in both. */
export function splitData(
  data: IndexedDataset,
  validation: Dataset | null,
  settings: TrainingSettings,
  seed: number,
): { readonly indices: Int32Array | null; readonly validation: Dataset | null } {
  const asTargets = (dataset: Dataset): Dataset =>
    settings.trainer.loss.kind === 'mean-squared-error' ? withoutLabels(dataset) : dataset;
  if (validation !== null) return { indices: null, validation: asTargets(validation) };
  const share = settings.validationShare;
  if (share === null) return { indices: null, validation: null };
  const count = Math.round(data.length * share);
  if (count < 1 || count >= data.length) {
    throw new TinymlError('E_USAGE', `of ${data.length} samples ${count} would be for validation`, {
      at: '--validation-share',
      hint: 'Both parts need at least one sample.',
    });
  }
  const chosen = chooseIndices(data.length, count, mixSeed(seed, VALIDATION));
  const taken = new Set(chosen);
  return {
    indices: Int32Array.from({ length: data.length }, (_, i) => i).filter((index) => !taken.has(index)),
    validation: asTargets(subsetOf(data, chosen)),
  };
}

/** Classes of an auto-encoder's data say nothing about its outputs. */
export function withoutLabels(dataset: Dataset): Dataset {
  return {
    ...dataset,
    async *samples(indices) {
      for await (const { inputs } of dataset.samples(indices)) yield { inputs, label: null };
    },
  };
}

/** @returns the number of classes, or null where labels do not count. @throws TinymlError E_DATA */
export function checkData(
  data: IndexedDataset,
  others: readonly (IndexedDataset | null)[],
  graph: Graph,
  settings: TrainingSettings,
  context: Context,
): number | null {
  const outputs = elementCount(graph.values.get(graph.outputs[0]!.value)!.shape);
  const classes = settings.trainer.classes ?? outputs;
  switch (settings.trainer.loss.kind) {
    case 'mean-squared-error':
      checkReconstruction(elementCount(inputShapesOf(graph)[0]!), outputs);
      return null;
    case 'cross-entropy': {
      const warning = checkClasses(data, classes);
      if (warning !== null) context.warn(warning);
      for (const other of others) if (other !== null) checkClasses(other, classes);
      return classes;
    }
  }
}

/** @throws TinymlError E_USAGE */
export function imageShape(shape: readonly number[]): { channels: number; height: number; width: number } {
  const [, channels, height, width] = shape;
  if (shape.length === 4) return { channels: channels!, height: height!, width: width! };
  throw new TinymlError('E_USAGE', `--augment is for images, the input has shape [${shape.join(', ')}]`, {
    at: '--augment',
    hint: 'An image input has the axes batch, channels, height and width.',
  });
}

/** Name, length and labels of a data set: by these a checkpoint knows it again. */
export function describeData(data: IndexedDataset): string {
  const labels = createHash('sha256').update(data.labels()).digest('hex').slice(0, 16);
  return `${data.name}, ${data.length} samples, labels ${labels}`;
}
