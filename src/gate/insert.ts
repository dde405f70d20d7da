/** Splices gates into graphs: what decides, what is blended, and the state that is carried. */
import { TinymlError } from '../diagnostics/errors.ts';
import { float, int, makeNode, strings } from '../graph/build.ts';
import { PATCH_GATE, PATCH_REUSE, PATCH_STATISTICS } from '../graph/own-operators.ts';
import { dataInputs, dataOutputs } from '../graph/state.ts';
import type { Graph, Node, Port, StateTie, Tensor, Value } from '../graph/types.ts';
import { verifyGraph } from '../graph/verify.ts';

/** When a gate computes a patch whatever its score is, and how it sees the frame. */
export type GateSettings = {
  /** Pixels along a side of a patch, which divides the sides of the gated tensor. */
  readonly patch: number;
  /** The real size of one code of the gated tensor: changes are counted in it. */
  readonly unit: number;
  /** A patch that was kept so often is computed: 0 (never for that) to 255. */
  readonly maxAge: number;
  /** Frames from one whole frame to the next: 0 (never for that) to 255. */
  readonly keyFrame: number;
  /** Share of active patches from which on the whole frame is computed; above 1: never for that. */
  readonly sceneCut: number;
  /** Share of a tensor from which on it is computed densely; it never changes a result. */
  readonly denseAbove: number;
};

type Gate = {
  /** Prefix of the names of all that the gate brings along. */
  readonly name: string;
  /** The gated value [1, channels, height, width]. */
  readonly value: string;
  /**
   * What decides: its data input is "statistics" [1, 4, rows, columns] or "pair" (the value and its reference one behind the
   * other on the channels), or it has none; its first data output is the scores [1, 1, rows, columns]. Its own state
   * becomes state of the model.
   */
  readonly network: Graph;
  readonly settings: GateSettings;
  /** Values that are computed densely, behind which nothing is gated. */
  readonly ends: readonly string[];
  /**
   * Values that are kept outside active patches, whatever the patches around them did (the fast mode). Without any the model
   * is the dense one on the blended input (the exact mode).
   */
  readonly kept: readonly string[];
};

/** The value of a graph that holds the mask of a gate [1, 1, rows, columns]: 1 where a patch was computed. */
export function maskOf(gate: string): string {
  return `${gate}/mask`;
}

/**
 * The graph with the gate in it. All that read the gated value read what the gate gives in its place, under the name
 * `<gate>/blended`.
 * @throws TinymlError E_OP for a value that cannot be gated, and for names that are taken
 */
export function insertGate(graph: Graph, gate: Gate): Graph {
  const { value, kept, name } = gate;
  const { shape } = gatedValue(graph, value);
  const addition = gateParts(gate, shape);
  const reuse = kept.map((layer) => reuseParts(graph, gate, layer));
  const parts = [addition, ...reuse];
  const taken = parts.flatMap(({ values }) => values).find((added) => graph.values.has(added.name));
  if (taken !== undefined) {
    throw new TinymlError('E_OP', `the graph has a value "${taken.name}" already`, {
      at: `gate "${name}"`,
      hint: 'gate the model that has no gates yet',
    });
  }
  const renamed = new Map(parts.map(({ replaces, by }) => [replaces, by]));
  const read = (input: string): string => renamed.get(input) ?? input;
  const behind = new Map(parts.map((part) => [part.replaces, part]));
  const isInput = graph.inputs.some((port) => port.value === value);
  const nodes = graph.nodes.flatMap((node) => [
    { ...node, inputs: node.inputs.map(read) },
    ...node.outputs.flatMap((output) => behind.get(output)?.nodes ?? []),
  ]);
  return verifyGraph({
    ...graph,
    nodes: isInput ? [...addition.nodes, ...nodes] : nodes,
    inputs: [...graph.inputs, ...parts.flatMap(({ inputs }) => inputs)],
    outputs: [
      // What shows an input stays that input, whose name it has.
      ...graph.outputs.map((port) =>
        isInput && port.value === value ? port : { ...port, value: read(port.value) },
      ),
      ...parts.flatMap(({ outputs }) => outputs),
    ],
    state: [...graph.state, ...parts.flatMap(({ state }) => state)],
    values: new Map([
      ...graph.values,
      ...parts.flatMap(({ values }) => values.map((added) => [added.name, added] as const)),
    ]),
    constants: new Map([...graph.constants, ...parts.flatMap(({ constants }) => [...constants])]),
  });
}

/** What is put into a graph behind one value, whose readers then read another. */
type Parts = {
  readonly replaces: string;
  readonly by: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly state: readonly StateTie[];
  readonly values: readonly Value[];
  readonly constants: ReadonlyMap<string, Tensor>;
};

function gatedValue(graph: Graph, name: string): Value {
  const value = graph.values.get(name);
  const fits = value?.dtype === 'float32' && value.shape.length === 4 && value.shape[0] === 1;
  if (value !== undefined && fits && value.quant === null && !graph.constants.has(name)) return value;
  throw new TinymlError('E_OP', 'only a float32 tensor [1, channels, height, width] can be gated', {
    at: `tensor "${name}"`,
    hint:
      value?.quant == null
        ? 'gate the input frame or a feature map'
        : 'gate the float model, then quantise it',
  });
}

const real = (name: string, shape: readonly number[]): Value => ({
  name,
  dtype: 'float32',
  shape,
  quant: null,
});

const port = (name: string): Port => ({ name, value: name, dtype: 'float32' });

function gateParts({ name, value, network, settings, ends }: Gate, shape: readonly number[]): Parts {
  const { patch, unit, maxAge, keyFrame, sceneCut, denseAbove } = settings;
  const [, channels = 0, height = 0, width = 0] = shape;
  const grid = [1, 1, height / patch, width / patch];
  const own = (part: string): string => `${name}/${part}`;
  const [reference, age, clock, blended] = ['reference', 'age', 'clock', 'blended'].map(own) as [
    string,
    string,
    string,
    string,
  ];
  const [nextAge, nextClock] = [own('next_age'), own('next_clock')];
  const [seen] = dataInputs(network);
  const inner = splice(network, name);
  const decide = makeNode(
    PATCH_GATE,
    [inner.read(dataOutputs(network)[0]!.value), value, reference, age, clock],
    [blended, maskOf(name), nextAge, nextClock],
    {
      patch: int(patch),
      max_age: int(maxAge),
      key_frame: int(keyFrame),
      scene_cut: float(sceneCut),
      dense_above: float(denseAbove),
      ...(ends.length === 0 ? {} : { ends: strings(ends) }),
    },
    own('gate'),
  );
  const sight = seen === undefined ? [] : [sightNode(seen, value, reference, patch, unit, inner.read)];
  return {
    replaces: value,
    by: blended,
    nodes: [...sight, ...inner.nodes, decide],
    inputs: [reference, age, clock].map(port).concat(inner.inputs),
    outputs: [blended, nextAge, nextClock].map(port).concat(inner.outputs),
    state: [
      { input: reference, output: blended },
      { input: age, output: nextAge },
      { input: clock, output: nextClock },
      ...inner.state,
    ],
    values: [
      real(reference, [1, channels, height, width]),
      real(blended, [1, channels, height, width]),
      ...[age, nextAge, maskOf(name)].map((part) => real(part, grid)),
      ...[clock, nextClock].map((part) => real(part, [1, 1, 1, 1])),
      ...inner.values,
    ],
    constants: inner.constants,
  };
}

/** The node that makes what the network of a gate takes. */
function sightNode(
  seen: Port,
  value: string,
  reference: string,
  patch: number,
  unit: number,
  read: (name: string) => string,
): Node {
  const inputs = [value, reference];
  const outputs = [read(seen.value)];
  if (seen.name === 'pair') return makeNode('Concat', inputs, outputs, { axis: int(1) });
  return makeNode(PATCH_STATISTICS, inputs, outputs, { patch: int(patch), unit: float(unit) });
}

type Spliced = Pick<Parts, 'nodes' | 'inputs' | 'outputs' | 'state' | 'values' | 'constants'> & {
  /** The name inside the other graph. */
  readonly read: (name: string) => string;
};

/** The network of a gate under names of its own; only its state stays among inputs and outputs. */
function splice(network: Graph, gate: string): Spliced {
  const read = (name: string): string => (name === '' ? '' : `${gate}/${name}`);
  const rename = ({ name, value, dtype }: Port): Port => ({ name: read(name), value: read(value), dtype });
  const carriedIn = new Set(network.state.map(({ input }) => input));
  const carriedOut = new Set(network.state.map(({ output }) => output));
  return {
    read,
    nodes: network.nodes.map((node) => ({
      ...node,
      name: read(node.name),
      inputs: node.inputs.map(read),
      outputs: node.outputs.map(read),
    })),
    inputs: network.inputs.filter(({ name }) => carriedIn.has(name)).map(rename),
    outputs: network.outputs.filter(({ name }) => carriedOut.has(name)).map(rename),
    state: network.state.map(({ input, output }) => ({ input: read(input), output: read(output) })),
    values: [...network.values.values()].map((value) => ({ ...value, name: read(value.name) })),
    constants: new Map([...network.constants].map(([name, tensor]) => [read(name), tensor])),
  };
}

function reuseParts(graph: Graph, { name }: Gate, layer: string): Parts {
  const { shape } = gatedValue(graph, layer);
  const reference = `${name}/${layer}/reference`;
  const blended = `${name}/${layer}/blended`;
  return {
    replaces: layer,
    by: blended,
    nodes: [makeNode(PATCH_REUSE, [layer, reference, maskOf(name)], [blended], {}, `${name}/${layer}/reuse`)],
    inputs: [port(reference)],
    outputs: [port(blended)],
    state: [{ input: reference, output: blended }],
    values: [real(reference, shape), real(blended, shape)],
    constants: new Map(),
  };
}
