import { TinymlError } from '../diagnostics/errors.ts';
import { makeNode } from '../graph/build.ts';
import { REQUANTIZE } from '../graph/own-operators.ts';
import { consumers, type Edit, outputValues, sameQuant, startEdit } from '../graph/rewrite.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { intAttribute } from '../ops/attributes.ts';
import { describeNode } from '../ops/define.ts';
import { operators } from '../ops/index.ts';
import { dequantizeTensor, quantizeTensor } from '../ops/quant.ts';
import { expandQLinear } from './expand-qlinear.ts';
import { foldBlocks } from './fold-blocks.ts';
import { foldQuantizedConstants } from './fold-quantized-constants.ts';
import { isMover, movedInputs, movedOutputs } from './movers.ts';
import { spreadQuant } from './spread-quant.ts';

/**
 * Law: with every quantised value rounded to its grid, the graph computes what it computed with the
 * QuantizeLinear and DequantizeLinear nodes (QLinearConv and QLinearMatMul are those around a Conv and MatMul), of which
 * none is left. Integer tensors become real values with `quant`;
 * where a quantised and an unquantised form of one value are both read, a tinyml::Requantise stands between.
 * @throws TinymlError E_QUANT listing all Q/DQ nodes that cannot be expressed (scales computed at run time, integers
 *   read with two meanings, types other than int8, uint8, int16, uint16 and int32).
 */
export function absorbQdq(model: Graph): Graph {
  const stored = quantizeConstants(expandQLinear(model));
  if (!stored.nodes.some(isQdq)) return stored;
  if (storesConstantsOnly(stored)) return dequantizeConstants(stored);
  const graph = foldBlocks(stored);
  const absorption: Absorption = {
    graph,
    edit: startEdit(graph),
    quants: integerQuants(graph),
    alias: new Map(),
    readers: consumers(graph),
    outputs: outputValues(graph),
  };
  for (const [name, quant] of absorption.quants) {
    absorption.edit.setValue({ ...graph.values.get(name)!, dtype: 'float32', quant });
  }
  const problems: TinymlError[] = [];
  for (const node of graph.nodes) {
    try {
      absorbNode(absorption, node);
    } catch (error) {
      if (!(error instanceof TinymlError && error.code === 'E_QUANT')) throw error;
      problems.push(new TinymlError('E_QUANT', error.message, { at: describeNode(node), hint: WAY_OUT }));
    }
  }
  if (problems.length > 0) throw quantError(problems);
  return realOperands(foldQuantizedConstants(spreadQuant(absorption.edit.finish())));
}

const WAY_OUT =
  'give the float model to `tinyml quantize`, or quantise to int8 or uint8 with QuantFormat.QDQ (ONNX Runtime)';

/** Law: no value changes. A constant that is quantised, and then perhaps limited or moved, is its integers. */
function quantizeConstants(graph: Graph): Graph {
  const edit = startEdit(graph);
  const codes = new Map<string, Tensor>();
  for (const node of graph.nodes) {
    const [input = ''] = node.inputs;
    const [output = '', ...others] = node.outputs;
    if (node.op !== 'QuantizeLinear' && !(codes.has(input) && keepsMeaning(node))) continue;
    const operands = node.inputs.map((name) => codes.get(name) ?? graph.constants.get(name) ?? null);
    const known = operands.every((operand, i) => operand !== null || node.inputs[i] === '');
    if (!known || others.length > 0 || !isCode(graph, output)) continue;
    const [tensor] = operators.get(node.op)!.run(node, operands);
    codes.set(output, tensor!);
    edit.replace(node);
    edit.redirect(output, edit.addConstant(output, tensor!));
  }
  return edit.finish();
}

/** Whether no activation is quantised: the file only stores constants in few bits. */
function storesConstantsOnly({ nodes, constants }: Graph): boolean {
  return nodes.every(
    (node) =>
      !isQdq(node) ||
      (node.op === 'DequantizeLinear' && node.inputs.every((name) => name === '' || constants.has(name))),
  );
}

/**
 * Law: no value changes. Constants stored in few bits, in blocks too, are the real numbers that they stand for, and what is made
 * of these alone (weights that are stored transposed) is a constant.
 */
function dequantizeConstants(graph: Graph): Graph {
  const edit = startEdit(graph);
  const real = new Map<string, Tensor>();
  for (const node of graph.nodes) {
    if (!isQdq(node) && !node.inputs.some((name) => real.has(name))) continue;
    const operands = node.inputs.map((name) => real.get(name) ?? graph.constants.get(name) ?? null);
    if (operands.some((operand, i) => operand === null && node.inputs[i] !== '')) continue;
    const results = operators.get(node.op)!.run(node, operands);
    edit.replace(node);
    node.outputs.forEach((name, i) => {
      if (name === '') return;
      real.set(name, results[i]!);
      edit.redirect(name, edit.addConstant(name, results[i]!));
    });
  }
  return edit.finish();
}

/** Operators that take quantised constants: as weights and biases. Q and DQ stand between for a Requantise. */
const TAKES_CODES = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'RNN', 'GRU', 'LSTM', REQUANTIZE]);

/** Law: no value changes. A quantised constant that is neither weight nor moved is the real numbers that it stands for. */
function realOperands(graph: Graph): Graph {
  const edit = startEdit(graph);
  const real = new Map<string, string>();
  const realOf = (name: string): string => {
    const quant = graph.values.get(name)?.quant ?? null;
    const tensor = graph.constants.get(name);
    if (tensor === undefined || quant === null) return name;
    const known = real.get(name) ?? edit.addConstant(`${name}_real`, dequantizeTensor(tensor, quant));
    real.set(name, known);
    return known;
  };
  for (const node of graph.nodes) {
    if (TAKES_CODES.has(node.op)) continue;
    const moved = isMover(node) ? movedInputs(node) : [];
    const inputs = node.inputs.map((name) => (moved.includes(name) ? name : realOf(name)));
    if (inputs.some((name, i) => name !== node.inputs[i])) edit.replace(node, { ...node, inputs });
  }
  return edit.finish();
}

type Absorption = {
  readonly graph: Graph;
  readonly edit: Edit;
  /** Quantisation by value of the new graph; starts with the integer tensors, grows by merged values. */
  readonly quants: Map<string, Quant>;
  /** The value of the new graph that stands for a removed one. */
  readonly alias: Map<string, string>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  readonly outputs: ReadonlySet<string>;
};

function isQdq(node: Node): boolean {
  return node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear';
}

/**
 * Quantisation of integer tensors that are computed or are model inputs: from the DequantizeLinear that reads them
 * or the QuantizeLinear that makes them, carried through movers in both directions.
 */
function integerQuants(graph: Graph): Map<string, Quant> {
  const quants = new Map<string, Quant>();
  const offer = (names: readonly string[], quant: Quant | undefined): void => {
    for (const name of names) {
      if (quant !== undefined && !quants.has(name) && isCode(graph, name)) quants.set(name, quant);
    }
  };
  for (const node of graph.nodes.filter(isQdq)) {
    const integers = node.op === 'QuantizeLinear' ? node.outputs[0]! : node.inputs[0]!;
    if (!graph.constants.has(integers) && isCode(graph, integers)) offer([integers], readQuant(graph, node));
  }
  for (const node of [...graph.nodes].reverse()) {
    if (keepsMeaning(node))
      for (const output of movedOutputs(node)) offer(movedInputs(node), quants.get(output));
  }
  for (const node of graph.nodes) {
    if (keepsMeaning(node))
      for (const input of movedInputs(node)) offer(movedOutputs(node), quants.get(input));
  }
  return quants;
}

/** Whether integers mean the same behind the node: it moves them, or limits them. */
function keepsMeaning(node: Node): boolean {
  return isMover(node) || node.op === 'Clip';
}

/** As quantOf; undefined for what the walk over the nodes will refuse. */
function readQuant(graph: Graph, node: Node): Quant | undefined {
  try {
    return quantOf(graph, node);
  } catch (error) {
    if (error instanceof TinymlError) return undefined;
    throw error;
  }
}

function isCode(graph: Graph, name: string): boolean {
  const dtype = graph.values.get(name)?.dtype;
  return dtype === 'int8' || dtype === 'uint8' || dtype === 'int16' || dtype === 'uint16';
}

/** Scale, zero point and axis of a Q or DQ node, for its integer side. */
function quantOf(graph: Graph, node: Node): Quant {
  const [input = '', scaleName = '', zeroPointName = ''] = node.inputs;
  const scale = graph.constants.get(scaleName);
  const zeroPoint = zeroPointName === '' ? null : graph.constants.get(zeroPointName);
  if (scale === undefined || zeroPoint === undefined) {
    throw new TinymlError('E_QUANT', 'the scale or zero point is computed at run time');
  }
  if (intAttribute(node, 'block_size', 0) !== 0) {
    throw new TinymlError('E_QUANT', 'blocked quantisation of what is computed is not supported');
  }
  const integers = graph.values.get(node.op === 'QuantizeLinear' ? node.outputs[0]! : input)!;
  const { dtype } = integers;
  if (dtype === 'uint16' && !isInside(graph, integers.name)) {
    throw new TinymlError('E_QUANT', 'uint16 codes are supported between Q and DQ alone');
  }
  if (dtype !== 'int8' && dtype !== 'uint8' && dtype !== 'int16' && dtype !== 'uint16' && dtype !== 'int32') {
    throw new TinymlError('E_QUANT', `quantisation to ${dtype} is not supported`);
  }
  const count = scale.data.length;
  if (zeroPoint !== null && zeroPoint.data.length !== count) {
    throw new TinymlError('E_QUANT', `${count} scales but ${zeroPoint.data.length} zero points`);
  }
  const attribute = intAttribute(node, 'axis', 1);
  const axis = attribute < 0 ? attribute + integers.shape.length : attribute;
  if (count !== 1 && integers.shape[axis] !== count) {
    throw new TinymlError(
      'E_QUANT',
      `${count} scales for axis ${attribute} of [${integers.shape.join(', ')}]`,
    );
  }
  const zeroPoints =
    zeroPoint === null ? new Int32Array(count) : Int32Array.from(zeroPoint.data as Int32Array);
  return {
    // Codes of 16 bits are signed from here on: nothing but Q and DQ saw them.
    dtype: dtype === 'uint16' ? 'int16' : dtype,
    scale: Float32Array.from(scale.data as Float32Array),
    zeroPoint: dtype === 'uint16' ? zeroPoints.map((point) => point - 2 ** 15) : zeroPoints,
    axis: count === 1 ? null : axis,
    ...fourBitsOf(graph.constants.get(integers.name)),
  };
}

function fourBitsOf(tensor: Tensor | undefined): Pick<Quant, 'fourBits'> {
  return tensor?.fourBits === undefined ? {} : { fourBits: tensor.fourBits };
}

/** Whether nothing but DequantizeLinear reads computed integers. */
function isInside(graph: Graph, name: string): boolean {
  const ports = [...graph.inputs, ...graph.outputs].some(({ value }) => value === name);
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(name));
  return !ports && !graph.constants.has(name) && readers.every(({ op }) => op === 'DequantizeLinear');
}

function absorbNode(absorption: Absorption, node: Node): void {
  if (!isQdq(node)) {
    keepNode(absorption, node);
    return;
  }
  const { edit, alias } = absorption;
  const name = node.op === 'QuantizeLinear' ? quantized(absorption, node) : dequantized(absorption, node);
  const [result = ''] = node.outputs;
  if (name === null) {
    const [x = ''] = node.inputs;
    edit.replace(node, makeNode(REQUANTIZE, [alias.get(x) ?? x], [result], {}, node.name));
    return;
  }
  edit.replace(node);
  edit.redirect(result, name);
  alias.set(result, name);
}

/** The value that holds what a QuantizeLinear computes; null if a node is needed to compute it. */
function quantized({ graph, edit, quants, alias, readers, outputs }: Absorption, node: Node): string | null {
  const [x = ''] = node.inputs;
  const quant = quantOf(graph, node);
  const source = alias.get(x) ?? x;
  const known = quants.get(source) ?? null;
  if (known !== null) return sameQuant(known, quant) ? source : null;

  const constant = graph.constants.get(source);
  if (constant !== undefined) {
    const name = edit.addConstant(source, quantizeTensor(constant, quant), quant);
    quants.set(name, quant);
    return name;
  }
  const quantizedAlike = (reader: Node): boolean =>
    reader.op === 'QuantizeLinear' && sameQuant(quantOf(graph, reader), quant);
  if (outputs.has(x) || !readers.get(x)!.every(quantizedAlike)) return null;
  quants.set(x, quant);
  edit.setValue({ ...graph.values.get(x)!, quant });
  return x;
}

/** The value that holds the reals that a DequantizeLinear gives. */
function dequantized({ graph, edit, quants, alias, readers }: Absorption, node: Node): string {
  const [integers = ''] = node.inputs;
  const quant = quantOf(graph, node);
  const source = alias.get(integers) ?? integers;
  const known = quants.get(source);
  const constant = graph.constants.get(integers);
  if (constant !== undefined) {
    if (known !== undefined && sameQuant(known, quant)) return source;
    const onlyReals = readers.get(integers)!.every((reader) => reader.op === 'DequantizeLinear');
    if (known !== undefined || !onlyReals) return edit.addConstant(integers, constant, quant);
    quants.set(integers, quant);
    edit.setValue({ ...graph.values.get(integers)!, dtype: 'float32', quant });
    return integers;
  }
  if (known === undefined) {
    throw new TinymlError('E_QUANT', `"${integers}" is computed in ${quant.dtype}, which is not supported`);
  }
  if (!sameQuant(known, quant)) {
    throw new TinymlError('E_QUANT', `"${integers}" is read with another scale than it was written with`);
  }
  return source;
}

/** A node that is neither Q nor DQ may read integers only to move or to limit them. */
function keepNode({ graph, edit, quants, alias }: Absorption, node: Node): void {
  const moved = keepsMeaning(node) ? movedInputs(node) : [];
  for (const input of new Set(node.inputs)) {
    if (!isCode(graph, input) || moved.includes(input)) continue;
    if (quants.has(alias.get(input) ?? input)) {
      throw new TinymlError('E_QUANT', `${node.op} computes with the integers of "${input}"`);
    }
  }
  const [data = ''] = moved;
  const quant = quants.get(alias.get(data) ?? data);
  if ((node.op !== 'Pad' && node.op !== 'Clip') || quant === undefined || !isCode(graph, data)) return;
  // The fill and the limits were integers; in the new graph they are real numbers.
  const realOf = (name: string, absent: number): number => {
    const code = name === '' ? absent : Number(graph.constants.get(name)?.data[0] ?? Number.NaN);
    if (Number.isNaN(code))
      throw new TinymlError('E_QUANT', `an integer operand of ${node.op} is computed at run time`);
    if (quant.axis !== null)
      throw new TinymlError('E_QUANT', `${node.op} of integers that have a scale per channel`);
    return quant.scale[0]! * (code - quant.zeroPoint[0]!);
  };
  const scalar = (suffix: string, real: number): string =>
    edit.addConstant(`${node.name}_${suffix}`, floatTensor([], [real]));
  const [, second = '', third = '', axes] = node.inputs;
  const inputs =
    node.op === 'Pad'
      ? [data, second, scalar('fill', realOf(third, 0)), ...(axes === undefined ? [] : [axes])]
      : [data, scalar('min', realOf(second, -(2 ** 31))), scalar('max', realOf(third, 2 ** 31))];
  edit.replace(node, { ...node, inputs });
}

function quantError(problems: readonly TinymlError[]): TinymlError {
  const [first] = problems as readonly [TinymlError, ...TinymlError[]];
  if (problems.length === 1) return first;
  return new TinymlError('E_QUANT', `${problems.length} nodes of the quantised model cannot be imported`, {
    at: problems.map((problem) => `${problem.at[0]}: ${problem.message}`),
    hint: WAY_OUT,
  });
}
