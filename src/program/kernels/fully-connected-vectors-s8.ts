import { constant, input, type Kernel, output, over, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { EIGHT, narrowOnto, placeInEight, VECTOR } from './channel-vectors.ts';
import { clamp, type Ranges } from './common.ts';

type FullyConnectedVectorsS8Params = {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Eights of output features that are requantised each by itself: all of them, or 1, and all by the same. */
  readonly scaled: number;
  readonly outputZeroPoint: number;
  readonly actMin: number;
  readonly actMax: number;
};

/**
 * inputs [x [in]], constants [weights: for each eight output features and each vector of inputs sixteen of every feature, zeros where there
 * are none; bias: of each eight; scales: multipliers and powers of two of each eight, or of all (channel-vectors.ts)], outputs [y [out]].
 */
export type FullyConnectedVectorsS8 = StepOf<'fully_connected_vectors_s8', FullyConnectedVectorsS8Params>;

const params: Ranges<FullyConnectedVectorsS8Params> = {
  inFeatures: RANGE.count,
  outFeatures: RANGE.count,
  scaled: RANGE.count,
  outputZeroPoint: RANGE.code,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

function rowVectors(inFeatures: number): number {
  return Math.ceil(inFeatures / VECTOR);
}

/**
 * The vector and the lane of an input. What is no whole vector comes first: cores read that much and no more, and then go on by sixteen.
 */
export function vectorOfInput(inFeatures: number, feature: number): readonly [vector: number, lane: number] {
  const missing = VECTOR * rowVectors(inFeatures) - inFeatures;
  const first = VECTOR - missing;
  if (feature < first) return [0, feature];
  return [Math.floor((feature + missing) / VECTOR), (feature + missing) % VECTOR];
}

export const fullyConnectedVectorsS8: Kernel<FullyConnectedVectorsS8> = {
  signature: {
    about: `One row times [out_features][in_features], weights in vectors of sixteen and eight features at a time, for cores with vector instructions: the bytes of fully_connected_s8. weights: for each eight features and sixteen inputs [8][16], of which the first are those that are left over; bias: [8] for each eight; scales: [8 multipliers, 8 powers of two] for each of the scaled eights; even features before odd ones.`,
    params,
    operands: [
      input('input', 'int8', ['inFeatures']),
      constant('weights', 'int8', [over('outFeatures', EIGHT), EIGHT * VECTOR, over('inFeatures', VECTOR)]),
      constant('bias', 'int32', [over('outFeatures', EIGHT), EIGHT]),
      constant('scales', 'int32', ['scaled', 2 * EIGHT]),
      output('output', 'int8', ['outFeatures']),
    ],
    rule: 'fully_connected_vectors',
    macs: ['inFeatures', 'outFeatures'],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [weights, bias, scales] = constants as [Int8Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    const vectors = rowVectors(p.inFeatures);
    const places = Array.from(x, (_, i) => vectorOfInput(p.inFeatures, i));
    for (let feature = 0; feature < p.outFeatures; feature++) {
      const eight = Math.floor(feature / EIGHT);
      const place = placeInEight(feature);
      const from = (eight * vectors * EIGHT + (feature % EIGHT)) * VECTOR;
      const sum = x.reduce(
        (all, code, i) => {
          const [vector, lane] = places[i]!;
          return (all + code * weights[from + vector * EIGHT * VECTOR + lane]!) | 0;
        },
        bias[eight * EIGHT + place]!,
      );
      const at = Math.min(eight, p.scaled - 1) * 2 * EIGHT + place;
      const code = narrowOnto(p.outputZeroPoint, sum, scales[at]!, scales[at + EIGHT]!);
      y[feature] = clamp(code, p.actMin, p.actMax);
    }
  },
};
