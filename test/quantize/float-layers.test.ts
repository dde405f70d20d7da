import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { graphBuilder, int, ints } from '../../src/graph/build.ts';
import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { planQuantization, TFLITE_INT8 } from '../../src/quantize/scheme.ts';
import { runOrt } from '../onnx/models.ts';

const random = seededRandom(3);
const real = (shape: readonly number[]) =>
  floatTensor(
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => 0.6 * (2 * random() - 1)),
  );

/** conv1, relu1, pool, conv2, relu2, flat, dense: names of nodes and of their outputs. */
function network(): Graph {
  const g = graphBuilder('net');
  let x = g.input('x', [1, 2, 8, 8]);
  const layer = (name: string, size: number): void => {
    const weights = [g.constant(`${name}_w`, real([2, 2, 3, 3])), g.constant(`${name}_b`, real([2]))];
    const attributes = { pads: ints([1, 1, 1, 1]) };
    x = g.node('Conv', [x, ...weights], { name, shape: [1, 2, size, size], attributes });
    x = g.node('Relu', [x], { name: name.replace('conv', 'relu'), shape: [1, 2, size, size] });
  };
  layer('conv1', 8);
  const kernel = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
  x = g.node('MaxPool', [x], { name: 'pool', shape: [1, 2, 4, 4], attributes: kernel });
  layer('conv2', 4);
  x = g.node('Flatten', [x], { name: 'flat', shape: [1, 32] });
  x = g.node('Gemm', [x, g.constant('dense_w', real([5, 32]))], {
    name: 'dense',
    shape: [1, 5],
    attributes: { transB: int(1) },
  });
  g.output(x, { name: 'y' });
  return g.build();
}

const codedOf = (float: readonly string[]): readonly string[] =>
  planQuantization(network(), TFLITE_INT8, float).groups.flatMap(({ members }) => members);

test('values between layers in float32 have no codes, and no others lose them', () => {
  assert.deepEqual(codedOf([]), ['x', 'relu1', 'pool', 'relu2', 'flat', 'dense']);
  const cases: readonly (readonly [float: readonly string[], without: readonly string[]])[] = [
    [['conv1'], ['x']],
    // The activation is computed with its layer, whichever is named.
    [['relu1'], ['x']],
    [['conv2'], []],
    [
      ['conv1', 'conv2'],
      // The pool between them moves float32.
      ['x', 'relu1', 'pool'],
    ],
    [
      ['conv2', 'dense'],
      ['relu2', 'flat', 'dense'],
    ],
    [['dense'], ['dense']],
    [
      ['conv1', 'pool', 'conv2', 'flat', 'dense'],
      ['x', 'relu1', 'pool', 'relu2', 'flat', 'dense'],
    ],
    [['Conv'], ['x', 'relu1', 'pool']],
    [['conv2..dense'], ['relu2', 'flat', 'dense']],
    [['all'], ['x', 'relu1', 'pool', 'relu2', 'flat', 'dense']],
  ];
  for (const [float, without] of cases) {
    assert.deepEqual(
      codedOf(float),
      codedOf([]).filter((name) => !without.includes(name)),
      float.join(),
    );
  }
});

test('names that the model does not have, and layers without a float32 kernel', () => {
  assert.throws(() => codedOf(['convv1']), {
    code: 'E_USAGE',
    at: ['--float convv1'],
    hint: /Did you mean conv1/,
  });
  assert.throws(() => codedOf(['conv2..conv1']), { code: 'E_USAGE', at: ['--float conv2..conv1'] });
  const g = graphBuilder('g');
  g.output(g.node('Trilu', [g.input('x', [1, 4])], { shape: [1, 4] }));
  assert.throws(() => planQuantization(g.build(), TFLITE_INT8, ['trilu']), {
    code: 'E_OP',
    at: ['--float trilu (Trilu)'],
  });
});

for (const float of [['conv1'], ['conv2', 'dense'], ['conv1', 'conv2']]) {
  test(`${float.join(' and ')} in float32: ONNX Runtime computes the same of the file, within a code`, async () => {
    const samples = Array.from({ length: 24 }, () =>
      Float32Array.from({ length: 128 }, () => 2 * random() - 1),
    );
    async function* stream() {
      for (const x of samples) yield { inputs: [x], label: null };
    }
    const { graph } = await quantizeGraph(network(), stream, { float, io: 'float' });
    const bytes = exportModel(graph);
    const read = prepareGraph(importModel(bytes, { path: 'mixed.onnx' }));
    for (const name of graph.values.keys()) {
      if (graph.constants.has(name)) continue;
      assert.deepEqual(read.values.get(name)?.quant ?? null, graph.values.get(name)!.quant, name);
    }
    const program = lower(read);
    const run = createSampleRunner(
      program,
      planMemory(program, { library: 'builtin', core: { dsp: true, mve: false } }),
    );
    const step = graph.values.get('dense')!.quant?.scale[0] ?? 0.02;
    for (const x of samples) {
      const { y } = await runOrt(bytes, { x: new ort.Tensor('float32', x, [1, 2, 8, 8]) });
      const [own] = run([x]);
      (y!.data as Float32Array).forEach((value, i) => {
        assert.ok(Math.abs(value - own![i]!) <= 1.01 * step, `${own![i]} for ${value}, steps of ${step}`);
      });
    }
  });
}

test('layers of the bundled network in float32, with what moves between them', async () => {
  const path = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.onnx');
  const graph = prepareGraph(importModel(readFileSync(path), { path }));
  const samples = Array.from({ length: 16 }, () =>
    Float32Array.from({ length: 784 }, () => 255 * random() ** 4),
  );
  async function* stream() {
    for (const x of samples) yield { inputs: [x], label: null };
  }
  const kernels = async (float: readonly string[]): Promise<readonly string[]> =>
    lower((await quantizeGraph(graph, stream, { float })).graph).steps.map(({ kernel }) => kernel);
  assert.deepEqual(
    (await kernels([])).filter((kernel) => kernel.endsWith('_f32')),
    [],
  );
  assert.deepEqual(
    (await kernels(['conv1', 'depthwise2'])).filter(
      (kernel) => kernel.includes('f32') || kernel.includes('quantize'),
    ),
    ['conv2d_f32', 'max_pool2d_f32', 'depthwise_conv2d_f32', 'quantize_s8'],
  );
});
