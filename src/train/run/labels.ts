import { requireFoldersOfAll } from '../../data/labels.ts';
import type { IndexedDataset } from '../../data/types.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { otherPlaces, otherTargets } from '../../execute/evaluate.ts';
import { elementCount } from '../../graph/tensor.ts';
import { labelError } from './batches.ts';

/** So many classes are named in a warning. */
const MAX_NAMED = 10;

/**
 * Holds the labels of a data set against the classes of a model before the work.
 * @returns a warning where classes have no samples, or one has many times those of another, else null
 * @throws TinymlError E_DATA for data without labels, and for a label that is no class of the model
 */
export function checkClasses(dataset: IndexedDataset, classes: number): string | null {
  checkFolders(dataset, classes);
  const { name, targetElements } = dataset;
  if (targetElements !== undefined) {
    throw new TinymlError(
      'E_DATA',
      `the data have targets of ${targetElements} values, not the numbers of classes`,
      {
        at: name,
        hint: 'Turn one-hot rows into numbers with argmax(axis=1), or give --loss mse for outputs that are to be these values.',
      },
    );
  }
  const labels = dataset.labels();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label < 0 || label >= classes)
      throw labelError(dataset.placeOf?.(i) ?? dataset.name, i, label, classes);
  }
  return presenceOf(dataset.name, labels, classes);
}

/** A warning where classes have no samples, or one has many times those of another, else null. @param labels all of 0 .. classes - 1 */
function presenceOf(name: string, labels: Int32Array, classes: number): string | null {
  const counts = new Uint32Array(classes);
  for (const label of labels) counts[label]!++;
  const all = Array.from(counts, (count, label) => ({ count, label }));
  const present = all.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  if (present.length === 1 && classes > 1) {
    return `${name} has samples of class ${present[0]!.label} alone: a model that is trained on one class learns to answer nothing else`;
  }
  const empty = all.filter(({ count }) => count === 0);
  if (empty.length === 0) return imbalance(name, present[0]!, present.at(-1)!);
  const named = empty.slice(0, MAX_NAMED).map(({ label }) => label);
  const others = empty.length > MAX_NAMED ? ` and ${empty.length - MAX_NAMED} others` : '';
  return `${name} has no sample of class ${named.join(', ')}${others}: the model cannot learn ${empty.length === 1 ? 'it' : 'them'}`;
}

/**
 * What firmware should be told of the labels of samples like those that it will learn: nothing where they have none, or all is well.
 * Ranges are taken from them whatever their classes are.
 */
export function classesOfSamples(name: string, labels: Int32Array, classes: number): string | null {
  const given = labels.filter((label) => label >= 0);
  if (given.length === 0) return null;
  const most = given.reduce((max, label) => Math.max(max, label), 0);
  if (most >= classes) {
    return `${name} has a sample of class ${most}, and firmware learns classes 0 .. ${classes - 1}: it refuses others (--classes ${most + 1})`;
  }
  return presenceOf(name, given, classes);
}

/** A class with so many times the samples of another is learned at its cost. */
const MAX_IMBALANCE = 10;

type Count = { readonly label: number; readonly count: number };

function imbalance(name: string, most: Count, least: Count): string | null {
  if (most.count < MAX_IMBALANCE * least.count) return null;
  return `${name} has ${most.count} samples of class ${most.label} and ${least.count} of class ${least.label}: the rare class may be given up; balance the data, or give more of it`;
}

/**
 * @param places of the output
 * @throws TinymlError E_SHAPE where data say nothing of the places of an output that scores each of them; E_DATA where of others
 */
export function checkPlaces(
  { name, targetElements, targetsAreClasses }: IndexedDataset,
  places: number,
  shape: readonly number[],
): void {
  if (targetElements === undefined || targetsAreClasses !== true) {
    throw new TinymlError('E_SHAPE', 'the output has classes for each place, and the data none for places', {
      at: [`output of shape ${[1, ...shape].join('x')}`, name],
      hint: 'Classes of places are an array "y" of integers, (samples, ...places); --loss mse compares outputs value by value.',
    });
  }
  if (targetElements !== places) throw otherPlaces(name, targetElements, elementCount(shape));
}

function checkFolders(dataset: IndexedDataset, classes: number): void {
  const { classNames = [] } = dataset;
  const hint = `train --classes ${classNames.length} gives the model a new last layer; --labels names all ${classes} classes, where the folders are some of them`;
  requireFoldersOfAll(dataset, classes, hint);
}

/**
 * @param targets elements of a target; null where the input is the target
 * @throws TinymlError E_DATA where the outputs of a model cannot become its targets
 */
export function checkTargets(
  name: string,
  targets: number | null,
  inputElements: number,
  outputElements: number,
): void {
  if ((targets ?? inputElements) === outputElements) return;
  if (targets !== null) throw otherTargets(name, targets, outputElements);
  throw new TinymlError(
    'E_DATA',
    `the output has ${outputElements} values, the input ${inputElements}: it is no reconstruction`,
    {
      at: '--loss mse',
      hint: 'The target of --loss mse is the input itself, or an array "y" of float32 in an .npz; classifiers take cross-entropy.',
    },
  );
}
