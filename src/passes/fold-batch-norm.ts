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

/**
 * Law: an affine map per channel (BatchNormalization, or a constant product or sum) after a Conv, ConvTranspose or
 * Gemm that nothing else reads is part of its weights: W' = s W, b' = s b + t. So is one before a Conv without padding
 * or a Gemm: W' = W s, b' = b + W t; with padding only if t = 0, for padding is zero after the map, not before.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const affine = channelAffine(view, node);
    if (affine === null) continue;
    const [y = ''] = node.outputs;

    const before = view.producers.get(affine.x);
    const source = before && !edit.isEdited(before) ? linear(view, before) : null;
    if (source !== null && isIntermediate(view, affine.x)) {
      edit.replace(source.node, withParameters(source, scaleOutputs(source, affine), y));
      edit.replace(node);
      continue;
    }
    const after = view.readers.get(y)?.[0];
    if (after === undefined || edit.isEdited(after) || !isIntermediate(view, y)) continue;
    const sink = after.inputs[0] === y ? linear(view, after) : null;
    if (sink === null || sink.node.op === 'ConvTranspose') continue;
    if (after.op === 'Conv' && isPadded(after) && affine.shift.some((shift) => shift !== 0)) continue;
    edit.replace(after, withParameters(sink, scaleInputs(sink, affine), after.outputs[0]!, affine.x));
    edit.replace(node);
  }
  return edit.finish();

  function withParameters(
    { node, weights }: Linear,
    parameters: { readonly weights: Float32Array; readonly bias: Float64Array },
    output: string,
    input = node.inputs[0]!,
  ): Node {
    const w = edit.addConstant(node.inputs[1]!, { ...weights, data: parameters.weights });
    const b = edit.addConstant(
      node.inputs[2] || `${node.name}_bias`,
      floatTensor([parameters.bias.length], parameters.bias),
    );
    return { ...node, inputs: [input, w, b], outputs: [output] };
  }
}

function scaleOutputs({ weights, bias, forEachKernel }: Linear, { scale, shift }: ChannelAffine) {
  const scaled = (weights.data as Float32Array).slice();
  forEachKernel((start, end, out) => {
    for (let i = start; i < end; i++) scaled[i]! *= scale[out]!;
  });
  return { weights: scaled, bias: bias.map((b, c) => b * scale[c]! + shift[c]!) };
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
  return { weights: scaled, bias: shifted };
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
