import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type OneHotS8Params = {
  readonly outer: number;
  readonly depth: number;
  readonly inner: number;
  readonly off: number;
  readonly on: number;
};

/** One code at the place that a number says, another elsewhere. inputs [places [outer][inner]], outputs [y [outer][depth][inner]]. */
export type OneHotS8 = StepOf<'one_hot_s8', OneHotS8Params>;

export const oneHotS8: Kernel<OneHotS8> = {
  signature: {
    about: `output[o][d][k] = on where d = places[o][k], off elsewhere. A negative place counts from the end; one outside is nowhere.`,
    params: {
      outer: RANGE.count,
      depth: RANGE.count,
      inner: RANGE.count,
      off: RANGE.code,
      on: RANGE.code,
    },
    operands: [
      input('places', 'int32', ['outer', 'inner']),
      output('output', 'int8', ['outer', 'depth', 'inner']),
    ],
  },

  run({ params: p }, { inputs, outputs }) {
    const [places] = inputs as [Int32Array];
    const [y] = outputs as [Int8Array];
    for (let o = 0; o < p.outer; o++) {
      for (let d = 0; d < p.depth; d++) {
        for (let k = 0; k < p.inner; k++) {
          const place = places[o * p.inner + k]!;
          y[(o * p.depth + d) * p.inner + k] = (place < 0 ? place + p.depth : place) === d ? p.on : p.off;
        }
      }
    }
  },
};
