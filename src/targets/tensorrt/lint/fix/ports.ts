/** Inputs and outputs that are codes which TensorRT does not take. */
import { uniqueName } from '../../../../graph/rewrite.ts';
import type { Graph, Node, Port } from '../../../../graph/types.ts';
import { isDequantize, isQuantize } from '../pairs.ts';
import { viewOfGraph } from '../view.ts';
import type { Change, Repair } from './change.ts';

/**
 * Law: with an input of real numbers that its codes stand for, and an output read as the real numbers that its codes stood
 * for, the model computes what it did. Only what findings tell of is changed: int8 codes around 0 may cross the border.
 */
export const floatPorts: Repair = (graph, platform, findings) => {
  const told = new Map(findings.map(({ at, rule }) => [at[0]!, rule]));
  const view = viewOfGraph(graph, platform);
  const changes: Change[] = [];
  let changed = graph;
  for (const port of graph.inputs) {
    const readers = view.readers.get(port.value) ?? [];
    const pair = readers.find((node) => isDequantize(node) && told.has(node.name));
    if (pair === undefined || !readers.every(isDequantize)) continue;
    changed = withFloatInput(changed, port, pair);
    const what = `the input "${port.name}" takes real numbers instead of ${port.dtype} codes`;
    changes.push({ rule: told.get(pair.name)!, at: [pair.name], what });
  }
  for (const port of graph.outputs) {
    const quantize = view.producers.get(port.value);
    if (quantize === undefined || !isQuantize(quantize) || !told.has(quantize.name)) continue;
    changed = withFloatOutput(changed, port, quantize);
    const what = `the output "${port.name}" is real numbers instead of ${port.dtype} codes`;
    changes.push({ rule: told.get(quantize.name)!, at: [quantize.name], what });
  }
  return { graph: changed, changes };
};

/** A Q in front of the DQs of an input. */
function withFloatInput(graph: Graph, port: Port, dequantize: Node): Graph {
  const value = graph.values.get(port.value)!;
  const codes = uniqueName(`${port.value}_codes`, (name) => graph.values.has(name));
  const [, ...parameters] = dequantize.inputs;
  const quantize: Node = {
    ...dequantize,
    name: uniqueName(`${port.name}_QuantizeLinear`, (name) => graph.nodes.some((node) => node.name === name)),
    op: 'QuantizeLinear',
    inputs: [port.value, ...parameters],
    outputs: [codes],
  };
  const reading = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === port.value ? codes : name)),
  }));
  return {
    ...graph,
    inputs: graph.inputs.map((one) => (one.value === port.value ? { ...one, dtype: 'float32' } : one)),
    nodes: [quantize, ...reading],
    values: new Map([
      ...graph.values,
      [port.value, { ...value, dtype: 'float32' }],
      [codes, { ...value, name: codes }],
    ]),
  };
}

function withFloatOutput(graph: Graph, port: Port, quantize: Node): Graph {
  const [real = ''] = quantize.inputs;
  const outputs = graph.outputs.map(
    (one): Port => (one.name === port.name ? { ...one, value: real, dtype: 'float32' } : one),
  );
  return { ...graph, outputs };
}
