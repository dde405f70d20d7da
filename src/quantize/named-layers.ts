/** Layers by the names that a command line gives them. */
import { TinymlError } from '../diagnostics/errors.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { producers } from '../graph/rewrite.ts';
import type { Graph, Node } from '../graph/types.ts';

/** The node of that name, or that makes the value of that name; null where there is none. */
export function nodeNamed(graph: Graph, name: string): Node | null {
  return graph.nodes.find((one) => one.name === name) ?? producers(graph).get(name) ?? null;
}

type Named = {
  readonly nodes: readonly Node[];
  /** Whether a single layer was named, and not some of which one may be no such layer as is looked for. */
  readonly one: boolean;
};

export const ALL_LAYERS = 'all';
const RANGE = '..';

/**
 * The layers that a word means: the name of a node or of what it makes, an operator, `first..last` for all on the ways between two nodes,
 * or `all`.
 * @param at the option that has the word
 * @throws TinymlError E_USAGE for names that the model does not have
 */
export function layersNamed(graph: Graph, word: string, at: string): Named {
  const node = nodeNamed(graph, word);
  if (node !== null) return { nodes: [node], one: true };
  if (word === ALL_LAYERS) return { nodes: graph.nodes, one: false };
  const ofOperator = graph.nodes.filter(({ op }) => op === word);
  if (ofOperator.length > 0) return { nodes: ofOperator, one: false };
  const [first = '', last, ...rest] = word.split(RANGE);
  if (last === undefined || rest.length > 0) throw unknownLayer(graph, word, at);
  const [from, to] = [nodeNamed(graph, first), nodeNamed(graph, last)];
  if (from === null) throw unknownLayer(graph, first, at);
  if (to === null) throw unknownLayer(graph, last, at);
  const nodes = nodesBetween(graph, from, to);
  if (nodes.length > 0) return { nodes, one: false };
  throw new TinymlError('E_USAGE', `"${last}" does not depend on "${first}"`, {
    at,
    hint: 'a range goes from what is computed first to what is computed last',
  });
}

/** All nodes on the ways from one to another, both included; none where there is no way. */
function nodesBetween({ nodes }: Graph, from: Node, to: Node): readonly Node[] {
  const reached = new Set(from.outputs);
  const behind = nodes.filter((node) => {
    const depends = node === from || node.inputs.some((name) => reached.has(name));
    if (depends) for (const output of node.outputs) reached.add(output);
    return depends;
  });
  const wanted = new Set(to.outputs);
  return behind
    .toReversed()
    .filter((node) => {
      const serves = node.outputs.some((name) => wanted.has(name));
      if (serves) for (const input of node.inputs) wanted.add(input);
      return serves;
    })
    .toReversed();
}

/** @param at the option that has the name */
function unknownLayer({ nodes }: Graph, name: string, at: string): TinymlError {
  const near = nearest(name, [...new Set(nodes.flatMap((node) => [node.name, ...node.outputs]))]);
  return new TinymlError('E_USAGE', 'the model has no such layer', {
    at,
    hint:
      near.length > 0
        ? `Did you mean ${near.join(', ')}?`
        : 'names are those of nodes, or of what they make: "tinyml inspect" lists them',
  });
}
