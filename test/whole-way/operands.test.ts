/** Reductions as pools, and constants where kernels take activations: the integers are those of float within rounding. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floats, int64s, node, valueInfo } from '../onnx/models.ts';
import { readModel, uniform, wholeWay } from './whole-way.ts';

const waves = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(1.7 * i));
const size = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

test('ReduceMax over all spatial axes is a global pool, over others a pool in the order of ONNX', async () => {
  for (const [shape, axes, keepdims, kernels] of [
    [[1, 3, 8, 8], [2, 3], 0, ['max_pool2d_s8']],
    [[1, 3, 8, 8], [-1, -2], 1, ['max_pool2d_s8']],
    [[1, 3, 9], [2], 0, ['max_pool2d_s8']],
    [[1, 10, 6], [1], 0, ['max_pool2d_s8']],
    [[2, 3, 4, 5], [1, 2], 1, ['max_pool2d_s8']],
  ] as const) {
    const float = readModel(
      {
        node: [node('ReduceMax', ['x', 'axes'], ['y'], { keepdims })],
        initializer: [int64s('axes', axes)],
        input: [valueInfo('x', shape)],
        output: [valueInfo('y', null)],
      },
      18,
    );
    const { sqnr, program } = await wholeWay(float, uniform(float, 8));
    assert.ok(sqnr[0]! > 35, `${shape} over ${axes}: ${sqnr[0]} dB`);
    assert.deepEqual(
      program.steps.map(({ kernel }) => kernel),
      kernels,
    );
  }
});

test('a convolution, AdaptiveMaxPool2d(1) as exporters write it, and a layer of classes', async () => {
  const float = readModel(
    {
      node: [
        node('Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3] }),
        node('ReduceMax', ['c', 'axes'], ['m'], { keepdims: 1 }),
        node('Flatten', ['m'], ['f']),
        node('Gemm', ['f', 'v'], ['y'], { transB: 1 }),
      ],
      initializer: [
        floats('w', [4, 3, 3, 3], waves(108)),
        int64s('axes', [2, 3]),
        floats('v', [5, 4], waves(20)),
      ],
      input: [valueInfo('x', [1, 3, 8, 8])],
      output: [valueInfo('y', null)],
    },
    18,
  );
  const { sqnr, program } = await wholeWay(float, uniform(float, 8));
  assert.ok(sqnr[0]! > 30, `${sqnr[0]} dB`);
  assert.deepEqual(
    program.steps.map(({ kernel }) => kernel),
    ['conv2d_s8', 'max_pool2d_s8', 'fully_connected_s8'],
  );
});

test('constants of the shape of the activation, or broadcast along some of its axes', async () => {
  for (const [shape, constant] of [
    [
      [1, 10, 8],
      [1, 10, 8],
    ],
    [
      [1, 10, 8],
      [10, 8],
    ],
    [[1, 10, 8], [8]],
    [
      [2, 4, 3, 5],
      [1, 4, 1, 5],
    ],
    [
      [1, 4, 3, 5],
      [3, 5],
    ],
  ] as const) {
    const numbers = waves(size(constant)).map((value) => value + 2.5);
    for (const [op, first, kernel] of [
      ['Add', 'x', 'add_s8'],
      ['Add', 'p', 'add_s8'],
      ['Sub', 'x', 'add_s8'],
      ['Mul', 'p', 'mul_s8'],
      ['Div', 'x', 'mul_s8'],
    ] as const) {
      const float = readModel({
        node: [node(op, first === 'x' ? ['x', 'p'] : ['p', 'x'], ['y'])],
        initializer: [floats('p', constant, numbers)],
        input: [valueInfo('x', shape)],
        output: [valueInfo('y', null)],
      });
      const { sqnr, program } = await wholeWay(float, uniform(float, 8));
      assert.ok(sqnr[0]! > 34, `${op} of ${shape} and ${constant}: ${sqnr[0]} dB`);
      assert.deepEqual(
        program.steps.map((step) => step.kernel),
        [kernel],
      );
    }
  }
});

test('a position embedding behind a convolution lies as the activation does', async () => {
  const float = readModel({
    node: [
      node('Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3] }),
      node('Add', ['c', 'p'], ['s']),
      node('Relu', ['s'], ['r']),
      node('Conv', ['r', 'v'], ['y'], { kernel_shape: [1, 1] }),
    ],
    initializer: [
      floats('w', [4, 3, 3, 3], waves(108)),
      floats('p', [1, 4, 6, 6], waves(144)),
      floats('v', [2, 4, 1, 1], waves(8)),
    ],
    input: [valueInfo('x', [1, 3, 8, 8])],
    output: [valueInfo('y', null)],
  });
  const { sqnr } = await wholeWay(float, uniform(float, 8));
  assert.ok(sqnr[0]! > 30, `${sqnr[0]} dB`);
});
