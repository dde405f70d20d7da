/** Random calls of the recurrent kernels. */
import { gateTable } from '../../src/program/kernels/recurrent.ts';
import type { Parts } from './cases.ts';
import { int8s, int16s, integer, pick, type Random, zeroPoint } from './random.ts';

/** Of a scaling by about 2^exponent, or any at all. */
function scaling(random: Random, exponent: number): readonly [multiplier: number, shift: number] {
  const multiplier = pick(random, [2 ** 30, 2 ** 31 - 1, integer(random, 2 ** 30, 2 ** 31 - 1)]);
  if (random() >= 0.1) return [multiplier, exponent + integer(random, -1, 1)];
  return pick(random, [
    [0, 0],
    [multiplier, integer(random, -31, 30)],
  ]);
}

/** Weights, bias, multipliers and shifts of `rows` rows of `count`. */
function product(random: Random, rows: number, count: number): Parts['inputs'] {
  const limit = random() < 0.1 ? 2 ** 31 - 1 : 5000;
  const fixed = Array.from({ length: rows }, () => scaling(random, -Math.ceil(Math.log2(count) / 2)));
  return [
    int8s(random, rows * count),
    Int32Array.from({ length: rows }, () => integer(random, -limit, limit)),
    Int32Array.from(fixed, ([multiplier]) => multiplier),
    Int32Array.from(fixed, ([, shift]) => shift),
  ];
}

/** @param fromHidden exponent from what the cell gives to int8 */
function cell(random: Random, gates: number, fromHidden: number) {
  const size = (): number => pick(random, [1, 3, 4, 16, 17, integer(random, 1, 12), integer(random, 1, 40)]);
  const shape = {
    steps: integer(random, 1, 4),
    batch: pick(random, [1, 1, integer(random, 1, 3)]),
    inputSize: size(),
    hidden: size(),
  };
  const directions = integer(random, 1, 2);
  const [hiddenMultiplier, hiddenShift] = scaling(random, fromHidden);
  const { steps, batch, inputSize, hidden } = shape;
  // A table that is none now and then: nobody trusts it.
  const table = random() < 0.1 ? int16s(random, 513) : gateTable();
  return {
    params: {
      ...shape,
      directions,
      direction: integer(random, 0, directions - 1),
      reverse: integer(random, 0, 1),
      hiddenMultiplier,
      hiddenShift,
      outputOffset: zeroPoint(random),
    },
    input: int8s(random, steps * batch * inputSize),
    state: batch * hidden,
    constants: [
      ...product(random, gates * hidden, inputSize),
      ...product(random, gates * hidden, hidden),
      table,
    ],
    output: new Int8Array(steps * directions * batch * hidden),
  };
}

export const RECURRENT_CASES = {
  lstm_s8(random: Random): Parts {
    const { params, input, state, constants, output } = cell(random, 4, -22);
    const [cellMultiplier, cellShift] = scaling(random, -18);
    const [tangentMultiplier, tangentShift] = scaling(random, 0);
    return {
      params: { ...params, cellMultiplier, cellShift, tangentMultiplier, tangentShift },
      inputs: [input, int8s(random, state), int16s(random, state)],
      constants,
      outputs: [output, new Int16Array(state)],
    };
  },

  gru_s8(random: Random): Parts {
    const { params, input, state, constants, output } = cell(random, 3, -7);
    return {
      params: { ...params, linearBeforeReset: integer(random, 0, 1) },
      inputs: [input, int16s(random, state)],
      constants,
      outputs: [output, new Int16Array(state)],
    };
  },

  rnn_s8(random: Random): Parts {
    const { params, input, state, constants, output } = cell(random, 1, -7);
    return { params, inputs: [input, int8s(random, state)], constants, outputs: [output] };
  },
};
