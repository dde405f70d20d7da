/** A graph in two at one value: what makes it, and what is made of it. */
import { producers, removeDead } from './rewrite.ts';
import type { Graph } from './types.ts';

export type Halves = {
  /** From the inputs of the graph to the value, its only output. */
  readonly head: Graph;
  /** From the value, its only input, to the outputs of the graph. */
  readonly tail: Graph;
};

/**
 * Law: the tail of what the head gives is what the graph gives, but for the rounding of float sums.
 * @returns null where the value does not separate the graph: it is an input, a constant or the only output, there is state, or another
 *   value that inputs reach is read behind it
 */
export function cutGraph(graph: Graph, value: string): Halves | null {
  const makers = producers(graph);
  const maker = makers.get(value);
  const cut = graph.values.get(value);
  if (maker === undefined || cut === undefined || graph.state.length > 0) return null;
  if (graph.outputs.some((port) => port.value === value)) return null;
  const dtype = cut.quant?.dtype ?? cut.dtype;
  const port = { name: value, value, dtype };
  const head = removeDead({ ...graph, outputs: [port] });
  const tail = removeDead({
    ...graph,
    inputs: [port],
    metadata: new Map(),
    nodes: graph.nodes.filter((node) => node !== maker),
  });
  const made = new Set([value, ...tail.nodes.flatMap(({ outputs }) => outputs)]);
  const separates = tail.nodes.every(({ inputs }) =>
    inputs.every((name) => name === '' || made.has(name) || graph.constants.has(name)),
  );
  return separates && tail.nodes.some(({ inputs }) => inputs.includes(value)) ? { head, tail } : null;
}
