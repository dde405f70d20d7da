/** What a graph holds: ports, operators, cost and quantisation, as one value to print or to save. */
import type { Graph, StateTie, Tensor } from '../graph/types.ts';
import { operators } from '../ops/index.ts';
import type { InputInfo } from '../ops/types.ts';
import type { FoldedNode } from '../passes/fold-batch-norm.ts';

type PortInspection = {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
};

type NodeInspection = {
  readonly name: string;
  readonly op: string;
  readonly outputShape: readonly number[];
  readonly macs: number;
  readonly parameters: number;
  /** Nodes of the file that are part of its weights and bias. */
  readonly folded: readonly { readonly name: string; readonly op: string }[];
};

export type GraphInspection = {
  readonly inputs: readonly PortInspection[];
  readonly outputs: readonly PortInspection[];
  /** Outputs that go into inputs of the next run. */
  readonly state: readonly StateTie[];
  /** Number of nodes by operator, most frequent first. */
  readonly operators: Readonly<Record<string, number>>;
  readonly nodes: readonly NodeInspection[];
  readonly macs: number;
  readonly parameters: number;
  readonly parameterBytes: number;
  /** `float`: no activation has a scale; `int8`: all have; `mixed`: some. */
  readonly quantisation: 'float' | 'int8' | 'mixed';
  /** Nodes with weights of 4 bits. */
  readonly fourBits: number;
};

/** @param folded into nodes of the graph, as far as that is to be told */
export function inspectGraph(graph: Graph, folded: readonly FoldedNode[] = []): GraphInspection {
  const nodes = graph.nodes.map((node): NodeInspection => {
    const inputs = node.inputs.map((name): InputInfo | null => {
      if (name === '') return null;
      const { dtype, shape } = graph.values.get(name)!;
      return { dtype, shape, data: graph.constants.get(name)?.data ?? null };
    });
    const outputs = node.outputs.map(
      (name) => graph.values.get(name) ?? { dtype: 'float32' as const, shape: [] },
    );
    return {
      name: node.name,
      op: node.op,
      outputShape: outputs[0]!.shape,
      macs: operators.get(node.op)?.macs(node, inputs, outputs) ?? 0,
      parameters: node.inputs.reduce((sum, name) => sum + (graph.constants.get(name)?.data.length ?? 0), 0),
      folded: folded.filter(({ into }) => into === node.name).map(({ name, op }) => ({ name, op })),
    };
  });
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const port = ({ name, value, dtype }: Graph['inputs'][number]): PortInspection => ({
    name,
    dtype,
    shape: graph.values.get(value)!.shape,
  });
  const constants = [...graph.constants.values()];
  return {
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    state: graph.state,
    operators: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1])),
    nodes,
    macs: nodes.reduce((sum, node) => sum + node.macs, 0),
    parameters: constants.reduce((sum, tensor) => sum + tensor.data.length, 0),
    parameterBytes: [...graph.constants].reduce(
      (sum, [name, tensor]) => sum + storedBytes(graph, name, tensor),
      0,
    ),
    quantisation: quantizationOf(graph),
    fourBits: graph.nodes.filter(({ inputs }) => inputs.some((name) => hasFourBits(graph, name))).length,
  };
}

function hasFourBits(graph: Graph, name: string): boolean {
  return graph.values.get(name)?.quant?.fourBits !== undefined;
}

/** Two codes of 4 bits share a byte; scales are not counted. */
function storedBytes(graph: Graph, name: string, { data }: Tensor): number {
  return hasFourBits(graph, name) ? Math.ceil(data.length / 2) : data.byteLength;
}

function quantizationOf(graph: Graph): GraphInspection['quantisation'] {
  const activations = [...graph.values.values()].filter(
    ({ name, dtype }) => dtype === 'float32' && !graph.constants.has(name),
  );
  const quantized = activations.filter(({ quant }) => quant !== null).length;
  const weights = [...graph.values.values()].some(
    ({ name, quant }) => graph.constants.has(name) && quant !== null,
  );
  if (quantized === 0 && !weights) return 'float';
  // Values inside a fused pair (Conv before Relu) need no scale of their own.
  return weights && graph.outputs.every(({ value }) => graph.values.get(value)!.quant !== null)
    ? 'int8'
    : 'mixed';
}
