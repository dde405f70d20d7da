/** Resize of codes of 8 or 16 bits: interpolation along one or two axes at once, with weights in tables. */
import type { Node } from '../../graph/types.ts';
import { resizeTaps, type Taps } from '../../ops/resize.ts';
import { type Resize2dParams, WEIGHT_BITS } from '../../program/kernels/resize2d-s8.ts';
import { ARENA } from '../../program/types.ts';
import {
  addConstant,
  addTensor,
  contiguousIn,
  elements,
  type LoweringContext,
  layoutOf,
  operandQuant,
  shapeOf,
  unsupported,
} from './context.ts';
import { inputInfos, restIsConstant } from './input-infos.ts';
import { rescaled } from './movement.ts';
import { type Layout, physicalShape, wholeView } from './views.ts';

export function lowerResize(context: LoweringContext, node: Node): void {
  if (!restIsConstant(context, node)) {
    throw unsupported(
      node,
      'Resize has an int8 kernel for constant scales or sizes only',
      'export the model with fixed shapes, so that the sizes are constant',
    );
  }
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const taps = resizeTaps(node, inputInfos(context, node));
  if (taps.some((axis) => axis?.outside.includes(1))) {
    throw unsupported(
      node,
      'Resize has no int8 kernel for a region that reaches beyond the input',
      'crop within the input, or put a Pad before it',
    );
  }
  // In the scale of the output from the start: cubic weights reach beyond the codes of the input.
  const quant = operandQuant(context, value, node);
  const layout = layoutOf(context, x);
  let tensor = rescaled(
    context,
    node,
    x,
    wholeView(contiguousIn(context, x, node, layout), shapeOf(context, x), layout),
    quant,
  ).tensor;
  for (const { params, rows, columns, sizes } of resizePasses(taps, shapeOf(context, x), layout)) {
    const output = addTensor(context, {
      name: `${value}_resized`,
      dtype: context.storage,
      shape: sizes,
      quant,
      storage: ARENA,
    });
    const step = { name: node.name, inputs: [tensor], outputs: [output], params };
    const constants = (weigh: (weights: Float64Array, count: number) => Int32Array | Float32Array) =>
      [rows, columns].flatMap(({ places, weights, count }) => [
        addConstant(context, `${node.name}_places`, places),
        addConstant(context, `${node.name}_weights`, weigh(weights, count)),
      ]);
    context.steps.push(
      quant === null
        ? { kernel: 'resize2d_f32', ...step, constants: constants((weights) => Float32Array.from(weights)) }
        : {
            kernel: context.storage === 'int16' ? 'resize2d_s16' : 'resize2d_s8',
            ...step,
            constants: constants(wholeWeights),
          },
    );
    tensor = output;
  }
  context.views.set(value, wholeView(tensor, shapeOf(context, value), layout));
}

/** What each place of an axis is made of. */
export type AxisTaps = Pick<Taps, 'places' | 'weights' | 'count'>;

/** One step along one axis or two. */
export type ResizePass = {
  readonly params: Resize2dParams;
  readonly rows: AxisTaps;
  readonly columns: AxisTaps;
  /** What comes out, in the order of the layout. */
  readonly sizes: readonly number[];
};

/**
 * The steps of a resize: two axes side by side at once, with one rounding; the others one after the other.
 * @param taps of each axis, in the order of ONNX
 * @param shape of the input, in that order
 */
export function resizePasses(
  taps: readonly (Taps | null)[],
  shape: readonly number[],
  layout: Layout,
): readonly ResizePass[] {
  const sizes = [...physicalShape(shape, layout)];
  const resized = layout.map((axis) => taps[axis] ?? null);
  const passes: ResizePass[] = [];
  for (let at = 0; at < resized.length; at++) {
    const [rows, columns] = [resized[at] ?? null, resized[at + 1] ?? null];
    if (rows === null) continue;
    const width = columns === null ? 1 : 2;
    const params = {
      batch: elements(sizes.slice(0, at)),
      inH: sizes[at]!,
      inW: columns === null ? 1 : sizes[at + 1]!,
      channels: elements(sizes.slice(at + width)),
      outH: rows.outside.length,
      outW: columns?.outside.length ?? 1,
      taps: rows.count,
    };
    sizes[at] = params.outH;
    if (columns !== null) sizes[at + 1] = params.outW;
    passes.push({ params, rows, columns: columns ?? single(rows.count), sizes: [...sizes] });
    at += width - 1;
  }
  return passes;
}

/** An axis of one place, which is read as it is. */
function single(count: number): AxisTaps {
  const weights = new Float64Array(count);
  weights[0] = 1;
  return { count, places: new Int32Array(count), weights };
}

/** Weights in whole steps that sum to 1 for each place: what rounding leaves goes to the greatest. */
export function wholeWeights(weights: Float64Array, count: number): Int32Array {
  const one = 2 ** WEIGHT_BITS;
  const whole = Int32Array.from(weights, (weight) => Math.round(weight * one));
  for (let start = 0; start < whole.length; start += count) {
    const own = whole.subarray(start, start + count);
    const left = own.reduce((rest, weight) => rest - weight, one);
    const greatest = own.indexOf(Math.max(...own));
    own[greatest] = own[greatest]! + left;
  }
  return whole;
}
