/** Graphs whose types say what is computed in float16, for builds that have no flags for it. */
import { int, makeNode } from '../../../../graph/build.ts';
import { consumers, outputValues, removeDead, uniqueName } from '../../../../graph/rewrite.ts';
import type { Graph, Node, Tensor, Value } from '../../../../graph/types.ts';
import { roundedToHalf } from '../../../../numbers/half.ts';
import { DATA_TYPE } from '../../../../onnx/element-types.ts';
import type { LayerPrecision } from '../../release/model.ts';
import { type FloatType, isQdq, nodeTypes } from './types.ts';
import { halfWeightScales } from './weight-scales.ts';

type TypedGraph = {
  /** Values of type float16 hold float32 numbers that float16 has. It can be written, not run. */
  readonly graph: Graph;
  readonly notes: readonly string[];
};

/**
 * The graph in float16, but for layers asked for in FP32 and what does not fit: a Cast wherever the type changes; inputs and outputs
 * of the model keep theirs. A Q has the type of what it reads, a DQ that of what reads it, each with scales of that type; both round
 * with the same scale, one that float16 has, unless everything behind is float32: then the Q is, too.
 * @param given without operators of tinyml itself
 */
export function typedGraph(given: Graph, layers: readonly LayerPrecision[]): TypedGraph {
  const graph = halfWeightScales(given);
  const { types, notes } = nodeTypes(graph, layers);
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const values = new Map(graph.values);
  const constants = new Map(graph.constants);
  const nodes: Node[] = [];
  /** Where each float value of the model is found, by type. */
  const found = new Map<string, Map<FloatType, string>>();
  const roundedScales = new Map<string, string>();

  const isFloat = (name: string): boolean => graph.values.get(name)?.dtype === 'float32';
  const add = (base: string, dtype: Value['dtype'], shape: readonly number[]): string => {
    const name = uniqueName(base, (taken) => values.has(taken));
    values.set(name, { name, dtype, shape, quant: null });
    return name;
  };
  const addConstant = (base: string, tensor: Tensor): string => {
    const name = add(base, tensor.dtype, tensor.shape);
    constants.set(name, tensor);
    return name;
  };
  const placesOf = (name: string): Map<FloatType, string> => {
    const known = found.get(name);
    if (known !== undefined) return known;
    const places = new Map<FloatType, string>([['float32', name]]);
    found.set(name, places);
    return places;
  };
  const typeOf = (name: string): FloatType => placesOf(name).keys().next().value!;
  /** The value in the type, behind a Cast where it is not there yet. */
  const as = (name: string, type: FloatType): string => {
    const places = placesOf(name);
    const there = places.get(type);
    if (there !== undefined) return there;
    const tensor = graph.constants.get(name);
    const made = tensor === undefined ? cast(name, type) : addConstant(`${name}_${type}`, inHalf(tensor));
    places.set(type, made);
    return made;
  };
  const cast = (name: string, type: FloatType): string => {
    const source = placesOf(name).get(typeOf(name))!;
    // An output of the model is under its own name in the type that it has there.
    const to = type === 'float32' && outputs.has(name) ? name : add(`${name}_${type}`, type, shapeOf(name));
    nodes.push(makeNode('Cast', [source], [to], { to: int(DATA_TYPE[type]) }, `${name}/Cast_${type}`));
    return to;
  };
  const shapeOf = (name: string): readonly number[] => graph.values.get(name)!.shape;
  /** The names under which a node writes outputs of the type. */
  const written = (node: Node, type: FloatType): readonly string[] =>
    node.outputs.map((name) => {
      if (name === '' || !isFloat(name)) return name;
      const made =
        type === 'float16' && outputs.has(name) ? add(`${name}_${type}`, type, shapeOf(name)) : name;
      values.set(made, { name: made, dtype: type, shape: shapeOf(name), quant: null });
      found.set(name, new Map([[type, made]]));
      return made;
    });

  /** float16 where a node reads it in that, or another Q does. */
  const dequantizedType = ({ outputs: [real = ''] }: Node): FloatType => {
    const reading = readers.get(real) ?? [];
    const wide = (node: Node) => !isQdq(node) && types.get(node.name) === 'float32';
    const onlyWide = reading.every(wide) && (reading.length > 0 || outputs.has(real));
    return onlyWide ? 'float32' : 'float16';
  };
  const writeQdq = (node: Node): void => {
    const [data = '', scale = '', ...zero] = node.inputs;
    const isDq = node.op === 'DequantizeLinear';
    const behind = isDq ? [node] : (readers.get(node.outputs[0]!) ?? []);
    const rounds = behind.some((one) => one.op === 'DequantizeLinear' && dequantizedType(one) === 'float16');
    // A scale that stays in float32 makes its Q one of float32.
    const codedType = rounds ? typeOf(data) : 'float32';
    const type = isDq ? dequantizedType(node) : codedType;
    const scales = scaleOf(scale, type, rounds);
    nodes.push({
      ...node,
      inputs: [isDq ? data : as(data, type), scales, ...zero],
      outputs: isDq ? written(node, type) : node.outputs,
    });
  };
  const scaleOf = (name: string, type: FloatType, rounds: boolean): string => {
    const tensor = constants.get(name);
    if (tensor === undefined || !rounds) return name;
    const wanted = `${name}_${type === 'float16' ? 'float16' : 'rounded'}`;
    const made = roundedScales.get(wanted) ?? addConstant(wanted, { ...inHalf(tensor), dtype: type });
    roundedScales.set(wanted, made);
    return made;
  };

  for (const node of graph.nodes) {
    if (isQdq(node)) {
      writeQdq(node);
      continue;
    }
    const type = types.get(node.name)!;
    const inputs = node.inputs.map((name, i) => {
      if (name === '' || !isFloat(name)) return name;
      if (node.op === 'Cast') return as(name, typeOf(name));
      return node.op === 'Resize' && i > 0 ? name : as(name, type);
    });
    const isCast = node.op === 'Cast' && isFloat(node.outputs[0]!);
    const attributes = isCast ? { ...node.attributes, to: int(DATA_TYPE[type]) } : node.attributes;
    nodes.push({ ...node, inputs, outputs: written(node, type), attributes });
  }
  for (const { value } of graph.outputs) if (isFloat(value)) as(value, 'float32');
  return { graph: removeDead({ ...graph, nodes, values, constants }), notes };
}

function inHalf(tensor: Tensor): Tensor {
  return { ...tensor, dtype: 'float16', data: roundedToHalf(tensor.data as Float32Array) };
}
