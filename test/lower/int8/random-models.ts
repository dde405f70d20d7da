/** A random model of one operator for every rule of the int8 lowering, with every attribute that may matter to it. */
import {
  float,
  type GraphBuilder,
  graphBuilder,
  int,
  ints,
  makeNode,
  string,
} from '../../../src/graph/build.ts';
import { LINEAR_ATTENTION, MASKED_SOFTMAX, REQUANTIZE, SILU } from '../../../src/graph/own-operators.ts';
import { elementCount, floatTensor } from '../../../src/graph/tensor.ts';
import type { Attribute, ImportedModel, Tensor } from '../../../src/graph/types.ts';
import { integer, pick, type Random } from '../../native/random.ts';
import { FORM_ROWS } from './random-forms.ts';
import { RECURRENT_ROWS } from './recurrent-models.ts';

export type Row = {
  /** A model whose inputs are uniform in `range`; what it computes must come within `steps` of float. */
  readonly make: (random: Random) => Made;
  /**
   * Largest error in steps of the output for inputs that are codes already; one that requantises once has 0.5.
   * `inputSteps` more in steps of the first input, where a kernel rounds to these first.
   */
  readonly steps: number;
  readonly inputSteps?: number;
  /** Of the models, so many must have an int8 form: a refusal is right, but tests nothing. Default 0.7. */
  readonly accepted?: number;
  /** Models per run. */
  readonly count?: number;
};

export type Made = {
  readonly model: ImportedModel;
  readonly range: readonly [min: number, max: number];
  /** The step of the output of a model that has codes as it is. */
  readonly step?: number;
};

type Attributes = Readonly<Record<string, Attribute>>;

/**
 * A fixed-point multiplier rounds twice, as TFLite's: to half a step of the product, which is shifted right by at least
 * one, then to half a step.
 */
const REQUANTIZED = 0.76;

const chance = (random: Random, share: number): boolean => random() < share;

function int64s(values: readonly number[]): Tensor {
  return { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

const scalar = (value: number): Tensor => floatTensor([], [value]);

/** A range with both signs or one, of any size. */
function range(random: Random): readonly [number, number] {
  const size = 2 ** integer(random, -6, 6);
  return pick(random, [
    [-size, size],
    [-size, size * 0.3],
    [0, size],
    [-size, 0],
    [size * 0.5, size],
  ] as const);
}

/** Weights that have exact codes: whole 127ths of the largest of their output channel, which is there. */
function weights(random: Random, shape: readonly number[], axis: number): Tensor {
  const inner = elementCount(shape.slice(axis + 1));
  const channels = shape[axis]!;
  const scales = Array.from({ length: channels }, () => 2 ** integer(random, -8, -3));
  const seen = new Set<number>();
  return floatTensor(
    shape,
    Float32Array.from({ length: elementCount(shape) }, (_, i) => {
      const channel = Math.floor(i / inner) % channels;
      const code = seen.has(channel) ? integer(random, -127, 127) : pick(random, [-127, 127]);
      seen.add(channel);
      return code * scales[channel]!;
    }),
  );
}

const vector = (random: Random, length: number, size: number): Float32Array =>
  Float32Array.from({ length }, () => size * (2 * random() - 1));

/** [n, c, spatial...] */
function imageShape(
  random: Random,
  channels = integer(random, 1, 9),
  spatial = pick(random, [1, 2, 2]),
): number[] {
  return [pick(random, [1, 1, 2]), channels, ...Array.from({ length: spatial }, () => integer(random, 1, 9))];
}

function anyShape(random: Random, least = 1): number[] {
  return Array.from({ length: integer(random, least, 4) }, (_, i) =>
    i === 0 ? integer(random, 1, 2) : integer(random, 1, 6),
  );
}

type WindowOptions = { readonly dilated: boolean; readonly ceil: boolean };

/** Attributes of a window that fits; null where the dice give one that does not. */
function windowOnce(random: Random, spatial: readonly number[], { dilated, ceil }: WindowOptions) {
  const kernel = spatial.map(() => pick(random, [1, 2, 3, 3, 4]));
  const autoPad = pick(random, ['NOTSET', 'NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID']);
  // ONNX Runtime has no SAME padding of dilated windows.
  const wide = dilated && !autoPad.startsWith('SAME');
  const dilations = spatial.map(() => (wide ? pick(random, [1, 1, 2, 3]) : 1));
  const padded = autoPad === 'NOTSET' && chance(random, 0.7);
  const pads = [...kernel, ...kernel].map((size) => (padded ? integer(random, 0, size - 1) : 0));
  // With SAME it would pad negatively where strides skip values.
  const strides = kernel.map((size) =>
    integer(random, 1, autoPad.startsWith('SAME') ? Math.min(size, 3) : 3),
  );
  const n = spatial.length;
  const fits = spatial.every(
    (size, k) =>
      autoPad.startsWith('SAME') || size + pads[k]! + pads[n + k]! >= (kernel[k]! - 1) * dilations[k]! + 1,
  );
  if (!fits) return null;
  const attributes: Attributes = {
    kernel_shape: ints(kernel),
    ...(chance(random, 0.8) ? { strides: ints(strides) } : {}),
    ...(wide && chance(random, 0.6) ? { dilations: ints(dilations) } : {}),
    ...(autoPad === 'NOTSET' ? { pads: ints(pads) } : { auto_pad: string(autoPad) }),
    ...(ceil && autoPad === 'NOTSET' && chance(random, 0.5) ? { ceil_mode: int(1) } : {}),
  };
  return { kernel, attributes };
}

function window(random: Random, spatial: readonly number[], options: WindowOptions) {
  for (;;) {
    const found = windowOnce(random, spatial, options);
    if (found !== null) return found;
  }
}

/** Now and then a Relu or Clip behind a value. */
function limited(b: GraphBuilder, random: Random, x: string, size: number): string {
  switch (pick(random, ['none', 'none', 'relu', 'clip'])) {
    case 'relu':
      return b.node('Relu', [x], { name: 'limited' });
    case 'clip': {
      const bounds = [-random() * size * pick(random, [0, 1]), (0.1 + random()) * size].map((bound, i) =>
        b.constant(`limit${i}`, scalar(Math.fround(bound))),
      );
      return b.node('Clip', [x, ...bounds], { name: 'limited' });
    }
    default:
      return x;
  }
}

type Write = (b: GraphBuilder, random: Random) => readonly [min: number, max: number];

/** A row from what writes the nodes and outputs, and gives the range of the inputs. */
function row(steps: number, write: Write, more: Partial<Row> = {}): Row {
  return {
    steps,
    ...more,
    make: (random) => {
      const b = graphBuilder('random');
      const limits = write(b, random);
      return { model: b.model(), range: limits };
    },
  };
}

/** An operator of one input. */
function unary(
  op: string,
  attributes: (random: Random) => Attributes = () => ({}),
  limits: (random: Random) => readonly [number, number] = range,
  count = 30,
): Row {
  return row(
    0.51,
    (b, random) => {
      const between = limits(random);
      const x = b.input('x', anyShape(random));
      b.output(b.node(op, [x], { name: 'y', attributes: attributes(random) }));
      return between;
    },
    { count },
  );
}

const small = (random: Random): readonly [number, number] => {
  const size = 0.5 + 4 * random();
  return [-size, size];
};
const positive = (random: Random): readonly [number, number] => [0.5, 0.6 + 4 * random()];

/** What moves values, now and then behind a Relu that gives them a place of their own, or before one. */
function mover(
  write: (b: GraphBuilder, random: Random, x: string, shape: readonly number[]) => string,
  shapeOf: (random: Random) => number[] = (random) => anyShape(random, 2),
  count = 60,
  more: Partial<Row> = {},
): Row {
  return row(
    REQUANTIZED,
    (b, random) => {
      const shape = shapeOf(random);
      const x = b.input('x', shape);
      const relu = pick(random, ['none', 'none', 'before', 'behind']);
      const before = relu === 'before' ? b.node('Relu', [x], { name: 'before' }) : x;
      const moved = write(b, random, before, shape);
      b.output(relu === 'behind' ? b.node('Relu', [moved], { name: 'behind' }) : moved);
      return range(random);
    },
    { count, ...more },
  );
}

/** An operator of a value and a constant on either side, for all values alike or one per channel. */
function withConstant(op: string, limits: (random: Random) => readonly [number, number] = small): Row {
  return row(
    0.51,
    (b, random) => {
      const between = limits(random);
      const x = b.input('x', anyShape(random));
      const value = (0.25 + random()) * pick(random, op === 'Pow' ? [1, 2, 3] : [1, -1, 2]);
      const constant = b.constant('c', floatTensor(pick(random, [[], [1]]), [value]));
      const swapped = op !== 'Pow' && op !== 'Div' && chance(random, 0.4);
      const y = b.node(op, swapped ? [constant, x] : [x, constant], { name: 'y' });
      b.output(y);
      return between;
    },
    { count: 40 },
  );
}

function reduceAxes(random: Random, rank: number): readonly number[] {
  const axes = Array.from({ length: rank - 2 }, (_, i) => (chance(random, 0.5) ? i + 2 : i + 2 - rank));
  return chance(random, 0.5) ? axes.toReversed() : axes;
}

const ROWS_OF_FUNCTIONS: readonly (readonly [string, Row])[] = [
  ['Identity', unary('Identity')],
  ['Relu', unary('Relu')],
  [
    'Clip',
    row(0.51, (b, random) => {
      const between = range(random);
      const x = b.input('x', anyShape(random));
      const at = (): number => Math.fround(between[0] + random() * (between[1] - between[0]));
      const ends = [at(), at()].sort((p, q) => p - q);
      const names = ends.map((end, i) => (chance(random, 0.2) ? '' : b.constant(`end${i}`, scalar(end))));
      b.output(b.node('Clip', [x, ...names], { name: 'y' }));
      return between;
    }),
  ],
  ['LeakyRelu', unary('LeakyRelu', (random) => ({ alpha: float(Math.fround(random())) }))],
  [
    'PRelu',
    row(0.51, (b, random) => {
      const x = b.input('x', imageShape(random));
      b.output(b.node('PRelu', [x, b.constant('slope', floatTensor([1], [random()]))], { name: 'y' }));
      return range(random);
    }),
  ],
  ['Elu', unary('Elu', (random) => ({ alpha: float(Math.fround(0.1 + random())) }), small)],
  ['Selu', unary('Selu', () => ({}), small)],
  ['Sigmoid', unary('Sigmoid', () => ({}), small)],
  [
    'HardSigmoid',
    unary(
      'HardSigmoid',
      (random) => ({ alpha: float(Math.fround(0.1 + random())), beta: float(0.5) }),
      small,
    ),
  ],
  ['HardSwish', unary('HardSwish', () => ({}), small)],
  ['Tanh', unary('Tanh', () => ({}), small)],
  ['Gelu', unary('Gelu', (random) => ({ approximate: string(pick(random, ['none', 'tanh'])) }), small)],
  ['Softplus', unary('Softplus', () => ({}), small)],
  ['Softsign', unary('Softsign', () => ({}), small)],
  ['Erf', unary('Erf', () => ({}), small)],
  ['Exp', unary('Exp', () => ({}), small)],
  ['Log', unary('Log', () => ({}), positive)],
  ['Sqrt', unary('Sqrt', () => ({}), positive)],
  ['Abs', unary('Abs')],
  ['Neg', unary('Neg')],
  ['Reciprocal', unary('Reciprocal', () => ({}), positive)],
  ['Ceil', unary('Ceil', () => ({}), small)],
  ['Floor', unary('Floor', () => ({}), small)],
  ['Round', unary('Round', () => ({}), small)],
  ['Sign', unary('Sign', () => ({}), small)],
  [
    SILU,
    row(0.51, (b, random) => {
      const x = b.input('x', anyShape(random));
      const gate = b.node('Sigmoid', [x], { name: 'gate' });
      b.output(b.node('Mul', chance(random, 0.5) ? [x, gate] : [gate, x], { name: 'y' }));
      return small(random);
    }),
  ],
  ['Sub', withConstant('Sub')],
  ['Div', withConstant('Div')],
  ['Pow', withConstant('Pow', positive)],
  ['Max', withConstant('Max')],
  ['Min', withConstant('Min')],
];

const ROWS_OF_SUMS: readonly (readonly [string, Row])[] = [
  [
    'Conv',
    row(
      REQUANTIZED,
      (b, random) => {
        const between = range(random);
        const groups = pick(random, [1, 1, 1, 2, 3]);
        const depthwise = chance(random, 0.3);
        const inPerGroup = depthwise ? 1 : integer(random, 1, 5);
        const channels = depthwise ? integer(random, 1, 9) : groups * inPerGroup;
        const outPerGroup = depthwise ? integer(random, 1, 3) : integer(random, 1, 5);
        const group = depthwise ? channels : groups;
        const shape = imageShape(random, channels);
        const { kernel, attributes } = window(random, shape.slice(2), { dilated: true, ceil: false });
        const w = weights(random, [group * outPerGroup, inPerGroup, ...kernel], 0);
        const size = between[1] - between[0];
        const bias = chance(random, 0.6)
          ? [
              b.constant(
                'bias',
                floatTensor([group * outPerGroup], vector(random, group * outPerGroup, size)),
              ),
            ]
          : [];
        const y = b.node('Conv', [b.input('x', shape), b.constant('w', w), ...bias], {
          name: 'y',
          attributes: { ...attributes, group: int(group) },
        });
        b.output(limited(b, random, y, size));
        return between;
      },
      { count: 160 },
    ),
  ],
  [
    'ConvTranspose',
    row(
      REQUANTIZED,
      (b, random) => {
        const between = range(random);
        const groups = pick(random, [1, 1, 1, 2, 3]);
        const shape = imageShape(random, groups * integer(random, 1, groups === 1 ? 5 : 2));
        const spatial = shape.slice(2);
        const kernel = spatial.map(() => integer(random, 1, 4));
        const strides = spatial.map(() => integer(random, 1, 3));
        const dilations = spatial.map(() => pick(random, [1, 1, 2]));
        const outChannels = integer(random, 1, 5);
        const pads = [...kernel, ...kernel].map((size) =>
          chance(random, 0.4) ? integer(random, 0, size - 1) : 0,
        );
        const outputPadding = strides.map((stride) => integer(random, 0, stride - 1));
        const sizes = spatial.map(
          (size, k) =>
            strides[k]! * (size - 1) +
            outputPadding[k]! +
            (kernel[k]! - 1) * dilations[k]! +
            1 -
            pads[k]! -
            pads[spatial.length + k]!,
        );
        const cropped = sizes.every((size) => size >= 1);
        // Each group has filters of its own, and so scales.
        const inChannels = shape[1]! / groups;
        const parts = Array.from({ length: groups }, () =>
          weights(random, [inChannels, outChannels, ...kernel], 1),
        );
        const all = Float32Array.from(parts.flatMap(({ data }) => [...(data as Float32Array)]));
        const w = floatTensor([shape[1]!, outChannels, ...kernel], all);
        const size = between[1] - between[0];
        const filters = groups * outChannels;
        const bias = chance(random, 0.5)
          ? [b.constant('bias', floatTensor([filters], vector(random, filters, size)))]
          : [];
        const y = b.node('ConvTranspose', [b.input('x', shape), b.constant('w', w), ...bias], {
          name: 'y',
          attributes: {
            group: int(groups),
            strides: ints(strides),
            dilations: ints(dilations),
            ...(cropped ? { pads: ints(pads), output_padding: ints(outputPadding) } : {}),
          },
        });
        b.output(limited(b, random, y, size));
        return between;
      },
      { count: 100 },
    ),
  ],
  [
    'Gemm',
    row(
      REQUANTIZED,
      (b, random) => {
        const between = range(random);
        const [rows, inner, columns] = [integer(random, 1, 4), integer(random, 1, 9), integer(random, 1, 9)];
        const x = b.input('x', [rows, inner]);
        const size = between[1] - between[0];
        const shape = pick(random, [[columns], [1, columns]] as const);
        const bias = (): string => b.constant('bias', floatTensor(shape, vector(random, columns, size)));
        if (chance(random, 0.3)) {
          // One code per output column: the columns of the product are its output channels.
          const product = b.node('MatMul', [x, b.constant('w', weights(random, [inner, columns], 1))], {
            name: 'p',
          });
          const y = chance(random, 0.5) ? b.node('Add', [product, bias()], { name: 'y' }) : product;
          b.output(limited(b, random, y, size));
          return between;
        }
        const transB = chance(random, 0.5);
        const w = weights(random, transB ? [columns, inner] : [inner, columns], transB ? 0 : 1);
        const y = b.node('Gemm', [x, b.constant('w', w), ...(chance(random, 0.6) ? [bias()] : [])], {
          name: 'y',
          attributes: {
            ...(transB ? { transB: int(1) } : {}),
            ...(chance(random, 0.4) ? { alpha: float(pick(random, [0.5, 2, -1])) } : {}),
            ...(chance(random, 0.4) ? { beta: float(pick(random, [0.5, 2, -1, 0])) } : {}),
          },
        });
        b.output(limited(b, random, y, size));
        return between;
      },
      { count: 100 },
    ),
  ],
  [
    'Add',
    row(
      REQUANTIZED,
      (b, random) => {
        const shape = imageShape(random);
        const x = b.input('x', shape);
        const constant = (): string => {
          const perChannel = chance(random, 0.5);
          const dims = perChannel ? [shape[1]!, ...shape.slice(2).map(() => 1)] : [1];
          return b.constant('c', floatTensor(dims, vector(random, elementCount(dims), 1)));
        };
        const both = chance(random, 0.6);
        const other = both ? b.input('z', shape) : constant();
        const y = b.node('Add', chance(random, 0.5) ? [x, other] : [other, x], { name: 'y' });
        b.output(both ? limited(b, random, y, 1) : y);
        return small(random);
      },
      { count: 60 },
    ),
  ],
  [
    'Mul',
    row(
      REQUANTIZED,
      (b, random) => {
        const shape = imageShape(random);
        const x = b.input('x', shape);
        const gate = [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)];
        const kind = pick(random, ['same', 'gate', 'constant']);
        const other =
          kind === 'constant'
            ? b.constant('c', floatTensor([1], [2 * random() - 1]))
            : b.input('z', kind === 'same' ? shape : gate);
        const y = b.node('Mul', chance(random, 0.5) ? [x, other] : [other, x], { name: 'y' });
        b.output(kind === 'constant' ? y : limited(b, random, y, 1));
        return small(random);
      },
      { count: 80, accepted: 0.5 },
    ),
  ],
  [
    'Softmax',
    row(
      2,
      (b, random) => {
        const shape = anyShape(random, 2);
        const axis = integer(random, 0, shape.length - 1);
        const attributes = { axis: int(chance(random, 0.5) ? axis : axis - shape.length) };
        b.output(b.node('Softmax', [b.input('x', shape)], { name: 'y', attributes }));
        return small(random);
      },
      { count: 60, accepted: 0.95 },
    ),
  ],
];

const pooled = (
  op: 'MaxPool' | 'AveragePool',
  write: (random: Random) => Attributes,
  dilated: boolean,
): Write => {
  return (b, random) => {
    const shape = imageShape(random);
    const { attributes } = window(random, shape.slice(2), { dilated, ceil: true });
    const y = b.node(op, [b.input('x', shape)], {
      name: 'y',
      attributes: { ...attributes, ...write(random) },
    });
    // An average and the limits behind it are two roundings.
    b.output(op === 'MaxPool' ? limited(b, random, y, 1) : y);
    return range(random);
  };
};

const ROWS_OF_POOLS: readonly (readonly [string, Row])[] = [
  [
    'MaxPool',
    row(
      REQUANTIZED,
      pooled('MaxPool', () => ({}), true),
      { count: 100 },
    ),
  ],
  [
    'AveragePool',
    row(
      REQUANTIZED,
      pooled('AveragePool', (random) => (chance(random, 0.5) ? { count_include_pad: int(1) } : {}), false),
      { inputSteps: 0.51, count: 160 },
    ),
  ],
  ...(['GlobalAveragePool', 'GlobalMaxPool'] as const).map((op): readonly [string, Row] => [
    op,
    row(REQUANTIZED, (b, random) => {
      b.output(b.node(op, [b.input('x', imageShape(random))], { name: 'y' }));
      return range(random);
    }),
  ]),
  ...(['ReduceMean', 'ReduceMax'] as const).map((op): readonly [string, Row] => [
    op,
    row(
      REQUANTIZED,
      (b, random) => {
        const shape = imageShape(random);
        const axes = b.constant('axes', int64s(reduceAxes(random, shape.length)));
        const attributes = chance(random, 0.7) ? { keepdims: int(integer(random, 0, 1)) } : {};
        b.output(b.node(op, [b.input('x', shape), axes], { name: 'y', attributes }));
        return range(random);
      },
      { count: 40 },
    ),
  ]),
];

/** A shape with as many elements: neighbouring axes joined, ones put in. */
function reshaped(random: Random, shape: readonly number[]): readonly number[] {
  const dims: number[] = [];
  for (const dim of shape) {
    if (dims.length > 0 && chance(random, 0.4)) dims[dims.length - 1]! *= dim;
    else dims.push(dim);
    if (dims.length < 3 && chance(random, 0.15)) dims.push(1);
  }
  return dims;
}

const signed = (random: Random, axis: number, rank: number): number =>
  chance(random, 0.5) ? axis : axis - rank;

const ROWS_OF_MOVES: readonly (readonly [string, Row])[] = [
  [
    'Reshape',
    mover((b, random, x, shape) => {
      const dims = [...reshaped(random, shape)];
      if (chance(random, 0.3)) dims[integer(random, 0, dims.length - 1)] = -1;
      return b.node('Reshape', [x, b.constant('shape', int64s(dims))], { name: 'y' });
    }),
  ],
  [
    'Flatten',
    mover((b, random, x, shape) => {
      const axis = signed(random, integer(random, 1, shape.length - 1), shape.length);
      return b.node('Flatten', [x], { name: 'y', attributes: { axis: int(axis) } });
    }),
  ],
  [
    'Squeeze',
    mover(
      (b, random, x, shape) => {
        const ones = shape.flatMap((dim, axis) => (dim === 1 ? [signed(random, axis, shape.length)] : []));
        return b.node('Squeeze', [x, b.constant('axes', int64s(ones))], { name: 'y' });
      },
      (random) => [...anyShape(random).slice(0, 3), 1],
    ),
  ],
  [
    'Unsqueeze',
    mover(
      (b, random, x, shape) => {
        const axis = signed(random, integer(random, 0, shape.length), shape.length + 1);
        return b.node('Unsqueeze', [x, b.constant('axes', int64s([axis]))], { name: 'y' });
      },
      (random) => anyShape(random).slice(0, 3),
    ),
  ],
  [
    'Transpose',
    mover((b, random, x, shape) => {
      const order = shape
        .map((_, axis) => ({ axis, key: random() }))
        .sort((p, q) => p.key - q.key)
        .map(({ axis }) => axis);
      const attributes: Attributes = chance(random, 0.8) ? { perm: ints(order) } : {};
      return b.node('Transpose', [x], { name: 'y', attributes });
    }),
  ],
  [
    'Slice',
    mover((b, random, x, shape) => {
      const axes = shape.flatMap((_, axis) => (chance(random, 0.6) ? [axis] : []));
      const used = axes.length === 0 ? [shape.length - 1] : axes;
      const parts = used.map((axis) => {
        const size = shape[axis]!;
        const [low, high] = [integer(random, 0, size - 1), integer(random, 0, size - 1)].sort(
          (p, q) => p - q,
        );
        const step = integer(random, 1, 2);
        if (chance(random, 0.3)) return { start: high! - size, end: low! - size - 1, step: -step };
        const end = high! + 1 === size && chance(random, 0.5) ? 2 ** 31 - 1 : high! + 1;
        return { start: chance(random, 0.5) ? low! : low! - size, end, step };
      });
      const constants = [
        parts.map(({ start }) => start),
        parts.map(({ end }) => end),
        used.map((axis) => signed(random, axis, shape.length)),
        parts.map(({ step }) => step),
      ].map((values, i) => b.constant(`bounds${i}`, int64s(values)));
      return b.node('Slice', [x, ...constants], { name: 'y' });
    }),
  ],
  [
    'Split',
    {
      steps: 0.51,
      count: 60,
      make: (random) => {
        const shape = anyShape(random, 2);
        const axis = integer(random, 0, shape.length - 1);
        const size = integer(random, 2, 6);
        shape[axis] = size;
        const first = integer(random, 1, size - 1);
        const b = graphBuilder('random');
        const x = b.input('x', shape);
        const sizes = b.constant('sizes', int64s([first, size - first]));
        const model = b.model();
        const attributes = { axis: int(signed(random, axis, shape.length)) };
        const split = makeNode('Split', [x, sizes], ['first', 'second'], attributes);
        return {
          model: { ...model, nodes: [split], outputs: ['first', 'second'] },
          range: range(random),
        };
      },
    },
  ],
  [
    'Gather',
    mover((b, random, x, shape) => {
      const axis = integer(random, 0, shape.length - 1);
      const size = shape[axis]!;
      const index = BigInt(signed(random, integer(random, 0, size - 1), size));
      const dims = pick(random, [[], [1]]);
      const indices = b.constant('index', { dtype: 'int64', shape: dims, data: BigInt64Array.of(index) });
      const attributes = { axis: int(signed(random, axis, shape.length)) };
      return b.node('Gather', [x, indices], { name: 'y', attributes });
    }),
  ],
  [
    'Concat',
    mover(
      (b, random, x, shape) => {
        const axis = integer(random, 0, shape.length - 1);
        const others = Array.from({ length: integer(random, 1, 2) }, (_, i) => {
          const dims = shape.map((size, k) => (k === axis ? integer(random, 1, 4) : size));
          return chance(random, 0.25)
            ? b.constant(`c${i}`, floatTensor(dims, vector(random, elementCount(dims), 1)))
            : b.input(`z${i}`, dims);
        });
        const all = chance(random, 0.5) ? [x, ...others] : [...others, x];
        const attributes = { axis: int(signed(random, axis, shape.length)) };
        return b.node('Concat', all, { name: 'y', attributes });
      },
      undefined,
      60,
      { inputSteps: 0.51 },
    ), // a constant part has a code of the others
  ],
  [
    'Pad',
    mover(
      (b, random, x, shape) => {
        const amounts = [...shape, ...shape].map((size) => pick(random, [0, 0, 1, 2, size > 2 ? -1 : 0]));
        const pads = b.constant('pads', int64s(amounts));
        const value = chance(random, 0.5) ? [b.constant('value', scalar(Math.fround(random() - 0.5)))] : [];
        return b.node('Pad', [x, pads, ...value], { name: 'y' });
      },
      undefined,
      60,
      { inputSteps: 0.51 }, // the value that is put in has a code of the input
    ),
  ],
  [
    REQUANTIZE,
    {
      steps: 1.01, // the float meaning rounds, too
      count: 30,
      make: (random) => {
        const b = graphBuilder('random');
        const [first, second] = [0, 0].map(() => Math.fround((0.5 + random()) / 64)) as [number, number];
        const coded = (x: string, name: string, step: number): string => {
          const parameters = [
            b.constant(`${name}_scale`, scalar(step)),
            b.constant(`${name}_zero`, {
              dtype: 'int8',
              shape: [],
              data: Int8Array.of(integer(random, -128, 127)),
            }),
          ];
          const q = b.node('QuantizeLinear', [x, ...parameters], { name: `${name}_q`, dtype: 'int8' });
          return b.node('DequantizeLinear', [q, ...parameters], { name });
        };
        b.output(coded(coded(b.input('x', anyShape(random)), 'first', first), 'second', second));
        return { model: b.model(), range: [-1, 1], step: second };
      },
    },
  ],
];

/** Codes from -128 to 127, both of them there, times a power of two: what the constant is stored as is exact. */
function exactOperand(random: Random, shape: readonly number[]): Tensor {
  const scale = 2 ** integer(random, -6, 2);
  const codes = Array.from({ length: elementCount(shape) }, () => integer(random, -128, 127));
  codes[0] = -128;
  codes[codes.length - 1] = 127;
  return floatTensor(
    shape,
    Float32Array.from(codes, (code) => code * scale),
  );
}

/** The shapes of two stacks of matrices: axes before the last two broadcast, and may be missing. */
function stacks(random: Random): readonly [left: number[], right: number[]] {
  const [rows, depth, columns] = [integer(random, 1, 6), integer(random, 1, 9), integer(random, 1, 9)];
  const batch = Array.from({ length: integer(random, 0, 3) }, () => integer(random, 1, 3));
  const shared = (): number[] => {
    const sizes = batch.map((size) => (chance(random, 0.25) ? 1 : size));
    return chance(random, 0.2) ? sizes.slice(integer(random, 0, sizes.length)) : sizes;
  };
  const [left, right] = [shared(), shared()];
  const vector = (matrix: number[], side: number): number[] =>
    chance(random, 0.1) && matrix.length === 2 ? [matrix[side]!] : matrix;
  return [vector([...left, rows, depth], 1), vector([...right, depth, columns], 0)];
}

/** The value behind a Transpose that gives it the shape; or an input of it. */
function turnedInput(b: GraphBuilder, random: Random, name: string, shape: readonly number[]): string {
  if (shape.length < 2 || chance(random, 0.4)) return b.input(name, shape);
  const order = shape.map((_, axis) => axis);
  const perm = pick(random, [
    [...order.slice(0, -2), order.at(-1)!, order.at(-2)!],
    order.toSorted(() => random() - 0.5),
  ]);
  const before = shape.map((_, axis) => shape[perm.indexOf(axis)]!);
  const x = b.input(name, before);
  return b.node('Transpose', [x], { name: `${name}_turned`, attributes: { perm: ints(perm) } });
}

const ROWS_OF_ATTENTION: readonly [op: string, Row][] = [
  [
    'MatMul',
    row(
      REQUANTIZED,
      (b, random) => {
        const [left, right] = stacks(random);
        const constant = random();
        const w = (shape: readonly number[]): string => b.constant('w', exactOperand(random, shape));
        // A constant matrix is the weights of a layer, and has scales of its own.
        const x = constant < 0.15 && left.length > 2 ? w(left) : turnedInput(b, random, 'x', left);
        const other = constant > 0.85 && right.length > 2 ? w(right) : turnedInput(b, random, 'other', right);
        const p = b.node('MatMul', [x, other], { name: 'p' });
        const rank = Math.max(left.length, right.length);
        const size = 2 ** integer(random, -3, 3);
        const turns = chance(random, 0.3) && left.length > 1 && right.length > 1;
        const y = turns
          ? b.node('Transpose', [p], {
              name: 'y',
              attributes: {
                perm: ints(Array.from({ length: rank }, (_, axis) => axis).toSorted(() => random() - 0.5)),
              },
            })
          : limited(b, random, p, size);
        b.output(y);
        return [-size, size * pick(random, [1, 0.2])];
      },
      { count: 150, accepted: 0.95 },
    ),
  ],
  ...(['LayerNormalization', 'RMSNormalization'] as const).map((op): [string, Row] => [
    op,
    row(
      REQUANTIZED,
      (b, random) => {
        const shape = anyShape(random, 2);
        const axis = integer(random, 1, shape.length - 1);
        const normalised = shape.slice(axis);
        const broad = chance(random, 0.3)
          ? normalised.map((size) => (chance(random, 0.5) ? 1 : size))
          : normalised;
        const names = op === 'RMSNormalization' || chance(random, 0.2) ? ['scale'] : ['scale', 'bias'];
        const y = b.node(op, [turnedInput(b, random, 'x', shape), ...affine(b, random, names, broad)], {
          name: 'y',
          attributes: {
            axis: int(chance(random, 0.5) ? axis : axis - shape.length),
            ...(chance(random, 0.5) ? { epsilon: float(pick(random, [1e-12, 1e-3, 0.1])) } : {}),
          },
        });
        b.output(limited(b, random, y, 1));
        return range(random);
      },
      { count: 60, accepted: 0.95 },
    ),
  ]),
  ...(['InstanceNormalization', 'GroupNormalization'] as const).map((op): [string, Row] => [
    op,
    row(
      REQUANTIZED,
      (b, random) => {
        const [groups, each] = [integer(random, 1, 4), integer(random, 1, 4)];
        const channels = groups * each;
        const shape = imageShape(random, channels);
        // One number alone is nothing but its bias.
        shape[2] = Math.max(shape[2]!, 2);
        const y = b.node(op, [b.input('x', shape), ...affine(b, random, ['scale', 'bias'], [channels])], {
          name: 'y',
          attributes: op === 'GroupNormalization' ? { num_groups: int(groups) } : {},
        });
        b.output(limited(b, random, y, 1));
        return range(random);
      },
      { count: 60, accepted: 0.95 },
    ),
  ]),
  [
    'LRN',
    row(
      REQUANTIZED,
      (b, random) => {
        const y = b.node('LRN', [b.input('x', imageShape(random, integer(random, 1, 9), 2))], {
          name: 'y',
          attributes: {
            size: int(pick(random, [1, 3, 5, 7])),
            ...(chance(random, 0.8) ? { alpha: float(pick(random, [1e-4, 0.01, 1, 20])) } : {}),
            ...(chance(random, 0.5) ? { beta: float(pick(random, [0.5, 0.75, 1, 2])) } : {}),
            ...(chance(random, 0.5) ? { bias: float(pick(random, [1, 2, 0.1])) } : {}),
          },
        });
        b.output(limited(b, random, y, 1));
        return range(random);
      },
      { count: 60, accepted: 0.95 },
    ),
  ],
  [
    LINEAR_ATTENTION,
    row(
      0.8, // one multiplier, and a quotient within 2^-22 of the values
      (b, random) => {
        const [keys, values, tokens] = [integer(random, 1, 5), integer(random, 1, 5), integer(random, 1, 12)];
        const heads = Array.from({ length: integer(random, 0, 2) }, () => integer(random, 1, 3));
        const of = (name: string, channels: number): string =>
          turnedInput(b, random, name, [...heads, channels, tokens]);
        const rank = heads.length + 2;
        const [q, k, v] = [of('q', keys), of('k', keys), of('v', values)];
        const axes = Array.from({ length: rank }, (_, axis) => axis);
        const bounds = (name: string, from: number, to: number): string[] =>
          [from, to, rank - 2].map((number, i) => b.constant(`${name}${i}`, int64s([number])));
        const pads = b.constant(
          'pads',
          int64s(Array.from({ length: 2 * rank }, (_, i) => Number(i === 2 * rank - 2))),
        );
        const padded = b.node('Pad', [v, pads, b.constant('one', scalar(1))], { name: 'padded' });
        const turned = b.node('Transpose', [b.node('Relu', [k], { name: 'rk' })], {
          name: 'kt',
          attributes: { perm: ints([...axes.slice(0, -2), rank - 1, rank - 2]) },
        });
        const state = b.node('MatMul', [padded, turned], { name: 'state' });
        const product = b.node('MatMul', [state, b.node('Relu', [q], { name: 'rq' })], { name: 'product' });
        const sums = b.node('Slice', [product, ...bounds('s', 0, values)], { name: 'sums' });
        const weights = b.node('Slice', [product, ...bounds('w', values, values + 1)], { name: 'weights' });
        const epsilon = b.constant('epsilon', scalar(1e-15));
        const divisor = b.node('Add', [weights, epsilon], { name: 'divisor' });
        b.output(limited(b, random, b.node('Div', [sums, divisor], { name: 'y' }), 1));
        return range(random);
      },
      { count: 60, accepted: 0.95 },
    ),
  ],
  [
    MASKED_SOFTMAX,
    row(
      2,
      (b, random) => {
        const shape = Array.from({ length: integer(random, 2, 4) }, () => integer(random, 1, 5));
        const axis = chance(random, 0.8) ? shape.length - 1 : integer(random, 0, shape.length - 1);
        const sizes = shape.map((size, k) => (k !== axis && chance(random, 0.4) ? 1 : size));
        const kept = sizes.slice(integer(random, 0, axis));
        const masked = pick(random, [-1e9, -1e4, -100, Number.NEGATIVE_INFINITY]);
        // The first of each row counts.
        const at = axis - shape.length + kept.length;
        const stride = elementCount(kept.slice(at + 1));
        const flags = Array.from(
          { length: elementCount(kept) },
          (_, i) => Math.floor(i / stride) % kept[at]! !== 0 && chance(random, 0.5),
        );
        const x = b.input('x', shape);
        const whole = kept.length === shape.length && kept.every((one, k) => one === shape[k]);
        const scores =
          whole && chance(random, 0.3)
            ? b.node(
                'Where',
                [
                  b.constant('flags', { dtype: 'bool', shape: kept, data: Uint8Array.from(flags, Number) }),
                  b.constant('masked', scalar(masked)),
                  x,
                ],
                { name: 's' },
              )
            : b.node(
                'Add',
                [
                  x,
                  b.constant(
                    'mask',
                    floatTensor(
                      kept,
                      flags.map((flag) => (flag ? masked : 0)),
                    ),
                  ),
                ],
                {
                  name: 's',
                },
              );
        b.output(b.node('Softmax', [scores], { name: 'y', attributes: { axis: int(axis) } }));
        return small(random);
      },
      { count: 80, accepted: 0.6 },
    ),
  ],
];

/** Scale and bias of a normalisation: of both signs, now and then the bias far beyond the scale. */
function affine(
  b: GraphBuilder,
  random: Random,
  names: readonly string[],
  shape: readonly number[],
): readonly string[] {
  const size = pick(random, [1, 1, 0.01, 30]);
  return names.map((name) =>
    b.constant(name, floatTensor(shape, vector(random, elementCount(shape), name === 'bias' ? size : 2))),
  );
}

const SPLIT_TOP: Row = {
  steps: 0.51,
  count: 40,
  make: (random) => {
    const shape = anyShape(random);
    const axis = integer(random, 0, shape.length - 1);
    const b = graphBuilder('random');
    const x = b.input('x', shape);
    const k = b.constant('k', int64s([integer(random, 1, shape[axis]!)]));
    const attributes = { axis: int(axis), largest: int(integer(random, 0, 1)) };
    const top = makeNode('TopK', [x, k], ['values', 'places'], attributes);
    return {
      model: { ...b.model(), nodes: [top], outputs: ['values', 'places'] },
      range: range(random),
    };
  },
};

const FUNCTIONS: readonly (readonly [string, Row])[] = [
  ['Mod', functionOfTwo('Mod', { fmod: int(1) })],
  ['Celu', unary('Celu', (random) => ({ alpha: float(Math.fround(0.1 + random())) }), small)],
  ['ThresholdedRelu', unary('ThresholdedRelu', (random) => ({ alpha: float(Math.fround(random())) }), small)],
  ['Shrink', unary('Shrink', () => ({ bias: float(0.25), lambd: float(0.5) }), small)],
  ['Swish', unary('Swish', () => ({ alpha: float(1.5) }), small)],
  ...['Mish', 'Sin', 'Cos', 'Atan', 'Sinh', 'Cosh', 'Asinh'].map((op): readonly [string, Row] => [
    op,
    unary(op, () => ({}), small),
  ]),
  ...['Tan', 'Asin', 'Acos', 'Atanh'].map((op): readonly [string, Row] => [
    op,
    unary(
      op,
      () => ({}),
      () => [-0.9, 0.9],
    ),
  ]),
  [
    'Acosh',
    unary(
      'Acosh',
      () => ({}),
      () => [1.5, 4],
    ),
  ],
];

function functionOfTwo(op: string, attributes: Attributes): Row {
  return row(
    0.51,
    (b, random) => {
      const x = b.input('x', anyShape(random));
      b.output(b.node(op, [x, b.constant('c', scalar(0.75))], { name: 'y', attributes }));
      return small(random);
    },
    { count: 20 },
  );
}

/** By operator; some have two kinds of models. */
export const ROWS: readonly (readonly [op: string, row: Row])[] = [
  ...ROWS_OF_SUMS,
  ...ROWS_OF_POOLS,
  ...ROWS_OF_MOVES,
  ...ROWS_OF_FUNCTIONS,
  ...ROWS_OF_ATTENTION,
  ...RECURRENT_ROWS,
  ...FUNCTIONS,
  ['TopK', SPLIT_TOP],
  ...FORM_ROWS.map(({ op, steps, count, write, ...more }): readonly [string, Row] => [
    op,
    row(steps, write, { count, ...more }),
  ]),
];
