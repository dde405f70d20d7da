/** Random models of recurrent layers, with all that they may be given. */
import { graphBuilder, int, makeNode, string } from '../../../src/graph/build.ts';
import { elementCount, floatTensor } from '../../../src/graph/tensor.ts';
import type { Tensor } from '../../../src/graph/types.ts';
import { integer, pick, type Random } from '../../native/random.ts';
import type { Row } from './random-models.ts';

const reals = (random: Random, shape: readonly number[], size: number): Tensor =>
  floatTensor(
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => size * (2 * random() - 1)),
  );

/** Weights that have exact codes in both directions: whole 127ths of the largest of their row, which is there. */
function matrix(random: Random, [directions, rows, columns]: readonly [number, number, number]): Tensor {
  const scales = Array.from({ length: rows }, () => 2 ** integer(random, -11, -8));
  return floatTensor(
    [directions, rows, columns],
    Float32Array.from({ length: directions * rows * columns }, (_, i) => {
      const code = i % columns === 0 ? pick(random, [-127, 127]) : integer(random, -127, 127);
      return code * scales[Math.floor(i / columns) % rows]!;
    }),
  );
}

/** The rounding of hidden states comes back through the matrix at every step: a few steps of them in all. */
function recurrent(op: string, gates: number): Row {
  return {
    steps: 2,
    count: 60,
    make: (random) => {
      const [steps, batch] = [integer(random, 1, 6), pick(random, [1, 1, 2, 3])];
      const [width, hidden] = [integer(random, 1, 9), integer(random, 1, 9)];
      const direction = pick(random, ['forward', 'forward', 'reverse', 'bidirectional']);
      const directions = direction === 'bidirectional' ? 2 : 1;
      // ONNX Runtime has times first alone; test/conformance has batches first.
      const state = [directions, batch, hidden];
      const rows = gates * hidden;
      const b = graphBuilder('random');
      const inputs = [
        b.input('x', [steps, batch, width]),
        b.constant('w', matrix(random, [directions, rows, width])),
        b.constant('r', matrix(random, [directions, rows, hidden])),
        random() < 0.7 ? b.constant('b', reals(random, [directions, 2 * rows], 1)) : '',
        random() < 0.2
          ? b.constant('lengths', { dtype: 'int32', shape: [batch], data: new Int32Array(batch).fill(steps) })
          : '',
        pick(random, [() => '', () => b.input('h', state), () => b.constant('h', reals(random, state, 1))])(),
        ...(op === 'LSTM' && random() < 0.3 ? [b.constant('c', reals(random, state, 3))] : []),
      ];
      // The last input is there.
      const given = inputs.slice(0, inputs.findLastIndex((name) => name !== '') + 1);
      const outputs = pick(random, [['y'], ['y', 'y_h'], ['', 'y_h']]);
      const attributes = {
        hidden_size: int(hidden),
        direction: string(direction),
        ...(op === 'GRU' ? { linear_before_reset: int(integer(random, 0, 1)) } : {}),
      };
      return {
        model: {
          ...b.model(),
          nodes: [makeNode(op, given, outputs, attributes, 'cell')],
          outputs: outputs.filter((name) => name !== ''),
        },
        range: [-1, 1],
      };
    },
  };
}

export const RECURRENT_ROWS: readonly (readonly [op: string, row: Row])[] = [
  ['RNN', recurrent('RNN', 1)],
  ['GRU', recurrent('GRU', 3)],
  ['LSTM', recurrent('LSTM', 4)],
];
