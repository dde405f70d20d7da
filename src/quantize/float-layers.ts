/** Layers that are left in float32 where the others are quantised: their nodes, and the values that have no codes then. */
import { TinymlError } from '../diagnostics/errors.ts';
import { consumers, outputValues, producers } from '../graph/rewrite.ts';
import { statePairs } from '../graph/state.ts';
import type { Graph, Node } from '../graph/types.ts';
import { floatRule } from '../lower/float32/rules.ts';
import { viewGraph } from '../passes/match.ts';
import { isMover } from '../passes/movers.ts';
import { layersNamed } from './named-layers.ts';

/**
 * The nodes of layers by the words that name them (`layersNamed`); an activation that is computed with a layer goes with it. Of operators,
 * ranges and `all`, what has no float32 kernel is left out.
 * @param fused values that only an activation reads, which is computed with what makes them
 * @throws TinymlError E_USAGE for a name that the model does not have, E_OP for a layer without a float32 kernel
 */
export function floatNodes(
  graph: Graph,
  words: readonly string[],
  fused: ReadonlySet<string>,
): ReadonlySet<Node> {
  const makers = producers(graph);
  const readers = consumers(graph);
  const view = viewGraph(graph);
  const whole = (node: Node): readonly Node[] => {
    const layer = fused.has(node.inputs[0] ?? '') ? makers.get(node.inputs[0]!)! : node;
    return [layer, ...(fused.has(layer.outputs[0]!) ? (readers.get(layer.outputs[0]!) ?? []) : [])];
  };
  const meant = words.map((word) => {
    const { nodes, one } = layersNamed(graph, word, `--float ${word}`);
    const layers = nodes.map(whole);
    const able = layers.filter((layer) => layer.every((node) => floatRule(view, node) !== null));
    return one || able.length === 0 ? layers : able;
  });
  const nodes = new Set(meant.flat(2));
  const without = [...nodes].filter((node) => floatRule(view, node) === null);
  if (without.length === 0) return nodes;
  throw new TinymlError(
    'E_OP',
    without.length === 1
      ? 'a layer has no float32 kernel'
      : `${without.length} layers have no float32 kernel`,
    {
      at: without.map(({ name, op }) => `--float ${name} (${op})`),
      hint: 'leave it out: it is computed in integers',
    },
  );
}

/** Whether a node of that name could be left in float32. */
export function hasFloatKernel(graph: Graph, name: string): boolean {
  const node = graph.nodes.find((one) => one.name === name);
  return node !== undefined && floatRule(viewGraph(graph), node) !== null;
}

/**
 * What float32 layers make for float32 layers alone, or for the outside: values that nothing which computes in integers makes or reads.
 * What only moves elements between such layers is one of them.
 */
export function valuesWithoutCodes(graph: Graph, named: ReadonlySet<Node>): ReadonlySet<string> {
  if (named.size === 0) return new Set();
  const makers = producers(graph);
  const readers = consumers(graph);
  const ports = new Set(graph.inputs.map(({ value }) => value));
  const outputs = outputValues(graph);
  const tied = new Set(statePairs(graph).flatMap(({ input, output }) => [input.value, output.value]));
  const nodes = new Set(named);
  const isFree = (value: string): boolean => {
    const maker = makers.get(value);
    return graph.constants.has(value) || (maker === undefined ? ports.has(value) : nodes.has(maker));
  };
  for (const node of graph.nodes) {
    const [first = ''] = node.inputs;
    const behind = makers.get(first);
    if (isMover(node) && behind !== undefined && nodes.has(behind) && node.inputs.every(isFree))
      nodes.add(node);
  }
  const readInFloat = (value: string): boolean => (readers.get(value) ?? []).every((node) => nodes.has(node));
  for (const node of [...graph.nodes].reverse()) {
    if (!named.has(node) && nodes.has(node) && !node.outputs.every(readInFloat)) nodes.delete(node);
  }
  return new Set(
    [...graph.values.keys()].filter((value) => {
      const isRead = readers.has(value) || outputs.has(value);
      return isRead && !graph.constants.has(value) && !tied.has(value) && isFree(value) && readInFloat(value);
    }),
  );
}
