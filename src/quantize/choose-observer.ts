/** The observer whose ranges serve a whole model best: all are tried, and what they do to the outputs is measured. */
import { firstSamples } from '../data/subset.ts';
import type { Sample } from '../data/types.ts';
import { dataOutputs } from '../graph/state.ts';
import { errorSamples, layerErrors } from './layer-error.ts';
import type { ObserverKind } from './observers/index.ts';
import { OBSERVERS } from './observers/kinds.ts';
import {
  type ObservedGraph,
  QUANTIZE_DEFAULTS,
  type QuantizeOptions,
  quantizeObserved,
} from './quantize-graph.ts';

/** Of models with state many frames are one sample of others: they differ little from one to the next. */
const FRAMES = 4;

/** The observer of a kind with its measured settings. */
export function observerOfKind(kind: ObserverKind['kind']): ObserverKind {
  return kind === QUANTIZE_DEFAULTS.observer.kind ? QUANTIZE_DEFAULTS.observer : ({ kind } as ObserverKind);
}

/** The one with the largest signal-to-error ratio of the worst output, state left out, on some of the samples; of equal ones the first of OBSERVERS. */
export async function bestObserver(
  observed: ObservedGraph,
  samples: () => AsyncIterable<Sample>,
  options: QuantizeOptions,
): Promise<ObserverKind> {
  let best: { readonly observer: ObserverKind; readonly sqnrDb: number } | null = null;
  for (const observer of OBSERVERS.map(observerOfKind)) {
    const { graph, reference, clip } = quantizeObserved(observed, { ...options, observer });
    const some = firstSamples(clip(samples()), errorSamples(graph) * (graph.state.length > 0 ? FRAMES : 1));
    const outputs = new Set(dataOutputs(graph).map(({ value }) => value));
    const layers = await layerErrors(reference, graph, some);
    const judged = layers.filter(({ value }) => outputs.has(value));
    const sqnrDb = Math.min(
      ...(judged.length > 0 ? judged : layers).map((layer) => layer.sqnrDb ?? Number.POSITIVE_INFINITY),
    );
    if (best === null || sqnrDb > best.sqnrDb) best = { observer, sqnrDb };
  }
  return best!.observer;
}
