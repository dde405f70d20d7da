import type { Tensor } from '../graph/types.ts';
import type { Tensors } from './define.ts';

/** A node made ready to run many times: constants packed, tables built, scratch reused. */
export type Prepared = (inputs: Tensors) => readonly Tensor[];

/** Working memory shared by the nodes of one executor, which run one after the other. */
export type Scratch = {
  /** At least `length` elements with undefined contents; valid until the next call. */
  readonly float32: (length: number) => Float32Array;
  /** At least `length` elements with undefined contents; valid until the next call. */
  readonly float64: (length: number) => Float64Array;
};

export function createScratch(): Scratch {
  let narrow = new Float32Array(0);
  let wide = new Float64Array(0);
  return {
    float32: (length) => {
      if (narrow.length < length) narrow = new Float32Array(length);
      return narrow;
    },
    float64: (length) => {
      if (wide.length < length) wide = new Float64Array(length);
      return wide;
    },
  };
}
