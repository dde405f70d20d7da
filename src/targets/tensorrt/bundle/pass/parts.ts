/**
 * A gated model in the four networks that engines are built of: the gate; the stage behind it for the patches that are active;
 * the same for a whole frame; what comes behind. Their ports have names that are safe in every language.
 */
import { TinymlError } from '../../../../diagnostics/errors.ts';
import { IDS_INPUT, idsForm } from '../../../../gate/ids-form.ts';
import { gatesIn } from '../../../../gate/video/gates.ts';
import { removeDead } from '../../../../graph/rewrite.ts';
import { dataInputs, dataOutputs } from '../../../../graph/state.ts';
import type { Graph, Port, StateTie } from '../../../../graph/types.ts';
import { graphMacs } from '../../../../passes/graph-macs.ts';
import type { TensorRtModel } from '../../release/model.ts';
import { withPairsOnTiles } from './pairs.ts';

export type PassParts = {
  readonly gate: Graph;
  /** Its `cacheN` take what its `cacheN_next`, or those of `dense`, gave for the frame before. */
  readonly stage: Graph;
  /** The stage for a whole frame. */
  readonly dense: Graph;
  /** Null where the outputs of the stage are those of the model. */
  readonly rest: Graph | null;
  readonly caches: readonly StateTie[];
  readonly grid: { readonly rows: number; readonly columns: number };
  /** Side of a patch in pixels. */
  readonly patch: number;
  /** The outputs of the model by their own names, and the outputs of `rest`, or of the stage without one, that they are. */
  readonly results: readonly { readonly name: string; readonly port: string }[];
};

const FRAME = 'frame';
export const BLENDED = 'blended';
export const STALE = 'stale';
export const IDS = IDS_INPUT;

const before = (name: string, i: number): string => `${name}${i}`;
const after = (name: string, i: number): string => `${name}${i}_next`;

/**
 * @param gated with one gate, in exact mode, of its only input
 * @param model of the same without gates: values have the names that they have in `gated`
 * @throws TinymlError E_OP where there is no form with ids
 */
export function passParts(gated: Graph, model: TensorRtModel): PassParts {
  const form = idsForm(gated);
  const gate = gatesIn(gated)[0]!;
  requireOneFrame(gated, gate.x);
  const computed = model.quantized ?? model.float;
  const cacheNames = namesOf(form.caches, 'cache');
  const shared = new Map([...cacheNames, [gate.blended, BLENDED]]);
  const [frame] = dataInputs(form.gate);
  const results = dataOutputs(form.rest ?? gated).map(({ name, value }, i) => ({
    name,
    value,
    // What the stage gives itself goes through no network more.
    port: cacheNames.get(value) ?? before('output', i),
  }));
  const rest = restOf(form.rest, computed, gate, shared, results);
  return {
    gate: renamed(
      form.gate,
      new Map([...namesOf(form.gate.state, 'state'), ...shared, [frame!.name, FRAME]]),
    ),
    stage: withPairsOnTiles(renamed(form.stage, shared), computed),
    dense: part(
      computed,
      [portOf(BLENDED, gate.x)],
      form.caches.map(({ output }) => portOf(cacheNames.get(output)!, output)),
    ),
    rest,
    caches: form.caches.map((_, i) => ({ input: before('cache', i), output: after('cache', i) })),
    grid: { rows: gate.rows, columns: gate.columns },
    patch: gate.patch,
    results: results.map(({ name, port }) => ({ name, port })),
  };
}

/** How many times its share of a whole frame a patch in a list costs: it is computed with what lies around it. */
export function costOfLists({ stage, dense }: Pick<PassParts, 'stage' | 'dense'>): number {
  return graphMacs(stage) / graphMacs(dense);
}

function requireOneFrame(gated: Graph, x: string): void {
  const inputs = dataInputs(gated);
  if (inputs.length === 1 && inputs[0]!.value === x) return;
  throw new TinymlError(
    'E_OP',
    'only a model whose gate is that of its one input runs in parts on a Jetson',
    {
      at: inputs.map(({ name }) => `input "${name}"`),
      hint: 'make it with "tinyml gate --layers auto"',
    },
  );
}

const portOf = (name: string, value: string): Port => ({ name, value, dtype: 'float32' });

/** Numbered names for both ends of ties. */
function namesOf(ties: readonly StateTie[], name: string): ReadonlyMap<string, string> {
  return new Map(
    ties.flatMap(({ input, output }, i) => [
      [input, before(name, i)],
      [output, after(name, i)],
    ]),
  );
}

/** The graph with other names of its ports, where there are any for them. */
function renamed(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const nameOf = (name: string): string => names.get(name) ?? name;
  const ports = (list: readonly Port[]): readonly Port[] =>
    list.map((port) => ({ ...port, name: nameOf(port.name) }));
  return {
    ...graph,
    inputs: ports(graph.inputs),
    outputs: ports(graph.outputs),
    state: graph.state.map(({ input, output }) => ({ input: nameOf(input), output: nameOf(output) })),
  };
}

/** What lies between values of a graph. */
function part(
  graph: Graph,
  inputs: readonly Port[],
  outputs: readonly Port[],
  state: Graph['state'] = [],
): Graph {
  const given = new Set(inputs.map(({ value }) => value));
  const nodes = graph.nodes.filter((node) => !node.outputs.some((name) => given.has(name)));
  const { values, ...cut } = removeDead({ ...graph, nodes, inputs, outputs, state });
  const known = new Set([...given, ...cut.constants.keys(), ...cut.nodes.flatMap((node) => node.outputs)]);
  return { ...cut, values: new Map([...values].filter(([name]) => known.has(name))) };
}

/** What is behind the stage, as it is in the model without gates; its own state is numbered, too. */
function restOf(
  rest: Graph | null,
  computed: Graph,
  { x, blended }: { readonly x: string; readonly blended: string },
  shared: ReadonlyMap<string, string>,
  results: readonly { readonly name: string; readonly value: string; readonly port: string }[],
): Graph | null {
  const outputs = results
    .filter(({ value }) => !shared.has(value))
    .map(({ port, value }) => portOf(port, value));
  if (rest === null || outputs.length + rest.state.length === 0) return null;
  const state = namesOf(rest.state, 'state');
  const own = (ports: readonly Port[]): readonly Port[] =>
    ports.flatMap((port) => (state.has(port.name) ? [{ ...port, name: state.get(port.name)! }] : []));
  const given = rest.inputs.filter(({ name }) => !state.has(name));
  const inputs = given.map(({ value }) => portOf(shared.get(value)!, value === blended ? x : value));
  const ties = rest.state.map(({ input, output }) => ({
    input: state.get(input)!,
    output: state.get(output)!,
  }));
  return part(computed, [...inputs, ...own(rest.inputs)], [...outputs, ...own(rest.outputs)], ties);
}
