/** Random heads of attention: of any strides, masks and scales. */
import { quantizeMultiplier } from '../../src/numbers/fixed-point.ts';
import { exponentialTable } from '../../src/program/kernels/softmax-s8.ts';
import type { Parts } from './cases.ts';
import {
  activation,
  int8s,
  integer,
  multiplier,
  offset,
  operandBox,
  pick,
  type Random,
  strided,
  zeroPoint,
} from './random.ts';

const MATRIX = ['Batch0', 'Batch1', 'Token', 'Channel'];

export const ATTENTION_CASES = {
  attention_s8(random: Random): Parts {
    const heads = [integer(random, 1, 2), integer(random, 1, 3)] as const;
    const [rows, columns] = [
      integer(random, 1, 5),
      pick(random, [integer(random, 1, 9), integer(random, 1, 40)]),
    ];
    const [depth, values] = [integer(random, 1, 19), integer(random, 1, 19)];
    const matrix = (tokens: number, channels: number, written = false) =>
      operandBox(random, [...heads, tokens, channels], random() < 0.6, !written);
    const [query, key, value] = [matrix(rows, depth), matrix(columns, depth), matrix(columns, values)];
    const output = matrix(rows, values, true);
    const mask = operandBox(random, [...heads, rows, columns]);
    const scale = pick(random, [random(), 1 / 32, 2 ** -12, 4]);
    const { multiplier: q, shift } = quantizeMultiplier(scale * 2 ** 26);
    const exponentials = exponentialTable({
      multiplier: q,
      shift,
      diffMin: -Math.floor((31 * 2 ** 26) / 2 ** shift),
    });
    const [scores, products] = [multiplier(random, depth), multiplier(random, columns)];
    const { actMin: scoreMin, actMax: scoreMax } = activation(random);
    const tabled = integer(random, 0, 1);
    const [queryChannel, keyChannel] = [query.strides[3]!, key.strides[3]!];
    const [valueToken, outputChannel] = [value.strides[2]!, output.strides[3]!];
    const room =
      4 * Math.max(depth, columns) +
      2 * columns +
      (queryChannel === 1 ? 0 : 2 * depth) +
      (outputChannel === 1 ? 0 : 2 * values) +
      (keyChannel === 1 ? 0 : columns * depth) +
      (valueToken === 1 ? 0 : columns * values);
    return {
      params: {
        ...{ batch0: heads[0], batch1: heads[1], rows, columns, depth, values },
        ...strided('query', MATRIX, query),
        ...strided('key', MATRIX, key),
        ...strided('value', MATRIX, value),
        ...strided('mask', ['Batch0', 'Batch1', 'Row', 'Column'], mask),
        ...strided('output', MATRIX, output),
        maskLeast: pick(random, [-128, -128, integer(random, -128, 127)]),
        queryOffset: offset(random),
        keyOffset: pick(random, [0, offset(random)]),
        valueOffset: pick(random, [0, offset(random)]),
        scoreOffset: zeroPoint(random),
        scoreMultiplier: scores.q,
        scoreShift: scores.shift,
        ...{ scoreMin, scoreMax, tabled },
        outputOffset: zeroPoint(random),
        multiplier: products.q,
        shift: products.shift,
        ...activation(random),
        room,
      },
      inputs: [query, key, value, mask].map(({ length }) => int8s(random, length)),
      constants: [exponentials, int8s(random, tabled === 1 ? 256 : 1)],
      outputs: [new Int8Array(output.length)],
    };
  },
};
