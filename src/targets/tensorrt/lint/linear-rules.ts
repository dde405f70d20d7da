/** Rules of what stands around Conv, ConvTranspose, Gemm and MatMul: violating one parses, but costs speed. */
import type { Node } from '../../../graph/types.ts';
import { FUSED_ACTIVATIONS, isLinear } from '../release/linear-layers.ts';
import {
  beforePair,
  codeType,
  dequantizerOf,
  isDequantize,
  isIntegerLinear,
  isPerTensor,
  isQuantize,
  qdqNodes,
  quantizedConstant,
  scaleOf,
} from './pairs.ts';
import { type Rule, rule, type Said } from './rule.ts';
import { constantOf, describe, type LintView, shapeOf } from './view.ts';

/** What fuses with a Conv before it. */
const ACTIVATIONS: ReadonlySet<string> = new Set([...FUSED_ACTIVATIONS, 'BatchNormalization']);

export const LINEAR_RULES: readonly Rule[] = [
  rule(
    {
      id: 'W1',
      title: 'data and weights of a layer both come from a DQ, or neither',
      help: 'With one of them in float the layer runs in float, and the pair on the other only costs time.',
      severity: 'warning',
    },
    (view) => view.nodes.filter(isLinear).flatMap((node) => halfQuantized(view, node) ?? []),
  ),
  rule(
    {
      id: 'W2',
      title: 'nothing between a layer, its batch norm, bias and activation',
      help: 'A Conv fuses with its bias, batch norm and activation (Relu, Clip, x * Sigmoid(x)). A pair between them keeps them apart: put Q at the inputs of what reads the result.',
      severity: 'warning',
    },
    (view) => view.nodes.filter(isDequantize).flatMap((node) => splitLayer(view, node) ?? []),
  ),
  rule(
    {
      id: 'W3',
      title: 'batch norms are folded before quantising',
      help: 'A BatchNormalization behind a quantised layer changes the range of its weights: fold it into them first, then quantise.',
      severity: 'warning',
    },
    (view) =>
      view.nodes
        .filter(({ op }) => op === 'BatchNormalization')
        .flatMap((node): readonly Said[] => {
          const layer = view.producers.get(beforePair(view, node.inputs[0] ?? ''));
          if (layer === undefined || !isIntegerLinear(view, layer)) return [];
          return [
            {
              at: [node.name, layer.name],
              message: `${describe(node)} stands behind the quantised ${describe(layer)}`,
              cause:
                'its scale is not in the quantised weights: the layer is computed twice over, or in float',
              fix: 'fold batch norms into the weights, then quantise',
              fixable: true,
            },
          ];
        }),
  ),
  rule(
    {
      id: 'W4',
      title: 'one scale is a scalar',
      help: 'A scale of shape [1] is taken for scales per channel, of which there is one: the optimiser of TensorRT-RTX 1.7 (that of TensorRT 11) then leaves the layer in float (seen in its log). A scalar of shape [] is right for all releases.',
      severity: 'warning',
    },
    (view) =>
      qdqNodes(view).flatMap((node): readonly Said[] => {
        const scale = scaleOf(view, node);
        if (scale === null || scale.shape.length === 0 || !isPerTensor(scale)) return [];
        if (codeType(view, node) === 'INT32') return []; // R5 says it
        const constant = quantizedConstant(view, node);
        // Weights of one output channel have one scale per channel.
        if (constant !== null && shapeOf(view, constant)?.includes(1)) return [];
        return [
          {
            at: [node.name],
            message: `the scale of ${describe(node)} has the shape [${scale.shape.join(', ')}]`,
            cause: 'it is taken for scales per channel: what reads it may be left in float',
            fix: 'store it as a scalar',
            fixable: true,
          },
        ];
      }),
  ),
];

function halfQuantized(view: LintView, node: Node): Said | null {
  const [data = '', weights = ''] = node.inputs;
  const [left, right] = [dequantizerOf(view, data), dequantizerOf(view, weights)];
  if ((left === null) === (right === null)) return null;
  // Weights in fewer than 8 bits are widened to float on purpose.
  if (right !== null && left === null && codeType(view, right)?.endsWith('4')) return null;
  const one = left === null ? 'weights' : 'data';
  const other = left !== null && constantOf(view, weights) !== null ? 'weights are' : 'other input is';
  return {
    at: [node.name, (left ?? right)!.name],
    message: `${describe(node)}: the ${one === 'data' ? 'data is quantised' : 'weights are quantised'}, the ${one === 'data' ? other : 'data is'} not`,
    cause: 'a layer runs in int8 only where both inputs come from a DequantizeLinear',
    fix: `quantise both, or leave out the pair on the ${one}`,
    fixable: true,
  };
}

/** A pair behind a linear node whose readers would fuse with it. */
function splitLayer(view: LintView, dequantize: Node): Said | null {
  const quantize = view.producers.get(dequantize.inputs[0] ?? '');
  if (quantize === undefined || !isQuantize(quantize)) return null;
  const source = view.producers.get(quantize.inputs[0] ?? '');
  if (source === undefined) return null;
  const readers = view.readers.get(dequantize.outputs[0] ?? '') ?? [];
  const reader = readers.find((candidate) => fuses(view, source, candidate));
  if (reader === undefined) return null;
  return {
    at: [quantize.name, source.name, reader.name],
    message: `${describe(quantize)} stands between ${describe(source)} and ${describe(reader)}`,
    cause: 'they do not fuse: one more kernel, and the result is rounded twice',
    fix: 'take the pair out, and put Q behind the last of them (ONNX Runtime: OpTypesToExcludeOutputQuantization)',
    fixable: true,
  };
}

function fuses(view: LintView, source: Node, reader: Node): boolean {
  if (isLinear(source) || source.op === 'BatchNormalization') {
    return ACTIVATIONS.has(reader.op) || addsConstant(view, reader) || gates(view, source, reader);
  }
  // The arm of x * Sigmoid(x).
  return (source.op === 'Sigmoid' || source.op === 'HardSigmoid') && gates(view, source, reader);
}

function addsConstant(view: LintView, { op, inputs }: Node): boolean {
  return op === 'Add' && inputs.some((name) => constantOf(view, name) !== null);
}

/** Whether a Mul is x * Sigmoid(x), of which `source` makes x or the Sigmoid. */
function gates(view: LintView, source: Node, reader: Node): boolean {
  if (reader.op !== 'Mul') return false;
  const [a, b] = reader.inputs.map((name) => beforePair(view, name));
  const isArm = (arm: string | undefined, of: string | undefined): boolean => {
    const producer = view.producers.get(arm ?? '');
    if (producer === undefined || !/^(Hard)?Sigmoid$/.test(producer.op)) return false;
    return beforePair(view, producer.inputs[0] ?? '') === of;
  };
  const [made = ''] = source.outputs;
  return (a === made || b === made) && (isArm(a, b) || isArm(b, a));
}
