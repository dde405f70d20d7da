/** What diagnose measures on. */
import { type InputMap, scaleSamples } from '../data/scale-samples.ts';
import { chooseIndices, firstSamples, subsetOf } from '../data/subset.ts';
import type { Dataset, Sample } from '../data/types.ts';
import { accuracyOf, evaluate } from '../execute/evaluate.ts';
import { type PredictAll, predictFloat } from '../execute/predict.ts';
import { dataInputs } from '../graph/state.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { graphMacs } from '../passes/graph-macs.ts';
import type { Accuracy } from '../quantize/diagnose/run.ts';
import type { Context } from './context.ts';
import { type Options, requiredNumber } from './options.ts';

/** Errors of the outputs are measured on so many samples; on fewer where they take more memory (values) or time (multiplications). */
const SAMPLES = 256;
const VALUES = 2 ** 24;
const MACS = 2 ** 33;

/** @param indices of `dataset` that may be taken; null for any */
export async function measuredSamples(
  graph: Graph,
  dataset: Dataset,
  indices: readonly number[] | null,
  factor: number,
  { seed }: Context,
): Promise<readonly Sample[]> {
  const perSample = dataInputs(graph).reduce(
    (sum, { value }) => sum + elementCount(graph.values.get(value)!.shape),
    0,
  );
  const bounds = [SAMPLES, VALUES / Math.max(perSample, 1), MACS / Math.max(graphMacs(graph), 1)];
  const most = Math.max(1, Math.floor(Math.min(...bounds)));
  const from = indices ?? Array.from({ length: dataset.length }, (_, i) => i);
  const places = chooseIndices(from.length, Math.min(from.length, most), seed);
  const chosen = places.map((place) => from[place]!);
  const samples: Sample[] = [];
  // Of sequences all frames come, and the first are enough.
  const taken = firstSamples(dataset.samples(chosen), most);
  for await (const sample of scaleSamples(taken, { factor, offset: 0 })) samples.push(sample);
  return samples;
}

/** How accuracy is measured; null where the data have no labels. @throws TinymlError as `evaluate` */
export async function accuracyOn(
  dataset: Dataset,
  float: Graph,
  options: Options,
  { seed, jobs }: Context,
): Promise<Accuracy | null> {
  const size = Math.min(dataset.length, requiredNumber(options, 'eval-size'));
  const indices = chooseIndices(dataset.length, size, seed);
  const measure = async (
    predict: PredictAll,
    input: InputMap | null,
    limit: number | null,
  ): Promise<number | null> => {
    const some = subsetOf(dataset, limit === null ? indices : indices.slice(0, limit));
    const seen = input === null ? some : { ...some, samples: () => scaleSamples(some.samples(), input) };
    return accuracyOf(await evaluate(predict, seen));
  };
  const first = await measure(predictFloat(float, jobs), null, 1);
  return first === null ? null : async (...call) => (await measure(...call)) ?? 0;
}
