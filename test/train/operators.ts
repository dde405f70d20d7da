/** Small networks, one for each form of an operator that is trained: a layer with parameters, the operator, a layer that stays as it is. */
import { float, int, ints, string } from '../../src/graph/build.ts';
import { elementCount, floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Attribute, Graph } from '../../src/graph/types.ts';
import { type Layers, network, pads } from './networks.ts';

/** A form of an operator. */
export type TrainedForm = {
  readonly op: string;
  readonly title: string;
  /** Of the input of the model. */
  readonly shape: readonly number[];
  readonly make: Make;
};

type Attributes = Readonly<Record<string, Attribute>>;

/** What forms are made of, beside layers. */
type Parts = Layers & {
  readonly sizes: (...values: readonly number[]) => string;
  readonly whole: (shape: readonly number[], ...values: readonly number[]) => string;
  readonly numbers: (shape: readonly number[], shift?: number) => string;
  readonly scalar: (value: number) => string;
  readonly flags: (shape: readonly number[]) => string;
};

type Make = (parts: Parts, y: string) => string;

/** Of most forms; operators read as many rows and columns. */
const INPUT = [1, 2, 3, 4] as const;
/** Channels that operators read. */
const CHANNELS = 4;

function partsOf(layers: Layers): Parts {
  const { b } = layers;
  let count = 0;
  const named = (): string => `k${count++}`;
  const wave = (shape: readonly number[], shift: number) =>
    floatTensor(
      shape,
      Float32Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(1.7 * i + 0.3) + shift),
    );
  return {
    ...layers,
    sizes: (...values) => b.constant(named(), int64Tensor(values)),
    whole: (shape, ...values) => b.constant(named(), { ...int64Tensor(values), shape }),
    numbers: (shape, shift = 0) => b.constant(named(), wave(shape, shift)),
    scalar: (value) => b.constant(named(), floatTensor([], Float32Array.of(value))),
    flags: (shape) => {
      const data = Uint8Array.from({ length: elementCount(shape) }, (_, i) => ((i * 5) % 3) & 1);
      return b.constant(named(), { dtype: 'bool', shape, data });
    },
  };
}

/** The operator behind a convolution, and before what takes its value as it is kept. */
export function formGraph({ shape, make }: TrainedForm): Graph {
  return network(shape, (layers, x) => {
    const parts = partsOf(layers);
    const { conv, op, sizes, scalar } = parts;
    const [, channels = 1, ...spatial] = shape;
    const y = conv('first', x, [CHANNELS, channels, ...spatial.map(() => 1)]);
    const flat = op('Reshape', 'row', [make(parts, y), sizes(1, -1)]);
    return op('Softplus', 'closing', [op('Mul', 'half', [flat, scalar(0.5)])]);
  });
}

const form = (op: string, title: string, make: Make, shape: readonly number[] = INPUT): TrainedForm => ({
  op,
  title,
  shape,
  make,
});

/** A function of each element; `shift` moves what it reads to where it is defined. */
const unary = (op: string, attributes: Attributes = {}, shift = 0, scale = 1): TrainedForm =>
  form(op, Object.keys(attributes).join(), ({ op: node, scalar }, y) => {
    const scaled = scale === 1 ? y : node('Mul', 'scaled', [y, scalar(scale)]);
    const moved = shift === 0 ? scaled : node('Add', 'moved', [scaled, scalar(shift)]);
    return node(op, 'own', [moved], attributes);
  });

const constant = (op: string, shape: readonly number[], isFirst = false): TrainedForm =>
  form(
    op,
    `a constant of ${shape.join('x') || 'one number'}${isFirst ? ' first' : ''}`,
    ({ op: node, numbers }, y) => {
      const k = numbers(shape, op === 'Div' ? 2 : 0);
      const moved =
        op === 'Div' && isFirst ? node('Add', 'moved', [node('Tanh', 'tanh', [y]), numbers([], 2)]) : y;
      return node(op, 'own', isFirst ? [k, moved] : [moved, k]);
    },
  );

const broadcast = (op: string, title: string, second: (parts: Parts, y: string) => string): TrainedForm =>
  form(op, title, (parts, y) => {
    const other = second(parts, parts.op('Tanh', 'tanh', [y]));
    // Divisors far from 0; few elements that are near the kink of a maximum.
    const moved = op === 'Div' ? parts.scalar(2) : parts.scalar(-0.7);
    return parts.op(op, 'own', [y, parts.op('Add', 'moved', [other, moved])]);
  });

const meanOver =
  (...axes: readonly number[]) =>
  ({ op, sizes }: Parts, y: string) =>
    op('ReduceMean', 'mean', [y, sizes(...axes)]);

const reduced = (op: string, axes: readonly number[], keepdims = 1, positive = false): TrainedForm =>
  form(
    op,
    `over ${axes.join(', ') || 'all'}${keepdims === 1 ? '' : ', which go'}`,
    ({ op: node, sizes, scalar }, y) => {
      const small = node('Mul', 'small', [
        y,
        scalar(op === 'ReduceMin' ? -0.25 : axes.length === 0 ? 0.1 : 0.25),
      ]);
      const x = positive ? node('Add', 'moved', [small, scalar(1)]) : small;
      return node(op, 'own', axes.length === 0 ? [x] : [x, sizes(...axes)], { keepdims: int(keepdims) });
    },
  );

const resized = (mode: string, how: string, to: readonly number[]): TrainedForm =>
  form('Resize', `${mode}, ${how}, to ${to.join('x')}`, ({ op, sizes }, y) =>
    op('Resize', 'own', [y, '', '', sizes(1, CHANNELS, ...to)], {
      mode: string(mode),
      coordinate_transformation_mode: string(how),
    }),
  );

const padded = (mode: string, ...widths: readonly number[]): TrainedForm =>
  form('Pad', `${mode}, ${widths.join()}`, ({ op, sizes }, y) =>
    op('Pad', 'own', [y, sizes(...widths)], { mode: string(mode) }),
  );

const normalised = (
  op: string,
  attributes: Attributes,
  ...shapes: readonly (readonly number[])[]
): TrainedForm =>
  form(
    op,
    Object.entries(attributes)
      .map(([name, { value }]) => `${name} ${value}`)
      .join(),
    ({ op: node, numbers }, y) =>
      node(op, 'own', [y, ...shapes.map((shape, i) => numbers(shape, i === 0 ? 1 : 0))], attributes),
  );

const softmax = (op: string, axis: number): TrainedForm =>
  form(op, `axis ${axis}`, ({ op: node }, y) => node(op, 'own', [y], { axis: int(axis) }));

const recurrent = (
  op: 'RNN' | 'GRU' | 'LSTM',
  title: string,
  make: (parts: Parts, times: string) => string,
): TrainedForm =>
  form(op, title, (parts, y) => {
    const rows = parts.op('Reshape', 'rows', [y, parts.sizes(4, 1, 12)]);
    const times = parts.op('Slice', 'times', [rows, parts.sizes(0), parts.sizes(3), parts.sizes(2)]);
    return make(parts, times);
  });

/** @param how attributes beside those of `networks.ts` */
const layer = (
  { op, numbers }: Parts,
  name: 'RNN' | 'GRU' | 'LSTM',
  times: string,
  attributes: Attributes = {},
  more: readonly string[] = [],
): string => {
  const rows = { RNN: 1, GRU: 3, LSTM: 4 }[name] * 2;
  const own = [numbers([1, rows, 3]), numbers([1, rows, 2]), numbers([1, 2 * rows])];
  return op(name, 'own', [times, ...own, ...more], { hidden_size: int(2), ...attributes });
};

export const TRAINED_FORMS: readonly TrainedForm[] = [
  ...['Abs', 'Neg', 'Exp', 'Sigmoid', 'Tanh', 'Erf', 'Softplus', 'Softsign', 'Mish', 'HardSwish', 'Relu'].map(
    (op) => unary(op),
  ),
  ...['HardSigmoid', 'Elu', 'Celu', 'Selu', 'LeakyRelu', 'Gelu'].map((op) => unary(op)),
  unary('Gelu', { approximate: string('tanh') }),
  unary('Celu', { alpha: float(0.5) }),
  unary('ThresholdedRelu', { alpha: float(0.2) }),
  unary('Shrink', { lambd: float(0.2), bias: float(0.1) }),
  ...['Log', 'Sqrt', 'Reciprocal'].map((op) => unary(op, {}, 4)),
  ...['Sin', 'Cos', 'Sinh', 'Cosh', 'Asinh', 'Atan'].map((op) => unary(op)),
  unary('Tan', {}, 0, 0.25),
  unary('Acosh', {}, 4),
  ...['Asin', 'Acos', 'Atanh'].map((op) => unary(op, {}, 0, 0.25)),
  form('Swish', '', ({ op }, y) => op('Mul', 'own', [y, op('Sigmoid', 'gate', [y])])),
  ...[2, 3, 0.5, -1].map((exponent) =>
    form('Pow', `to the ${exponent}`, ({ op, scalar }, y) =>
      op('Pow', 'own', [
        op('Add', 'moved', [op('Mul', 'small', [y, scalar(0.25)]), scalar(1)]),
        scalar(exponent),
      ]),
    ),
  ),
  form('Clip', 'both bounds', ({ clip }, y) => clip('own', y, -0.5, 0.4)),
  form('PRelu', 'per channel', ({ op, numbers }, y) => op('PRelu', 'own', [y, numbers([4, 1, 1])])),
  form('PRelu', 'one slope', ({ op, scalar }, y) => op('PRelu', 'own', [y, scalar(0.2)])),
  form('PRelu', 'per element', ({ op, numbers }, y) => op('PRelu', 'own', [y, numbers([4, 3, 4])])),
  form('PRelu', 'computed', ({ op }, y) => op('PRelu', 'own', [y, op('Tanh', 'tanh', [y])])),
  ...[[], [4, 1, 1], [4], [3, 1], [1, 4, 3, 4], [1, 1, 3, 4], [2, 1, 1, 1, 1]].map((shape) =>
    constant('Add', shape),
  ),
  ...['Sub', 'Mul', 'Div', 'Max', 'Min'].flatMap((op) => [
    ...[[], [4, 1, 1], [3, 4]].map((shape) => constant(op, shape)),
    constant(op, [4, 1, 4], true),
  ]),
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'].flatMap((op) => [
    broadcast(op, 'of one shape', (_, y) => y),
    broadcast(op, 'with one number a channel', meanOver(2, 3)),
    broadcast(op, 'with one of a row', meanOver(1, 3)),
  ]),
  form('Mul', 'of two that both widen', ({ op, sizes }, y) =>
    op('Mul', 'own', [op('ReduceMean', 'left', [y, sizes(2)]), op('ReduceMax', 'right', [y, sizes(1, 3)])]),
  ),
  ...['Max', 'Min', 'Sum', 'Mean'].map((op) =>
    form(op, 'of three', ({ op: node }, y) =>
      node(op, 'own', [y, node('Tanh', 'tanh', [y]), node('ReduceMean', 'mean', [y])]),
    ),
  ),
  ...['Max', 'Min', 'Sum'].map((op) =>
    form(op, 'of three, one of them constant', ({ op: node, numbers }, y) =>
      node(op, 'own', [numbers([4]), y, node('Tanh', 'tanh', [y])]),
    ),
  ),
  form('Max', 'of one', ({ op }, y) => op('Max', 'own', [y])),
  ...[
    'ReduceMean',
    'ReduceSum',
    'ReduceMax',
    'ReduceMin',
    'ReduceL1',
    'ReduceL2',
    'ReduceSumSquare',
    'ReduceLogSumExp',
  ].flatMap((op) => [reduced(op, [2, 3]), reduced(op, [1, 3], 0), reduced(op, [])]),
  reduced('ReduceLogSum', [1], 1, true),
  reduced('ReduceProd', [3], 1, true),
  reduced('ReduceProd', [1, 2], 0, true),
  ...['MaxPool', 'AveragePool'].flatMap((op) => [
    form(op, 'overlapping, padded', ({ op: node }, y) =>
      node(op, 'own', [y], { kernel_shape: ints([3, 3]), ...pads(1, 1, 1, 1) }),
    ),
    form(op, 'of the end', ({ op: node }, y) =>
      node(op, 'own', [y], { kernel_shape: ints([2, 2]), strides: ints([2, 2]), ceil_mode: int(1) }),
    ),
  ]),
  form('AveragePool', 'that counts padding', ({ op }, y) =>
    op('AveragePool', 'own', [y], {
      kernel_shape: ints([2, 3]),
      count_include_pad: int(1),
      ...pads(1, 1, 0, 1),
    }),
  ),
  form('GlobalAveragePool', '', ({ op }, y) => op('GlobalAveragePool', 'own', [y])),
  form('GlobalMaxPool', '', ({ op }, y) => op('GlobalMaxPool', 'own', [y])),
  ...(['nearest', 'linear', 'cubic'] as const).flatMap((mode) => [
    resized(mode, 'half_pixel', [6, 8]),
    resized(mode, 'align_corners', [5, 3]),
  ]),
  form('LRN', 'of 3', ({ op }, y) =>
    op('LRN', 'own', [y], { size: int(3), alpha: float(0.9), beta: float(0.75), bias: float(1) }),
  ),
  form('LRN', 'of 2', ({ op }, y) =>
    op('LRN', 'own', [y], { size: int(2), alpha: float(0.5), beta: float(0.5), bias: float(2) }),
  ),
  padded('constant', 0, 0, 1, 0, 0, 0, 2, 1),
  padded('constant', 0, 0, -1, 1, 0, 0, 0, -1),
  padded('reflect', 0, 0, 1, 2, 0, 0, 2, 1),
  padded('edge', 0, 1, 2, 0, 0, 0, 1, 3),
  padded('wrap', 0, 0, 1, 0, 0, 0, 0, 2),
  form('Pad', 'of some axes', ({ op, sizes, scalar }, y) =>
    op('Pad', 'own', [y, sizes(1, 2), scalar(0.5), sizes(3)]),
  ),
  form('Tile', 'channels and rows', ({ op, sizes }, y) => op('Tile', 'own', [y, sizes(1, 2, 3, 1)])),
  form('Expand', '', ({ op, sizes }, y) =>
    op('Expand', 'own', [op('ReduceMean', 'mean', [y, sizes(2, 3)]), sizes(1, 4, 3, 4)]),
  ),
  form('Expand', 'to more axes', ({ op, sizes }, y) => op('Expand', 'own', [y, sizes(2, 1, 4, 3, 4)])),
  form('Concat', 'along channels', ({ op }, y) =>
    op('Concat', 'own', [y, op('Tanh', 'tanh', [y])], { axis: int(1) }),
  ),
  form('Concat', 'along rows, with a constant', ({ op, numbers }, y) =>
    op('Concat', 'own', [y, numbers([1, 4, 2, 4])], { axis: int(2) }),
  ),
  form('Concat', 'of a class token and what is computed', ({ op, numbers, sizes }, y) =>
    op('Concat', 'own', [numbers([1, 1, 4]), op('Reshape', 'tokens', [y, sizes(1, 12, 4)])], {
      axis: int(1),
    }),
  ),
  form('Split', '', ({ op, several, sizes }, y) => {
    return op('Mul', 'product', several('Split', ['own', 'rest'], [y, sizes(1, 3)], { axis: int(1) }));
  }),
  form('Slice', 'with steps', ({ op, sizes }, y) =>
    op('Slice', 'own', [y, sizes(3, 0), sizes(0, 3), sizes(1, 2), sizes(-2, 2)]),
  ),
  form('Gather', 'one', ({ op, whole }, y) => op('Gather', 'own', [y, whole([], 2)], { axis: int(1) })),
  form('Gather', 'some, twice', ({ op, sizes }, y) =>
    op('Gather', 'own', [y, sizes(2, 0, 2, -1)], { axis: int(3) }),
  ),
  form('Gather', 'by a matrix of numbers', ({ op, whole }, y) =>
    op('Gather', 'own', [y, whole([2, 3], 0, 1, 2, 2, 1, 0)], { axis: int(2) }),
  ),
  form('GatherElements', 'by constant numbers', ({ op, whole }, y) => {
    const rows = Array.from({ length: 48 }, (_, i) => (i * 7) % 3);
    return op('GatherElements', 'own', [y, whole([1, 4, 3, 4], ...rows)], { axis: int(2) });
  }),
  form('GatherND', 'by constant numbers', ({ op, whole }, y) =>
    op('GatherND', 'own', [y, whole([3, 2], 0, 1, 0, 3, 0, 1)]),
  ),
  form('ScatterElements', 'to constant places', ({ op, whole, sizes }, y) =>
    op(
      'ScatterElements',
      'own',
      [
        y,
        whole([1, 1, 1, 4], 2, 0, 1, 1),
        op('Tanh', 'tanh', [op('Slice', 'part', [y, sizes(0, 0), sizes(1, 1), sizes(1, 2)])]),
      ],
      { axis: int(2) },
    ),
  ),
  form('ScatterND', 'to constant places', ({ op, whole, sizes }, y) =>
    op('ScatterND', 'own', [
      y,
      whole([2, 2], 0, 2, 0, 1),
      op('Tanh', 'tanh', [
        op('Slice', 'part', [op('Squeeze', 'image', [y, sizes(0)]), sizes(0), sizes(2), sizes(0)]),
      ]),
    ]),
  ),
  ...['DCR', 'CRD'].map((mode) =>
    form('DepthToSpace', mode, ({ op }, y) =>
      op('DepthToSpace', 'own', [y], { blocksize: int(2), mode: string(mode) }),
    ),
  ),
  form(
    'SpaceToDepth',
    '',
    ({ op }, y) => op('SpaceToDepth', 'own', [y], { blocksize: int(2) }),
    [1, 2, 2, 4],
  ),
  form('Transpose', '', ({ op }, y) => op('Transpose', 'own', [y], { perm: ints([0, 3, 1, 2]) })),
  form('Reshape', '', ({ op, sizes }, y) => op('Reshape', 'own', [y, sizes(1, 6, 8)])),
  form('Flatten', '', ({ op }, y) => op('Flatten', 'own', [y])),
  form('Unsqueeze', '', ({ op, sizes }, y) => op('Unsqueeze', 'own', [y, sizes(2)])),
  form('Squeeze', '', ({ op, sizes }, y) =>
    op('Squeeze', 'own', [op('ReduceMean', 'mean', [y, sizes(2)]), sizes(2)]),
  ),
  form('Identity', '', ({ op }, y) => op('Tanh', 'tanh', [op('Identity', 'own', [y])])),
  form('Dropout', '', ({ op }, y) => op('Tanh', 'tanh', [op('Dropout', 'own', [y])])),
  form('Where', 'a constant condition and a number', ({ op, flags, scalar }, y) =>
    op('Where', 'own', [flags([3, 4]), y, scalar(0)]),
  ),
  form('Where', 'a constant condition and a number that is not 0', ({ op, flags, scalar }, y) =>
    op('Where', 'own', [flags([4, 1, 4]), scalar(0.7), y]),
  ),
  form('Where', 'a constant condition of two', ({ op, flags }, y) =>
    op('Where', 'own', [flags([4, 3, 4]), y, op('Tanh', 'tanh', [y])]),
  ),
  form('Trilu', 'lower', ({ op }, y) => op('Trilu', 'own', [y], { upper: int(0) })),
  form('CumSum', 'along columns', ({ op, whole }, y) => op('CumSum', 'own', [y, whole([], 3)])),
  form('CumSum', 'back, without itself', ({ op, whole }, y) =>
    op('CumSum', 'own', [y, whole([], 1)], { reverse: int(1), exclusive: int(1) }),
  ),
  form('Cast', 'to float', ({ op }, y) => op('Cast', 'own', [op('Tanh', 'tanh', [y])], { to: int(1) })),
  ...[1, 2, 3].flatMap((axis) => [softmax('Softmax', axis), softmax('LogSoftmax', axis)]),
  form('Softmax', 'of masked scores', ({ op, flags, scalar }, y) => {
    const mask = op('Where', 'mask', [flags([3, 4]), scalar(-1e9), scalar(0)]);
    return op('Softmax', 'own', [op('Add', 'masked', [y, mask])], { axis: int(-1) });
  }),
  normalised('LayerNormalization', { axis: int(-1) }, [4], [4]),
  normalised('LayerNormalization', { axis: int(1) }, [4, 3, 4], [4, 3, 4]),
  normalised('RMSNormalization', { axis: int(-1) }, [4]),
  normalised('InstanceNormalization', { epsilon: float(1e-3) }, [4], [4]),
  normalised('GroupNormalization', { num_groups: int(2) }, [4], [4]),
  form('BatchNormalization', 'alone', ({ op, norm }, y) => norm('own', op('Tanh', 'tanh', [y]), 4)),
  form('MatMul', 'of two activations', ({ op, sizes }, y) =>
    op('MatMul', 'own', [op('Reshape', 'left', [y, sizes(1, 4, 4, 3)]), op('Tanh', 'right', [y])]),
  ),
  form('MatMul', 'that broadcasts', ({ op, sizes }, y) =>
    op('MatMul', 'own', [
      op('Transpose', 'left', [y], { perm: ints([0, 1, 3, 2]) }),
      op('ReduceMean', 'right', [y, sizes(1)]),
    ]),
  ),
  form('MatMul', 'with a constant', ({ op, numbers }, y) => op('MatMul', 'own', [y, numbers([4, 2])])),
  form('MatMul', 'with a constant on the left', ({ op, numbers }, y) =>
    op('MatMul', 'own', [numbers([2, 3]), y]),
  ),
  form('MatMul', 'with a stack of constants', ({ op, numbers }, y) =>
    op('MatMul', 'own', [y, numbers([4, 4, 2])]),
  ),
  form('MatMul', 'with a vector that is computed', ({ op, sizes }, y) =>
    op('MatMul', 'own', [y, op('ReduceMean', 'vector', [y, sizes(0, 1, 2)], { keepdims: int(0) })]),
  ),
  form('Gemm', 'of a row', ({ op, gemm }, y) => gemm('own', op('Flatten', 'flat', [y]), 3, 48)),
  form('Gemm', 'of two activations', ({ op, sizes }, y) => {
    const left = op('Reshape', 'left', [y, sizes(4, 12)]);
    return op('Gemm', 'own', [left, op('Tanh', 'right', [left])], { transB: int(1), alpha: float(0.5) });
  }),
  form('Einsum', 'a product with a constant', ({ op, numbers }, y) =>
    op('Einsum', 'own', [y, numbers([4, 2])], { equation: string('bchw,wk->bchk') }),
  ),
  form('Einsum', 'a product of two', ({ op }, y) =>
    op('Einsum', 'own', [y, op('Tanh', 'tanh', [y])], { equation: string('bchw,bcvw->bchv') }),
  ),
  form('Conv', 'with groups', ({ conv }, y) =>
    conv('own', y, [4, 2, 2, 2], { attributes: { group: int(2) } }),
  ),
  form('Conv', 'over volumes', ({ conv, op, sizes }, y) =>
    conv('own', op('Unsqueeze', 'volume', [y, sizes(2)]), [2, 4, 1, 2, 2]),
  ),
  form('Conv', 'over volumes, deep', ({ conv, op, sizes }, y) =>
    conv('own', op('Reshape', 'volume', [y, sizes(1, 2, 2, 3, 4)]), [3, 2, 2, 2, 2], {
      attributes: pads(1, 0, 0, 0, 1, 1),
    }),
  ),
  form('MaxPool', 'over volumes', ({ op, sizes }, y) =>
    op('MaxPool', 'own', [op('Reshape', 'volume', [y, sizes(1, 2, 2, 3, 4)])], {
      kernel_shape: ints([2, 2, 2]),
    }),
  ),
  form('AveragePool', 'over volumes', ({ op, sizes }, y) =>
    op('AveragePool', 'own', [op('Reshape', 'volume', [y, sizes(1, 2, 2, 3, 4)])], {
      kernel_shape: ints([2, 2, 2]),
    }),
  ),
  form('ConvTranspose', '', ({ convTranspose }, y) =>
    convTranspose('own', y, [4, 2, 2, 3], { attributes: { strides: ints([2, 2]) } }),
  ),
  form('ConvTranspose', 'with groups', ({ op, numbers }, y) =>
    op('ConvTranspose', 'own', [y, numbers([4, 3, 2, 2]), numbers([6])], {
      group: int(2),
      strides: ints([2, 1]),
    }),
  ),
  form('ConvTranspose', 'depthwise', ({ op, numbers }, y) =>
    op('ConvTranspose', 'own', [y, numbers([4, 1, 3, 3])], {
      group: int(4),
      strides: ints([2, 2]),
      ...pads(1, 0, 0, 1),
    }),
  ),
  ...(['RNN', 'GRU', 'LSTM'] as const).flatMap((op) => [
    recurrent(op, 'all times', (parts, times) =>
      layer(parts, op, times, op === 'GRU' ? { linear_before_reset: int(1) } : {}),
    ),
    recurrent(op, 'last state', (parts, times) => {
      const { several, numbers } = parts;
      const rows = { RNN: 1, GRU: 3, LSTM: 4 }[op] * 2;
      const inputs = [times, numbers([1, rows, 3]), numbers([1, rows, 2]), numbers([1, 2 * rows])];
      const attributes = { hidden_size: int(2), ...(op === 'GRU' ? { linear_before_reset: int(1) } : {}) };
      return several(op, ['', 'own'], inputs, attributes)[1]!;
    }),
    recurrent(op, 'from a computed first state', (parts, times) => {
      const first = parts.op('Slice', 'start', [
        times,
        parts.sizes(3, 0),
        parts.sizes(4, 2),
        parts.sizes(0, 2),
      ]);
      return layer(parts, op, times, op === 'GRU' ? { linear_before_reset: int(1) } : {}, [
        '',
        parts.op('Tanh', 'bounded', [first]),
      ]);
    }),
  ]),
  recurrent('GRU', 'that resets its state', (parts, times) => layer(parts, 'GRU', times)),
  recurrent('GRU', 'that resets its state, in reverse', (parts, times) =>
    layer(parts, 'GRU', times, { direction: string('reverse') }),
  ),
  form(
    'GRU',
    'that resets its state, of two sequences in both directions, from computed first states',
    ({ op, numbers, sizes }, y) => {
      const times = op('Reshape', 'times', [y, sizes(3, 2, 8)]);
      const start = op('Tanh', 'bounded', [
        op('Slice', 'start', [op('Reshape', 'pairs', [y, sizes(2, 2, 12)]), sizes(0), sizes(2), sizes(2)]),
      ]);
      const own = [numbers([2, 6, 8]), numbers([2, 6, 2]), numbers([2, 12])];
      return op('GRU', 'own', [times, ...own, '', start], {
        hidden_size: int(2),
        direction: string('bidirectional'),
      });
    },
  ),
  form(
    'LSTM',
    'of two sequences in both directions, from computed first states, whose last ones are read',
    ({ op, several, numbers, sizes }, y) => {
      const times = op('Reshape', 'times', [y, sizes(3, 2, 8)]);
      const start = op('Tanh', 'bounded', [
        op('Slice', 'start', [op('Reshape', 'pairs', [y, sizes(2, 2, 12)]), sizes(0), sizes(2), sizes(2)]),
      ]);
      const own = [numbers([2, 8, 8]), numbers([2, 8, 2]), numbers([2, 16])];
      const inputs = [times, ...own, '', start, op('Neg', 'other', [start])];
      const attributes = { hidden_size: int(2), direction: string('bidirectional') };
      const [, hidden, cells] = several('LSTM', ['', 'hidden', 'cells'], inputs, attributes);
      return op('Concat', 'own', [hidden!, cells!], { axis: int(2) });
    },
  ),
  recurrent('LSTM', 'last cell state', (parts, times) => {
    const { several, numbers } = parts;
    const inputs = [times, numbers([1, 8, 3]), numbers([1, 8, 2]), numbers([1, 16])];
    return several('LSTM', ['', '', 'own'], inputs, { hidden_size: int(2) })[2]!;
  }),
];

/** Operators of these forms, and of what they are rewritten into. */
export function trainedOperators(): ReadonlySet<string> {
  return new Set(TRAINED_FORMS.flatMap((one) => [one.op, ...formGraph(one).nodes.map(({ op }) => op)]));
}
