/** What a classifier does class by class: how many of each are right, and what is most often taken for what. */

/** Samples of one class. */
export type ClassResult = {
  /** The output that stands for it. */
  readonly index: number;
  /** Null where it is not known. */
  readonly name: string | null;
  readonly samples: number;
  readonly correct: number;
  /** correct / samples; null without samples. */
  readonly accuracy: number | null;
};

/** Samples of one class that were taken for another. */
export type Mistake = {
  readonly label: number;
  readonly prediction: number;
  readonly samples: number;
  /** Of the samples of the class, in (0, 1]. */
  readonly share: number;
};

/** Mistakes that are told. */
const MOST_MISTAKES = 10;

/**
 * @param confusion confusion[label][prediction], numbers of samples
 * @param labels names of classes by index; empty where they are not known
 */
export function classResults(
  confusion: readonly (readonly number[])[],
  labels: readonly string[],
): readonly ClassResult[] {
  return confusion.map((row, index) => {
    const samples = total(row);
    const correct = row[index]!;
    const accuracy = samples === 0 ? null : correct / samples;
    return { index, name: labels[index] ?? null, samples, correct, accuracy };
  });
}

/** The most frequent mistakes first; of equals that of the lower class, then that with the lower output. */
export function mostMistaken(confusion: readonly (readonly number[])[]): readonly Mistake[] {
  return confusion
    .flatMap((row, label) =>
      row.flatMap((samples, prediction): readonly Mistake[] =>
        samples === 0 || prediction === label
          ? []
          : [{ label, prediction, samples, share: samples / total(row) }],
      ),
    )
    .sort((a, b) => b.samples - a.samples)
    .slice(0, MOST_MISTAKES);
}

/** Mean over classes of what was taken for one rightly, of what is it or was taken for it (intersection over union). */
export function meanIntersection(confusion: readonly (readonly number[])[]): number {
  const shares = confusion.flatMap((row, k) => {
    const union = total(row) + total(confusion.map((other) => other[k]!)) - row[k]!;
    return union === 0 ? [] : [row[k]! / union];
  });
  return total(shares) / shares.length;
}

function total(row: readonly number[]): number {
  return row.reduce((sum, one) => sum + one, 0);
}
