import { int, ints, string } from '../graph/build.ts';
import { sameQuant, startEdit } from '../graph/rewrite.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute, intsAttribute, stringAttribute } from '../ops/attributes.ts';
import {
  type GraphView,
  hasExtraOutput,
  intConstant,
  quantOf,
  scalarConstant,
  shapeOf,
  viewGraph,
} from './match.ts';

/** Constant padding of spatial axes: `pads` as ONNX states them, begins then ends. */
type SpatialPad = { readonly x: string; readonly pads: readonly number[]; readonly fill: number };

/**
 * Law: padding by the value that the reader pads with itself is the reader's padding. Zeros go into Conv and into
 * AveragePool (which then counts its padding); minus infinity (and the lowest number) goes into MaxPool, and so does
 * what is not positive before values that cannot be negative.
 */
export function foldPad(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const pad = view.producers.get(node.inputs[0] ?? '');
    const spatial = pad === undefined || edit.isEdited(pad) ? null : spatialPad(view, pad);
    const own = ownPads(view, node);
    if (spatial === null || own === null) continue;
    const pads = own.map((amount, i) => amount + spatial.pads[i]!);
    const extra = absorb(view, node, spatial, own, pads);
    if (extra === null) continue;
    edit.replace(node, {
      ...node,
      inputs: [spatial.x, ...node.inputs.slice(1)],
      attributes: { ...node.attributes, pads: ints(pads), auto_pad: string('NOTSET'), ...extra },
    });
  }
  return edit.finish();
}

/** Attributes that the node needs besides `pads` to take the padding over; null if it must not. */
function absorb(
  view: GraphView,
  node: Node,
  spatial: SpatialPad,
  own: readonly number[],
  pads: readonly number[],
): Node['attributes'] | null {
  const isZero = spatial.fill === 0;
  switch (node.op) {
    case 'Conv':
      return isZero ? {} : null;
    case 'AveragePool': {
      const counted = intAttribute(node, 'count_include_pad', 0) !== 0 || own.every((amount) => amount === 0);
      return isZero && counted && windowsStayInside(node, pads) ? { count_include_pad: int(1) } : null;
    }
    case 'MaxPool': {
      const never = spatial.fill <= LOWEST || (spatial.fill <= 0 && isNonNegative(view, spatial.x));
      return never && windowsStayInside(node, pads) && !hasExtraOutput(view, node) ? {} : null;
    }
    default:
      return null;
  }
}

function spatialPad(view: GraphView, node: Node): SpatialPad | null {
  if (node.op !== 'Pad' || stringAttribute(node, 'mode', 'constant') !== 'constant') return null;
  const [x = '', padsName = '', fillName = '', axesName = ''] = node.inputs;
  const amounts = intConstant(view, padsName);
  const fill = fillName === '' ? 0 : scalarConstant(view, fillName);
  const rank = shapeOf(view, x).length;
  const axes = axesName === '' ? Array.from({ length: rank }, (_, i) => i) : intConstant(view, axesName);
  const grid = quantOf(view, node.outputs[0]!);
  const sameGrid = grid === null || sameQuant(grid, quantOf(view, x));
  if (amounts === null || fill === null || axes === null || !sameGrid) return null;

  const begins = new Array<number>(rank).fill(0);
  const ends = new Array<number>(rank).fill(0);
  axes.forEach((axis, i) => {
    begins[axis < 0 ? axis + rank : axis] = amounts[i]!;
    ends[axis < 0 ? axis + rank : axis] = amounts[axes.length + i]!;
  });
  const all = [...begins, ...ends];
  const onlySpatial = [begins[0], begins[1], ends[0], ends[1]].every((amount) => amount === 0);
  if (rank < 3 || !onlySpatial || all.some((amount) => amount < 0)) return null;
  return { x, pads: [...begins.slice(2), ...ends.slice(2)], fill };
}

/** The padding that the node has already; null where it depends on the input size. */
function ownPads(view: GraphView, node: Node): readonly number[] | null {
  if (node.op !== 'Conv' && node.op !== 'AveragePool' && node.op !== 'MaxPool') return null;
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET');
  if (auto !== 'NOTSET' && auto !== 'VALID') return null;
  const none = new Array<number>(2 * (shapeOf(view, node.inputs[0]!).length - 2)).fill(0);
  return auto === 'VALID' ? none : intsAttribute(node, 'pads', none);
}

/** Whether every pooling window covers at least one real element: padding smaller than the kernel, no rounding up. */
function windowsStayInside(node: Node, pads: readonly number[]): boolean {
  const kernel = intsAttribute(node, 'kernel_shape', []);
  const dilations = intsAttribute(node, 'dilations', []);
  return (
    intAttribute(node, 'ceil_mode', 0) === 0 &&
    dilations.every((dilation) => dilation === 1) &&
    pads.every((amount, i) => amount < kernel[i % kernel.length]!)
  );
}

/** No finite float32 number is less: it loses against everything, as minus infinity does. */
const LOWEST = -(2 ** 128 - 2 ** 104);

const NON_NEGATIVE = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Softplus', 'Exp', 'Abs', 'Sqrt']);

function isNonNegative(view: GraphView, name: string): boolean {
  const quant = quantOf(view, name);
  const lowest = quant === null ? null : quant.dtype === 'uint8' ? 0 : -128;
  if (lowest !== null && quant!.zeroPoint.every((zeroPoint) => zeroPoint === lowest)) return true;
  const source = view.producers.get(name);
  if (source === undefined) return false;
  if (source.op === 'Clip') return (scalarConstant(view, source.inputs[1] ?? '') ?? -1) >= 0;
  return NON_NEGATIVE.has(source.op);
}
