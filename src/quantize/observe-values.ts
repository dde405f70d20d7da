/** What ranges are chosen from: one pass over the calibration data, or two where inputs hold spikes. */
import type { Sample } from '../data/types.ts';
import type { Graph } from '../graph/types.ts';
import { calibrate, type Statistics } from './calibrate.ts';
import type { ObserverKind } from './observers/index.ts';
import type { QuantPlan, ScaleGroup, Scheme } from './scheme.ts';
import { clipSamples, spikedInputs, withWholeInputs } from './spikes.ts';

type ObserveOptions = {
  readonly observerOf: (group: ScaleGroup) => ObserverKind;
  readonly scheme: Pick<Scheme, 'activations'>;
  /** Whether the channel means of the inputs of linear nodes are wanted. */
  readonly channelMeans: boolean;
  readonly jobs: number;
  /** Called with the number of samples done. */
  readonly onProgress: (done: number) => void;
};

type Observed = {
  readonly statistics: Statistics;
  /** Samples without the spikes of inputs that their codes clip far below. */
  readonly clip: (samples: AsyncIterable<Sample>) => AsyncIterable<Sample>;
};

/**
 * Statistics of the groups of a plan. What the codes of an input clip never reaches the layers behind it: their ranges
 * are found without it.
 * @throws TinymlError as `calibrate`
 */
export async function observeValues(
  graph: Graph,
  plan: QuantPlan,
  calibration: () => AsyncIterable<Sample>,
  { observerOf, scheme, channelMeans, jobs, onProgress }: ObserveOptions,
): Promise<Observed> {
  const distributions = plan.groups.some((group) => observerOf(group).kind !== 'min-max');
  const observe = (samples: AsyncIterable<Sample>): Promise<Statistics> =>
    calibrate(graph, plan, samples, { distributions, channelMeans, jobs, onProgress });
  const whole = await observe(calibration());
  const spiked = spikedInputs(graph, plan, whole, observerOf, scheme);
  if (spiked.size === 0) return { statistics: whole, clip: (samples) => samples };
  const clip = (samples: AsyncIterable<Sample>): AsyncIterable<Sample> => clipSamples(samples, spiked);
  return { statistics: withWholeInputs(await observe(clip(calibration())), whole, graph, spiked), clip };
}
