import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type TopKS8Params = {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  readonly k: number;
  /** 1: the largest, 0: the smallest. */
  readonly largest: number;
  /** 1: of equals the last comes first, 0: the first. */
  readonly last: number;
};

/**
 * The k largest or smallest elements along one axis, in order, and their places. inputs [x [outer][size][inner]],
 * outputs [values [outer][k][inner], places [outer][k][inner]].
 */
export type TopKS8 = StepOf<'top_k_s8', TopKS8Params>;

export const topKS8: Kernel<TopKS8> = {
  signature: {
    about: `The k largest (largest 1) or smallest elements along the axis \`size\`, in order, and their places; of equals the first comes first, or (last 1) the last. k is at most size.`,
    params: {
      outer: RANGE.count,
      size: RANGE.count,
      inner: RANGE.count,
      k: RANGE.count,
      largest: RANGE.flag,
      last: RANGE.flag,
    },
    operands: [
      input('input', 'int8', ['outer', 'size', 'inner']),
      output('values', 'int8', ['outer', 'k', 'inner']),
      output('places', 'int32', ['outer', 'k', 'inner']),
    ],
    rule: 'top_k',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const [values, places] = outputs as [Int8Array, Int32Array];
    const sign = p.largest === 1 ? -1 : 1;
    const tie = p.last === 1 ? -1 : 1;
    for (let o = 0; o < p.outer; o++) {
      for (let j = 0; j < p.inner; j++) {
        const at = (i: number): number => x[(o * p.size + i) * p.inner + j]!;
        const order = Array.from({ length: p.size }, (_, i) => i).sort(
          (a, b) => sign * (at(a) - at(b)) || tie * (a - b),
        );
        for (let rank = 0; rank < p.k; rank++) {
          const to = (o * p.k + rank) * p.inner + j;
          values[to] = at(order[rank]!);
          places[to] = order[rank]!;
        }
      }
    }
  },
};
