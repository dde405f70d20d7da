import { startEdit } from '../graph/rewrite.ts';
import { floatTensor } from '../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { intAttribute } from '../ops/attributes.ts';
import { type ChannelAffine, channelAffine } from './channel-affine.ts';
import {
  floatConstant,
  type GraphView,
  isIntermediate,
  isNormalGemm,
  isPadded,
  shapeOf,
  viewGraph,
} from './match.ts';

/** A Conv, ConvTranspose or Gemm with unquantised constant weights and bias. */
type Linear = {
  readonly node: Node;
  readonly weights: Tensor;
  /** One number per output channel; zeros where the node has no bias. */
  readonly bias: Float64Array;
  /** The channels that each run of kernel elements joins. */
  readonly forEachKernel: (visit: (start: number, end: number, out: number, input: number) => void) => void;
};

/** A node that is no more: it is part of the weights and the bias of another. */
export type FoldedNode = { readonly name: string; readonly op: string; readonly into: string };

/**
 * Law: an affine map per channel (BatchNormalization, or a constant product or sum) after a Conv, ConvTranspose or
 * Gemm that nothing else reads is part of its weights: W' = s W, b' = s b + t. So is one before a Conv without padding
 * or a Gemm: W' = W s, b' = b + W t; with padding only if t = 0, for padding is zero after the map, not before.
 * @param onFold is told of each that is folded
 */
export function foldBatchNorm(graph: Graph, onFold: (folded: FoldedNode) => void = () => {}): Graph {
  const view = viewGraph(graph);
  const folds = new Map<Node, Fold>();
  const folded = new Set<Node>();
  /** The fold that makes a value now, or reads one: chains of maps fold in one go. */
  const makes = new Map<string, Fold>();
  const reads = new Map<string, Fold>();
  const foldOf = (node: Node | undefined): Fold | null => {
    const known = node === undefined ? undefined : folds.get(node);
    const found = known === undefined && node !== undefined ? linear(view, node) : null;
    return known ?? (found && { ...found, x: found.node.inputs[0]!, y: found.node.outputs[0]! });
  };
  const keep = (node: Node, fold: Fold): void => {
    // Finite maps may overflow together: then the nodes stay.
    if (!areFinite(fold.weights.data as Float32Array) || !areFinite(fold.bias)) return;
    folded.add(node);
    onFold({ name: node.name, op: node.op, into: fold.node.name });
    folds.set(fold.node, fold);
    makes.set(fold.y, fold);
    reads.set(fold.x, fold);
  };

  for (const node of graph.nodes) {
    const affine = channelAffine(view, node);
    if (affine === null || !isIntermediate(view, affine.x)) continue;
    const source = foldOf((makes.get(affine.x) ?? { node: view.producers.get(affine.x) }).node);
    if (source !== null) keep(node, { ...source, ...scaleOutputs(source, affine), y: node.outputs[0]! });
  }
  for (const node of [...graph.nodes].reverse()) {
    const affine = folded.has(node) ? null : channelAffine(view, node);
    const [y = ''] = node.outputs;
    if (affine === null || !isIntermediate(view, y)) continue;
    const sink = foldOf((reads.get(y) ?? { node: view.readers.get(y)?.[0] }).node);
    if (sink === null || sink.x !== y || sink.node.op === 'ConvTranspose') continue;
    if (sink.node.op === 'Conv' && isPadded(sink.node) && affine.shift.some((shift) => shift !== 0)) continue;
    keep(node, { ...sink, ...scaleInputs(sink, affine), x: affine.x });
  }

  const edit = startEdit(graph);
  for (const node of folded) edit.replace(node);
  for (const { node, weights, bias, x, y } of folds.values()) {
    const w = edit.addConstant(node.inputs[1]!, weights);
    const b = edit.addConstant(node.inputs[2] || `${node.name}_bias`, floatTensor([bias.length], bias));
    edit.replace(node, { ...node, inputs: [x, w, b], outputs: [y] });
  }
  return edit.finish();
}

function areFinite(numbers: Float32Array | Float64Array): boolean {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i]!)) return false;
  return true;
}

/** A Linear with maps folded into it, from `x` to `y`. */
type Fold = Linear & { readonly x: string; readonly y: string };

function scaleOutputs({ weights, bias, forEachKernel }: Linear, { scale, shift }: ChannelAffine) {
  const scaled = (weights.data as Float32Array).slice();
  forEachKernel((start, end, out) => {
    for (let i = start; i < end; i++) scaled[i]! *= scale[out]!;
  });
  return { weights: { ...weights, data: scaled }, bias: bias.map((b, c) => b * scale[c]! + shift[c]!) };
}

function scaleInputs({ weights, bias, forEachKernel }: Linear, { scale, shift }: ChannelAffine) {
  const scaled = (weights.data as Float32Array).slice();
  const shifted = bias.slice();
  forEachKernel((start, end, out, input) => {
    for (let i = start; i < end; i++) {
      shifted[out]! += scaled[i]! * shift[input]!;
      scaled[i]! *= scale[input]!;
    }
  });
  return { weights: { ...weights, data: scaled }, bias: shifted };
}

function linear(view: GraphView, node: Node): Linear | null {
  if (node.op !== 'Conv' && node.op !== 'ConvTranspose' && node.op !== 'Gemm') return null;
  const [x = '', weightName = '', biasName = ''] = node.inputs;
  const weights = floatConstant(view, weightName);
  const outChannels = shapeOf(view, node.outputs[0]!)[1]!;
  const bias = biasName === '' ? null : floatConstant(view, biasName);
  if (weights === null || (biasName !== '' && bias?.data.length !== outChannels)) return null;
  if (node.op === 'Gemm' && !isNormalGemm(node)) return null;

  const [rows = 0, columns = 0] = weights.shape;
  const inner = weights.data.length / (rows * columns);
  const groups = node.op === 'Gemm' ? 1 : intAttribute(node, 'group', 1);
  const inPerGroup = shapeOf(view, x)[1]! / groups;
  const outPerGroup = outChannels / groups;
  return {
    node,
    weights,
    bias: bias === null ? new Float64Array(outChannels) : new Float64Array(bias.data as Float32Array),
    forEachKernel: (visit) => {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const start = (row * columns + column) * inner;
          // Weights are [out][in / groups]; of ConvTranspose [in][out / groups].
          if (node.op === 'ConvTranspose') {
            visit(start, start + inner, Math.floor(row / inPerGroup) * outPerGroup + column, row);
          } else {
            visit(start, start + inner, row, Math.floor(row / outPerGroup) * inPerGroup + column);
          }
        }
      }
    },
  };
}
