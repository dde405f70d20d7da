/**
 * Lowering keeps the meaning: for each operator form, the integer Program of a quantised graph gives what the float
 * executor gives on the same fake-quantised graph, within the rounding that the row allows (in output steps).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TinymlError } from '../../../src/diagnostics/errors.ts';
import {
  float,
  type GraphBuilder,
  graphBuilder,
  int,
  ints,
  perChannel,
  perTensor,
} from '../../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../../src/graph/tensor.ts';
import type { Graph, Quant } from '../../../src/graph/types.ts';
import { lower } from '../../../src/lower/lower.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { createExecutor } from '../../../src/ops/execute.ts';
import { planMemory } from '../../../src/program/plan.ts';
import { createSampleRunner } from '../../../src/program/sample.ts';

const IN = perTensor(0.05, -3);
const OUT = perTensor(0.07, 5);

type Row = {
  readonly name: string;
  readonly input: readonly number[];
  readonly build: (g: GraphBuilder, x: string) => string;
  /** Largest difference in output steps: 0 where bytes only move. */
  readonly steps: number;
};

const random = seededRandom(7);
const weightData = (length: number): Int8Array =>
  Int8Array.from({ length }, () => Math.floor(random() * 255) - 127);

/** Per-channel int8 weights and their int32 bias. */
function weights(
  g: GraphBuilder,
  shape: readonly number[],
  axis: number,
  input: Quant = IN,
): readonly string[] {
  const channels = shape[axis]!;
  const scale = Array.from({ length: channels }, () => 0.002 + 0.004 * random());
  const size = shape.reduce((a, b) => a * b, 1);
  const w = g.constant('w', { dtype: 'int8', shape, data: weightData(size) }, perChannel(scale, axis));
  const biasScale = scale.map((s) => Math.fround(s) * input.scale[0]!);
  const bias = Int32Array.from({ length: channels }, () => Math.floor((random() - 0.5) * 4000));
  const b = g.constant(
    'b',
    { dtype: 'int32', shape: [channels], data: bias },
    perChannel(biasScale, 0, 'int32'),
  );
  return [w, b];
}

function conv(
  g: GraphBuilder,
  x: string,
  kernel: readonly number[],
  out: readonly number[],
  options: object,
): string {
  return g.node('Conv', [x, ...weights(g, kernel, 0)], {
    shape: out,
    quant: OUT,
    attributes: { ...options },
  });
}

const ROWS: readonly Row[] = [
  {
    name: 'Conv 3x3, stride 2, asymmetric padding',
    input: [1, 3, 7, 6],
    steps: 1,
    build: (g, x) =>
      conv(g, x, [5, 3, 3, 3], [1, 5, 4, 3], { strides: ints([2, 2]), pads: ints([0, 0, 2, 1]) }),
  },
  {
    name: 'Conv with another height than width, of kernel, stride and dilation',
    input: [1, 3, 9, 8],
    steps: 1,
    build: (g, x) =>
      conv(g, x, [4, 3, 3, 2], [1, 4, 5, 3], { strides: ints([1, 2]), dilations: ints([2, 3]) }),
  },
  {
    name: 'Conv with two groups and dilation',
    input: [1, 4, 8, 8],
    steps: 1,
    build: (g, x) => conv(g, x, [6, 2, 3, 3], [1, 6, 4, 4], { group: int(2), dilations: ints([2, 2]) }),
  },
  {
    name: 'depthwise Conv with multiplier 2',
    input: [1, 3, 6, 6],
    steps: 1,
    build: (g, x) => conv(g, x, [6, 1, 3, 3], [1, 6, 6, 6], { group: int(3), pads: ints([1, 1, 1, 1]) }),
  },
  {
    name: 'Conv over one spatial axis',
    input: [1, 4, 9],
    steps: 1,
    build: (g, x) => conv(g, x, [5, 4, 3], [1, 5, 9], { pads: ints([1, 1]) }),
  },
  {
    name: 'Conv with a fused Clip',
    input: [1, 3, 5, 5],
    steps: 1,
    build: (g, x) => {
      const y = g.node('Conv', [x, ...weights(g, [4, 3, 1, 1], 0)], { shape: [1, 4, 5, 5] });
      const bounds = [g.constant('lo', floatTensor([], [0])), g.constant('hi', floatTensor([], [1.5]))];
      return g.node('Clip', [y, ...bounds], { shape: [1, 4, 5, 5], quant: perTensor(0.01, -128) });
    },
  },
  {
    name: 'ConvTranspose with stride and padding',
    input: [1, 3, 4, 5],
    steps: 1,
    build: (g, x) =>
      g.node('ConvTranspose', [x, ...weights(g, [3, 4, 3, 3], 1)], {
        shape: [1, 4, 7, 9],
        quant: OUT,
        attributes: { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
      }),
  },
  {
    name: 'Flatten before Gemm: columns follow the channels-last bytes',
    input: [1, 3, 4, 5],
    steps: 1,
    build: (g, x) => {
      const pooled = g.node('MaxPool', [x], {
        shape: [1, 3, 2, 2],
        quant: IN,
        attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
      });
      const flat = g.node('Flatten', [pooled], { shape: [1, 12] });
      const attributes = { transB: int(1) };
      return g.node('Gemm', [flat, ...weights(g, [7, 12], 0)], { shape: [1, 7], quant: OUT, attributes });
    },
  },
  {
    name: 'Add of two scales with a fused Relu',
    input: [1, 3, 4, 4],
    steps: 1,
    build: (g, x) => {
      const other = g.node('HardSwish', [x], { shape: [1, 3, 4, 4], quant: perTensor(0.03, -40) });
      const sum = g.node('Add', [x, other], { shape: [1, 3, 4, 4] });
      return g.node('Relu', [sum], { shape: [1, 3, 4, 4], quant: perTensor(0.05, -128) });
    },
  },
  {
    name: 'Mul by a gate per channel',
    input: [1, 3, 4, 4],
    steps: 1,
    build: (g, x) => {
      const mean = g.node('GlobalAveragePool', [x], { shape: [1, 3, 1, 1], quant: IN });
      const gate = g.node('Sigmoid', [mean], { shape: [1, 3, 1, 1], quant: perTensor(1 / 256, -128) });
      return g.node('Mul', [gate, x], { shape: [1, 3, 4, 4], quant: OUT });
    },
  },
  {
    name: 'AveragePool that counts padding',
    input: [1, 2, 5, 5],
    steps: 1,
    build: (g, x) =>
      g.node('AveragePool', [x], {
        shape: [1, 2, 5, 5],
        quant: IN,
        attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]), count_include_pad: int(1) },
      }),
  },
  {
    name: 'AveragePool into another scale: rounded once',
    input: [1, 2, 6, 6],
    steps: 1,
    build: (g, x) =>
      g.node('AveragePool', [x], {
        shape: [1, 2, 3, 3],
        quant: OUT,
        attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
      }),
  },
  {
    name: 'AveragePool that counts padding into another scale: rounded once',
    input: [1, 2, 5, 5],
    steps: 1,
    build: (g, x) =>
      g.node('AveragePool', [x], {
        shape: [1, 2, 5, 5],
        quant: OUT,
        attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]), count_include_pad: int(1) },
      }),
  },
  {
    name: 'AveragePool with padding into another scale',
    input: [1, 2, 5, 5],
    steps: 2,
    build: (g, x) =>
      g.node('AveragePool', [x], {
        shape: [1, 2, 5, 5],
        quant: OUT,
        attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) },
      }),
  },
  {
    name: 'ReduceMean over space without its axes',
    input: [1, 4, 3, 5],
    steps: 1,
    build: (g, x) =>
      g.node('ReduceMean', [x, g.constant('axes', int64Tensor([2, 3]))], {
        shape: [1, 4],
        quant: IN,
        attributes: { keepdims: int(0) },
      }),
  },
  ...([[1], [2], [1, 2], [3], [2, 3]] as const).map(
    (axes): Row => ({
      name: `ReduceMean over axes ${axes.join(' and ')} of four`,
      input: [1, 4, 3, 5],
      steps: 1,
      build: (g, x) =>
        g.node('ReduceMean', [x, g.constant('axes', int64Tensor(axes))], {
          shape: [1, 4, 3, 5].map((size, axis) => ((axes as readonly number[]).includes(axis) ? 1 : size)),
          quant: IN,
        }),
    }),
  ),
  {
    name: 'ReduceMean over the middle of three axes',
    input: [2, 7, 3],
    steps: 1,
    build: (g, x) =>
      g.node('ReduceMean', [x, g.constant('axes', int64Tensor([1]))], {
        shape: [2, 3],
        quant: IN,
        attributes: { keepdims: int(0) },
      }),
  },
  {
    name: 'Transpose of more loops than a copy has',
    input: [2, 3, 2, 3, 2, 3],
    steps: 0,
    build: (g, x) =>
      g.node('Transpose', [x], {
        shape: [3, 2, 3, 2, 3, 2],
        quant: IN,
        attributes: { perm: ints([5, 4, 3, 2, 1, 0]) },
      }),
  },
  {
    name: 'MaxPool with dilation and padding',
    input: [1, 3, 7, 7],
    steps: 0,
    build: (g, x) =>
      g.node('MaxPool', [x], {
        shape: [1, 3, 5, 5],
        quant: IN,
        attributes: { kernel_shape: ints([3, 3]), dilations: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
      }),
  },
  {
    name: 'Softmax',
    input: [2, 9],
    steps: 1,
    build: (g, x) => g.node('Softmax', [x], { shape: [2, 9], quant: perTensor(1 / 256, -128) }),
  },
  {
    name: 'LeakyRelu as a table',
    input: [1, 3, 4, 4],
    steps: 1,
    build: (g, x) =>
      g.node('LeakyRelu', [x], { shape: [1, 3, 4, 4], quant: OUT, attributes: { alpha: float(0.1) } }),
  },
  {
    name: 'Mul by a scalar as a table',
    input: [1, 3, 2, 2],
    steps: 1,
    build: (g, x) =>
      g.node('Mul', [x, g.constant('half', floatTensor([1], [0.5]))], { shape: [1, 3, 2, 2], quant: OUT }),
  },
  {
    name: 'channel shuffle: Reshape, Transpose, Reshape between pools',
    input: [1, 6, 3, 4],
    steps: 0,
    build: (g, x) => {
      const attributes = { kernel_shape: ints([1, 1]) };
      const p = g.node('MaxPool', [x], { shape: [1, 6, 3, 4], quant: IN, attributes, name: 'p' });
      const split = g.node('Reshape', [p, g.constant('s1', int64Tensor([1, 2, 3, 3, 4]))], {
        shape: [1, 2, 3, 3, 4],
        quant: IN,
      });
      const swapped = g.node('Transpose', [split], {
        shape: [1, 3, 2, 3, 4],
        quant: IN,
        attributes: { perm: ints([0, 2, 1, 3, 4]) },
      });
      const merged = g.node('Reshape', [swapped, g.constant('s2', int64Tensor([1, 6, 3, 4]))], {
        shape: [1, 6, 3, 4],
        quant: IN,
        name: 'merged',
      });
      return g.node('MaxPool', [merged], { shape: [1, 6, 3, 4], quant: IN, attributes, name: 'q' });
    },
  },
  {
    name: 'Slice, Concat of two scales, Pad',
    input: [1, 4, 3, 3],
    steps: 1,
    build: (g, x) => {
      const c = (name: string, values: readonly number[]): string => g.constant(name, int64Tensor(values));
      const part = g.node('Slice', [x, c('from', [-3]), c('to', [-1]), c('axis', [1])], {
        shape: [1, 2, 3, 3],
        quant: IN,
      });
      const act = g.node('Tanh', [x], { shape: [1, 4, 3, 3], quant: perTensor(1 / 128, 0) });
      const both = g.node('Concat', [part, act], {
        shape: [1, 6, 3, 3],
        quant: OUT,
        attributes: { axis: int(1) },
      });
      const pads = c('pads', [0, 0, 1, 0, 0, 0, 0, 2]);
      return g.node('Pad', [both, pads], { shape: [1, 6, 4, 5], quant: OUT });
    },
  },
  {
    name: 'a model with NHWC input: the Transpose moves nothing',
    input: [1, 4, 5, 3],
    steps: 1,
    build: (g, x) => {
      const t = g.node('Transpose', [x], {
        shape: [1, 3, 4, 5],
        quant: IN,
        attributes: { perm: ints([0, 3, 1, 2]) },
      });
      return conv(g, t, [2, 3, 1, 1], [1, 2, 4, 5], {});
    },
  },
];

function graphOf(row: Row): Graph {
  const g = graphBuilder('g');
  const x = g.input('x', row.input, { quant: IN });
  g.output(row.build(g, x));
  return g.build();
}

for (const row of ROWS) {
  test(row.name, () => {
    const graph = graphOf(row);
    const program = lower(graph);
    const plan = planMemory(program, { library: 'builtin', core: { dsp: true, mve: false } });
    const run = createSampleRunner(program, plan);
    const executor = createExecutor(graph);
    const { scale } = graph.values.get(graph.outputs[0]!.value)!.quant!;
    for (let round = 0; round < 5; round++) {
      const length = row.input.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length }, () => (random() - 0.5) * 14);
      const want = executor.run([{ dtype: 'float32', shape: row.input, data }])[0]!.data as Float32Array;
      const got = run([data])[0]!;
      assert.equal(got.length, want.length);
      got.forEach((value, i) => {
        const steps = Math.abs(value - want[i]!) / scale[0]!;
        assert.ok(
          steps <= row.steps + 1e-3,
          `element ${i}: ${value} for ${want[i]}, ${steps.toFixed(2)} steps off`,
        );
      });
    }
  });
}

test('a Transpose to channels last, and a pixel-wise Flatten, make no steps', () => {
  const program = lower(graphOf(ROWS.find(({ name }) => name.includes('NHWC'))!));
  assert.deepEqual(
    program.steps.map(({ kernel }) => kernel).filter((kernel) => kernel === 'copy_s8'),
    [],
  );
});

test('everything that has no int8 form is reported at once, with its node', () => {
  const g = graphBuilder('g');
  const x = g.input('x', [1, 4, 3, 3], { quant: IN });
  const y = g.node('Einsum', [x], { shape: [1, 4, 3, 3], quant: OUT, name: 'first' });
  const z = g.node('ReduceProd', [x], { shape: [1, 4, 3, 3], quant: OUT, name: 'second' });
  g.output(y);
  g.output(z);
  assert.throws(
    () => lower(g.build()),
    ({ code, message, at }: TinymlError) => {
      assert.deepEqual([code, message, at.length], ['E_OP', '2 nodes have no int8 form', 2]);
      assert.match(at[0]!, /^node "first" \(Einsum\): Einsum has no int8 kernel; rewrite this part/);
      assert.match(
        at[1]!,
        /^node "second" \(ReduceProd\): ReduceProd has no int8 kernel; multiply slices of it/,
      );
      return true;
    },
  );
});

test('windows wholly in the padding and very long rows have no int8 form', () => {
  const pooled = graphBuilder('g');
  const image = pooled.input('x', [1, 1, 2, 2], { quant: IN });
  const attributes = { kernel_shape: ints([1, 1]), pads: ints([1, 1, 1, 1]) };
  pooled.output(pooled.node('AveragePool', [image], { shape: [1, 1, 4, 4], quant: IN, attributes }));
  assert.throws(() => lower(pooled.build()), { code: 'E_OP', message: /wholly in the padding/ });

  for (const length of [8191, 8192]) {
    const g = graphBuilder('g');
    const x = g.input('x', [1, length], { quant: IN });
    g.output(g.node('Softmax', [x], { shape: [1, length], quant: perTensor(1 / 256, -128) }));
    if (length < 8192) assert.doesNotThrow(() => lower(g.build()));
    else assert.throws(() => lower(g.build()), { code: 'E_OP', message: /more than 8191 values/ });
  }
});

test('a float graph is refused with the command that quantises it', () => {
  const g = graphBuilder('g');
  const x = g.input('x', [1, 4]);
  g.output(g.node('Relu', [x], { shape: [1, 4] }));
  assert.throws(() => lower(g.build()), { code: 'E_QUANT', hint: /tinyml quantize/ });
});

test('a sum is rescaled as TFLite does: by half of the larger scale, twenty bits higher', () => {
  const [qa, qb, qy] = [perTensor(0.05, -3), perTensor(0.02, 11), perTensor(0.07, 5)];
  const g = graphBuilder('sum');
  const [a, b] = [
    g.input('a', [1, 8], { quant: qa, port: 'int8' }),
    g.input('b', [1, 8], { quant: qb, port: 'int8' }),
  ];
  g.output(g.node('Add', [a, b], { shape: [1, 8], quant: qy }), { name: 'y', dtype: 'int8' });
  const [step] = lower(g.build()).steps;
  assert.ok(step?.kernel === 'add_s8');
  const { params: p } = step;
  const real = (multiplier: number, shift: number): number => multiplier * 2 ** (shift - 31);
  const near = (actual: number, expected: number): void =>
    assert.ok(Math.abs(actual / expected - 1) < 2 ** -22, `${actual}, not ${expected}`);
  assert.equal(p.leftShift, 20);
  near(real(p.input1Multiplier, p.input1Shift), 0.5);
  near(real(p.input2Multiplier, p.input2Shift), 0.2);
  near(real(p.outputMultiplier, p.outputShift), (2 * 0.05) / (2 ** 20 * 0.07));
  assert.deepEqual([p.input1Offset, p.input2Offset, p.outputOffset], [3, -11, 5]);
});
