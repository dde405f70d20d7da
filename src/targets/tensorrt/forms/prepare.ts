import type { Graph } from '../../../graph/types.ts';
import type { Platform } from '../release/platform.ts';
import { dlaForms } from './dla/rewrite.ts';
import { lowerGraph } from './lower.ts';
import { standardAttention } from './standard.ts';

/**
 * Law: the same function in operators that the release parses, and where a DLA is to run it, in layers that keep it there. What is
 * quantised and written for the platform: attention in the MatMuls and the Softmax that engines have in int8 and fuse themselves,
 * which the kernels of tinyml compute in one step.
 * @throws TinymlError E_OP as `lowerGraph`
 */
export function preparedFor(graph: Graph, { release, dlaCore }: Platform): Graph {
  const standard = standardAttention(graph);
  return lowerGraph(dlaCore === null ? standard : dlaForms(standard), release);
}
