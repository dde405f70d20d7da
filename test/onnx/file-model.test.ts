import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { readFileModel } from '../../src/onnx/file-model.ts';
import type { GraphProto } from '../../src/onnx/proto.ts';
import { floats, modelBytes, node, valueInfo } from './models.ts';

const read = (graph: GraphProto, opset = 13, more = {}) =>
  readFileModel(modelBytes(opset, graph, more), {
    path: 'm.onnx',
    readExternal: () => assert.fail('there is no other file'),
  });

const x = valueInfo('x', ['batch', 2]);
const y = valueInfo('y', null);

test('nodes keep the forms of the file, and constants their types', () => {
  const int4 = { name: 'w', dims: [3], dataType: 22, rawData: Uint8Array.of(0xf1, 0x07) };
  const half = { name: 'h', dims: [], dataType: 10, rawData: Uint8Array.of(0, 0x3c) };
  const model = read(
    {
      node: [
        node('Constant', [], ['c'], { value: { t: floats('', [1], [2]) } }),
        node('Clip', ['x'], ['k'], { min: { f: 0 } }),
        node('Mul', ['k', 'c'], ['y']),
      ],
      initializer: [int4, half],
      input: [x],
      output: [y],
    },
    7,
  );
  assert.equal(model.opset, 7);
  assert.deepEqual(
    model.nodes.map(({ op, inputs, attributes }) => [op, inputs, Object.keys(attributes)]),
    [
      ['Clip', ['x'], ['min']],
      ['Mul', ['k', 'c'], []],
    ],
  );
  assert.deepEqual(
    [...model.constants].map(([name, { type, shape, tensor }]) => [name, type, shape, [...tensor!.data]]),
    [
      ['w', 'INT4', [3], [1, -1, 7]],
      ['h', 'FLOAT16', [], [1]],
      ['c', 'FLOAT', [1], [2]],
    ],
  );
  assert.deepEqual(model.values.get('x'), { name: 'x', type: 'FLOAT', shape: ['batch', 2] });
  assert.deepEqual(model.outputs, [{ name: 'y', type: 'FLOAT', shape: null }]);
});

test('functions are inlined, and branches follow their If', () => {
  const branch = (name: string) => ({
    name,
    type: 5,
    g: { node: [node('Relu', ['x'], ['r'])], output: [valueInfo('r', null)] },
  });
  const model = read(
    {
      node: [
        { ...node('Twice', ['x'], ['t']), domain: 'own' },
        { ...node('If', ['c'], ['y']), attribute: [branch('then_branch'), branch('else_branch')] },
      ],
      initializer: [{ name: 'c', dims: [], dataType: 9, rawData: Uint8Array.of(1) }],
      input: [x],
      output: [y],
    },
    13,
    {
      opsetImport: [
        { domain: '', version: 13 },
        { domain: 'own', version: 1 },
      ],
      functions: [
        {
          name: 'Twice',
          domain: 'own',
          input: ['a'],
          output: ['b'],
          node: [node('Add', ['a', 'a'], ['b'])],
          opsetImport: [{ domain: '', version: 13 }],
        },
      ],
    },
  );
  const ops = model.nodes.map(({ op }) => op);
  assert.deepEqual(ops.slice(0, 2), ['Add', 'If']);
  assert.equal(ops.filter((op) => op === 'Relu').length, 2);
});

test('a constant that its bytes do not fill is refused', () => {
  const short = { name: 'w', dims: [4], dataType: 1, rawData: new Uint8Array(8) };
  assert.throws(
    () => read({ node: [node('Relu', ['x'], ['y'])], initializer: [short], input: [x], output: [y] }),
    (error) => error instanceof TinymlError && error.code === 'E_ONNX_INVALID',
  );
});
