/** Pools and transposed convolutions with every way to pad: the integers are those of float within rounding. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { type AttributeValue, floats, int64s, node, valueInfo } from '../onnx/models.ts';
import { readModel, uniform, wholeWay } from './whole-way.ts';

const random = seededRandom(11);
const upTo = (limit: number): number => Math.floor(random() * limit);
const many = (count: number): number[] => Array.from({ length: count }, () => 2 * random() - 1);

test('averages that count their padding, and windows beyond it', async () => {
  let beyond = 0;
  for (let trial = 0; trial < 40; trial++) {
    const spatial = 1 + upTo(2);
    const size = Array.from({ length: spatial }, () => 5 + upTo(5));
    const kernel = size.map(() => 2 + upTo(3));
    const attributes: Record<string, AttributeValue> = {
      kernel_shape: kernel,
      strides: size.map(() => 1 + upTo(4)),
      pads: [...kernel, ...kernel].map((k) => upTo(k)),
      ceil_mode: trial % 4 === 0 ? 0 : 1,
      count_include_pad: trial % 5 === 0 ? 0 : 1,
    };
    const float = readModel({
      node: [node('AveragePool', ['x'], ['y'], attributes)],
      input: [valueInfo('x', [1, 2, ...size])],
      output: [valueInfo('y', null)],
    });
    beyond += float.nodes.some(({ name }) => name.endsWith('_Pad')) ? 1 : 0;
    const { sqnr } = await wholeWay(float, uniform(float, 8));
    assert.ok(sqnr[0]! > 28, `${JSON.stringify(attributes)} on ${size}: ${sqnr[0]} dB`);
  }
  assert.ok(beyond > 3, `${beyond} pools were padded before`);
});

test('transposed convolutions whose padding follows from sizes', async () => {
  for (const attributes of [
    { output_shape: [8, 9], strides: [2, 2] },
    { output_shape: [7, 7], strides: [2, 2], output_padding: [1, 0] },
    { auto_pad: 'SAME_UPPER', strides: [2, 2], output_padding: [1, 1] },
    { auto_pad: 'SAME_LOWER', strides: [2, 1] },
    { auto_pad: 'SAME_LOWER', strides: [3, 2], output_shape: [12, 7] },
    { pads: [1, 0, 0, 1], strides: [2, 2], output_padding: [1, 0] },
    { dilations: [2, 1], output_shape: [9, 10], strides: [2, 3] },
  ] as const) {
    const float = readModel({
      node: [node('ConvTranspose', ['x', 'w', 'b'], ['y'], attributes)],
      initializer: [floats('w', [3, 2, 3, 3], many(54)), floats('b', [2], [0.4, -0.2])],
      input: [valueInfo('x', [1, 3, 4, 4])],
      output: [valueInfo('y', null)],
    });
    const { sqnr } = await wholeWay(float, uniform(float, 8));
    assert.ok(sqnr[0]! > 32, `${JSON.stringify(attributes)}: ${sqnr[0]} dB`);
  }
});

test('limits that are the wrong way round', async () => {
  const bounds = [floats('lo', [], [0.5]), floats('hi', [], [-0.25])];
  for (const first of [[], [node('Conv', ['x', 'w'], ['c'])]]) {
    const float = readModel({
      node: [...first, node('Clip', [first.length === 0 ? 'x' : 'c', 'lo', 'hi'], ['y'])],
      initializer: [...bounds, floats('w', [2, 3, 1, 1], many(6))],
      input: [valueInfo('x', [1, 3, 4, 4])],
      output: [valueInfo('y', null)],
    });
    const { first: one } = await wholeWay(float, uniform(float, 4));
    assert.ok(one.float[0]!.every((value) => value === -0.25));
    assert.ok(one.int8[0]!.every((value) => Math.abs(value + 0.25) < 0.01));
  }
});

test('padding that a maximum never sees is not in the range', async () => {
  const lowest = -(2 - 2 ** -23) * 2 ** 127;
  const pool = node('MaxPool', ['p'], ['y'], { kernel_shape: [3, 3], strides: [2, 2] });
  for (const fill of [lowest, -1e9, -3e38, -100, Number.NEGATIVE_INFINITY]) {
    for (const between of [[], [node('Identity', ['q'], ['p'])]]) {
      const float = readModel({
        node: [node('Pad', ['x', 'pads', 'fill'], [between.length === 0 ? 'p' : 'q']), ...between, pool],
        initializer: [int64s('pads', [0, 0, 1, 1, 0, 0, 1, 1]), floats('fill', [], [fill])],
        input: [valueInfo('x', [1, 2, 7, 7])],
        output: [valueInfo('y', null)],
      });
      const { sqnr } = await wholeWay(float, uniform(float, 8));
      assert.ok(sqnr[0]! > 38, `fill ${fill}: ${sqnr[0]} dB`);
    }
  }
});
