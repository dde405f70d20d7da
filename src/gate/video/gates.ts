/** Gates that a graph has, and the graph without them. */
import { PATCH_GATE, PATCH_REUSE } from '../../graph/own-operators.ts';
import { producers, removeDead, startEdit } from '../../graph/rewrite.ts';
import { dataOutputs, statePairs } from '../../graph/state.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { intAttribute, stringsAttribute } from '../../ops/attributes.ts';

/** A PatchGate by the names of its values. */
export type GateValues = {
  readonly name: string;
  readonly node: Node;
  readonly patch: number;
  readonly scores: string;
  /** The gated value, and what it was computed from last: both [1, channels, height, width]. */
  readonly x: string;
  readonly reference: string;
  readonly blended: string;
  /** [1, 1, rows, columns] of 0 and 1. */
  readonly mask: string;
  readonly rows: number;
  readonly columns: number;
  /** Values and nodes at which the gating ends. */
  readonly ends: ReadonlySet<string>;
};

export function gatesIn({ nodes, values }: Graph): readonly GateValues[] {
  return nodes
    .filter(({ op }) => op === PATCH_GATE)
    .map((node) => {
      const [scores, x, reference] = node.inputs as readonly [string, string, string];
      const [blended, mask] = node.outputs as readonly [string, string];
      const [, , rows = 0, columns = 0] = values.get(mask)!.shape;
      return {
        name: node.name.replace(/\/[^/]*$/, ''),
        node,
        patch: intAttribute(node, 'patch', 1),
        scores,
        x,
        reference,
        blended,
        mask,
        rows,
        columns,
        ends: new Set(stringsAttribute(node, 'ends', [])),
      };
    });
}

/** Values that the fast mode keeps outside active patches, each with the mask that says where. */
export function keptValues({ nodes }: Graph): ReadonlyMap<string, string> {
  return new Map(
    nodes.filter(({ op }) => op === PATCH_REUSE).map(({ inputs }) => [inputs[0]!, inputs[2]!] as const),
  );
}

/** The graph with the masks of all gates among its outputs, after its own, in the order of `gatesIn`. */
export function withMasks(graph: Graph): Graph {
  const masks = gatesIn(graph).map(({ mask }) => ({ name: mask, value: mask, dtype: 'float32' as const }));
  return { ...graph, outputs: [...graph.outputs, ...masks] };
}

/** The graph in which every patch is always computed: what the model was before it was gated. */
export function withoutGates(graph: Graph): Graph {
  return redirected(graph, (node) => (node.op === PATCH_GATE ? node.inputs[1]! : keptSource(node)));
}

/** The graph in which no layer keeps what it had, but gates still blend what they gate. */
export function withoutReuse(graph: Graph): Graph {
  return redirected(graph, keptSource);
}

/** What gives the scores of a gate for a frame and its reference: two inputs, one output, and state of its own. */
export function scorerOf(graph: Graph, { scores, x, reference }: GateValues): Graph {
  const port = (value: string) => ({ name: value, value, dtype: 'float32' as const });
  const free = graph.state.filter(({ input }) => input !== portOf(graph, reference));
  const ties = new Set(free.flatMap(({ input, output }) => [input, output]));
  return withLiveState({
    ...graph,
    inputs: [
      port(x),
      port(reference),
      ...graph.inputs.filter(({ name, value }) => ties.has(name) && value !== x),
    ],
    outputs: [port(scores), ...graph.outputs.filter(({ name }) => ties.has(name))],
    state: free,
  });
}

function portOf({ inputs }: Graph, value: string): string | undefined {
  return inputs.find((port) => port.value === value)?.name;
}

const keptSource = (node: Node): string | null => (node.op === PATCH_REUSE ? node.inputs[0]! : null);

/** Nodes whose first output is replaced by another value, and with them state that nothing else reads. */
function redirected(graph: Graph, replacementOf: (node: Node) => string | null): Graph {
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const replacement = replacementOf(node);
    if (replacement !== null) edit.redirect(node.outputs[0]!, replacement);
  }
  return withLiveState(edit.finish());
}

/** The graph with the state alone that a result depends on, by whatever way through runs before. */
function withLiveState(graph: Graph): Graph {
  const pairs = statePairs(graph);
  const producer = producers(graph);
  const live = new Set<string>();
  const reach = (value: string): void => {
    const waiting = [value];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (live.has(name)) continue;
      live.add(name);
      waiting.push(...(producer.get(name)?.inputs ?? []));
    }
  };
  for (const { value } of dataOutputs(graph)) reach(value);
  for (let before = -1; before !== live.size; ) {
    before = live.size;
    for (const { input, output } of pairs) if (live.has(input.value)) reach(output.value);
  }
  const dead = pairs.filter(({ input }) => !live.has(input.value));
  const [inputs, outputs] = [dead.map(({ input }) => input.name), dead.map(({ output }) => output.name)];
  return removeDead({
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !inputs.includes(name)),
    outputs: graph.outputs.filter(({ name }) => !outputs.includes(name)),
    state: graph.state.filter(({ input }) => !inputs.includes(input)),
  });
}
