/** What a model makes of samples without labels, for text and pages. */
import { formatPercent } from '../diagnostics/units.ts';
import type { Prediction, Reading, RecordingCount, ScoredClass } from '../execute/predictions.ts';
import type { Column } from './table.ts';

type Table = { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] };

/** @param reading of all of them */
export function predictionTable(predictions: readonly Prediction[], reading: Reading): Table {
  const score = reading.kind === 'classes' ? reading.score : 'score';
  return { columns: columnsOf(reading), rows: predictions.map((one) => [one.place, ...cellsOf(one, score)]) };
}

/** What the windows of each recording are taken for. */
export function recordingTable(recordings: readonly RecordingCount[]): Table {
  const columns = [
    { title: 'recording' },
    { title: 'samples', align: 'right' },
    { title: 'predictions' },
  ] as const;
  const rows = recordings.map(({ place, samples, classes }) => [
    place,
    String(samples),
    classes.map((one) => `${classText(one)} ${one.samples}`).join(', '),
  ]);
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

function classText({ index, name }: Pick<ScoredClass, 'index' | 'name'>): string {
  return name === null ? `class ${index}` : `${index} ${name}`;
}

function scoreText(value: number, score: 'probability' | 'score'): string {
  return score === 'probability' ? formatPercent(value) : numberText(value);
}

function numberText(value: number): string {
  return value.toPrecision(4);
}
