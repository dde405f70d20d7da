/** Constants per channel, and means over axes side by side: the integers are those of float within rounding. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floats, int64s, node, valueInfo } from '../onnx/models.ts';
import { readModel, uniform, wholeWay } from './whole-way.ts';

const constants = [3, -0.5, 0.01, 40];

test('sums and products with a constant per channel', async () => {
  for (const shape of [
    [1, 4],
    [3, 4],
    [1, 4, 5],
    [2, 4, 3, 3],
  ]) {
    for (const op of ['Add', 'Sub', 'Mul', 'Div']) {
      for (const limited of [false, true]) {
        const along = [4, ...shape.slice(2).map(() => 1)];
        const float = readModel({
          node: [
            node('Sigmoid', ['x'], ['s']),
            node(op, ['s', 'c'], [limited ? 'a' : 'y']),
            ...(limited ? [node('Relu', ['a'], ['y'])] : []),
          ],
          initializer: [floats('c', along, op === 'Div' ? constants.map((c) => 1 / c) : constants)],
          input: [valueInfo('x', shape)],
          output: [valueInfo('y', shape)],
        });
        const { sqnr } = await wholeWay(float, uniform(float, 8, 2));
        assert.ok(
          sqnr[0]! > (limited ? 22 : 30),
          `${op} on ${shape}${limited ? ' with Relu' : ''}: ${sqnr[0]} dB`,
        );
      }
    }
  }
});

test('means over axes side by side', async () => {
  for (const [axes, shape] of [
    [[1], [1, 6, 5]],
    [[-1], [2, 3, 8]],
    [
      [1, 2],
      [1, 4, 5, 3],
    ],
    [
      [0, 1, 2],
      [2, 3, 4],
    ],
    [[3], [1, 3, 2, 7]],
    [[1], [4, 9]],
    [
      [2, 3, 4],
      [1, 2, 2, 3, 2],
    ],
  ] as const) {
    for (const keepdims of [0, 1]) {
      const float = readModel(
        {
          node: [
            node('Sigmoid', ['x'], ['s']),
            node('ReduceMean', ['s', 'axes'], ['m'], { keepdims }),
            node('Tanh', ['m'], ['y']),
          ],
          initializer: [int64s('axes', axes)],
          input: [valueInfo('x', shape)],
          output: [valueInfo('y', null)],
        },
        18,
      );
      const { sqnr } = await wholeWay(float, uniform(float, 8, 3));
      assert.ok(sqnr[0]! > 35, `axes ${axes} of ${shape}: ${sqnr[0]} dB`);
    }
  }
});

test('the mean over time of a channels-last sequence, as Keras writes it', async () => {
  const float = readModel({
    node: [
      node('Transpose', ['x'], ['t'], { perm: [0, 2, 1] }),
      node('Conv', ['t', 'w'], ['c'], { kernel_shape: [3] }),
      node('Relu', ['c'], ['r']),
      node('Transpose', ['r'], ['back'], { perm: [0, 2, 1] }),
      node('ReduceMean', ['back'], ['y'], { axes: [1], keepdims: 0 }),
    ],
    initializer: [
      floats(
        'w',
        [4, 3, 3],
        Array.from({ length: 36 }, (_, i) => Math.sin(i)),
      ),
    ],
    input: [valueInfo('x', [1, 12, 3])],
    output: [valueInfo('y', null)],
  });
  const { program, sqnr } = await wholeWay(float);
  assert.ok(sqnr[0]! > 35, `${sqnr[0]} dB`);
  assert.deepEqual(
    program.steps.map(({ kernel }) => kernel),
    ['conv2d_s8', 'mean_pool2d_s8'],
  );
});
