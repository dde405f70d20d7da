import type { Prediction, Reading, RecordingCount } from '../execute/predictions.ts';
import { htmlFacts, htmlPage, htmlTable } from './html.ts';
import { predictionTable, recordingTable } from './prediction-rows.ts';

type About = {
  readonly model: string;
  readonly data: string;
  /** `float32`, or `int8, as the device computes it`. */
  readonly arithmetic: string;
  readonly samples: number;
};

/** Samples, and recordings, that a page lists. */
const LISTED = 1000;

/**
 * What a model makes of samples without labels.
 * @param recordings where samples are windows of such; else null
 */
export function predictionPage(
  { model, data, arithmetic, samples }: About,
  predictions: readonly Prediction[],
  reading: Reading,
  recordings: readonly RecordingCount[] | null,
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
    ...(recordings === null ? [] : [{ title: 'Recordings', body: recordingsBody(recordings) }]),
    { title: 'Predictions', body: htmlTable(columns, rows) },
  ]);
}

function recordingsBody(recordings: readonly RecordingCount[]): string {
  const { columns, rows } = recordingTable(recordings.slice(0, LISTED));
  const facts = [
    ['recordings', String(recordings.length)],
    ...(recordings.length > rows.length ? [['listed', `the first ${rows.length}`] as const] : []),
  ] as const;
  return `${htmlFacts(facts)}${htmlTable(columns, rows)}`;
}
