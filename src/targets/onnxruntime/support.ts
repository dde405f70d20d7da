/** How much of a model ONNX Runtime computes in integers. */
import type { Graph } from '../../graph/types.ts';
import { nodeMacs } from '../../passes/graph-macs.ts';
import { isMover } from '../../passes/movers.ts';
import type { Part } from '../target.ts';
import { type Fate, fatesOf } from './fusion.ts';

export type HostSupport = {
  readonly fates: readonly (Fate & { readonly macs: number })[];
  /** Nodes that compute: those that only move elements or go away are not counted. */
  readonly nodes: Part;
  readonly macs: Part;
};

/** @param graph as `resolveModel` gives it @param opset of the model file */
export function hostSupport(graph: Graph, opset: number): HostSupport {
  const fates = fatesOf(graph, opset).map((fate) => ({ ...fate, macs: nodeMacs(graph, fate.node) }));
  const computing = fates.filter(
    ({ node, kind }) => kind !== 'absorbed' && !(isMover(node) && node.op !== 'MaxPool'),
  );
  const integer = computing.filter(({ kind }) => kind !== 'float');
  const sum = (some: typeof fates): number => some.reduce((macs, fate) => macs + fate.macs, 0);
  return {
    fates,
    nodes: { integer: integer.length, total: computing.length },
    macs: { integer: sum(integer), total: sum(computing) },
  };
}
