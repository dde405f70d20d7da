/** The observer whose ranges serve a whole model best: all are tried, and what they do to outputs of data that they have not seen is measured. */
import { firstSamples, samplesFrom } from '../data/subset.ts';
import type { Sample } from '../data/types.ts';
import { dataOutputs } from '../graph/state.ts';
import { calibrate, type Statistics } from './calibrate.ts';
import { errorSamples, layerErrors } from './layer-error.ts';
import { addHistogram, createHistogram } from './observers/histogram.ts';
import type { ObserverKind } from './observers/index.ts';
import { OBSERVERS } from './observers/kinds.ts';
import {
  type ObservedGraph,
  QUANTIZE_DEFAULTS,
  type QuantizeOptions,
  quantizeObserved,
} from './quantize-graph.ts';
import type { QuantPlan } from './scheme.ts';

/** Of models with state many frames are one sample of others: they differ little from one to the next. */
const FRAMES = 4;

/** Times the samples that errors are otherwise measured on: all folds together. */
const JUDGED = 2;

/** The observer of a kind with its measured settings. */
export function observerOfKind(kind: ObserverKind['kind']): ObserverKind {
  return kind === QUANTIZE_DEFAULTS.observer.kind ? QUANTIZE_DEFAULTS.observer : ({ kind } as ObserverKind);
}

type Samples = () => AsyncIterable<Sample>;

/** Ranges from all parts of the data but one are judged on that one; so many parts. */
const PARTS = 4;

/** What differs by less cannot be told apart: the wider ranges are taken then, since data to come may go farther. In dB. */
const TIE_DB = 0.1;

/** What calibration found in most of the data, and the rest. */
type Fold = { readonly observed: ObservedGraph; readonly unseen: Samples };

/**
 * The one with the least error of the worst output, state left out, on samples that its ranges were not chosen from: ranges that
 * clip look better on the values that they were chosen from than on others. Of equal ones the first of OBSERVERS.
 */
export async function bestObserver(
  observed: ObservedGraph,
  samples: Samples,
  options: QuantizeOptions,
): Promise<ObserverKind> {
  const folds = await foldsOf(observed, samples, options.jobs ?? 1);
  let best: { readonly observer: ObserverKind; readonly sqnrDb: number } | null = null;
  for (const observer of OBSERVERS.map(observerOfKind)) {
    let sum = 0;
    for (const fold of folds) sum += await lowestSqnr(fold, folds.length, { ...options, observer });
    const sqnrDb = sum / folds.length;
    if (best === null || sqnrDb > best.sqnrDb + TIE_DB) best = { observer, sqnrDb };
  }
  return best!.observer;
}

/** Each part against the others; a single sample against itself. */
async function foldsOf(observed: ObservedGraph, samples: Samples, jobs: number): Promise<readonly Fold[]> {
  const { reference, plan, statistics, clip } = observed;
  const count = Math.min(PARTS, statistics.samples);
  if (count < 2) return [{ observed, unseen: samples }];
  const start = (part: number): number => Math.round((part * statistics.samples) / count);
  const partOf = (part: number): AsyncIterable<Sample> =>
    firstSamples(samplesFrom(samples(), start(part)), start(part + 1) - start(part));
  const seen: Statistics['histograms'][] = [];
  for (let part = 0; part < count; part++) {
    const { histograms } = await calibrate(reference, plan, clip(partOf(part)), {
      channelMeans: false,
      jobs,
    });
    seen.push(histograms);
  }
  return seen.map((_, part) => {
    const histograms = together(plan, seen.toSpliced(part, 1));
    return {
      observed: { ...observed, statistics: { ...statistics, histograms } },
      unseen: () => partOf(part),
    };
  });
}

function together(
  { groups }: QuantPlan,
  parts: readonly Statistics['histograms'][],
): Statistics['histograms'] {
  return new Map(
    groups.map((group) => {
      const sum = createHistogram();
      for (const histograms of parts) addHistogram(sum, histograms.get(group)!);
      return [group, sum];
    }),
  );
}

/** Of the worst output, where there is no error as if it were that of float32. */
async function lowestSqnr(
  { observed, unseen }: Fold,
  folds: number,
  options: QuantizeOptions,
): Promise<number> {
  const { graph, reference, clip } = quantizeObserved(observed, options);
  const all = errorSamples(graph) * (graph.state.length > 0 ? FRAMES : 1);
  const some = firstSamples(clip(unseen()), Math.max(1, Math.ceil((JUDGED * all) / folds)));
  const layers = await layerErrors(reference, graph, some);
  const outputs = new Set(dataOutputs(graph).map(({ value }) => value));
  const judged = layers.filter(({ value }) => outputs.has(value));
  return (judged.length > 0 ? judged : layers).reduce(
    (least, { sqnrDb }) => Math.min(least, sqnrDb ?? EXACT_DB),
    EXACT_DB,
  );
}

/** What float32 has. */
const EXACT_DB = 150;
