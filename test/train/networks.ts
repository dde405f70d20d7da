/** Small networks, settings and batches for the tests of training. */
import { float, type GraphBuilder, graphBuilder, int, ints, string } from '../../src/graph/build.ts';
import { elementCount, floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Attribute, Graph } from '../../src/graph/types.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { OCTO_DEFAULTS, type OctoSettings, type TrainerOptions } from '../../src/train/options.ts';
import type { Batch } from '../../src/train/types.ts';
import { randomNumbers, randomTensor } from '../passes/helpers.ts';

/** Adds nodes with seeded parameters; the names of the constants are those of the node with `_w`, `_b` and so on. */
export type Layers = {
  readonly b: GraphBuilder;
  readonly conv: (name: string, x: string, weights: readonly number[], more?: ConvOptions) => string;
  /** `weights` is [in, out, ...kernel]. */
  readonly convTranspose: (name: string, x: string, weights: readonly number[], more?: ConvOptions) => string;
  readonly gemm: (name: string, x: string, out: number, inFeatures: number, bias?: boolean) => string;
  readonly norm: (name: string, x: string, channels: number) => string;
  /** [times, sequences, features]: all hidden states, or the last ones. */
  readonly recurrent: (
    op: 'RNN' | 'GRU' | 'LSTM',
    name: string,
    x: string,
    sizes: readonly [features: number, hidden: number],
    more?: RecurrentOptions,
  ) => string;
  readonly op: (
    op: string,
    name: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
  ) => string;
  /** A node with these outputs, some of which may be left out (''). */
  readonly several: (
    op: string,
    outputs: readonly string[],
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
  ) => readonly string[];
  readonly clip: (name: string, x: string, min: number, max: number) => string;
};

type ConvOptions = {
  readonly bias?: boolean;
  readonly attributes?: Readonly<Record<string, Attribute>>;
};

type RecurrentOptions = {
  readonly direction?: 'forward' | 'reverse' | 'bidirectional';
  readonly last?: boolean;
  /** First states, [directions, sequences, hidden]. */
  readonly first?: { readonly h: string; readonly c?: string };
  readonly bias?: boolean;
};

const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const;

/** A graph as `tinyml train` makes it, of one input `x`. */
export function network(
  shape: readonly number[],
  make: (layers: Layers, x: string) => string,
  dtype: 'float32' | 'int64' = 'float32',
): Graph {
  const b = graphBuilder('net');
  const outputsOf = new Map<string, readonly string[]>();
  let seed = 1;
  const random = (sizes: readonly number[], scale: number) => randomTensor(sizes, seed++ * 7919, scale);
  const linear = (opName: string) => {
    return (name: string, x: string, weights: readonly number[], more: ConvOptions = {}): string => {
      const { bias = true, attributes = {} } = more;
      const out = opName === 'Conv' ? weights[0]! : weights[1]!;
      const scale = Math.sqrt(3 / elementCount(weights.slice(1)));
      const inputs = [x, b.constant(`${name}_w`, random(weights, scale))];
      if (bias) inputs.push(b.constant(`${name}_b`, random([out], 0.3)));
      return b.node(opName, inputs, { name, attributes });
    };
  };
  const layers: Layers = {
    b,
    conv: linear('Conv'),
    convTranspose: linear('ConvTranspose'),
    gemm: (name, x, out, inFeatures, bias = true) => {
      const inputs = [x, b.constant(`${name}_w`, random([out, inFeatures], Math.sqrt(3 / inFeatures)))];
      if (bias) inputs.push(b.constant(`${name}_b`, random([out], 0.3)));
      return b.node('Gemm', inputs, { name, attributes: { transB: int(1) } });
    },
    norm: (name, x, channels) => {
      const near = (base: number, spread: number) => {
        const { data } = random([channels], spread);
        return floatTensor(
          [channels],
          (data as Float32Array).map((value) => base + value),
        );
      };
      const parameters = [
        ['gamma', near(1, 0.3)],
        ['beta', near(0, 0.3)],
        ['mean', near(0, 0.2)],
        ['variance', near(1, 0.5)],
      ] as const;
      const constants = parameters.map(([part, tensor]) => b.constant(`${name}_${part}`, tensor));
      const attributes = { epsilon: float(1e-3), momentum: float(0.75) };
      return b.node('BatchNormalization', [x, ...constants], { name, attributes });
    },
    recurrent: (op, name, x, [features, hidden], more = {}) => {
      const { direction = 'forward', last = false, first, bias = true } = more;
      const directions = direction === 'bidirectional' ? 2 : 1;
      const rows = GATES[op] * hidden;
      if (last) outputsOf.set(name, ['', name]);
      const inputs = [
        x,
        b.constant(`${name}_w`, random([directions, rows, features], Math.sqrt(3 / features))),
        b.constant(`${name}_r`, random([directions, rows, hidden], Math.sqrt(3 / hidden))),
        bias ? b.constant(`${name}_b`, random([directions, 2 * rows], 0.3)) : '',
        ...(first === undefined ? [] : ['', first.h, ...(first.c === undefined ? [] : [first.c])]),
      ];
      const attributes = {
        hidden_size: int(hidden),
        direction: string(direction),
        ...(op === 'GRU' ? { linear_before_reset: int(1) } : {}),
      };
      return b.node(op, inputs, { name, attributes });
    },
    op: (op, name, inputs, attributes = {}) => b.node(op, inputs, { name, attributes }),
    several: (op, outputs, inputs, attributes = {}) => {
      const name = outputs.find((output) => output !== '')!;
      b.node(op, inputs, { name, attributes });
      outputsOf.set(name, outputs);
      return outputs;
    },
    clip: (name, x, min, max) =>
      b.node(
        'Clip',
        [
          x,
          b.constant(`${name}_min`, floatTensor([], Float32Array.of(min))),
          b.constant(`${name}_max`, floatTensor([], Float32Array.of(max))),
        ],
        { name },
      ),
  };
  b.output(make(layers, b.input('x', shape, { dtype })));
  const model = b.model();
  const nodes = model.nodes.map((node) => ({ ...node, outputs: outputsOf.get(node.name) ?? node.outputs }));
  return prepareGraph({ ...model, nodes }, { keepBatchNorm: true });
}

/** A one-dimensional network as PyTorch writes it, of a signal with its axes last, whose channels are shuffled. */
export function signalNetwork(): Graph {
  return network([1, 12, 4], ({ b, conv, gemm, op }, x) => {
    const sizes = (name: string, ...shape: readonly number[]) => b.constant(name, int64Tensor(shape));
    const signal = op('Transpose', 'axes-first', [x], { perm: ints([0, 2, 1]) });
    const first = op('Relu', 'relu1', [conv('first', signal, [4, 4, 3], { attributes: pads(1, 1) })]);
    const pairs = op('Reshape', 'pairs', [first, sizes('as-pairs', 1, 2, 2, 12)]);
    const swapped = op('Transpose', 'swapped', [pairs], { perm: ints([0, 2, 1, 3]) });
    const shuffled = op('Reshape', 'shuffled', [swapped, sizes('as-signal', 1, 4, 12)]);
    const bounds = [sizes('from', 1), sizes('to', 4), sizes('along', 1)];
    const part = op('Slice', 'part', [shuffled, ...bounds]);
    const second = op('Relu', 'relu2', [conv('second', part, [5, 3, 3])]);
    const wide = op('Unsqueeze', 'wide', [second, sizes('height', 2)]);
    const mean = op('GlobalAveragePool', 'mean', [wide]);
    const narrow = op('Squeeze', 'narrow', [mean, sizes('height-again', 2)]);
    return gemm('dense', op('Flatten', 'flat', [narrow]), 3, 5);
  });
}

/**
 * A block of a transformer on a sequence of `tokens`: positions that are learned, attention of two heads from one packed layer,
 * normalisations before and behind, a dense layer on the mean of all tokens.
 */
export function transformer({ tokens = 4, width = 6 } = {}): Graph {
  return network([1, tokens, 3], ({ b, op, gemm }, x) => {
    let seed = 100;
    const table = (name: string, ...shape: readonly number[]) =>
      b.constant(name, randomTensor(shape, seed++ * 31, Math.sqrt(3 / shape[0]!)));
    const sizes = (name: string, ...shape: readonly number[]) => b.constant(name, int64Tensor(shape));
    const dense = (name: string, from: string, inputs: number, outputs: number) =>
      op('Add', `${name}_sum`, [
        op('MatMul', name, [from, table(`${name}_w`, inputs, outputs)]),
        table(`${name}_b`, outputs),
      ]);
    const norm = (name: string, from: string) =>
      op('LayerNormalization', name, [from, table(`${name}_gamma`, width), table(`${name}_beta`, width)]);
    const stream = op('Add', 'positions', [dense('embed', x, 3, width), table('table', 1, tokens, width)]);
    const packed = dense('qkv', norm('norm1', stream), width, 3 * width);
    const part = (name: string, i: number, ...perm: readonly number[]) => {
      const bounds = [sizes(`${name}_from`, i * width), sizes(`${name}_to`, (i + 1) * width)];
      const own = op('Slice', `${name}_part`, [packed, ...bounds, sizes(`${name}_axis`, 2)]);
      const heads = op('Reshape', `${name}_heads`, [own, sizes(`${name}_shape`, 1, tokens, 2, width / 2)]);
      return op('Transpose', name, [heads], { perm: ints(perm) });
    };
    const scores = op('MatMul', 'scores', [part('q', 0, 0, 2, 1, 3), part('k', 1, 0, 2, 3, 1)]);
    const scale = b.constant('scale', floatTensor([], Float32Array.of(0.7)));
    const shares = op('Softmax', 'shares', [op('Mul', 'scaled', [scores, scale])], { axis: int(-1) });
    const mixed = op('MatMul', 'mixed', [shares, part('v', 2, 0, 2, 1, 3)]);
    const joined = op('Reshape', 'joined', [
      op('Transpose', 'tokens', [mixed], { perm: ints([0, 2, 1, 3]) }),
      sizes('joined_shape', 1, tokens, width),
    ]);
    const first = op('Add', 'first', [stream, dense('out', joined, width, width)]);
    const wide = op('Gelu', 'gelu', [dense('wide', norm('norm2', first), width, 8)]);
    const second = op('Add', 'second', [first, dense('narrow', wide, 8, width)]);
    const mean = op('ReduceMean', 'mean', [second, sizes('mean_axes', 1)], { keepdims: int(0) });
    return gemm('dense', mean, 3, width);
  });
}

/** A spotter: one cell over the times of a signal, a dense layer on its last state, as PyTorch writes it. */
export function spotter(op: 'RNN' | 'GRU' | 'LSTM', times = 5): Graph {
  return network([1, times, 3], ({ b, gemm, op: node, recurrent }, x) => {
    const sizes = (name: string, ...shape: readonly number[]) => b.constant(name, int64Tensor(shape));
    const first = node('Transpose', 'times-first', [x], { perm: ints([1, 0, 2]) });
    const states = recurrent(op, 'cell', first, [3, 4]);
    const squeezed = node('Squeeze', 'squeezed', [states, sizes('directions', 1)]);
    const turned = node('Transpose', 'batch-first', [squeezed], { perm: ints([1, 0, 2]) });
    const last = b.constant('last', { ...int64Tensor([times - 1]), shape: [] });
    return gemm('dense', node('Gather', 'end', [turned, last], { axis: int(1) }), 3, 4);
  });
}

/**
 * A U-Net of one level: down by a maximum, up by Resize, beside each other with what was there before.
 * @param mode of the Resize
 */
export function unet(mode = 'nearest'): Graph {
  return network([1, 2, 6, 4], ({ b, conv, op }, x) => {
    const same = { attributes: pads(1, 1, 1, 1) };
    const fine = op('Gelu', 'gelu', [conv('first', x, [3, 2, 3, 3], same)]);
    const window = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
    const coarse = op('MaxPool', 'down', [fine], window);
    const inner = op('Relu', 'relu2', [conv('inner', coarse, [4, 3, 3, 3], same)]);
    const scales = b.constant('scales', floatTensor([4], Float32Array.of(1, 1, 2, 2)));
    const up = op('Resize', 'up', [inner, '', scales], { mode: string(mode) });
    const both = op('Concat', 'both', [up, fine], { axis: int(1) });
    return conv('last', both, [2, 7, 3, 3], same);
  });
}

/** Words by their numbers: rows of a table, a GRU over them, a dense layer on its last state. */
export function words(): Graph {
  return network(
    [1, 6],
    ({ b, gemm, op, recurrent }, x) => {
      const table = b.constant('table', randomTensor([5, 4], 77, 0.8));
      const rows = op('Gather', 'embedding', [table, x]);
      const times = op('Transpose', 'times', [rows], { perm: ints([1, 0, 2]) });
      const last = recurrent('GRU', 'cell', times, [4, 3], { last: true });
      return gemm('dense', op('Reshape', 'row', [last, b.constant('shape', int64Tensor([1, 3]))]), 3, 3);
    },
    'int64',
  );
}

/** Slopes that are learned below 0, the larger and the smaller of two activations, products of matrices that several others meet. */
export function choices(): Graph {
  return network([1, 2, 4, 3], ({ b, conv, gemm, op }, x) => {
    const y = op('PRelu', 'slopes', [
      conv('conv', x, [4, 2, 1, 1]),
      b.constant('slope', floatTensor([4, 1, 1], Float32Array.of(0.25, 0.1, -0.5, 0.8))),
    ]);
    const one = op('PRelu', 'slope-of-all', [
      conv('other', x, [4, 2, 1, 1]),
      b.constant('one', floatTensor([], Float32Array.of(0.3))),
    ]);
    const most = op('Max', 'most', [y, one]);
    const mean = op('GlobalAveragePool', 'mean', [one]);
    const least = op('Min', 'least', [most, mean]);
    const shared = op('Reshape', 'shared', [
      op('ReduceMean', 'means', [y, b.constant('axis', int64Tensor([1]))]),
      b.constant('as-matrix', int64Tensor([1, 3, 4])),
    ]);
    const products = op('MatMul', 'products', [least, op('Tanh', 'tanh', [shared])]);
    return gemm('dense', op('Flatten', 'flat', [products]), 3, 4 * 4 * 4);
  });
}

export const pads = (...value: readonly number[]): { readonly pads: Attribute } => ({ pads: ints(value) });

export type Changes = Partial<Omit<TrainerOptions, 'octo'>> & { readonly octo?: Partial<OctoSettings> };

/** Descent whose velocity is the gradient of its last step, whatever it was before: what is left of that is below all that float32 adds to it. */
export const MEASURING = { kind: 'sgd', momentum: 2 ** -120, weightDecay: 0 } as const;

/** Float training of everything by plain descent, and symmetric codes, unless changed. */
export function settings({ octo, ...changes }: Changes = {}): TrainerOptions {
  return {
    method: 'float',
    loss: { kind: 'cross-entropy', labelSmoothing: 0 },
    batchSize: 3,
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
    scheme: { kind: 'full' },
    freeze: [],
    init: 'model',
    classes: null,
    seed: 5,
    accumulate: 1,
    backend: 'native',
    jobs: 1,
    ...changes,
    octo: { ...OCTO_DEFAULTS, activations: 'symmetric', ...octo },
  };
}

/** A batch of seeded numbers in [-1, 1), or of whole ones in 0 .. 4; the labels are those of the outputs in turn, of their places with some of none; targets are in [-1, 1). */
export function batchFor(
  graph: Graph,
  { batchSize, loss }: Pick<TrainerOptions, 'batchSize' | 'loss'>,
  seed = 3,
): Batch {
  const random = randomNumbers(seed);
  const elementsOf = (value: string): number => elementCount(graph.values.get(value)!.shape);
  const numbers = (length: number) => Float32Array.from({ length }, random);
  const outputs = elementsOf(graph.outputs[0]!.value);
  const [input] = graph.inputs;
  const reals = numbers(batchSize * elementsOf(input!.value));
  const places = elementCount(graph.values.get(graph.outputs[0]!.value)!.shape.slice(2));
  const isWhole = graph.values.get(input!.value)!.dtype === 'int64';
  return {
    inputs: isWhole ? reals.map((value) => Math.floor(2.5 * (value + 1))) : reals,
    labels: Int32Array.from({ length: batchSize }, (_, n) => (n + seed) % outputs),
    targets:
      loss.kind === 'mean-squared-error'
        ? numbers(batchSize * outputs)
        : places > 1
          ? Float32Array.from(
              { length: batchSize * places },
              (_, n) => ((n * 5 + seed) % (outputs / places + 1)) - 1,
            )
          : null,
  };
}
