/** What a model makes of samples without labels: the best classes of each, or what its output is like. */
import type { Dataset, Sample } from '../data/types.ts';
import { producers } from '../graph/rewrite.ts';
import { dataInputs, dataOutputs } from '../graph/state.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';

/** How the first output of a model is read where nobody says what is right. */
export type Reading =
  /** A score for each class; probabilities where the model ends in a Softmax. */
  | { readonly kind: 'classes'; readonly score: 'probability' | 'score' }
  /** The input again. */
  | { readonly kind: 'reconstruction' }
  | { readonly kind: 'values' };

export type Prediction = {
  /** The file, and where in it. */
  readonly place: string;
} & (
  | { readonly kind: 'classes'; readonly best: readonly ScoredClass[] }
  | { readonly kind: 'reconstruction'; readonly meanSquaredError: number }
  | {
      readonly kind: 'values';
      readonly elements: number;
      readonly min: number;
      readonly max: number;
      readonly mean: number;
      /** The first values, row-major. */
      readonly first: readonly number[];
    }
);

export type ScoredClass = {
  readonly index: number;
  /** Of the class; null where it has none. */
  readonly name: string | null;
  /** As the model gives it. */
  readonly score: number;
};

/** Of a file whose samples are windows of it: how often each class is the best of one, most frequent first. */
export type RecordingCount = {
  readonly place: string;
  readonly samples: number;
  readonly classes: readonly (Omit<ScoredClass, 'score'> & { readonly samples: number })[];
};

/** Classes of a sample, and values of an output, that are kept. */
const BEST = 3;
const FIRST = 8;

/**
 * Classes are outputs of one axis, or of as many values as there are names; without names not those of the size of the input.
 * @param labels names of the classes by index; empty where they are not known
 */
export function readingOf(graph: Graph, labels: readonly string[]): Reading {
  const [output] = dataOutputs(graph);
  const [input] = dataInputs(graph);
  const shape = output === undefined ? [] : graph.values.get(output.value)!.shape;
  const elements = elementCount(shape);
  const taken = input === undefined ? [] : graph.values.get(input.value)!.shape;
  if (labels.length === 0 && elements === elementCount(taken)) return { kind: 'reconstruction' };
  const isList = elements > 1 && shape.every((size) => size === 1 || size === elements);
  if (!isList || (labels.length > 0 && labels.length !== elements)) return { kind: 'values' };
  return { kind: 'classes', score: endsInSoftmax(graph, output!.value) ? 'probability' : 'score' };
}

/** Operators that leave the values of a list as they are. */
const MOVES = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Identity']);

function endsInSoftmax(graph: Graph, value: string): boolean {
  const makers = producers(graph);
  let node = makers.get(value);
  while (node !== undefined && MOVES.has(node.op)) node = makers.get(node.inputs[0]!);
  return node?.op === 'Softmax';
}

/** Whether no sample has a label, or a target, as far as that is known before they are read; of sequences by the first. */
export async function isUnlabelled(dataset: Dataset): Promise<boolean> {
  if (dataset.targetElements !== undefined) return false;
  if (dataset.labels !== undefined) return dataset.labels().every((label) => label < 0);
  for await (const { label, frame } of dataset.samples([0])) {
    if (frame?.judged !== false) return label === null;
  }
  return false;
}

/** @param index of the sample, for those that do not say where they lie */
export function predictionOf(
  { kind }: Reading,
  { at, inputs }: Sample,
  output: Float32Array,
  labels: readonly string[],
  index: number,
): Prediction {
  const place = at ?? `sample ${index}`;
  switch (kind) {
    case 'classes':
      return { place, kind, best: bestOf(output, labels) };
    case 'reconstruction': {
      const squares = output.reduce((sum, value, i) => sum + (value - inputs[0]![i]!) ** 2, 0);
      return { place, kind, meanSquaredError: squares / output.length };
    }
    case 'values': {
      const [min, max] = [output.reduce((a, b) => Math.min(a, b)), output.reduce((a, b) => Math.max(a, b))];
      const mean = output.reduce((sum, value) => sum + value, 0) / output.length;
      return { place, kind, elements: output.length, min, max, mean, first: [...output.subarray(0, FIRST)] };
    }
  }
}

/** Counts samples by the file that they are of. */
type Tally = {
  /** @param index of the sample */
  readonly add: (index: number, prediction: Prediction) => void;
  /** In the order in which files came; null where no file has several samples, and where samples have no classes. */
  readonly recordings: () => readonly RecordingCount[] | null;
};

/** @param placeOf the file of a sample */
export function createTally(placeOf: (index: number) => string): Tally {
  const files = new Map<string, Map<number, { readonly name: string | null; samples: number }>>();
  let isWindowed = false;
  return {
    add(index, prediction) {
      const [best] = prediction.kind === 'classes' ? prediction.best : [];
      if (best === undefined) return;
      const place = placeOf(index);
      const classes = files.get(place);
      const count = classes?.get(best.index);
      isWindowed ||= classes !== undefined;
      if (count !== undefined) count.samples++;
      else if (classes !== undefined) classes.set(best.index, { name: best.name, samples: 1 });
      else files.set(place, new Map([[best.index, { name: best.name, samples: 1 }]]));
    },
    recordings() {
      if (!isWindowed) return null;
      return [...files].map(([place, counts]) => {
        const classes = [...counts].map(([index, { name, samples }]) => ({ index, name, samples }));
        const samples = classes.reduce((sum, one) => sum + one.samples, 0);
        return { place, samples, classes: classes.sort((a, b) => b.samples - a.samples) };
      });
    },
  };
}

/** The highest scores, of equals the first; NaN never wins. */
function bestOf(scores: Float32Array, labels: readonly string[]): readonly ScoredClass[] {
  const best: number[] = [];
  scores.forEach((score, index) => {
    const rank = best.findIndex((other) => score > scores[other]! || Number.isNaN(scores[other]!));
    if (rank >= 0) best.splice(rank, 0, index);
    else best.push(index);
    best.length = Math.min(best.length, BEST);
  });
  return best.map((index) => ({ index, name: labels[index] ?? null, score: scores[index]! }));
}
