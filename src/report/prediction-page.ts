import type { Prediction, Reading } from '../execute/predictions.ts';
import { htmlFacts, htmlPage, htmlTable } from './html.ts';
import { predictionTable } from './prediction-rows.ts';

type About = {
  readonly model: string;
  readonly data: string;
  /** `float32`, or `int8, as the device computes it`. */
  readonly arithmetic: string;
  readonly samples: number;
};

/** Samples that a page lists. */
const LISTED = 1000;

/** What a model makes of samples without labels. */
export function predictionPage(
  { model, data, arithmetic, samples }: About,
  predictions: readonly Prediction[],
  reading: Reading,
): string {
  const { columns, rows } = predictionTable(predictions.slice(0, LISTED), reading);
  const facts = htmlFacts([
    ['data', `${data}, ${samples} samples without labels`],
    ['computed in', arithmetic],
    ['accuracy', 'not measured: it takes labels'],
    ...(samples > rows.length ? [['listed', `the first ${rows.length}`] as const] : []),
  ]);
  return htmlPage(`Predictions: ${model}`, data, [
    { title: 'Data', body: facts },
    { title: 'Predictions', body: htmlTable(columns, rows) },
  ]);
}
