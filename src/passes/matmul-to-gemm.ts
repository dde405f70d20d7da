import { int, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { allocate, elementCount, floatTensor, int64Tensor, sameShape } from '../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { floatAttribute, intAttribute } from '../ops/attributes.ts';
import { dequantizeTensor } from '../ops/quant.ts';
import { floatConstant, type GraphView, isIntermediate, quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: x B + c with constant B is Gemm(x, B', c) with B' of shape [out, in], transA = 0, transB = 1, alpha = beta = 1.
 * MatMul with a constant matrix, the Add of a constant row behind it, and every Gemm with constant B take this one
 * form; a MatMul on more than two axes gets a Reshape on either side. Where integers are added to a product that has a
 * scale of its own (as ONNX Runtime quantises a layer with a bias), the product is not rounded to it any more: the sum is nearer to
 * that of real numbers, by at most half a step of that scale.
 */
export function matmulToGemm(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op === 'MatMul') rewriteMatMul(view, edit, node);
    else if (node.op === 'Gemm') normaliseGemm(view, edit, node);
  }
  return edit.finish();
}

function rewriteMatMul(view: GraphView, edit: Edit, node: Node): void {
  const [x = '', b = ''] = node.inputs;
  const [product = ''] = node.outputs;
  const matrix = view.graph.constants.get(b);
  const shape = shapeOf(view, x);
  if (matrix?.shape.length !== 2 || shape.length < 2 || view.graph.constants.has(x)) return;
  if (elementCount(shapeOf(view, product)) === 0) return;

  const weights = addTransposed(edit, b, matrix, quantOf(view, b));
  const [inFeatures, outFeatures] = matrix.shape as readonly [number, number];
  const sum = view.readers.get(product)?.[0];
  const row =
    sum !== undefined && isSummand(view, sum, product) ? rowOperand(view, sum, product, outFeatures) : null;
  const bias = row === null ? null : asRow(view, edit, row, outFeatures);
  const y = bias === null ? product : sum!.outputs[0]!;
  const operands = bias === null ? [weights] : [weights, bias];
  const gemm = (input: string, output: string) =>
    makeNode('Gemm', [input, ...operands], [output], { transB: int(1) }, node.name);
  if (bias !== null) edit.replace(sum!);

  if (shape.length === 2) {
    edit.replace(node, gemm(x, y));
    return;
  }
  const rows = elementCount(shape.slice(0, -1));
  const reshape = (from: string, to: string, target: readonly number[]) =>
    makeNode('Reshape', [from, edit.addConstant(`${to}_shape`, int64Tensor(target))], [to]);
  const flat = [rows, inFeatures];
  const flatIn = edit.addValue(`${x}_rows`, { dtype: 'float32', shape: flat, quant: quantOf(view, x) });
  const flatShape = [rows, outFeatures];
  const flatOut = edit.addValue(`${y}_rows`, { dtype: 'float32', shape: flatShape, quant: quantOf(view, y) });
  edit.replace(node, reshape(x, flatIn, flat), gemm(flatIn, flatOut), reshape(flatOut, y, shapeOf(view, y)));
}

/** Whether only the sum reads the product, which may be rounded to a scale of its own if the sum is, too. */
function isSummand(view: GraphView, sum: Node, product: string): boolean {
  if (isIntermediate(view, product)) return true;
  const alone = view.readers.get(product)?.length === 1 && !view.outputs.has(product);
  return alone && quantOf(view, sum.outputs[0]!) !== null;
}

/** The constant row that an Add adds to `product`; null if the node is no such Add or widens the shape. */
function rowOperand(view: GraphView, node: Node, product: string, features: number): string | null {
  if (node.op !== 'Add') return null;
  const row = node.inputs[0] === product ? node.inputs[1]! : node.inputs[0]!;
  const constant = view.graph.constants.get(row);
  if (constant === undefined || constant.shape.length > shapeOf(view, product).length) return null;
  if (constant.data.length !== features || constant.shape.at(-1) !== features) return null;
  const quant = quantOf(view, row);
  return quant === null || quant.dtype === 'int32' ? row : null;
}

/** A row of one axis. */
function asRow(view: GraphView, edit: Edit, name: string, features: number): string {
  const tensor = view.graph.constants.get(name)!;
  const quant = quantOf(view, name);
  if (tensor.shape.length === 1 || (quant !== null && quant.axis !== null)) return name;
  return edit.addConstant(name, { ...tensor, shape: [features] }, quant);
}

function normaliseGemm(view: GraphView, edit: Edit, node: Node): void {
  const [a = '', b = '', c = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const matrix = view.graph.constants.get(b);
  const alpha = floatAttribute(node, 'alpha', 1);
  const beta = floatAttribute(node, 'beta', 1);
  const transA = intAttribute(node, 'transA', 0) !== 0;
  const transB = intAttribute(node, 'transB', 0) !== 0;
  const outFeatures = shapeOf(view, y)[1]!;
  const row = c === '' ? null : view.graph.constants.get(c);
  const rowIsNormal =
    row === null || (row !== undefined && sameShape(row.shape, [outFeatures]) && beta === 1);
  if (matrix === undefined || view.graph.constants.has(a)) return;
  if (alpha === 1 && !transA && transB && rowIsNormal) return;

  const quant = scaledQuant(quantOf(view, b), alpha);
  const stored = alpha === 1 ? matrix : scaledCodes(view, b, matrix, alpha);
  if (stored === null) return;
  let bias = c;
  if (!rowIsNormal) {
    const values = row === undefined ? null : expandRow(view, c, outFeatures, beta);
    if (values === null) return;
    bias = edit.addConstant(c, values);
  }
  let weights = b;
  if (!transB) weights = addTransposed(edit, b, stored, quant);
  else if (alpha !== 1) weights = edit.addConstant(b, stored, quant);

  const operands = bias === '' ? [weights] : [weights, bias];
  const gemm = (input: string) => makeNode('Gemm', [input, ...operands], [y], { transB: int(1) }, node.name);
  if (!transA) {
    edit.replace(node, gemm(a));
    return;
  }
  const [rows = 0, columns = 0] = shapeOf(view, a);
  const turned = edit.addValue(`${a}_transposed`, {
    dtype: 'float32',
    shape: [columns, rows],
    quant: quantOf(view, a),
  });
  edit.replace(node, makeNode('Transpose', [a], [turned]), gemm(turned));
}

/** beta * C as one number per output feature; null if C varies along the rows. */
function expandRow(view: GraphView, name: string, features: number, beta: number): Tensor | null {
  const tensor = realConstant(view, name);
  if (tensor === null) return null;
  const count = tensor.data.length;
  const isRow = count === 1 || (count === features && (tensor.shape.at(-1) ?? 1) === features);
  if (!isRow) return null;
  return floatTensor(
    [features],
    Float64Array.from({ length: features }, (_, i) => beta * Number(tensor.data[i % count])),
  );
}

/** A constant as the real numbers that it stands for. */
function realConstant(view: GraphView, name: string): Tensor | null {
  const quant = quantOf(view, name);
  const tensor = view.graph.constants.get(name);
  return quant === null || tensor === undefined ? floatConstant(view, name) : dequantizeTensor(tensor, quant);
}

/** A constant [in, out] matrix as [out, in], its scales along the other axis too. */
function addTransposed(edit: Edit, name: string, matrix: Tensor, quant: Quant | null): string {
  const [rows = 0, columns = 0] = matrix.shape;
  const source = matrix.data as Float32Array | Int8Array;
  const data = allocate(matrix.dtype, source.length) as Float32Array | Int8Array;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      data[column * rows + row] = source[row * columns + column]!;
    }
  }
  const turned: Quant | null =
    quant === null || quant.axis === null ? quant : { ...quant, axis: 1 - quant.axis };
  return edit.addConstant(name, { ...matrix, shape: [columns, rows], data }, turned);
}

/** Scales times the magnitude of a factor: its sign goes into the codes. */
function scaledQuant(quant: Quant | null, factor: number): Quant | null {
  return quant === null || factor === 1
    ? quant
    : { ...quant, scale: quant.scale.map((scale) => scale * Math.abs(factor)) };
}

/** factor * matrix: numbers, or codes at a scale that holds the magnitude of the factor; null where these have no negative. */
function scaledCodes(view: GraphView, name: string, matrix: Tensor, factor: number): Tensor | null {
  const quant = quantOf(view, name);
  if (quant === null) return floatConstant(view, name) === null ? null : scaled(matrix, factor);
  if (factor === 0 || quant.dtype === 'int32') return null;
  if (factor > 0) return matrix;
  const zero = quant.dtype === 'uint8' ? 128 : 0;
  const codes = matrix.data as Int8Array | Uint8Array;
  const negative = codes.map((code) => 2 * zero - code);
  const exact = quant.zeroPoint.every((point) => point === zero) && !codes.includes(zero - 128);
  return exact ? { ...matrix, data: negative } : null;
}

function scaled(tensor: Tensor, factor: number): Tensor {
  return floatTensor(
    tensor.shape,
    Float64Array.from(tensor.data as Float32Array, (value) => value * factor),
  );
}
