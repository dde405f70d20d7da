/** What matters in a transformer, measured on data (Wang, Zhang and Han, "SpAtten", HPCA 2021). */
import type { Sample } from '../data/types.ts';
import { createExecutor } from '../execute/float.ts';
import { dataInputs } from '../graph/state.ts';
import type { Graph } from '../graph/types.ts';
import { computeTensor } from '../ops/arrays.ts';
import type { AttentionLayer, FeedForward } from './attention-layers.ts';

export type Importance = {
  /** For each attention layer, the attention that each token was given, summed over heads, queries and samples. */
  readonly tokens: readonly Float64Array[];
  /** For each attention layer, the sum of magnitudes of what each head gives. */
  readonly heads: readonly Float64Array[];
  /** For each feed-forward part, the sum of magnitudes of each neuron times its outgoing weights. */
  readonly neurons: readonly Float64Array[];
  readonly samples: number;
};

export async function measureImportance(
  graph: Graph,
  layers: readonly AttentionLayer[],
  parts: readonly FeedForward[],
  samples: AsyncIterable<Sample>,
  onProgress: (done: number) => void,
): Promise<Importance> {
  const watch = new Set([
    ...layers.flatMap(({ shares, mixed }) => [shares, mixed]),
    ...parts.map(({ active }) => active),
  ]);
  const executor = createExecutor(graph, { watch });
  const ports = dataInputs(graph);
  const tokens = layers.map((layer) => new Float64Array(layer.tokens));
  const heads = layers.map((layer) => new Float64Array(layer.heads));
  const widthOf = ({ narrow }: FeedForward): number => graph.constants.get(narrow.inputs[1]!)!.shape[1]!;
  const magnitudes = parts.map((part) => new Float64Array(widthOf(part)));
  let done = 0;
  for await (const sample of samples) {
    const inputs = sample.inputs.map((data, i) =>
      computeTensor({ ...graph.values.get(ports[i]!.value)!, dtype: ports[i]!.dtype }, (out) =>
        out.set(data),
      ),
    );
    executor.run(inputs, (value, { shape, layout, data }) => {
      const strides = stridesOf(shape, layout);
      const each = (visit: (index: readonly number[], x: number) => void): void =>
        forEach(shape, strides, data, visit);
      layers.forEach((layer, i) => {
        if (layer.shares === value) each(([, , , key], x) => void (tokens[i]![key!]! += x));
        if (layer.mixed === value) each(([, head], x) => void (heads[i]![head!]! += Math.abs(x)));
      });
      parts.forEach((part, i) => {
        const last = shape.length - 1;
        if (part.active === value) each((index, x) => void (magnitudes[i]![index[last]!]! += Math.abs(x)));
      });
    });
    onProgress(++done);
  }
  const neurons = parts.map(({ narrow }, i) => {
    const { shape, data } = graph.constants.get(narrow.inputs[1]!)!;
    const [outputs = 1, width = 1] = shape;
    return magnitudes[i]!.map((magnitude, neuron) => {
      let sum = 0;
      for (let row = 0; row < outputs; row++) sum += Math.abs(Number(data[row * width + neuron]));
      return magnitude * sum;
    });
  });
  return { tokens, heads, neurons, samples: done };
}

function stridesOf(shape: readonly number[], layout: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (const axis of [...layout].reverse()) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

function forEach(
  shape: readonly number[],
  strides: readonly number[],
  data: Float32Array,
  visit: (index: readonly number[], x: number) => void,
): void {
  const index = shape.map(() => 0);
  const walk = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      visit(index, data[offset]!);
      return;
    }
    for (let k = 0; k < shape[axis]!; k++) {
      index[axis] = k;
      walk(axis + 1, offset + k * strides[axis]!);
    }
  };
  walk(0, 0);
}

/** The numbers of the `count` greatest, in order. */
export function greatest(of: Float64Array, count: number): readonly number[] {
  return Array.from(of.keys())
    .sort((a, b) => of[b]! - of[a]! || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
}
