/** Arithmetic, choices and comparisons of two operands that broadcast: what each code stands for is in tables. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { BINARY } from '../../program/kernels/binary-s8.ts';
import { clamp } from '../../program/kernels/common.ts';
import { ARENA } from '../../program/types.ts';
import { loopsOver, sizesOf, walkOf } from '../shared/broadcast.ts';
import { constantView, realConstant } from '../shared/constant-codes.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  addTensor,
  defineValue,
  type LoweringContext,
  layoutOf,
  shapeOf,
  TRUTH,
  unsupported,
} from '../shared/context.ts';
import { type Target, targetOf } from '../shared/fused-activation.ts';
import { truthOperand } from '../shared/truth.ts';
import { type Layout, physicalShape, wholeView } from '../shared/views.ts';
import { realsOf, type StridedOperand, stridedOperand } from './strided.ts';

/** Sums of two integers below stay within int32. */
const LARGEST_TERM = 2 ** 29;
/** Bits of a term below the code of the output: more change nothing. */
const TERM_BITS = 16;
/** Products of an int8 difference and a reciprocal stay within int32. */
const LARGEST_RECIPROCAL = 2 ** 22 - 1;
/** A product of differences, shifted left as far, stays within int32: beyond, all but 0 saturates anyway. */
const LARGEST_FACTOR = 2 ** 13;

/** What a step of `binary_s8` computes: the function, what codes stand for, and the real value of 1 in its result. */
type Form = {
  readonly operation: keyof typeof BINARY;
  readonly tables: readonly [Int32Array, Int32Array];
  /** Result times this is a number of codes of the output. */
  readonly factor: number;
  readonly unit?: number;
};

type Between = readonly [ActivationQuant, ActivationQuant];

/** Terms of a sum, or numbers that are compared: integers in one fine unit. */
function terms(operands: Between, unit: number, signs: readonly [number, number] = [1, 1]): Form['tables'] {
  const table = (i: 0 | 1): Int32Array =>
    Int32Array.from(realsOf(operands[i]), (real) =>
      Math.round(clamp((signs[i] * real) / unit, -LARGEST_TERM, LARGEST_TERM)),
    );
  return [table(0), table(1)];
}

/** The real value of 1 in terms: as fine as int32 allows, and no finer than needed beside a code of the output. */
function unitOf(operands: Between, step: number): number {
  const reach = Math.max(...operands.map((quant) => Math.max(...realsOf(quant).map(Math.abs))));
  return Math.max(step / 2 ** TERM_BITS, reach / LARGEST_TERM);
}

function sumForm(operands: Between, { scale }: ActivationQuant, signs: readonly [number, number]): Form {
  const unit = unitOf(operands, scale);
  return { operation: 'add', tables: terms(operands, unit, signs), factor: unit / scale };
}

function choiceForm(operation: 'maximum' | 'minimum', operands: Between, { scale }: ActivationQuant): Form {
  const unit = unitOf(operands, scale);
  return { operation, tables: terms(operands, unit), factor: unit / scale };
}

function comparisonForm(operation: Form['operation'], operands: Between): Form {
  return { operation, tables: terms(operands, unitOf(operands, 0)), factor: 1 };
}

/** Codes less their zero points. */
function differences({ zeroPoint }: ActivationQuant): Int32Array {
  return Int32Array.from({ length: 256 }, (_, i) => i - 128 - zeroPoint);
}

function productForm([a, b]: Between, { scale }: ActivationQuant): Form {
  return {
    operation: 'multiply',
    tables: [differences(a), differences(b)],
    factor: Math.min((a.scale * b.scale) / scale, LARGEST_FACTOR),
  };
}

/** a times 1 / b; by 0 the largest number there is, of the sign of a. */
function quotientForm([a, b]: Between, { scale }: ActivationQuant): Form {
  const most = a.scale / b.scale / scale;
  const bits = clamp(Math.floor(Math.log2(LARGEST_RECIPROCAL / most)), -LARGEST_RECIPROCAL, 31);
  const reciprocal = (difference: number): number =>
    difference === 0
      ? LARGEST_RECIPROCAL
      : clamp(Math.round((most * 2 ** bits) / difference), -LARGEST_RECIPROCAL, LARGEST_RECIPROCAL);
  const factor = Math.min(2 ** -bits, LARGEST_FACTOR);
  return { operation: 'multiply', tables: [differences(a), differences(b).map(reciprocal)], factor };
}

/** Slopes are at most LARGEST_SLOPE: they have the scale 1 / unit. */
const LARGEST_SLOPE = 127;
const FINEST_SLOPE = 2 ** 15;

/**
 * One step; its output is `shape` in `layout`. Multipliers that no fixed point expresses are taken for the nearest that is.
 */
function pushBinary(
  context: LoweringContext,
  node: Node,
  [a, b]: readonly [StridedOperand, StridedOperand],
  { operation, tables, factor, unit = 1 }: Form,
  destination: number,
  shape: readonly number[],
  layout: Layout,
  { quant, actMin, actMax }: Pick<Target, 'quant' | 'actMin' | 'actMax'>,
): void {
  const loops = loopsOver(context, node, shape, layout, [a, b]);
  const [first, second] = loops.operands as [(typeof loops.operands)[0], (typeof loops.operands)[0]];
  const { multiplier, shift } = quantizeMultiplier(factor);
  context.steps.push({
    kernel: 'binary_s8',
    name: node.name,
    inputs: [first.tensor, second.tensor],
    constants: tables.map((table, i) => addConstant(context, `${node.name}_table${i + 1}`, table)),
    outputs: [destination],
    params: {
      ...sizesOf(loops),
      ...walkOf('input1', first),
      ...walkOf('input2', second),
      operation: BINARY[operation],
      unit,
      outputOffset: quant.zeroPoint,
      outputMultiplier: multiplier,
      outputShift: shift,
      actMin,
      actMax,
    },
  });
}

type FormOf = (operands: Between, output: ActivationQuant) => Form;

/** The node as one step of two operands, with the limits of an activation behind it. */
function lowerWith(
  context: LoweringContext,
  node: Node,
  operands: readonly StridedOperand[],
  form: FormOf,
): void {
  const [a, b] = operands as [StridedOperand, StridedOperand];
  const target = targetOf(context, node);
  const destination = defineValue(context, target.value, target.quant);
  const layout = layoutOf(context, target.value);
  const shape = shapeOf(context, target.value);
  const made = form([a.quant, b.quant], target.quant);
  pushBinary(context, node, [a, b], made, destination, shape, layout, target);
}

/** Add, Sub, Mul and Div of two operands that broadcast, one of which may be a constant. */
export function lowerBroadcast(context: LoweringContext, node: Node): void {
  const [first, second] = node.inputs as readonly [string, string];
  const a = stridedOperand(context, node, first);
  // The reciprocals of a constant have a scale of their own.
  const divides = node.op === 'Div' && context.graph.constants.has(second);
  const b = stridedOperand(context, node, second, divides ? (value) => 1 / value : undefined);
  lowerWith(context, node, [a, b], divides ? productForm : formOf(node));
}

function formOf(node: Node): FormOf {
  switch (node.op) {
    case 'Add':
      return (pair, to) => sumForm(pair, to, [1, 1]);
    case 'Sub':
      return (pair, to) => sumForm(pair, to, [1, -1]);
    case 'Mul':
      return productForm;
    case 'Div':
      return quotientForm;
    default:
      throw unsupported(node, `${node.op} has no int8 kernel for two activations`);
  }
}

/** Max, Min, Sum and Mean of any number of operands that broadcast: one after the other. */
export function lowerFold(context: LoweringContext, node: Node): void {
  const target = targetOf(context, node);
  const layout = layoutOf(context, target.value);
  const shape = shapeOf(context, target.value);
  const share = node.op === 'Mean' ? 1 / node.inputs.length : 1;
  const shared = (quant: ActivationQuant): ActivationQuant => ({ ...quant, scale: quant.scale * share });
  const [first, ...others] = node.inputs.map((name): StridedOperand => {
    const { view, quant } = stridedOperand(context, node, name);
    return { view, quant: shared(quant) };
  }) as [StridedOperand, ...StridedOperand[]];
  const chooses = node.op === 'Max' || node.op === 'Min';
  let sum = first;
  others.forEach((next, i) => {
    const last = i === others.length - 1;
    // What is chosen of some lies where what is chosen of all does; a sum of some has a range of its own.
    const quant = last || chooses ? target.quant : rangeOfSum(sum.quant, next.quant);
    const destination = last
      ? defineValue(context, target.value, quant)
      : addTensor(context, {
          name: `${node.name}_${i + 2}`,
          dtype: 'int8',
          shape: physicalShape(shape, layout),
          quant,
          storage: ARENA,
        });
    const pair: Between = [sum.quant, next.quant];
    const form = chooses
      ? choiceForm(node.op === 'Max' ? 'maximum' : 'minimum', pair, quant)
      : sumForm(pair, quant, [1, 1]);
    const limits = last ? target : { quant, actMin: -128, actMax: 127 };
    pushBinary(context, node, [sum, next], form, destination, shape, layout, { ...limits, quant });
    sum = { view: wholeView(destination, shape, layout), quant };
  });
}

/** Codes over all sums of two. */
function rangeOfSum(a: ActivationQuant, b: ActivationQuant): ActivationQuant {
  const least = (q: ActivationQuant): number => q.scale * (-128 - q.zeroPoint);
  const most = (q: ActivationQuant): number => q.scale * (127 - q.zeroPoint);
  const [min, max] = [least(a) + least(b), most(a) + most(b)];
  const scale = (max - min) / 255;
  return { scale, zeroPoint: clamp(Math.round(-128 - min / scale), -128, 127) };
}

/** PRelu with slopes that broadcast, at most LARGEST_SLOPE in magnitude. */
export function lowerSlopes(context: LoweringContext, node: Node): void {
  const [x, slope] = node.inputs as readonly [string, string];
  const constant = realConstant(context, slope);
  const reals = constant === null ? realsOf(activationQuant(context, slope, node)) : constant.data;
  const most = (reals as Float64Array).reduce(
    (greatest, value) => Math.max(greatest, Math.abs(value)),
    2 ** -8,
  );
  if (!(most <= LARGEST_SLOPE)) {
    throw unsupported(
      node,
      `PRelu has an int8 kernel for slopes of at most ${LARGEST_SLOPE}`,
      'train the model again: slopes are near 0.25',
    );
  }
  const operand = stridedOperand(context, node, x);
  if (constant === null) {
    lowerWith(context, node, [operand, stridedOperand(context, node, slope)], ([a, b], to) =>
      slopeForm(
        a,
        Int32Array.from(realsOf(b), (real) => Math.round(real * FINEST_SLOPE)),
        FINEST_SLOPE,
        to,
      ),
    );
    return;
  }
  const unit = Math.min(Math.floor(LARGEST_SLOPE / most), FINEST_SLOPE);
  const codes = Int8Array.from(constant.data as Float32Array, (value) => Math.round(value * unit));
  const quant = { scale: 1 / unit, zeroPoint: 0 };
  const view = constantView(context, node, codes, constant.shape);
  lowerWith(context, node, [operand, { view, quant }], ([a, b], to) =>
    slopeForm(a, differences(b), unit, to),
  );
}

/** @param slopes in steps of 1 / unit */
function slopeForm(a: ActivationQuant, slopes: Int32Array, unit: number, to: ActivationQuant): Form {
  const factor = Math.min(a.scale / unit / to.scale, LARGEST_FACTOR);
  return { operation: 'prelu', tables: [differences(a), slopes], factor, unit };
}

/** Mod of two operands that broadcast: the remainder, of the sign of the dividend. */
export function lowerRemainder(context: LoweringContext, node: Node): void {
  const operands = node.inputs.map((name) => stridedOperand(context, node, name));
  lowerWith(context, node, operands, (pair, to) => {
    const unit = unitOf(pair, to.scale);
    return { operation: 'remainder', tables: terms(pair, unit), factor: unit / to.scale };
  });
}

const COMPARISONS: Readonly<Record<string, readonly [operation: Form['operation'], swapped: boolean]>> = {
  Less: ['less', false],
  LessOrEqual: ['lessOrEqual', false],
  Greater: ['less', true],
  GreaterOrEqual: ['lessOrEqual', true],
  Equal: ['equal', false],
  And: ['minimum', false],
  Or: ['maximum', false],
  Xor: ['notEqual', false],
};

/** Comparisons of real numbers, and what connects their results: codes 0 and 1. */
export function lowerComparison(context: LoweringContext, node: Node): void {
  const [operation, swapped] = COMPARISONS[node.op]!;
  const [a, b] = node.inputs.map((name) => truthOrReal(context, node, name)) as [
    StridedOperand,
    StridedOperand,
  ];
  const [value] = node.outputs as readonly [string];
  const destination = defineValue(context, value, TRUTH);
  const pair = swapped ? ([b, a] as const) : ([a, b] as const);
  const quants: Between = [pair[0].quant, pair[1].quant];
  const connects = operation === 'minimum' || operation === 'maximum';
  const form: Form = connects
    ? { operation, tables: [differences(TRUTH), differences(TRUTH)], factor: 1 }
    : comparisonForm(operation, quants);
  const layout = layoutOf(context, value);
  const limits = { quant: TRUTH, actMin: 0, actMax: 1 };
  pushBinary(context, node, pair, form, destination, shapeOf(context, value), layout, limits);
}

/** An operand of real numbers, or of truth. */
function truthOrReal(context: LoweringContext, node: Node, name: string): StridedOperand {
  return context.graph.values.get(name)!.dtype === 'bool'
    ? truthOperand(context, node, name)
    : stridedOperand(context, node, name);
}
