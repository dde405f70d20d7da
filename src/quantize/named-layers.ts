/** Layers by the names that a command line gives them. */
import { TinymlError } from '../diagnostics/errors.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { producers } from '../graph/rewrite.ts';
import type { Graph, Node } from '../graph/types.ts';

/** The node of that name, or that makes the value of that name; null where there is none. */
export function nodeNamed(graph: Graph, name: string): Node | null {
  return graph.nodes.find((one) => one.name === name) ?? producers(graph).get(name) ?? null;
}

/** @param at the option that has the name */
export function unknownLayer({ nodes }: Graph, name: string, at: string): TinymlError {
  const near = nearest(name, [...new Set(nodes.flatMap((node) => [node.name, ...node.outputs]))]);
  return new TinymlError('E_USAGE', 'the model has no such layer', {
    at,
    hint:
      near.length > 0
        ? `Did you mean ${near.join(', ')}?`
        : 'names are those of nodes, or of what they make: "tinyml inspect" lists them',
  });
}
