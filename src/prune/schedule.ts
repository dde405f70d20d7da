/** What is kept of each layer of a model, and the graph that is left. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph } from '../graph/types.ts';
import { attentionLayers, feedForwards } from './attention-layers.ts';
import { channelGroups, keepChannels } from './channels.ts';
import { greatest } from './importance.ts';
import { type Amount, amountOf, countOf, type Importance, partsOf } from './parts.ts';
import { keepHeads, keepNeurons, keepTokens } from './shrink.ts';

/**
 * How much stays, in the order of layers: of the tokens that a layer starts from (one more: of those behind the last attention), of
 * its heads, of neurons between dense layers of tokens, and of the channels of each group.
 */
export type KeepSchedule = {
  readonly tokens: readonly Amount[];
  readonly heads: readonly Amount[];
  readonly neurons: readonly Amount[];
  readonly channels: readonly Amount[];
};

/** What stayed of a layer of attention, and of the feed-forward part of that number. */
export type KeptLayer = { readonly tokens: number; readonly heads: number; readonly neurons: number | null };

/** What stayed of the channels that go together. */
export type KeptGroup = {
  readonly layers: readonly string[];
  readonly channels: number;
  readonly of: number;
};

export type Pruned = {
  readonly graph: Graph;
  readonly layers: readonly KeptLayer[];
  readonly groups: readonly KeptGroup[];
};

/** Shares of tokens, neurons and channels are rounded to as many as kernels take at once. */
const AT_ONCE = 4;

/**
 * Tokens, heads, neurons and channels of the least importance are left out.
 * @throws TinymlError E_USAGE for more amounts than layers, and for more than there are; as `keepTokens` for models that cannot go on with fewer
 */
export function prune(graph: Graph, importance: Importance, schedule: KeepSchedule): Pruned {
  checkLengths(graph, schedule);
  const groups = channelGroups(graph).groups.map(
    ({ layers, channels: of }, i): KeptGroup => ({
      layers,
      of,
      channels: countOf(amountOf(schedule.channels, i), of, {
        option: 'channels',
        what: `the channels of "${layers[0]}"`,
        multiple: AT_ONCE,
      }),
    }),
  );
  const counts = groups.map(({ channels }) => channels);
  const narrower = keepChannels(graph, importance.channels, counts);
  return { ...pruneTransformer(narrower, importance, schedule), groups };
}

function checkLengths(graph: Graph, schedule: KeepSchedule): void {
  const { layers, feedForwards, groups } = partsOf(graph);
  for (const [name, amounts, most, what] of [
    ['tokens', schedule.tokens, layers.length === 0 ? 0 : layers.length + 1, 'layers that start from tokens'],
    ['heads', schedule.heads, layers.length, 'layers of attention'],
    ['ffn', schedule.neurons, feedForwards.length, 'pairs of dense layers on tokens'],
    ['channels', schedule.channels, groups.length, 'groups of channels that can be left out'],
  ] as const) {
    if (amounts.length <= most) continue;
    throw new TinymlError('E_USAGE', `the model has ${most} ${what}, not ${amounts.length}`, {
      at: `--${name} ${amounts.join(',')}`,
      hint:
        most === 0
          ? 'docs/commands/prune.md says what is found'
          : 'give one share for each; the last one holds for those behind it',
    });
  }
}

/**
 * A token that is left out stays out in all later layers, from the sum behind the attention before on, so that the feed-forward part
 * there does not compute it either; it is chosen by the attention that all layers before gave it (of the first layer by its own).
 */
function pruneTransformer(
  graph: Graph,
  importance: Importance,
  schedule: KeepSchedule,
): Pick<Pruned, 'graph' | 'layers'> {
  const given = attentionLayers(graph);
  let smaller = graph;
  const layers: KeptLayer[] = [];
  let positions = Array.from({ length: given[0]?.tokens ?? 0 }, (_, i) => i);
  const attention = new Float64Array(positions.length);
  const addAttention = (i: number): void =>
    importance.tokens[i]!.forEach((sum, token) => void (attention[token]! += sum));
  const keepAt = (value: string, i: number): void => {
    const asked = countOf(amountOf(schedule.tokens, i), attention.length, {
      option: 'tokens',
      what: 'the tokens',
      multiple: AT_ONCE,
    });
    const wanted = Math.min(positions.length, asked);
    const own = Float64Array.from(positions, (token) => attention[token]!);
    const kept = greatest(own, wanted);
    smaller = keepTokens(smaller, value, kept);
    positions = kept.map((index) => positions[index]!);
  };
  given.forEach((layer, i) => {
    const before = attentionLayers(smaller);
    if (i === 0) addAttention(0);
    keepAt(i === 0 ? before[0]!.stream : before[i - 1]!.behind, i);
    if (i > 0) addAttention(i);
    const wanted = countOf(amountOf(schedule.heads, i), layer.heads, {
      option: 'heads',
      what: `the heads of layer ${i + 1}`,
    });
    const heads = greatest(importance.heads[i]!, wanted);
    smaller = keepHeads(smaller, attentionLayers(smaller)[i]!, heads);
    const width = importance.neurons[i]?.length;
    const neurons =
      width === undefined
        ? null
        : countOf(amountOf(schedule.neurons, i), width, {
            option: 'ffn',
            what: `the neurons of layer ${i + 1}`,
            multiple: AT_ONCE,
          });
    if (neurons !== null) {
      smaller = keepNeurons(smaller, feedForwards(smaller)[i]!, greatest(importance.neurons[i]!, neurons));
    }
    layers.push({ tokens: positions.length, heads: heads.length, neurons });
  });
  if (schedule.tokens.length > given.length) keepAt(attentionLayers(smaller).at(-1)!.behind, given.length);
  return { graph: smaller, layers };
}
