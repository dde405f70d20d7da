/** Random models of operators that broadcast, choose, compare, reduce, rank, resize and move: rows of random-models.ts. */
import { type GraphBuilder, int, ints, string } from '../../../src/graph/build.ts';
import { elementCount, floatTensor } from '../../../src/graph/tensor.ts';
import type { Attribute, Tensor } from '../../../src/graph/types.ts';
import { integer, pick, type Random } from '../../native/random.ts';

type Range = readonly [min: number, max: number];

/** What a row writes, and how near its integers come (random-models.ts). */
export type FormRow = {
  readonly op: string;
  readonly steps: number;
  readonly count: number;
  readonly accepted?: number;
  readonly write: (b: GraphBuilder, random: Random) => Range;
};

const REQUANTIZED = 0.76;

function int64s(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return { dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) };
}

const shapeOf = (random: Random, rank = integer(random, 1, 5)): number[] =>
  Array.from({ length: rank }, () => integer(random, 1, 5));

/** Two shapes that broadcast to one. */
function broadcasting(random: Random): readonly [number[], number[]] {
  const whole = shapeOf(random);
  const part = (): number[] =>
    whole.slice(integer(random, 0, whole.length - 1)).map((dim) => (random() < 0.4 ? 1 : dim));
  const pair = [whole, random() < 0.3 ? [...whole] : part()] as const;
  return random() < 0.5 ? pair : [pair[1], pair[0]];
}

/** Numbers that 8 bits of their own range hold exactly. */
function coded(random: Random, shape: readonly number[], step = 1 / 128, least = -100): Tensor {
  const data = Float32Array.from(
    { length: elementCount(shape) },
    () => integer(random, least, least + 255) * step,
  );
  data[0] = least * step;
  if (data.length > 1) data[data.length - 1] = (least + 255) * step;
  return floatTensor(shape, data);
}

const both = (random: Random): Range => [-(0.5 + 2 * random()), 0.5 + 2 * random()];
const above = (random: Random): Range => [0.5, 0.8 + 2 * random()];

/** The node of two activations, or of one and a constant of several elements. */
function binary(op: string, limits = both, steps = REQUANTIZED): FormRow {
  return {
    op,
    steps,
    count: 60,
    write: (b, random) => {
      const [first, second] = broadcasting(random);
      const x = b.input('x', first);
      const constant = op !== 'Div' && elementCount(second) > 2 && random() < 0.3;
      const z = constant ? b.constant('c', coded(random, second)) : b.input('z', second);
      const y = b.node(op, constant && random() < 0.5 ? [z, x] : [x, z], { name: 'y' });
      b.output(y);
      return limits(random);
    },
  };
}

function several(op: string, steps: number): FormRow {
  return {
    op,
    steps,
    count: 40,
    write: (b, random) => {
      const [first, second] = broadcasting(random);
      const operands = [first, second, ...(random() < 0.5 ? [second] : [])];
      b.output(
        b.node(
          op,
          operands.map((shape, i) => b.input(`x${i}`, shape)),
          { name: 'y' },
        ),
      );
      return both(random);
    },
  };
}

/** A comparison, or what connects two, that chooses between two activations. */
function comparison(op: string): FormRow {
  const connects = ['And', 'Or', 'Xor', 'Not'].includes(op);
  return {
    op,
    steps: REQUANTIZED,
    count: 30,
    write: (b, random) => {
      const [first, second] = broadcasting(random);
      const [x, z] = [b.input('x', first), b.input('z', second)];
      const truth = (name: string, operands: readonly string[]): string =>
        b.node(name, operands, { dtype: 'bool', name: `${name}_${operands.length}_t` });
      const condition = !connects
        ? truth(op, [x, z])
        : op === 'Not'
          ? truth('Not', [truth('Less', [x, z])])
          : truth(op, [
              truth('Less', [x, z]),
              truth('Greater', [x, b.constant('zero', floatTensor([], [0]))]),
            ]);
      b.output(b.node('Where', [condition, x, z], { name: 'y' }));
      return both(random);
    },
  };
}

function reduction(op: string, limits = both): FormRow {
  return {
    op,
    steps: REQUANTIZED,
    count: 60,
    write: (b, random) => {
      const shape = shapeOf(random);
      const axes = shape.flatMap((_, axis) =>
        random() < 0.5 ? [random() < 0.5 ? axis : axis - shape.length] : [],
      );
      const x = b.input('x', shape);
      const named = axes.length > 0 ? [b.constant('axes', int64s(axes))] : [];
      b.output(
        b.node(op, [x, ...named], { name: 'y', attributes: { keepdims: int(integer(random, 0, 1)) } }),
      );
      return limits(random);
    },
  };
}

/** An operator along one axis of an activation. */
/** A window over three axes, which is computed over two. */
function overVolume(op: string): FormRow {
  return {
    op,
    steps: REQUANTIZED,
    count: 25,
    write: (b, random) => {
      const channels = integer(random, 1, 3);
      const x = b.input('x', [
        integer(random, 1, 2),
        channels,
        ...[0, 1, 2].map(() => integer(random, 3, 5)),
      ]);
      const kernel = [0, 1, 2].map(() => integer(random, 1, 3));
      const strides = ints([0, 1, 2].map(() => integer(random, 1, 2)));
      const pads = ints(
        [...kernel, ...kernel].map((size) => (op === 'AveragePool' ? 0 : integer(random, 0, size - 1))),
      );
      const attributes = op.startsWith('Global') ? {} : { kernel_shape: ints(kernel), strides, pads };
      const isBack = op === 'ConvTranspose';
      const places = elementCount(kernel);
      const weights = (): string => {
        // The first of each filter is the greatest: all of them are codes.
        const data = Float32Array.from({ length: 2 * channels * places }, (_, i) => {
          const isFirst = isBack ? i < 2 * places && i % places === 0 : i % (channels * places) === 0;
          return isFirst ? 1 : integer(random, -127, 127) / 127;
        });
        const filters = isBack ? [channels, 2] : [2, channels];
        return b.constant('w', floatTensor([...filters, ...kernel], data));
      };
      const operands = op.startsWith('Conv') ? [x, weights()] : [x];
      b.output(b.node(op, operands, { name: 'y', attributes }));
      return both(random);
    },
  };
}

function along(
  op: string,
  write: (b: GraphBuilder, random: Random, x: string, shape: readonly number[], axis: number) => void,
  steps = REQUANTIZED,
): FormRow {
  return {
    op,
    steps,
    count: 40,
    write: (b, random) => {
      const shape = shapeOf(random, integer(random, 1, 4));
      const axis = integer(random, 0, shape.length - 1);
      write(b, random, b.input('x', shape), shape, random() < 0.5 ? axis : axis - shape.length);
      return both(random);
    },
  };
}

const argument = (op: string): FormRow =>
  along(op, (b, random, x, _, axis) => {
    const attributes = {
      axis: int(axis),
      keepdims: int(integer(random, 0, 1)),
      ...(random() < 0.5 ? { select_last_index: int(1) } : {}),
    };
    b.output(b.node(op, [x], { dtype: 'int64', name: 'y', attributes }));
  });

function image(random: Random): readonly [number, number, number, number] {
  return [integer(random, 1, 2), integer(random, 1, 4), integer(random, 1, 5), integer(random, 1, 5)];
}

const RESIZES: readonly Readonly<Record<string, Attribute>>[] = [
  {
    mode: string('nearest'),
    coordinate_transformation_mode: string('asymmetric'),
    nearest_mode: string('floor'),
  },
  { mode: string('nearest'), coordinate_transformation_mode: string('half_pixel') },
  { mode: string('linear'), coordinate_transformation_mode: string('half_pixel') },
  { mode: string('linear'), coordinate_transformation_mode: string('align_corners') },
  { mode: string('linear'), coordinate_transformation_mode: string('asymmetric') },
  { mode: string('linear'), coordinate_transformation_mode: string('pytorch_half_pixel') },
];

const block = (op: 'DepthToSpace' | 'SpaceToDepth'): FormRow => ({
  op,
  steps: REQUANTIZED,
  count: 30,
  write: (b, random) => {
    const size = integer(random, 1, 3);
    const [batch, depth, height, width] = image(random);
    const shape =
      op === 'DepthToSpace'
        ? [batch, depth * size ** 2, height, width]
        : [batch, depth, height * size, width * size];
    const mode = op === 'DepthToSpace' && random() < 0.5 ? { mode: string('CRD') } : {};
    b.output(b.node(op, [b.input('x', shape)], { name: 'y', attributes: { blocksize: int(size), ...mode } }));
    return both(random);
  },
});

export const FORM_ROWS: readonly FormRow[] = [
  binary('Add'),
  binary('Sub'),
  binary('Mul'),
  binary('Div', above, 1),
  binary('Max'),
  binary('Min'),
  several('Sum', 2),
  several('Mean', 2),
  ...['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal', 'And', 'Or', 'Xor', 'Not'].map(comparison),
  {
    op: 'PRelu',
    steps: REQUANTIZED,
    count: 40,
    write: (b, random) => {
      const shape = shapeOf(random);
      const slopes = shape
        .slice(integer(random, 0, shape.length - 1))
        .map((dim) => (random() < 0.4 ? 1 : dim));
      const data = Float32Array.from(
        { length: elementCount(slopes) },
        () => integer(random, -127, 127) / 127,
      );
      data[0] = 1;
      b.output(
        b.node('PRelu', [b.input('x', shape), b.constant('s', floatTensor(slopes, data))], { name: 'y' }),
      );
      return both(random);
    },
  },
  {
    op: 'Where',
    steps: REQUANTIZED,
    count: 40,
    write: (b, random) => {
      const [first, second] = broadcasting(random);
      const shape = first.length > second.length ? first : second;
      const mask = Uint8Array.from({ length: elementCount(shape) }, () => integer(random, 0, 1));
      const condition = b.constant('mask', { dtype: 'bool', shape, data: mask });
      const other = random() < 0.5 ? b.input('z', second) : b.constant('c', floatTensor([], [0]));
      const x = b.input('x', first);
      b.output(
        b.node('Where', random() < 0.5 ? [condition, x, other] : [condition, other, x], { name: 'y' }),
      );
      return both(random);
    },
  },
  {
    op: 'Cast',
    steps: 0.51,
    count: 30,
    write: (b, random) => {
      const [first, second] = broadcasting(random);
      const truth = b.node('Less', [b.input('x', first), b.input('z', second)], { dtype: 'bool', name: 't' });
      b.output(b.node('Cast', [truth], { name: 'y', attributes: { to: int(1) } }));
      return both(random);
    },
  },
  {
    op: 'Trilu',
    steps: REQUANTIZED,
    count: 30,
    write: (b, random) => {
      const shape = shapeOf(random, integer(random, 2, 4));
      const k = random() < 0.6 ? [b.constant('k', int64s([integer(random, -3, 3)], []))] : [];
      const attributes = { upper: int(integer(random, 0, 1)) };
      b.output(b.node('Trilu', [b.input('x', shape), ...k], { name: 'y', attributes }));
      return both(random);
    },
  },
  {
    op: 'Resize',
    steps: 1,
    count: 80,
    write: (b, random) => {
      const scales = [1, 1, ...[0, 0].map(() => pick(random, [1, 2, 3, 0.5, 1.7, 0.6]))];
      const x = b.input(
        'x',
        image(random).map((size, axis) => Math.max(size, Math.ceil(1 / scales[axis]!))),
      );
      const given = b.constant('scales', floatTensor([4], scales));
      const none = b.constant('none', floatTensor([0], []));
      b.output(b.node('Resize', [x, none, given], { name: 'y', attributes: pick(random, RESIZES) }));
      return both(random);
    },
  },
  block('DepthToSpace'),
  block('SpaceToDepth'),
  {
    op: 'Tile',
    steps: REQUANTIZED,
    count: 30,
    write: (b, random) => {
      const shape = shapeOf(random, integer(random, 1, 4));
      const repeats = b.constant('repeats', int64s(shape.map(() => integer(random, 1, 3))));
      b.output(b.node('Tile', [b.input('x', shape), repeats], { name: 'y' }));
      return both(random);
    },
  },
  {
    op: 'Expand',
    steps: REQUANTIZED,
    count: 30,
    write: (b, random) => {
      const [first, second] = broadcasting(random);
      b.output(b.node('Expand', [b.input('x', first), b.constant('shape', int64s(second))], { name: 'y' }));
      return both(random);
    },
  },
  along('Gather', (b, random, x, shape, axis) => {
    const size = shape.at(axis)!;
    const dims = shapeOf(random, integer(random, 0, 2));
    const indices = Array.from({ length: elementCount(dims) }, () => integer(random, -size, size - 1));
    const at = b.constant('at', int64s(indices, dims));
    b.output(b.node('Gather', [x, at], { name: 'y', attributes: { axis: int(axis) } }));
  }),
  along('GatherElements', (b, random, x, shape, axis) => {
    const positive = axis < 0 ? axis + shape.length : axis;
    const dims = shape.map((size, i) => (i === positive ? integer(random, 1, 6) : integer(random, 1, size)));
    const size = shape[positive]!;
    const indices = Array.from({ length: elementCount(dims) }, () => integer(random, -size, size - 1));
    const at = b.constant('at', int64s(indices, dims));
    b.output(b.node('GatherElements', [x, at], { name: 'y', attributes: { axis: int(axis) } }));
  }),
  along('GatherND', (b, random, x, shape) => {
    const depth = integer(random, 1, shape.length);
    const tuples = integer(random, 1, 9);
    const indices = Array.from({ length: tuples * depth }, (_, i) =>
      integer(random, 0, shape[i % depth]! - 1),
    );
    b.output(b.node('GatherND', [x, b.constant('at', int64s(indices, [tuples, depth]))], { name: 'y' }));
  }),
  along('Pad', (b, random, x, shape) => {
    const mode = pick(random, ['reflect', 'edge']);
    const amounts = [...shape, ...shape].map((size) => integer(random, 0, mode === 'edge' ? 3 : size - 1));
    const pads = b.constant('pads', int64s(amounts));
    b.output(b.node('Pad', [x, pads], { name: 'y', attributes: { mode: string(mode) } }));
  }),
  along('CumSum', (b, random, x, _, axis) => {
    const attributes = { exclusive: int(integer(random, 0, 1)), reverse: int(integer(random, 0, 1)) };
    b.output(b.node('CumSum', [x, b.constant('axis', int64s([axis], []))], { name: 'y', attributes }));
  }),
  along('LogSoftmax', (b, _, x, __, axis) => {
    b.output(b.node('LogSoftmax', [x], { name: 'y', attributes: { axis: int(axis) } }));
  }),
  along('ScatterElements', (b, random, x, shape, axis) => {
    const dims = shape.map((size) => integer(random, 1, size));
    const size = shape.at(axis)!;
    const indices = Array.from({ length: elementCount(dims) }, () => integer(random, -size, size - 1));
    const operands = [x, b.constant('at', int64s(indices, dims)), b.input('u', dims)];
    b.output(b.node('ScatterElements', operands, { name: 'y', attributes: { axis: int(axis) } }));
  }),
  along('ScatterND', (b, random, x, shape) => {
    const depth = integer(random, 1, shape.length);
    const tuples = integer(random, 1, 4);
    const indices = Array.from({ length: tuples * depth }, (_, i) =>
      integer(random, 0, shape[i % depth]! - 1),
    );
    const updates = b.input('u', [tuples, ...shape.slice(depth)]);
    b.output(
      b.node('ScatterND', [x, b.constant('at', int64s(indices, [tuples, depth])), updates], { name: 'y' }),
    );
  }),
  along(
    'ScatterND',
    (b, random, x, shape) => {
      const tuples = integer(random, 1, 9);
      const indices = Array.from({ length: tuples }, () => integer(random, 0, shape[0]! - 1));
      const at = b.constant('at', int64s(indices, [tuples, 1]));
      const updates = b.input('u', [tuples, ...shape.slice(1)]);
      const attributes = { reduction: string(pick(random, ['add', 'max', 'min'])) };
      b.output(b.node('ScatterND', [x, at, updates], { name: 'y', attributes }));
    },
    // Both parts of a maximum are rounded to the scale of both, as is each term of a sum.
    2.6,
  ),
  ...['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'].map(
    overVolume,
  ),
  argument('ArgMax'),
  argument('ArgMin'),
  along('Hardmax', (b, _, x, __, axis) => {
    b.output(b.node('Hardmax', [x], { name: 'y', attributes: { axis: int(axis) } }));
  }),
  along(
    'OneHot',
    (b, random, x, shape, axis) => {
      const found = b.node('ArgMax', [x], {
        dtype: 'int64',
        name: 'found',
        attributes: { axis: int(axis), keepdims: int(1) },
      });
      const depth = b.constant('depth', int64s([integer(random, 1, shape.at(axis)!)]));
      const values = b.constant('values', floatTensor([2], [0, 1]));
      const attributes = { axis: int(integer(random, -shape.length - 1, shape.length)) };
      b.output(b.node('OneHot', [found, depth, values], { name: 'y', attributes }));
    },
    0.51,
  ),
  ...['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare'].map(
    (op) => reduction(op),
  ),
];
