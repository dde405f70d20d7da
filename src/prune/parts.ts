/** What of a model can be left out in parts, what of it matters, and how much of it stays. */
import type { Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import type { Graph, Node } from '../graph/types.ts';
import { type AttentionLayer, attentionLayers, type FeedForward, feedForwards } from './attention-layers.ts';
import {
  type ChannelGroup,
  type ChannelImportance,
  channelGroups,
  channelImportance,
  channelObserver,
} from './channels.ts';
import { type TransformerImportance, transformerObserver } from './importance.ts';
import { observe } from './observe.ts';

export type Parts = {
  readonly layers: readonly AttentionLayer[];
  readonly feedForwards: readonly FeedForward[];
  readonly groups: readonly ChannelGroup[];
  /** Nodes that keep channels from being left out. */
  readonly fixed: readonly Node[];
};

export function partsOf(graph: Graph): Parts {
  return { layers: attentionLayers(graph), feedForwards: feedForwards(graph), ...channelGroups(graph) };
}

export type Importance = TransformerImportance & { readonly channels: ChannelImportance };

/** What of the parts matters, from one run of the graph on each sample. */
export async function measureImportance(
  graph: Graph,
  parts: Parts,
  samples: AsyncIterable<Sample>,
  onProgress: (done: number) => void,
): Promise<Importance> {
  const transformer = transformerObserver(graph, parts.layers, parts.feedForwards);
  const channels = channelObserver(graph);
  await observe(graph, [transformer, channels], samples, onProgress);
  return { ...transformer.importance(), channels: channelImportance(graph, channels.moments()) };
}

/** How much stays of something there are some of: a share (0 .. 1], or a whole number above 1 of them. */
export type Amount = number;

/**
 * @param option that gives the amount, @param what there are `of` of
 * @param multiple of which shares are rounded to one, where there are twice as many or more
 * @throws TinymlError E_USAGE for more than there are
 */
export function countOf(
  amount: Amount,
  of: number,
  {
    option,
    what,
    multiple = 1,
  }: { readonly option: string; readonly what: string; readonly multiple?: number },
): number {
  if (amount > of) {
    throw new TinymlError('E_USAGE', `${amount} cannot stay of ${what}: there are ${of}`, {
      at: `--${option}`,
      hint: `give ${of} or fewer, or a share of up to 1`,
    });
  }
  if (amount > 1) return amount;
  const step = of % multiple === 0 && of >= 2 * multiple ? multiple : 1;
  return Math.max(step, step * Math.round((amount * of) / step));
}

/** Of a list, the amount of number i: the last one holds for all behind it. Everything where nothing is given. */
export function amountOf(amounts: readonly Amount[], i: number): Amount {
  return amounts[i] ?? amounts.at(-1) ?? 1;
}
