/** The attention layers of a float graph: which dense layers make queries, keys, values and output, and what they all start from. */
import { consumers, producers } from '../graph/rewrite.ts';
import type { Graph, Node } from '../graph/types.ts';
import { isNormalGemm } from '../passes/match.ts';

export type AttentionLayer = {
  /** Shares of attention, [1, heads, tokens, tokens] or without the 1: value of the Softmax. */
  readonly shares: string;
  /** What the heads give, [1, heads, tokens, width of a head] or without the 1. */
  readonly mixed: string;
  readonly heads: number;
  readonly tokens: number;
  /** Dense layers of queries, keys, values, then the one that joins the heads. */
  readonly dense: readonly [query: Node, key: Node, value: Node, output: Node];
  /** The value [1, tokens, width] that the layer starts from: behind normalisations it is what sums pass on. */
  readonly stream: string;
  /** The same behind it: the sum of what it started from and of what it gives. */
  readonly behind: string;
};

/** Two dense layers with a function of each element between them, on tokens. */
export type FeedForward = { readonly wide: Node; readonly narrow: Node; readonly active: string };

const PASSES = new Set(['Reshape', 'Transpose', 'Mul', 'Div', 'Add', 'Squeeze', 'Unsqueeze']);

/** A softmax of products of queries and keys, and its product with values. */
type AttentionProducts = { readonly shares: string; readonly scores: Node; readonly mix: Node };

/** Attention of one sample, over heads: [1, heads, tokens, tokens] or without the 1. In the order in which it runs. */
export function attentionProducts(graph: Graph): readonly AttentionProducts[] {
  const made = producers(graph);
  const readers = consumers(graph);
  return graph.nodes.flatMap((softmax) => {
    const [shares = ''] = softmax.outputs;
    const { shape } = graph.values.get(shares)!;
    if (!softmax.op.endsWith('Softmax') || shape.length < 3 || shape.length > 4) return [];
    if (shape.length === 4 && shape[0] !== 1) return [];
    const scores = back(
      graph,
      made,
      softmax.inputs[0]!,
      (node) => node.op === 'MatMul' && computed(graph, node).length === 2,
    );
    const mix = (readers.get(shares) ?? []).find((node) => node.op === 'MatMul' && node.inputs[0] === shares);
    return scores === null || mix === undefined ? [] : [{ shares, scores, mix }];
  });
}

function computed({ constants }: Graph, { inputs }: Node): readonly string[] {
  return inputs.filter((name) => name !== '' && !constants.has(name));
}

/** The first node of the kind on the way back, through nodes that leave heads apart. */
function back(
  graph: Graph,
  made: ReadonlyMap<string, Node>,
  name: string,
  found: (node: Node) => boolean,
): Node | null {
  const node = made.get(name);
  if (node === undefined) return null;
  if (found(node)) return node;
  const inputs = computed(graph, node);
  return PASSES.has(node.op) && inputs.length === 1 ? back(graph, made, inputs[0]!, found) : null;
}

/**
 * In the order in which they run, as `unpackAttention` leaves them: layers whose queries, keys and values come from one dense layer are not
 * among them.
 */
export function attentionLayers(graph: Graph): readonly AttentionLayer[] {
  const made = producers(graph);
  const readers = consumers(graph);
  const ahead = (name: string): Node | null => {
    const [node, ...more] = readers.get(name) ?? [];
    if (node === undefined || more.length > 0) return null;
    if (isNormalGemm(node)) return node;
    return PASSES.has(node.op) ? ahead(node.outputs[0]!) : null;
  };
  return attentionProducts(graph).flatMap(({ shares, scores, mix }) => {
    const dense = [scores.inputs[0]!, scores.inputs[1]!, mix.inputs[1]!].map((name) =>
      back(graph, made, name, isNormalGemm),
    );
    const output = ahead(mix.outputs[0]!);
    const [query, key, value] = dense;
    if (!query || !key || !value || output === null || new Set(dense).size < 3) return [];
    const [heads = 1, tokens = 1] = graph.values.get(shares)!.shape.slice(-3);
    const stream = streamOf(graph, query.inputs[0]!, tokens, made);
    const behind = sumBehind(output.outputs[0]!, readers);
    if (stream === null || behind === null) return [];
    return [
      {
        shares,
        mixed: mix.outputs[0]!,
        heads,
        tokens,
        dense: [query, key, value, output] as const,
        stream,
        behind,
      },
    ];
  });
}

const BEFORE = new Set(['Reshape', 'Transpose', 'LayerNormalization', 'RMSNormalization']);

/** Behind reshapes and the normalisation that stands before a layer: the first value [1, tokens, width] on the way. */
function streamOf(
  graph: Graph,
  name: string,
  tokens: number,
  made: ReadonlyMap<string, Node>,
): string | null {
  const { shape } = graph.values.get(name)!;
  const own = shape.length === 3 && shape[0] === 1 && shape[1] === tokens ? name : null;
  const node = made.get(name);
  if (node === undefined || !BEFORE.has(node.op)) return own;
  return streamOf(graph, node.inputs[0]!, tokens, made) ?? own;
}

function sumBehind(name: string, readers: ReadonlyMap<string, readonly Node[]>): string | null {
  const [node, ...more] = readers.get(name) ?? [];
  if (node === undefined || more.length > 0) return null;
  if (node.op === 'Add') return node.outputs[0]!;
  return node.op === 'Reshape' || node.op === 'Transpose' ? sumBehind(node.outputs[0]!, readers) : null;
}

const FUNCTIONS = new Set([
  'Gelu',
  'Relu',
  'tinyml::Silu',
  'Sigmoid',
  'Tanh',
  'Mish',
  'HardSwish',
  'Elu',
  'Clip',
]);

/** Dense layers on more than one row, with a function between them that nobody else reads. */
export function feedForwards(graph: Graph): readonly FeedForward[] {
  const readers = consumers(graph);
  const only = (name: string): Node | null => {
    const [node, ...more] = readers.get(name) ?? [];
    return node !== undefined && more.length === 0 ? node : null;
  };
  return graph.nodes.flatMap((wide) => {
    if (!isNormalGemm(wide) || graph.values.get(wide.outputs[0]!)!.shape[0] === 1) return [];
    let [value] = wide.outputs as readonly [string];
    let active: string | null = null;
    for (let node = only(value); node !== null; node = only(value)) {
      if (isNormalGemm(node)) return active === null ? [] : [{ wide, narrow: node, active }];
      if (node.op !== 'Reshape' && !FUNCTIONS.has(node.op)) return [];
      [value] = node.outputs as readonly [string];
      if (node.op !== 'Reshape') active = value;
    }
    return [];
  });
}
