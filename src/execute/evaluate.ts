/** How good a model is on a data set: right classes where there are labels, reconstruction error where there are none. */
import type { Dataset, Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { PredictAll } from './predict.ts';

/** The first output of a model for one sample, row-major in its ONNX shape. */
export type Predict = (sample: Sample) => Float32Array;

/** Predicts one sample after another. */
export function oneByOne(predict: Predict): PredictAll {
  return async (samples, onPrediction) => {
    for await (const sample of samples) onPrediction(sample, predict(sample));
  };
}

type EvaluateOptions = {
  /** Which samples, in which order; default all. */
  readonly indices?: readonly number[];
  /** Called after every sample. */
  readonly onProgress?: (done: number) => void;
};

export type Evaluation =
  | {
      readonly kind: 'classification';
      readonly samples: number;
      /** How many places of outputs were judged, where these have classes; else samples were. */
      readonly places?: number;
      readonly correct: number;
      /** Of the samples, or of their places. */
      readonly accuracy: number;
      /** confusion[label][prediction]: number of what was judged. */
      readonly confusion: readonly (readonly number[])[];
    }
  | {
      readonly kind: 'reconstruction';
      readonly samples: number;
      /** Mean squared difference between the output and the target, else the first input, over all elements of all samples. */
      readonly meanSquaredError: number;
    };

/** An evaluation and how fast it went. */
export type Measured = { readonly evaluation: Evaluation; readonly samplesPerSecond: number };

/** Top-1 share, or null for a model that reconstructs its input. */
export function accuracyOf(evaluation: Evaluation): number | null {
  return evaluation.kind === 'classification' ? evaluation.accuracy : null;
}

/**
 * Runs the model over a data set (of sequences, a frame is a sample; where a sequence has one label, the output for its last
 * frame is judged): top-1 accuracy (of equal scores the first wins) where samples, or the places of their outputs, have labels, else the
 * error against their targets, or of reconstructing the input.
 * @throws TinymlError E_DATA if there are no samples, labels do not fit the output, or an output without labels has
 *   another length than the target or the input.
 */
export async function evaluate(
  predictAll: PredictAll,
  dataset: Dataset,
  { indices, onProgress }: EvaluateOptions = {},
): Promise<Evaluation> {
  const confusion: number[][] = [];
  let samples = 0;
  let labelled = 0;
  let places = 0;
  let correct = 0;
  let squares = 0;
  let elements = 0;
  let done = 0;
  await predictAll(dataset.samples(indices), (sample, output) => {
    if (done === 0) checkLabels(dataset, indices, output.length); // before the work, as soon as it is known how many classes there are
    onProgress?.(++done);
    if (sample.frame?.judged === false) return;
    const judge = (label: number, prediction: number, classes: number): void => {
      while (confusion.length < classes) confusion.push(new Array<number>(classes).fill(0));
      confusion[label]![prediction]!++;
      if (prediction === label) correct++;
    };
    if (sample.target !== undefined && dataset.targetsAreClasses) {
      places += judgePlaces(dataset, sample.target, output, judge);
    } else if (sample.label === null) {
      const wanted = sample.target ?? sample.inputs[0]!;
      if (wanted.length !== output.length) throw unlabelled(dataset, sample, output.length);
      squares += squaredDifference(wanted, output);
      elements += output.length;
    } else {
      if (sample.label < 0 || sample.label >= output.length) {
        throw badLabel(indices?.[samples] ?? samples, sample.label, output.length, dataset.name);
      }
      judge(sample.label, argMax(output), output.length);
      labelled++;
    }
    samples++;
  });
  if (samples === 0) {
    throw new TinymlError('E_DATA', 'there are no samples to evaluate', { at: dataset.name });
  }
  if (places > 0) {
    return { kind: 'classification', samples, places, correct, accuracy: correct / places, confusion };
  }
  if (labelled === samples) {
    return { kind: 'classification', samples, correct, accuracy: correct / samples, confusion };
  }
  if (labelled > 0) {
    throw new TinymlError('E_DATA', `${labelled} of ${samples} samples have a label, the others have none`, {
      at: dataset.name,
      hint: 'give a data set in which all samples have labels or none has',
    });
  }
  return { kind: 'reconstruction', samples, meanSquaredError: squares / elements };
}

/** Classes that stand for no class: a place that nobody judges. */
const NO_CLASS: ReadonlySet<number> = new Set([-1, 255]);

/** Whether a place has a class. @throws TinymlError E_DATA for what is no class of the model */
export function isJudged(label: number, classes: number, at: string): boolean {
  if (label >= 0 && label < classes) return true;
  if (NO_CLASS.has(label)) return false;
  throw new TinymlError('E_DATA', `a place has the class ${label}, the model has ${classes}`, {
    at,
    hint: `Classes of places are 0 .. ${classes - 1}; -1 and 255 stand for none.`,
  });
}

/**
 * The classes of places against an output [classes][places].
 * @returns how many have one
 */
function judgePlaces(
  { name }: Dataset,
  target: Float32Array,
  output: Float32Array,
  judge: (label: number, prediction: number, classes: number) => void,
): number {
  const classes = output.length / target.length;
  if (!Number.isInteger(classes) || classes < 2) throw otherPlaces(name, target.length, output.length);
  let judged = 0;
  target.forEach((label, place) => {
    if (!isJudged(label, classes, name)) return;
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (output[c * target.length + place]! > output[best * target.length + place]!) best = c;
    }
    judge(label, best, classes);
    judged++;
  });
  return judged;
}

/** Classes are of another number of places than an output has. */
export function otherPlaces(at: string, places: number, outputs: number): TinymlError {
  return new TinymlError(
    'E_DATA',
    `there are classes of ${places} places, the output of the model has ${outputs} values`,
    {
      at,
      hint: 'A model that labels places gives [1, classes, ...places]; one that labels samples takes one class number for each (one-hot rows: argmax(axis=1)).',
    },
  );
}

/** Index of the largest element, the first of equals; 0 if there is none. NaN never wins. */
export function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function squaredDifference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

function unlabelled(dataset: Dataset, { inputs, target }: Sample, outputs: number): TinymlError {
  if (target !== undefined) return otherTargets(dataset.name, target.length, outputs);
  return missingLabels(
    dataset,
    `; only a model that gives back its input (${inputs[0]!.length} values, here ${outputs}) is judged without`,
  );
}

/** Targets are of another size than what a model gives. */
export function otherTargets(at: string, target: number, outputs: number): TinymlError {
  return new TinymlError('E_DATA', `targets have ${target} values, the output of the model has ${outputs}`, {
    at,
    hint: 'an array "y" of float32 with several axes holds what the output is to be, sample by sample',
  });
}

/** Accuracy is asked for where no sample has a label. @param unless what else would do */
export function missingLabels(dataset: Dataset, unless = ''): TinymlError {
  return new TinymlError(
    'E_DATA',
    'the samples have no labels: there is nothing to hold the outputs of the model against',
    {
      at: dataset.name,
      hint: `labels are one folder for each class (data/cat/1.png, data/dog/2.png), an array "y" in an .npz, the file of labels beside IDX${unless}`,
    },
  );
}

/** @throws TinymlError E_DATA for the first label that is no class of the model, as far as labels are known without reading samples */
function checkLabels(dataset: Dataset, indices: readonly number[] | undefined, outputs: number): void {
  const labels = dataset.labels?.() ?? [];
  for (const index of indices ?? labels.keys()) {
    const label = labels[index] ?? 0;
    if (label >= outputs) throw badLabel(index, label, outputs, dataset.placeOf?.(index) ?? dataset.name);
  }
}

function badLabel(index: number, label: number, outputs: number, at: string): TinymlError {
  return new TinymlError('E_DATA', `sample ${index} has label ${label}, the model has ${outputs} outputs`, {
    at,
    hint: 'the data set and the model must have the same classes; evaluate --unlabelled predicts without labels',
  });
}
