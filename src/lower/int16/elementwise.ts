/** Sums, products, limits, and functions of one 16-bit code. */
import type { Node, Tensor } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { operators } from '../../ops/index.ts';
import { limitCodes, limitsOf } from '../../passes/limits.ts';
import { clamp } from '../../program/kernels/common.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
} from '../shared/context.ts';
import { codeRange, targetOf } from '../shared/fused-activation.ts';
import { gateForm } from '../shared/gate-form.ts';

/** TFLite's headroom for the sum of two rescaled inputs of 16 bits. */
const ADD_LEFT_SHIFT = 15;

export function lowerAdd(context: LoweringContext, node: Node): void {
  const [qa, qb] = node.inputs.map((name) => activationQuant(context, name, node)) as [
    ActivationQuant,
    ActivationQuant,
  ];
  const { value, quant, actMin, actMax } = targetOf(context, node);
  const layout = layoutOf(context, value);
  const twice = 2 * Math.max(qa.scale, qb.scale);
  const [a, b] = [quantizeMultiplier(qa.scale / twice), quantizeMultiplier(qb.scale / twice)];
  const y = quantizeMultiplier(twice / (2 ** ADD_LEFT_SHIFT * quant.scale));
  context.steps.push({
    kernel: 'add_s16',
    name: node.name,
    inputs: node.inputs.map((name) => contiguousIn(context, name, node, layout)),
    constants: [],
    outputs: [defineValue(context, value, quant, layout)],
    params: {
      size: elements(shapeOf(context, value)),
      leftShift: ADD_LEFT_SHIFT,
      input1Multiplier: a.multiplier,
      input1Shift: a.shift,
      input2Multiplier: b.multiplier,
      input2Shift: b.shift,
      outputMultiplier: y.multiplier,
      outputShift: y.shift,
      actMin,
      actMax,
    },
  });
}

export function lowerMul(context: LoweringContext, node: Node): void {
  const { input, gate, broadcast } = gateForm(context.graph, node)!;
  const [qa, qb] = [activationQuant(context, input, node), activationQuant(context, gate, node)];
  const { value, quant, actMin, actMax } = targetOf(context, node);
  const layout = layoutOf(context, input);
  const shape = shapeOf(context, input);
  const channels = broadcast ? shape[1]! : 1;
  const outer = elements(shape) / channels;
  const { multiplier, shift } = quantizeMultiplier((qa.scale * qb.scale) / quant.scale);
  context.steps.push({
    kernel: 'mul_s16',
    name: node.name,
    inputs: [input, gate].map((name) => contiguousIn(context, name, node, layout)),
    constants: [],
    outputs: [defineValue(context, value, quant, layout)],
    params: {
      outer,
      channels,
      repeat: broadcast ? outer / shape[0]! : 1,
      outputMultiplier: multiplier,
      outputShift: shift,
      actMin,
      actMax,
    },
  });
}

/** Relu and Clip, and another scale for the same numbers. */
export function lowerLimits(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const [from, to] = [activationQuant(context, x, node), activationQuant(context, value, node)];
  const layout = layoutOf(context, value);
  const range = codeRange(context);
  const limits = limitsOf(context.graph, node);
  const { min, max } = limits === null ? { min: range[0], max: range[1] } : limitCodes(limits, to, range);
  context.steps.push({
    kernel: 'requantize_s16',
    name: node.name,
    inputs: [contiguousIn(context, x, node, layout)],
    constants: [],
    outputs: [defineValue(context, value, to, layout)],
    params: {
      size: elements(shapeOf(context, value)),
      ...quantizeMultiplier(from.scale / to.scale),
      actMin: min,
      actMax: max,
    },
  });
}

/** A square root, whose slope has no bound near 0, is computed. */
export function lowerRoot(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const [from, to] = [activationQuant(context, x, node), activationQuant(context, value, node)];
  const layout = layoutOf(context, value);
  context.steps.push({
    kernel: 'sqrt_s16',
    name: node.name,
    inputs: [contiguousIn(context, x, node, layout)],
    constants: [],
    outputs: [defineValue(context, value, to, layout)],
    params: { size: elements(shapeOf(context, value)), ...quantizeMultiplier(from.scale / to.scale ** 2) },
  });
}

/** Codes from one entry of a table to the next, and the number of steps. */
const STEP = 128;
const STEPS = 512;

/** A function of one code as a table with straight lines between its entries. */
export function lowerTable(context: LoweringContext, node: Node): void {
  const x = node.inputs.find((name) => name !== '' && !context.graph.constants.has(name))!;
  const [value] = node.outputs as readonly [string];
  const [from, to] = [activationQuant(context, x, node), activationQuant(context, value, node)];
  const layout = layoutOf(context, value);
  const table = addConstant(context, `${node.name}_table`, functionTable(context, node, from, to));
  context.steps.push({
    kernel: 'lut_s16',
    name: node.name,
    inputs: [contiguousIn(context, x, node, layout)],
    constants: [table],
    outputs: [defineValue(context, value, to, layout)],
    params: { size: elements(shapeOf(context, value)) },
  });
}

/**
 * TFLite's table: each entry but the last is the value of the function there, less half of what the line to the next is off in its
 * middle.
 */
function functionTable(
  context: LoweringContext,
  node: Node,
  from: ActivationQuant,
  to: ActivationQuant,
): Int16Array {
  // Entries and the middles between them.
  const codes = Float32Array.from({ length: 2 * STEPS + 1 }, (_, i) => from.scale * ((i * STEP) / 2 - 32768));
  const inputs = node.inputs.map((name): Tensor | null => {
    if (name === '') return null;
    const constant = context.graph.constants.get(name);
    if (constant === undefined) return { dtype: 'float32', shape: [codes.length], data: codes };
    return { ...constant, shape: constant.shape.length === 0 ? [] : [1] };
  });
  const values = operators.get(node.op)!.run(node, inputs)[0]!.data as Float32Array;
  const scaled = Float64Array.from(values, (real) => (Number.isNaN(real) ? 0 : real / to.scale));
  return Int16Array.from({ length: STEPS + 1 }, (_, i) => {
    const own = scaled[2 * i]!;
    const off = i === STEPS ? 0 : (own + scaled[2 * i + 2]!) / 2 - scaled[2 * i + 1]!;
    const entry = own - (Number.isFinite(off) ? off / 2 : 0);
    return Math.sign(entry) * Math.round(clamp(Math.abs(entry), 0, entry < 0 ? 32768 : 32767));
  });
}
