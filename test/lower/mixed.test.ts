/**
 * Graphs that are quantised in part: what has codes computes in integers, the rest in float32, and values change from one to the
 * other once. Held against the float executor on the same fake-quantised graph, and native code against the reference.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import type { TinymlError } from '../../src/diagnostics/errors.ts';
import { createRunner as createNativeRunner } from '../../src/engine/index.ts';
import { type GraphBuilder, graphBuilder, int, ints, perChannel, perTensor } from '../../src/graph/build.ts';
import { elementCount, floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph, Quant } from '../../src/graph/types.ts';
import { lower, lowerWithOutcomes } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { importModel } from '../../src/onnx/import.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createRunner } from '../../src/program/run.ts';
import { createSampleRunner, sampleEncoder } from '../../src/program/sample.ts';
import { failure } from '../failure.ts';
import { runOrt } from '../onnx/models.ts';

const IN = perTensor(0.05, -3);
const OUT = perTensor(0.07, 5);

const random = seededRandom(11);
const real = (shape: readonly number[], size = 0.3) =>
  floatTensor(
    shape,
    Float32Array.from({ length: elementCount(shape) }, () => size * (2 * random() - 1)),
  );

type Options = { readonly name?: string; readonly quant?: Quant | null; readonly pads?: readonly number[] };

/** A 3x3 convolution of images with as many outputs as inputs, with weights in float32. */
function floatConv(
  g: GraphBuilder,
  x: string,
  channels: number,
  size: number,
  options: Options = {},
): string {
  const { name = 'conv', quant = null } = options;
  const w = g.constant(`${name}_w`, real([channels, channels, 3, 3]));
  const b = g.constant(`${name}_b`, real([channels]));
  return g.node('Conv', [x, w, b], {
    name,
    shape: [1, channels, size, size],
    quant,
    attributes: { pads: ints([1, 1, 1, 1]) },
  });
}

/** The same with int8 weights and int32 biases. */
function codedConv(
  g: GraphBuilder,
  x: string,
  channels: number,
  size: number,
  options: Options = {},
): string {
  const { name = 'coded', quant = null } = options;
  const count = channels * channels * 9;
  const scale = Array.from({ length: channels }, () => 0.002 + 0.002 * random());
  const data = Int8Array.from({ length: count }, () => Math.floor(random() * 255) - 127);
  const w = g.constant(
    `${name}_w`,
    { dtype: 'int8', shape: [channels, channels, 3, 3], data },
    perChannel(scale, 0),
  );
  const bias = Int32Array.from({ length: channels }, () => Math.floor((random() - 0.5) * 4000));
  const biasScale = scale.map((step) => Math.fround(step) * IN.scale[0]!);
  const b = g.constant(
    `${name}_b`,
    { dtype: 'int32', shape: [channels], data: bias },
    perChannel(biasScale, 0, 'int32'),
  );
  return g.node('Conv', [x, w, b], {
    name,
    shape: [1, channels, size, size],
    quant,
    attributes: { pads: ints([1, 1, 1, 1]) },
  });
}

type Row = {
  readonly name: string;
  readonly input: readonly number[];
  readonly quant: Quant | null;
  readonly build: (g: GraphBuilder, x: string) => string;
  /** Kernels in order, conversions at the border of the model included. */
  readonly kernels: readonly string[];
  /** Largest difference, in steps of the output or, where that is float32, of OUT. */
  readonly steps: number;
};

const ROWS: readonly Row[] = [
  {
    name: 'a Conv whose weights have no codes computes in float32 between codes',
    input: [1, 3, 5, 5],
    quant: IN,
    build: (g, x) => floatConv(g, x, 3, 5, { quant: OUT }),
    kernels: ['quantize_s8', 'dequantize_s8', 'conv2d_f32', 'quantize_s8', 'dequantize_s8'],
    steps: 1,
  },
  {
    name: 'its Relu is computed with it, and the codes are those of the Relu',
    input: [1, 3, 5, 5],
    quant: IN,
    build: (g, x) =>
      g.node('Relu', [floatConv(g, x, 3, 5)], { shape: [1, 3, 5, 5], quant: perTensor(0.02, -128) }),
    kernels: ['quantize_s8', 'dequantize_s8', 'conv2d_f32', 'quantize_s8', 'dequantize_s8'],
    steps: 1,
  },
  {
    name: 'a Relu behind codes is not computed with what made them',
    input: [1, 3, 5, 5],
    quant: IN,
    build: (g, x) => {
      const y = floatConv(g, x, 3, 5, { quant: OUT });
      return g.node('Relu', [y], { shape: [1, 3, 5, 5], quant: perTensor(0.02, -128) });
    },
    kernels: ['quantize_s8', 'dequantize_s8', 'conv2d_f32', 'quantize_s8', 'lut_s8', 'dequantize_s8'],
    // A step of the Conv is three and a half of the Relu.
    steps: 5,
  },
  {
    name: 'quantised weights of a Conv that makes float32 are real numbers',
    input: [1, 3, 5, 5],
    quant: IN,
    build: (g, x) => codedConv(g, x, 3, 5),
    kernels: ['quantize_s8', 'dequantize_s8', 'conv2d_f32'],
    steps: 1e-3,
  },
  {
    name: 'a model that ends in float32 from its middle on',
    input: [1, 4, 6, 6],
    quant: IN,
    build: (g, x) => {
      const a = codedConv(g, x, 4, 6, { quant: IN });
      const b = g.node('Relu', [floatConv(g, a, 4, 6)], { shape: [1, 4, 6, 6] });
      const c = g.node('MaxPool', [b], {
        shape: [1, 4, 3, 3],
        attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
      });
      const d = g.node('Add', [c, c], { shape: [1, 4, 3, 3] });
      const flat = g.node('Flatten', [d], { shape: [1, 36] });
      return g.node('Gemm', [flat, g.constant('dense', real([5, 36]))], {
        shape: [1, 5],
        attributes: { transB: int(1) },
      });
    },
    kernels: [
      'quantize_s8',
      'conv2d_s8',
      'dequantize_s8',
      'conv2d_f32',
      'max_pool2d_f32',
      'add_f32',
      'fully_connected_f32',
    ],
    // Of the codes of the first convolution, one off, through random weights.
    steps: 6,
  },
  {
    name: 'a model that starts in float32',
    input: [1, 3, 5, 5],
    quant: null,
    build: (g, x) => codedConv(g, floatConv(g, x, 3, 5, { quant: IN }), 3, 5, { quant: OUT }),
    kernels: ['conv2d_f32', 'quantize_s8', 'conv2d_s8', 'dequantize_s8'],
    steps: 3,
  },
  {
    name: 'a Concat of codes and float32 makes codes',
    input: [1, 3, 5, 5],
    quant: IN,
    build: (g, x) => g.node('Concat', [x, floatConv(g, x, 3, 5)], CONCAT(OUT)),
    kernels: [
      'quantize_s8',
      'dequantize_s8',
      'conv2d_f32',
      'copy_f32',
      'copy_f32',
      'quantize_s8',
      'dequantize_s8',
    ],
    steps: 1,
  },
  {
    name: 'a Concat of codes and float32 makes float32',
    input: [1, 3, 5, 5],
    quant: IN,
    build: (g, x) => g.node('Concat', [x, floatConv(g, x, 3, 5)], CONCAT(null)),
    kernels: ['quantize_s8', 'dequantize_s8', 'conv2d_f32', 'copy_f32', 'copy_f32'],
    steps: 1e-3,
  },
  {
    name: 'a Slice and a Transpose of codes that float32 reads',
    input: [1, 5, 5, 4],
    quant: IN,
    build: (g, x) => {
      const turned = g.node('Transpose', [x], {
        shape: [1, 4, 5, 5],
        quant: IN,
        attributes: { perm: ints([0, 3, 1, 2]) },
      });
      const bounds = [[1], [4], [1]].map((data, i) => g.constant(`bound${i}`, int64Tensor(data)));
      const sliced = g.node('Slice', [turned, ...bounds], { shape: [1, 3, 5, 5], quant: IN });
      return floatConv(g, sliced, 3, 5);
    },
    kernels: ['quantize_s8', 'copy_s8', 'dequantize_s8', 'conv2d_f32'],
    steps: 1e-3,
  },
  {
    name: 'a Flatten that is read in integers and in float32',
    input: [1, 3, 4, 4],
    quant: IN,
    build: (g, x) => {
      const a = codedConv(g, x, 3, 4, { quant: IN });
      const flat = g.node('Flatten', [a], { shape: [1, 48], quant: IN });
      const data = Int8Array.from({ length: 240 }, () => Math.floor(random() * 255) - 127);
      const coded = g.constant('coded_dense', { dtype: 'int8', shape: [5, 48], data }, perTensor(0.003, 0));
      const transB = { attributes: { transB: int(1) } };
      const one = g.node('Gemm', [flat, coded], { name: 'one', shape: [1, 5], quant: OUT, ...transB });
      const dense = g.constant('dense', real([5, 48]));
      const other = g.node('Gemm', [flat, dense], { name: 'other', shape: [1, 5], ...transB });
      return g.node('Add', [one, other], { shape: [1, 5] });
    },
    kernels: [
      'quantize_s8',
      'conv2d_s8',
      'fully_connected_s8',
      'dequantize_s8',
      'fully_connected_f32',
      'dequantize_s8',
      'add_f32',
    ],
    steps: 8,
  },
];

function CONCAT(quant: Quant | null) {
  return { shape: [1, 6, 5, 5], quant, attributes: { axis: int(1) } };
}

function graphOf({ input, quant, build }: Row): Graph {
  const g = graphBuilder('g');
  const x = g.input('x', input, { quant });
  g.output(build(g, x));
  return g.build();
}

const CORE = { library: 'builtin', core: { dsp: true, mve: false } } as const;

function kernelsOf({ steps }: Program): readonly string[] {
  return steps.map(({ kernel }) => kernel);
}

for (const row of ROWS) {
  test(row.name, () => {
    const graph = graphOf(row);
    const program = lower(graph);
    assert.deepEqual(kernelsOf(program), row.kernels);
    const plan = planMemory(program, CORE);
    const run = createSampleRunner(program, plan);
    const [reference, native] = [createRunner(program, plan), createNativeRunner(program, plan)];
    const executor = createExecutor(graph);
    const { quant } = graph.values.get(graph.outputs[0]!.value)!;
    const step = (quant ?? OUT).scale[0]!;
    for (let round = 0; round < 5; round++) {
      const length = elementCount(row.input);
      const data = Float32Array.from({ length }, () => (random() - 0.5) * 14);
      const want = executor.run([{ dtype: 'float32', shape: row.input, data }])[0]!.data as Float32Array;
      const got = run([data])[0]!;
      assert.equal(got.length, want.length);
      got.forEach((value, i) => {
        const off = Math.abs(value - want[i]!) / step;
        assert.ok(
          off <= row.steps + 1e-3,
          `element ${i}: ${value} for ${want[i]}, ${off.toFixed(3)} steps off`,
        );
      });
      const inputs = sampleEncoder(program)([data]);
      assert.deepEqual(native(inputs), reference(inputs));
    }
  });
}

test('a file of ONNX Runtime with excluded nodes gives what ONNX Runtime computes', async () => {
  const bytes = readFileSync(join(packageRoot(), 'fixtures', 'mixed', 'excluded.onnx'));
  const program = lower(prepareGraph(importModel(bytes, { path: 'excluded.onnx' })));
  assert.deepEqual(kernelsOf(program), [
    'quantize_s8',
    'conv2d_s8',
    'dequantize_s8',
    'conv2d_f32',
    'quantize_s8',
    'add_s8',
    'max_pool2d_s8',
    'depthwise_conv2d_s8',
    'mean_pool2d_s8',
    'dequantize_s8',
    'fully_connected_f32',
  ]);
  const run = createSampleRunner(program, planMemory(program, CORE));
  for (let sample = 0; sample < 16; sample++) {
    const x = Float32Array.from({ length: 3 * 16 * 16 }, () => 2 * random() - 1);
    const { y } = await runOrt(bytes, { x: new ort.Tensor('float32', x, [1, 3, 16, 16]) });
    const [own] = run([x]);
    (y!.data as Float32Array).forEach((value, i) => {
      // The scores lie within 2; a step of the mean before them is 0.005.
      assert.ok(Math.abs(value - own![i]!) < 0.02, `${own![i]} for ${value}`);
    });
  }
});

test('a value is dequantised once, whoever reads it', () => {
  const g = graphBuilder('g');
  const x = g.input('x', [1, 3, 5, 5], { quant: IN, port: 'int8' });
  const [a, b] = ['a', 'b'].map((name) => floatConv(g, x, 3, 5, { name, quant: OUT })) as [string, string];
  g.output(a, { name: 'first', dtype: 'int8' });
  g.output(b, { name: 'second', dtype: 'int8' });
  g.output(g.node('Add', [x, b], { shape: [1, 3, 5, 5] }), { name: 'third' });
  const { steps } = lower(g.build());
  assert.deepEqual(
    steps.map(({ kernel, name }) => `${kernel} ${name}`),
    [
      'dequantize_s8 a',
      'conv2d_f32 a',
      'quantize_s8 a',
      'conv2d_f32 b',
      'quantize_s8 b',
      // Not the unrounded sums of b: others find its codes.
      'dequantize_s8 add',
      'add_f32 add',
    ],
  );
});

test('state is kept as its input is: in float32, and in codes that float32 writes', () => {
  for (const quant of [null, IN]) {
    const g = graphBuilder('g');
    const x = g.input('x', [1, 4], { quant: IN });
    const before = g.input('before', [1, 4], { quant });
    const after = g.node('Add', [x, before], { shape: [1, 4] });
    g.output(after, { name: 'after' });
    g.output(g.node('Relu', [before], { shape: [1, 4] }), { name: 'y' });
    g.tie('before', 'after');
    const graph = g.build();
    const program = lower(graph);
    const kept = program.tensors.find(({ storage }) => storage.kind === 'state')!;
    assert.equal(kept.dtype, quant === null ? 'float32' : 'int8');
    const run = createRunner(program, planMemory(program, CORE));
    const seen = [1, 2, 3].map((value) => Array.from(run([new Float32Array(4).fill(value)])[0]!)[0]);
    // 0 before the first run, then sums of what came.
    seen.forEach((value, i) => {
      assert.ok(Math.abs(value! - [0, 1, 3][i]!) <= (quant === null ? 0 : 0.05), `${value} in run ${i}`);
    });
  }
});

test('a graph without codes behind a failed node says nothing of what reads it', () => {
  const g = graphBuilder('g');
  const x = g.input('x', [1, 4, 3, 3], { quant: IN });
  const y = g.node('Einsum', [x], { shape: [1, 4, 3, 3], name: 'first' });
  g.output(floatConv(g, y, 4, 3));
  const { outcomes } = lowerWithOutcomes(g.build());
  assert.deepEqual(
    outcomes.map(({ node, kind }) => `${node.name} ${kind}`),
    ['first unsupported'],
  );
});

test('what has codes all around but no form in integers is refused, not computed in float32 unasked', () => {
  const g = graphBuilder('g');
  const x = g.input('x', [1, 3, 5, 5], { quant: IN });
  g.output(g.node('BatchNormalization', [x, ...norm(g)], { shape: [1, 3, 5, 5], quant: OUT, name: 'norm' }));
  assert.throws(
    () => lower(g.build()),
    ({ code, message }: TinymlError) => code === 'E_OP' && /no int8 kernel/.test(message),
  );
});

test('all nodes that could stay in float32 are named in one option', () => {
  const g = graphBuilder('g');
  let x = g.input('x', [1, 3, 5, 5], { quant: IN });
  const parameters = norm(g);
  for (const name of ['first', 'second']) {
    x = g.node('BatchNormalization', [x, ...parameters], { shape: [1, 3, 5, 5], quant: OUT, name });
  }
  g.output(x);
  const { at, hint } = failure(() => lower(g.build()));
  assert.equal(at.length, 2);
  assert.match(hint ?? '', /leave them in float32, .*: tinyml quantize --float first,second$/);
});

function norm(g: GraphBuilder): readonly string[] {
  return ['scale', 'bias', 'mean', 'variance'].map((name) => g.constant(name, floatTensor([3], [1, 1.5, 2])));
}
