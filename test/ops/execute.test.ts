import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { graphBuilder, int, ints, perChannel, perTensor } from '../../src/graph/build.ts';
import { elementCount, toNumbers } from '../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { packageRoot } from '../../src/package-root.ts';
import { resolveModel } from '../../src/passes/resolve.ts';
import { EXACT_SUMS } from '../onnx/models.ts';
import { floats, ramp, tensor } from './run.ts';

function smallNetwork(): Graph {
  const builder = graphBuilder('small');
  const x = builder.input('x', [1, 2, 4, 4]);
  const weights = builder.constant('w', ramp([3, 2, 3, 3], -1, 0.05));
  const conv = builder.node('Conv', [x, weights], {
    shape: [1, 3, 4, 4],
    name: 'conv',
    attributes: { pads: ints([1, 1, 1, 1]) },
  });
  const relu = builder.node('Relu', [conv], { shape: [1, 3, 4, 4], name: 'relu' });
  builder.output(builder.node('GlobalAveragePool', [relu], { shape: [1, 3, 1, 1], name: 'pool' }));
  return builder.build();
}

test('visit sees inputs and activations in order, and running again gives the same', () => {
  const executor = createExecutor(smallNetwork());
  const seen: string[] = [];
  const first = executor.run([ramp([1, 2, 4, 4])], (name, { shape }) => seen.push(`${name} [${shape}]`));
  assert.deepEqual(seen, ['x [1,2,4,4]', 'conv [1,3,4,4]', 'relu [1,3,4,4]', 'pool [1,3,1,1]']);
  executor.run([ramp([1, 2, 4, 4], 5)]);
  assert.deepEqual(executor.run([ramp([1, 2, 4, 4])]), first);
});

test('what visit was given stays intact during later steps and runs', () => {
  const executor = createExecutor(smallNetwork());
  const kept: [Tensor, number[]][] = [];
  const keep = (_: string, activation: Tensor) => kept.push([activation, toNumbers(activation.data)]);
  executor.run([ramp([1, 2, 4, 4])], keep);
  executor.run([ramp([1, 2, 4, 4], 7)], keep);
  for (const [activation, values] of kept) assert.deepEqual(toNumbers(activation.data), values);
});

test('weights may be computed: Conv, Gemm and MatMul pack them in every run', () => {
  const builder = graphBuilder('computed');
  const x = builder.input('x', [2, 2]);
  const doubled = builder.node('Add', [x, x], { shape: [2, 2] });
  const product = builder.node('MatMul', [x, doubled], { shape: [2, 2] });
  builder.output(builder.node('Gemm', [x, product], { shape: [2, 2], attributes: { transB: int(1) } }));
  const executor = createExecutor(builder.build());
  assert.deepEqual(toNumbers(executor.run([floats([2, 2], [1, 0, 0, 1])])[0]!.data), [2, 0, 0, 2]);
  assert.deepEqual(toNumbers(executor.run([floats([2, 2], [1, 2, 3, 4])])[0]!.data), [54, 118, 122, 266]);
});

test('a value with quantisation is fake-quantised, quantised constants are dequantised', () => {
  const builder = graphBuilder('quantised');
  const x = builder.input('x', [1, 2], { quant: perTensor(0.5, 0), port: 'int8' });
  const w = builder.constant('w', tensor('int8', [2, 2], [2, 4, 6, 8]), perChannel([0.5, 0.25], 0));
  builder.output(
    builder.node('Gemm', [x, w], {
      shape: [1, 2],
      name: 'y',
      quant: perTensor(2, 1),
      attributes: { transB: int(1) },
    }),
    { dtype: 'int8' },
  );
  const executor = createExecutor(builder.build());
  const seen = new Map<string, number[]>();
  const [y] = executor.run([tensor('int8', [1, 2], [2, 4])], (name, { data }) =>
    seen.set(name, toNumbers(data)),
  );
  assert.deepEqual(seen.get('x'), [1, 2]);
  assert.deepEqual(seen.get('y'), [4, 6], 'rows [1, 2] and [1.5, 2]: 5 and 5.5 in steps of 2');
  assert.equal(y!.dtype, 'int8');
  assert.deepEqual(toNumbers(y!.data), [3, 4]);
});

test('a model input that is an output, and an output given twice', () => {
  const builder = graphBuilder('through');
  const x = builder.input('x', [2]);
  builder.output(x, { name: 'a' });
  builder.output(x, { name: 'b' });
  builder.output(builder.node('Neg', [x], { shape: [2] }));
  const outputs = createExecutor(builder.build()).run([ramp([2], 1)]);
  assert.deepEqual(
    outputs.map(({ data }) => toNumbers(data)),
    [
      [1, 2],
      [1, 2],
      [-1, -2],
    ],
  );
});

test('inputs that do not fit and operators that are not there are refused', () => {
  const executor = createExecutor(smallNetwork());
  assert.throws(() => executor.run([]), { code: 'E_DATA' });
  assert.throws(() => executor.run([ramp([1, 2, 4, 5])]), { code: 'E_DATA', at: ['input "x"'] });
  assert.throws(() => executor.run([tensor('int8', [1, 2, 4, 4], new Array(32).fill(0))]), {
    code: 'E_DATA',
  });
  const builder = graphBuilder('unknown');
  const x = builder.input('x', [1]);
  builder.output(builder.node('Frobnicate', [builder.node('Twist', [x], { shape: [1] })], { shape: [1] }));
  assert.throws(() => createExecutor(builder.build()), {
    code: 'E_OP',
    message: /Frobnicate, Twist/,
    at: ['node "twist" (Twist)', 'node "frobnicate" (Frobnicate)'],
  });
});

const MODELS = join(packageRoot(), '..', 'shared', 'models', 'mlperf-tiny');

for (const name of [
  'ad-float',
  'kws-float',
  'ic-float',
  'vww-float',
  'ad-int8',
  'kws-int8',
  'ic-int8',
  'vww-int8',
]) {
  test(`${name} computes what ONNX Runtime computes`, async (t) => {
    const path = join(MODELS, `${name}.onnx`);
    if (!existsSync(path)) {
      t.skip('the MLPerf Tiny models are not beside the package (../shared/models)');
      return;
    }
    const graph = resolveModel(await loadModel(path));
    const port = graph.inputs[0]!;
    const { shape } = graph.values.get(port.value)!;
    const random = seededRandom(3);
    const length = elementCount(shape);
    const data =
      port.dtype === 'int8'
        ? Int8Array.from({ length }, () => Math.floor(random() * 256) - 128)
        : Float32Array.from({ length }, () => random() * (name.startsWith('ic') ? 255 : 1));
    const [got] = createExecutor(graph).run([{ dtype: port.dtype, shape, data }]);
    const session = await ort.InferenceSession.create(path, EXACT_SUMS);
    const feed = { [port.name]: new ort.Tensor(port.dtype as 'int8', data as Int8Array, [...shape]) };
    const want = Object.values(await session.run(feed))[0]!.data as ArrayLike<number>;
    const values = toNumbers(got!.data);
    assert.equal(values.length, want.length);
    const largest = Math.max(...Array.from(want, Math.abs));
    const tolerance = port.dtype === 'int8' ? 0 : 1e-5 * largest;
    const error = values.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i]!)), 0);
    assert.ok(error <= tolerance, `largest difference ${error}, allowed ${tolerance}`);
  });
}
