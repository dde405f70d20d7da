/** A few values far from all others in the inputs of a model: what the codes clip must not set the ranges behind them. */
import type { Sample } from '../data/types.ts';
import type { Graph } from '../graph/types.ts';
import type { Statistics } from './calibrate.ts';
import type { Histogram, Range } from './observers/histogram.ts';
import { type ObserverKind, observedRange } from './observers/index.ts';
import type { QuantPlan, ScaleGroup, Scheme } from './scheme.ts';

/** Values so many times beyond the range that the codes cover lie far from all others. */
const FAR = 8;

/** Whether the largest magnitude that was seen lies far beyond the range that was chosen. */
export function isSpiked({ min, max }: Histogram, covered: Range): boolean {
  return Math.max(-min, max) > FAR * Math.max(-covered.min, covered.max);
}

/** The model inputs in which a few values lie far beyond the range of their codes: that range, by position. */
export function spikedInputs(
  graph: Graph,
  plan: QuantPlan,
  statistics: Statistics,
  observerOf: (group: ScaleGroup) => ObserverKind,
  scheme: Pick<Scheme, 'activations'>,
): ReadonlyMap<number, Range> {
  return new Map(
    graph.inputs.flatMap(({ value }, i): readonly (readonly [number, Range])[] => {
      const group = plan.groups.find(({ members }) => members.includes(value));
      const histogram = group && statistics.histograms.get(group);
      if (group === undefined || histogram === undefined) return [];
      const covered = observedRange(histogram, observerOf(group), scheme.activations);
      return isSpiked(histogram, covered) ? [[i, covered]] : [];
    }),
  );
}

/** The samples with the values of some inputs, by position, clipped to a range. */
export async function* clipSamples(
  samples: AsyncIterable<Sample>,
  ranges: ReadonlyMap<number, Range>,
): AsyncIterable<Sample> {
  for await (const sample of samples) {
    const inputs = sample.inputs.map((values, i) => {
      const range = ranges.get(i);
      if (range === undefined) return values;
      return values.map((value) => Math.min(Math.max(value, range.min), range.max));
    });
    yield { ...sample, inputs };
  }
}

/** What was seen of clipped samples, but for the inputs themselves, of which `whole` has seen more. */
export function withWholeInputs(
  clipped: Statistics,
  whole: Statistics,
  graph: Graph,
  spiked: ReadonlyMap<number, Range>,
): Statistics {
  const values = new Set([...spiked.keys()].map((i) => graph.inputs[i]!.value));
  const isWhole = ({ members }: ScaleGroup): boolean => members.some((name) => values.has(name));
  const histograms = new Map(
    [...clipped.histograms].map(([group, histogram]) => [
      group,
      isWhole(group) ? whole.histograms.get(group)! : histogram,
    ]),
  );
  return { ...clipped, histograms };
}
