/** Quantised files as other tools write them: taken, and then what ONNX Runtime computes from the same file within rounding; or refused with the way out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { importModel } from '../../src/onnx/import.ts';
import type { NodeProto, TensorProto } from '../../src/onnx/proto.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { floats, int64s, modelBytes, node, runOrt, valueInfo } from '../onnx/models.ts';
import { uniform, wholeWay } from './whole-way.ts';

const INT8 = 3;
const UINT8 = 2;
const INT32 = 6;

const codes = (name: string, dims: readonly number[], seed: number, size = 100): TensorProto => ({
  name,
  dims,
  dataType: INT8,
  rawData: new Uint8Array(
    Int8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => size * Math.sin(seed + 1.3 * i))
      .buffer,
  ),
});
const words = (name: string, values: readonly number[]): TensorProto => ({
  name,
  dims: [values.length],
  dataType: INT32,
  rawData: new Uint8Array(Int32Array.from(values).buffer),
});
const zero = (name: string, dataType: number, value: number): TensorProto => ({
  name,
  dims: [],
  dataType,
  rawData: Uint8Array.of(value & 255),
});
const scale = (name: string, value: number): TensorProto => floats(name, [], [value]);
const own = (proto: NodeProto): NodeProto => ({ ...proto, domain: 'com.microsoft' });
const DOMAINS = {
  opsetImport: [
    { domain: '', version: 17 },
    { domain: 'com.microsoft', version: 1 },
  ],
};

/** Greatest difference from ONNX Runtime on random samples, in steps of the output. */
async function stepsFromOrt(
  bytes: Uint8Array,
  shape: readonly number[],
  step: number,
): Promise<{ readonly steps: number; readonly program: Program }> {
  const program = lower(prepareGraph(importModel(bytes, { path: 'foreign.onnx' })));
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const run = createSampleRunner(program, plan);
  const random = seededRandom(3);
  let most = 0;
  for (let sample = 0; sample < 16; sample++) {
    const x = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 4 * random() - 2);
    const { y } = await runOrt(bytes, { x: new ort.Tensor('float32', x, shape) });
    const [own] = run([x]);
    (y!.data as Float32Array).forEach((value, i) => {
      most = Math.max(most, Math.abs(value - own![i]!) / step);
    });
  }
  return { steps: most, program };
}

const kernelsOf = ({ steps }: Program): readonly string[] =>
  steps.map(({ kernel }) => kernel).filter((kernel) => !kernel.includes('quantize'));

for (const [type, dataType, point] of [
  ['int8', INT8, 3],
  ['uint8', UINT8, 131],
] as const) {
  test(`QOperator with ${type} activations`, async () => {
    const names = ['x', 'c', 'd', 'a', 's', 'm', 'l', 'k', 'p', 'g', 'f', 'z', 'y'];
    const scales = [0.016, 0.03, 0.02, 0.04, 1 / 256, 0.03, 0.03, 0.04, 0.04, 0.01, 0.01, 0.01, 1 / 256];
    const q = (name: string): string[] => [`${name}q`, `${name}s`, `${name}z`];
    const o = (name: string): string[] => [`${name}s`, `${name}z`];
    const bytes = modelBytes(
      17,
      {
        node: [
          node('QuantizeLinear', ['x', ...o('x')], ['xq']),
          node('QLinearConv', [...q('x'), ...q('w'), ...o('c'), 'wb'], ['cq'], { pads: [1, 1, 1, 1] }),
          node('QLinearConv', [...q('c'), ...q('v'), ...o('d')], ['dq']),
          own(node('QLinearAdd', [...q('c'), ...q('d'), ...o('a')], ['aq'])),
          own(node('QLinearSigmoid', [...q('a'), ...o('s')], ['sq'])),
          own(node('QLinearMul', [...q('a'), ...q('s'), ...o('m')], ['mq'])),
          own(node('QLinearLeakyRelu', [...q('m'), ...o('l')], ['lq'], { alpha: { f: 0.1 } })),
          own(node('QLinearConcat', [...o('k'), ...q('l'), ...q('a')], ['kq'], { axis: 1 })),
          own(
            node('QLinearAveragePool', [...q('k'), ...o('p')], ['pq'], {
              kernel_shape: [2, 2],
              strides: [2, 2],
            }),
          ),
          own(node('QLinearGlobalAveragePool', [...q('p'), ...o('g')], ['gq'])),
          node('Flatten', ['gq'], ['fq']),
          own(
            node('QGemm', ['fq', ...o('g'), ...q('u'), 'ub', ...o('z')], ['zq'], {
              transB: 1,
              alpha: { f: 1.5 },
            }),
          ),
          own(node('QLinearSoftmax', [...q('z'), ...o('y')], ['yq'], { axis: 1, opset: 13 })),
          node('DequantizeLinear', q('y'), ['y']),
        ],
        initializer: [
          ...names.flatMap((name, i) => [scale(`${name}s`, scales[i]!), zero(`${name}z`, dataType, point)]),
          // Up to 64: two products with any uint8 fit 16 bits, which is all that ONNX Runtime has without VNNI.
          codes('wq', [4, 3, 3, 3], 1, 64),
          floats('ws', [4], [0.01, 0.005, 0.007, 0.009]),
          { ...zero('wz', INT8, 0), dims: [4], rawData: new Uint8Array(4) },
          words('wb', [100, -200, 300, 0]),
          codes('vq', [4, 4, 1, 1], 2, 64),
          scale('vs', 0.005),
          zero('vz', INT8, 0),
          codes('uq', [5, 8], 3, 64),
          scale('us', 0.003),
          zero('uz', INT8, 0),
          words('ub', [500, -500, 100, 0, 50]),
        ],
        input: [valueInfo('x', [1, 3, 8, 8])],
        output: [valueInfo('y', [1, 5])],
      },
      DOMAINS,
    );
    const { steps, program } = await stepsFromOrt(bytes, [1, 3, 8, 8], 1 / 256);
    assert.ok(steps <= 2.01, `${steps} steps`);
    assert.ok(kernelsOf(program).includes('mean_pool2d_s8'));
  });
}

/** x as codes, a product with a constant matrix, and what stands behind it. */
function product(nodes: readonly NodeProto[], more: readonly TensorProto[]): Uint8Array {
  return modelBytes(17, {
    node: [
      node('QuantizeLinear', ['x', 'xs', 'xz'], ['xq']),
      node('DequantizeLinear', ['xq', 'xs', 'xz'], ['xd']),
      node('DequantizeLinear', ['wq', 'ws', 'wz'], ['w'], { axis: 1 }),
      node('DequantizeLinear', ['bq', 'bs', 'bz'], ['b']),
      ...nodes,
      node('QuantizeLinear', ['s', 'ys', 'yz'], ['yq']),
      node('DequantizeLinear', ['yq', 'ys', 'yz'], ['y']),
    ],
    initializer: [
      scale('xs', 0.016),
      zero('xz', INT8, -1),
      codes('wq', [6, 5], 4),
      floats('ws', [5], [0.01, 0.02, 0.015, 0.01, 0.005]),
      { ...zero('wz', INT8, 0), dims: [5], rawData: new Uint8Array(5) },
      scale('ys', 0.06),
      zero('yz', INT8, 4),
      ...more,
    ],
    input: [valueInfo('x', [1, 6])],
    output: [valueInfo('y', [1, 5])],
  });
}

test('MatMul, rounded to a scale of its own, then Add of integers: a bias', async () => {
  for (const dims of [[5], [1, 5]]) {
    const bytes = product(
      [
        node('MatMul', ['xd', 'w'], ['m']),
        node('QuantizeLinear', ['m', 'ms', 'mz'], ['mq']),
        node('DequantizeLinear', ['mq', 'ms', 'mz'], ['md']),
        node('Add', dims.length === 1 ? ['md', 'b'] : ['b', 'md'], ['s']),
      ],
      [codes('bq', dims, 5), scale('bs', 0.02), zero('bz', INT8, 7), scale('ms', 0.05), zero('mz', INT8, 0)],
    );
    const { steps, program } = await stepsFromOrt(bytes, [1, 6], 0.06);
    assert.ok(steps <= 1.01, `${steps} steps`);
    assert.deepEqual(kernelsOf(program), ['fully_connected_s8']);
  }
});

test('alpha and beta of a quantised Gemm are in its weights and its bias', async () => {
  for (const [alpha, beta, transB] of [
    [0.5, 2, 0],
    [-1.25, 1, 0],
    [1, -0.75, 0],
    [2, 0, 0],
  ] as const) {
    const bytes = product(
      [node('Gemm', ['xd', 'w', 'b'], ['s'], { alpha: { f: alpha }, beta: { f: beta }, transB })],
      [
        words('bq', [50, -60, 70, 10, -20]),
        scale('bs', 0.01),
        { ...zero('bz', INT32, 0), rawData: new Uint8Array(4) },
      ],
    );
    const { steps, program } = await stepsFromOrt(bytes, [1, 6], 0.06);
    assert.ok(steps <= 1.01, `alpha ${alpha}, beta ${beta}: ${steps} steps`);
    assert.deepEqual(kernelsOf(program), ['fully_connected_s8']);
  }
});

test('weights alone in 8 or 4 bits, in blocks too, are a float model, which is then quantised', async () => {
  const [int4, uint4] = [22, 21];
  for (const [dataType, weights, scales, zeros, attributes] of [
    [INT8, codes('wq', [6, 5], 4).rawData!, [5], null, { axis: 1 }],
    [UINT8, codes('wq', [6, 5], 4).rawData!, [], 128, {}],
    [int4, codes('wq', [15], 4).rawData!, [5], null, { axis: 1 }],
    [uint4, codes('wq', [15], 6).rawData!, [3, 5], null, { axis: 0, block_size: 2 }],
  ] as const) {
    const count = scales.reduce<number>((a, b) => a * b, 1);
    const proto = {
      node: [
        node('DequantizeLinear', ['wq', 'ws', ...(zeros === null ? [] : ['wz'])], ['w'], attributes),
        node('MatMul', ['x', 'w'], ['y']),
      ],
      initializer: [
        { name: 'wq', dims: [6, 5], dataType, rawData: weights },
        floats(
          'ws',
          scales,
          Array.from({ length: count }, (_, i) => 0.01 + 0.002 * i),
        ),
        ...(zeros === null ? [] : [zero('wz', dataType, zeros)]),
      ],
      input: [valueInfo('x', [1, 6])],
      output: [valueInfo('y', [1, 5])],
    };
    const bytes = modelBytes(21, proto, { irVersion: 10 });
    const float = prepareGraph(importModel(bytes, { path: 'stored.onnx' }));
    const { first, sqnr } = await wholeWay(float, uniform(float, 8));
    const x = uniform(float, 8)[0]![0]!;
    const { y } = await runOrt(bytes, { x: new ort.Tensor('float32', x, [1, 6]) });
    (y!.data as Float32Array).forEach((value, i) => {
      assert.ok(Math.abs(value - first.float[0]![i]!) < 1e-4, `type ${dataType}: ${value}`);
    });
    assert.ok(sqnr[0]! > 30, `type ${dataType}: ${sqnr[0]} dB`);
  }
});

/** x in int8 times weights that are stored with 4 bits, 16 inputs by 3 outputs. */
function fourBitModel(
  weights: TensorProto,
  scales: TensorProto,
  zeros: TensorProto | null,
  attributes: Parameters<typeof node>[3],
  turned = false,
): Uint8Array {
  return modelBytes(
    21,
    {
      node: [
        node('QuantizeLinear', ['x', 'xs', 'xz'], ['xq']),
        node('DequantizeLinear', ['xq', 'xs', 'xz'], ['xd']),
        node('DequantizeLinear', ['wq', 'ws', ...(zeros === null ? [] : ['wz'])], ['w'], attributes),
        ...(turned ? [node('Transpose', ['w'], ['t'], { perm: [1, 0] })] : []),
        node('MatMul', ['xd', turned ? 't' : 'w'], ['y0']),
        node('QuantizeLinear', ['y0', 'ys', 'xz'], ['yq']),
        node('DequantizeLinear', ['yq', 'ys', 'xz'], ['y']),
      ],
      initializer: [
        ...[scale('xs', 0.008), zero('xz', INT8, -1), scale('ys', 0.02), weights, scales],
        ...(zeros === null ? [] : [zeros]),
      ],
      input: [valueInfo('x', [1, 16])],
      output: [valueInfo('y', [1, 3])],
    },
    { irVersion: 10 },
  );
}

const [UINT4, INT4] = [21, 22];

/** Nibbles: `of` says each of the codes, in 0 .. 15. */
function nibbles(
  name: string,
  dims: readonly number[],
  dataType: number,
  of: (i: number) => number,
): TensorProto {
  const count = dims.reduce((a, b) => a * b, 1);
  const rawData = new Uint8Array(Math.ceil(count / 2));
  for (let i = 0; i < count; i++) rawData[i >> 1]! |= of(i) << (4 * (i % 2));
  return { name, dims, dataType, rawData };
}

test('weights of 4 bits beside quantised activations: packed where they are int4 codes, else with 8 bits; blocks with one scale a channel', async () => {
  const random = seededRandom(21);
  const any = (): number => Math.floor(16 * random());
  const channels = floats('ws', [3], [0.03, 0.02, 0.025]);
  // Two blocks of each channel: scales are so many times one of the channel.
  const blocks = [3, 1, 7, 15, 2, 7].map((factor, i) => factor * [0.0025, 0.001, 0.003][i % 3]!);
  const turned = [3, 15, 1, 2, 7, 7].map((factor, i) => factor * [0.0025, 0.001, 0.003][i >> 1]!);
  for (const [what, bytes, kernel, group] of [
    [
      'int4 per channel',
      fourBitModel(nibbles('wq', [16, 3], INT4, any), channels, null, { axis: 1 }),
      'fully_connected_s4',
      16,
    ],
    [
      'uint4 around 8',
      fourBitModel(
        nibbles('wq', [16, 3], UINT4, any),
        channels,
        nibbles('wz', [3], UINT4, () => 8),
        { axis: 1 },
      ),
      'fully_connected_s4',
      16,
    ],
    [
      'uint4 around others',
      fourBitModel(
        nibbles('wq', [16, 3], UINT4, any),
        channels,
        nibbles('wz', [3], UINT4, (i) => 2 * i),
        { axis: 1 },
      ),
      'fully_connected_s8',
      0,
    ],
    [
      'int4 in blocks',
      fourBitModel(nibbles('wq', [16, 3], INT4, any), floats('ws', [2, 3], blocks), null, {
        axis: 0,
        block_size: 8,
      }),
      'fully_connected_s4',
      8,
    ],
    [
      'uint4 in blocks, turned',
      fourBitModel(
        nibbles('wq', [3, 16], UINT4, any),
        floats('ws', [3, 2], turned),
        nibbles('wz', [3, 2], UINT4, () => 8),
        { axis: 1, block_size: 8 },
        true,
      ),
      'fully_connected_s4',
      8,
    ],
    [
      'blocks that are no runs',
      fourBitModel(nibbles('wq', [16, 3], INT4, any), floats('ws', [4, 3], [...blocks, ...blocks]), null, {
        axis: 0,
        block_size: 4,
      }),
      'fully_connected_s8',
      0,
    ],
  ] as const) {
    const { steps, program } = await stepsFromOrt(bytes, [1, 16], 0.02);
    assert.ok(steps < 1.01, `${what}: ${steps} steps from ONNX Runtime`);
    const step = program.steps.find(({ kernel: one }) => one.startsWith('fully'))!;
    assert.equal(step.kernel, kernel, what);
    if (step.kernel === 'fully_connected_s4') assert.equal(step.params.group, group, what);
  }
});

test('blocks whose scales are no multiples of one, of wrong sizes, and codes that are not all there are refused', () => {
  const read = (bytes: Uint8Array) => () => prepareGraph(importModel(bytes, { path: 'foreign.onnx' }));
  const codesOfAll = nibbles('wq', [16, 3], INT4, (i) => i % 16);
  const model = (
    count: number,
    values: readonly number[],
    block_size: number,
    weights = codesOfAll,
  ): Uint8Array => fourBitModel(weights, floats('ws', [count, 3], values), null, { axis: 0, block_size });
  assert.throws(read(model(2, [0.01, 0.02, 0.03, 0.0137, 0.02, 0.03], 8)), (error) => {
    assert.ok(
      error instanceof TinymlError && error.code === 'E_QUANT' && error.hint!.includes('--weight-bits'),
    );
    assert.match(error.at.join(), /no multiples, 1 to 15, of one scale for each channel/);
    return true;
  });
  assert.throws(read(model(2, [0.01, 0.02, 0.03, 0.01, 0.02, 0], 8)), { code: 'E_QUANT' });
  const eights = { ...codesOfAll, dataType: INT8, rawData: new Uint8Array(48).fill(100) };
  assert.throws(read(model(2, [0.01, 0.02, 0.03, 0.02, 0.02, 0.03], 8, eights)), { code: 'E_QUANT' });
  assert.throws(read(model(2, [1, 1, 1, 1, 1, 1], 5)), { code: 'E_SHAPE' });
  assert.throws(read(model(0, [], 8)), { code: 'E_SHAPE' });
  assert.throws(read(model(2, [1, 1, 1, 1, 1, 1], -8)), { code: 'E_SHAPE' });
  const short = { ...codesOfAll, rawData: new Uint8Array(23) };
  assert.throws(read(model(2, [1, 1, 1, 1, 1, 1], 8, short)), {
    code: 'E_ONNX_INVALID',
    message: /24 bytes .* 23/,
  });
});

test('weights alone that are stored transposed are constants, as those of a Linear of PyTorch', async () => {
  const bytes = modelBytes(21, {
    node: [
      node('DequantizeLinear', ['wq', 'ws'], ['w'], { axis: 0 }),
      node('Transpose', ['w'], ['t'], { perm: [1, 0] }),
      node('MatMul', ['x', 't'], ['y']),
    ],
    initializer: [codes('wq', [5, 6], 4), floats('ws', [5], [0.01, 0.012, 0.014, 0.016, 0.018])],
    input: [valueInfo('x', [1, 6])],
    output: [valueInfo('y', [1, 5])],
  });
  const float = prepareGraph(importModel(bytes, { path: 'stored.onnx' }));
  assert.deepEqual(
    float.nodes.map(({ op }) => op),
    ['Gemm'],
  );
  const { first, sqnr } = await wholeWay(float, uniform(float, 8));
  const x = uniform(float, 8)[0]![0]!;
  const { y } = await runOrt(bytes, { x: new ort.Tensor('float32', x, [1, 6]) });
  (y!.data as Float32Array).forEach((value, i) => {
    assert.ok(Math.abs(value - first.float[0]![i]!) < 1e-4, `${value}`);
  });
  assert.ok(sqnr[0]! > 30, `${sqnr[0]} dB`);
});

test('QGemm with a bias for each row, and with a negative alpha', async () => {
  const scales = [0.01, 0.02, 0.015, 0.01, 0.005];
  for (const [dims, alpha] of [
    [[5], 1.5],
    [[1, 5], 1],
    [[5], -1.25],
    [[1, 5], -0.5],
  ] as const) {
    const bytes = modelBytes(
      17,
      {
        node: [
          node('QuantizeLinear', ['x', 'xs', 'xz'], ['xq']),
          own(
            node('QGemm', ['xq', 'xs', 'xz', 'wq', 'ws', 'wz', 'b', 'ys', 'yz'], ['yq'], {
              alpha: { f: alpha },
            }),
          ),
          node('DequantizeLinear', ['yq', 'ys', 'yz'], ['y']),
        ],
        initializer: [
          ...[scale('xs', 0.016), zero('xz', INT8, -1), scale('ys', 0.06), zero('yz', INT8, 4)],
          ...[codes('wq', [6, 5], 4), floats('ws', [5], scales)],
          { ...zero('wz', INT8, 0), dims: [5], rawData: new Uint8Array(5) },
          { ...words('b', [5000, -6000, 7000, 1000, -2000]), dims },
        ],
        input: [valueInfo('x', [1, 6])],
        output: [valueInfo('y', [1, 5])],
      },
      DOMAINS,
    );
    const { steps, program } = await stepsFromOrt(bytes, [1, 6], 0.06);
    assert.ok(steps <= 1.01, `[${dims}], alpha ${alpha}: ${steps} steps`);
    assert.deepEqual(kernelsOf(program), ['fully_connected_s8']);
  }
});

test('positions as integers, added to an activation', async () => {
  const o = ['xs', 'xz'];
  const bytes = modelBytes(17, {
    node: [
      node('QuantizeLinear', ['x', ...o], ['xq']),
      node('DequantizeLinear', ['xq', ...o], ['xd']),
      node('DequantizeLinear', ['pq', 'ps', 'pz'], ['p']),
      node('Add', ['xd', 'p'], ['s']),
      node('QuantizeLinear', ['s', 'ys', 'yz'], ['yq']),
      node('DequantizeLinear', ['yq', 'ys', 'yz'], ['y']),
    ],
    initializer: [
      ...[scale('xs', 0.016), zero('xz', INT8, -1), scale('ys', 0.03), zero('yz', INT8, 4)],
      ...[codes('pq', [1, 10, 8], 5), scale('ps', 0.01), zero('pz', INT8, 3)],
    ],
    input: [valueInfo('x', [1, 10, 8])],
    output: [valueInfo('y', [1, 10, 8])],
  });
  const { steps, program } = await stepsFromOrt(bytes, [1, 10, 8], 0.03);
  assert.ok(steps <= 1.01, `${steps} steps`);
  assert.deepEqual(kernelsOf(program), ['add_s8']);
});

test('QOperator nodes that are not whole are refused', () => {
  for (const [inputs, outputs] of [
    [['x', 'xs', 'xz', 'wq', 'ids', 'wz', 'bq'], ['y']],
    [['x', 'xs'], ['y']],
    [['x'], ['y', 'more']],
  ] as const) {
    const bytes = modelBytes(
      17,
      {
        node: [own(node('QGemm', inputs, outputs))],
        initializer: [
          ...[scale('xs', 0.1), zero('xz', INT8, 0), codes('wq', [6, 5], 1), zero('wz', INT8, 0)],
          ...[words('bq', [1, 2, 3, 4, 5]), int64s('ids', [1], [])],
        ],
        input: [valueInfo('x', [1, 6], INT8)],
        output: [valueInfo('y', [1, 5])],
      },
      DOMAINS,
    );
    assert.throws(
      () => prepareGraph(importModel(bytes, { path: 'partly.onnx' })),
      (error: unknown) => error instanceof TinymlError && error.code !== 'E_INTERNAL',
    );
  }
});

test('dynamic quantisation is refused, all of it and nothing around it, with the way out', async () => {
  const graph = prepareGraph(
    importModel(
      modelBytes(17, {
        node: [
          node('DynamicQuantizeLinear', ['x'], ['xq', 'xs', 'xz']),
          node('MatMulInteger', ['xq', 'wq', 'xz', 'wz'], ['m']),
          node('Cast', ['m'], ['c'], { to: 1 }),
          node('Mul', ['xs', 'ws'], ['s']),
          node('Mul', ['c', 's'], ['y']),
        ],
        initializer: [codes('wq', [6, 5], 4), scale('ws', 0.01), zero('wz', INT8, 0)],
        input: [valueInfo('x', [1, 6])],
        output: [valueInfo('y', [1, 5])],
      }),
      { path: 'dynamic.onnx' },
    ),
  );
  async function* none() {}
  for (const attempt of [async () => lower(graph), () => quantizeGraph(graph, none)]) {
    await assert.rejects(attempt, (error: TinymlError) => {
      assert.equal(error.code, 'E_OP');
      assert.match([error.message, ...error.at].join(), /DynamicQuantizeLinear.*dynamic quantisation/);
      assert.match(error.hint ?? '', /the float model that this file was made from/);
      assert.doesNotMatch(error.at.join(), /\(Mul\)/);
      return true;
    });
  }
});

test('a layer without a scale says where it is missing, and how to give it one', () => {
  const bytes = product(
    [node('MatMul', ['xd', 'w'], ['m']), node('Trilu', ['m'], ['n']), node('Add', ['n', 'b'], ['s'])],
    [codes('bq', [5], 5), scale('bs', 0.02), zero('bz', INT8, 7)],
  );
  assert.throws(
    () => lower(prepareGraph(importModel(bytes, { path: 'partly.onnx' }))),
    (error: unknown) => {
      assert.ok(error instanceof TinymlError);
      assert.equal(error.code, 'E_QUANT');
      assert.match(error.message, /"n" has no scale/);
      assert.match(error.hint ?? '', /Brevitas/);
      return true;
    },
  );
});
