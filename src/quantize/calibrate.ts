/** One pass of the float graph over the calibration data: what every scale and every bias correction is chosen from. */
import type { Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { createExecutor, type Seen } from '../engine/float.ts';
import { loadKernels } from '../engine/load.ts';
import { reductionsOf } from '../engine/reductions.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { createHistogram, type Histogram, observe } from './observers/histogram.ts';
import type { QuantPlan, ScaleGroup } from './scheme.ts';

/** Sum and count per channel (axis 1) of a value. */
export type ChannelSums = { readonly sums: Float64Array; count: number };

export type Statistics = {
  /** Samples seen. */
  readonly samples: number;
  /** One per group: the distribution of its observed members together, or its extent alone. */
  readonly histograms: ReadonlyMap<ScaleGroup, Histogram>;
  /** Of the inputs of linear nodes, where they were asked for. */
  readonly channelSums: ReadonlyMap<string, ChannelSums>;
};

export type CalibrateOptions = {
  /** Whether whole distributions are wanted, not only minimum and maximum; default true. */
  readonly distributions?: boolean;
  /** Whether the channel means of the inputs of linear nodes are wanted; default true. */
  readonly channelMeans?: boolean;
  /** Called after every sample. */
  readonly onProgress?: (done: number) => void;
};

/**
 * Runs every sample through the float graph. Memory does not grow with their number.
 * @throws TinymlError E_NOT_FINITE naming the first tensor that is NaN or infinite; E_DATA if there are no samples
 *   or one does not fit the model.
 */
export async function calibrate(
  graph: Graph,
  plan: QuantPlan,
  samples: AsyncIterable<Sample>,
  { distributions = true, channelMeans = true, onProgress = () => {} }: CalibrateOptions = {},
): Promise<Statistics> {
  const histograms = new Map(plan.groups.map((group) => [group, createHistogram()]));
  const observers = new Map(
    plan.groups.flatMap((group) => group.observed.map((name) => [name, histograms.get(group)!])),
  );
  const channelSums = new Map(
    (channelMeans ? plan.linear : []).map(({ input }): [string, ChannelSums] => {
      const channels = graph.values.get(input)!.shape[1] ?? 1;
      return [input, { sums: new Float64Array(channels), count: 0 }];
    }),
  );
  const kernels = loadKernels();
  const reductions = reductionsOf(kernels);
  const executor = createExecutor(graph, {
    kernels,
    watch: new Set([...observers.keys(), ...channelSums.keys()]),
  });
  let done = 0;
  for await (const sample of samples) {
    executor.run(inputTensors(graph, sample), (name, seen) => {
      const histogram = observers.get(name);
      if (histogram !== undefined) observe(histogram, seen.data, name, reductions, distributions);
      const sums = channelSums.get(name);
      if (sums !== undefined) addChannels(sums, seen);
    });
    onProgress(++done);
  }
  if (done === 0) {
    throw new TinymlError('E_DATA', 'there is no calibration data', {
      hint: 'give at least one sample; 100 to 500 are usual',
    });
  }
  return { samples: done, histograms, channelSums };
}

/** The values of a sample as the graph takes them. @throws TinymlError E_DATA if their number or length is wrong. */
export function inputTensors(graph: Graph, sample: Sample): readonly Tensor[] {
  if (sample.inputs.length !== graph.inputs.length) {
    throw new TinymlError(
      'E_DATA',
      `a sample has ${sample.inputs.length} inputs, the model takes ${graph.inputs.length}`,
      { hint: `the inputs of the model are ${graph.inputs.map((port) => port.name).join(', ')}` },
    );
  }
  return graph.inputs.map((port, i): Tensor => {
    const { shape } = graph.values.get(port.value)!;
    return { dtype: 'float32', shape, data: sample.inputs[i]! };
  });
}

function addChannels(channels: ChannelSums, { shape, layout, data }: Seen): void {
  const { sums } = channels;
  const position = layout.indexOf(1);
  const inner = layout.slice(position + 1).reduce((product, axis) => product * shape[axis]!, 1);
  for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === sums.length ? 0 : c + 1) {
    let sum = sums[c]!;
    for (let at = start; at < start + inner; at++) sum += data[at]!;
    sums[c] = sum;
  }
  channels.count += data.length / Math.max(sums.length, 1);
}

export function meansOf({ sums, count }: ChannelSums): Float64Array {
  return sums.map((sum) => (count === 0 ? 0 : sum / count));
}
