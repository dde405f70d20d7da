/** What a model makes of samples without labels, for text and pages. */
import { formatPercent } from '../diagnostics/units.ts';
import type { Prediction, Reading, ScoredClass } from '../execute/predictions.ts';
import type { Column } from './table.ts';

/** @param reading of all of them */
export function predictionTable(
  predictions: readonly Prediction[],
  reading: Reading,
): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } {
  const score = reading.kind === 'classes' ? reading.score : 'score';
  return { columns: columnsOf(reading), rows: predictions.map((one) => [one.place, ...cellsOf(one, score)]) };
}

/**
 * How often each class is the best of the samples of a file, most frequent first; null where no file has several, and where samples
 * have no classes.
 * @param placeOf the file of a sample
 */
export function recordingTable(
  predictions: readonly Prediction[],
  placeOf: (index: number) => string,
): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } | null {
  const files = new Map<string, Map<string, number>>();
  for (const [index, prediction] of predictions.entries()) {
    const [best] = prediction.kind === 'classes' ? prediction.best : [];
    if (best === undefined) return null;
    const place = placeOf(index);
    const counts = files.get(place) ?? new Map<string, number>();
    files.set(place, counts.set(classText(best), (counts.get(classText(best)) ?? 0) + 1));
  }
  if (files.size === predictions.length) return null;
  const columns = [
    { title: 'recording' },
    { title: 'samples', align: 'right' },
    { title: 'predictions' },
  ] as const;
  const rows = [...files].map(([place, counts]) => {
    const sorted = [...counts].sort(([, a], [, b]) => b - a);
    const samples = sorted.reduce((sum, [, count]) => sum + count, 0);
    return [place, String(samples), sorted.map(([name, count]) => `${name} ${count}`).join(', ')];
  });
  return { columns, rows };
}

function columnsOf(reading: Reading): readonly Column[] {
  const numbers = (...titles: readonly string[]): readonly Column[] =>
    titles.map((title) => ({ title, align: 'right' }));
  const sample = { title: 'sample' };
  switch (reading.kind) {
    case 'classes':
      return [sample, { title: 'prediction' }, ...numbers(reading.score), { title: 'then' }];
    case 'reconstruction':
      return [sample, ...numbers('mean squared error')];
    case 'values':
      return [sample, ...numbers('values', 'least', 'largest', 'mean'), { title: 'first' }];
  }
}

function cellsOf(prediction: Prediction, score: 'probability' | 'score'): readonly string[] {
  switch (prediction.kind) {
    case 'classes': {
      const [best, ...others] = prediction.best;
      if (best === undefined) return [];
      const then = others.map((one) => `${classText(one)} ${scoreText(one.score, score)}`).join(', ');
      return [classText(best), scoreText(best.score, score), then];
    }
    case 'reconstruction':
      return [numberText(prediction.meanSquaredError)];
    case 'values': {
      const { elements, min, max, mean, first } = prediction;
      const more = elements > first.length ? ' ...' : '';
      return [
        String(elements),
        ...[min, max, mean].map(numberText),
        `${first.map(numberText).join(' ')}${more}`,
      ];
    }
  }
}

function classText({ index, name }: ScoredClass): string {
  return name === null ? `class ${index}` : `${index} ${name}`;
}

function scoreText(value: number, score: 'probability' | 'score'): string {
  return score === 'probability' ? formatPercent(value) : numberText(value);
}

function numberText(value: number): string {
  return value.toPrecision(4);
}
