import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type OneHotF32Params = { readonly outer: number; readonly depth: number; readonly inner: number };

/**
 * One number at the place that is said, another elsewhere. inputs [places [outer][inner]], constants [off, on], outputs [y
 * [outer][depth][inner]].
 */
export type OneHotF32 = StepOf<'one_hot_f32', OneHotF32Params>;

export const oneHotF32: Kernel<OneHotF32> = {
  signature: {
    about: `As one_hot_s8, of floats: choices are off and on.`,
    params: { outer: RANGE.count, depth: RANGE.count, inner: RANGE.count },
    operands: [
      input('places', 'int32', ['outer', 'inner']),
      constant('choices', 'float32', [2]),
      output('output', 'float32', ['outer', 'depth', 'inner']),
    ],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [places] = inputs as [Int32Array];
    const [choices] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let o = 0; o < p.outer; o++) {
      for (let d = 0; d < p.depth; d++) {
        for (let k = 0; k < p.inner; k++) {
          const place = places[o * p.inner + k]!;
          const isHere = (place < 0 ? place + p.depth : place) === d;
          y[(o * p.depth + d) * p.inner + k] = choices[isHere ? 1 : 0]!;
        }
      }
    }
  },
};
