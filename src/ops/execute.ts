/**
 * The float executor of a Graph: the meaning that calibration observes and that quantised programs are compared
 * with. Sums of Conv, Gemm and MatMul are formed in float64, everything is stored as float32.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount, sameShape } from '../graph/tensor.ts';
import type { Graph, Node, Port, Quant, Tensor, Value } from '../graph/types.ts';
import { prepareConv, prepareConvTranspose } from './conv.ts';
import { describeNode, type Inputs } from './define.ts';
import { prepareGemm, prepareMatMul } from './gemm.ts';
import { operators } from './index.ts';
import { createTools, type Prepared, type Tools } from './prepare.ts';
import { dequantizeTensor, fakeQuantize, quantizeTensor } from './quant.ts';

/** Sees a value as soon as it is known: model inputs first, then every output of every node. */
type Visit = (value: string, tensor: Tensor) => void;

type Executor = {
  /**
   * Inputs and outputs in the order of `graph.inputs` and `graph.outputs`, with the shape of their value and the
   * dtype of their port. The tensors given to `visit` and given back must not be written to: they may share
   * memory.
   * @throws TinymlError E_DATA if an input does not fit its port.
   */
  readonly run: (inputs: readonly Tensor[], visit?: Visit) => readonly Tensor[];
};

/** Operators that gain from work done once: weights packed, offsets listed. The others run as they are. */
const PREPARED: ReadonlyMap<string, (node: Node, inputs: Inputs, tools: Tools) => Prepared> = new Map([
  ['Conv', prepareConv],
  ['ConvTranspose', prepareConvTranspose],
  ['Gemm', prepareGemm],
  ['MatMul', prepareMatMul],
]);

type Step = {
  readonly node: Node;
  readonly run: Prepared;
  /** Values that no later step reads. */
  readonly dead: readonly string[];
};

/**
 * Values with `quant` are fake-quantised as soon as they are known: quantised as ONNX QuantizeLinear does (round
 * half to even, clamp), then dequantised. Quantised constants are dequantised once, here. A port of type int8 or
 * uint8 takes and gives the stored integers.
 * @throws TinymlError E_OP naming all operators that are not supported; what `infer` of a node throws.
 */
export function createExecutor(graph: Graph): Executor {
  checkOperators(graph);
  const constants: ReadonlyMap<string, Tensor> = new Map(
    [...graph.constants].map(([name, tensor]) => {
      const { quant } = graph.values.get(name)!;
      return [name, quant === null ? tensor : dequantizeTensor(tensor, quant)] as const;
    }),
  );
  const tools = createTools();
  const dying = dyingValues(graph, graph.nodes);
  const steps = graph.nodes.map((node, i): Step => {
    return { node, run: prepareNode(graph, node, constants, tools), dead: dying[i]! };
  });

  const run: Executor['run'] = (inputs, visit) => {
    const known = new Map(constants);
    const learn = (name: string, tensor: Tensor) => {
      const { quant } = graph.values.get(name)!;
      const meaning = quant === null ? tensor : fakeQuantize(tensor, quant);
      known.set(name, meaning);
      visit?.(name, meaning);
    };
    readPorts(graph, inputs).forEach((tensor, i) => {
      learn(graph.inputs[i]!.value, tensor);
    });
    for (const { node, run: runNode, dead } of steps) {
      const outputs = runNode(node.inputs.map((name) => (name === '' ? null : known.get(name)!)));
      node.outputs.forEach((name, i) => {
        if (name !== '') learn(name, outputs[i]!);
      });
      for (const name of dead) known.delete(name);
    }
    return graph.outputs.map((port) => writePort(graph, port, known.get(port.value)!));
  };
  return { run };
}

/** @throws TinymlError E_OP naming all operators that are not supported */
export function checkOperators(graph: Graph): void {
  const unknown = graph.nodes.filter((node) => !operators.has(node.op));
  if (unknown.length === 0) return;
  const names = [...new Set(unknown.map((node) => node.op))].sort();
  throw new TinymlError(
    'E_OP',
    `${names.length === 1 ? 'an operator is' : 'operators are'} not supported: ${names.join(', ')}`,
    { at: unknown.map(describeNode), hint: 'docs/operators.md lists the supported operators' },
  );
}

/** A node made ready to run. @throws what `infer` of its operator throws */
export function prepareNode(
  graph: Graph,
  node: Node,
  constants: ReadonlyMap<string, Tensor>,
  tools: Tools,
): Prepared {
  const infos = node.inputs.map((name) => {
    if (name === '') return null;
    const { dtype, shape } = graph.values.get(name)!;
    return { dtype, shape, data: constants.get(name)?.data ?? null };
  });
  const operator = operators.get(node.op)!;
  operator.infer(node, infos);
  return PREPARED.get(node.op)?.(node, infos, tools) ?? ((tensors) => operator.run(node, tensors));
}

/** For each stage of a run the computed values and model inputs that it is the last to touch, model outputs left out. */
export function dyingValues(
  graph: Graph,
  stages: readonly Pick<Node, 'inputs' | 'outputs'>[],
): readonly (readonly string[])[] {
  const settled = new Set(['', ...graph.constants.keys(), ...graph.outputs.map((port) => port.value)]);
  const dying = stages.toReversed().map(({ inputs, outputs }) => {
    const dead = [...new Set([...inputs, ...outputs])].filter((name) => !settled.has(name));
    for (const name of dead) settled.add(name);
    return dead;
  });
  return dying.reverse();
}

/** The inputs of a model as real numbers. @throws TinymlError E_DATA if one does not fit its port */
export function readPorts(
  graph: Pick<Graph, 'inputs' | 'values'>,
  inputs: readonly Tensor[],
): readonly Tensor[] {
  if (inputs.length !== graph.inputs.length) {
    throw new TinymlError('E_DATA', `${inputs.length} inputs for a model of ${graph.inputs.length}`, {
      hint: `give one tensor for each of ${graph.inputs.map((port) => port.name).join(', ')}`,
    });
  }
  return graph.inputs.map((port, i) => readPort(graph, port, inputs[i]!));
}

function readPort(graph: Pick<Graph, 'values'>, port: Port, tensor: Tensor): Tensor {
  const value = graph.values.get(port.value)!;
  const fits =
    tensor.dtype === port.dtype &&
    sameShape(tensor.shape, value.shape) &&
    tensor.data.length === elementCount(value.shape);
  if (!fits) {
    const { dtype, shape } = tensor;
    throw new TinymlError(
      'E_DATA',
      `a ${dtype} tensor of shape [${shape.join(', ')}] does not fit the input`,
      {
        at: `input "${port.name}"`,
        hint: `give a ${port.dtype} tensor of shape [${value.shape.join(', ')}]`,
      },
    );
  }
  return crossesAsIntegers(port, value) ? dequantizeTensor(tensor, value.quant) : tensor;
}

function writePort(graph: Graph, port: Port, tensor: Tensor): Tensor {
  const value = graph.values.get(port.value)!;
  return crossesAsIntegers(port, value) ? quantizeTensor(tensor, value.quant) : tensor;
}

function crossesAsIntegers(port: Port, value: Value): value is Value & { readonly quant: Quant } {
  return value.quant !== null && port.dtype !== value.dtype;
}
