/** Softmax over any axis, and over what a mask lets count of it. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { broadcastTo } from '../../ops/arrays.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { clamp } from '../../program/kernels/common.ts';
import { LOG_BITS, LOG_PIECES } from '../../program/kernels/log-softmax-s8.ts';
import { LONGEST_SOFTMAX } from '../../program/kernels/softmax-s8.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import {
  activationQuant,
  addConstant,
  addTensor,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  unsupported,
} from '../shared/context.ts';
import { permute } from '../shared/permute.ts';
import { rowsOf } from '../shared/rows.ts';
import { pushTable, requantizeTable } from '../shared/table-step.ts';
import { type Layout, mergeAxes, physicalShape, plainLayout, type View, wholeView } from '../shared/views.ts';

/** A mask below this leaves nothing: the law of `maskSoftmax` is 0 or at most -64. */
const MASKED = -32;

const PROBABILITIES = { scale: 1 / 256, zeroPoint: -128 };

export function lowerSoftmax(context: LoweringContext, node: Node): void {
  const { rowSize, rows, scaling, source, output } = softmaxOf(context, node);
  context.steps.push({
    kernel: 'softmax_s8',
    name: node.name,
    inputs: [source],
    constants: [],
    outputs: [output.tensor],
    params: { rows, rowSize, ...scaling },
  });
  output.rescale();
}

export function lowerMaskedSoftmax(context: LoweringContext, node: Node): void {
  const { rowSize, layout, shape, scaling, source, output } = softmaxOf(context, node);
  const { view, least } = maskOf(context, node, shape, layout);
  const whole = wholeView(source, shape, layout);
  const outer = layout.slice(0, -1);
  const loops = mergeAxes(
    outer.map((k) => shape[k]!),
    [outer.map((k) => whole.strides[k]!), outer.map((k) => view.strides[k]!)],
  );
  if (loops.length > 3) {
    throw unsupported(
      node,
      'Softmax with a mask that broadcasts along many axes has no int8 kernel',
      'merge the axes before the scores by a Reshape',
    );
  }
  const three = [...new Array(3 - loops.length).fill({ size: 1, strides: [0, 0] }), ...loops] as typeof loops;
  context.steps.push({
    kernel: 'masked_softmax_s8',
    name: node.name,
    inputs: [source, view.tensor],
    constants: [],
    outputs: [output.tensor],
    params: {
      outer0: three[0]!.size,
      outer1: three[1]!.size,
      outer2: three[2]!.size,
      rowSize,
      maskStart: view.offset,
      maskStride0: three[0]!.strides[1]!,
      maskStride1: three[1]!.strides[1]!,
      maskStride2: three[2]!.strides[1]!,
      maskLeast: least,
      ...scaling,
    },
  });
  output.rescale();
}

export function lowerLogSoftmax(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const shape = shapeOf(context, x);
  const attribute = intAttribute(node, 'axis', -1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  const layout = layoutOf(context, x);
  const input = activationQuant(context, x, node);
  const output = activationQuant(context, value, node);
  const rows = rowsOf(layout, shape, [axis]);
  if (rows.size > LONGEST_SOFTMAX) {
    throw unsupported(node, `LogSoftmax over more than ${LONGEST_SOFTMAX} values has no int8 kernel`);
  }
  // The sum of exponentials, each at most 1, stays within 31 bits.
  const bits = 30 - Math.ceil(Math.log2(rows.size));
  const unit = 2 ** -LOG_BITS;
  const table = (length: number, entry: (i: number) => number): Int32Array =>
    Int32Array.from({ length }, (_, i) => Math.round(clamp(entry(i), -(2 ** 30), 2 ** 30)));
  const { multiplier, shift } = quantizeMultiplier(unit / output.scale);
  const source = contiguousIn(context, x, node, layout);
  context.steps.push({
    kernel: 'log_softmax_s8',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(
        context,
        `${node.name}_differences`,
        table(256, (below) => (-below * input.scale) / unit),
      ),
      addConstant(
        context,
        `${node.name}_exponentials`,
        table(256, (below) => Math.exp(-below * input.scale) * 2 ** bits),
      ),
      addConstant(
        context,
        `${node.name}_logs`,
        table(LOG_PIECES + 1, (i) => Math.log(1 + i / LOG_PIECES) / unit),
      ),
    ],
    outputs: [defineValue(context, value, output, layout)],
    params: {
      ...rows,
      bits,
      outputOffset: output.zeroPoint,
      outputMultiplier: multiplier,
      outputShift: shift,
      actMin: -128,
      actMax: 127,
    },
  });
}

/** What both forms share: rows side by side in memory, and their fixed point. */
function softmaxOf(context: LoweringContext, node: Node) {
  const [x] = node.inputs as readonly [string];
  const shape = shapeOf(context, x);
  const attribute = intAttribute(node, 'axis', -1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  // Where the axis does not lie innermost, a copy turns it there, and what comes out lies so too.
  const layout = [...layoutOf(context, x).filter((k) => k !== axis), axis];
  const input = activationQuant(context, x, node);
  const rowSize = shape[axis]!;
  if (rowSize > LONGEST_SOFTMAX) {
    throw unsupported(node, `Softmax over more than ${LONGEST_SOFTMAX} values has no int8 kernel`);
  }
  // TFLite PreprocessSoftmaxScaling with beta 1: input differences as Q5.26. From scale 16 on, one code below the largest
  // is a probability below 2^-23 already: a larger scale computes the same as the cap. Below 2^-26 all that codes can differ by
  // changes a probability by 4 millionths of itself.
  const { multiplier, shift } = quantizeMultiplier(Math.min(Math.max(input.scale * 2 ** 26, 1), 2 ** 30 - 1));
  return {
    shape,
    layout,
    rowSize,
    rows: elements(shape) / rowSize,
    scaling: { multiplier, shift, diffMin: -Math.floor((31 * 2 ** 26) / 2 ** shift) },
    source: contiguousIn(context, x, node, layout),
    output: probabilities(context, node, layout),
  };
}

/** Where the kernel writes, in its fixed scale, and the step behind it where the value has another. */
function probabilities(
  context: LoweringContext,
  node: Node,
  layout: Layout,
): { readonly tensor: TensorId; readonly rescale: () => void } {
  const [value] = node.outputs as readonly [string];
  const quant = activationQuant(context, value, node);
  const shape = shapeOf(context, value);
  const destination = defineValue(context, value, quant, layout);
  if (quant.scale === PROBABILITIES.scale && quant.zeroPoint === PROBABILITIES.zeroPoint) {
    return { tensor: destination, rescale: () => {} };
  }
  const tensor = addTensor(context, {
    name: `${node.name}_probabilities`,
    dtype: 'int8',
    shape: physicalShape(shape, layout),
    quant: PROBABILITIES,
    storage: ARENA,
  });
  const table = requantizeTable(PROBABILITIES, quant);
  return { tensor, rescale: () => pushTable(context, node, tensor, destination, elements(shape), table) };
}

/** A mask as seen along all axes of the scores, elements of a row side by side, and the least code that counts. */
function maskOf(
  context: LoweringContext,
  node: Node,
  shape: readonly number[],
  layout: Layout,
): { readonly view: View; readonly least: number } {
  const [, name] = node.inputs as readonly [string, string];
  const axis = layout.at(-1)!;
  const constant = context.graph.constants.get(name);
  if (constant !== undefined) {
    const missing = shape.length - constant.shape.length;
    const padded = [...new Array<number>(missing).fill(1), ...constant.shape];
    const own = padded.map((size, k) => (k === axis ? shape[axis]! : size));
    const values = broadcastTo({ ...constant, shape: padded }, own);
    const codes = Int8Array.from(values.data as Float32Array, (value) => (value > MASKED ? 0 : -1));
    const order = [...plainLayout(own.length).filter((k) => k !== axis), axis];
    const tensor = addConstant(
      context,
      `${node.name}_mask`,
      permute(codes, own, order),
      physicalShape(own, order),
    );
    return { view: along(wholeView(tensor, own, order), shape), least: 0 };
  }
  const own = shapeOf(context, name);
  const last = own.length - (shape.length - axis);
  if (own[last] !== shape[axis]) {
    throw unsupported(
      node,
      `the mask "${name}" masks whole rows of a Softmax, which has no int8 kernel`,
      'give the mask one value for each score (Expand)',
    );
  }
  const quant = activationQuant(context, name, node);
  const inner = [...layoutOf(context, name).filter((k) => k !== last), last];
  const tensor = contiguousIn(context, name, node, inner);
  const least = Math.floor(quant.zeroPoint + MASKED / quant.scale) + 1;
  return { view: along(wholeView(tensor, own, inner), shape), least: clamp(least, -128, 127) };
}

/** The view with an axis for each of the shape: distances of 0 along those that broadcast. */
function along(view: View, shape: readonly number[]): View {
  const missing = shape.length - view.shape.length;
  const strides = shape.map((size, k) =>
    k < missing || (view.shape[k - missing] !== size && view.shape[k - missing] === 1)
      ? 0
      : view.strides[k - missing]!,
  );
  return { ...view, shape, strides };
}
