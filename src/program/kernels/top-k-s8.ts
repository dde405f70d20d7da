import { input, type Kernel, output, RANGE, type Range } from '../signature.ts';
import type { ProgramArray, StepOf } from '../types.ts';

export type TopKParams = {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  readonly k: number;
  /** 1: the largest, 0: the smallest. */
  readonly largest: number;
  /** 1: of equals the last comes first, 0: the first. */
  readonly last: number;
};

export const topKParams: { readonly [K in keyof TopKParams]: Range } = {
  outer: RANGE.count,
  size: RANGE.count,
  inner: RANGE.count,
  k: RANGE.count,
  largest: RANGE.flag,
  last: RANGE.flag,
};

/**
 * The k largest or smallest elements along one axis, in order, and their places. inputs [x [outer][size][inner]],
 * outputs [values [outer][k][inner], places [outer][k][inner]].
 */
export type TopKS8 = StepOf<'top_k_s8', TopKParams>;

export const topKS8: Kernel<TopKS8> = {
  signature: {
    about: `The k largest (largest 1) or smallest elements along the axis \`size\`, in order, and their places; of equals the first comes first, or (last 1) the last. k is at most size.`,
    params: topKParams,
    operands: [
      input('input', 'int8', ['outer', 'size', 'inner']),
      output('values', 'int8', ['outer', 'k', 'inner']),
      output('places', 'int32', ['outer', 'k', 'inner']),
    ],
    rule: 'top_k',
  },

  run: ({ params }, { inputs: [x], outputs: [values, places] }) =>
    rankElements(params, x!, values!, places!, (value) => value),
};

/** @param key integers that lie in the order of the elements */
export function rankElements(
  p: TopKParams,
  x: ProgramArray,
  values: ProgramArray,
  places: ProgramArray,
  key: (value: number) => number,
): void {
  const sign = p.largest === 1 ? -1 : 1;
  const tie = p.last === 1 ? -1 : 1;
  for (let o = 0; o < p.outer; o++) {
    for (let j = 0; j < p.inner; j++) {
      const at = (i: number): number => x[(o * p.size + i) * p.inner + j]!;
      const keys = Array.from({ length: p.size }, (_, i) => key(at(i)));
      const order = Array.from({ length: p.size }, (_, i) => i).sort(
        (a, b) => sign * (keys[a]! - keys[b]!) || tie * (a - b),
      );
      for (let rank = 0; rank < p.k; rank++) {
        const to = (o * p.k + rank) * p.inner + j;
        values[to] = at(order[rank]!);
        places[to] = order[rank]!;
      }
    }
  }
}
