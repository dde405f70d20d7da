import type { Graph } from '../../../graph/types.ts';
import type { Platform } from '../release/platform.ts';
import { dlaForms } from './dla/rewrite.ts';
import { lowerGraph } from './lower.ts';

/**
 * Law: the same function in operators that the release parses, and where a DLA is to run it, in layers that keep it there. What is
 * quantised and written for the platform.
 * @throws TinymlError E_OP as `lowerGraph`
 */
export function preparedFor(graph: Graph, { release, dlaCore }: Platform): Graph {
  return lowerGraph(dlaCore === null ? graph : dlaForms(graph), release);
}
