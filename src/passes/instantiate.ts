import type { Attribute, Node, Subgraph } from '../graph/types.ts';

/**
 * Law: a body computes of the given values what it computes of its inputs. A copy of its nodes, with the given values in the place of its
 * inputs, and with new names for all that it makes; and the names of its outputs.
 */
export function instantiate(
  body: Subgraph,
  given: readonly string[],
  newName: (wanted: string) => string,
): { readonly nodes: readonly Node[]; readonly outputs: readonly string[] } {
  const names = new Map<string, string>(body.inputs.map((name, i) => [name, given[i] ?? '']));
  for (const made of madeIn(body)) names.set(made, newName(made));
  return {
    nodes: body.nodes.map((node) => renamed(node, names, newName)),
    outputs: body.outputs.map((name) => names.get(name) ?? name),
  };
}

/** What the nodes of a graph make, those of graphs in it included, and the inputs of these. */
function madeIn({ nodes }: Subgraph): readonly string[] {
  return nodes.flatMap((node) => [
    ...node.outputs,
    ...graphsOf(node).flatMap((graph) => [...graph.inputs, ...madeIn(graph)]),
  ]);
}

function graphsOf(node: Node): readonly Subgraph[] {
  return Object.values(node.attributes).flatMap((attribute) =>
    attribute.kind === 'graph' && attribute.value !== null ? [attribute.value] : [],
  );
}

function renamed(node: Node, names: ReadonlyMap<string, string>, newName: (wanted: string) => string): Node {
  const all = (list: readonly string[]): readonly string[] => list.map((name) => names.get(name) ?? name);
  const inner = ([key, attribute]: readonly [string, Attribute]): [string, Attribute] => {
    if (attribute.kind !== 'graph' || attribute.value === null) return [key, attribute];
    const { inputs, outputs, nodes, problems } = attribute.value;
    const graph: Subgraph = {
      inputs: all(inputs),
      outputs: all(outputs),
      nodes: nodes.map((one) => renamed(one, names, newName)),
      problems,
    };
    return [key, { kind: 'graph', value: graph }];
  };
  return {
    ...node,
    name: newName(node.name),
    inputs: all(node.inputs),
    outputs: all(node.outputs),
    attributes: Object.fromEntries(Object.entries(node.attributes).map(inner)),
  };
}
