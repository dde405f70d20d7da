import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import onnxProto from 'onnx-proto';
import ort from 'onnxruntime-node';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { graphBuilder, int, ints, perChannel, perTensor } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Attribute, Graph, Quant, Tensor } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';
import { decodeModel } from '../../src/onnx/codec.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { absorbQdq } from '../../src/passes/absorb-qdq.ts';
import { resolveModel } from '../../src/passes/resolve.ts';
import { onnxFiles, runOrt, sharedModels } from './models.ts';

const xQuant = perTensor(0.05, 3);
const yQuant = perTensor(0.1, -7);
const wQuant = perChannel([0.01, 0.02], 0);

/** 1x1 convolution of two channels with int8 weights and int32 bias, then Relu, all quantised. */
function quantizedConv(ports: { readonly x: 'int8' | 'float32'; readonly y: 'int8' | 'float32' }): Graph {
  const build = graphBuilder('conv');
  build.input('x', [1, 1, 2, 2], { quant: xQuant, port: ports.x });
  build.constant('w', { dtype: 'int8', shape: [2, 1, 1, 1], data: Int8Array.of(100, -50) }, wQuant);
  build.constant(
    'b',
    { dtype: 'int32', shape: [2], data: Int32Array.of(400, -300) },
    perChannel([0.0005, 0.001], 0, 'int32'),
  );
  build.node('Conv', ['x', 'w', 'b'], { name: 'conv', shape: [1, 2, 2, 2], quant: yQuant });
  build.node('Relu', ['conv'], { name: 'y', shape: [1, 2, 2, 2], quant: yQuant });
  build.output('y', { dtype: ports.y });
  return verifyGraph(build.build());
}

function nodesOf(bytes: Uint8Array): readonly string[] {
  return (decodeModel(bytes).graph?.node ?? []).map(
    (n) => `${n.opType} ${n.input!.join(' ')} -> ${n.output!.join(' ')}`,
  );
}

function quantizeNumber(value: number, { scale, zeroPoint }: Quant): number {
  const scaled = value / scale[0]!;
  const floor = Math.floor(scaled);
  const even = scaled - floor === 0.5 ? floor + (floor & 1) : Math.round(scaled);
  return Math.min(127, Math.max(-128, even + zeroPoint[0]!));
}

test('a quantised graph is written as QDQ with the names of its values', () => {
  const bytes = exportModel(quantizedConv({ x: 'float32', y: 'float32' }), {
    producerVersion: '9.9',
    metadata: { b: '2', a: '1' },
  });
  assert.deepEqual(nodesOf(bytes), [
    'DequantizeLinear w w_scale w_zero_point -> w_DequantizeLinear_Output',
    'DequantizeLinear b b_scale -> b_DequantizeLinear_Output',
    'QuantizeLinear x x_scale x_zero_point -> x_QuantizeLinear_Output',
    'DequantizeLinear x_QuantizeLinear_Output x_scale x_zero_point -> x_DequantizeLinear_Output',
    'Conv x_DequantizeLinear_Output w_DequantizeLinear_Output b_DequantizeLinear_Output -> conv',
    'QuantizeLinear conv conv_scale conv_zero_point -> conv_QuantizeLinear_Output',
    'DequantizeLinear conv_QuantizeLinear_Output conv_scale conv_zero_point -> conv_DequantizeLinear_Output',
    'Relu conv_DequantizeLinear_Output -> y_QuantizeLinear_Input',
    'QuantizeLinear y_QuantizeLinear_Input y_scale y_zero_point -> y_QuantizeLinear_Output',
    'DequantizeLinear y_QuantizeLinear_Output y_scale y_zero_point -> y',
  ]);
  const model = decodeModel(bytes);
  assert.deepEqual([model.irVersion, model.opsetImport?.[0]?.version], [7, 13]);
  assert.deepEqual([model.producerName, model.producerVersion], ['tinyml', '9.9']);
  assert.deepEqual(
    model.metadataProps?.map(({ key, value }) => `${key}=${value}`),
    ['a=1', 'b=2'],
  );
});

test('integer ports are the integer tensors themselves', () => {
  const bytes = exportModel(quantizedConv({ x: 'int8', y: 'int8' }));
  const written = nodesOf(bytes);
  assert.ok(
    written.includes('DequantizeLinear x x_scale x_zero_point -> x_DequantizeLinear_Output'),
    written.join('\n'),
  );
  assert.equal(written.at(-1), 'QuantizeLinear y_QuantizeLinear_Input y_scale y_zero_point -> y');
  const { graph } = decodeModel(bytes);
  assert.equal(graph?.input?.[0]?.type?.tensorType?.elemType, 3);
  assert.equal(graph?.output?.[0]?.type?.tensorType?.elemType, 3);
});

test('ONNX Runtime computes what the quantisation means', async () => {
  const x = Int8Array.of(-120, 0, 3, 90);
  const bias = [400 * 0.0005, -300 * 0.001];
  const weight = [100 * 0.01, -50 * 0.02];
  const want = [0, 1].flatMap((c) =>
    [...x].map((q) => {
      const real = (q - 3) * 0.05 * weight[c]! + bias[c]!;
      const conv = (quantizeNumber(real, yQuant) + 7) * Math.fround(0.1);
      return quantizeNumber(Math.max(0, conv), yQuant);
    }),
  );
  const integers = await runOrt(exportModel(quantizedConv({ x: 'int8', y: 'int8' })), {
    x: new ort.Tensor('int8', x, [1, 1, 2, 2]),
  });
  assert.deepEqual([...(integers.y!.data as Int8Array)], want);
  const real = Float32Array.from(x, (q) => (q - 3) * 0.05);
  const floats = await runOrt(exportModel(quantizedConv({ x: 'float32', y: 'float32' })), {
    x: new ort.Tensor('float32', real, [1, 1, 2, 2]),
  });
  assert.deepEqual(
    [...(floats.y!.data as Float32Array)],
    want.map((q) => Math.fround((q + 7) * Math.fround(0.1))),
  );
});

test('the same graph gives the same bytes', () => {
  const [a, b] = [0, 1].map(() =>
    exportModel(quantizedConv({ x: 'int8', y: 'float32' }), { metadata: { k: 'v' } }),
  );
  assert.deepEqual(a, b);
});

test('importing what was written and absorbing Q/DQ gives the graph back', () => {
  for (const x of ['int8', 'float32'] as const) {
    for (const y of ['int8', 'float32'] as const) {
      const graph = quantizedConv({ x, y });
      const bytes = exportModel(graph);
      const again = absorbQdq(resolveModel(importModel(bytes, { path: 'again.onnx' })));
      // The output keeps its port name; the value behind it had to leave it.
      const renamed = (name: string): string => (name === 'y_QuantizeLinear_Input' ? 'y' : name);
      assert.deepEqual(again.inputs, graph.inputs);
      assert.deepEqual(
        again.outputs.map((port) => ({ ...port, value: renamed(port.value) })),
        graph.outputs,
      );
      assert.deepEqual(
        again.nodes.map((node) => [
          node.name,
          node.op,
          node.inputs,
          node.outputs.map(renamed),
          node.attributes,
        ]),
        graph.nodes.map((node) => [node.name, node.op, node.inputs, node.outputs, node.attributes]),
      );
      for (const [name, value] of again.values) {
        const original = graph.values.get(renamed(name));
        assert.deepEqual({ ...value, name: renamed(name) }, original, `value ${name}`);
      }
      assert.equal(again.values.size, graph.values.size);
      assert.deepEqual([...again.constants].sort(), [...graph.constants].sort());
      assert.deepEqual(
        exportModel(again),
        exportModel(absorbQdq(resolveModel(importModel(exportModel(again), { path: 'third.onnx' })))),
      );
    }
  }
});

test('constants with several consumers are written once', () => {
  const build = graphBuilder('shared');
  build.input('x', [2, 2]);
  build.constant('w', { dtype: 'int8', shape: [2, 2], data: Int8Array.of(1, 2, 3, 4) }, perTensor(0.5, 0));
  build.node('MatMul', ['x', 'w'], { name: 'm', shape: [2, 2] });
  build.node('MatMul', ['m', 'w'], { name: 'y', shape: [2, 2] });
  build.output('y');
  const written = nodesOf(exportModel(build.build()));
  assert.deepEqual(written, [
    'DequantizeLinear w w_scale w_zero_point -> w_DequantizeLinear_Output',
    'MatMul x w_DequantizeLinear_Output -> m',
    'MatMul m w_DequantizeLinear_Output -> y',
  ]);
});

test('names that are taken are left alone', () => {
  const build = graphBuilder('names');
  build.input('x', [2], { quant: xQuant });
  build.constant('x_scale', floatTensor([2], [1, 2]));
  build.node('Add', ['x', 'x_scale'], { name: 'x_QuantizeLinear_Output', shape: [2] });
  build.output('x_QuantizeLinear_Output', { name: 'y' });
  assert.deepEqual(nodesOf(exportModel(build.build())), [
    'QuantizeLinear x x_scale_1 x_zero_point -> x_QuantizeLinear_Output_1',
    'DequantizeLinear x_QuantizeLinear_Output_1 x_scale_1 x_zero_point -> x_DequantizeLinear_Output',
    'Add x_DequantizeLinear_Output x_scale -> y',
  ]);
});

test('a value behind several ports, and a port that bears the name of another value', async () => {
  const build = graphBuilder('ports');
  build.input('x', [2]);
  build.constant('c', floatTensor([2], [5, 6]));
  build.node('Relu', ['x'], { name: 'a', shape: [2] });
  build.node('Neg', ['a'], { name: 'b', shape: [2] });
  build.output('a', { name: 'b' });
  build.output('a', { name: 'again' });
  build.output('b', { name: 'neg' });
  build.output('x', { name: 'same' });
  build.output('c', { name: 'five' });
  const got = await runOrt(exportModel(build.build()), {
    x: new ort.Tensor('float32', Float32Array.of(-1, 2), [2]),
  });
  assert.deepEqual(
    Object.fromEntries(Object.entries(got).map(([name, { data }]) => [name, [...(data as Float32Array)]])),
    { b: [0, 2], again: [0, 2], neg: [-0, -2], same: [-1, 2], five: [5, 6] },
  );
});

test('a constant that is an output under its own name is in the file', async () => {
  const build = graphBuilder('constant');
  build.input('x', [2]);
  build.constant('c', floatTensor([2], [5, 6]));
  build.output(build.node('Relu', ['x'], { name: 'y', shape: [2] }));
  build.output('c');
  const bytes = exportModel(build.build());
  const got = await runOrt(bytes, { x: new ort.Tensor('float32', Float32Array.of(-1, 2), [2]) });
  assert.deepEqual([...(got.c!.data as Float32Array)], [5, 6]);
  const { constants } = resolveModel(importModel(bytes, { path: 'constant.onnx' }));
  assert.deepEqual(constants.get('c'), floatTensor([2], [5, 6]));
});

type OneNode = {
  readonly op: string;
  readonly shape: readonly number[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly more?: readonly (readonly [string, Tensor])[];
  readonly opset: number;
  readonly ir: number;
};

const OPSETS: readonly OneNode[] = [
  { op: 'Relu', shape: [2, 4], opset: 13, ir: 7 },
  { op: 'HardSwish', shape: [2, 4], opset: 14, ir: 7 },
  { op: 'ReduceMean', shape: [2, 1], more: [['axes', int64Tensor([1])]], opset: 13, ir: 7 },
  {
    op: 'ReduceMean',
    shape: [2, 4],
    more: [['axes', int64Tensor([])]],
    attributes: { noop_with_empty_axes: int(1) },
    opset: 18,
    ir: 8,
  },
  {
    op: 'Pad',
    shape: [2, 6],
    more: [
      ['pads', int64Tensor([1, 1])],
      ['value', floatTensor([], [0])],
      ['axes', int64Tensor([1])],
    ],
    opset: 18,
    ir: 8,
  },
  { op: 'Gelu', shape: [2, 4], opset: 20, ir: 9 },
  { op: 'Swish', shape: [2, 4], opset: 24, ir: 12 },
];

for (const { op, shape, attributes = {}, more = [], opset, ir } of OPSETS) {
  test(`${op} with ${Object.keys(attributes).join() || 'no attributes'} is written as opset ${opset}`, async () => {
    const build = graphBuilder('one');
    build.input('x', [2, 4]);
    for (const [name, tensor] of more) build.constant(name, tensor);
    build.node(op, ['x', ...more.map(([name]) => name)], { name: 'y', shape, attributes });
    build.output('y');
    const bytes = exportModel(build.build());
    const model = decodeModel(bytes);
    assert.deepEqual([model.opsetImport?.[0]?.version, model.irVersion], [opset, ir]);
    const got = await runOrt(bytes, { x: new ort.Tensor('float32', new Float32Array(8).fill(1), [2, 4]) });
    assert.deepEqual(got.y!.dims, shape);
    const [node] = importModel(bytes, { path: 'again.onnx' }).nodes;
    assert.equal(node!.inputs.length, 1 + more.length, 'the canonical form comes back');
    assert.deepEqual(node!.attributes, attributes);
  });
}

test('a reduction over an empty list of axes is one over all of them', async () => {
  const build = graphBuilder('all');
  build.input('x', [2, 2]);
  build.constant('axes', int64Tensor([]));
  build.node('ReduceMax', ['x', 'axes'], { name: 'y', shape: [1, 1] });
  build.output('y');
  const got = await runOrt(exportModel(build.build()), {
    x: new ort.Tensor('float32', Float32Array.of(1, 4, 2, 3), [2, 2]),
  });
  assert.deepEqual([...(got.y!.data as Float32Array)], [4]);
});

test('Split is opset 13 while its parts are equal', () => {
  for (const [sizes, opset] of [
    [[2, 2], 13],
    [[3, 1], 18],
  ] as const) {
    const build = graphBuilder('split');
    build.input('x', [4]);
    build.output('x', { name: 'same' });
    const base = build.build();
    const values = new Map(base.values);
    for (const [i, size] of sizes.entries()) {
      values.set(`y${i}`, { name: `y${i}`, dtype: 'float32', shape: [size], quant: null });
    }
    const split = {
      name: 's',
      op: 'Split',
      inputs: ['x'],
      outputs: ['y0', 'y1'],
      attributes: { num_outputs: int(2) },
    };
    const bytes = exportModel({ ...base, values, nodes: [split] });
    assert.equal(decodeModel(bytes).opsetImport?.[0]?.version, opset);
    assert.deepEqual(importModel(bytes, { path: 'split.onnx' }).nodes[0]?.attributes, split.attributes);
  }
});

test('requantising is written as the Q/DQ pairs around it, Silu as its two operators', async () => {
  const build = graphBuilder('own');
  build.input('x', [3], { quant: xQuant });
  build.node('tinyml::Requantise', ['x'], { name: 'r', shape: [3], quant: yQuant });
  build.node('tinyml::Silu', ['r'], { name: 'y', shape: [3] });
  build.output('y');
  const graph = build.build();
  const bytes = exportModel(graph);
  assert.deepEqual(
    nodesOf(bytes).map((node) => node.split(' ')[0]),
    ['QuantizeLinear', 'DequantizeLinear', 'QuantizeLinear', 'DequantizeLinear', 'Sigmoid', 'Mul'],
  );
  const got = await runOrt(bytes, { x: new ort.Tensor('float32', Float32Array.of(-1, 0, 1), [3]) });
  [-1, 0, 1].forEach((real, i) => {
    assert.ok(
      Math.abs((got.y!.data as Float32Array)[i]! - real / (1 + Math.exp(-real))) < 1e-6,
      `element ${i}`,
    );
  });
  const again = absorbQdq(resolveModel(importModel(bytes, { path: 'again.onnx' })));
  assert.deepEqual(again.nodes[0], graph.nodes[0]);
});

test('what ONNX cannot say is refused', () => {
  const one = (op: string, quant: Quant | null, attributes = {}): Graph => {
    const build = graphBuilder('bad');
    build.input('x', [2]);
    build.node(op, ['x'], { name: 'y', shape: [2], quant, attributes });
    build.output('y');
    return build.build();
  };
  const code = (wanted: string) => (error: unknown) => error instanceof TinymlError && error.code === wanted;
  assert.throws(() => exportModel(one('tinyml::Other', null)), code('E_OP'));
  assert.throws(
    () => exportModel(one('If', null, { then_branch: { kind: 'graph', value: {} } })),
    code('E_OP'),
  );
  assert.throws(() => exportModel(one('Relu', perTensor(1, 0, 'int32'))), code('E_QUANT'));
});

test('onnx-proto reads the same', () => {
  const bytes = exportModel(quantizedConv({ x: 'int8', y: 'float32' }));
  const ours = decodeModel(bytes);
  const theirs = onnxProto.onnx.ModelProto.decode(bytes);
  assert.equal(Number(theirs.irVersion), ours.irVersion);
  assert.equal(Number(theirs.opsetImport[0]!.version), ours.opsetImport![0]!.version);
  assert.deepEqual(
    theirs.graph!.node!.map(({ name, opType, input, output }) => [name, opType, input, output]),
    ours.graph!.node!.map(({ name, opType, input, output }) => [name, opType, input, output]),
  );
  assert.deepEqual(
    theirs.graph!.initializer!.map(({ name, dims, dataType, rawData }) => [
      name,
      dims!.map(Number),
      dataType,
      [...rawData!],
    ]),
    ours.graph!.initializer!.map(({ name, dims, dataType, rawData }) => [
      name,
      dims,
      dataType,
      [...rawData!],
    ]),
  );
});

test('attributes of every kind come back', () => {
  const attributes = {
    i: int(3),
    big: { kind: 'int', value: 2n ** 63n - 1n },
    f: { kind: 'float', value: 0.5 },
    s: { kind: 'string', value: 'süß' },
    is: ints([1, -2]),
    fs: { kind: 'floats', value: [0.5, 2] },
    ss: { kind: 'strings', value: ['a', ''] },
    t: { kind: 'tensor', value: floatTensor([2], [1, 2]) },
  } as const;
  const build = graphBuilder('attributes');
  build.input('x', [2]);
  build.node('some.domain::Op', ['x'], { name: 'y', shape: [2], attributes });
  build.output('y');
  const [node] = importModel(exportModel(build.build()), { path: 'again.onnx' }).nodes;
  assert.equal(node?.op, 'some.domain::Op');
  assert.deepEqual(node?.attributes, attributes);
});

test('the MLPerf Tiny models mean the same after a round trip', async (t) => {
  const folder = sharedModels();
  if (folder === null) return t.skip('no shared models beside the package');
  for (const file of onnxFiles(folder).filter((path) => /(kws|ic)-(float|int8)/.test(path))) {
    const model = await loadModel(file);
    const graph = absorbQdq(resolveModel(model));
    const bytes = exportModel(graph);
    const again = absorbQdq(resolveModel(importModel(bytes, { path: file })));
    assert.deepEqual(exportModel(again), bytes, `${file}: the second export differs`);
    const [input] = graph.inputs;
    const { shape } = graph.values.get(input!.value)!;
    const length = shape.reduce((product, size) => product * size, 1);
    const data =
      input!.dtype === 'int8'
        ? Int8Array.from({ length }, (_, i) => (i * 37) % 256)
        : Float32Array.from({ length }, (_, i) => Math.sin(i));
    const feeds = {
      [input!.name]: new ort.Tensor(input!.dtype as 'int8' | 'float32', data as Int8Array, shape),
    };
    const [want, got] = [await runOrt(readFileSync(file), feeds), await runOrt(bytes, feeds)];
    assert.deepEqual(got[graph.outputs[0]!.name]!.data, want[graph.outputs[0]!.name]!.data, file);
  }
});
