import { TinymlError } from '../diagnostics/errors.ts';
import { consumers } from './rewrite.ts';
import { elementCount, isStorageOf, MAX_ELEMENTS } from './tensor.ts';
import type { Graph, Node, Quant, Tensor, Value } from './types.ts';

/**
 * Checks the invariants that every later stage relies on, and gives the graph back: static single
 * assignment in topological order, a value for every name, ports that exist, static shapes within bounds,
 * constants that fill their shapes, well-formed quantisation, finite weights.
 * @throws TinymlError E_NOT_FINITE for NaN or infinite weights, E_QUANT for bad scales,
 *   E_SHAPE for impossible shapes, E_INTERNAL for the rest (a fault of the pass that made the graph).
 */
export function verifyGraph(graph: Graph): Graph {
  for (const [name, value] of graph.values) verifyValue(name, value);
  const bounds = boundConstants(graph);
  for (const [name, tensor] of graph.constants) {
    verifyConstant(graph, name, tensor);
    verifyFinite(name, tensor, bounds.has(name));
  }
  verifyOrder(graph);
  verifyPorts(graph);
  return graph;
}

function fault(message: string, at: string): never {
  throw new TinymlError('E_INTERNAL', `the graph is malformed: ${message}`, { at });
}

function verifyValue(name: string, value: Value): void {
  const at = `tensor "${name}"`;
  if (name === '' || value.name !== name) fault(`value "${value.name}" is filed under "${name}"`, at);
  if (value.shape.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
    fault(`shape [${value.shape.join(', ')}]`, at);
  }
  if (elementCount(value.shape) > MAX_ELEMENTS) {
    throw new TinymlError('E_SHAPE', `a tensor of shape [${value.shape.join(', ')}] is too large`, {
      at,
      hint: `at most ${MAX_ELEMENTS} elements are supported`,
    });
  }
  if (value.quant !== null) verifyQuant(value.quant, value, at);
}

function verifyQuant(quant: Quant, value: Value, at: string): void {
  if (value.dtype !== 'float32') fault(`a quantised value of type ${value.dtype}`, at);
  const { axis, scale, zeroPoint } = quant;
  if (axis !== null && !(Number.isInteger(axis) && axis >= 0 && axis < value.shape.length)) {
    throw new TinymlError('E_QUANT', `quantisation axis ${axis} of a tensor of rank ${value.shape.length}`, {
      at,
    });
  }
  const length = axis === null ? 1 : value.shape[axis]!;
  if (scale.length !== length || zeroPoint.length !== length) {
    throw new TinymlError(
      'E_QUANT',
      `${scale.length} scales and ${zeroPoint.length} zero points where ${length} are needed`,
      { at },
    );
  }
  const bad = scale.find((s) => !(Number.isFinite(s) && s > 0));
  if (bad !== undefined) {
    throw new TinymlError('E_QUANT', `scale ${bad} is not a positive number`, {
      at,
      hint: 'quantise the model again; a scale must be finite and above 0',
    });
  }
  const [low, high] = QUANT_RANGES[quant.dtype];
  const outside = zeroPoint.find((z) => z < low || z > high);
  if (outside !== undefined) {
    throw new TinymlError('E_QUANT', `zero point ${outside} does not fit ${quant.dtype}`, { at });
  }
}

/** Smallest and largest stored integer of each quantised type. */
export const QUANT_RANGES: Readonly<Record<Quant['dtype'], readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

function verifyConstant(graph: Graph, name: string, tensor: Tensor): void {
  const at = `tensor "${name}"`;
  const value = graph.values.get(name) ?? fault('a constant without a value', at);
  const count = elementCount(tensor.shape);
  if (tensor.data.length !== count || tensor.shape.join() !== value.shape.join()) {
    fault(
      `a constant of ${tensor.data.length} elements and shape [${tensor.shape}] for [${value.shape}]`,
      at,
    );
  }
  const stored = value.quant === null ? value.dtype : value.quant.dtype;
  if (tensor.dtype !== stored || !isStorageOf(tensor.dtype, tensor.data)) {
    fault(`a constant of type ${tensor.dtype} for ${stored}`, at);
  }
}

/** Operators whose constant operands may be infinite: "no bound" and "loses against everything". */
const BOUND_READERS = new Set(['Clip', 'Max', 'Min', 'Pad', 'Where']);

function boundConstants(graph: Graph): ReadonlySet<string> {
  const readers = consumers(graph);
  /** A mask: what is added to the scores of a Softmax. */
  const masks = ({ op, outputs }: Node): boolean =>
    op === 'Add' && readers.get(outputs[0]!)?.every((reader) => reader.op === 'Softmax') === true;
  return new Set(
    [...graph.constants.keys()].filter((name) =>
      readers.get(name)?.every((reader) => BOUND_READERS.has(reader.op) || masks(reader)),
    ),
  );
}

function verifyFinite(name: string, { data }: Tensor, mayBeInfinite: boolean): void {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return;
  const limit = mayBeInfinite ? Number.POSITIVE_INFINITY : Number.MAX_VALUE;
  let position = 0;
  // False for NaN too.
  while (position < data.length && Math.abs(data[position]!) <= limit) position++;
  if (position === data.length) return;
  throw new TinymlError('E_NOT_FINITE', `a weight is ${data[position]} (element ${position})`, {
    at: `tensor "${name}"`,
    hint: 'the model was saved after training diverged; export a healthy checkpoint',
  });
}

function verifyOrder(graph: Graph): void {
  const known = new Set([...graph.constants.keys(), ...graph.inputs.map((port) => port.value)]);
  for (const node of graph.nodes) {
    const at = `node "${node.name}" (${node.op})`;
    for (const input of node.inputs) {
      if (input !== '' && !known.has(input)) fault(`"${input}" is read before it is computed`, at);
    }
    for (const output of node.outputs) {
      if (output === '') continue;
      if (known.has(output)) fault(`"${output}" is assigned twice`, at);
      if (!graph.values.has(output)) fault(`"${output}" has no value`, at);
      known.add(output);
    }
  }
  for (const name of graph.values.keys())
    if (!known.has(name)) fault('a value that nothing computes', `tensor "${name}"`);
}

function verifyPorts(graph: Graph): void {
  for (const ports of [graph.inputs, graph.outputs]) {
    const names = new Set<string>();
    for (const port of ports) {
      const at = `port "${port.name}"`;
      const value = graph.values.get(port.value) ?? fault(`there is no value "${port.value}"`, at);
      if (names.has(port.name)) fault('the name is used twice', at);
      names.add(port.name);
      if (port.dtype !== value.dtype && port.dtype !== value.quant?.dtype) {
        fault(`type ${port.dtype} for a value of type ${value.quant?.dtype ?? value.dtype}`, at);
      }
    }
  }
  if (graph.outputs.length === 0) fault('no outputs', `graph "${graph.name}"`);
}
