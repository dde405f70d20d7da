/** Which nodes of a graph a DLA runs, and in how many parts. */
import { producers } from '../../../../graph/rewrite.ts';
import type { Graph, Node } from '../../../../graph/types.ts';
import { dlaRefusal, MAX_LOADABLES } from '../../release/dla.ts';
import type { Platform } from '../../release/platform.ts';

export type DlaSupport = {
  /** In the order of the graph. */
  readonly nodes: readonly DlaNode[];
  /** Parts of the network that are compiled for the DLA; a core holds `mostLoadables`. */
  readonly loadables: number;
  readonly mostLoadables: number;
  /** Tensors that go from the DLA to the GPU or back. */
  readonly borders: number;
};

export type DlaNode = {
  readonly node: string;
  readonly op: string;
  readonly on: 'dla' | 'gpu';
  /** Why not on the DLA; null where it is. */
  readonly reason: string | null;
};

/**
 * What the DLA of the platform runs of the graph: neighbours that it runs are one part, unless a node of the GPU lies on the way
 * from one to the other.
 */
export function dlaSupport(graph: Graph, platform: Platform): DlaSupport {
  const reasons = new Map(graph.nodes.map((node) => [node, dlaRefusal(node, graph, platform)]));
  const nodes = graph.nodes.map((node): DlaNode => {
    const reason = reasons.get(node)!;
    return { node: node.name, op: node.op, on: reason === null ? 'dla' : 'gpu', reason };
  });
  const onDla = (node: Node): boolean => reasons.get(node) === null;
  return {
    nodes,
    loadables: countParts(graph, onDla),
    mostLoadables: MAX_LOADABLES,
    borders: countBorders(graph, onDla),
  };
}

/** Connected nodes that the same number of changes lies before are one part: no way between them leaves the DLA. */
function countParts(graph: Graph, onDla: (node: Node) => boolean): number {
  const makers = producers(graph);
  const changes = new Map<Node, number>();
  const part = new Map<Node, Node>();
  const rootOf = (node: Node): Node => {
    const parent = part.get(node)!;
    return parent === node ? node : rootOf(parent);
  };
  for (const node of graph.nodes) {
    const before = node.inputs.flatMap((name) => makers.get(name) ?? []);
    const counts = before.map((maker) => changes.get(maker)! + (onDla(maker) === onDla(node) ? 0 : 1));
    changes.set(node, Math.max(0, ...counts));
    part.set(node, node);
    if (!onDla(node)) continue;
    for (const maker of before) {
      if (onDla(maker) && changes.get(maker) === changes.get(node)) part.set(rootOf(node), rootOf(maker));
    }
  }
  return new Set(graph.nodes.filter(onDla).map(rootOf)).size;
}

function countBorders(graph: Graph, onDla: (node: Node) => boolean): number {
  const makers = producers(graph);
  const crossing = graph.nodes.flatMap((node) =>
    node.inputs.filter((name) => makers.has(name) && onDla(makers.get(name)!) !== onDla(node)),
  );
  return new Set(crossing).size;
}
