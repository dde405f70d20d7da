/** `tinyml evaluate` on samples without labels: what the model makes of each, and no accuracy. */
import { basename } from 'node:path';
import type { Dataset } from '../data/types.ts';
import { during } from '../diagnostics/progress.ts';
import { counted, formatCount } from '../diagnostics/units.ts';
import { missingLabels } from '../execute/evaluate.ts';
import type { PredictAll } from '../execute/predict.ts';
import {
  createTally,
  type Prediction,
  predictionOf,
  type Reading,
  type RecordingCount,
} from '../execute/predictions.ts';
import { predictionPage } from '../report/prediction-page.ts';
import { predictionTable, recordingTable } from '../report/prediction-rows.ts';
import { fieldList, textTable } from '../report/table.ts';
import type { CommandResult, Context } from './context.ts';
import { type Options, textOption } from './options.ts';

/** Samples that a text lists; and those that JSON does. */
export const SHOWN = 20;
const KEPT = 100_000;

/** Predictions of samples as they come. */
type Listing = {
  readonly reading: Reading;
  /** Hands on what it is given. */
  readonly watching: (predict: PredictAll) => PredictAll;
  readonly predictions: readonly Prediction[];
  /** Of all samples; null where they are no windows of recordings. */
  readonly recordings: () => readonly RecordingCount[] | null;
};

export function startListing(
  reading: Reading,
  labels: readonly string[],
  { placeOf }: Pick<Dataset, 'placeOf'>,
): Listing {
  const predictions: Prediction[] = [];
  const tally = placeOf === undefined ? null : createTally(placeOf);
  let done = 0;
  return {
    reading,
    predictions,
    recordings: () => tally?.recordings() ?? null,
    watching: (predict) => (samples, onPrediction) =>
      predict(samples, (sample, output) => {
        const prediction = predictionOf(reading, sample, output, labels, done);
        if (predictions.length < KEPT) predictions.push(prediction);
        tally?.add(done, prediction);
        done++;
        onPrediction(sample, output);
      }),
  };
}

/** The first of them, for people. */
export function listingText({ predictions, reading }: Listing, samples: number): string {
  const { columns, rows } = predictionTable(predictions.slice(0, SHOWN), reading);
  const more = samples - rows.length;
  const left = more > 0 ? `\nand ${formatCount(more)} more: --json has them` : '';
  return `${textTable(columns, rows)}${left}`;
}

/** What the windows of each recording are taken for, of the first recordings. */
function recordingsText(recordings: readonly RecordingCount[]): string {
  const { columns, rows } = recordingTable(recordings.slice(0, SHOWN));
  const more = recordings.length - rows.length;
  const left = more > 0 ? `\nand ${formatCount(more)} more: --json has them` : '';
  return `${textTable(columns, rows)}${left}`;
}

type Subject = {
  /** Path of the model. */
  readonly model: string;
  readonly arithmetic: { readonly kind: 'float32' | 'int8'; readonly text: string };
  readonly predict: PredictAll;
  readonly dataset: Dataset;
  readonly reading: Reading;
  readonly labels: readonly string[];
};

/** @throws TinymlError E_DATA where a limit on accuracy is given */
export async function evaluateUnlabelled(
  { model, arithmetic, predict, dataset, reading, labels }: Subject,
  options: Options,
  context: Context,
): Promise<CommandResult> {
  if (options['min-accuracy'] !== undefined) throw missingLabels(dataset);
  const listing = startListing(reading, labels, dataset);
  const task = context.progress('predict', dataset.sequences ? null : dataset.length, 'samples');
  const start = performance.now();
  let samples = 0;
  await during(
    task,
    listing.watching(predict)(dataset.samples(), () => task.update(++samples)),
  );
  const seconds = Math.max((performance.now() - start) / 1000, 1e-9);
  const recordings = listing.recordings();
  const page = textOption(options, 'report');
  if (page !== undefined) {
    const about = { model: basename(model), data: dataset.name, arithmetic: arithmetic.text, samples };
    context.outputs.file(page, predictionPage(about, listing.predictions, reading, recordings));
  }
  return {
    json: {
      model,
      data: dataset.name,
      arithmetic: arithmetic.kind,
      accuracy: null,
      evaluation: { kind: 'predictions', samples },
      reading,
      predictions: listing.predictions,
      recordings,
    },
    text: () =>
      [
        listingText(listing, samples),
        ...(recordings === null ? [] : [recordingsText(recordings)]),
        fieldList([
          ['model', `${model} in ${arithmetic.text}`],
          ['data', `${dataset.name}, ${counted(samples, 'sample')} without labels`],
          ['accuracy', 'not measured: it takes labels'],
          ['speed', `${formatCount(Math.round(samples / seconds))} samples/s`],
        ]),
      ].join('\n\n'),
  };
}
