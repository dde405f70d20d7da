/** MaxPool, AveragePool and their global forms. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { intAttribute } from '../../ops/attributes.ts';
import type { Step } from '../../program/kernels/index.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import {
  type ActivationQuant,
  activationQuant,
  addTensor,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  shapeOf,
  unsupported,
} from '../shared/context.ts';
import { type Target, targetOf } from '../shared/fused-activation.ts';
import { localWindow, spatialShape } from '../shared/pool-window.ts';
import { pushTable, requantizeTable } from '../shared/table-step.ts';
import { channelsLast } from '../shared/views.ts';
import { averageWithoutKernel, geometry2d, globalWindow, type Window } from '../shared/window.ts';

export function lowerMaxPool(context: LoweringContext, node: Node): void {
  if (node.outputs.length > 1 && node.outputs[1] !== '') {
    throw unsupported(
      node,
      'MaxPool with an Indices output has no int8 kernel',
      'do without the indices: enlarge by ConvTranspose in the place of MaxUnpool',
    );
  }
  lowerPool(context, node, 'max', localWindow(context, node));
}

export function lowerAveragePool(context: LoweringContext, node: Node): void {
  const window = localWindow(context, node);
  const form = averageWithoutKernel(context.graph, node);
  if (form !== null) throw unsupported(node, `${form} has no int8 kernel`);
  lowerPool(context, node, 'average', window);
}

export function lowerGlobalPool(context: LoweringContext, node: Node, kind: 'max' | 'average'): void {
  lowerPool(context, node, kind, globalWindow(spatialShape(context, node)));
}

export function lowerPool(
  context: LoweringContext,
  node: Node,
  kind: 'max' | 'average',
  window: Window,
): void {
  const [x] = node.inputs as readonly [string];
  const input = activationQuant(context, x, node);
  const target = targetOf(context, node);
  const source = contiguousIn(context, x, node, channelsLast(shapeOf(context, x).length));
  const rank = shapeOf(context, target.value).length;
  const destination = defineValue(context, target.value, target.quant, channelsLast(rank));
  poolInto(context, node, kind, window, source, destination, input, target);
}

/** Steps from tensor to tensor: one where the scales or the kind allow it, else a pool and a table. */
export function poolInto(
  context: LoweringContext,
  node: Node,
  kind: 'max' | 'average',
  window: Window,
  source: TensorId,
  destination: TensorId,
  input: ActivationQuant,
  target: Target,
): void {
  const sameScale = input.scale === target.quant.scale && input.zeroPoint === target.quant.zeroPoint;
  if (sameScale) {
    context.steps.push(poolStep(node, kind, window, source, destination, input.zeroPoint, target));
    return;
  }
  if (kind === 'average' && (countsPadding(node) || seesNoPadding(window))) {
    context.steps.push(meanStep(node, window, source, destination, input, target));
    return;
  }
  const shape = context.tensors[destination]!.shape;
  const pooled = addTensor(context, {
    name: `${node.name}_pooled`,
    dtype: 'int8',
    shape,
    quant: input,
    storage: ARENA,
  });
  const open = { ...target, actMin: -128, actMax: 127 };
  context.steps.push(poolStep(node, kind, window, source, pooled, input.zeroPoint, open));
  const table = requantizeTable(input, target.quant, target.actMin, target.actMax);
  pushTable(context, node, pooled, destination, elements(shape), table);
}

/** Zeros of the padding are elements as any: all windows have as many. */
function countsPadding(node: Node): boolean {
  return intAttribute(node, 'count_include_pad', 0) !== 0;
}

function seesNoPadding({ input, output, kernel, strides, padBegin }: Window): boolean {
  return kernel.every(
    (size, axis) => padBegin[axis] === 0 && (output[axis]! - 1) * strides[axis]! + size <= input[axis]!,
  );
}

/**
 * An average into a scale of its own, rounded once: the share of a position goes into the multiplier; with a share of 1 it is a sum. An average pool would round
 * to the scale of its input first, where averages use few codes.
 */
export function meanStep(
  node: Node,
  window: Window,
  source: TensorId,
  destination: TensorId,
  input: ActivationQuant,
  { quant, actMin, actMax }: Target,
  share = shareOf(window),
): Step {
  const { inChannels: channels, ...geometry } = geometry2d(window);
  return {
    kernel: 'mean_pool2d_s8',
    name: node.name,
    inputs: [source],
    constants: [],
    outputs: [destination],
    params: {
      ...geometry,
      channels,
      inputOffset: -input.zeroPoint,
      outputOffset: quant.zeroPoint,
      actMin,
      actMax,
      ...quantizeMultiplier((input.scale * share) / quant.scale),
    },
  };
}

/** Of one position in a mean. In float32, as the scale of weights is: a sum over weights of 1 would round alike. */
function shareOf({ kernel }: Window): number {
  return Math.fround(1 / kernel.reduce((size, extent) => size * extent, 1));
}

function poolStep(
  node: Node,
  kind: 'max' | 'average',
  window: Window,
  source: TensorId,
  destination: TensorId,
  zeroPoint: number,
  { actMin, actMax }: Pick<Target, 'actMin' | 'actMax'>,
): Step {
  const { inChannels: channels, dilationH, dilationW, ...geometry } = geometry2d(window);
  const operands = { name: node.name, inputs: [source], constants: [], outputs: [destination] };
  switch (kind) {
    case 'max':
      return {
        kernel: 'max_pool2d_s8',
        ...operands,
        params: { ...geometry, channels, dilationH, dilationW, actMin, actMax },
      };
    case 'average':
      return {
        kernel: 'avg_pool2d_s8',
        ...operands,
        params: {
          ...geometry,
          channels,
          countIncludePad: intAttribute(node, 'count_include_pad', 0),
          inputOffset: -zeroPoint,
          actMin,
          actMax,
        },
      };
  }
}
