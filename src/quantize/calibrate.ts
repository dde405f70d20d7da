/** One pass of the float graph over the calibration data: what every scale and every bias correction is chosen from. */
import type { Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { createExecutor } from '../engine/index.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { createHistogram, type Histogram, observe } from './observers/histogram.ts';
import type { QuantPlan, ScaleGroup } from './scheme.ts';

/** Sum and count per channel (axis 1) of a value. */
export type ChannelSums = { readonly sums: Float64Array; count: number };

export type Statistics = {
  /** Samples seen. */
  readonly samples: number;
  /** One per group: the distribution of its observed members together. */
  readonly histograms: ReadonlyMap<ScaleGroup, Histogram>;
  /** Of the inputs of linear nodes. */
  readonly channelSums: ReadonlyMap<string, ChannelSums>;
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
  onProgress: (done: number) => void = () => {},
): Promise<Statistics> {
  const histograms = new Map(plan.groups.map((group) => [group, createHistogram()]));
  const observers = new Map(
    plan.groups.flatMap((group) => group.observed.map((name) => [name, histograms.get(group)!])),
  );
  const channelSums = new Map(
    plan.linear.map(({ input }): [string, ChannelSums] => {
      const channels = graph.values.get(input)!.shape[1] ?? 1;
      return [input, { sums: new Float64Array(channels), count: 0 }];
    }),
  );
  const executor = createExecutor(graph);
  let done = 0;
  for await (const sample of samples) {
    executor.run(inputTensors(graph, sample), (name, tensor) => {
      const histogram = observers.get(name);
      if (histogram !== undefined) observe(histogram, tensor.data as Float32Array, name);
      const sums = channelSums.get(name);
      if (sums !== undefined) addChannels(sums, tensor);
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

function addChannels(channels: ChannelSums, { shape, data }: Tensor): void {
  const { sums } = channels;
  const values = data as Float32Array;
  const [batch = 1] = shape;
  const inner = values.length / (batch * sums.length);
  let at = 0;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < sums.length; c++) {
      let sum = 0;
      for (const end = at + inner; at < end; at++) sum += values[at]!;
      sums[c] = sums[c]! + sum;
    }
  }
  channels.count += batch * inner;
}

export function channelMeans({ sums, count }: ChannelSums): Float64Array {
  return sums.map((sum) => (count === 0 ? 0 : sum / count));
}
