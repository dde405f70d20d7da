import type { DType, Graph, Port, Quant, Value } from '../graph/types.ts';

/** int8 codes are uint8 codes less this. */
const OFFSET = 128;

/**
 * Law: no real value changes. Codes of activations get the given 8-bit type, their zero points move with them, and so
 * do the integers at the border of the model. Constants stay as they are.
 */
export function withActivationType(graph: Graph, type: 'int8' | 'uint8'): Graph {
  const from = type === 'uint8' ? 'int8' : 'uint8';
  const shift = type === 'uint8' ? OFFSET : -OFFSET;
  const shifted = (quant: Quant): Quant => ({
    ...quant,
    dtype: type,
    zeroPoint: quant.zeroPoint.map((zeroPoint) => zeroPoint + shift),
  });
  const retyped = (value: Value): Value =>
    value.quant?.dtype === from && !graph.constants.has(value.name)
      ? { ...value, quant: shifted(value.quant) }
      : value;
  const values = new Map([...graph.values].map(([name, value]) => [name, retyped(value)] as const));
  const port = (old: Port): Port => {
    const integers: DType | undefined = values.get(old.value)?.quant?.dtype;
    return old.dtype === from && integers === type ? { ...old, dtype: type } : old;
  };
  return { ...graph, values, inputs: graph.inputs.map(port), outputs: graph.outputs.map(port) };
}
