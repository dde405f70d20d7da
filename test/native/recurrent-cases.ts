/** Random calls of the recurrent kernels. */
import { gateTable } from '../../src/program/kernels/recurrent.ts';
import type { Parts } from './cases.ts';
import { int8s, int16s, integer, pick, type Random, zeroPoint } from './random.ts';

type Codes = 'int8' | 'int16';

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
function product(random: Random, codes: Codes, rows: number, count: number): Parts['inputs'] {
  const limit = random() < 0.1 ? 2 ** 31 - 1 : 5000;
  const exponent = (codes === 'int16' ? -8 : 0) - Math.ceil(Math.log2(count) / 2);
  const fixed = Array.from({ length: rows }, (): readonly [number, number] => {
    const [multiplier, shift] = scaling(random, exponent);
    return [multiplier, codes === 'int16' ? Math.min(shift, 7) : shift];
  });
  return [
    int8s(random, rows * count),
    Int32Array.from({ length: rows }, () => integer(random, -limit, limit)),
    Int32Array.from(fixed, ([multiplier]) => multiplier),
    Int32Array.from(fixed, ([, shift]) => shift),
  ];
}

/** @param fromHidden exponent from what the cell gives to its codes */
function cell(random: Random, codes: Codes, gates: number, fromHidden: number) {
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
      ...(codes === 'int8' ? { outputOffset: zeroPoint(random) } : {}),
    },
    input: codesOf(random, codes, steps * batch * inputSize),
    state: batch * hidden,
    constants: [
      ...product(random, codes, gates * hidden, inputSize),
      ...product(random, codes, gates * hidden, hidden),
      table,
    ],
    output: new (codes === 'int8' ? Int8Array : Int16Array)(steps * directions * batch * hidden),
  };
}

function codesOf(random: Random, codes: Codes, size: number): Int8Array | Int16Array {
  return codes === 'int8' ? int8s(random, size) : int16s(random, size);
}

function lstm(random: Random, codes: Codes, fromHidden: number): Parts {
  const { params, input, state, constants, output } = cell(random, codes, 4, fromHidden);
  const more = codes === 'int16' ? 16 : 0;
  const [cellMultiplier, cellShift] = scaling(random, more - 18);
  const [tangentMultiplier, tangentShift] = scaling(random, -more);
  return {
    params: { ...params, cellMultiplier, cellShift, tangentMultiplier, tangentShift },
    inputs: [input, codesOf(random, codes, state), int16s(random, state)],
    constants,
    outputs: [output, new Int16Array(state)],
  };
}

function gru(random: Random, codes: Codes, fromHidden: number): Parts {
  const { params, input, state, constants, output } = cell(random, codes, 3, fromHidden);
  return {
    params: { ...params, linearBeforeReset: integer(random, 0, 1) },
    inputs: [input, int16s(random, state)],
    constants,
    outputs: [output, new Int16Array(state)],
  };
}

export const RECURRENT_CASES = {
  lstm_s8: (random: Random): Parts => lstm(random, 'int8', -22),
  gru_s8: (random: Random): Parts => gru(random, 'int8', -7),
  lstm_s16: (random: Random): Parts => lstm(random, 'int16', -14),
  gru_s16: (random: Random): Parts => gru(random, 'int16', 1),

  rnn_s8(random: Random): Parts {
    const { params, input, state, constants, output } = cell(random, 'int8', 1, -7);
    return { params, inputs: [input, int8s(random, state)], constants, outputs: [output] };
  },
};
