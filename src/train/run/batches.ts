import type { IndexedDataset } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { isJudged } from '../../execute/evaluate.ts';
import { mixSeed, seededRandom } from '../../numbers/random.ts';
import type { Batch } from '../types.ts';
import type { Augment } from './augment.ts';

/** Where a run is: `batch` batches of epoch `epoch` (from 0) are done. */
export type Position = { readonly epoch: number; readonly batch: number };

/** The training data as batches, the same ones for the same seed. */
export type BatchSource = {
  readonly perEpoch: number;
  /** Samples of a batch that count: all but those of a set smaller than a batch. */
  readonly counted: number;
  /** What of a batch has a class: samples, or the places of their outputs. */
  readonly judged: number;
  /**
   * Batches of one epoch from `first` on. Each is written over the one before. Memory does not grow with the data
   * set but for 4 bytes a sample: the order of the epoch.
   * @throws TinymlError E_DATA
   */
  readonly epoch: (epoch: number, first?: number) => Generator<Batch>;
};

export type BatchOptions = {
  readonly batchSize: number;
  readonly seed: number;
  /** Elements of the model input. */
  readonly inputElements: number;
  /** Which samples; null: all. */
  readonly indices: Int32Array | null;
  /** Labels that may occur are 0 .. classes - 1; null where labels do not count. */
  readonly classes: number | null;
  readonly augment: Augment | null;
};

/**
 * Shuffles anew in every epoch, in an order that depends on seed and epoch alone. The last samples that fill no
 * batch are left out of the epoch (other ones in the next); a set smaller than a batch is filled up with zeros of
 * label -1.
 */
export function batchesOf(dataset: IndexedDataset, options: BatchOptions): BatchSource {
  const { batchSize, seed, inputElements, classes, augment } = options;
  const placesHaveClasses = classes !== null && dataset.targetsAreClasses === true;
  // Without targets the inputs are what is to come out.
  const targetElements = classes === null || placesHaveClasses ? (dataset.targetElements ?? null) : null;
  const chosen = options.indices ?? upTo(dataset.length);
  if (chosen.length === 0) {
    throw new TinymlError('E_DATA', 'there are no samples to train on', {
      at: dataset.name,
      hint: 'Give more data, or a smaller share of it to --validation.',
    });
  }
  const perEpoch = Math.max(1, Math.floor(chosen.length / batchSize));
  const counted = Math.min(batchSize, chosen.length);
  return {
    perEpoch,
    counted,
    judged: counted * (placesHaveClasses ? targetElements! : 1),
    *epoch(epoch, first = 0) {
      const order = epochOrder(chosen, seed, epoch);
      const inputs = new Float32Array(batchSize * inputElements);
      const labels = new Int32Array(batchSize).fill(-1);
      const targets =
        targetElements === null
          ? null
          : new Float32Array(batchSize * targetElements).fill(placesHaveClasses ? -1 : 0);
      const random =
        augment === null ? null : (index: number) => seededRandom(mixSeed(seed, AUGMENT, epoch, index));
      for (let batch = first; batch < perEpoch; batch++) {
        const indices = order.subarray(batch * batchSize, batch * batchSize + counted);
        dataset.fill(indices, inputs, labels, ...(targets === null ? [] : [targets]));
        if (classes === null) labels.fill(0, 0, counted);
        else if (placesHaveClasses) checkPlaces(dataset, targets!, classes);
        else checkLabels(dataset, indices, labels, classes);
        if (augment !== null && random !== null) {
          for (let i = 0; i < counted; i++) {
            augment(inputs.subarray(i * inputElements, (i + 1) * inputElements), random(indices[i]!));
          }
        }
        yield { inputs, labels, targets };
      }
    },
  };
}

/** Keys that keep the random sequences of one seed apart. */
const SHUFFLE = 1;
const AUGMENT = 2;

/** The samples in the order of an epoch, which depends on seed and epoch alone. */
export function epochOrder(chosen: Int32Array, seed: number, epoch: number): Int32Array {
  return shuffled(chosen, mixSeed(seed, SHUFFLE, epoch));
}

/** 0 .. length - 1. */
export function upTo(length: number): Int32Array {
  const indices = new Int32Array(length);
  for (let i = 0; i < length; i++) indices[i] = i;
  return indices;
}

/** Fisher-Yates; the order depends on the seed alone. */
export function shuffled(indices: Int32Array, seed: number): Int32Array {
  const order = indices.slice();
  const random = seededRandom(seed);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
}

function checkPlaces({ name }: IndexedDataset, targets: Float32Array, classes: number): void {
  for (const label of targets) isJudged(label, classes, name);
}

function checkLabels(
  dataset: IndexedDataset,
  indices: Int32Array,
  labels: Int32Array,
  classes: number,
): void {
  for (let i = 0; i < indices.length; i++) {
    const label = labels[i]!;
    if (label >= 0 && label < classes) continue;
    throw labelError(dataset.name, indices[i]!, label, classes);
  }
}

/** What is wrong with a label that is no class of the model; -1 stands for none. */
export function labelError(name: string, index: number, label: number, classes: number): TinymlError {
  return label < 0
    ? new TinymlError('E_DATA', `sample ${index} has no label`, {
        at: name,
        hint: 'Labels are one folder for each class (data/up/1.csv, data/down/2.csv), or an array "y"; a column of classes in a CSV file is not read. A model that reconstructs its input takes train --loss mse.',
      })
    : new TinymlError('E_DATA', `sample ${index} has label ${label}, the model has ${classes} classes`, {
        at: name,
        hint: `Labels are 0 .. ${classes - 1}; train --classes ${label + 1}, or more where labels go on, gives the model a new last layer.`,
      });
}
