/** One pass of the float graph over the calibration data: what every scale and every bias correction is chosen from. */
import { type Sample, startsSequence } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { loadKernels } from '../engine/load.ts';
import { reductionsOf } from '../engine/reductions.ts';
import { createExecutor, type Seen } from '../execute/float.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import { computeTensor } from '../ops/arrays.ts';
import { runJob } from '../parallel/run.ts';
import type { PreparedJob } from '../parallel/types.ts';
import { addHistogram, createHistogram, type Histogram, observe } from './observers/histogram.ts';
import type { QuantPlan, ScaleGroup } from './scheme.ts';

/** Sum and count per channel (axis 1) of a value. */
type ChannelSums = { readonly sums: Float64Array; readonly count: number };

export type Statistics = {
  /** Samples seen. */
  readonly samples: number;
  /** One per group: the distribution of its observed members together, or its extent alone. */
  readonly histograms: ReadonlyMap<ScaleGroup, Histogram>;
  /** Of the inputs of linear nodes, where they were asked for. */
  readonly channelSums: ReadonlyMap<string, ChannelSums>;
};

type CalibrateOptions = {
  /** Whether whole distributions are wanted, not only minimum and maximum; default true. */
  readonly distributions?: boolean;
  /** Whether the channel means of the inputs of linear nodes are wanted; default true. */
  readonly channelMeans?: boolean;
  /** Threads that compute; what comes out does not depend on it. Default 1. */
  readonly jobs?: number;
  /** Called with the number of samples done. */
  readonly onProgress?: (done: number) => void;
};

/**
 * Runs every sample through the float graph, sequences in order with the state that they make. Memory does not grow with their number.
 * @throws TinymlError E_NOT_FINITE naming the first tensor that is NaN or infinite; E_DATA if there are no samples
 *   or one does not fit the model.
 */
export async function calibrate(
  graph: Graph,
  plan: QuantPlan,
  samples: AsyncIterable<Sample>,
  { distributions = true, channelMeans = true, jobs = 1, onProgress = () => {} }: CalibrateOptions = {},
): Promise<Statistics> {
  const groups = plan.groups.map(({ observed }) => observed);
  const linearInputs = channelMeans ? plan.linear.map(({ input }) => input) : [];
  const setup: Setup = { graph, groups, linearInputs, distributions };
  const channelSums = new Map<string, ChannelSums>();
  let done = 0;
  const totals = await runJob(
    { module: import.meta.url, name: 'prepareCalibration', prepare: prepareCalibration, setup },
    samples,
    {
      // State goes from frame to frame: one thread takes them all.
      jobs: graph.state.length === 0 ? Math.min(jobs, threadsFor(graph)) : 1,
      onResult: (chunk, chunkSums) => {
        for (const [name, sums] of chunkSums) addSums(channelSums, name, sums);
        done += chunk.length;
        onProgress(done);
      },
    },
  );
  if (done === 0) {
    throw new TinymlError('E_DATA', 'there is no calibration data', {
      hint: 'give at least one sample; 100 to 500 are usual',
    });
  }
  const [histograms, ...others] = totals as readonly [Histograms, ...Histograms[]];
  for (const other of others) {
    for (const [i, histogram] of other.entries()) addHistogram(histograms[i]!, histogram);
  }
  return {
    samples: done,
    histograms: new Map(plan.groups.map((group, i) => [group, histograms[i]!])),
    channelSums,
  };
}

/** Bytes that the weights of all threads may take together: each has its own. */
const WEIGHTS_BYTES = 2 ** 24;

function threadsFor({ constants }: Graph): number {
  const bytes = [...constants.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  return 1 + Math.floor(WEIGHTS_BYTES / Math.max(bytes, 1));
}

type Setup = {
  readonly graph: Graph;
  /** Observed values that have a histogram together. */
  readonly groups: readonly (readonly string[])[];
  readonly linearInputs: readonly string[];
  readonly distributions: boolean;
};

/** One histogram per group. */
type Histograms = readonly Histogram[];

/** Histograms are added up over all chunks of a thread; channel sums, whose rounding depends on the order, chunk by chunk. */
export function prepareCalibration({
  graph,
  groups,
  linearInputs,
  distributions,
}: Setup): PreparedJob<ReadonlyMap<string, ChannelSums>, Histograms> {
  const kernels = loadKernels();
  const reductions = reductionsOf(kernels);
  const histograms = groups.map(createHistogram);
  const observers = new Map(groups.flatMap((names, i) => names.map((name) => [name, histograms[i]!])));
  const summed = new Set(linearInputs);
  const executor = createExecutor(graph, { kernels, watch: new Set([...observers.keys(), ...summed]) });
  const { inputs, state, values } = graph;
  const surface = { inputs, state, values }; // without the weights, so that they can go
  return {
    run: (samples) => {
      const channelSums = new Map<string, ChannelSums>();
      for (const sample of samples) {
        if (startsSequence(sample)) executor.reset();
        executor.run(inputTensors(surface, sample), (name, seen) => {
          const histogram = observers.get(name);
          if (histogram !== undefined) observe(histogram, seen.data, name, reductions, distributions);
          if (summed.has(name)) addSums(channelSums, name, sumChannels(seen));
        });
      }
      return channelSums;
    },
    finish: () => histograms,
  };
}

/** The values of a sample as the graph takes them. @throws TinymlError E_DATA if their number or length is wrong. */
export function inputTensors(
  graph: Pick<Graph, 'inputs' | 'state' | 'values'>,
  sample: Sample,
): readonly Tensor[] {
  const ports = dataInputs(graph);
  if (sample.inputs.length !== ports.length) {
    throw new TinymlError(
      'E_DATA',
      `a sample has ${sample.inputs.length} inputs, the model takes ${ports.length}`,
      { hint: `the inputs of the model are ${ports.map((port) => port.name).join(', ')}` },
    );
  }
  return ports.map((port, i): Tensor => {
    const { dtype, shape } = graph.values.get(port.value)!;
    const data = sample.inputs[i]!;
    // Numbers of rows, as an embedding takes them.
    return dtype === 'float32'
      ? { dtype, shape, data }
      : computeTensor({ dtype, shape }, (out) => out.set(data));
  });
}

function sumChannels({ shape, layout, data }: Seen): ChannelSums {
  const sums = new Float64Array(shape[1] ?? 1);
  const inner = layout.slice(layout.indexOf(1) + 1).reduce((product, axis) => product * shape[axis]!, 1);
  for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === sums.length ? 0 : c + 1) {
    let sum = sums[c]!;
    for (let at = start; at < start + inner; at++) sum += data[at]!;
    sums[c] = sum;
  }
  return { sums, count: data.length / Math.max(sums.length, 1) };
}

function addSums(all: Map<string, ChannelSums>, name: string, { sums, count }: ChannelSums): void {
  const known = all.get(name);
  const added = known === undefined ? sums : known.sums.map((sum, c) => sum + sums[c]!);
  all.set(name, { sums: added, count: count + (known?.count ?? 0) });
}

export function meansOf({ sums, count }: ChannelSums): Float64Array {
  return sums.map((sum) => (count === 0 ? 0 : sum / count));
}
