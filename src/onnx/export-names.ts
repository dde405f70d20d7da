/** Which tensors of the written model stand for which value of a Graph. */

import { REQUANTIZE } from '../graph/own-operators.ts';
import type { Graph, Port, Value } from '../graph/types.ts';
import type { Namer } from './names.ts';

export type Tensors = {
  /** What the producer writes; null where the value enters as integers. */
  readonly real: string | null;
  /** Its integers; null for a value that is not quantised. */
  readonly integers: string | null;
  /** What consumers read. */
  readonly read: string;
};

export function isIntegerPort(port: Port, graph: Graph): boolean {
  return Boolean(graph.values.get(port.value)?.quant) && port.dtype !== 'float32';
}

/**
 * Every port keeps its name, and so does every value unless a port needs it for another tensor: then the tensor
 * that the producer writes gets a new one.
 */
export function nameTensors(graph: Graph, newValue: Namer): ReadonlyMap<string, Tensors> {
  const ports = [...graph.inputs, ...graph.outputs];
  const portOf = new Map(ports.map((port) => [port.name, port.value]));
  const inputs = new Map(graph.inputs.map((port) => [port.value, port]));
  const requantized = new Set(graph.nodes.flatMap((node) => (node.op === REQUANTIZE ? node.outputs : [])));

  const tensorsOf = ({ name: wanted, quant }: Value): Tensors => {
    const name = (portOf.get(wanted) ?? wanted) === wanted ? wanted : newValue(wanted);
    if (graph.constants.has(wanted)) {
      if (!quant) return { real: name, integers: null, read: name };
      return { real: null, integers: name, read: newValue(`${name}_DequantizeLinear_Output`) };
    }
    const input = inputs.get(wanted);
    const outs = graph.outputs.filter((port) => port.value === wanted);
    if (!quant) {
      const tensor = input?.name ?? outs[0]?.name ?? name;
      return { real: tensor, integers: null, read: tensor };
    }
    const real = outs.find((port) => !isIntegerPort(port, graph))?.name;
    const read = real ?? newValue(`${name}_DequantizeLinear_Output`);
    if (input && isIntegerPort(input, graph)) return { real: null, integers: input.name, read };
    const integers =
      outs.find((port) => isIntegerPort(port, graph))?.name ??
      (requantized.has(wanted) && read !== name ? name : newValue(`${name}_QuantizeLinear_Output`));
    const free = integers !== name && read !== name && !portOf.has(name);
    return { real: input?.name ?? (free ? name : newValue(`${name}_QuantizeLinear_Input`)), integers, read };
  };
  return new Map([...graph.values.values()].map((value) => [value.name, tensorsOf(value)]));
}
