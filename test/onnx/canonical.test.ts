import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { CANONICAL_OPSET } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import type { NodeProto, TensorProto } from '../../src/onnx/proto.ts';
import {
  type AttributeValue,
  bareGraph,
  floats,
  INT64,
  int64s,
  modelBytes,
  node,
  runOrt,
  valueInfo,
} from './models.ts';

type Case = {
  readonly op: string;
  readonly opset: number;
  readonly input: readonly number[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Further inputs, as initializers. */
  readonly more?: readonly TensorProto[];
  /** Element types of the outputs; default one float. */
  readonly outputs?: readonly number[];
  /** Hides the rank of the input from the importer. */
  readonly hidden?: boolean;
  /** Operators that the import must give, in order. */
  readonly gives?: readonly string[];
};

const INT64_MAX = 2n ** 63n - 1n;
const statistics = [
  floats('s', [3], [1, 2, 0.5]),
  floats('b', [3], [0, 1, -1]),
  floats('m', [3], [0.1, 0.2, -0.3]),
  floats('v', [3], [1, 0.5, 2]),
];

const CASES: readonly Case[] = [
  { op: 'Clip', opset: 7, input: [2, 5], attributes: { min: { f: -0.5 }, max: { f: 0.25 } } },
  { op: 'Clip', opset: 10, input: [2, 5], attributes: { max: { f: 0.25 } } },
  { op: 'Clip', opset: 9, input: [2, 5] },
  { op: 'Pad', opset: 7, input: [1, 2, 3], attributes: { pads: [0, 1, 2, 0, 0, 1], value: { f: 1.5 } } },
  { op: 'Pad', opset: 10, input: [1, 2, 3], attributes: { pads: [0, 1, 2, 0, 0, 1], mode: 'reflect' } },
  { op: 'Slice', opset: 9, input: [3, 5], attributes: { starts: [1, 0], ends: [INT64_MAX, -1] } },
  { op: 'Slice', opset: 7, input: [3, 5], attributes: { starts: [1], ends: [3], axes: [1] } },
  { op: 'Split', opset: 11, input: [6, 2], attributes: { split: [2, 4] }, outputs: [1, 1] },
  { op: 'Split', opset: 7, input: [6, 2], outputs: [1, 1, 1] },
  { op: 'Split', opset: 13, input: [2, 6], attributes: { axis: 1 }, outputs: [1, 1, 1] },
  { op: 'Squeeze', opset: 11, input: [1, 3, 1], attributes: { axes: [0] } },
  { op: 'Squeeze', opset: 11, input: [1, 3, 1] },
  { op: 'Unsqueeze', opset: 11, input: [3], attributes: { axes: [0, 2] } },
  { op: 'ReduceSum', opset: 11, input: [2, 3, 4], attributes: { axes: [-1], keepdims: 0 } },
  { op: 'ReduceMean', opset: 17, input: [2, 3, 4], attributes: { axes: [1, 2] } },
  { op: 'ReduceMean', opset: 18, input: [2, 3, 4], more: [int64s('axes', [1, 2])] },
  { op: 'ReduceMax', opset: 7, input: [2, 3, 4], attributes: { keepdims: 0 } },
  { op: 'ReduceL2', opset: 13, input: [2, 3, 4], attributes: { axes: [1] } },
  { op: 'Softmax', opset: 7, input: [2, 3, 4], gives: ['Flatten', 'Softmax', 'Shape', 'Reshape'] },
  { op: 'Softmax', opset: 11, input: [2, 3, 4], attributes: { axis: 2 }, gives: ['Softmax'] },
  {
    op: 'Softmax',
    opset: 11,
    input: [2, 3, 4],
    attributes: { axis: -1 },
    hidden: true,
    gives: ['Relu', 'Softmax'],
  },
  { op: 'Softmax', opset: 12, input: [2, 3, 4], attributes: { axis: 0 } },
  { op: 'Softmax', opset: 12, input: [2, 3, 4], attributes: { axis: -2 } },
  { op: 'Softmax', opset: 9, input: [2, 3], gives: ['Softmax'] },
  { op: 'Softmax', opset: 9, input: [2, 3], hidden: true },
  { op: 'Softmax', opset: 13, input: [2, 3, 4], attributes: { axis: 1 }, gives: ['Softmax'] },
  { op: 'LogSoftmax', opset: 11, input: [2, 3, 4] },
  { op: 'Hardmax', opset: 11, input: [2, 3, 4] },
  { op: 'Dropout', opset: 7, input: [2, 3], attributes: { ratio: { f: 0.7 } } },
  { op: 'Dropout', opset: 10, input: [2, 3], attributes: { ratio: { f: 0.7 } } },
  {
    op: 'BatchNormalization',
    opset: 7,
    input: [2, 3, 4],
    more: statistics,
    attributes: { spatial: 1, epsilon: { f: 1e-3 } },
  },
  { op: 'BatchNormalization', opset: 9, input: [2, 3, 4], more: statistics },
  {
    op: 'BatchNormalization',
    opset: 15,
    input: [2, 3, 4],
    more: statistics,
    attributes: { training_mode: 0 },
  },
  {
    op: 'Gemm',
    opset: 7,
    input: [2, 3],
    more: [floats('w', [3, 2], [1, 2, 3, 4, 5, 6]), floats('c', [2], [1, -1])],
  },
  {
    op: 'Gemm',
    opset: 11,
    input: [2, 3],
    more: [floats('w', [3, 2], [1, 2, 3, 4, 5, 6])],
    attributes: { alpha: { f: 0.5 } },
  },
  {
    op: 'Upsample',
    opset: 7,
    input: [1, 1, 2, 3],
    attributes: { scales: { floats: [1, 1, 2, 1.5] } },
    gives: ['Resize'],
  },
  {
    op: 'Upsample',
    opset: 9,
    input: [1, 1, 2, 3],
    more: [floats('s', [4], [1, 1, 2, 2])],
    attributes: { mode: 'linear' },
  },
  { op: 'Resize', opset: 10, input: [1, 1, 2, 3], more: [floats('s', [4], [1, 1, 1.7, 2])] },
  { op: 'Resize', opset: 10, input: [1, 1, 4, 5], more: [floats('s', [4], [1, 1, 0.6, 0.6])] },
  {
    op: 'Resize',
    opset: 10,
    input: [1, 1, 4, 5],
    more: [floats('s', [4], [1, 1, 0.6, 2])],
    attributes: { mode: 'linear' },
  },
  {
    op: 'Resize',
    opset: 11,
    input: [1, 1, 2, 3],
    more: [floats('roi', [0], []), floats('s', [0], []), int64s('z', [1, 1, 4, 5])],
    attributes: { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
  },
  { op: 'TopK', opset: 9, input: [2, 5], attributes: { k: 2 }, outputs: [1, INT64] },
  { op: 'TopK', opset: 10, input: [2, 5], more: [int64s('k', [3])], outputs: [1, INT64] },
  {
    op: 'Scatter',
    opset: 9,
    input: [1, 4],
    more: [int64s('i', [1, 3], [1, 2]), floats('u', [1, 2], [7, 8])],
    attributes: { axis: 1 },
    gives: ['ScatterElements'],
  },
  {
    op: 'GridSample',
    opset: 16,
    input: [1, 1, 3, 3],
    more: [floats('g', [1, 1, 2, 2], [0.3, -0.4, 0.5, 0.9])],
  },
  {
    op: 'RoiAlign',
    opset: 10,
    input: [1, 1, 6, 6],
    more: [floats('r', [1, 4], [0.5, 0.5, 4, 4]), int64s('i', [0])],
    attributes: { output_height: 2, output_width: 2, sampling_ratio: 2 },
  },
  { op: 'DFT', opset: 17, input: [1, 4, 1], attributes: { axis: 1 } },
  {
    op: 'GroupNormalization',
    opset: 18,
    input: [2, 4, 3],
    more: [floats('s', [2], [1, 2]), floats('b', [2], [0.5, -0.5])],
    attributes: { num_groups: 2 },
    gives: ['Reshape', 'InstanceNormalization', 'Shape', 'Reshape'],
  },
  { op: 'Reshape', opset: 14, input: [2, 3], more: [int64s('z', [3, 2])], attributes: { allowzero: 0 } },
];

function caseModel({ op, opset, input, attributes, more = [], outputs = [1], hidden }: Case): Uint8Array {
  const names = outputs.map((_, i) => `y${i}`);
  const first = hidden ? 'h' : 'x';
  const nodes: NodeProto[] = hidden ? [node('Relu', ['x'], ['h'])] : [];
  return modelBytes(opset, {
    node: [...nodes, node(op, [first, ...more.map(({ name }) => name!)], names, attributes)],
    initializer: more,
    input: [valueInfo('x', input)],
    output: names.map((name, i) => valueInfo(name, null, outputs[i])),
  });
}

for (const [index, one] of CASES.entries()) {
  test(`${one.op} of opset ${one.opset} keeps its meaning (case ${index})`, async () => {
    const bytes = caseModel(one);
    const count = one.input.reduce((product, size) => product * size, 1);
    const feeds = {
      x: new ort.Tensor(
        'float32',
        Float32Array.from({ length: count }, (_, i) => Math.sin(3 * i)),
        one.input,
      ),
    };
    const want = await runOrt(bytes, feeds);
    const model = importModel(bytes, { path: 'test.onnx' });
    if (one.gives)
      assert.deepEqual(
        model.nodes.map(({ op }) => op),
        one.gives,
      );
    const got = await runOrt(exportModel(bareGraph(model, want)), feeds);
    for (const [name, { data, dims }] of Object.entries(want)) {
      assert.deepEqual(got[name]!.dims, dims, `shape of ${name}`);
      const computed = Array.from(got[name]!.data as Float32Array | BigInt64Array, Number);
      for (const [i, value] of Array.from(data as Float32Array | BigInt64Array, Number).entries()) {
        const difference = Math.abs(value - computed[i]!);
        assert.ok(difference <= 1e-6, `${name}[${i}] is ${computed[i]}, not ${value}`);
      }
    }
  });
}

const REFUSED: readonly (Case & { readonly reason: RegExp })[] = [
  {
    op: 'BatchNormalization',
    opset: 14,
    input: [2, 3, 4],
    more: statistics,
    attributes: { training_mode: 1 },
    reason: /training_mode = 1/,
  },
  {
    op: 'BatchNormalization',
    opset: 7,
    input: [2, 3, 4],
    more: statistics,
    attributes: { spatial: 0 },
    reason: /spatial = 0/,
  },
  {
    op: 'Resize',
    opset: 10,
    input: [1, 1, 4, 4],
    more: [floats('s', [4], [1, 1, 2, 0.5])],
    reason: /nearest resizing of opset 10/,
  },
];

for (const one of REFUSED) {
  test(`${one.op} of opset ${one.opset} with ${one.reason.source} is refused`, () => {
    assert.throws(
      () => importModel(caseModel(one), { path: 'test.onnx' }),
      (error) => error instanceof TinymlError && error.code === 'E_OP' && one.reason.test(error.message),
    );
  });
}

test('allowzero is dropped where the shape holds no zero, and only there', () => {
  for (const [shape, kept] of [
    [[3, 2], []],
    [[0, 2], ['allowzero']],
  ] as const) {
    const bytes = modelBytes(18, {
      node: [node('Reshape', ['x', 'shape'], ['y'], { allowzero: 1 })],
      initializer: [int64s('shape', shape)],
      input: [valueInfo('x', ['n', 3])],
      output: [valueInfo('y', null)],
    });
    assert.deepEqual(Object.keys(importModel(bytes, { path: 'test.onnx' }).nodes[0]!.attributes), kept);
  }
});

test('forms of the canonical opset stay as they are', () => {
  const bytes = modelBytes(CANONICAL_OPSET, {
    node: [node('Softmax', ['x'], ['s'], { axis: 1 }), node('Clip', ['s', '', 'max'], ['y'])],
    initializer: [floats('max', [], [0.5])],
    input: [valueInfo('x', [2, 3, 4])],
    output: [valueInfo('y', [2, 3, 4])],
  });
  const { nodes } = importModel(bytes, { path: 'test.onnx' });
  assert.deepEqual(
    nodes.map(({ name, inputs }) => [name, inputs]),
    [
      ['Softmax_0', ['x']],
      ['Clip_1', ['s', '', 'max']],
    ],
  );
});

test('a cast to half precision becomes one to float32, as the weights do', () => {
  const bytes = modelBytes(13, {
    node: [node('Cast', ['x'], ['h'], { to: 10 }), node('Cast', ['h'], ['y'], { to: 6 })],
    input: [valueInfo('x', [2])],
    output: [valueInfo('y', [2], 6)],
  });
  const { nodes } = importModel(bytes, { path: 'test.onnx' });
  assert.deepEqual(
    nodes.map(({ attributes }) => attributes.to),
    [
      { kind: 'int', value: 1 },
      { kind: 'int', value: 6 },
    ],
  );
});
