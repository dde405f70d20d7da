/** Models that take bytes and cast them: the codes of an int8 model are the bytes, and arithmetic that only rescales costs nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareFloat } from '../../src/execute/predict.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import type { NodeProto, TensorProto } from '../../src/onnx/proto.ts';
import { floats, int64s, node, valueInfo } from '../onnx/models.ts';
import { type Inputs, readModel, wholeWay } from './whole-way.ts';

const UINT8 = 2;
const INT8 = 3;
const weights = Array.from({ length: 54 }, (_, i) => Math.sin(1.7 * i));
const conv = node('Conv', ['f', 'w'], ['y'], { kernel_shape: [3, 3] });
const scalar = (name: string, value: number): TensorProto => floats(name, [], [value]);

function model(
  nodes: readonly NodeProto[],
  shape: readonly number[],
  type: number,
  more: readonly TensorProto[] = [],
) {
  return readModel({
    node: [...nodes, conv],
    initializer: [floats('w', [2, 3, 3, 3], weights), ...more],
    input: [valueInfo('x', shape, type)],
    output: [valueInfo('y', null)],
  });
}

function bytes(count: number, size: number, [least, most]: readonly [number, number]): Inputs {
  const random = seededRandom(7);
  const byte = (): number => Math.round(least + random() * (most - least));
  return Array.from({ length: count }, () => [Float32Array.from({ length: size }, byte)]);
}

const cast = node('Cast', ['x'], ['r'], { to: 1 });
const image = [1, 3, 6, 6];

test('a uint8 or int8 input that is cast keeps its codes, and what only rescales them has no step', async () => {
  for (const [type, nodes, shape, constants, zeroPoint] of [
    [UINT8, [node('Cast', ['x'], ['f'], { to: 1 })], image, [], -128],
    [INT8, [node('Cast', ['x'], ['f'], { to: 1 })], image, [], 0],
    [UINT8, [cast, node('Div', ['r', 'c'], ['f'])], image, [scalar('c', 255)], -128],
    [UINT8, [cast, node('Mul', ['c', 'r'], ['f'])], image, [scalar('c', Math.fround(1 / 255))], -128],
    [
      UINT8,
      [cast, node('Sub', ['r', 'd'], ['s']), node('Div', ['s', 'c'], ['f'])],
      image,
      [scalar('c', 128), scalar('d', 128)],
      -128,
    ],
    [UINT8, [cast, node('Transpose', ['r'], ['f'], { perm: [0, 3, 1, 2] })], [1, 6, 6, 3], [], -128],
    [
      UINT8,
      [node('Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }), node('Cast', ['t'], ['f'], { to: 1 })],
      [1, 6, 6, 3],
      [],
      -128,
    ],
  ] as const) {
    const float = model(nodes, shape, type, constants);
    const samples = bytes(8, 108, type === UINT8 ? [0, 255] : [-128, 127]);
    const { program, quantized, sqnr } = await wholeWay(float, samples);
    assert.ok(sqnr[0]! > 38, `${sqnr[0]} dB`);
    const quant = quantized.values.get('x')!.quant!;
    assert.deepEqual([...quant.scale], [1]);
    assert.deepEqual([...quant.zeroPoint], [zeroPoint]);
    assert.deepEqual(
      program.steps.map(({ kernel }) => kernel),
      ['conv2d_s8'],
      nodes.map(({ opType }) => opType).join(),
    );
  }
});

test('mean and standard deviation that lie between codes are computed', async () => {
  const float = model([cast, node('Div', ['r', 'c'], ['s']), node('Sub', ['s', 'm'], ['f'])], image, UINT8, [
    scalar('c', 255),
    floats('m', [1, 3, 1, 1], [0.485, 0.456, 0.406]),
  ]);
  const { sqnr } = await wholeWay(float, bytes(8, 108, [0, 255]));
  assert.ok(sqnr[0]! > 35, `${sqnr[0]} dB`);
});

test('an integer input that something computes with is refused, as such', async () => {
  const float = readModel({
    node: [
      node('Add', ['x', 'one'], ['next']),
      node('Gather', ['w', 'next'], ['g']),
      node('Relu', ['g'], ['y']),
    ],
    initializer: [floats('w', [6, 9], weights), int64s('one', [0], [])],
    input: [valueInfo('x', [2], 7)],
    output: [valueInfo('y', null)],
  });
  await assert.rejects(wholeWay(float, [[new Float32Array(2)]]), /is int64, and only float32 values/);
  assert.equal(float.inputs[0]!.dtype, 'int64');
  // It runs in float, on whole numbers.
  const [row] = prepareFloat(float).run([{ inputs: [Float32Array.of(1, 0)], label: null }]);
  assert.deepEqual(
    [...row!.slice(0, 2)],
    weights.slice(9, 11).map((value) => Math.max(0, Math.fround(value))),
  );
});
