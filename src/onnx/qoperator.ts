/**
 * QOperator forms that ONNX Runtime writes (domain com.microsoft, its ContribOperators documentation): each is an operator on
 * real numbers between DequantizeLinear and QuantizeLinear. QLinearConv and QLinearMatMul, which are of ONNX itself, are
 * taken apart where shapes are known (src/passes/expand-qlinear.ts).
 */
import { int, makeNode } from '../graph/build.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Node } from '../graph/types.ts';
import type { Rewriting } from './rewriting.ts';

/** Codes, scale and zero point: names of values. */
type Quantized = readonly [codes: string, scale: string, zeroPoint: string];

/** The operator on real numbers that a node stands for. */
type Form = {
  readonly op: string;
  readonly inputs: readonly Quantized[];
  readonly output: readonly [scale: string, zeroPoint: string];
};

const MICROSOFT = 'com.microsoft::';

/** What stands for a node of ONNX Runtime's own domain; null where it is kept. Softmax comes back in the form of its opset. */
export function qoperatorNodes(node: Node, rewriting: Rewriting): readonly Node[] | null {
  if (!node.op.startsWith(MICROSOFT) || node.outputs.length !== 1) return null;
  const name = node.op.slice(MICROSOFT.length);
  if (name === 'QuantizeLinear' || name === 'DequantizeLinear') return [{ ...node, op: name }];
  if (name === 'QGemm') return gemm(node, rewriting);
  const form = formOf(name, node);
  if (form === null) return null;
  const { channels_last: channelsLast, opset: _, ...attributes } = node.attributes;
  if (channelsLast?.kind === 'int' && Number(channelsLast.value) !== 0) {
    rewriting.reject(node, 'channels_last: quantise the model before ONNX Runtime optimises it');
    return [];
  }
  const real = form.inputs.map((operand) => dequantize(node, operand, rewriting));
  return [
    ...real,
    ...quantize({ ...node, op: form.op, inputs: outputsOf(real), attributes }, form.output, rewriting),
  ];
}

/** Operators of one and of two operands, and Concat, which has its scale first. */
const UNARY: ReadonlyMap<string, string> = new Map([
  ['QLinearAveragePool', 'AveragePool'],
  ['QLinearGlobalAveragePool', 'GlobalAveragePool'],
  ['QLinearLeakyRelu', 'LeakyRelu'],
  ['QLinearSigmoid', 'Sigmoid'],
  ['QLinearSoftmax', 'Softmax'],
]);
const BINARY: ReadonlyMap<string, string> = new Map([
  ['QLinearAdd', 'Add'],
  ['QLinearMul', 'Mul'],
]);

function formOf(name: string, { inputs }: Node): Form | null {
  const at = (index: number): string => inputs[index] ?? '';
  const three = (index: number): Quantized => [at(index), at(index + 1), at(index + 2)];
  const unary = UNARY.get(name);
  if (unary !== undefined) return { op: unary, inputs: [three(0)], output: [at(3), at(4)] };
  const binary = BINARY.get(name);
  if (binary !== undefined) return { op: binary, inputs: [three(0), three(3)], output: [at(6), at(7)] };
  if (name !== 'QLinearConcat') return null;
  const count = Math.ceil((inputs.length - 2) / 3);
  const parts = Array.from({ length: count }, (_, i) => three(2 + 3 * i));
  return { op: 'Concat', inputs: parts, output: [at(0), at(1)] };
}

/**
 * A B + C with C in int32 at alpha times the product of the scales, on its last axis. Without a scale of its own the output is real.
 * Scales are above 0: the sign of alpha is that of beta.
 */
function gemm(node: Node, rewriting: Rewriting): readonly Node[] {
  const [a = '', aScale = '', aZero = '', b = '', bScale = '', bZero = '', c = '', yScale = '', yZero = ''] =
    node.inputs;
  const transB = node.attributes.transB;
  const columns = transB?.kind === 'int' && Number(transB.value) !== 0 ? 0 : 1;
  const real = [
    dequantize(node, [a, aScale, aZero], rewriting),
    dequantize(node, [b, bScale, bZero], rewriting, columns),
  ];
  let { attributes } = node;
  if (c !== '') {
    const scales = [aScale, bScale].map((name) => {
      const tensor = rewriting.constant(name);
      return tensor?.dtype === 'float32' ? (tensor.data as Float32Array) : undefined;
    });
    const [input, weights] = scales;
    if (input === undefined || weights === undefined) {
      rewriting.reject(node, 'scales that are no float32 constants');
      return [];
    }
    const alpha = node.attributes.alpha?.kind === 'float' ? node.attributes.alpha.value : 1;
    const steps = Float32Array.from(weights, (scale) => Math.abs(alpha) * input[0]! * scale);
    const shape = steps.length === 1 ? [] : [steps.length];
    const scale = rewriting.addConstant(`${c}_scale`, floatTensor(shape, steps));
    real.push(dequantize(node, [c, scale, ''], rewriting, -1));
    attributes = { ...attributes, beta: { kind: 'float', value: Math.sign(alpha) } };
  }
  const product: Node = { ...node, op: 'Gemm', inputs: outputsOf(real), attributes };
  return [...real, ...(yScale === '' ? [product] : quantize(product, [yScale, yZero], rewriting))];
}

function outputsOf(nodes: readonly Node[]): readonly string[] {
  return nodes.map(({ outputs }) => outputs[0]!);
}

/** A DequantizeLinear of an operand. */
function dequantize(
  { name }: Node,
  [codes, scale, zeroPoint]: Quantized,
  { newValue, newNode }: Rewriting,
  axis?: number,
): Node {
  const real = newValue(`${codes}_real`);
  const inputs = [codes, scale, ...(zeroPoint === '' ? [] : [zeroPoint])];
  const attributes = axis === undefined ? {} : { axis: int(axis) };
  return makeNode('DequantizeLinear', inputs, [real], attributes, newNode(`${name}_DequantizeLinear`));
}

/** The node with its output on real numbers, and a QuantizeLinear behind it. */
function quantize(
  node: Node,
  [scale, zeroPoint]: Form['output'],
  { newValue, newNode }: Rewriting,
): readonly Node[] {
  const [y = ''] = node.outputs;
  const real = newValue(`${y}_real`);
  const inputs = [real, scale, ...(zeroPoint === '' ? [] : [zeroPoint])];
  return [
    { ...node, outputs: [real] },
    makeNode('QuantizeLinear', inputs, [y], {}, newNode(`${node.name}_QuantizeLinear`)),
  ];
}
