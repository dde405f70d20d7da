/** Operators of many ranks, axes and layouts: the integers are those of float within rounding, in kernels that are named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeProto } from '../../src/onnx/proto.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { floats, int64s, node, valueInfo } from '../onnx/models.ts';
import { type Inputs, readModel, uniform, wholeWay } from './whole-way.ts';

type Shape = readonly number[];
type Constant = { readonly shape: Shape; readonly values: readonly number[] };
type Attributes = Parameters<typeof node>[3];

const size = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);
const waves = (shape: Shape, shift = 0): Constant => ({
  shape,
  values: Array.from({ length: size(shape) }, (_, i) => Math.sin(1.7 * i + 0.3) + shift),
});

type Form = {
  readonly op: string;
  /** Of inputs a, b, c ... of the model, as far as `inputs` names them. */
  readonly shapes: readonly Shape[];
  readonly inputs?: readonly string[];
  readonly constants?: Readonly<Record<string, Constant | readonly bigint[] | readonly number[]>>;
  readonly attributes?: Attributes;
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly least?: number;
  readonly kernels?: readonly string[];
  /** Convolutions before it, so that values lie channels last. */
  readonly channelsLast?: boolean;
  readonly samples?: (inputs: Inputs) => Inputs;
};

/** One node, or one behind convolutions, by the whole way. */
async function check(form: Form): Promise<void> {
  const { op, shapes, constants = {}, attributes = {}, opset = 18, least = 34 } = form;
  const names = shapes.map((_, i) => 'abcdefgh'[i]!);
  const behind = (name: string): string => (form.channelsLast ? `${name}_c` : name);
  const read = form.inputs ?? [...names, ...Object.keys(constants)];
  const inputs = read.map((name) => (names.includes(name) ? behind(name) : name));
  const convs: NodeProto[] = form.channelsLast
    ? names.map((name) => node('Conv', [name, `${name}_w`], [`${name}_c`], { kernel_shape: [1, 1] }))
    : [];
  const weights = form.channelsLast
    ? names.map((name, i) => {
        const channels = shapes[i]![1]!;
        const w = waves([channels, channels, 1, 1]);
        return floats(`${name}_w`, w.shape, w.values);
      })
    : [];
  const float = readModel(
    {
      node: [...convs, node(op, inputs, form.outputs ?? ['y'], attributes)],
      initializer: [
        ...weights,
        ...Object.entries(constants).map(([name, constant]) =>
          'shape' in constant
            ? floats(name, constant.shape, constant.values)
            : typeof constant[0] === 'bigint'
              ? int64s(name, constant.map(Number))
              : floats(name, [constant.length], constant as readonly number[]),
        ),
      ],
      input: names.map((name, i) => valueInfo(name, shapes[i]!)),
      output: (form.outputs ?? ['y']).map((name) => valueInfo(name, null)),
    },
    opset,
  );
  const samples = uniform(float, 8);
  const { sqnr, program } = await wholeWay(float, form.samples?.(samples) ?? samples);
  const what = `${op} of ${shapes.map((shape) => shape.join('x')).join(', ')} ${JSON.stringify(attributes)}${form.channelsLast ? ' behind convolutions' : ''}`;
  for (const own of sqnr) assert.ok(own > least, `${what}: ${own} dB`);
  const own = program.steps.map(({ kernel }) => kernel).filter((kernel) => kernel !== 'conv2d_s8');
  if (form.kernels !== undefined) assert.deepEqual(own, form.kernels, what);
}

async function checkAll(forms: readonly Form[]): Promise<void> {
  for (const form of forms) await check(form);
}

test('two activations that broadcast', async () => {
  for (const [a, b] of [
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [3, 1],
      [1, 4],
    ],
    [
      [1, 4, 6, 5],
      [1, 4, 1, 1],
    ],
    [
      [1, 1, 6, 5],
      [1, 4, 6, 5],
    ],
    [
      [2, 1, 3, 1, 2],
      [1, 4, 1, 5, 1],
    ],
    [[5], [2, 3, 5]],
  ] as const) {
    for (const op of ['Add', 'Sub', 'Mul', 'Max', 'Min']) {
      const one = op === 'Mul' && a.join() === '1,4,6,5';
      await check({ op, shapes: [a, b], ...(one ? {} : { least: 33 }) });
    }
    await check({ op: 'Div', shapes: [a, b], least: 28, samples: awayFromZero });
  }
});

/** Divisors between 0.5 and 1.5. */
function awayFromZero(samples: Inputs): Inputs {
  return samples.map((inputs) =>
    inputs.map((data, i) => (i === 0 ? data : data.map((value) => value / 2 + 1))),
  );
}

test('behind convolutions, where values lie channels last', () =>
  checkAll([
    {
      op: 'Sub',
      shapes: [
        [1, 3, 4, 5],
        [1, 3, 4, 5],
      ],
      channelsLast: true,
      kernels: ['binary_s8'],
    },
    {
      op: 'Add',
      shapes: [
        [1, 3, 4, 5],
        [1, 3, 1, 5],
      ],
      channelsLast: true,
      kernels: ['binary_s8'],
    },
    {
      op: 'Max',
      shapes: [
        [1, 3, 4, 5],
        [1, 3, 4, 1],
      ],
      channelsLast: true,
      kernels: ['binary_s8'],
    },
    {
      op: 'Mul',
      shapes: [
        [2, 3, 4, 5],
        [1, 3, 4, 1],
      ],
      channelsLast: true,
      kernels: ['binary_s8'],
    },
  ]));

test('one shape, and constants that widen', () =>
  checkAll([
    {
      op: 'Sub',
      shapes: [
        [2, 7],
        [2, 7],
      ],
      kernels: ['binary_s8'],
    },
    {
      op: 'Div',
      shapes: [
        [2, 7],
        [2, 7],
      ],
      least: 28,
      samples: awayFromZero,
      kernels: ['binary_s8'],
    },
    {
      op: 'Max',
      shapes: [
        [2, 7],
        [2, 7],
      ],
      kernels: ['binary_s8'],
    },
    { op: 'Add', shapes: [[3, 1]], constants: { k: waves([4]) }, kernels: ['binary_s8'] },
    {
      op: 'Sub',
      shapes: [[4]],
      inputs: ['k', 'a'],
      constants: { k: waves([3, 4], 2) },
      kernels: ['binary_s8'],
    },
    {
      op: 'Sub',
      shapes: [[3, 4]],
      inputs: ['k', 'a'],
      constants: { k: waves([3, 4], 2) },
      kernels: ['binary_s8'],
    },
    { op: 'Mul', shapes: [[3, 1]], constants: { k: waves([4]) }, kernels: ['binary_s8'] },
    { op: 'Div', shapes: [[3, 1]], constants: { k: waves([4], 2.5) }, kernels: ['binary_s8'] },
    {
      op: 'Div',
      shapes: [[3, 4]],
      inputs: ['k', 'a'],
      constants: { k: waves([3, 4], 2) },
      least: 28,
      samples: (samples) => samples.map((inputs) => inputs.map((data) => data.map((value) => value / 2 + 1))),
      kernels: ['binary_s8'],
    },
  ]));

test('several operands', () =>
  checkAll([
    { op: 'Sum', shapes: [[2, 3], [3], [2, 1]], least: 32 },
    {
      op: 'Mean',
      shapes: [
        [2, 3],
        [2, 3],
      ],
      kernels: ['binary_s8'],
    },
    { op: 'Mean', shapes: [[2, 3], [3], [2, 1], [1]], least: 30 },
    { op: 'Max', shapes: [[2, 3], [3], [2, 1]], least: 33 },
    { op: 'Min', shapes: [[2, 3]], constants: { k: waves([3]) } },
    {
      op: 'Max',
      shapes: [
        [2, 3],
        [2, 3],
      ],
      constants: { k: { shape: [], values: [0.25] } },
    },
  ]));

test('PRelu with slopes of any shape', () =>
  checkAll([
    { op: 'PRelu', shapes: [[1, 4, 3, 5]], constants: { s: waves([4, 1, 1]) }, kernels: ['binary_s8'] },
    { op: 'PRelu', shapes: [[1, 4, 3, 5]], constants: { s: waves([1, 5]) }, kernels: ['binary_s8'] },
    {
      op: 'PRelu',
      shapes: [[1, 4, 3, 5]],
      constants: { s: waves([4, 1, 1]) },
      channelsLast: true,
      kernels: ['binary_s8'],
    },
    { op: 'PRelu', shapes: [[2, 7]], constants: { s: waves([7], 3) }, kernels: ['binary_s8'] },
  ]));

test('reductions over any axes', async () => {
  for (const op of [
    'ReduceMean',
    'ReduceSum',
    'ReduceMax',
    'ReduceMin',
    'ReduceL1',
    'ReduceL2',
    'ReduceSumSquare',
  ]) {
    for (const [shape, axes] of [
      [
        [3, 4, 5],
        [0, 2],
      ],
      [[3, 4, 5], [1]],
      [[3, 4, 5], [-1]],
      [
        [2, 3, 4, 5],
        [1, 3],
      ],
      [[2, 3, 4, 5], [0]],
      [
        [2, 3, 4, 5],
        [2, 3],
      ],
      [
        [2, 3, 2, 4, 3],
        [1, 2, 4],
      ],
      [[7], [0]],
    ] as const) {
      for (const keepdims of [0, 1]) {
        const constants = { axes: axes.map(BigInt) };
        await check({ op, shapes: [shape], constants, attributes: { keepdims }, least: 32 });
        if (shape.length === 4) {
          await check({
            op,
            shapes: [shape],
            constants,
            attributes: { keepdims },
            least: 30,
            channelsLast: true,
          });
        }
      }
    }
  }
});

test('Resize', async () => {
  const nearest = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
  for (const channelsLast of [false, true]) {
    for (const attributes of [
      nearest,
      { mode: 'nearest' },
      { mode: 'linear' },
      { mode: 'linear', coordinate_transformation_mode: 'align_corners' },
      { mode: 'linear', coordinate_transformation_mode: 'asymmetric' },
      { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
      { mode: 'cubic', coordinate_transformation_mode: 'half_pixel' },
    ]) {
      for (const scales of [
        [1, 1, 2, 2],
        [1, 1, 0.6, 1.7],
        [1, 1, 1, 3],
        [1, 1, 2.5, 1],
      ]) {
        await check({
          op: 'Resize',
          shapes: [[1, 3, 5, 6]],
          inputs: ['a', '', 'scales'],
          constants: { scales },
          attributes,
          channelsLast,
          kernels: ['resize2d_s8'],
        });
      }
    }
  }
  await checkAll([
    {
      op: 'Resize',
      shapes: [[1, 3, 6]],
      inputs: ['a', '', 'scales'],
      constants: { scales: [1, 1, 2] },
      attributes: { mode: 'linear' },
    },
    {
      op: 'Resize',
      shapes: [[1, 2, 3, 4, 3]],
      inputs: ['a', '', 'scales'],
      constants: { scales: [1, 1, 2, 2, 2] },
      attributes: { mode: 'linear' },
    },
    {
      op: 'Resize',
      shapes: [[1, 2, 3, 4, 3]],
      inputs: ['a', '', 'scales'],
      constants: { scales: [1, 1, 2, 2, 2] },
      attributes: nearest,
    },
    {
      op: 'Resize',
      shapes: [[4, 5]],
      inputs: ['a', '', '', 'sizes'],
      constants: { sizes: [7n, 3n] },
      attributes: { mode: 'linear' },
    },
  ]);
});

test('elements that move', () =>
  checkAll([
    { op: 'DepthToSpace', shapes: [[1, 12, 2, 3]], attributes: { blocksize: 2 } },
    {
      op: 'DepthToSpace',
      shapes: [[1, 12, 2, 3]],
      attributes: { blocksize: 2, mode: 'CRD' },
      channelsLast: true,
    },
    { op: 'SpaceToDepth', shapes: [[2, 3, 4, 6]], attributes: { blocksize: 2 }, channelsLast: true },
    { op: 'Tile', shapes: [[2, 3]], constants: { r: [2n, 3n] } },
    { op: 'Tile', shapes: [[1, 2, 3, 2]], constants: { r: [1n, 2n, 1n, 3n] }, channelsLast: true },
    { op: 'Expand', shapes: [[3, 1]], constants: { s: [2n, 3n, 4n] } },
    { op: 'Expand', shapes: [[1, 3, 1, 1]], constants: { s: [1n, 3n, 4n, 5n] }, channelsLast: true },
    { op: 'Concat', shapes: [[2, 3]], constants: { k: waves([2, 2]) }, attributes: { axis: 1 } },
    {
      op: 'Concat',
      shapes: [[1, 3, 4, 4]],
      constants: { k: waves([1, 2, 4, 4]) },
      attributes: { axis: 1 },
      channelsLast: true,
    },
    {
      op: 'Slice',
      shapes: [[4, 5]],
      constants: { s: [-1n, -1n], e: [-9n, -9n], x: [0n, 1n], t: [-1n, -2n] },
    },
    { op: 'Gather', shapes: [[4, 5]], constants: { i: [3n, 0n, -1n] }, attributes: { axis: 1 } },
    {
      op: 'Gather',
      shapes: [[2, 9, 3]],
      constants: {
        i: [
          8n,
          1n,
          5n,
          2n,
          2n,
          7n,
          0n,
          3n,
          8n,
          4n,
          1n,
          6n,
          6n,
          0n,
          5n,
          3n,
          8n,
          2n,
          7n,
          1n,
          5n,
          8n,
          0n,
          4n,
          3n,
          7n,
        ],
      },
      attributes: { axis: 1 },
      kernels: ['gather_s8'],
    },
    {
      op: 'Gather',
      shapes: [[1, 6, 4, 4]],
      constants: { i: [5n, 3n, 1n, 0n, 2n, 4n] },
      attributes: { axis: 1 },
      channelsLast: true,
    },
    { op: 'Trilu', shapes: [[2, 4, 5]], kernels: ['select_s8'] },
    { op: 'Trilu', shapes: [[4, 4]], attributes: { upper: 0 } },
    {
      op: 'Pad',
      shapes: [[1, 2, 5, 6]],
      constants: { p: [0n, 0n, 2n, 1n, 0n, 0n, 1n, 3n] },
      attributes: { mode: 'reflect' },
    },
    {
      op: 'Pad',
      shapes: [[1, 2, 5, 6]],
      constants: { p: [0n, 0n, 2n, 1n, 0n, 0n, 1n, 3n] },
      attributes: { mode: 'edge' },
      channelsLast: true,
    },
    {
      op: 'Pad',
      shapes: [[4, 5]],
      constants: { p: [1n, 2n, 0n, 3n] },
      attributes: { mode: 'wrap' },
      opset: 19,
    },
    { op: 'Pad', shapes: [[3, 9]], constants: { p: [0n, 8n, 0n, 8n] }, attributes: { mode: 'reflect' } },
    { op: 'CumSum', shapes: [[3, 6]], constants: { x: { shape: [], values: [1] } }, kernels: ['cumsum_s8'] },
  ]));

/** A model whose input holds whole numbers, or whose output does. */
const INT64 = 7;
const BOOL = 9;

test('rows of an embedding by numbers that the model is given, clamped to the rows that there are', async () => {
  const rows = waves([50, 16]);
  const float = readModel({
    node: [node('Gather', ['w', 'ids'], ['e']), node('Add', ['e', 'p'], ['y'])],
    initializer: [floats('w', rows.shape, rows.values), floats('p', [8, 16], waves([8, 16]).values)],
    input: [valueInfo('ids', [1, 8], INT64)],
    output: [valueInfo('y', null)],
  });
  const numbers = Array.from({ length: 6 }, (_, k) =>
    Float32Array.from({ length: 8 }, (__, i) => (k * 8 + i * 7) % 50),
  );
  const { program, sqnr } = await wholeWay(
    float,
    numbers.map((ids) => [ids]),
  );
  assert.ok(sqnr[0]! > 36, `${sqnr[0]} dB`);
  assert.equal(program.tensors[program.inputs[0]!.tensor]!.dtype, 'int32');
  assert.deepEqual(
    program.steps.map(({ kernel }) => kernel),
    ['gather_s8', 'add_s8'],
  );
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const run = createSampleRunner(program, plan);
  const [beyond, last] = [4000, 49].map((number) => run([new Float32Array(8).fill(number)])[0]!);
  assert.deepEqual(beyond, last);
});

test('attention that leaves words out that do not count, as exporters write it', async () => {
  const whole = { to: 9 };
  const float = readModel({
    node: [
      node('Cast', ['there'], ['counts'], whole),
      node('Gather', ['counts', 'order'], ['moved'], { axis: 1 }),
      node('Reshape', ['moved', 'wide'], ['flags']),
      node('Where', ['flags', 'zero', 'low'], ['mask']),
      node('Add', ['scores', 'mask'], ['sums']),
      node('Softmax', ['sums'], ['raw']),
      node('IsNaN', ['raw'], ['nothing']),
      node('Where', ['nothing', 'zero', 'raw'], ['weights']),
      node('MatMul', ['weights', 'values'], ['y']),
    ],
    initializer: [
      int64s('order', [5, 4, 3, 2, 1, 0]),
      int64s('wide', [1, 1, 1, 6]),
      floats('zero', [], [0]),
      floats('low', [], [Number.NEGATIVE_INFINITY]),
    ],
    input: [
      valueInfo('there', [1, 6], INT64),
      valueInfo('scores', [1, 2, 4, 6]),
      valueInfo('values', [1, 2, 6, 5]),
    ],
    output: [valueInfo('y', null)],
  });
  const samples = Array.from({ length: 8 }, (_, k) => [
    Float32Array.from({ length: 6 }, (__, i) => Number(i <= k % 6)),
    Float32Array.from(waves([48], k).values, (x) => 3 * (x - k)),
    Float32Array.from(waves([60], k).values, (x) => Math.cos(9 * x)),
  ]);
  const { program, sqnr } = await wholeWay(float, samples);
  assert.ok(sqnr[0]! > 34, `${sqnr[0]} dB`);
  assert.equal(program.tensors[program.inputs[0]!.tensor]!.dtype, 'int32');
});

test('numbers that are found, as a list', async () => {
  const float = readModel({
    node: [
      node('ArgMax', ['x'], ['places'], { axis: 1, keepdims: 0 }),
      node('Reshape', ['places', 'list'], ['y']),
    ],
    initializer: [int64s('list', [-1])],
    input: [valueInfo('x', [2, 7])],
    output: [valueInfo('y', null, INT64)],
  });
  const { first } = await wholeWay(float, uniform(float, 6));
  assert.deepEqual([...first.int8[0]!], Array.from(first.float[0]!, Number));
});

test('places and truth values as outputs are int32, and codes 0 and 1', async () => {
  for (const [op, attributes, type, dtype] of [
    ['ArgMax', { axis: 1, keepdims: 0 }, INT64, 'int32'],
    ['ArgMin', { axis: 2 }, INT64, 'int32'],
    ['Greater', {}, BOOL, 'int8'],
  ] as const) {
    const shape = [1, 4, 5, 3];
    const two = op === 'Greater';
    const float = readModel({
      node: [node(op, two ? ['x', 'z'] : ['x'], ['y'], attributes)],
      input: [valueInfo('x', shape), ...(two ? [valueInfo('z', shape)] : [])],
      output: [valueInfo('y', null, type)],
    });
    const { program, first } = await wholeWay(float, uniform(float, 6));
    assert.equal(program.tensors[program.outputs[0]!.tensor]!.dtype, dtype);
    const wrong = [...first.int8[0]!].filter((value, i) => value !== Number(first.float[0]![i])).length;
    // Numbers less than a code apart are equal on the device.
    assert.ok(wrong <= first.int8[0]!.length * 0.1, `${op}: ${wrong} differ`);
  }
});

test('windows over volumes, scatter, computed slopes, remainders and logarithms', async () => {
  const forms: readonly Form[] = [
    { op: 'LogSoftmax', shapes: [[2, 5, 3]], attributes: { axis: 1 }, kernels: ['log_softmax_s8'] },
    {
      op: 'PRelu',
      shapes: [
        [1, 3, 2, 2],
        [3, 1, 1],
      ],
      kernels: ['binary_s8'],
    },
    {
      op: 'Conv',
      shapes: [[1, 2, 4, 5, 5]],
      inputs: ['a', 'w'],
      constants: { w: waves([3, 2, 2, 3, 3]) },
      attributes: { pads: [1, 1, 1, 0, 1, 1] },
    },
    {
      op: 'ConvTranspose',
      shapes: [[1, 2, 2, 3, 3]],
      inputs: ['a', 'w'],
      constants: { w: waves([2, 3, 3, 2, 2]) },
      attributes: { strides: [2, 2, 1], pads: [1, 0, 0, 1, 0, 0] },
    },
    {
      op: 'ConvTranspose',
      shapes: [[1, 4, 3, 5]],
      inputs: ['a', 'w'],
      constants: { w: waves([4, 2, 3, 3]) },
      attributes: { group: 2, strides: [2, 1], pads: [1, 0, 0, 2] },
    },
    { op: 'GlobalAveragePool', shapes: [[1, 3, 2, 3, 4]] },
    {
      op: 'ScatterElements',
      shapes: [[4], [6]],
      inputs: ['a', 'i', 'b'],
      constants: { i: [2n, 0n, 2n, -1n, 2n, 0n] },
      attributes: { reduction: 'add' },
    },
    {
      op: 'ScatterElements',
      shapes: [[4], [3]],
      inputs: ['a', 'i', 'b'],
      constants: { i: [2n, 0n, 2n] },
      attributes: { reduction: 'max' },
    },
    { op: 'MaxPool', shapes: [[1, 3, 4, 5, 5]], attributes: { kernel_shape: [2, 2, 2] } },
    { op: 'AveragePool', shapes: [[1, 3, 4, 5, 5]], attributes: { kernel_shape: [2, 2, 3] } },
    {
      op: 'AveragePool',
      shapes: [[1, 3, 7, 7]],
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    },
    {
      op: 'Einsum',
      shapes: [
        [2, 3, 4],
        [2, 5, 4],
      ],
      attributes: { equation: 'bid,bjd->bij' },
    },
    {
      op: 'Gemm',
      shapes: [
        [3, 4],
        [5, 4],
      ],
      attributes: { transB: 1, alpha: { f: 0.5 } },
    },
    { op: 'ReduceProd', shapes: [[4, 3]], inputs: ['a', 'axes'], constants: { axes: [1n] } },
    { op: 'ReduceLogSumExp', shapes: [[4, 3]], inputs: ['a', 'axes'], constants: { axes: [1n] } },
  ];
  await checkAll(forms);
});

test('what has no form yet is refused with the way out', async () => {
  const refusals: readonly (readonly [Form, RegExp])[] = [
    [
      {
        op: 'Resize',
        shapes: [[1, 1, 4, 4]],
        inputs: ['a', 'roi', 'scales'],
        constants: { roi: [0, 0, -0.5, 0, 1, 1, 1, 1], scales: [1, 1, 1, 1] },
        attributes: { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize' },
      },
      /region that reaches beyond the input/,
    ],
    [
      {
        op: 'PRelu',
        shapes: [
          [1, 3, 2, 2],
          [3, 1, 1],
        ],
        samples: (inputs) => inputs.map(([x, slopes]) => [x!, slopes!.map((slope) => 1000 * slope)]),
      },
      /slopes of at most 127/,
    ],
    [{ op: 'LogSoftmax', shapes: [[1, 8192]] }, /over more than 8191 values/],
    [{ op: 'ReduceProd', shapes: [[5, 7]] }, /ReduceProd has no int8 kernel/],
    [
      {
        op: 'Pow',
        shapes: [
          [2, 3],
          [2, 3],
        ],
      },
      /Pow has an int8 kernel for one activation/,
    ],
  ];
  for (const [form, reason] of refusals) await assert.rejects(check(form), reason);
});
