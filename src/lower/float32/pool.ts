/** Pools: which have a kernel, and their steps. */
import { elementCount } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { intAttribute, intsAttribute } from '../../ops/attributes.ts';
import type { OperandView } from '../../passes/match.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { TensorId } from '../../program/types.ts';
import { contiguousIn, defineValue, type LoweringContext, shapeOf } from '../shared/context.ts';
import { spatialShape } from '../shared/pool-window.ts';
import { channelsLast } from '../shared/views.ts';
import { averageWithoutKernel, geometry2d, globalWindow, type Window } from '../shared/window.ts';
import { isImage, isWindow } from './operands.ts';

/** The engine bounds the positions of a pooling window. */
const MAX_POOL_WINDOW = 2 ** 22;

function isPoolWindow(view: OperandView, node: Node): boolean {
  return isWindow(view, node) && elementCount(intsAttribute(node, 'kernel_shape', [])) <= MAX_POOL_WINDOW;
}

export function hasMaxPoolKernel(view: OperandView, node: Node): boolean {
  return isImage(view, node) && (node.outputs[1] ?? '') === '' && isPoolWindow(view, node);
}

export function hasAveragePoolKernel(view: OperandView, node: Node): boolean {
  return isImage(view, node) && isPoolWindow(view, node) && averageWithoutKernel(view.graph, node) === null;
}

export function hasGlobalPoolKernel(view: OperandView, node: Node): boolean {
  const { shape } = view.graph.values.get(node.inputs[0]!)!;
  return isImage(view, node) && elementCount(shape.slice(2)) <= MAX_POOL_WINDOW;
}

export function globalPool(context: LoweringContext, node: Node, kind: 'max' | 'average'): void {
  pool(context, node, kind, globalWindow(spatialShape(context, node)));
}

export function pool(context: LoweringContext, node: Node, kind: 'max' | 'average', window: Window): void {
  const [x] = node.inputs as readonly [string];
  const source = contiguousIn(context, x, node, channelsLast(shapeOf(context, x).length));
  const destination = defineValue(context, node.outputs[0]!, null);
  context.steps.push(poolStep(node, kind, window, source, destination));
}

function poolStep(
  node: Node,
  kind: 'max' | 'average',
  window: Window,
  source: TensorId,
  destination: TensorId,
): Step {
  const { inChannels: channels, dilationH, dilationW, ...geometry } = geometry2d(window);
  const operands = { name: node.name, inputs: [source], constants: [], outputs: [destination] };
  switch (kind) {
    case 'max':
      return {
        kernel: 'max_pool2d_f32',
        ...operands,
        params: { ...geometry, channels, dilationH, dilationW },
      };
    case 'average':
      return {
        kernel: 'avg_pool2d_f32',
        ...operands,
        params: { ...geometry, channels, countIncludePad: intAttribute(node, 'count_include_pad', 0) },
      };
  }
}
