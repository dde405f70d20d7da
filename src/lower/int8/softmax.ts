/** Softmax over any axis, and over what a mask lets count of it. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
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
import { maskedRows } from '../shared/masked-rows.ts';
import { rowsOf } from '../shared/rows.ts';
import { pushTable, requantizeTable } from '../shared/table-step.ts';
import { type Layout, physicalShape } from '../shared/views.ts';

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
  const { mask, params } = maskedRows(context, node, shape, layout, source);
  context.steps.push({
    kernel: 'masked_softmax_s8',
    name: node.name,
    inputs: [source, mask],
    constants: [],
    outputs: [output.tensor],
    params: { ...params, rowSize, ...scaling },
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
