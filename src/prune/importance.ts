/** What matters in a transformer, measured on data (Wang, Zhang and Han, "SpAtten", HPCA 2021). */
import type { Graph } from '../graph/types.ts';
import type { AttentionLayer, FeedForward } from './attention-layers.ts';
import type { Observer } from './observe.ts';

export type TransformerImportance = {
  /** For each attention layer, the attention that each token was given, summed over heads, queries and samples. */
  readonly tokens: readonly Float64Array[];
  /** For each attention layer, the sum of magnitudes of what each head gives. */
  readonly heads: readonly Float64Array[];
  /** For each feed-forward part, the sum of magnitudes of each neuron times its outgoing weights. */
  readonly neurons: readonly Float64Array[];
};

/** Sees what attention gives to tokens, and what heads and neurons give. */
export function transformerObserver(
  graph: Graph,
  layers: readonly AttentionLayer[],
  parts: readonly FeedForward[],
): Observer & { readonly importance: () => TransformerImportance } {
  const tokens = layers.map((layer) => new Float64Array(layer.tokens));
  const heads = layers.map((layer) => new Float64Array(layer.heads));
  const widthOf = ({ narrow }: FeedForward): number => graph.constants.get(narrow.inputs[1]!)!.shape[1]!;
  const magnitudes = parts.map((part) => new Float64Array(widthOf(part)));
  return {
    watch: [...layers.flatMap(({ shares, mixed }) => [shares, mixed]), ...parts.map(({ active }) => active)],
    see: (value, { shape, layout, data }) => {
      const strides = stridesOf(shape, layout);
      const each = (visit: (index: readonly number[], x: number) => void): void =>
        forEach(shape, strides, data, visit);
      layers.forEach((layer, i) => {
        if (layer.shares === value) each((index, x) => void (tokens[i]![index.at(-1)!]! += x));
        if (layer.mixed === value) each((index, x) => void (heads[i]![index.at(-3)!]! += Math.abs(x)));
      });
      parts.forEach((part, i) => {
        const last = shape.length - 1;
        if (part.active === value) each((index, x) => void (magnitudes[i]![index[last]!]! += Math.abs(x)));
      });
    },
    importance: () => ({
      tokens,
      heads,
      neurons: parts.map(({ narrow }, i) => {
        const { shape, data } = graph.constants.get(narrow.inputs[1]!)!;
        const [outputs = 1, width = 1] = shape;
        return magnitudes[i]!.map((magnitude, neuron) => {
          let sum = 0;
          for (let row = 0; row < outputs; row++) sum += Math.abs(Number(data[row * width + neuron]));
          return magnitude * sum;
        });
      }),
    }),
  };
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
