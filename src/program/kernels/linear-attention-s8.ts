import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE, type Range, times } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

/** The first element of an operand, and the distances between its elements. */
export type Strides<Name extends string> = {
  readonly [K in `${Name}${'Start' | 'Batch0' | 'Batch1' | 'Channel' | 'Token'}`]: number;
};

type LinearAttentionS8Params = {
  /** Two loops over heads. */
  readonly batch0: number;
  readonly batch1: number;
  readonly tokens: number;
  /** Channels of queries and keys. */
  readonly keys: number;
  /** Channels of values and of the output. */
  readonly values: number;
} & Strides<'query'> &
  Strides<'key'> &
  Strides<'value'> &
  Strides<'output'> & {
    /** Minus the zero points. */
    readonly queryOffset: number;
    readonly keyOffset: number;
    readonly valueOffset: number;
    /** epsilon / (query scale * key scale). */
    readonly epsilon: number;
    readonly outputOffset: number;
    /** From 2^-20 of the value scale to that of the output. */
    readonly multiplier: number;
    readonly shift: number;
    readonly actMin: number;
    readonly actMax: number;
  };

/**
 * Linear attention with ReLU kernels (Cai et al., EfficientViT, 2023): of each token the mean of all values, weighted by
 * relu(query) . relu(key). inputs [query, key, value], outputs [output]; any strides.
 */
export type LinearAttentionS8 = StepOf<'linear_attention_s8', LinearAttentionS8Params>;

/** More tokens or channels could leave int32 with products of keys and values, and 2^39 with the sum of the weights. */
export const MOST_ATTENTION = { tokens: 2 ** 15, channels: 2 ** 8 } as const;

export function strides<Name extends string>(name: Name): { readonly [K in keyof Strides<Name>]: Range } {
  const names = ['Batch0', 'Batch1', 'Channel', 'Token'];
  return {
    [`${name}Start`]: RANGE.size,
    ...Object.fromEntries(names.map((axis) => [`${name}${axis}`, RANGE.stride])),
  } as { readonly [K in keyof Strides<Name>]: Range };
}

export const linearAttentionS8: Kernel<LinearAttentionS8> = {
  signature: {
    about: `Linear attention of batch0 * batch1 heads: products of values and keys, summed over tokens in int32, times each query, over the sum of weights. Operands lie at any strides.`,
    params: {
      batch0: RANGE.count,
      batch1: RANGE.count,
      tokens: [1, MOST_ATTENTION.tokens],
      keys: [1, MOST_ATTENTION.channels],
      values: [1, MOST_ATTENTION.channels],
      ...strides('query'),
      ...strides('key'),
      ...strides('value'),
      ...strides('output'),
      queryOffset: RANGE.offset,
      keyOffset: RANGE.offset,
      valueOffset: RANGE.offset,
      epsilon: RANGE.size,
      outputOffset: RANGE.code,
      multiplier: RANGE.multiplier,
      shift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [
      input('query', 'int8', null),
      input('key', 'int8', null),
      input('value', 'int8', null),
      output('output', 'int8', null),
    ],
    rule: 'linear_attention',
    // int32: products of values and keys, sums of keys, one query or key.
    scratch: [4, times('values', 1, 2), 'keys'],
    macs: [2, 'batch0', 'batch1', 'tokens', 'keys', times('values', 1, 1)],
  },

  run({ params: p }, { inputs, outputs }) {
    const [query, key, value] = inputs as [Int8Array, Int8Array, Int8Array];
    const [y] = outputs as [Int8Array];
    const relu = (code: number, offset: number): number => Math.max(code + offset, 0);
    for (let i = 0; i < p.batch0; i++) {
      for (let j = 0; j < p.batch1; j++) {
        const q = p.queryStart + i * p.queryBatch0 + j * p.queryBatch1;
        const k = p.keyStart + i * p.keyBatch0 + j * p.keyBatch1;
        const v = p.valueStart + i * p.valueBatch0 + j * p.valueBatch1;
        const to = p.outputStart + i * p.outputBatch0 + j * p.outputBatch1;
        const keyAt = (c: number, n: number): number =>
          relu(key[k + c * p.keyChannel + n * p.keyToken]!, p.keyOffset);
        const sums = Array.from({ length: p.keys }, (_, c) => {
          let sum = 0;
          for (let n = 0; n < p.tokens; n++) sum += keyAt(c, n);
          return sum;
        });
        const products = Array.from({ length: p.values }, (_, e) =>
          sums.map((_, c) => {
            let sum = 0;
            for (let n = 0; n < p.tokens; n++) {
              sum += (value[v + e * p.valueChannel + n * p.valueToken]! + p.valueOffset) * keyAt(c, n);
            }
            return sum;
          }),
        );
        for (let n = 0; n < p.tokens; n++) {
          const weights = sums.map((_, c) =>
            relu(query[q + c * p.queryChannel + n * p.queryToken]!, p.queryOffset),
          );
          const dot = (row: readonly number[]): number =>
            row.reduce((sum, one, c) => sum + one * weights[c]!, 0);
          const divisor = dot(sums) + p.epsilon;
          for (let e = 0; e < p.values; e++) {
            const mean = quotient(BigInt(dot(products[e]!)), BigInt(divisor));
            const code = requantize(mean, p.multiplier, p.shift) + p.outputOffset;
            y[to + e * p.outputChannel + n * p.outputToken] = clamp(code, p.actMin, p.actMax);
          }
        }
      }
    }
  },
};

/**
 * dividend / divisor as Q20, where the dividend is at most 255 times the divisor: both with the leading bit of the divisor
 * at 2^31 (of the dividend 9 bits less), the reciprocal as 2^62 over that. 0 for a divisor of 0.
 */
function quotient(dividend: bigint, divisor: bigint): number {
  if (divisor === 0n) return 0;
  const zeros = BigInt(64 - divisor.toString(2).length);
  const normal = (divisor << zeros) >> 32n;
  const exact = (1n << 62n) / normal;
  const reciprocal = exact > 2n ** 31n - 1n ? 2n ** 31n - 1n : exact;
  const right = 41n - zeros;
  const scaled = right > 0n ? (dividend + (1n << (right - 1n))) >> right : dividend << -right;
  return Number((scaled * reciprocal + (1n << 32n)) >> 33n);
}
