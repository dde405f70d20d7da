/** What is kept of each layer of a transformer, and the graph that is left. */
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph } from '../graph/types.ts';
import { attentionLayers, feedForwards } from './attention-layers.ts';
import { greatest, type Importance } from './importance.ts';
import { keepHeads, keepNeurons, keepTokens } from './shrink.ts';

/** Shares (0 .. 1] that stay, in the order of layers: of the tokens that a layer starts from (one more: of those behind the last attention), of its heads, of neurons. */
export type KeepSchedule = {
  readonly tokens: readonly number[];
  readonly heads: readonly number[];
  readonly neurons: readonly number[];
};

/** What stayed of a layer of attention, and of the feed-forward part of that number. */
export type KeptLayer = { readonly tokens: number; readonly heads: number; readonly neurons: number | null };

/**
 * Tokens, heads and neurons of the least importance are left out. A token that is left out stays out in all later layers, from the sum behind the attention
 * before on, so that the feed-forward part there does not compute it either; it is chosen by the attention that all layers before gave it (of the first
 * layer by its own).
 * @throws TinymlError E_USAGE for more shares than layers, and as `keepTokens` for models that cannot go on with fewer
 */
export function prune(
  graph: Graph,
  importance: Importance,
  schedule: KeepSchedule,
): { readonly graph: Graph; readonly layers: readonly KeptLayer[] } {
  const given = attentionLayers(graph);
  const parts = feedForwards(graph);
  for (const [name, shares, most] of [
    ['tokens', schedule.tokens, given.length + 1],
    ['heads', schedule.heads, given.length],
    ['ffn', schedule.neurons, parts.length],
  ] as const) {
    if (shares.length <= most) continue;
    throw new TinymlError('E_USAGE', `the model has ${most} such layers, not ${shares.length}`, {
      at: `--${name} ${shares.join(',')}`,
      hint: 'give one share for each layer; the last one holds for those behind it',
    });
  }
  const shareOf = (shares: readonly number[], i: number): number => shares[i] ?? shares.at(-1) ?? 1;
  const countOf = (share: number, of: number): number => Math.max(1, Math.round(share * of));
  let smaller = graph;
  const layers: KeptLayer[] = [];
  let positions = Array.from({ length: given[0]?.tokens ?? 0 }, (_, i) => i);
  const attention = new Float64Array(positions.length);
  const addAttention = (i: number): void =>
    importance.tokens[i]!.forEach((sum, token) => void (attention[token]! += sum));
  const keepAt = (value: string, i: number): void => {
    const wanted = Math.min(positions.length, countOf(shareOf(schedule.tokens, i), attention.length));
    const own = Float64Array.from(positions, (token) => attention[token]!);
    const kept = greatest(own, wanted);
    smaller = keepTokens(smaller, value, kept);
    positions = kept.map((index) => positions[index]!);
  };
  addAttention(0);
  given.forEach((layer, i) => {
    const before = attentionLayers(smaller);
    keepAt(i === 0 ? before[0]!.stream : before[i - 1]!.behind, i);
    if (i > 0) addAttention(i);
    const heads = greatest(importance.heads[i]!, countOf(shareOf(schedule.heads, i), layer.heads));
    smaller = keepHeads(smaller, attentionLayers(smaller)[i]!, heads);
    const width = importance.neurons[i]?.length;
    const neurons = width === undefined ? null : countOf(shareOf(schedule.neurons, i), width);
    if (neurons !== null) {
      smaller = keepNeurons(smaller, feedForwards(smaller)[i]!, greatest(importance.neurons[i]!, neurons));
    }
    layers.push({ tokens: positions.length, heads: heads.length, neurons });
  });
  if (schedule.tokens.length > given.length) keepAt(attentionLayers(smaller).at(-1)!.behind, given.length);
  return { graph: smaller, layers };
}
