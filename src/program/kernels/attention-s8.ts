import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE, type Range, when } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { DEEPEST_MATMUL } from './batch-matmul-s8.ts';
import { clamp } from './common.ts';
import { type Strides, strides } from './linear-attention-s8.ts';
import { LONGEST_SOFTMAX, probabilities } from './softmax-s8.ts';

type AttentionS8Params = {
  /** Two loops over heads. */
  readonly batch0: number;
  readonly batch1: number;
  /** Tokens of the queries, and of keys and values. */
  readonly rows: number;
  readonly columns: number;
  /** Channels of queries and keys. */
  readonly depth: number;
  /** Channels of values and of the output. */
  readonly values: number;
} & Strides<'query'> &
  Strides<'key'> &
  Strides<'value'> & {
    readonly [K in `mask${'Start' | 'Batch0' | 'Batch1' | 'Row' | 'Column'}`]: number;
  } & Strides<'output'> & {
    /** The least code that lets a score count; -128: all of them, and no mask is read. */
    readonly maskLeast: number;
    /** Minus the zero points. */
    readonly queryOffset: number;
    readonly keyOffset: number;
    readonly valueOffset: number;
    /** From sums of products to the codes of scores. */
    readonly scoreOffset: number;
    readonly scoreMultiplier: number;
    readonly scoreShift: number;
    readonly scoreMin: number;
    readonly scoreMax: number;
    /** 1: the softmax sees table[score + 128]; 0: the score. */
    readonly tabled: number;
    readonly outputOffset: number;
    readonly multiplier: number;
    readonly shift: number;
    readonly actMin: number;
    readonly actMax: number;
    /** Bytes of scratch: `attentionRoom`. */
    readonly room: number;
  };

/**
 * Attention of heads, a few queries at a time: products of queries and keys as codes, their softmax (over what the mask lets
 * count) with scale 1/256 and zero point -128, and its product with the values. The bytes of batch_matmul_s8, softmax_s8 or
 * masked_softmax_s8, and batch_matmul_s8, without their matrices. inputs [query, key, value, mask], constants [exponentials
 * of the differences 0, -1, ... -255 of scores, Q0.31; table], outputs [output]; any strides.
 */
export type AttentionS8 = StepOf<'attention_s8', AttentionS8Params>;

/**
 * Bytes: what inner loops widen, two rows of scores, and what is laid out anew because what is summed over does not lie side
 * by side: two queries, two outputs, the keys of a head, its values.
 */
export function attentionRoom(p: Omit<AttentionS8Params, 'room'>): number {
  return (
    4 * Math.max(p.depth, p.columns) +
    2 * p.columns +
    (p.queryChannel === 1 ? 0 : 2 * p.depth) +
    (p.outputChannel === 1 ? 0 : 2 * p.values) +
    (p.keyChannel === 1 ? 0 : p.columns * p.depth) +
    (p.valueToken === 1 ? 0 : p.columns * p.values)
  );
}

const maskStrides = {
  maskStart: RANGE.size,
  maskBatch0: RANGE.stride,
  maskBatch1: RANGE.stride,
  maskRow: RANGE.stride,
  maskColumn: RANGE.stride,
} satisfies Readonly<Record<string, Range>>;

export const attentionS8: Kernel<AttentionS8> = {
  signature: {
    about: `Attention of batch0 * batch1 heads: the softmax of rows of scores (products of \`rows\` queries and \`columns\` keys of \`depth\` channels, those that the mask lets count), times the values. No more than two rows of scores exist at a time. Operands lie at any strides.`,
    params: {
      batch0: RANGE.count,
      batch1: RANGE.count,
      rows: [1, DEEPEST_MATMUL],
      columns: [1, LONGEST_SOFTMAX],
      depth: [1, DEEPEST_MATMUL],
      values: [1, DEEPEST_MATMUL],
      ...strides('query'),
      ...strides('key'),
      ...strides('value'),
      ...maskStrides,
      ...strides('output'),
      maskLeast: RANGE.code,
      queryOffset: RANGE.offset,
      keyOffset: RANGE.offset,
      valueOffset: RANGE.offset,
      scoreOffset: RANGE.code,
      scoreMultiplier: RANGE.multiplier,
      scoreShift: RANGE.shift,
      scoreMin: RANGE.code,
      scoreMax: RANGE.code,
      tabled: RANGE.flag,
      outputOffset: RANGE.code,
      multiplier: RANGE.multiplier,
      shift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
      room: RANGE.size,
    },
    operands: [
      input('query', 'int8', null),
      input('key', 'int8', null),
      input('value', 'int8', null),
      input('mask', 'int8', null),
      constant('exponentials', 'int32', [256]),
      constant('table', 'int8', [when('tabled', 1, 256, 1)]),
      output('output', 'int8', null),
    ],
    rule: 'attention',
    scratch: ['room'],
    macs: ['batch0', 'batch1', 'rows', 'columns', { sum: ['depth', 'values'] }],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [query, key, value, mask] = inputs as [Int8Array, Int8Array, Int8Array, Int8Array];
    const [exponentials, table] = constants as [Int32Array, Int8Array];
    const [y] = outputs as [Int8Array];
    for (let i = 0; i < p.batch0; i++) {
      for (let j = 0; j < p.batch1; j++) {
        const start = (name: 'query' | 'key' | 'value' | 'mask' | 'output'): number =>
          p[`${name}Start`] + i * p[`${name}Batch0`] + j * p[`${name}Batch1`];
        for (let row = 0; row < p.rows; row++) {
          const q = start('query') + row * p.queryToken;
          const scores = Int8Array.from({ length: p.columns }, (_, column) => {
            const k = start('key') + column * p.keyToken;
            let acc = 0;
            for (let c = 0; c < p.depth; c++) {
              const x = query[q + c * p.queryChannel]! + p.queryOffset;
              acc += x * (key[k + c * p.keyChannel]! + p.keyOffset);
            }
            const code = requantize(acc, p.scoreMultiplier, p.scoreShift) + p.scoreOffset;
            const score = clamp(code, p.scoreMin, p.scoreMax);
            return p.tabled === 1 ? table[score + 128]! : score;
          });
          const m = start('mask') + row * p.maskRow;
          const weights = probabilities(
            scores,
            (column) => mask[m + column * p.maskColumn]! >= p.maskLeast,
            (difference) => exponentials[-difference]!,
          );
          for (let e = 0; e < p.values; e++) {
            const v = start('value') + e * p.valueChannel;
            let acc = 0;
            weights.forEach((weight, n) => {
              acc += (weight + 128) * (value[v + n * p.valueToken]! + p.valueOffset);
            });
            const code = requantize(acc, p.multiplier, p.shift) + p.outputOffset;
            y[start('output') + row * p.outputToken + e * p.outputChannel] = clamp(code, p.actMin, p.actMax);
          }
        }
      }
    }
  },
};
