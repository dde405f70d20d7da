/** Channels of convolutions and neurons of dense layers: which can only go together, what they matter, and the graph without some. */
import { startEdit } from '../graph/rewrite.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { channelSlots, linearUnits, type Slots, withoutChannels } from '../passes/channel-slots.ts';
import type { LinearUnit } from '../passes/linear-unit.ts';
import { viewGraph } from '../passes/match.ts';
import { feedForwards } from './attention-layers.ts';
import { greatest } from './importance.ts';
import type { Observer } from './observe.ts';
import { type Moments, standIns, varianceOf } from './stand-in.ts';

/**
 * Layers whose channels go together: sums tie those of all that they add, gates (Squeeze-and-Excite) those of what they multiply.
 * Depthwise convolutions, pools, functions, Concat and Flatten follow.
 */
export type ChannelGroup = {
  /** Names of the Convs and Gemms that make the channels, in the order in which they run. */
  readonly layers: readonly string[];
  readonly channels: number;
};

/** A group, with one channel of its first layer for each that can go. */
type Found = ChannelGroup & { readonly places: readonly (readonly [value: string, channel: number])[] };

type Channels = {
  readonly slots: Slots;
  readonly units: readonly LinearUnit[];
  readonly groups: readonly Found[];
  /** Nodes that can lose no channel, nor can what they read and make. */
  readonly fixed: readonly Node[];
};

/** By value that a layer reads. */
type AllMoments = ReadonlyMap<string, Moments>;

export type ChannelImportance = {
  /** For each group, the share of what the layers behind it read that each of its channels makes. */
  readonly groups: readonly Float64Array[];
  readonly moments: AllMoments;
};

/** The groups in the order of their first layers, and the nodes that keep others from being left out. Neurons between dense layers of tokens are not among them. */
export function channelGroups(graph: Graph): {
  readonly groups: readonly ChannelGroup[];
  readonly fixed: readonly Node[];
} {
  const { groups, fixed } = channelsOf(graph);
  return { groups: groups.map(({ layers, channels }) => ({ layers, channels })), fixed };
}

function channelsOf(graph: Graph): Channels {
  const view = viewGraph(graph);
  const units = linearUnits(view);
  const fixed: Node[] = [];
  const slots = channelSlots(view, units, (node) => fixed.push(node));
  const makers = new Map<number, { readonly layers: string[]; readonly place: readonly [string, number] }>();
  const wide = new Set(feedForwards(graph).map((part) => part.wide));
  const whole = [...units.values()].filter(({ groups }) => groups === 1);
  for (const { node, outChannels } of whole) {
    const [value = ''] = node.outputs;
    for (let channel = 0; channel < outChannels; channel++) {
      if (wide.has(node)) slots.keep(value, channel);
      if (slots.isKept(value, channel)) continue;
      const set = slots.setOf(value, channel);
      const maker = makers.get(set) ?? { layers: [], place: [value, channel] as const };
      if (maker.layers.at(-1) !== node.name) maker.layers.push(node.name);
      makers.set(set, maker);
    }
  }
  const groups = new Map<string, { layers: readonly string[]; places: (readonly [string, number])[] }>();
  for (const { layers, place } of makers.values()) {
    const key = layers.join('\n');
    const group = groups.get(key) ?? { layers, places: [] };
    group.places.push(place);
    groups.set(key, group);
  }
  return {
    slots,
    units: [...units.values()],
    groups: [...groups.values()].map((group) => ({ ...group, channels: group.places.length })),
    fixed,
  };
}

/** Of more channels, products of pairs are not gathered: their matrices would fill the memory. */
const MAX_PAIRED = 512;

/** So many positions of each sample are looked at: neighbours say nearly the same. */
const POSITIONS = 64;

/** Sees the moments of all channels that layers read, for `channelImportance`. */
export function channelObserver(graph: Graph): Observer & { readonly moments: () => AllMoments } {
  const { slots, units } = channelsOf(graph);
  const reads = units.flatMap(({ groups, x, inChannels }) =>
    groups === 1 && slots.keptChannels(x).length < inChannels ? [x] : [],
  );
  const sums = new Map(reads.map((value) => [value, gatherMoments(graph.values.get(value)!.shape[1]!)]));
  return {
    watch: [...sums.keys()],
    see: (value, seen) => {
      const { shape, layout, data } = seen;
      const channels = shape[1]!;
      const stride = layout.slice(layout.indexOf(1) + 1).reduce((product, axis) => product * shape[axis]!, 1);
      const positions = data.length / channels;
      const step = Math.max(1, Math.floor(positions / POSITIONS));
      const at = new Float64Array(channels);
      for (let position = 0; position < positions; position += step) {
        const start = Math.floor(position / stride) * stride * channels + (position % stride);
        for (let c = 0; c < channels; c++) at[c] = data[start + c * stride]!;
        sums.get(value)!.add(at);
      }
    },
    moments: () => new Map([...sums].map(([value, sum]) => [value, sum.moments()])),
  };
}

function gatherMoments(channels: number) {
  const rowLength = channels <= MAX_PAIRED ? channels : 1;
  const sum = new Float64Array(channels);
  const products = new Float64Array(channels * rowLength);
  let count = 0;
  return {
    add: (at: Float64Array): void => {
      count++;
      for (let i = 0; i < channels; i++) {
        const x = at[i]!;
        sum[i]! += x;
        if (rowLength === 1) products[i]! += x * x;
        else for (let j = 0, k = i * channels; j < channels; j++, k++) products[k]! += x * at[j]!;
      }
    },
    moments: (): Moments => {
      const mean = sum.map((x) => x / Math.max(1, count));
      const covariance = products.map((product, k) => {
        const i = Math.floor(k / rowLength);
        return product / Math.max(1, count) - mean[i]! * mean[rowLength === 1 ? i : k % channels]!;
      });
      return { mean, covariance };
    },
  };
}

/**
 * What a channel adds to the variance of the sums that layers make of it: its own variance times the squares of its weights, as a
 * share of that of all channels of the layer, summed over the layers that read it.
 */
export function channelImportance(graph: Graph, moments: AllMoments): ChannelImportance {
  const { slots, units, groups } = channelsOf(graph);
  const bySet = new Map<number, number>();
  for (const { x, groups: parts, inChannels, outChannels, taps, weights } of units) {
    const seen = parts === 1 ? moments.get(x) : undefined;
    if (seen === undefined) continue;
    const parted = seen.mean.map((_, i) => {
      let squares = 0;
      for (let o = 0; o < outChannels; o++) {
        const start = (o * inChannels + i) * taps;
        for (let k = start; k < start + taps; k++) squares += weights[k]! ** 2;
      }
      return Math.max(0, varianceOf(seen, i)) * squares;
    });
    const all = parted.reduce((sum, part) => sum + part, 0);
    parted.forEach((part, i) => {
      const set = slots.setOf(x, i);
      bySet.set(set, (bySet.get(set) ?? 0) + (all === 0 ? 0 : part / all));
    });
  }
  return {
    groups: groups.map(({ places }) =>
      Float64Array.from(places, ([value, channel]) => bySet.get(slots.setOf(value, channel)) ?? 0),
    ),
    moments,
  };
}

/**
 * The graph with the most important channels of each group alone. Layers behind get weights and biases with which those that stay stand in for those that go, as
 * far as data say (exact for a channel that is always a sum of others, where nothing is padded).
 * @param counts of the channels that stay, for each group
 */
export function keepChannels(graph: Graph, importance: ChannelImportance, counts: readonly number[]): Graph {
  const { slots, groups, units } = channelsOf(graph);
  groups.forEach(({ places }, i) => {
    for (const index of greatest(importance.groups[i]!, counts[i]!)) slots.keep(...places[index]!);
  });
  slots.keepOnePerValue();
  if (!slots.anyRemoved()) return graph;
  const edit = startEdit(graph);
  for (const unit of units) {
    const moments = unit.groups === 1 ? importance.moments.get(unit.x) : undefined;
    const kept = slots.keptChannels(unit.x);
    if (moments === undefined || kept.length === unit.inChannels) continue;
    const { weights, bias } = adapted(unit, moments, kept);
    const { node, x } = unit;
    const [, w = ''] = node.inputs;
    const tensor = floatTensor(graph.constants.get(w)!.shape, weights);
    const names = [
      edit.addConstant(w, tensor),
      edit.addConstant(`${node.name}_bias`, floatTensor([bias.length], bias)),
    ];
    edit.replace(node, { ...node, inputs: [x, ...names] });
  }
  const view = viewGraph(edit.finish());
  return withoutChannels(view, slots, linearUnits(view), ({ bias }) => bias).graph;
}

/** The weights and biases of a layer that will read these channels alone. */
function adapted(
  { inChannels, outChannels, taps, weights, bias }: LinearUnit,
  moments: Moments,
  kept: readonly number[],
): { readonly weights: Float64Array; readonly bias: Float64Array } {
  const { mean } = moments;
  const gone = Array.from({ length: inChannels }, (_, i) => i).filter((i) => !kept.includes(i));
  const shares = standIns(moments, kept, gone) ?? gone.map(() => new Float64Array(kept.length));
  const means = gone.map((channel, g) =>
    kept.reduce((rest, k, i) => rest - shares[g]![i]! * mean[k]!, mean[channel]!),
  );
  const own = { weights: weights.slice(), bias: bias.slice() };
  for (let o = 0; o < outChannels; o++) {
    gone.forEach((channel, g) => {
      for (let tap = 0; tap < taps; tap++) {
        const weight = weights[(o * inChannels + channel) * taps + tap]!;
        own.bias[o]! += weight * means[g]!;
        kept.forEach((k, i) => {
          own.weights[(o * inChannels + k) * taps + tap]! += weight * shares[g]![i]!;
        });
      }
    });
  }
  return own;
}
