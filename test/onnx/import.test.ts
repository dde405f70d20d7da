import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import type { ImportedModel } from '../../src/graph/types.ts';
import { importModel } from '../../src/onnx/import.ts';
import { loadModel } from '../../src/onnx/load.ts';
import type { FunctionProto, GraphProto, ModelProto } from '../../src/onnx/proto.ts';
import {
  debianTestData,
  FLOAT,
  floats,
  int64s,
  modelBytes,
  node,
  onnxFiles,
  sharedModels,
  valueInfo,
} from './models.ts';

const x = valueInfo('x', [2]);
const y = valueInfo('y', [2]);

function imported(graph: GraphProto, more: Partial<ModelProto> = {}, opset = 13): ImportedModel {
  return importModel(modelBytes(opset, graph, more), { path: 'test.onnx' });
}

function refused(
  graph: GraphProto,
  code: string,
  at: RegExp,
  more: Partial<ModelProto> = {},
  opset = 13,
): void {
  assert.throws(
    () => imported(graph, more, opset),
    (error) =>
      error instanceof TinymlError &&
      error.code === code &&
      error.at.at(-1) === 'test.onnx' &&
      at.test(`${error.message} ${error.at.join(' ')}`),
    `expected ${code} with ${at}`,
  );
}

test('a model becomes inputs, outputs, nodes, constants and its source', () => {
  const bytes = modelBytes(
    17,
    {
      name: 'net',
      node: [node('Add', ['x', 'w'], ['y'])],
      initializer: [floats('w', [2], [1, 2])],
      input: [valueInfo('x', ['batch', 2])],
      output: [valueInfo('y', ['batch', 2])],
    },
    { producerName: 'exporter', producerVersion: '1.2' },
  );
  const model = importModel(bytes, { path: 'net.onnx' });
  assert.equal(model.name, 'net');
  assert.deepEqual(model.inputs, [{ name: 'x', dtype: 'float32', shape: ['batch', 2] }]);
  assert.deepEqual(model.outputs, ['y']);
  assert.deepEqual(model.nodes, [
    { name: 'Add_0', op: 'Add', inputs: ['x', 'w'], outputs: ['y'], attributes: {} },
  ]);
  assert.deepEqual(
    [...model.constants],
    [['w', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }]],
  );
  const { sha256, ...source } = model.source;
  assert.match(sha256, /^[0-9a-f]{64}$/);
  assert.deepEqual(source, {
    path: 'net.onnx',
    bytes: bytes.length,
    irVersion: 8,
    opset: 17,
    producer: 'exporter 1.2',
    externalFiles: [],
  });
});

test('initializers that are also listed as inputs (IR 3) are constants', () => {
  const model = imported(
    {
      node: [node('Add', ['x', 'w'], ['y'])],
      initializer: [floats('w', [2], [1, 2])],
      input: [x, valueInfo('w', [2])],
      output: [y],
    },
    { irVersion: 3 },
    7,
  );
  assert.deepEqual(
    model.inputs.map(({ name }) => name),
    ['x'],
  );
  assert.ok(model.constants.has('w'));
});

test('Constant nodes of every form become constants', () => {
  const model = imported({
    node: [
      node('Constant', [], ['tensor'], { value: { t: floats('', [2], [1, 2]) } }),
      node('Constant', [], ['int'], { value_int: 7 }),
      node('Constant', [], ['ints'], { value_ints: [1, 2n ** 63n - 1n] }),
      node('Constant', [], ['float'], { value_float: { f: 0.5 } }),
      node('Constant', [], ['floats'], { value_floats: { floats: [0.5, 2] } }),
      node('Add', ['x', 'tensor'], ['y']),
    ],
    input: [x],
    output: [y],
  });
  assert.deepEqual(
    model.nodes.map(({ op }) => op),
    ['Add'],
  );
  assert.deepEqual(
    [...model.constants].map(([name, { dtype, shape, data }]) => [name, dtype, shape, [...data]]),
    [
      ['tensor', 'float32', [2], [1, 2]],
      ['int', 'int64', [], [7n]],
      ['ints', 'int64', [2], [1n, 2n ** 63n - 1n]],
      ['float', 'float32', [], [0.5]],
      ['floats', 'float32', [2], [0.5, 2]],
    ],
  );
});

test('node names are unique and never empty; value names are kept', () => {
  const named = (name: string, input: string, output: string) => ({
    ...node('Relu', [input], [output]),
    name,
  });
  const model = imported({
    node: [named('', 'x', 'a'), named('r', 'a', 'b'), named('r', 'b', 'c'), named('Relu_0', 'c', 'y')],
    input: [x],
    output: [y],
  });
  assert.deepEqual(
    model.nodes.map(({ name }) => name),
    ['Relu_0', 'r', 'r_1', 'Relu_0_1'],
  );
  assert.deepEqual(
    model.nodes.flatMap(({ outputs }) => outputs),
    ['a', 'b', 'c', 'y'],
  );
});

test('attributes with the names of object properties stay attributes', () => {
  const model = imported({
    node: [node('Op', ['x'], ['y'], { ['__proto__']: 2, constructor: 3 })],
    input: [x],
    output: [y],
  });
  const { attributes } = model.nodes[0]!;
  assert.deepEqual(
    Object.entries(attributes).map(([name, { value }]) => [name, value]),
    [
      ['__proto__', 2],
      ['constructor', 3],
    ],
  );
});

test('other domains prefix the operator, the long name of the default one does not', () => {
  const model = imported(
    {
      node: [
        { ...node('Relu', ['x'], ['a']), domain: 'ai.onnx' },
        { ...node('Gelu', ['a'], ['y']), domain: 'com.microsoft' },
      ],
      input: [x],
      output: [y],
    },
    {
      opsetImport: [
        { domain: 'ai.onnx', version: 13 },
        { domain: 'com.microsoft', version: 1 },
      ],
    },
  );
  assert.deepEqual(
    model.nodes.map(({ op }) => op),
    ['Relu', 'com.microsoft::Gelu'],
  );
});

const doubleLeaky: FunctionProto = {
  name: 'DoubleLeaky',
  domain: 'local',
  input: ['a'],
  output: ['b'],
  attribute: ['slope'],
  attributeProto: [{ name: 'other', type: FLOAT, f: 0.75 }],
  node: [
    { ...node('LeakyRelu', ['a'], ['t']), attribute: [{ name: 'alpha', refAttrName: 'slope', type: FLOAT }] },
    { ...node('LeakyRelu', ['t'], ['b']), attribute: [{ name: 'alpha', refAttrName: 'other', type: FLOAT }] },
  ],
  opsetImport: [{ domain: '', version: 16 }],
};

test('calls of local functions become the nodes of their bodies', () => {
  const call = (input: string, output: string, slope?: number) => ({
    ...node('DoubleLeaky', [input], [output], slope === undefined ? {} : { slope: { f: slope } }),
    domain: 'local',
    name: `call_${output}`,
  });
  const model = imported(
    { node: [call('x', 'm', 0.25), call('m', 'y')], input: [x], output: [y] },
    { functions: [doubleLeaky] },
  );
  assert.deepEqual(
    model.nodes.map(({ op, inputs, outputs, attributes }) => [op, inputs, outputs, attributes.alpha?.value]),
    [
      ['LeakyRelu', ['x'], ['call_m/t'], 0.25],
      ['LeakyRelu', ['call_m/t'], ['m'], 0.75],
      ['LeakyRelu', ['m'], ['call_y/t'], undefined],
      ['LeakyRelu', ['call_y/t'], ['y'], 0.75],
    ],
  );
});

test('the body of a function is of the opset of the function', () => {
  const squash: FunctionProto = {
    name: 'Squash',
    domain: 'local',
    input: ['a'],
    output: ['b', 'a'],
    node: [node('Unsqueeze', ['a'], ['b'], { axes: [0] })],
    opsetImport: [{ domain: '', version: 11 }],
  };
  const model = imported(
    { node: [{ ...node('Squash', ['x'], ['y', 'z']), domain: 'local' }], input: [x], output: [y] },
    { functions: [squash] },
  );
  assert.deepEqual(
    model.nodes.map(({ op, inputs }) => [op, inputs.length]),
    [
      ['Unsqueeze', 2],
      ['Identity', 1],
    ],
  );
});

test('functions that never end are refused', () => {
  const chain = (name: string, callees: readonly string[]): FunctionProto => ({
    name,
    domain: 'local',
    input: ['a'],
    output: ['b'],
    node: callees.map((callee) => ({ ...node(callee, ['a'], ['b']), domain: 'local' })),
    opsetImport: [{ domain: '', version: 13 }],
  });
  const call = { node: [{ ...node('F0', ['x'], ['y']), domain: 'local' }], input: [x], output: [y] };
  refused(call, 'E_ONNX_INVALID', /calls itself/, { functions: [chain('F0', ['F1']), chain('F1', ['F0'])] });
  const doubling = Array.from({ length: 40 }, (_, i) => chain(`F${i}`, [`F${i + 1}`, `F${i + 1}`]));
  refused(call, 'E_ONNX_INVALID', /more than 200000 nodes/, { functions: [...doubling, chain('F40', [])] });
  const deep = Array.from({ length: 5000 }, (_, i) => chain(`F${i}`, [`F${i + 1}`]));
  refused(call, 'E_ONNX_INVALID', /nested too deeply/, { functions: [...deep, chain('F5000', [])] });
});

test('opsets and IR versions outside the range are refused', () => {
  const graph = { node: [node('Relu', ['x'], ['y'])], input: [x], output: [y] };
  for (const opset of [0, 6, 29])
    refused(graph, 'E_OPSET', new RegExp(`opset ${opset} is outside 7 to 28`), {}, opset);
  for (const opset of [7, 28]) assert.equal(imported(graph, {}, opset).nodes.length, 1);
  for (const irVersion of [2, 15]) refused(graph, 'E_OPSET', /IR version/, { irVersion });
  refused(graph, 'E_ONNX_INVALID', /default operator set/, {
    opsetImport: [{ domain: 'other', version: 1 }],
  });
});

test('everything that is not supported is said at once', () => {
  const graph: GraphProto = {
    node: [
      node('Constant', [], ['c'], { value_string: 'text' }),
      { ...node('Op', ['x'], ['y']), attribute: [{ name: 'kind', type: 13 }] },
    ],
    initializer: [{ name: 'names', dims: [1], dataType: 8, stringData: [Uint8Array.of(65)] }],
    sparseInitializer: [{ values: { name: 'few' } }],
    input: [x, { name: 's', type: {} }],
    output: [y],
  };
  assert.throws(
    () => imported(graph),
    (error) => {
      assert.ok(error instanceof TinymlError && error.code === 'E_OP');
      assert.equal(error.message, 'the model uses 5 things that are not supported');
      assert.deepEqual(error.at, [
        'tensor "names": element type STRING',
        'tensor "few": a sparse initializer',
        'input "s": an input that is not a tensor',
        'node "Constant_0" (Constant): a constant that is not a tensor of numbers',
        'node "Op_1" (Op): the kind of the attribute "kind"',
        'test.onnx',
      ]);
      return true;
    },
  );
});

test('a value that is made twice is refused', () => {
  refused(
    { node: [node('Relu', ['x'], ['y']), node('Relu', ['x'], ['y'])], input: [x], output: [y] },
    'E_ONNX_INVALID',
    /"y" is made twice node "Relu_1"/,
  );
  refused(
    { initializer: [floats('w', [1], [1]), floats('w', [1], [1])], input: [x], output: [x] },
    'E_ONNX_INVALID',
    /same name tensor "w"/,
  );
});

test('quantising to fewer than 8 bits is refused, reading such weights is not', () => {
  const int4 = { name: 'q', dims: [2], dataType: 22, rawData: Uint8Array.of(0xf1) };
  const scale = floats('s', [], [0.5]);
  const zero = { name: 'z', dims: [], dataType: 22, rawData: Uint8Array.of(0) };
  const ports = { input: [x], output: [y] };
  const model = imported(
    {
      node: [node('DequantizeLinear', ['q', 's', 'z'], ['w']), node('Add', ['x', 'w'], ['y'])],
      initializer: [int4, scale, zero],
      ...ports,
    },
    {},
    21,
  );
  assert.deepEqual(model.constants.get('q'), {
    ...{ dtype: 'int8', shape: [2], data: Int8Array.of(1, -1) },
    fourBits: { group: null },
  });
  refused(
    { node: [node('QuantizeLinear', ['x', 's', 'z'], ['y'])], initializer: [scale, zero], ...ports },
    'E_OP',
    /fewer than 8 bits/,
    {},
    21,
  );
});

test('a file that is missing, a folder or not a model says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-load-'));
  try {
    const wrong = join(folder, 'wrong.onnx');
    writeFileSync(wrong, 'not a model');
    for (const [path, code] of [
      [join(folder, 'none.onnx'), 'E_FILE'],
      [folder, 'E_FILE'],
      [wrong, 'E_NOT_ONNX'],
    ] as const) {
      await assert.rejects(
        loadModel(path),
        (error) => error instanceof TinymlError && error.code === code && error.at.includes(path),
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every model of the ONNX test data is imported or refused with one error', async (t) => {
  const folder = debianTestData();
  if (folder === null) return t.skip('libonnx-testdata is not installed');
  const codes = new Map<string, number>();
  const files = onnxFiles(folder);
  for (const file of files) {
    try {
      await loadModel(file);
    } catch (error) {
      assert.ok(error instanceof TinymlError, `${file}: ${error}`);
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    }
  }
  assert.ok(files.length >= 1072, `only ${files.length} models`);
  const unexpected = [...codes.keys()].filter((code) => code !== 'E_OPSET' && code !== 'E_OP');
  assert.deepEqual(
    unexpected,
    [],
    'valid models are refused for their opset, strings, sequences and training only',
  );
  const refusedCount = [...codes.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(files.length - refusedCount >= 890, `${files.length - refusedCount} of ${files.length} imported`);
});

test('every shared real model is imported', async (t) => {
  const folder = sharedModels();
  if (folder === null) return t.skip('no shared models beside the package');
  for (const file of onnxFiles(folder)) {
    const model = await loadModel(file);
    assert.ok(model.nodes.length > 0, file);
    for (const [name, { shape, data }] of model.constants) {
      assert.equal(
        data.length,
        shape.reduce((product, size) => product * size, 1),
        `${file}: ${name}`,
      );
    }
  }
});

test('names of constants that the importer makes are free', () => {
  const model = imported(
    {
      node: [
        { ...node('Unsqueeze', ['x'], ['u'], { axes: [0] }), name: 'n' },
        node('Add', ['u', 'n_axes'], ['y']),
      ],
      initializer: [int64s('n_axes', [1])],
      input: [x],
      output: [y],
    },
    {},
    11,
  );
  assert.deepEqual(model.nodes[0]!.inputs, ['x', 'n_axes_1']);
  assert.deepEqual([...model.constants.keys()], ['n_axes', 'n_axes_1']);
});
