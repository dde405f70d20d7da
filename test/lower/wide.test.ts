/**
 * Values with 16-bit codes: what reads or makes them computes with 16 bits, others around them with 8 or in float32. Held against
 * the float executor on the same fake-quantised graph, and against ONNX Runtime.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { createRunner as createNativeRunner } from '../../src/engine/index.ts';
import {
  float,
  type GraphBuilder,
  graphBuilder,
  int,
  ints,
  perChannel,
  perTensor,
  string,
} from '../../src/graph/build.ts';
import { elementCount, floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Quant } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createRunner } from '../../src/program/run.ts';
import { createSampleRunner, sampleEncoder } from '../../src/program/sample.ts';
import { runOrt } from '../onnx/models.ts';

const NARROW = perTensor(0.05, -3);
const WIDE = perTensor(2 ** -12, 0, 'int16');
const OTHER = perTensor(0.0003, 0, 'int16');

const random = seededRandom(5);

/** Weights and biases, whose scale is that of the input as the kernel reads it. */
function weights(
  g: GraphBuilder,
  shape: readonly number[],
  inputScale: number,
  name = '',
): readonly string[] {
  const [channels = 1] = shape;
  const scale = Array.from({ length: channels }, () => 0.002 + 0.002 * random());
  const data = Int8Array.from({ length: elementCount(shape) }, () => Math.floor(random() * 255) - 127);
  const bias = Int32Array.from({ length: channels }, () => Math.floor((random() - 0.5) * 2 ** 16));
  const biasScale = scale.map((step) => Math.fround(step) * inputScale);
  return [
    g.constant(`w${name}`, { dtype: 'int8', shape, data }, perChannel(scale, name === '' ? 0 : 1)),
    g.constant(
      `b${name}`,
      { dtype: 'int32', shape: [channels], data: bias },
      perChannel(biasScale, 0, 'int32'),
    ),
  ];
}

function conv(g: GraphBuilder, x: string, from: Quant, quant: Quant | null, group = 1): string {
  return g.node('Conv', [x, ...weights(g, [4, 4 / group, 3, 3], from.scale[0]!)], {
    shape: [1, 4, 5, 5],
    quant,
    attributes: { pads: ints([1, 1, 1, 1]), group: int(group) },
  });
}

/** A cell over five times of 20 numbers, 6 hidden ones. */
function cell(g: GraphBuilder, x: string, op: 'GRU' | 'LSTM', gates: number, quant: Quant): string {
  const to = g.constant('to', int64Tensor([5, 1, 20]));
  const frames = g.node('Reshape', [x, to], { shape: [5, 1, 20], quant: WIDE });
  const matrix = (name: string, columns: number): string => {
    const shape = [1, gates * 6, columns];
    const data = Int8Array.from({ length: elementCount(shape) }, () => Math.floor(random() * 255) - 127);
    const scale = Array.from({ length: gates * 6 }, () => 0.001 + 0.001 * random());
    return g.constant(name, { dtype: 'int8', shape, data }, perChannel(scale, 1));
  };
  const bias = Float32Array.from({ length: 12 * gates }, () => random() - 0.5);
  const inputs = [matrix('w', 20), matrix('r', 6), g.constant('b', floatTensor([1, 12 * gates], bias))];
  return g.node(op, [frames, ...inputs], {
    shape: [5, 1, 1, 6],
    quant,
    attributes: { hidden_size: int(6), ...(op === 'GRU' ? { linear_before_reset: int(1) } : {}) },
  });
}

type Row = {
  readonly name: string;
  readonly quant: Quant | null;
  readonly build: (g: GraphBuilder, x: string) => string;
  /** Kernels, but for the conversions at the border of the model. */
  readonly kernels: readonly string[];
  /** Largest difference in steps of the output. */
  readonly steps: number;
};

const SHAPE = [1, 4, 5, 5];

const ROWS: readonly Row[] = [
  {
    name: 'Conv',
    quant: WIDE,
    build: (g, x) => conv(g, x, WIDE, OTHER),
    kernels: ['conv2d_s16'],
    steps: 1,
  },
  {
    name: 'depthwise Conv',
    quant: WIDE,
    build: (g, x) => conv(g, x, WIDE, OTHER, 4),
    kernels: ['depthwise_conv2d_s16'],
    steps: 1,
  },
  {
    name: 'Conv of 8-bit codes to 16-bit codes, with its Relu',
    quant: NARROW,
    build: (g, x) => g.node('Relu', [conv(g, x, NARROW, null)], { shape: SHAPE, quant: OTHER }),
    kernels: ['requantize_s8_s16', 'conv2d_s16'],
    steps: 1,
  },
  {
    name: 'Conv of 16-bit codes to 8-bit codes',
    quant: WIDE,
    build: (g, x) => conv(g, x, WIDE, NARROW),
    kernels: ['conv2d_s16', 'requantize_s16_s8'],
    steps: 1,
  },
  {
    name: 'Gemm behind Flatten',
    quant: WIDE,
    build: (g, x) => {
      const flat = g.node('Flatten', [conv(g, x, WIDE, WIDE)], { shape: [1, 100], quant: WIDE });
      return g.node('Gemm', [flat, g.constant('v', GEMM, perTensor(0.001, 0))], {
        shape: [1, 3],
        quant: OTHER,
        attributes: { transB: int(1) },
      });
    },
    kernels: ['conv2d_s16', 'fully_connected_s16'],
    // A step of the Conv is one of sixteen hundred thousandths here.
    steps: 8,
  },
  {
    name: 'Add and Mul of two scales',
    quant: WIDE,
    build: (g, x) => {
      const y = g.node('Relu', [x], { shape: SHAPE, quant: OTHER });
      const sum = g.node('Add', [x, y], { shape: SHAPE, quant: perTensor(0.0006, 0, 'int16') });
      return g.node('Mul', [sum, y], { shape: SHAPE, quant: perTensor(0.002, 0, 'int16') });
    },
    kernels: ['requantize_s16', 'add_s16', 'mul_s16'],
    steps: 6,
  },
  {
    name: 'Sigmoid, and a constant added',
    quant: WIDE,
    build: (g, x) => {
      const half = g.constant('half', floatTensor([], [0.5]));
      const moved = g.node('Add', [x, half], { shape: SHAPE, quant: OTHER });
      return g.node('Sigmoid', [moved], { shape: SHAPE, quant: perTensor(2 ** -15, 0, 'int16') });
    },
    kernels: ['lut_s16', 'lut_s16'],
    // Of lines between entries, and of the table before.
    steps: 5,
  },
  {
    name: 'squares, and Mish',
    quant: WIDE,
    build: (g, x) => {
      const two = g.constant('two', floatTensor([], [2]));
      const square = g.node('Pow', [x, two], { shape: SHAPE, quant: perTensor(0.001, 0, 'int16') });
      return g.node('Mish', [square], { shape: SHAPE, quant: perTensor(0.001, 0, 'int16') });
    },
    kernels: ['lut_s16', 'lut_s16'],
    steps: 5,
  },
  {
    name: 'Softmax over channels, and over the last axis in another scale',
    quant: WIDE,
    build: (g, x) => {
      const soft = g.node('Softmax', [x], {
        shape: SHAPE,
        quant: perTensor(2 ** -15, 0, 'int16'),
        attributes: { axis: int(1) },
      });
      return g.node('Softmax', [soft], { shape: SHAPE, quant: OTHER });
    },
    kernels: ['copy_s16', 'softmax_s16', 'copy_s16', 'softmax_s16', 'requantize_s16'],
    steps: 1,
  },
  {
    name: 'ConvTranspose of two axes, with its Relu, and of one',
    quant: WIDE,
    build: (g, x) => {
      const attributes = { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) };
      const up = g.node('ConvTranspose', [x, ...weights(g, [4, 4, 3, 3], WIDE.scale[0]!, '_up')], {
        shape: [1, 4, 9, 9],
        attributes,
      });
      const y = g.node('Relu', [up], { shape: [1, 4, 9, 9], quant: OTHER });
      const line = g.node('Reshape', [y, g.constant('to', int64Tensor([1, 4, 81]))], {
        shape: [1, 4, 81],
        quant: OTHER,
      });
      return g.node('ConvTranspose', [line, ...weights(g, [4, 4, 2], OTHER.scale[0]!, '_line')], {
        shape: [1, 4, 162],
        quant: WIDE,
        attributes: { strides: ints([2]) },
      });
    },
    kernels: ['conv_transpose2d_s16', 'conv_transpose2d_s16'],
    steps: 3,
  },
  {
    name: 'pixels of channels, channels of pixels, and repetition',
    quant: WIDE,
    build: (g, x) => {
      const attributes = { blocksize: int(2) };
      const image = g.node('DepthToSpace', [x], { shape: [1, 1, 10, 10], quant: WIDE, attributes });
      const back = g.node('SpaceToDepth', [image], { shape: SHAPE, quant: WIDE, attributes });
      const times = g.constant('times', int64Tensor([1, 1, 2, 1]));
      return g.node('Tile', [back, times], { shape: [1, 4, 10, 5], quant: WIDE });
    },
    kernels: ['copy_s16', 'copy_s16', 'copy_s16'],
    // The input, which is rounded half up here and half to even there.
    steps: 1,
  },
  {
    name: 'Resize between pixels, and to the nearest',
    quant: WIDE,
    build: (g, x) => {
      const twice = g.constant('twice', floatTensor([4], [1, 1, 2, 2]));
      const linear = g.node('Resize', [x, '', twice], {
        shape: [1, 4, 10, 10],
        quant: OTHER,
        attributes: { mode: string('linear') },
      });
      return g.node('Resize', [linear, '', twice], {
        shape: [1, 4, 20, 20],
        quant: OTHER,
        attributes: { mode: string('nearest') },
      });
    },
    kernels: ['requantize_s16', 'resize2d_s16', 'resize2d_s16'],
    steps: 2,
  },
  {
    name: 'pools',
    quant: WIDE,
    build: (g, x) => {
      const attributes = { kernel_shape: ints([2, 2]), strides: ints([1, 1]) };
      const most = g.node('MaxPool', [x], { shape: [1, 4, 4, 4], quant: WIDE, attributes });
      const mean = g.node('AveragePool', [most], { shape: [1, 4, 3, 3], quant: OTHER, attributes });
      return g.node('GlobalAveragePool', [mean], { shape: [1, 4, 1, 1], quant: WIDE });
    },
    kernels: ['max_pool2d_s16', 'depthwise_conv2d_s16', 'depthwise_conv2d_s16'],
    steps: 3,
  },
  {
    name: 'Concat of 16-bit and 8-bit codes, and the largest of each channel',
    quant: WIDE,
    build: (g, x) => {
      const y = g.node('Relu', [x], { shape: SHAPE, quant: NARROW });
      const both = g.node('Concat', [x, y], {
        shape: [1, 8, 5, 5],
        quant: OTHER,
        attributes: { axis: int(1) },
      });
      return g.node('MaxPool', [both], {
        shape: [1, 8, 1, 1],
        attributes: { kernel_shape: ints([5, 5]) },
        quant: OTHER,
      });
    },
    kernels: [
      'requantize_s16',
      'requantize_s16_s8',
      'requantize_s16',
      'requantize_s8_s16',
      'requantize_s16',
      'copy_s16',
      'copy_s16',
      'max_pool2d_s16',
    ],
    // Of an 8-bit code between, one off.
    steps: 170,
  },
  {
    name: 'LSTM',
    quant: WIDE,
    build: (g, x) => cell(g, x, 'LSTM', 4, perTensor(2 ** -15, 0, 'int16')),
    kernels: ['lstm_s16'],
    // Straight lines of the table of gates, 6.8e-5 off, four times a step.
    steps: 16,
  },
  {
    name: 'GRU, back to 8-bit codes',
    quant: WIDE,
    build: (g, x) => cell(g, x, 'GRU', 3, perTensor(1 / 128, 0)),
    kernels: ['gru_s16', 'requantize_s16_s8'],
    steps: 1,
  },
  {
    name: 'products of two activations, one turned, and their softmax behind a mask',
    quant: WIDE,
    build: (g, x) => {
      const turned = g.node('Transpose', [x], {
        shape: SHAPE,
        quant: WIDE,
        attributes: { perm: ints([0, 1, 3, 2]) },
      });
      const scores = g.node('MatMul', [x, turned], { shape: SHAPE, quant: perTensor(0.004, 0, 'int16') });
      const mask = Float32Array.from({ length: 25 }, (_, i) => (i % 5 > Math.floor(i / 5) ? -1e4 : 0));
      const soft = g.node('tinyml::MaskedSoftmax', [scores, g.constant('mask', floatTensor([5, 5], mask))], {
        shape: SHAPE,
        quant: perTensor(2 ** -15, 0, 'int16'),
        attributes: { axis: int(-1) },
      });
      return g.node('MatMul', [soft, x], { shape: SHAPE, quant: OTHER });
    },
    kernels: ['batch_matmul_s16', 'masked_softmax_s16', 'batch_matmul_s16'],
    // Of a score of some hundreds, of which a step is four thousandths of a probability.
    steps: 60,
  },
  {
    name: 'normalisation of layers, and of channels',
    quant: WIDE,
    build: (g, x) => {
      const values = (name: string, size: number): string =>
        g.constant(
          name,
          floatTensor(
            [size],
            Float32Array.from({ length: size }, () => random() - 0.3),
          ),
        );
      const layer = g.node('LayerNormalization', [x, values('gamma', 5), values('beta', 5)], {
        shape: SHAPE,
        quant: OTHER,
        attributes: { axis: int(-1), epsilon: float(1e-5) },
      });
      return g.node('InstanceNormalization', [layer, values('scale', 4), values('bias', 4)], {
        shape: SHAPE,
        quant: perTensor(0.0002, 0, 'int16'),
        attributes: { epsilon: float(1e-3) },
      });
    },
    kernels: ['copy_s16', 'normalize_s16', 'copy_s16', 'normalize_s16'],
    steps: 4,
  },
  {
    name: 'square roots',
    quant: WIDE,
    build: (g, x) => {
      const positive = g.node('Relu', [x], { shape: SHAPE, quant: WIDE });
      return g.node('Sqrt', [positive], { shape: SHAPE, quant: perTensor(2 ** -13, 0, 'int16') });
    },
    kernels: ['requantize_s16', 'sqrt_s16'],
    steps: 1,
  },
  {
    name: 'float32 between 16-bit codes',
    quant: WIDE,
    build: (g, x) => {
      const w = g.constant('w', floatTensor([4, 4, 1, 1], Float32Array.from({ length: 16 }, random)));
      return g.node('Conv', [x, w], { shape: SHAPE, quant: OTHER });
    },
    kernels: ['dequantize_s16', 'conv2d_f32', 'quantize_s16'],
    steps: 1,
  },
];

const GEMM = {
  dtype: 'int8',
  shape: [3, 100],
  data: Int8Array.from({ length: 300 }, () => Math.floor(random() * 255) - 127),
} as const;

const CORE = { library: 'builtin', core: { dsp: true, mve: false } } as const;

for (const row of ROWS) {
  test(`${row.name}: 16-bit codes`, () => {
    const g = graphBuilder('g');
    const x = g.input('x', SHAPE, { quant: row.quant });
    g.output(row.build(g, x));
    const graph = g.build();
    const program = lower(graph);
    assert.deepEqual(
      program.steps.slice(1, -1).map(({ kernel }) => kernel),
      row.kernels,
    );
    const plan = planMemory(program, CORE);
    const run = createSampleRunner(program, plan);
    const [reference, native] = [createRunner(program, plan), createNativeRunner(program, plan)];
    const executor = createExecutor(graph);
    const step = graph.values.get(graph.outputs[0]!.value)!.quant!.scale[0]!;
    for (let round = 0; round < 4; round++) {
      const data = Float32Array.from({ length: elementCount(SHAPE) }, () => (random() - 0.5) * 10);
      const want = executor.run([{ dtype: 'float32', shape: SHAPE, data }])[0]!.data as Float32Array;
      run([data])[0]!.forEach((value, i) => {
        const off = Math.abs(value - want[i]!) / step;
        assert.ok(
          off <= row.steps + 0.01,
          `element ${i}: ${value} for ${want[i]}, ${off.toFixed(2)} steps off`,
        );
      });
      const inputs = sampleEncoder(program)([data]);
      assert.deepEqual(native(inputs), reference(inputs));
    }
  });
}

test('16-bit codes cross the border of a model as they are', () => {
  const g = graphBuilder('g');
  const x = g.input('x', [1, 6], { quant: WIDE, port: 'int16' });
  g.output(g.node('Relu', [x], { shape: [1, 6], quant: WIDE }), { name: 'y', dtype: 'int16' });
  const program = lower(g.build());
  const run = createRunner(program, planMemory(program, CORE));
  assert.deepEqual(run([Int16Array.of(-32768, -1, 0, 1, 12345, 32767)]), [
    Int16Array.of(0, 0, 0, 1, 12345, 32767),
  ]);
});

test('codes of 16 bits that are not symmetric, and nodes without a form for them, are refused', () => {
  const skewed = graphBuilder('g');
  const x = skewed.input('x', [1, 6], { quant: perTensor(0.1, 7, 'int16') });
  skewed.output(skewed.node('Relu', [x], { shape: [1, 6], quant: WIDE }));
  assert.throws(() => lower(skewed.build()), { code: 'E_QUANT', hint: /symmetrically/ });
  const hard = graphBuilder('g');
  const z = hard.input('z', [1, 6], { quant: WIDE });
  hard.output(hard.node('Hardmax', [z], { shape: [1, 6], quant: WIDE }));
  assert.throws(() => lower(hard.build()), { code: 'E_OP', message: /no kernel that makes 16-bit codes/ });
});

test('a file of ONNX Runtime with 16-bit activations gives what ONNX Runtime computes, and comes back as it was', async () => {
  const bytes = readFileSync(join(packageRoot(), 'fixtures', 'mixed', 'wide.onnx'));
  const graph = prepareGraph(importModel(bytes, { path: 'wide.onnx' }));
  const program = lower(graph);
  assert.ok(program.steps.every(({ kernel }) => kernel.endsWith('_s16')));
  const step = graph.values.get(graph.outputs[0]!.value)!.quant!.scale[0]!;
  const run = createSampleRunner(program, planMemory(program, CORE));
  const written = exportModel(graph);
  assert.deepEqual(lower(prepareGraph(importModel(written, { path: 'again.onnx' }))).steps, program.steps);
  for (let sample = 0; sample < 16; sample++) {
    const x = Float32Array.from({ length: 3 * 16 * 16 }, () => 2 * random() - 1);
    const feed = { x: new ort.Tensor('float32', x, [1, 3, 16, 16]) };
    const [own] = run([x]);
    for (const file of [bytes, written]) {
      const { y } = await runOrt(file, feed);
      (y!.data as Float32Array).forEach((value, i) => {
        assert.ok(Math.abs(value - own![i]!) <= 4 * step, `${own![i]} for ${value}, steps of ${step}`);
      });
    }
  }
});
