/** Rules of scales per channel, and of how weights are stored. */
import type { Node } from '../../../graph/types.ts';
import { intAttribute, intsAttribute } from '../../../ops/attributes.ts';
import { channelAxis, isLinear } from '../release/linear-layers.ts';
import { isDequantize, isPerTensor, qdqNodes, quantizedConstant, scaleOf } from './pairs.ts';
import { type Rule, rule, type Said } from './rule.ts';
import { constantOf, describe, type LintView, shapeOf } from './view.ts';

export const WEIGHT_RULES: readonly Rule[] = [
  rule(
    {
      id: 'R8',
      title: 'scales per channel on weights alone',
      help: 'An activation has one scale. Per-channel activations are refused by the parsers of TensorRT 8, and what reads them is not computed in int8 by later releases.',
      severity: 'error',
    },
    (view) =>
      qdqNodes(view).flatMap((node): readonly Said[] => {
        const scale = scaleOf(view, node);
        if (scale === null || isPerTensor(scale) || quantizedConstant(view, node) !== null) return [];
        return [
          {
            at: [node.name],
            message: `${describe(node)} has ${scale.shape.join(' x ')} scales for an activation`,
            cause: 'scales per channel are for constant weights alone',
            fix: 'calibrate the tensor with one scale',
            fixable: true,
          },
        ];
      }),
  ),
  rule(
    {
      id: 'R9',
      title: 'scales per channel on the axis of output channels, as many as there are',
      help: 'Conv: 0, ConvTranspose: 1, Gemm: 0 with transB=1 and else 1, MatMul: the last. ONNX Runtime quantises ConvTranspose on axis 0 unless told otherwise.',
      severity: 'error',
    },
    (view) => view.nodes.filter(isDequantize).flatMap((node) => wrongAxis(view, node) ?? []),
  ),
  rule(
    {
      id: 'R10',
      title: 'before TensorRT 10, weights are float with Q and DQ behind them',
      help: 'Integer initializers with a DQ alone are for TensorRT 10 on. Before, weights are a float initializer, a QuantizeLinear and a DequantizeLinear.',
      severity: 'error',
    },
    (view) => {
      if (view.platform.release.integerWeights) return [];
      return view.nodes.filter(isDequantize).flatMap((node): readonly Said[] => {
        const codes = constantOf(view, node.inputs[0] ?? '');
        if (codes === null || codes.type === 'INT32') return []; // R5 says it
        return [
          {
            at: [node.name],
            message: `${describe(node)} reads integers that the file stores`,
            cause: `the parser of TensorRT ${view.platform.release.id} takes weights as a float initializer, Q and DQ`,
            fix: 'store the weights as float with a QuantizeLinear before the DequantizeLinear',
            fixable: true,
          },
        ];
      });
    },
  ),
];

function wrongAxis(view: LintView, node: Node): Said | null {
  const scale = scaleOf(view, node);
  const weights = quantizedConstant(view, node);
  if (scale === null || isPerTensor(scale) || weights === null) return null;
  const shape = shapeOf(view, weights);
  if (shape === null || intAttribute(node, 'block_size', 0) !== 0) return null;
  const axis = normalise(intAttribute(node, 'axis', 1), shape.length);
  const count = scale.shape.reduce((product, dim) => product * dim, 1);
  const said = { at: [node.name], fix: 'quantise weights on the axis of output channels' };
  if (count !== shape[axis]) {
    return {
      ...said,
      message: `${describe(node)} has ${count} scales on axis ${axis} of [${shape.join(', ')}]`,
      cause: 'there must be as many scales as the axis has elements (NVIDIA/TensorRT#994)',
      fixable: false,
    };
  }
  for (const { reader, expected } of readersOf(view, node.outputs[0] ?? '', shape)) {
    if (expected === null || expected === axis) continue;
    return {
      ...said,
      message: `${describe(node)} has scales on axis ${axis}, ${describe(reader)} wants them on axis ${expected}`,
      cause: `output channels of ${reader.op} lie on axis ${expected}: on another axis it is refused, or not computed in int8`,
      fixable: true,
    };
  }
  return null;
}

/** The axis of a constant behind a DQ on which layers that read it have output channels; null where none does. */
export function expectedAxis(view: LintView, node: Node, shape: readonly number[]): number | null {
  return (
    readersOf(view, node.outputs[0] ?? '', shape).find(({ expected }) => expected !== null)?.expected ?? null
  );
}

type Reader = {
  readonly reader: Node;
  /** The axis of the stored weights that holds output channels; null where that is not plain. */
  readonly expected: number | null;
};

/** Linear nodes that read weights, directly or through one Transpose. */
function readersOf(view: LintView, name: string, shape: readonly number[]): readonly Reader[] {
  return (view.readers.get(name) ?? []).flatMap((reader): readonly Reader[] => {
    if (reader.op === 'Transpose') {
      const perm = intsAttribute(reader, 'perm', [...shape.keys()].reverse());
      const moved = readersOf(
        view,
        reader.outputs[0] ?? '',
        perm.map((axis) => shape[axis] ?? 0),
      );
      return moved.map(({ reader: linear, expected }) => ({
        reader: linear,
        expected: expected === null ? null : (perm[expected] ?? null),
      }));
    }
    if (!isLinear(reader) || reader.inputs[1] !== name) return [];
    return [{ reader, expected: channelAxis(reader, shape.length) }];
  });
}

function normalise(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
