/**
 * What a kernel takes, as a table: its parameters and their ranges, its operands and their sizes, and how it may run.
 * Everything else that must know (verification, the plan, the C prototypes, the checks and tables of the engine, the
 * test harness) is derived from it; `npm run generate` writes the C.
 */

import type { CoreFeatures } from './implementation.ts';
import type { OverlapName } from './overlaps.ts';
import type { RuleName } from './rules.ts';
import type { Operands, ProgramDType, StepOf } from './types.ts';

/** Least and greatest value of a parameter. */
export type Range = readonly [least: number, most: number];

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** Ranges that many parameters share. Those of windows are far beyond any device, and keep sums of them exact in int32. */
export const RANGE = {
  any: [INT32_MIN, INT32_MAX],
  /** Elements from one to the next along an axis. Kernels step once beyond the last, which must not overflow. */
  stride: [-(2 ** 30), 2 ** 30],
  /** Elements that may be none. */
  size: [0, INT32_MAX],
  count: [1, INT32_MAX],
  /** Size, stride or dilation along one axis of a window. */
  extent: [1, 2 ** 20],
  pad: [0, 2 ** 20],
  flag: [0, 1],
  /** An int8: a zero point, a bound of the activation function, a value. */
  code: [-128, 127],
  /** An int16: a bound of the activation function, a value. */
  code16: [-32768, 32767],
  /** Plus or minus a zero point. */
  offset: [-128, 128],
  /** Greatest code of a symmetric quantiser. */
  limit: [1, 127],
  multiplier: [0, INT32_MAX],
  shift: [-31, 30],
  rightShift: [-31, -1],
  /** Of a 64-bit sum. */
  wideShift: [-31, 7],
  /** Of 4-bit weights: a code times it is an int8. */
  factor: [1, 15],
} as const satisfies Readonly<Record<string, Range>>;

/** A number, or the name of a parameter. */
export type Term = number | string;

/**
 * A number made of parameters: `over` divides and rounds up, `times` multiplies and adds, `sum` adds, `when` chooses by the
 * value of a parameter.
 */
export type Factor =
  | Term
  | { readonly over: readonly [dividend: string, divisor: Term] }
  | { readonly times: readonly [parameter: string, factor: number]; readonly plus: number }
  | { readonly sum: readonly Term[] }
  | { readonly when: string; readonly is: number; readonly then: Term; readonly otherwise: Term };

/** A product of factors. */
export type Size = readonly Factor[];

/**
 * Constants whose values must be right: a multiplier in [0, 2^31), a shift in [-31, 30], one to the right in [-31, -1], one of 64-bit sums in [-31, 7], a factor of
 * 4-bit weights in [1, 15], flags that are 0 or 1, bounds [lowest, highest] in order.
 */
type ConstantValues =
  | 'multipliers'
  | 'shifts'
  | 'right_shifts'
  | 'wide_shifts'
  | 'factors'
  | 'flags'
  | 'bounds';

/** `update`: an output that is read as well. */
type OperandKind = 'input' | 'constant' | 'output' | 'update';

export type Operand = {
  /** In the C prototype. */
  readonly name: string;
  readonly kind: OperandKind;
  readonly dtype: ProgramDType;
  /** Elements; an operand of 0 elements is not read. Null: any number (a rule says which are touched). */
  readonly elements: Size | null;
  /** More elements may follow, which are not read. */
  readonly longer?: true;
  readonly values?: ConstantValues;
};

/**
 * What the parts of a step do with an operand: all read it, each has its slice of it, each has a least and a greatest value
 * that are joined, each has int32 sums that are added.
 */
type Division = 'shared' | 'sliced' | 'extent' | 'summed';

/**
 * How threads share a step: by the first parameter, in images, in cache lines of elements, or in whole rows of channels or
 * biases (native/engine/split.c). One division per operand.
 */
type Split = {
  readonly by: 'images' | 'elements' | 'channels' | 'biases';
  readonly operands: readonly Division[];
};

export type KernelSignature<P extends Readonly<Record<string, number>> = Readonly<Record<string, number>>> = {
  /** What it computes: the comment of its C prototype. */
  readonly about: string;
  /** In the order of the C struct. Kernels that name the same table share the struct. */
  readonly params: { readonly [K in keyof P]: Range };
  /** Inputs, then constants, then outputs. */
  readonly operands: readonly Operand[];
  /** What ranges cannot say of the parameters. */
  readonly rule?: RuleName;
  /** Inputs on which the first output may lie, at the same place and with the same size. */
  readonly inPlace?: readonly number[];
  /** How the first output may lie over the first input, wherever our own body runs in order; left out: not at all. */
  readonly overlap?: OverlapName;
  /** Left out: one thread runs the step. */
  readonly split?: Split;
  /** Bytes that the kernel needs beside its operands; left out: none. */
  readonly scratch?: Size;
  /** The same of Arm's CMSIS-NN, where it has the kernel. */
  readonly cmsisScratch?: (params: P, core: CoreFeatures) => number;
  /** Multiply-accumulates; left out: 0, as the kernel does not multiply weights. */
  readonly macs?: Size;
  /** Another kernel, whose C function its body calls. */
  readonly calls?: string;
  /** Where its body for vectors lies, under native/kernels/: `simd` (int8), `simd-f32`; left out: there is none. */
  readonly vector?: 'simd' | 'simd-f32';
};

/**
 * One kernel: what it takes, and its meaning. The C function is
 * `void tinyml_<name>(const tinyml_<name>_params *params, <inputs>, <constants>, <outputs>, void *scratch)`
 * in `native/kernels/<library folder>/<name>.c`, declared in `native/kernels/tinyml_kernels.h`.
 */
export type Kernel<S extends StepOf<string, Readonly<Record<string, number>>>> = {
  readonly signature: KernelSignature<S['params']>;
  /** The meaning, slow and obvious: the judge of every other executor. */
  readonly run: (step: S, operands: Operands) => void;
};

export function input(name: string, dtype: ProgramDType, elements: Size | null): Operand {
  return { name, kind: 'input', dtype, elements };
}

export function constant(
  name: string,
  dtype: ProgramDType,
  elements: Size,
  values?: ConstantValues,
): Operand {
  return values === undefined
    ? { name, kind: 'constant', dtype, elements }
    : { name, kind: 'constant', dtype, elements, values };
}

export function output(name: string, dtype: ProgramDType, elements: Size | null): Operand {
  return { name, kind: 'output', dtype, elements };
}

export function update(name: string, dtype: ProgramDType, elements: Size): Operand {
  return { name, kind: 'update', dtype, elements };
}

/** dividend / divisor, rounded up. */
export function over(dividend: string, divisor: Term): Factor {
  return { over: [dividend, divisor] };
}

/** factor * parameter + plus. */
export function times(parameter: string, factor: number, plus: number): Factor {
  return { times: [parameter, factor], plus };
}

/** `then` where the parameter has the value, else `otherwise`. */
export function when(parameter: string, is: number, then: Term, otherwise: Term): Factor {
  return { when: parameter, is, then, otherwise };
}

/** The value of a product for the parameters of a step. */
export function evaluate(size: Size, params: Readonly<Record<string, number>>): number {
  const amount = (term: Term): number => (typeof term === 'number' ? term : params[term]!);
  return size.reduce<number>((product, factor) => {
    if (typeof factor === 'number' || typeof factor === 'string') return product * amount(factor);
    if ('over' in factor) return product * Math.ceil(amount(factor.over[0]) / amount(factor.over[1]));
    if ('times' in factor) return product * (amount(factor.times[0]) * factor.times[1] + factor.plus);
    if ('sum' in factor) return product * factor.sum.reduce<number>((sum, term) => sum + amount(term), 0);
    return product * amount(amount(factor.when) === factor.is ? factor.then : factor.otherwise);
  }, 1);
}
