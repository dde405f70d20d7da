/**
 * Cross-layer equalisation (Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019,
 * section 4.1): the float function stays, but the weight ranges of the channels between two layers become equal.
 */
import { consumers, outputValues } from '../graph/rewrite.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { type LinearNode, linearNodes } from './scheme.ts';
import {
  forEachChannelPair,
  inputMagnitudes,
  outputMagnitudes,
  type WeightLayout,
  weightLayout,
} from './weights.ts';

/** Rounds over all pairs; scales settle geometrically, more rounds change nothing that matters. */
const MAX_ROUNDS = 20;
const SETTLED = 1e-3;

/** Two layers whose channels between them may be scaled: nothing but channelwise homogeneous nodes stands between. */
type Pair = { readonly first: LinearNode; readonly second: LinearNode };

/**
 * Scales channel c of the first layer by 1 / s and the weights of the second that read it by s, with
 * s = sqrt(r1 / r2) for their largest magnitudes r1 and r2, over all pairs until nothing changes.
 * Law: the float function of the graph is the same up to rounding, because what stands between is positively homogeneous
 * (f(s x) = s f(x) for s > 0): Relu, LeakyRelu, pools. A Clip to other bounds than [0, inf) is not, and stops a pair.
 */
export function equalise(graph: Graph): { readonly graph: Graph; readonly pairs: number } {
  const pairs = findPairs(graph);
  if (pairs.length === 0) return { graph, pairs: 0 };
  const equalised = withOwnWeights(graph, pairs);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const changes = pairs.map((pair) =>
      scalePair(equalised, pair, (before, after) =>
        balance(outputMagnitudes(before), inputMagnitudes(after)),
      ),
    );
    if (Math.max(...changes) < SETTLED) break;
  }
  return { graph: equalised, pairs: pairs.length };
}

/** Values between two layers whose channels `smooth` scales: what the second of them reads. */
export function smoothable(graph: Graph): ReadonlySet<string> {
  return new Set(findPairs(graph).map(({ second }) => second.input));
}

/**
 * The same scaling from what activations reach instead of weights (Xiao et al., SmoothQuant, 2023, with a migration strength of a
 * half): s = sqrt(m / r2) for the largest magnitude m that a channel reached and the largest weight r2 that reads it; where every
 * channel is read by weights with a scale of their own (depthwise), s = m. An activation has one scale for all channels: one
 * that reaches far beyond the others leaves them few codes.
 * @param reached largest magnitude of each channel of the values of `smoothable`
 */
export function smooth(
  graph: Graph,
  reached: ReadonlyMap<string, Float64Array>,
): { readonly graph: Graph; readonly pairs: number } {
  const pairs = findPairs(graph);
  if (pairs.length === 0) return { graph, pairs: 0 };
  const smoothed = withOwnWeights(graph, pairs);
  for (const pair of pairs) {
    const most = reached.get(pair.second.input)!;
    scalePair(smoothed, pair, (_, after) => {
      const read = inputMagnitudes(after);
      const alone = after.groups > 1 && after.inChannels === 1;
      return alone ? most.map((m, c) => (m > 0 && read[c]! > 0 ? m : 1)) : balance(most, read);
    });
  }
  return { graph: smoothed, pairs: pairs.length };
}

/** Square roots of the ratios of two ranges of a channel; dead channels stay as they are. */
function balance(written: Float64Array, read: Float64Array): Float64Array {
  return written.map((r1, c) => (r1 > 0 && read[c]! > 0 ? Math.sqrt(r1 / read[c]!) : 1));
}

/** The graph with copies of the weights of pairs, which may be changed. */
function withOwnWeights(graph: Graph, pairs: readonly Pair[]): Graph {
  const constants = new Map(graph.constants);
  const names = new Set(pairs.flatMap(({ first, second }) => [first.weights, first.bias, second.weights]));
  for (const name of names) {
    const tensor = constants.get(name);
    if (tensor === undefined) continue;
    constants.set(name, { ...tensor, data: (tensor.data as Float32Array).slice() } satisfies Tensor);
  }
  return { ...graph, constants };
}

/** Scales in place the weights that `withOwnWeights` copied. Returns the largest change |log s|. */
function scalePair(
  graph: Graph,
  { first, second }: Pair,
  scalesOf: (before: WeightLayout, after: WeightLayout) => Float64Array,
): number {
  const [before, after] = [weightLayout(graph, first), weightLayout(graph, second)];
  const scales = scalesOf(before, after);
  const bias = graph.constants.get(first.bias)?.data as Float32Array | undefined;
  if (bias !== undefined) for (let c = 0; c < bias.length; c++) bias[c]! /= scales[c]!;
  forEachChannelPair(before, (o, _, start) => {
    for (let k = start; k < start + before.taps; k++) before.data[k]! /= scales[o]!;
  });
  forEachChannelPair(after, (_, i, start) => {
    for (let k = start; k < start + after.taps; k++) after.data[k]! *= scales[i]!;
  });
  return scales.reduce((largest, scale) => Math.max(largest, Math.abs(Math.log(scale))), 0);
}

function findPairs(graph: Graph): readonly Pair[] {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const linear = new Map(linearNodes(graph).map((node) => [node.node, node]));
  const isOnlyReader = (name: string): boolean => readers.get(name)?.length === 1;
  return [...linear.values()].flatMap((first): Pair[] => {
    const parts = [first.weights, first.bias].filter((name) => name !== '');
    if (!parts.every(isOnlyReader)) return [];
    let value = first.node.outputs[0]!;
    for (;;) {
      const [reader, ...others] = readers.get(value) ?? [];
      if (reader === undefined || others.length > 0 || outputs.has(value)) return [];
      const second = linear.get(reader);
      if (second !== undefined) {
        const channels = graph.values.get(value)!.shape[1];
        const fits = channels === graph.values.get(first.node.outputs[0]!)!.shape[1];
        return fits && second.input === value && isOnlyReader(second.weights) ? [{ first, second }] : [];
      }
      if (!isHomogeneous(graph, reader)) return [];
      value = reader.outputs[0]!;
    }
  });
}

/** Whether f(s x) = s f(x) for every s > 0, channel by channel (axis 1). */
function isHomogeneous(graph: Graph, node: Node): boolean {
  switch (node.op) {
    case 'Relu':
    case 'LeakyRelu':
    case 'MaxPool':
    case 'AveragePool':
    case 'GlobalAveragePool':
    case 'GlobalMaxPool':
      return true;
    case 'Clip': {
      const bound = (index: number, absent: number): number => {
        const name = node.inputs[index] ?? '';
        return name === '' ? absent : Number(graph.constants.get(name)?.data[0] ?? Number.NaN);
      };
      return bound(1, Number.NEGATIVE_INFINITY) === 0 && bound(2, Number.POSITIVE_INFINITY) >= 3e38;
    }
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze': {
      // Only spatial axes of size 1 may go: channels stay where they are.
      const [from, to] = [node.inputs[0]!, node.outputs[0]!].map((name) => graph.values.get(name)!.shape);
      return from![0] === to![0] && from![1] === to![1] && from!.slice(2).every((size) => size === 1);
    }
    default:
      return false;
  }
}
