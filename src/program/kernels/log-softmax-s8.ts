import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type LogSoftmaxS8Params = {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  /** Exponentials are whole numbers of 2^-bits. */
  readonly bits: number;
  readonly outputOffset: number;
  readonly outputMultiplier: number;
  readonly outputShift: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Differences and logarithms are whole numbers of 2^-LOG_BITS. */
export const LOG_BITS = 20;
/** The logarithm of 2 in these. */
const LOG_OF_2 = Math.round(Math.LN2 * 2 ** LOG_BITS);
/** Pieces in which the logarithm between 1 and 2 is straight. */
export const LOG_PIECES = 256;

/**
 * Logarithms of the softmax over one axis. inputs [x [outer][size][inner]], constants [x less the largest, by how many codes it is
 * below [256], the exponentials of these [256], logarithms of 1 to 2 [257]], outputs [y].
 */
export type LogSoftmaxS8 = StepOf<'log_softmax_s8', LogSoftmaxS8Params>;

export const logSoftmaxS8: Kernel<LogSoftmaxS8> = {
  signature: {
    about: `Logarithm of the softmax over the axis \`size\`: with d the codes by which an element is below the largest and s the sum of exponentials[d], output = requantise(differences[d] - log(s / 2^bits)), in steps of 2^-20; s wraps at 32 bits, and 0 is taken for 1. The logarithm of (1 + i / 256) * 2^n is logs[i] + n * log 2, between these straight.`,
    params: {
      outer: RANGE.count,
      size: RANGE.count,
      inner: RANGE.count,
      bits: [0, 31],
      outputOffset: RANGE.code,
      outputMultiplier: RANGE.multiplier,
      outputShift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [
      input('input', 'int8', ['outer', 'size', 'inner']),
      constant('differences', 'int32', [256]),
      constant('exponentials', 'int32', [256]),
      constant('logs', 'int32', [257]),
      output('output', 'int8', ['outer', 'size', 'inner']),
    ],
    inPlace: [0],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [differences, exponentials, logs] = constants as [Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    for (let o = 0; o < p.outer; o++) {
      for (let k = 0; k < p.inner; k++) {
        const at = (i: number): number => (o * p.size + i) * p.inner + k;
        let most = -128;
        for (let i = 0; i < p.size; i++) most = Math.max(most, x[at(i)]!);
        let sum = 0;
        for (let i = 0; i < p.size; i++) sum = (sum + exponentials[most - x[at(i)]!]!) | 0;
        const log = logOf(sum, p.bits, logs);
        for (let i = 0; i < p.size; i++) {
          const value = (differences[most - x[at(i)]!]! - log) | 0;
          y[at(i)] = clamp(
            requantize(value, p.outputMultiplier, p.outputShift) + p.outputOffset,
            p.actMin,
            p.actMax,
          );
        }
      }
    }
  },
};

function logOf(sum: number, bits: number, logs: Int32Array): number {
  const zeros = Math.clz32(sum === 0 ? 1 : sum);
  const fraction = ((sum === 0 ? 1 : sum) << zeros) & 0x7fffffff;
  const piece = fraction >>> 23;
  const [from, to] = [logs[piece]!, logs[piece + 1]!];
  const within = Math.imul((to - from) | 0, (fraction >>> 8) & 0x7fff) >> 15;
  return (Math.imul(31 - zeros - bits, LOG_OF_2) + from + within) | 0;
}
