/**
 * Training on tfjs-node, where it can run (scripts/tfjs-node.sh); elsewhere, that the error says how to get it.
 * References: the float executor for outputs, differences of the loss for gradients, formulas written out for the rest.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import util from 'node:util';
import { normalArray } from '../../bench/host/random.ts';
import { TRAINING_NETWORKS } from '../../bench/train/networks.ts';
import { float, graphBuilder, int, ints } from '../../src/graph/build.ts';
import { elementCount, floatTensor, int64Tensor, toNumbers } from '../../src/graph/tensor.ts';
import type { Graph, Tensor, TypedArray } from '../../src/graph/types.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { loadTfjs } from '../../src/train/backends/load-tfjs.ts';
import { createTfjsTrainer } from '../../src/train/backends/tfjs.ts';
import { ADAM, OCTO_DEFAULTS, type TrainerOptions } from '../../src/train/options.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import type { Batch, Trainer } from '../../src/train/types.ts';
import { failure } from '../failure.ts';

const BATCH = 6;
const CLASSES = 4;
const OPTIONS: TrainerOptions = {
  method: 'float',
  loss: { kind: 'cross-entropy', labelSmoothing: 0 },
  batchSize: BATCH,
  optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
  scheme: { kind: 'full' },
  freeze: [],
  init: 'model',
  classes: null,
  seed: 1,
  octo: OCTO_DEFAULTS,
  accumulate: 1,
  backend: 'tfjs-node',
  jobs: 1,
};

const ADAM_WITH_DECAY = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 } as const;

const isThere = Boolean(process.env.TINYML_TFJS) || existsSync(join(packageRoot(), '.tfjs'));

/** A test of what tfjs-node computes; without tfjs-node, that asking for it is a clear error. */
function testOfTfjs(name: string, run: () => void): void {
  test(name, () => {
    if (isThere) run();
    else assertMissing(failure(() => createTfjsTrainer(smallNet(), OPTIONS)));
  });
}

function assertMissing(error: { code: string; message: string; hint: string | undefined }): void {
  assert.equal(error.code, 'E_TOOLCHAIN');
  assert.match(error.message, /tfjs-node is not installed/);
  assert.match(error.hint!, /scripts\/tfjs-node\.sh/);
}

function withFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-tfjs-'));
  const before = process.env.TINYML_TFJS;
  process.env.TINYML_TFJS = folder;
  try {
    run(folder);
  } finally {
    if (before === undefined) delete process.env.TINYML_TFJS;
    else process.env.TINYML_TFJS = before;
    rmSync(folder, { recursive: true });
  }
}

function writePackage(folder: string, source: string): void {
  const inside = join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(inside, { recursive: true });
  writeFileSync(join(inside, 'index.js'), source);
}

type Build = (builder: ReturnType<typeof graphBuilder>, constant: Constant) => string;
/** A float constant of small random numbers. */
type Constant = (name: string, shape: readonly number[], scale?: number) => string;

/** A graph as training takes it. */
function net(sample: readonly number[], build: Build): Graph {
  const builder = graphBuilder('net');
  let seed = 0;
  const constant: Constant = (name, shape, scale = 0.5) =>
    builder.constant(
      name,
      floatTensor(
        shape,
        normalArray(shape, ++seed).map((value) => scale * value),
      ),
    );
  builder.input('x', [1, ...sample]);
  builder.output(build(builder, constant));
  return prepareGraph(builder.model(), { keepBatchNorm: true });
}

function smallNet(): Graph {
  return net([5], (builder, constant) => {
    const hidden = builder.node('Gemm', ['x', constant('w1', [7, 5]), constant('b1', [7])], {
      name: 'fc1',
      attributes: { transB: int(1) },
    });
    const wide = builder.node('Relu', [hidden]);
    return builder.node('Gemm', [wide, constant('w2', [7, CLASSES]), constant('b2', [CLASSES])], {
      name: 'fc2',
      attributes: { alpha: float(0.5), beta: float(2) },
    });
  });
}

/** Convolutions of every kind, with odd padding, strides and dilations. */
function convNet(): Graph {
  return net([4, 9, 8], (builder, constant) => {
    const conv = (
      op: string,
      name: string,
      x: string,
      shape: readonly number[],
      filters: number,
      attributes: object,
    ) =>
      builder.node(op, [x, constant(`${name}.w`, shape), constant(`${name}.b`, [filters])], {
        name,
        attributes: { ...attributes },
      });
    const grouped = conv('Conv', 'grouped', 'x', [6, 2, 3, 3], 6, {
      group: int(2),
      strides: ints([2, 1]),
      pads: ints([1, 0, 0, 2]),
    });
    const depthwise = conv('Conv', 'depthwise', grouped, [12, 1, 3, 3], 12, {
      group: int(6),
      strides: ints([2, 2]),
      pads: ints([1, 1, 1, 1]),
    });
    const up = conv('ConvTranspose', 'up', depthwise, [12, 4, 3, 2], 4, {
      strides: ints([2, 3]),
      pads: ints([1, 0, 0, 1]),
      output_padding: ints([1, 2]),
    });
    const dilated = conv('Conv', 'dilated', up, [3, 4, 2, 2], 3, {
      dilations: ints([2, 3]),
      pads: ints([1, 1, 1, 1]),
    });
    const uneven = conv('Conv', 'uneven', dilated, [3, 1, 2, 2], 3, { group: int(3), strides: ints([1, 2]) });
    const last = conv('Conv', 'last', uneven, [CLASSES, 3, 1, 1], CLASSES, {});
    return builder.node('Flatten', [builder.node('GlobalAveragePool', [last])]);
  });
}

/** Pools, activations, a sum, shapes and a Softmax that the loss leaves out. */
function poolNet(): Graph {
  return net([3, 7, 6], (builder, constant) => {
    const pool = (op: string, x: string, attributes: object) =>
      builder.node(op, [x], { attributes: { ...attributes } });
    const conv = (name: string, x: string) =>
      builder.node('Conv', [x, constant(`${name}.w`, [3, 3, 3, 3])], {
        name,
        attributes: { pads: ints([1, 1, 1, 1]) },
      });
    const low = builder.constant('low', floatTensor([], [-1.5]));
    const high = builder.constant('high', floatTensor([], [2.5]));
    const clipped = builder.node('Clip', [conv('conv1', 'x'), low, high]);
    const max = pool('MaxPool', clipped, {
      kernel_shape: ints([3, 3]),
      strides: ints([2, 2]),
      pads: ints([1, 1, 0, 1]),
    });
    const average = pool('AveragePool', clipped, {
      kernel_shape: ints([2, 3]),
      strides: ints([2, 2]),
      pads: ints([0, 1, 0, 1]),
      count_include_pad: int(1),
    });
    const corner = pool('AveragePool', clipped, {
      kernel_shape: ints([3, 3]),
      strides: ints([3, 3]),
      pads: ints([1, 1, 1, 2]),
      count_include_pad: int(0),
    });
    const sum = builder.node('Relu', [builder.node('Add', [conv('conv2', max), conv('conv3', average)])]);
    const shape = builder.constant('shape', int64Tensor([1, -1]));
    const fc = (name: string, x: string, features: number) =>
      builder.node('MatMul', [x, constant(`${name}.w`, [features, CLASSES])], { name });
    const left = fc('left', builder.node('Reshape', [sum, shape]), 27);
    const right = fc('right', builder.node('Flatten', [corner]), 27);
    return builder.node('Softmax', [builder.node('Add', [left, right])]);
  });
}

/** An image with its channels last, and back before a dense layer, as TensorFlow has them. */
function moveNet(): Graph {
  return net([6, 5, 2], (builder, constant) => {
    const image = builder.node('Transpose', ['x'], { attributes: { perm: ints([0, 3, 1, 2]) } });
    const conv = builder.node('Conv', [image, constant('w', [3, 2, 3, 3])], { name: 'conv' });
    const last = builder.node('Transpose', [builder.node('Relu', [conv])], {
      attributes: { perm: ints([0, 2, 3, 1]) },
    });
    const flat = builder.node('Flatten', [last]);
    return builder.node('MatMul', [flat, constant('w1', [36, CLASSES])], { name: 'fc' });
  });
}

/** Batch normalisations on images and on rows; with momentum 0 the running statistics are those of the last batch. */
function normNet(): Graph {
  return net([2, 4, 4], (builder, constant) => {
    const norm = (name: string, x: string, channels: number) => {
      const ones = builder.constant(
        `${name}.var`,
        floatTensor([channels], new Float32Array(channels).fill(1)),
      );
      const operands = [x, constant(`${name}.scale`, [channels], 1), constant(`${name}.shift`, [channels])];
      return builder.node('BatchNormalization', [...operands, constant(`${name}.mean`, [channels]), ones], {
        name,
        attributes: { momentum: float(0), epsilon: float(1e-3) },
      });
    };
    const conv = builder.node('Conv', ['x', constant('w', [3, 2, 3, 3])], { name: 'conv' });
    const flat = builder.node('Flatten', [builder.node('Relu', [norm('norm1', conv, 3)])]);
    const dense = builder.node('MatMul', [flat, constant('w1', [12, 5])], { name: 'fc1' });
    const hidden = builder.node('Relu', [norm('norm2', dense, 5)]);
    return builder.node('MatMul', [hidden, constant('w2', [5, CLASSES])], { name: 'fc2' });
  });
}

function batchOf(graph: Graph, labels: readonly number[] = [0, 3, 1, 2, 3, 0]): Batch {
  const { shape } = graph.values.get('x')!;
  return {
    inputs: normalArray([BATCH, ...shape.slice(1)], 99),
    labels: Int32Array.from(labels),
    targets: null,
  };
}

const start = { step: 0, learningRate: 0 };

/** Outputs of the float executor, as rows. */
function outputsOf(graph: Graph, { inputs }: Batch): readonly (readonly number[])[] {
  const { shape } = graph.values.get('x')!;
  const executor = createExecutor(graph);
  const size = elementCount(shape);
  return Array.from({ length: BATCH }, (_, i) => {
    const data = inputs.slice(i * size, (i + 1) * size);
    return toNumbers(executor.run([{ dtype: 'float32', shape, data }])[0]!.data);
  });
}

function logSoftmax(row: readonly number[]): readonly number[] {
  const sum = Math.log(row.reduce((total, value) => total + Math.exp(value), 0));
  return row.map((value) => value - sum);
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  const allowed = tolerance * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= allowed, `${what}: ${actual} for ${expected}`);
}

/** Gradients, read off one step of plain SGD at rate 0: the velocity is the gradient. */
function gradientsOf(trainer: Trainer, batch: Batch): ReadonlyMap<string, Float32Array> {
  const before = trainer.state();
  trainer.step(batch, start);
  const gradients = new Map(
    [...trainer.state()]
      .filter(([name]) => name.endsWith(':velocity'))
      .map(([name, data]) => [name.replace(':velocity', ''), data as Float32Array]),
  );
  trainer.restore(before);
  return gradients;
}

/** Every tensor's gradient along itself and along a random direction against central differences of the loss. */
function checkGradients(trainer: Trainer, batch: Batch): void {
  const state = trainer.state();
  const lossAlong = (name: string, direction: Float32Array, step: number) => {
    const moved = (state.get(name) as Float32Array).map((value, i) => value + step * direction[i]!);
    trainer.restore(new Map([...state, [name, moved]]));
    const { loss } = trainer.step(batch, start);
    trainer.restore(state);
    return loss;
  };
  for (const [name, gradient] of gradientsOf(trainer, batch)) {
    const norm = Math.hypot(...gradient);
    const random = normalArray([gradient.length], 5);
    const length = Math.hypot(...random);
    for (const direction of [gradient.map((g) => g / (norm || 1)), random.map((r) => r / length)]) {
      const expected = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
      // A short step is rounded more, a long one crosses more kinks of Relu and of the pools.
      const differences = [2e-3, 5e-4, 2e-4].map(
        (step) => (lossAlong(name, direction, step) - lossAlong(name, direction, -step)) / (2 * step),
      );
      const [nearest] = differences.toSorted((a, b) => Math.abs(a - expected) - Math.abs(b - expected));
      near(expected, nearest!, 5e-3, `gradient of ${name}`);
    }
  }
}

test('a folder without the package is a clear error', () => {
  withFolder((folder) => {
    const error = failure(() => loadTfjs(1));
    assertMissing(error);
    assert.ok(error.at[0]!.startsWith(folder));
  });
});

test('a package that does not run is a clear error', () => {
  withFolder((folder) => {
    writePackage(folder, 'throw new Error("cannot open libtensorflow.so.2")');
    const error = failure(() => loadTfjs(1));
    assert.equal(error.code, 'E_TOOLCHAIN');
    assert.match(error.message, /does not run/);
    assert.match(String(error.cause), /libtensorflow/);
  });
});

test('functions that newer versions of Node have removed are restored before the package is loaded', () => {
  const old = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  const held = { isNullOrUndefined: old.isNullOrUndefined, isArray: old.isArray };
  delete old.isNullOrUndefined;
  delete old.isArray;
  try {
    withFolder((folder) => {
      writePackage(
        folder,
        'const u = require("util"); module.exports = [null, undefined, 0].map((v) => u.isNullOrUndefined(v)).concat(u.isArray([]));',
      );
      assert.deepEqual(loadTfjs(1) as unknown, [true, true, false, true]);
    });
  } finally {
    Object.assign(old, held);
  }
  assert.equal(util.inspect(old.isArray), util.inspect(held.isArray));
});

for (const [what, make] of [
  ['dense layers', smallNet],
  ['convolutions', convNet],
  ['pools and activations', poolNet],
  ['moved elements', moveNet],
] as const) {
  testOfTfjs(`${what}: the loss is that of the float executor, the gradients are its slopes`, () => {
    const graph = make();
    const batch = batchOf(graph);
    const trainer = createTfjsTrainer(graph, OPTIONS);
    const outputs = outputsOf(graph, batch);
    const isSoftmax = graph.nodes.at(-1)!.op === 'Softmax';
    const logs = outputs.map((row) => (isSoftmax ? row.map(Math.log) : logSoftmax(row)));
    const expected = -logs.reduce((sum, row, i) => sum + row[batch.labels[i]!]!, 0) / BATCH;
    const { loss, correct } = trainer.step(batch, start);
    near(loss, expected, 1e-5, 'loss');
    assert.equal(
      correct,
      outputs.filter((row, i) => row.indexOf(Math.max(...row)) === batch.labels[i]).length,
    );
    checkGradients(trainer, batch);
  });
}

testOfTfjs('batch normalisation uses the batch, and its running statistics follow', () => {
  const graph = normNet();
  const batch = batchOf(graph);
  const trainer = createTfjsTrainer(graph, OPTIONS);
  const { loss } = trainer.step(batch, start);
  const learned = trainer.toGraph();
  // The running variance is that of n - 1 values; the loss saw that of n.
  const ofBatch = (name: string, count: number): readonly [string, Tensor] => {
    const tensor = learned.constants.get(name)!;
    const data = (tensor.data as Float32Array).map((value) => (value * (count - 1)) / count);
    return [name, { ...tensor, data }];
  };
  const seen = [ofBatch('norm1.var', BATCH * 4), ofBatch('norm2.var', BATCH)];
  const logs = outputsOf({ ...learned, constants: new Map([...learned.constants, ...seen]) }, batch).map(
    logSoftmax,
  );
  near(loss, -logs.reduce((sum, row, i) => sum + row[batch.labels[i]!]!, 0) / BATCH, 1e-5, 'loss');
  checkGradients(trainer, batch);
  const folded = trainer.toFloatGraph();
  assert.ok(folded.nodes.every(({ op }) => op !== 'BatchNormalization'));
  const expected = outputsOf(trainer.toGraph(), batch).flat();
  outputsOf(folded, batch)
    .flat()
    .forEach((output, i) => {
      near(output, expected[i]!, 1e-4, `output ${i}`);
    });
});

testOfTfjs('a frozen batch normalisation keeps its running statistics', () => {
  const graph = normNet();
  const batch = batchOf(graph);
  const trainer = createTfjsTrainer(graph, { ...OPTIONS, scheme: { kind: 'bias' } });
  const logs = outputsOf(graph, batch).map(logSoftmax);
  const { loss } = trainer.step(batch, { step: 0, learningRate: 0.1 });
  near(loss, -logs.reduce((sum, row, i) => sum + row[batch.labels[i]!]!, 0) / BATCH, 1e-5, 'loss');
  const after = trainer.toGraph().constants;
  const changed = [...after].filter(([name, { data }]) => !sameData(data, graph.constants.get(name)!.data));
  assert.deepEqual(
    changed.map(([name]) => name),
    ['norm1.shift', 'norm2.shift'],
  );
});

function sameData(a: TypedArray, b: TypedArray): boolean {
  return a.length === b.length && toNumbers(a).every((value, i) => value === Number(b[i]));
}

testOfTfjs('samples without a label do not count, and labels can be smoothed', () => {
  const graph = smallNet();
  const batch = batchOf(graph, [0, -1, 1, 2, -1, 0]);
  const smoothing = 0.1;
  const options = { ...OPTIONS, loss: { kind: 'cross-entropy', labelSmoothing: smoothing } } as const;
  const { loss } = createTfjsTrainer(graph, options).step(batch, start);
  const expected = outputsOf(graph, batch).reduce((total, row, i) => {
    const label = batch.labels[i]!;
    if (label < 0) return total;
    return logSoftmax(row).reduce(
      (sum, value, c) => sum - value * (smoothing / CLASSES + (c === label ? 1 - smoothing : 0)),
      total,
    );
  }, 0);
  near(loss, expected / 4, 1e-6, 'loss');
  const none = createTfjsTrainer(graph, options).step(batchOf(graph, [-1, -1, -1, -1, -1, -1]), start);
  assert.deepEqual(none, { loss: 0, correct: 0 });
});

testOfTfjs('the mean squared error is over all values, and an auto-encoder is its own target', () => {
  const graph = net([CLASSES], (builder, constant) =>
    builder.node('MatMul', ['x', constant('w', [CLASSES, CLASSES])], { name: 'fc' }),
  );
  const trainer = createTfjsTrainer(graph, { ...OPTIONS, loss: { kind: 'mean-squared-error' } });
  const batch = batchOf(graph);
  const outputs = outputsOf(graph, batch).flat();
  const mse = (targets: ArrayLike<number>) =>
    outputs.reduce((sum, value, i) => sum + (value - targets[i]!) ** 2, 0) / outputs.length;
  near(trainer.step(batch, start).loss, mse(batch.inputs), 1e-6, 'loss');
  const targets = normalArray([BATCH, CLASSES], 3);
  near(trainer.step({ ...batch, targets }, start).loss, mse(targets), 1e-6, 'loss');
  checkGradients(trainer, { ...batch, targets });
});

/** A few steps of training against the formulas, gradients taken from plain SGD on the same weights. */
function checkUpdates(
  optimizer: TrainerOptions['optimizer'],
  formula: (w: number, g: number, held: number[], step: number, rate: number) => number,
): void {
  const graph = smallNet();
  const batch = batchOf(graph);
  const trainer = createTfjsTrainer(graph, { ...OPTIONS, optimizer });
  const held = new Map<string, number[][]>();
  for (let step = 0; step < 4; step++) {
    const weights = [...trainer.toGraph().constants].filter(([, { dtype }]) => dtype === 'float32');
    const current = { ...graph, constants: new Map([...graph.constants, ...weights]) };
    const gradients = gradientsOf(createTfjsTrainer(current, OPTIONS), batch);
    const rate = 0.05 / (step + 1);
    trainer.step(batch, { step, learningRate: rate });
    const after = trainer.state();
    for (const [name, { data }] of weights) {
      const all = held.get(name) ?? toNumbers(data).map(() => [0, 0]);
      held.set(name, all);
      gradients.get(name)!.forEach((g, i) => {
        const expected = formula(Number(data[i]), g, all[i]!, step, rate);
        near(Number(after.get(name)![i]), expected, 2e-6, `${name}[${i}] after step ${step}`);
      });
    }
  }
}

testOfTfjs('SGD has momentum, and decay that goes through it', () => {
  checkUpdates({ kind: 'sgd', momentum: 0.9, weightDecay: 0.01 }, (w, g, held, _, rate) => {
    held[0] = 0.9 * held[0]! + g + 0.01 * w;
    return w - rate * held[0];
  });
});

testOfTfjs('Adam corrects its moments, and decay goes through them', () => {
  checkUpdates(ADAM_WITH_DECAY, (w, g, held, step, rate) => {
    const slope = g + 0.1 * w;
    held[0] = 0.9 * held[0]! + 0.1 * slope;
    held[1] = 0.999 * held[1]! + 0.001 * slope * slope;
    const [m, v] = [held[0] / (1 - 0.9 ** (step + 1)), held[1] / (1 - 0.999 ** (step + 1))];
    return w - (rate * m) / (Math.sqrt(v) + 1e-8);
  });
});

testOfTfjs('only the listed share of the weights moves', () => {
  const graph = smallNet();
  const scheme = { kind: 'listed', biases: [], weights: [{ layer: 'fc1', channels: 0.4 }] } as const;
  const trainer = createTfjsTrainer(graph, {
    ...OPTIONS,
    scheme,
    optimizer: ADAM_WITH_DECAY,
  });
  trainer.step(batchOf(graph), { step: 0, learningRate: 0.01 });
  const [before, after] = [graph.constants.get('w1')!.data, trainer.state().get('w1')!];
  const moved = toNumbers(after).map((value, i) => value !== before[i]);
  const columns = [0, 1, 2, 3, 4].map((column) =>
    [0, 1, 2, 3, 4, 5, 6].some((row) => moved[row * 5 + column]),
  );
  assert.deepEqual(columns, [true, true, false, false, false]);
  assert.ok(sameData(trainer.toGraph().constants.get('b1')!.data, graph.constants.get('b1')!.data));
});

testOfTfjs('a run goes on from its state to the same bytes', () => {
  const graph = normNet();
  const batch = batchOf(graph);
  const options = { ...OPTIONS, optimizer: ADAM };
  const trainer = createTfjsTrainer(graph, options);
  const run = (one: Trainer, from: number) =>
    [0, 1, 2].map((i) => one.step(batch, { step: from + i, learningRate: 0.01 }).loss);
  run(trainer, 0);
  const state = trainer.state();
  const expected = run(trainer, 3);
  const resumed = createTfjsTrainer(graph, options);
  resumed.restore(state);
  assert.deepEqual(run(resumed, 3), expected);
  assert.deepEqual(resumed.state(), trainer.state());
  const other = failure(() => createTfjsTrainer(smallNet(), options).restore(state));
  assert.equal(other.code, 'E_CHECKPOINT');
});

testOfTfjs('numbers that are lost name the layer, and nothing has changed', () => {
  const graph = smallNet();
  const trainer = createTfjsTrainer(graph, OPTIONS);
  const batch = batchOf(graph);
  trainer.step(batch, { step: 0, learningRate: 1e30 });
  const before = trainer.state();
  const error = failure(() => trainer.step(batch, { step: 1, learningRate: 0.1 }));
  assert.equal(error.code, 'E_NOT_FINITE');
  assert.match(error.at[0]!, /node "fc2" \(Gemm\)/);
  assert.deepEqual(trainer.state(), before);
});

testOfTfjs('what TensorFlow cannot train is an error that lists all of it', () => {
  const graph = net([2, 4, 4], (builder, constant) => {
    const conv = builder.node('Conv', ['x', constant('w', [2, 2, 3, 3])], { name: 'conv' });
    const rooted = builder.node('Sqrt', [builder.node('Elu', [conv], { name: 'elu' })], { name: 'root' });
    return builder.node('Flatten', [rooted]);
  });
  const error = failure(() => createTfjsTrainer(graph, OPTIONS));
  assert.equal(error.code, 'E_OP');
  assert.equal(error.at.length, 2);
  assert.match(error.at.join(), /"elu" \(Elu\).*"root" \(Sqrt\)/);
});

testOfTfjs('a label without a class, a short batch and another method are errors', () => {
  const graph = smallNet();
  const trainer = createTfjsTrainer(graph, OPTIONS);
  assert.match(failure(() => trainer.step(batchOf(graph, [0, 1, 2, 3, 4, 0]), start)).message, /label 4/);
  const batch = { ...batchOf(graph), inputs: new Float32Array(3) };
  assert.equal(failure(() => trainer.step(batch, start)).code, 'E_DATA');
  assert.equal(failure(() => createTfjsTrainer(graph, { ...OPTIONS, method: 'octo' })).code, 'E_USAGE');
});

/** Adam divides by what rounding leaves of a gradient that is 0, and batch normalisation makes such: SGD there. */
const COMPARISONS = [
  ['lenet', ADAM, 1e-3],
  ['resnet8', { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 }, 0.01],
] as const;

for (const [name, optimizer, learningRate] of COMPARISONS) {
  testOfTfjs(`${name}: the losses are those of the native trainer, step by step`, () => {
    const { input, classes, build } = TRAINING_NETWORKS[name];
    const options = { ...OPTIONS, batchSize: 8, optimizer, init: 'random' } as const;
    const graph = build(1);
    const native = createTrainer(graph, { ...options, backend: 'native' });
    const trainer = createTrainer(graph, options);
    for (let step = 0; step < 20; step++) {
      const batch = {
        inputs: normalArray([8, ...input], step),
        labels: Int32Array.from({ length: 8 }, (_, i) => (i * step) % classes),
        targets: null,
      };
      const settings = { step, learningRate };
      const expected = native.step(batch, settings);
      const actual = trainer.step(batch, settings);
      const error = Math.abs(actual.loss / expected.loss - 1);
      assert.ok(error < 1e-4, `step ${step}: ${actual.loss} for ${expected.loss}`);
    }
  });
}

testOfTfjs('a small network learns a batch by heart', () => {
  const graph = TRAINING_NETWORKS.lenet.build(1);
  const trainer = createTfjsTrainer(graph, { ...OPTIONS, batchSize: 16, optimizer: ADAM });
  const batch = {
    inputs: normalArray([16, 1, 28, 28], 4),
    labels: Int32Array.from({ length: 16 }, (_, i) => i % 10),
    targets: null,
  };
  const run = Array.from({ length: 60 }, (_, step) => trainer.step(batch, { step, learningRate: 0.003 }));
  const [first, last] = [run[0]!.loss, run.at(-1)!.loss];
  assert.ok(first > 2 && last < 0.05, `from ${first} to ${last}`);
  assert.equal(run.at(-1)!.correct, 16);
});
