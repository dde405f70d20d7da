import { firstSamples } from '../data/subset.ts';
import type { Sample } from '../data/types.ts';
import type { Graph } from '../graph/types.ts';
import type { Context } from './context.ts';
import { dataFor, warnOfUnits } from './dataset.ts';
import { type Options, textOption } from './options.ts';

/** How many real samples a self-test carries with --golden. */
const RECORDED_SAMPLES = 4;

/**
 * Samples from --golden. For a model with state, the first frames of the first sequence.
 * @param frames how many of them
 */
export async function recordedSamples(
  graph: Graph,
  frames: number,
  options: Options,
  context: Context,
): Promise<readonly Sample[]> {
  const path = textOption(options, 'golden');
  if (path === undefined) return [];
  const stateful = graph.state.length > 0;
  const dataset = await dataFor(path, graph, options, context, stateful ? {} : { limit: RECORDED_SAMPLES });
  const count = stateful ? frames : RECORDED_SAMPLES;
  const samples: Sample[] = [];
  for await (const sample of firstSamples(dataset.samples(stateful ? [0] : undefined), count)) {
    samples.push(sample);
  }
  await warnOfUnits(path, dataset, graph, context);
  context.detail(
    `golden inputs: the first ${samples.length} ${stateful ? 'frames' : 'samples'} of ${dataset.name}`,
  );
  return samples;
}
