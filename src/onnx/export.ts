/**
 * Graph → ONNX bytes. Quantised values are written as QuantizeLinear/DequantizeLinear (QDQ):
 *
 * - an activation `v`: producer → v → QuantizeLinear → DequantizeLinear → consumers
 * - a constant `w`: integer initializer w → DequantizeLinear → consumers
 * - an input or output whose port has the integer type: the integer tensor itself is the input or output
 */

import { TinymlError } from '../diagnostics/errors.ts';
import { int } from '../graph/build.ts';
import { REQUANTIZE } from '../graph/own-operators.ts';
import type { Graph, Node, Port, Quant, Tensor, Value } from '../graph/types.ts';
import { attributeToProto } from './attributes.ts';
import { encodeModel } from './codec.ts';
import { DATA_TYPE } from './element-types.ts';
import { formOf, irVersionOf, lowestOpset, standardForm } from './export-forms.ts';
import { isIntegerPort, nameTensors, type Tensors } from './export-names.ts';
import { FOUR_BITS_SINCE, fourBitForm } from './four-bits.ts';
import type { StandardForm } from './gate-forms.ts';
import { gatesMetadata } from './gate-metadata.ts';
import { type Namer, uniqueNames } from './names.ts';
import type { NodeProto, ValueInfoProto } from './proto.ts';
import { stateMetadata } from './state-metadata.ts';
import { tensorToProto } from './tensor.ts';

type ExportOptions = {
  readonly producerVersion?: string;
  /** Written as metadata_props, sorted by key. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Shapes of ports that may have other sizes than in the graph, by name: symbols stand for any number. */
  readonly shapes?: Readonly<Record<string, readonly (number | string)[]>>;
};

/**
 * Writes a model as the lowest opset from 13 on that has the forms its nodes need. Same graph and options, same bytes.
 * @throws TinymlError E_OP for subgraphs and operators without an ONNX form, E_QUANT for quantisation that
 * DequantizeLinear cannot express.
 */
export function exportModel(own: Graph, options: ExportOptions = {}): Uint8Array {
  const newValue = uniqueNames(takenNames(own));
  const forms = own.nodes.map((node) => standardForm(node, own, newValue));
  const graph = withConstants(own, forms);
  const standard = forms.flatMap(({ nodes }) => nodes);
  const opset = Math.max(codesSince(graph), ...standard.map((node) => lowestOpset(node, graph)));
  const nodes = standard.map((node) => formOf(node, opset, graph.constants));
  const names = nameTensors(graph, newValue);
  const written = writeNodes(graph, nodes, names, newValue);
  return encodeModel({
    irVersion: irVersionOf(opset),
    opsetImport: [
      { domain: '', version: opset },
      ...otherDomains(written.nodes).map((domain) => ({ domain, version: 1 })),
    ],
    producerName: 'tinyml',
    ...(options.producerVersion === undefined ? {} : { producerVersion: options.producerVersion }),
    graph: {
      name: graph.name || 'tinyml',
      node: written.nodes.map(nodeProto),
      initializer: usedConstants(written, graph).map(([name, tensor]) => tensorToProto(name, tensor)),
      input: graph.inputs.map((port) => valueInfo(port, graph, options)),
      output: graph.outputs.map((port) => valueInfo(port, graph, options)),
    },
    metadataProps: Object.entries({
      ...Object.fromEntries(graph.metadata),
      ...stateMetadata(graph.state),
      ...gatesMetadata(own.nodes.map((node) => inFile(node, names))),
      ...options.metadata,
    })
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key, value })),
  });
}

/** The graph with the constants that standard forms of its nodes bring along. */
function withConstants(graph: Graph, forms: readonly StandardForm[]): Graph {
  const added = forms.flatMap(({ constants }) => [...constants]);
  if (added.length === 0) return graph;
  const values = added.map(
    ([name, { dtype, shape }]) => [name, { name, dtype, shape, quant: null }] as const,
  );
  return {
    ...graph,
    values: new Map([...graph.values, ...values]),
    constants: new Map([...graph.constants, ...added]),
  };
}

/** The opset from which on QuantizeLinear makes codes of 16 bits. */
const WIDE_CODES = 21;

/** The opset that has all codes of a graph. */
function codesSince({ values }: Graph): number {
  const quants = [...values.values()].flatMap(({ quant }) => quant ?? []);
  return Math.max(
    quants.some(({ dtype }) => dtype === 'int16') ? WIDE_CODES : 13,
    quants.some(({ fourBits }) => fourBits !== undefined) ? FOUR_BITS_SINCE : 13,
  );
}

function takenNames(graph: Graph): readonly string[] {
  return ['', ...graph.values.keys(), ...[...graph.inputs, ...graph.outputs].map(({ name }) => name)];
}

function otherDomains(nodes: readonly Node[]): readonly string[] {
  const domains = nodes.map(({ op }) => splitOp(op)[0]).filter((domain) => domain !== '');
  return [...new Set(domains)].sort();
}

function splitOp(op: string): readonly [domain: string, opType: string] {
  const at = op.indexOf('::');
  return at < 0 ? ['', op] : [op.slice(0, at), op.slice(at + 2)];
}

type Written = { readonly nodes: readonly Node[]; readonly constants: ReadonlyMap<string, Tensor> };

/** The nodes with their Q/DQ pairs, in order, and all constants. */
function writeNodes(
  graph: Graph,
  nodes: readonly Node[],
  names: ReadonlyMap<string, Tensors>,
  newValue: Namer,
): Written {
  const newNode = uniqueNames(nodes.flatMap(({ op, name }) => (op === REQUANTIZE ? [] : [name])));
  const tensorsOf = (name: string): Tensors => tensorsIn(names, name);
  const isRead = readValues(graph, nodes);
  const constants = new Map<string, Tensor>();
  const written: Node[] = [];

  const writeTensors = (value: Value, tensors: Parameters): readonly string[] =>
    tensors.map(([suffix, tensor]) => {
      const name = newValue(`${value.name}_${suffix}`);
      constants.set(name, tensor);
      return name;
    });
  const writeParameters = (value: Value, quant: Quant): readonly string[] =>
    writeTensors(value, quantParameters(value, quant));
  const writeDequantize = (
    value: Value,
    parameters: readonly string[],
    attributes: Node['attributes'],
  ): void => {
    const { integers, read } = tensorsOf(value.name);
    if (!isRead(value.name)) return;
    const name = newNode(`${value.name}_DequantizeLinear`);
    const inputs = [integers!, ...parameters];
    written.push({ name, op: 'DequantizeLinear', inputs, outputs: [read], attributes });
  };

  const writeQuant = (
    value: Value,
    source: string | null,
    nodeName = `${value.name}_QuantizeLinear`,
  ): void => {
    const { integers } = tensorsOf(value.name);
    if (!value.quant || integers === null) return;
    const parameters = writeParameters(value, value.quant);
    const attributes: Node['attributes'] = value.quant.axis === null ? {} : { axis: int(value.quant.axis) };
    if (source !== null) {
      const inputs = [source, ...parameters];
      written.push({
        name: newNode(nodeName),
        op: 'QuantizeLinear',
        inputs,
        outputs: [integers],
        attributes,
      });
    }
    writeDequantize(value, parameters, attributes);
  };

  /** Integers of an input as an output: a pair that says what they mean, where an Identity would not. */
  const writeRounding = (value: Value, output: string): void => {
    const parameters = writeParameters(value, value.quant!);
    const real = newValue(`${output}_DequantizeLinear_Output`);
    const node = (op: string, from: string, to: string): Node => ({
      name: newNode(`${output}_${op}`),
      op,
      inputs: [from, ...parameters],
      outputs: [to],
      attributes: {},
    });
    written.push(node('DequantizeLinear', tensorsOf(value.name).integers!, real));
    written.push(node('QuantizeLinear', real, output));
  };

  for (const [name, tensor] of graph.constants) {
    const { real, integers } = tensorsOf(name);
    const value = graph.values.get(name);
    const form = fourBitForm(tensor, value?.quant ?? null);
    if (value !== undefined && form !== null && integers !== null) {
      constants.set(integers, form.codes);
      writeDequantize(value, writeTensors(value, [['scale', form.scale]]), form.attributes);
      continue;
    }
    const { fourBits: _, ...plain } = tensor;
    constants.set(integers ?? real ?? name, plain);
    if (value) writeQuant(value, null);
  }
  for (const { value: name } of graph.inputs) {
    const value = graph.values.get(name);
    if (value) writeQuant(activation(value), tensorsOf(name).real);
  }
  for (const node of nodes) {
    const inside = inFile(node, names);
    const { inputs, outputs } = inside;
    const requantizes = node.op === REQUANTIZE;
    if (!requantizes) written.push(inside);
    node.outputs.forEach((name, i) => {
      const value = graph.values.get(name);
      if (!value) return;
      if (requantizes) writeQuant(activation(value), inputs[0] ?? '', node.name);
      else writeQuant(activation(value), outputs[i] ?? name);
    });
  }
  for (const port of graph.outputs) {
    const { integers, read } = tensorsOf(port.value);
    const source = isIntegerPort(port, graph) && integers !== null ? integers : read;
    if (source === port.name) continue;
    if (source === integers && graph.inputs.some(({ value }) => value === port.value)) {
      writeRounding(graph.values.get(port.value)!, port.name);
      continue;
    }
    const name = newNode(`${port.name}_Identity`);
    written.push({ name, op: 'Identity', inputs: [source], outputs: [port.name], attributes: {} });
  }
  return { nodes: written, constants };
}

function tensorsIn(names: ReadonlyMap<string, Tensors>, name: string): Tensors {
  return names.get(name) ?? { real: name, integers: null, read: name };
}

/** A node with the names that its operands have in the file. */
function inFile(node: Node, names: ReadonlyMap<string, Tensors>): Node {
  return {
    ...node,
    inputs: node.inputs.map((name) => tensorsIn(names, name).read),
    outputs: node.outputs.map((name) => tensorsIn(names, name).real ?? name),
  };
}

/** Constants, each with the suffix of its name. */
type Parameters = readonly (readonly [string, Tensor])[];

/** Scale and zero point as constants, each with the suffix of its name. DequantizeLinear has no zero point for int32. */
function quantParameters(value: Value, quant: Quant): Parameters {
  const shape = quant.axis === null ? [] : [quant.scale.length];
  const scale: Tensor = { dtype: 'float32', shape, data: quant.scale };
  if (quant.dtype !== 'int32') {
    const data = CODES[quant.dtype].from(quant.zeroPoint);
    return [
      ['scale', scale],
      ['zero_point', { dtype: quant.dtype, shape, data }],
    ];
  }
  if (quant.zeroPoint.every((zeroPoint) => zeroPoint === 0)) return [['scale', scale]];
  throw new TinymlError('E_QUANT', 'an int32 constant must have zero point 0', {
    at: `tensor "${value.name}"`,
  });
}

const CODES = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array } as const;

function activation(value: Value): Value {
  if (value.quant?.dtype !== 'int32') return value;
  throw new TinymlError('E_QUANT', 'an activation cannot be quantised to int32', {
    at: `tensor "${value.name}"`,
  });
}

/** Whether a value is read in real numbers: by a node, or by an output. */
function readValues(graph: Graph, nodes: readonly Node[]): (name: string) => boolean {
  const read = new Set([
    ...nodes.flatMap(({ inputs }) => inputs),
    ...graph.outputs.filter((port) => !isIntegerPort(port, graph)).map(({ value }) => value),
  ]);
  return (name) => read.has(name);
}

/** Constants that a node reads, or that are outputs themselves; axes that became attributes are not. */
function usedConstants(
  { nodes, constants }: Written,
  { outputs }: Graph,
): readonly (readonly [string, Tensor])[] {
  const used = new Set([...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ name }) => name)]);
  return [...constants].filter(([name]) => used.has(name));
}

function nodeProto(node: Node): NodeProto {
  const [domain, opType] = splitOp(node.op);
  const attribute = Object.entries(node.attributes).map(([name, value]) => {
    const proto = attributeToProto(name, value);
    if (proto) return proto;
    throw new TinymlError('E_OP', `a node with a subgraph ("${name}") cannot be written`, {
      at: `node "${node.name}" (${node.op})`,
      hint: 'export the model without control flow',
    });
  });
  const { name, inputs, outputs } = node;
  return { name, opType, ...(domain === '' ? {} : { domain }), input: inputs, output: outputs, attribute };
}

function valueInfo(port: Port, graph: Graph, { shapes = {} }: ExportOptions): ValueInfoProto {
  const shape = shapes[port.name] ?? graph.values.get(port.value)?.shape ?? [];
  return {
    name: port.name,
    type: {
      tensorType: {
        elemType: DATA_TYPE[port.dtype],
        shape: { dim: shape.map((dim) => (typeof dim === 'string' ? { dimParam: dim } : { dimValue: dim })) },
      },
    },
  };
}
