/** Float graphs on the engine: the meaning of the operators within float32 rounding, and the same bits on every engine. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Kernels } from '../../src/engine/load.ts';
import { createExecutor, type Seen } from '../../src/execute/float.ts';
import { float, type GraphBuilder, int, ints, string } from '../../src/graph/build.ts';
import { elementCount, floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Attribute, Graph, Tensor } from '../../src/graph/types.ts';
import { lowerFloat } from '../../src/lower/float32/lower.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { createExecutor as createReference } from '../../src/ops/execute.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { compiledKernels } from '../engine/programs.ts';
import { floatGraph, randomInputs, randomNumbers, randomTensor } from '../passes/helpers.ts';

const compiled = compiledKernels();
const typescript: Kernels = { kind: 'typescript', reason: 'the test' };
const [fastest = typescript] = compiled.filter(({ library, isa }) => isa === library.isas.at(-1));

/** float32 sums of n terms in a chain are off by up to n half units; of random terms by far less. */
const TOLERANCE = 2e-6;

/** Every computed float32 value. */
function realValues(graph: Graph): ReadonlySet<string> {
  const values = [...graph.values.values()].filter(({ name, dtype }) => {
    return dtype === 'float32' && !graph.constants.has(name);
  });
  return new Set(values.map(({ name }) => name));
}

/** A value in ONNX order. */
function plain({ shape, layout, data }: Seen): Tensor {
  const steps = layout.map((axis) => elementCount(shape.slice(axis + 1)));
  const sizes = layout.map((axis) => shape[axis]!);
  const index = layout.map(() => 0);
  const result = new Float32Array(data.length);
  let at = 0;
  for (const value of data) {
    result[at] = value;
    for (let k = sizes.length - 1; k >= 0; k--) {
      at += steps[k]!;
      index[k]!++;
      if (index[k]! < sizes[k]!) break;
      at -= steps[k]! * sizes[k]!;
      index[k] = 0;
    }
  }
  return floatTensor(shape, result);
}

/** Within `tolerance` of the largest element. */
function assertNear(actual: Tensor, expected: Tensor, tolerance: number, what: string): void {
  assert.deepEqual(actual.shape, expected.shape, `${what}: shape`);
  const [a, e] = [actual.data as Float32Array, expected.data as Float32Array];
  const largest = e.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-30);
  const error = e.reduce((most, x, i) => Math.max(most, Math.abs(a[i]! - x)), 0);
  assert.ok(error <= tolerance * largest, `${what}: off by ${error}, the largest element is ${largest}`);
}

/** Runs a graph, watching the given values; copies of what was seen. */
function trace(graph: Graph, watch: ReadonlySet<string>, kernels: Kernels, inputs: readonly Tensor[]) {
  const seen = new Map<string, Tensor>();
  const outputs = createExecutor(graph, { watch, kernels }).run(inputs, (name, value) => {
    assert.ok(!seen.has(name), `${name} is shown twice`);
    seen.set(name, plain(value));
  });
  return { seen, outputs };
}

/** Asserts that the engine gives the reference's outputs and values, watched or not. */
function assertMeaning(graph: Graph, kernels: Kernels, seed = 1, tolerance = TOLERANCE): void {
  const inputs = randomInputs(graph, seed);
  const want = new Map<string, Tensor>();
  const wanted = createReference(graph).run(inputs, (name, tensor) => want.set(name, tensor));
  const watch = realValues(graph);
  const { seen, outputs } = trace(graph, watch, kernels, inputs);
  assert.deepEqual([...seen.keys()].sort(), [...watch].sort(), 'every watched value is shown');
  for (const [name, tensor] of seen) assertNear(tensor, want.get(name)!, tolerance, name);
  const unwatched = trace(graph, new Set(), kernels, inputs).outputs;
  graph.outputs.forEach((port, i) => {
    assertNear(outputs[i]!, wanted[i]!, tolerance, `output ${port.name}, all values watched`);
    assertNear(unwatched[i]!, wanted[i]!, tolerance, `output ${port.name}, no value watched`);
  });
}

/** Kernels of the steps of a graph in order; operators that stay nodes in brackets. */
function formOf(graph: Graph, watch: ReadonlySet<string> = new Set()): string {
  return lowerFloat(graph, watch)
    .flatMap((part) =>
      part.kind === 'node' ? [`[${part.node.op}]`] : part.program.steps.map((step) => step.kernel),
    )
    .join(' ');
}

type Attributes = Readonly<Record<string, Attribute>>;

function conv(b: GraphBuilder, x: string, shape: readonly number[], attributes: Attributes = {}): string {
  const name = `conv_${shape.join('_')}`;
  const w = b.constant(`${name}_w`, randomTensor(shape, 5));
  const bias = b.constant(`${name}_b`, randomTensor([shape[0]!], 6));
  return b.node('Conv', [x, w, bias], { name, attributes });
}

const oneConv = (input: readonly number[], weights: readonly number[], attributes: Attributes = {}): Graph =>
  floatGraph((b) => b.output(conv(b, b.input('x', input), weights, attributes)));

/** A graph of one node behind a Conv, so that there is an image in NHWC. */
const behindConv = (make: (b: GraphBuilder, image: string) => string): Graph =>
  floatGraph((b) => b.output(make(b, conv(b, b.input('x', [1, 3, 6, 5]), [4, 3, 1, 1]))));

const oneConvTranspose = (
  input: readonly number[],
  weights: readonly number[],
  attributes: Attributes = {},
): Graph =>
  floatGraph((b) => {
    const operands = [b.input('x', input), b.constant('w', randomTensor(weights, 5))];
    b.output(b.node('ConvTranspose', operands, { name: 'y', attributes }));
  });

const numbers = (b: GraphBuilder, name: string, values: readonly number[]): string =>
  b.constant(name, int64Tensor(values));

const scalar = (b: GraphBuilder, name: string, value: number): string =>
  b.constant(name, floatTensor([], [value]));

const pool = (op: string, attributes: Attributes): Graph =>
  behindConv((b, x) => b.node(op, [x], { name: 'y', attributes }));

/** What each graph becomes: copies at the border change the order of the axes. */
const FORMS: readonly (readonly [name: string, form: string, graph: Graph])[] = [
  [
    'Conv with padding, strides and dilations',
    'copy_f32 conv2d_f32 copy_f32',
    oneConv([2, 3, 9, 7], [5, 3, 3, 2], {
      pads: ints([1, 0, 2, 1]),
      strides: ints([2, 1]),
      dilations: ints([1, 2]),
    }),
  ],
  [
    'Conv along one axis',
    'copy_f32 conv2d_f32 copy_f32',
    oneConv([1, 4, 11], [6, 4, 3], { auto_pad: string('SAME_UPPER') }),
  ],
  ['grouped Conv', 'copy_f32 conv2d_f32 copy_f32', oneConv([1, 6, 5, 5], [4, 3, 3, 3], { group: int(2) })],
  [
    'depthwise Conv with a multiplier',
    'copy_f32 conv2d_f32 copy_f32',
    oneConv([1, 3, 5, 5], [6, 1, 3, 3], { group: int(3), pads: ints([1, 1, 1, 1]) }),
  ],
  [
    'ConvTranspose with padding, strides, dilations and a Relu in it',
    'copy_f32 conv2d_f32 conv_transpose2d_f32 copy_f32',
    behindConv((b, x) => {
      const attributes = {
        pads: ints([1, 0, 2, 1]),
        strides: ints([2, 3]),
        dilations: ints([1, 2]),
        output_padding: ints([1, 2]),
      };
      const operands = [
        x,
        b.constant('t_w', randomTensor([4, 5, 3, 2], 7)),
        b.constant('t_b', randomTensor([5], 8)),
      ];
      return b.node('Relu', [b.node('ConvTranspose', operands, { name: 't', attributes })], { name: 'y' });
    }),
  ],
  [
    'ConvTranspose along one axis, of twice the size',
    'copy_f32 conv_transpose2d_f32 copy_f32',
    oneConvTranspose([1, 4, 7], [4, 3, 3], { strides: ints([2]), auto_pad: string('SAME_LOWER') }),
  ],
  [
    'grouped ConvTranspose',
    '[ConvTranspose]',
    oneConvTranspose([1, 4, 5, 5], [4, 2, 3, 3], { group: int(2) }),
  ],
  [
    'ConvTranspose of a stated size',
    'copy_f32 conv_transpose2d_f32 copy_f32',
    oneConvTranspose([1, 4, 5, 5], [4, 2, 3, 3], { output_shape: ints([6, 6]) }),
  ],
  ['Conv over three axes', '[Conv]', oneConv([1, 2, 4, 4, 4], [3, 2, 2, 2, 2])],
  [
    'Conv with weights that are computed',
    '[Conv]',
    floatGraph((b) => b.output(b.node('Conv', [b.input('x', [1, 2, 4, 4]), b.input('w', [3, 2, 3, 3])]))),
  ],
  [
    'Relu in its Conv',
    'copy_f32 conv2d_f32 copy_f32',
    behindConv((b, x) => b.node('Relu', [x], { name: 'y' })),
  ],
  [
    'Clip in its Conv',
    'copy_f32 conv2d_f32 copy_f32',
    behindConv((b, x) => b.node('Clip', [x, scalar(b, 'low', -0.5), scalar(b, 'high', 0.5)], { name: 'y' })),
  ],
  [
    'Relu of a value that is read twice',
    'copy_f32 conv2d_f32 clamp_f32 add_f32 copy_f32',
    behindConv((b, x) => b.node('Add', [b.node('Relu', [x], { name: 'r' }), x], { name: 'y' })),
  ],
  [
    'Clip with bounds the wrong way round',
    'copy_f32 conv2d_f32 copy_f32',
    behindConv((b, x) => b.node('Clip', [x, scalar(b, 'low', 1), scalar(b, 'high', -1)], { name: 'y' })),
  ],
  [
    'Gemm behind Flatten: the weights are in the order of the image',
    'copy_f32 conv2d_f32 fully_connected_f32',
    behindConv((b, x) => {
      const flat = b.node('Flatten', [x], { name: 'flat' });
      const w = b.constant('w', randomTensor([7, 120], 8));
      return b.node('Gemm', [flat, w], { name: 'y', attributes: { transB: int(1) } });
    }),
  ],
  [
    'Gemm with factors',
    '[Gemm]',
    floatGraph((b) => {
      const w = b.constant('w', randomTensor([4, 3], 8));
      b.output(b.node('Gemm', [b.input('x', [2, 4]), w], { attributes: { alpha: float(0.5) } }));
    }),
  ],
  [
    'Add of a constant of the same shape',
    'copy_f32 conv2d_f32 add_f32 copy_f32',
    behindConv((b, x) => b.node('Add', [b.constant('c', randomTensor([1, 4, 6, 5], 9)), x], { name: 'y' })),
  ],
  [
    'Sum of two and of three',
    'copy_f32 conv2d_f32 add_f32 binary_f32 binary_f32 copy_f32',
    behindConv((b, x) => b.node('Sum', [b.node('Sum', [x, x], { name: 's' }), x, x], { name: 'y' })),
  ],
  [
    'Add that broadcasts',
    'copy_f32 conv2d_f32 binary_f32 copy_f32',
    behindConv((b, x) => b.node('Add', [x, b.constant('c', randomTensor([6, 5], 9))], { name: 'y' })),
  ],
  [
    'arithmetic with one number for each channel, Relu with the last',
    'copy_f32 conv2d_f32 depthwise_conv2d_f32 depthwise_conv2d_f32 depthwise_conv2d_f32 depthwise_conv2d_f32 copy_f32',
    behindConv((b, x) => {
      const channel = (name: string): string => b.constant(name, randomTensor([4, 1, 1], 10));
      const a = b.node('Add', [x, channel('a')], { name: 'sum' });
      const s = b.node('Sub', [channel('s'), a], { name: 'difference' });
      const m = b.node('Mul', [s, channel('m')], { name: 'product' });
      return b.node('Relu', [b.node('Div', [m, scalar(b, 'd', 3)], { name: 'quotient' })], { name: 'y' });
    }),
  ],
  [
    'gate of a squeeze-excite, written first',
    'copy_f32 conv2d_f32 avg_pool2d_f32 mul_f32 copy_f32',
    behindConv((b, x) =>
      b.node('Mul', [b.node('GlobalAveragePool', [x], { name: 'gate' }), x], { name: 'y' }),
    ),
  ],
  [
    'product of images',
    'copy_f32 conv2d_f32 mul_f32 copy_f32',
    behindConv((b, x) => b.node('Mul', [x, x], { name: 'y' })),
  ],
  [
    'MaxPool with padding and dilations',
    'copy_f32 conv2d_f32 max_pool2d_f32 copy_f32',
    pool('MaxPool', { kernel_shape: ints([2, 2]), dilations: ints([2, 1]), pads: ints([1, 1, 1, 1]) }),
  ],
  [
    'AveragePool that counts its padding',
    'copy_f32 conv2d_f32 avg_pool2d_f32 copy_f32',
    pool('AveragePool', { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]), count_include_pad: int(1) }),
  ],
  [
    'AveragePool that does not',
    'copy_f32 conv2d_f32 avg_pool2d_f32 copy_f32',
    pool('AveragePool', { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]), strides: ints([2, 2]) }),
  ],
  [
    'AveragePool that counts padding and reaches beyond it',
    'copy_f32 conv2d_f32 copy_f32 [AveragePool]',
    pool('AveragePool', {
      kernel_shape: ints([3, 3]),
      strides: ints([2, 2]),
      pads: ints([0, 1, 0, 1]),
      count_include_pad: int(1),
      ceil_mode: int(1),
    }),
  ],
  ['GlobalMaxPool', 'copy_f32 conv2d_f32 max_pool2d_f32', pool('GlobalMaxPool', {})],
  [
    'ReduceMean over the image, and over the channels',
    'copy_f32 conv2d_f32 avg_pool2d_f32 reduce_f32',
    behindConv((b, x) => {
      const mean = b.node('ReduceMean', [x, numbers(b, 'axes', [2, -1])], { name: 'mean' });
      return b.node('ReduceMean', [mean, numbers(b, 'axis', [1])], { name: 'y' });
    }),
  ],
  [
    'views and copies',
    'copy_f32 conv2d_f32 copy_f32 copy_f32',
    behindConv((b, x) => {
      const t = b.node('Transpose', [x], { name: 't', attributes: { perm: ints([0, 3, 1, 2]) } });
      const bounds = ['starts', 'ends', 'axes', 'steps'].map((name, i) =>
        numbers(b, name, [[-1], [-9], [2], [-2]][i]!),
      );
      const s = b.node('Slice', [t, ...bounds], { name: 's' });
      return b.node('Concat', [s, s], { name: 'y', attributes: { axis: int(1) } });
    }),
  ],
  [
    'Concat with a constant',
    'copy_f32 conv2d_f32 copy_f32 copy_f32 copy_f32',
    behindConv((b, x) => {
      const c = b.constant('c', randomTensor([1, 2, 6, 5], 11));
      return b.node('Concat', [x, c], { name: 'y', attributes: { axis: int(1) } });
    }),
  ],
  [
    'Pad with a number, by reflection, and by edges, by copies or by places',
    `copy_f32 conv2d_f32 copy_f32 copy_f32 copy_f32 ${'copy_f32 '.repeat(8 + 2)}gather_f32 gather_f32 gather_f32 copy_f32`,
    behindConv((b, x) => {
      const pads = numbers(b, 'pads', [0, 1, -1, 0, 0, 0, 2, 1]);
      const padded = b.node('Pad', [x, pads, scalar(b, 'fill', -3)], { name: 'padded' });
      const mirrored = b.node('Pad', [padded, pads], {
        name: 'mirrored',
        attributes: { mode: string('reflect') },
      });
      const edge = { mode: string('edge') };
      const along = numbers(b, 'along', [0, 0, 3, 0, 0, 0, 2, 0]);
      const wide = b.node('Pad', [mirrored, along], { name: 'wide', attributes: edge });
      const around = numbers(b, 'around', [0, 2, 2, 2, 0, 2, 2, 2]);
      return b.node('Pad', [wide, around], { name: 'y', attributes: edge });
    }),
  ],
  [
    'functions of each element, in the order in which it lies',
    'copy_f32 conv2d_f32 unary_f32 unary_f32 unary_f32 trigonometry_f32 copy_f32',
    behindConv((b, x) => {
      const gelu = b.node('Gelu', [x], { name: 'gelu' });
      const square = b.node('Pow', [gelu, scalar(b, 'two', 2)], { name: 'square' });
      return b.node('Sin', [b.node('Sqrt', [square], { name: 'root' })], { name: 'y' });
    }),
  ],
  [
    'powers, the greatest and a slope for each channel',
    'copy_f32 conv2d_f32 unary_f32 power_f32 binary_f32 binary_f32 copy_f32',
    behindConv((b, x) => {
      const power = b.node('Pow', [b.node('Sigmoid', [x], { name: 's' }), scalar(b, 'e', 1.7)], {
        name: 'p',
      });
      const most = b.node('Max', [power, b.constant('c', randomTensor([5], 9))], { name: 'most' });
      return b.node('PRelu', [most, b.constant('slope', randomTensor([4, 1, 1], 9))], { name: 'y' });
    }),
  ],
  [
    'softmax over channels, normalisation of images and of rows',
    'copy_f32 conv2d_f32 normalize_f32 softmax_f32 copy_f32 normalize_f32 copy_f32 lrn_f32 copy_f32',
    behindConv((b, x) => {
      const group = ['scale', 'bias'].map((name, i) => b.constant(name, randomTensor([4], 12 + i)));
      const g = b.node('GroupNormalization', [x, ...group], {
        name: 'g',
        attributes: { num_groups: int(2) },
      });
      const s = b.node('Softmax', [g], { name: 's', attributes: { axis: int(1) } });
      const row = ['gamma', 'beta'].map((name, i) => b.constant(name, randomTensor([5], 14 + i)));
      const l = b.node('LayerNormalization', [s, ...row], { name: 'l' });
      return b.node('LRN', [l], { name: 'y', attributes: { size: int(3) } });
    }),
  ],
  [
    'attention: products of what is computed, heads in the order of their tokens',
    'batch_matmul_f32 softmax_f32 batch_matmul_f32',
    floatGraph((b) => {
      const heads = (name: string, perm: readonly number[]): string => {
        const x = b.node('Reshape', [b.input(name, [2, 7, 12]), numbers(b, `${name}_shape`, [2, 7, 3, 4])]);
        return b.node('Transpose', [x], { attributes: { perm: ints(perm) } });
      };
      const scores = b.node('MatMul', [heads('q', [0, 2, 1, 3]), heads('k', [0, 2, 3, 1])], {
        name: 'scores',
      });
      const weights = b.node('Softmax', [scores], { name: 'weights' });
      b.output(b.node('MatMul', [weights, heads('v', [0, 2, 1, 3])], { name: 'y' }));
    }),
  ],
  [
    'operators that are one step in integers: x sigmoid(x), masked Softmax, linear attention',
    'unary_f32 binary_f32 softmax_f32 copy_f32 copy_f32 clamp_f32 batch_matmul_f32 clamp_f32 batch_matmul_f32 copy_f32 depthwise_conv2d_f32 binary_f32',
    floatGraph((b) => {
      const q = b.node('tinyml::Silu', [b.input('q', [2, 3, 4, 4])], { name: 'silu' });
      const below = Float32Array.from({ length: 16 }, (_, i) => (i % 4 > i >> 2 ? -10000 : 0));
      const mask = b.constant('mask', floatTensor([4, 4], below));
      const k = b.node('tinyml::MaskedSoftmax', [q, mask], { name: 'k' });
      const v = b.input('v', [2, 3, 5, 4]);
      b.output(b.node('tinyml::LinearAttention', [q, k, v], { name: 'y' }));
    }),
  ],
  ...(['RNN', 'GRU', 'LSTM'] as const).map((op, i): readonly [string, string, Graph] => [
    `${op} in both directions, from states that are given`,
    op === 'LSTM'
      ? 'copy_f32 copy_f32 copy_f32 copy_f32 recurrent_f32 recurrent_f32'
      : 'copy_f32 copy_f32 recurrent_f32 recurrent_f32',
    floatGraph((b) => {
      const rows = [1, 3, 4][i]! * 5;
      const weights = [
        [2, rows, 3],
        [2, rows, 5],
        [2, 2 * rows],
      ].map((shape, k) => b.constant(`w${k}`, randomTensor(shape, 20 + k)));
      const states = ['h', 'c'].slice(0, op === 'LSTM' ? 2 : 1).map((name) => b.input(name, [2, 2, 5]));
      const inputs = [b.input('x', [4, 2, 3]), ...weights, '', ...states];
      const attributes = { hidden_size: int(5), direction: string('bidirectional') };
      b.output(b.node(op, inputs, { attributes }));
    }),
  ]),
  [
    'reductions that keep their axes, and that do not',
    'reduce_f32 reduce_f32 copy_f32 reduce_f32',
    floatGraph((b) => {
      const x = b.input('x', [3, 4, 5]);
      const exp = b.node('ReduceLogSumExp', [x, numbers(b, 'one', [1])], { name: 'e' });
      const root = b.node('ReduceL2', [exp, numbers(b, 'last', [-1])], { attributes: { keepdims: int(0) } });
      b.output(root);
      b.output(b.node('ReduceProd', [x, numbers(b, 'ends', [0, 2])], { name: 'p' }));
    }),
  ],
  [
    'an operator without a kernel between two with one',
    'copy_f32 conv2d_f32 copy_f32 [Trilu] copy_f32 conv2d_f32 copy_f32',
    behindConv((b, x) => conv(b, b.node('Trilu', [x], { name: 's' }), [2, 4, 2, 2])),
  ],
  [
    'no operator with a kernel of its own: nothing moves into a Program',
    '[Transpose] [Trilu] [Reshape]',
    floatGraph((b) => {
      const t = b.node('Transpose', [b.input('x', [2, 3])], { name: 't' });
      const s = b.node('Trilu', [t], { name: 's' });
      b.output(b.node('Reshape', [s, numbers(b, 'shape', [6])], { name: 'y' }));
    }),
  ],
];

for (const [name, form, graph] of FORMS) {
  test(`${name}: ${form}`, () => {
    assert.equal(formOf(graph), form);
    assertMeaning(graph, typescript);
    assertMeaning(graph, fastest, 2);
  });
}

test('windows beyond the bounds of the engine stay nodes', () => {
  const far = { pads: ints([2 ** 19, 0, 2 ** 19, 0]), strides: ints([2 ** 18, 1]) };
  assert.equal(formOf(oneConv([1, 512, 4, 4], [1, 512, 3, 3], far)), '[Conv]');
  const wide = { kernel_shape: ints([2 ** 13, 2 ** 10]), pads: ints([2 ** 13 - 1, 2 ** 10 - 1, 0, 0]) };
  const huge = floatGraph((b) =>
    b.output(b.node('MaxPool', [b.input('x', [1, 1, 8, 8])], { attributes: wide })),
  );
  assert.equal(formOf(huge), '[MaxPool]');
});

test('what is watched is shown before an activation or a step in place changes it', () => {
  const graph = behindConv((b, x) => b.node('Relu', [x], { name: 'y' }));
  const [name] = graph.nodes.map((node) => node.outputs[0]!) as [string];
  assert.equal(formOf(graph), 'copy_f32 conv2d_f32 copy_f32');
  assert.equal(formOf(graph, new Set([name])), 'copy_f32 conv2d_f32 clamp_f32 copy_f32');
  const { seen } = trace(graph, new Set([name]), fastest, randomInputs(graph, 3));
  assert.deepEqual([...seen.keys()], [name]);
  assert.ok((seen.get(name)!.data as Float32Array).some((value) => value < 0));
});

/** Images of [1, channels, 6, 6] through random nodes, two of which may meet again. */
function randomNetwork(seed: number): Graph {
  const random = randomNumbers(seed);
  const below = (end: number): number => Math.floor(((random() + 1) / 2) * end);
  return floatGraph((b) => {
    type Image = { readonly value: string; readonly channels: number };
    const images: Image[] = [{ value: b.input('x', [1, 4, 6, 6]), channels: 4 }];
    const same = { pads: ints([1, 1, 1, 1]) };
    for (let i = 0; i < 14; i++) {
      const { value, channels } = images[Math.max(0, images.length - 1 - below(3))]!;
      const name = `n${i}`;
      const weights = (shape: readonly number[]): string =>
        b.constant(`w${i}`, randomTensor(shape, seed + i, 0.5));
      const keep = (op: string, attributes: Attributes = {}, ...more: string[]): Image => ({
        value: b.node(op, [value, ...more], { name, attributes }),
        channels,
      });
      const twin = images.filter((image) => image.channels === channels).at(-2) ?? { value, channels };
      const makers: readonly (() => Image)[] = [
        () => ({
          value: b.node('Conv', [value, weights([8, channels, 3, 3])], { name, attributes: same }),
          channels: 8,
        }),
        () => ({ value: b.node('Conv', [value, weights([4, channels, 1, 1])], { name }), channels: 4 }),
        () => keep('Conv', { ...same, group: int(channels) }, weights([channels, 1, 3, 3])),
        () => keep('Relu'),
        () => keep('Sigmoid'),
        () => keep('Add', {}, twin.value),
        () => keep('Mul', {}, weights([1, channels, 1, 1])),
        () => keep('MaxPool', { ...same, kernel_shape: ints([3, 3]) }),
        () => keep('AveragePool', { ...same, kernel_shape: ints([3, 3]) }),
        () => ({
          value: b.node('Concat', [value, twin.value], { name, attributes: { axis: int(1) } }),
          channels: 2 * channels,
        }),
        () => {
          const t = b.node('Transpose', [value], {
            name: `${name}_t`,
            attributes: { perm: ints([0, 1, 3, 2]) },
          });
          return { value: b.node('Clip', [t, scalar(b, `${name}_low`, -0.25)], { name }), channels };
        },
        () => {
          const shape = numbers(b, `${name}_shape`, [1, channels, 4, 9]);
          const back = numbers(b, `${name}_back`, [1, channels, 6, 6]);
          const wide = b.node('Reshape', [value, shape], { name: `${name}_wide` });
          return { value: b.node('Reshape', [wide, back], { name }), channels };
        },
      ];
      images.push(makers[below(makers.length)]!());
    }
    b.output(images.at(-1)!.value);
    b.output(images.at(-2)!.value);
  });
}

for (let seed = 1; seed <= 20; seed++) {
  test(`random network ${seed}: the meaning of its nodes, in the same bits everywhere`, () => {
    const graph = randomNetwork(seed);
    assertMeaning(graph, typescript, seed);
    const watch = new Set([...realValues(graph)].filter((_, i) => i % 3 === seed % 3));
    const inputs = randomInputs(graph, seed);
    const want = trace(graph, watch, typescript, inputs);
    for (const kernels of compiled) {
      assert.deepEqual(trace(graph, watch, kernels, inputs), want, `${kernels.kind} ${kernels.isa}`);
    }
  });
}

test('runs do not disturb each other, and outputs are copies', () => {
  const graph = randomNetwork(1);
  const executor = createExecutor(graph, { kernels: fastest });
  const [first, second] = [randomInputs(graph, 1), randomInputs(graph, 2)];
  const before = executor.run(first);
  const kept = structuredClone(before);
  executor.run(second);
  assert.deepEqual(before, kept, 'a later run changed earlier outputs');
  assert.deepEqual(executor.run(first), kept);
});

test('inputs that do not fit are refused', () => {
  const executor = createExecutor(oneConv([1, 3, 5, 5], [2, 3, 3, 3]), { kernels: typescript });
  assert.throws(() => executor.run([]), { code: 'E_DATA' });
  assert.throws(() => executor.run([randomTensor([1, 3, 5, 4], 1)]), { code: 'E_DATA' });
});

const models = join(packageRoot(), '..', 'shared', 'models');
const skip = existsSync(models) ? false : 'the real models are not on this machine';

for (const [file, programs] of [
  ['mlperf-tiny/ic-float.onnx', 1],
  ['mlperf-tiny/kws-float.onnx', 1],
  ['mlperf-tiny/ad-float.onnx', 1],
  ['mlperf-tiny/vww-float.onnx', 1],
  ['zoo/shufflenet_v2_x0_5.dynamo.onnx', 1],
  ['zoo/tsm_online.torchscript.onnx', 1],
  ['zoo/unet_tiny.torchscript.onnx', 1],
  ['zoo/kws_tcn.dynamo.onnx', 1],
  ['zoo/kws_gru.torchscript.onnx', 1],
  ['zoo/conv_ae.dynamo.onnx', 1],
] as const) {
  test(`${file}: every value is that of the operators, in ${programs} programs`, { skip }, async () => {
    const graph = prepareGraph(await loadModel(join(models, file)));
    const parts = lowerFloat(graph, new Set());
    assert.equal(parts.filter(({ kind }) => kind === 'program').length, programs);
    assertMeaning(graph, fastest, 4, 1e-5);
  });
}
