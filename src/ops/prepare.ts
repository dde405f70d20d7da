import type { Tensor } from '../graph/types.ts';
import type { Tensors } from './define.ts';

/** A node made ready to run many times: constants laid out, tables built, memory reused. */
export type Prepared = (inputs: Tensors) => readonly Tensor[];

/** What the nodes of one executor share; they run one after the other. */
export type Tools = {
  /** Working memory: at least `length` elements with undefined contents, valid until the next call. */
  readonly float32: (length: number) => Float32Array;
};

export function createTools(): Tools {
  let memory = new Float32Array(0);
  return {
    float32: (length) => {
      if (memory.length < length) memory = new Float32Array(length);
      return memory;
    },
  };
}
