import { int, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { allocate, elementCount, floatTensor, int64Tensor, sameShape } from '../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { floatAttribute, intAttribute } from '../ops/attributes.ts';
import { floatConstant, type GraphView, isIntermediate, quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: x B + c with constant B is Gemm(x, B', c) with B' of shape [out, in], transA = 0, transB = 1, alpha = beta = 1.
 * MatMul with a constant matrix, the Add of a constant row behind it, and every Gemm with constant B take this one
 * form; a MatMul on more than two axes gets a Reshape on either side.
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

  const weights = addTransposed(view, edit, b, matrix);
  const [inFeatures, outFeatures] = matrix.shape as readonly [number, number];
  const sum = view.readers.get(product)?.[0];
  const bias =
    sum !== undefined && isIntermediate(view, product) ? rowOperand(view, sum, product, outFeatures) : null;
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

/** The constant row that an Add adds to `product`; null if the node is no such Add or widens the shape. */
function rowOperand(view: GraphView, node: Node, product: string, features: number): string | null {
  if (node.op !== 'Add') return null;
  const row = node.inputs[0] === product ? node.inputs[1]! : node.inputs[0]!;
  const constant = view.graph.constants.get(row);
  if (constant === undefined || !sameShape(constant.shape, [features])) return null;
  const quant = quantOf(view, row);
  return quant === null || quant.dtype === 'int32' ? row : null;
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

  const isQuantized = quantOf(view, b) !== null;
  if (alpha !== 1 && (isQuantized || floatConstant(view, b) === null)) return;
  let bias = c;
  if (!rowIsNormal) {
    const values = row === undefined ? null : expandRow(view, c, outFeatures, beta);
    if (values === null) return;
    bias = edit.addConstant(c, values);
  }
  let weights = b;
  if (!transB) weights = addTransposed(view, edit, b, matrix, alpha);
  else if (alpha !== 1) weights = edit.addConstant(b, scaled(matrix, alpha));

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

/** beta * C as one number per output feature; null if C varies along the rows or is quantised. */
function expandRow(view: GraphView, name: string, features: number, beta: number): Tensor | null {
  const tensor = floatConstant(view, name);
  if (tensor === null) return null;
  const count = tensor.data.length;
  const isRow = count === 1 || (count === features && (tensor.shape.at(-1) ?? 1) === features);
  if (!isRow) return null;
  return floatTensor(
    [features],
    Float64Array.from({ length: features }, (_, i) => beta * Number(tensor.data[i % count])),
  );
}

/** A constant [in, out] matrix as [out, in], its scales along the other axis too. */
function addTransposed(view: GraphView, edit: Edit, name: string, matrix: Tensor, factor = 1): string {
  const [rows = 0, columns = 0] = matrix.shape;
  const source = matrix.data as Float32Array | Int8Array;
  const data = allocate(matrix.dtype, source.length) as Float32Array | Int8Array;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      data[column * rows + row] = source[row * columns + column]! * factor;
    }
  }
  const quant = quantOf(view, name);
  const turned: Quant | null =
    quant === null || quant.axis === null ? quant : { ...quant, axis: 1 - quant.axis };
  return edit.addConstant(name, { ...matrix, shape: [columns, rows], data }, turned);
}

function scaled(tensor: Tensor, factor: number): Tensor {
  return floatTensor(
    tensor.shape,
    Float64Array.from(tensor.data as Float32Array, (value) => value * factor),
  );
}
