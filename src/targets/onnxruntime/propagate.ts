import { makeNode } from '../../graph/build.ts';
import { consumers, outputValues, producers, startEdit } from '../../graph/rewrite.ts';
import type { Graph, Node } from '../../graph/types.ts';

/** Operators across which ONNX Runtime moves a quantisation. MaxPool only in the form it has from opset 12 on. */
const CARRIERS = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Transpose', 'Slice', 'MaxPool']);

/** Names of scale and zero point, as the inputs of a Q or DQ node. */
type Parameters = readonly string[];

/**
 * Law: no value changes that lies on its grid already. Puts Q/DQ pairs around nodes that only move elements, as ONNX
 * Runtime's QDQPropagation does: before one whose output alone is quantised, behind one whose input alone is.
 */
export function propagateQdq(graph: Graph, opset: number): Graph {
  const carries = ({ op }: Node): boolean => CARRIERS.has(op) && (op !== 'MaxPool' || opset >= 12);
  return forward(backward(graph, carries), carries);
}

function backward(graph: Graph, carries: (node: Node) => boolean): Graph {
  const makers = producers(graph);
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const edit = startEdit(graph);
  /** Quantisation with which each value is about to be read, by its one reader. */
  const wanted = new Map<string, Parameters>();
  for (const node of [...graph.nodes].reverse()) {
    if (node.op === 'QuantizeLinear' && isPerTensor(graph, node)) {
      const [x = ''] = node.inputs;
      if (readers.get(x)!.length === 1 && !outputs.has(x)) wanted.set(x, node.inputs.slice(1));
    }
    const parameters = wanted.get(node.outputs[0] ?? '');
    if (parameters === undefined || !carries(node)) continue;
    const [x = '', ...rest] = node.inputs;
    const maker = makers.get(x);
    const alone = readers.get(x)!.length === 1 && !outputs.has(x);
    if (maker?.op === 'DequantizeLinear' || (maker !== undefined && !alone)) continue;
    const { pair, out } = pairOf(graph, edit.addValue, x, parameters);
    edit.replace(node, ...pair, { ...node, inputs: [out, ...rest] });
    wanted.set(x, parameters);
  }
  return edit.finish();
}

function forward(graph: Graph, carries: (node: Node) => boolean): Graph {
  const readers = consumers(graph);
  const edit = startEdit(graph);
  /** Quantisation of values that a DQ gives. */
  const given = new Map<string, Parameters>();
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs;
    const [y = ''] = node.outputs;
    if (node.op === 'DequantizeLinear' && !graph.constants.has(x) && isPerTensor(graph, node)) {
      given.set(y, node.inputs.slice(1));
    }
    const parameters = given.get(x);
    const next = readers.get(y) ?? [];
    if (parameters === undefined || !carries(node) || next.some(({ op }) => op === 'QuantizeLinear'))
      continue;
    const moved = edit.addValue(`${y}_moved`, {
      dtype: 'float32',
      shape: graph.values.get(y)!.shape,
      quant: null,
    });
    const { pair } = pairOf(graph, edit.addValue, y, parameters, moved);
    edit.replace(node, { ...node, outputs: [moved, ...node.outputs.slice(1)] }, ...pair);
    given.set(y, parameters);
  }
  return edit.finish();
}

/** Q and DQ behind `name`; or, where `from` is given, between that and `name`. */
function pairOf(
  graph: Graph,
  addValue: ReturnType<typeof startEdit>['addValue'],
  name: string,
  parameters: Parameters,
  from: string | null = null,
): { pair: readonly [Node, Node]; out: string } {
  const { shape } = graph.values.get(name)!;
  const dtype = graph.values.get(parameters[1] ?? '')?.dtype ?? 'uint8';
  const codes = addValue(`${name}_codes`, { dtype, shape, quant: null });
  const out = from === null ? addValue(`${name}_real`, { dtype: 'float32', shape, quant: null }) : name;
  const quantize = makeNode('QuantizeLinear', [from ?? name, ...parameters], [codes]);
  return { pair: [quantize, makeNode('DequantizeLinear', [codes, ...parameters], [out])], out };
}

/** Whether a Q or DQ has one constant scale. */
export function isPerTensor(graph: Graph, node: Node): boolean {
  return node.inputs.slice(1).every((name) => name === '' || graph.constants.get(name)?.shape.length === 0);
}
