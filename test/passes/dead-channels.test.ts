import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type GraphBuilder, graphBuilder, int, ints, perChannel, perTensor } from '../../src/graph/build.ts';
import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import type { Graph, Quant } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';
import { lower } from '../../src/lower/lower.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { type DeadChannels, removeDeadChannels } from '../../src/passes/dead-channels.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createRunner } from '../../src/program/run.ts';
import { assertSameMeaning, floatGraph, ops, randomNumbers, randomTensor } from './helpers.ts';

type Random = () => number;
const integer = (next: Random, low: number, high: number) =>
  low + Math.floor(((next() + 1) / 2) * (high - low + 1));

type LayerOptions = {
  readonly kernel?: number;
  readonly pads?: number;
  readonly groups?: number;
  /** Output channels with weights 0. */
  readonly zeroRows?: readonly number[];
  /** Input channels with weights 0. */
  readonly zeroColumns?: readonly number[];
  /** Bias codes by channel; random where absent. */
  readonly bias?: Readonly<Record<number, number>>;
  readonly quant?: Quant;
  /** The Relu has the grid; the Conv's own output has none. */
  readonly relu?: boolean;
  readonly stride?: number;
};

/** Builds quantised networks layer by layer, keeping track of shapes. */
function quantizedNet(next: Random, inputShape: readonly number[], inputQuant: Quant = perTensor(0.02, -5)) {
  const g = graphBuilder('net');
  const shapes = new Map<string, readonly number[]>();
  const quants = new Map<string, Quant>();
  let count = 0;
  const keep = (name: string, shape: readonly number[], quant: Quant) => {
    shapes.set(name, shape);
    quants.set(name, quant);
    return name;
  };
  const port = inputQuant.dtype;
  keep(g.input('x', inputShape, { quant: inputQuant, port }), inputShape, inputQuant);

  const weights = (shape: readonly number[], { zeroRows = [], zeroColumns = [] }: LayerOptions) => {
    const [outChannels = 0, inChannels = 0] = shape;
    const taps = elementCount(shape.slice(2));
    const data = Int8Array.from({ length: elementCount(shape) }, (_, i) => {
      const row = Math.floor(i / (taps * inChannels));
      const column = Math.floor(i / taps) % inChannels;
      const code = integer(next, 0, 4) === 0 ? 0 : integer(next, -127, 127);
      return zeroRows.includes(row) || zeroColumns.includes(column) ? 0 : code;
    });
    const scale = Array.from({ length: outChannels }, () => 0.001 * (1.5 + next()));
    return g.constant(`w${count}`, { dtype: 'int8', shape, data }, perChannel(scale, 0));
  };
  const bias = (input: string, w: string, channels: number, codes: LayerOptions['bias'] = {}) => {
    const data = Int32Array.from({ length: channels }, (_, o) => codes[o] ?? integer(next, -2000, 2000));
    const scales = g.build().values.get(w)!.quant!.scale;
    const inputScale = quants.get(input)!.scale[0]!;
    const scale = Array.from(scales, (s) => s * inputScale);
    return g.constant(
      `b${count++}`,
      { dtype: 'int32', shape: [channels], data },
      perChannel(scale, 0, 'int32'),
    );
  };

  const conv = (x: string, outChannels: number, options: LayerOptions = {}) => {
    const {
      kernel = 1,
      pads = 0,
      groups = 1,
      relu = false,
      stride = 1,
      quant = perTensor(0.03, 3),
    } = options;
    const [batch = 0, inChannels = 0, ...space] = shapes.get(x)!;
    const w = weights([outChannels, inChannels / groups, kernel, kernel], options);
    const size = space.map((dim) => Math.floor((dim + 2 * pads - kernel) / stride) + 1);
    const shape = [batch, outChannels, ...size];
    const attributes = {
      group: int(groups),
      pads: ints([pads, pads, pads, pads]),
      strides: ints([stride, stride]),
    };
    const operands = [x, w, bias(x, w, outChannels, options.bias)];
    const name = `conv${count}`;
    if (!relu) return keep(g.node('Conv', operands, { shape, attributes, quant, name }), shape, quant);
    g.node('Conv', operands, { shape, attributes, name });
    return keep(g.node('Relu', [name], { shape, quant }), shape, quant);
  };
  return {
    g,
    shapeOf: (x: string) => shapes.get(x)!,
    conv,
    depthwise: (x: string, options: LayerOptions = {}) => {
      const channels = shapes.get(x)![1]!;
      return conv(x, channels, { kernel: 3, pads: 1, ...options, groups: channels });
    },
    gemm: (x: string, outChannels: number, options: LayerOptions = {}) => {
      const [rows = 0, features = 0] = shapes.get(x)!;
      const w = weights([outChannels, features], options);
      const shape = [rows, outChannels];
      const quant = options.quant ?? perTensor(0.04, 1);
      const operands = [x, w, bias(x, w, outChannels, options.bias)];
      const attributes = { transB: int(1) };
      return keep(g.node('Gemm', operands, { shape, attributes, quant, name: `gemm${count}` }), shape, quant);
    },
    /** Any other operator; by default shape and grid of its first input. */
    node: (
      op: string,
      inputs: readonly string[],
      options: {
        shape?: readonly number[];
        quant?: Quant;
        attributes?: Graph['nodes'][0]['attributes'];
      } = {},
    ) => {
      const { shape = shapes.get(inputs[0]!)!, quant = quants.get(inputs[0]!)!, attributes = {} } = options;
      return keep(g.node(op, inputs, { shape, quant, attributes }), shape, quant);
    },
    finish: (y: string): Graph => {
      g.output(y, { name: 'y', dtype: 'int8' });
      return verifyGraph(g.build());
    },
  };
}

const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false } } as const;

/** Output bytes of the integer program for a few inputs. */
function programOutputs(graph: Graph, count = 4): readonly (readonly number[])[] {
  const program = lower(graph);
  const run = createRunner(program, planMemory(program, OPTIONS));
  return Array.from({ length: count }, (_, seed) => {
    const next = randomNumbers(seed);
    const inputs = program.inputs.map(({ tensor }) =>
      Int8Array.from({ length: elementCount(program.tensors[tensor]!.shape) }, () =>
        integer(next, -128, 127),
      ),
    );
    return run(inputs).flatMap((output) => Array.from(output as Int8Array));
  });
}

/** Removes dead channels and asserts that no byte changed and that no second run finds more. */
function removeExactly(graph: Graph): DeadChannels {
  const result = removeDeadChannels(graph);
  verifyGraph(result.graph);
  assert.deepEqual(programOutputs(result.graph), programOutputs(graph), 'the bytes are the same');
  assert.deepEqual(removeDeadChannels(result.graph).removed, [], 'nothing is left to remove');
  const count = result.removed.reduce((sum, { channels }) => sum + channels, 0);
  assert.equal(result.macsAfter < result.macsBefore, count > 0);
  if (count === 0) assert.equal(result.graph, graph);
  return result;
}

const removedOf = ({ removed }: DeadChannels) => removed.map(({ channels }) => channels);

const SHAPE = [1, 3, 5, 4];
/** A bias so low that every result saturates: after a Relu, the zero point. */
const LOW = -1_000_000;
const RELU = { relu: true, quant: perTensor(0.03, -128) } as const;

test('a channel of zero weights goes, and its constant goes into the bias of a 1x1 Conv', () => {
  const net = quantizedNet(randomNumbers(1), SHAPE);
  const x = net.conv('x', 6, { kernel: 3, pads: 1, zeroRows: [1, 4], bias: { 1: 7000, 4: -9000 } });
  const graph = net.finish(net.conv(x, 4));
  const result = removeExactly(graph);
  assert.deepEqual(removedOf(result), [2]);
  assert.equal(result.graph.values.get(x)!.shape[1], 4);
  assert.equal(result.macsBefore, 20 * (6 * 27 + 4 * 6));
  assert.equal(result.macsAfter, 20 * (4 * 27 + 4 * 4));
  const bias = (g: Graph) => Array.from(g.constants.get(g.nodes[1]!.inputs[2]!)!.data as Int32Array);
  assert.notDeepEqual(bias(result.graph), bias(graph), 'the constants are in the bias');
});

test('a padded reader takes the constant only where it is the zero point', () => {
  for (const [bias, expected] of [
    [LOW, [1]],
    [5000, []],
  ] as const) {
    const net = quantizedNet(randomNumbers(2), SHAPE);
    const x = net.conv('x', 4, { ...RELU, zeroRows: [2], bias: { 2: bias } });
    const result = removeExactly(net.finish(net.conv(x, 4, { kernel: 3, pads: 1 })));
    assert.deepEqual(removedOf(result), expected, `bias ${bias}`);
  }
});

test('a 3x3 reader without padding takes any constant', () => {
  const net = quantizedNet(randomNumbers(3), SHAPE);
  const x = net.conv('x', 4, { zeroRows: [0], bias: { 0: 900 } });
  assert.deepEqual(removedOf(removeExactly(net.finish(net.conv(x, 2, { kernel: 3 })))), [1]);
});

test('a depthwise Conv passes the constant on where the border does not show', () => {
  for (const [pads, bias, expected] of [
    [1, LOW, [1]],
    [1, 5000, []],
    [0, 5000, [1]],
  ] as const) {
    const net = quantizedNet(randomNumbers(4), SHAPE);
    const x = net.conv('x', 4, { ...RELU, zeroRows: [3], bias: { 3: bias } });
    const y = net.depthwise(x, { ...RELU, pads });
    const result = removeExactly(net.finish(net.conv(y, 3)));
    assert.deepEqual(removedOf(result), expected, `pads ${pads}, bias ${bias}`);
    const [, depthwise] = result.graph.nodes.filter(({ op }) => op === 'Conv');
    assert.equal(depthwise!.attributes.group!.value, 4 - expected.length);
  }
});

test('a depthwise Conv that multiplies channels loses all copies or none', () => {
  for (const zeroColumns of [[2, 3], [2]]) {
    const net = quantizedNet(randomNumbers(5), SHAPE);
    const x = net.conv('x', 3);
    const doubled = net.conv(x, 6, { kernel: 3, pads: 1, groups: 3 });
    const result = removeExactly(net.finish(net.conv(doubled, 2, { zeroColumns })));
    assert.deepEqual(removedOf(result), zeroColumns.length === 2 ? [1] : []);
  }
});

test('a dead filter of a depthwise Conv frees the channel before it', () => {
  const net = quantizedNet(randomNumbers(6), SHAPE);
  const x = net.conv('x', 4);
  const y = net.depthwise(x, { zeroRows: [1] });
  assert.deepEqual(removedOf(removeExactly(net.finish(net.conv(y, 3)))), [1]);
});

test('a channel that nobody weighs goes whatever it holds, and so does what only it weighed', () => {
  const net = quantizedNet(randomNumbers(7), SHAPE);
  const x = net.conv('x', 4, { kernel: 3, pads: 1 });
  const y = net.conv(x, 3, { zeroColumns: [0], zeroRows: [1], bias: { 1: 0 } });
  const z = net.conv(y, 3, { kernel: 3, pads: 1, zeroColumns: [1] });
  assert.deepEqual(removedOf(removeExactly(net.finish(z))), [1, 1]);
});

test('removal reaches back over several rounds', () => {
  const net = quantizedNet(randomNumbers(8), SHAPE);
  // Channel 1 of x is weighed by channel 1 of y only, which nobody weighs.
  const x = net.conv('x', 2);
  const w = { dtype: 'int8' as const, shape: [2, 2, 1, 1], data: Int8Array.of(50, 0, 30, 70) };
  const matrix = net.g.constant('w', w, perChannel([0.002, 0.003], 0));
  const y = net.node('Conv', [x, matrix]);
  assert.deepEqual(removedOf(removeExactly(net.finish(net.conv(y, 3, { zeroColumns: [1] })))), [1, 1]);
});

test('pools, flattening and Gemm: every feature of the channel goes', () => {
  const net = quantizedNet(randomNumbers(9), [1, 3, 6, 6]);
  const x = net.conv('x', 5, { zeroRows: [0, 3], bias: { 0: 500, 3: -500 } });
  const pool = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
  const largest = net.node('MaxPool', [x], { shape: [1, 5, 3, 3], attributes: pool });
  const mean = net.node('AveragePool', [largest], {
    shape: [1, 5, 2, 2],
    attributes: { kernel_shape: ints([2, 2]) },
  });
  const flat = net.node('Flatten', [mean], { shape: [1, 20] });
  const hidden = net.gemm(flat, 6, { zeroRows: [2] });
  const result = removeExactly(net.finish(net.gemm(hidden, 3)));
  assert.deepEqual(removedOf(result), [2, 1]);
  assert.deepEqual(result.graph.values.get(flat)!.shape, [1, 12]);
});

test('GlobalAveragePool and a constant Reshape', () => {
  const net = quantizedNet(randomNumbers(10), SHAPE);
  const x = net.conv('x', 5, { zeroRows: [4] });
  const mean = net.node('GlobalAveragePool', [x], { shape: [1, 5, 1, 1] });
  const shape = net.g.constant('shape', { dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, -1n) });
  const flat = net.node('Reshape', [mean, shape], { shape: [1, 5] });
  assert.deepEqual(removedOf(removeExactly(net.finish(net.gemm(flat, 3)))), [1]);
});

test('an Add loses what is constant on both sides, only', () => {
  const net = quantizedNet(randomNumbers(11), SHAPE);
  const a = net.conv('x', 4, { zeroRows: [1, 2], quant: perTensor(0.05, 7) });
  const b = net.conv('x', 4, { zeroRows: [2, 3], quant: perTensor(0.03, -9) });
  const sum = net.node('Add', [a, b], { quant: perTensor(0.07, 2) });
  assert.deepEqual(removedOf(removeExactly(net.finish(net.conv(sum, 3)))), [1, 1]);
});

test('an Add with a fused Relu folds its clamped constant', () => {
  const net = quantizedNet(randomNumbers(12), SHAPE);
  const a = net.conv('x', 4, { zeroRows: [2], bias: { 2: 800 } });
  const b = net.conv('x', 4, { zeroRows: [2], bias: { 2: 300 } });
  net.g.node('Add', [a, b], { shape: [1, 4, 5, 4], name: 'sum' });
  const relu = net.g.node('Relu', ['sum'], { shape: [1, 4, 5, 4], quant: perTensor(0.02, -128) });
  const w = net.g.constant(
    'w',
    { dtype: 'int8', shape: [1, 4, 1, 1], data: Int8Array.of(9, 8, 127, 6) },
    perTensor(0.01, 0),
  );
  const y = net.g.node('Conv', [relu, w], { shape: [1, 1, 5, 4], quant: perTensor(0.05, 0) });
  net.g.output(y, { name: 'y', dtype: 'int8' });
  assert.deepEqual(removedOf(removeExactly(net.g.build())), [1, 1]);
});

test('Concat joins channels of several producers', () => {
  const net = quantizedNet(randomNumbers(13), SHAPE);
  const quant = perTensor(0.03, 3);
  const a = net.conv('x', 3, { zeroRows: [0], quant });
  const b = net.conv('x', 4, { zeroRows: [1, 3], quant });
  const both = net.node('Concat', [a, b], { shape: [1, 7, 5, 4], attributes: { axis: int(1) } });
  assert.deepEqual(removedOf(removeExactly(net.finish(net.conv(both, 2)))), [1, 2]);
});

test('a Concat that rescales one side keeps that side', () => {
  const net = quantizedNet(randomNumbers(14), SHAPE);
  const a = net.conv('x', 3, { zeroRows: [0], quant: perTensor(0.03, 3) });
  const b = net.conv('x', 3, { zeroRows: [1], quant: perTensor(0.011, 4) });
  const both = net.node('Concat', [a, b], { shape: [1, 6, 5, 4], attributes: { axis: int(1) } });
  assert.deepEqual(removedOf(removeExactly(net.finish(net.conv(both, 2)))), [1]);
});

test('a change of scale, with and without Relu, carries the constant', () => {
  for (const op of ['tinyml::Requantise', 'Relu']) {
    const net = quantizedNet(randomNumbers(15), SHAPE);
    const x = net.conv('x', 3, { zeroRows: [0, 1], bias: { 0: 900, 1: -900 } });
    const y = net.node(op, [x], { quant: perTensor(0.017, -40) });
    assert.deepEqual(removedOf(removeExactly(net.finish(net.conv(y, 2)))), [2], op);
  }
});

test('where a table or an unknown operator stands between, only unweighed channels go', () => {
  const table = quantizedNet(randomNumbers(16), SHAPE);
  const x = table.conv('x', 4, { zeroRows: [0] });
  const y = table.node('Sigmoid', [x], { quant: perTensor(1 / 256, -128) });
  assert.deepEqual(removedOf(removeExactly(table.finish(table.conv(y, 2, { zeroColumns: [2] })))), [1]);

  const unknown = quantizedNet(randomNumbers(17), SHAPE);
  const z = unknown.conv('x', 4, { zeroRows: [0] });
  const turned = unknown.node('Transpose', [z], {
    attributes: { perm: ints([0, 1, 3, 2]) },
    shape: [1, 4, 4, 5],
  });
  assert.deepEqual(
    removedOf(removeExactly(unknown.finish(unknown.conv(turned, 2, { zeroColumns: [0] })))),
    [],
  );
});

test('grouped convolutions, model outputs and model inputs keep their channels', () => {
  const net = quantizedNet(randomNumbers(18), [1, 4, 5, 5]);
  const x = net.conv('x', 4, { groups: 2, zeroRows: [1] });
  const y = net.conv(x, 4, { groups: 2, zeroColumns: [1] });
  assert.deepEqual(
    removedOf(removeExactly(net.finish(net.conv(y, 3, { zeroRows: [0], zeroColumns: [2] })))),
    [],
  );
});

test('every tensor keeps a channel', () => {
  const net = quantizedNet(randomNumbers(19), SHAPE);
  const x = net.conv('x', 3, { zeroRows: [0, 1, 2] });
  const result = removeExactly(net.finish(net.conv(x, 2)));
  assert.deepEqual(removedOf(result), [2]);
  assert.deepEqual(result.graph.values.get(x)!.shape, [1, 1, 5, 4]);
});

test('a fold that would overflow the bias is left, and with it the channel', () => {
  for (const [bias, expected] of [
    [2 ** 31 - 100, []],
    [2 ** 31 - 1_000_000, [1]],
  ] as const) {
    const net = quantizedNet(randomNumbers(20), SHAPE);
    const quant = perTensor(0.5, 0);
    const x = net.conv('x', 2, { zeroRows: [0], bias: { 0: 1_000_000 }, quant });
    const w = { dtype: 'int8' as const, shape: [1, 2, 1, 1], data: Int8Array.of(127, 1) };
    const scale = 2 ** -10;
    const matrix = net.g.constant('w', w, perTensor(scale, 0));
    const b = net.g.constant(
      'b',
      { dtype: 'int32', shape: [1], data: Int32Array.of(bias) },
      perTensor(0.5 * scale, 0, 'int32'),
    );
    const y = net.node('Conv', [x, matrix, b], { shape: [1, 1, 5, 4], quant: perTensor(2 ** 14, 0) });
    const graph = net.finish(y);
    assert.deepEqual(removedOf(removeDeadChannels(graph)), expected, `bias ${bias}`);
  }
});

test('uint8 activations, and a bias in float or on another grid', () => {
  const biases = [
    [floatTensor([2], [0.37, -0.2]), null],
    [{ dtype: 'int8' as const, shape: [2], data: Int8Array.of(37, -20) }, perTensor(0.01, 0)],
    [{ dtype: 'int32' as const, shape: [2], data: Int32Array.of(1037, 980) }, perTensor(0.01, 1000, 'int32')],
  ] as const;
  const outputs = biases.map(([bias, biasQuant]) => {
    const net = quantizedNet(randomNumbers(21), SHAPE, perTensor(0.02, 120, 'uint8'));
    const w = { dtype: 'int8' as const, shape: [2, 3, 1, 1], data: Int8Array.of(0, 0, 0, 5, -6, 7) };
    const first = net.g.constant('first', w, perChannel([0.01, 0.02], 0));
    const b = net.g.constant('bias', bias, biasQuant);
    const quant = perTensor(0.03, 100, 'uint8');
    const x = net.node('Conv', ['x', first, b], { shape: [1, 2, 5, 4], quant });
    const y = net.conv(x, 2, { quant: perTensor(0.05, 90, 'uint8') });
    net.g.output(y, { name: 'y', dtype: 'uint8' });
    const result = removeExactly(net.g.build());
    assert.deepEqual(removedOf(result), [1]);
    return programOutputs(result.graph);
  });
  assert.deepEqual(outputs[1], outputs[0]);
  assert.deepEqual(outputs[2], outputs[0]);
});

test('in float a channel that is exactly 0 goes, another constant stays', () => {
  for (const [bias, expected] of [
    [-0.5, [1]],
    [0, [1]],
    [0.5, []],
  ] as const) {
    const before = floatGraph((g) => {
      const w = randomTensor([3, 2, 3, 3], 31);
      (w.data as Float32Array).fill(0, 18, 36);
      const b = g.constant('b', floatTensor([3], [0.1, bias, -0.2]));
      const attributes = { pads: ints([1, 1, 1, 1]) };
      const x = g.node('Conv', [g.input('x', [1, 2, 5, 5]), g.constant('w', w), b], { attributes });
      const relu = g.node('Relu', [x]);
      const deep = g.node('Conv', [relu, g.constant('dw', randomTensor([3, 1, 3, 3], 32))], {
        attributes: { ...attributes, group: int(3) },
      });
      g.output(g.node('Conv', [deep, g.constant('v', randomTensor([2, 3, 1, 1], 33))]));
    });
    const result = removeDeadChannels(before);
    assert.deepEqual(removedOf(result), expected, `bias ${bias}`);
    assertSameMeaning(before, result.graph, 0);
  }
});

test('in float a Gemm loses features that are 0', () => {
  const before = floatGraph((g: GraphBuilder) => {
    const gemm = (x: string, w: ReturnType<typeof randomTensor>, name: string) =>
      g.node('Gemm', [x, g.constant(name, w)], { attributes: { transB: int(1) } });
    const w = randomTensor([4, 3], 41);
    (w.data as Float32Array).fill(0, 3, 6);
    g.output(gemm(g.node('Tanh', [gemm(g.input('x', [2, 3]), w, 'w')]), randomTensor([2, 4], 42), 'v'));
  });
  const result = removeDeadChannels(before);
  assert.deepEqual(removedOf(result), [1]);
  assertSameMeaning(before, result.graph, 0);
});

test('random networks keep every byte', () => {
  let total = 0;
  for (let seed = 0; seed < 25; seed++) {
    const next = randomNumbers(1000 + seed * 77);
    const some = (channels: number) =>
      Array.from({ length: channels }, (_, c) => c).filter(() => integer(next, 0, 2) === 0);
    const grid = () => perTensor(0.02 + 0.01 * next(), integer(next, -128, 100));
    const net = quantizedNet(next, [1, 3, 6, 5], grid());
    let x = 'x';
    for (let layer = 0; layer < 5; layer++) {
      const channels = net.shapeOf(x)[1]!;
      const relu = next() > 0 ? { relu: true, quant: perTensor(0.03, -128) } : { quant: grid() };
      const kernel = next() > 0 ? 3 : 1;
      const options = {
        ...relu,
        kernel,
        pads: kernel === 3 ? 1 : 0,
        zeroColumns: next() > 0.5 ? some(channels) : [],
      };
      const bias = Object.fromEntries(some(8).map((c) => [c, next() > 0 ? LOW : integer(next, -9000, 9000)]));
      const kind = integer(next, 0, 3);
      if (kind === 0) x = net.depthwise(x, { ...relu, zeroRows: some(channels), bias });
      else if (kind === 1) {
        const shared = { ...options, zeroRows: some(6), bias };
        const [a, b] = [net.conv(x, 6, shared), net.conv(x, 6, { ...shared, quant: perTensor(0.03, -128) })];
        x = net.node('Add', [a, b], { quant: grid() });
      } else x = net.conv(x, 6, { ...options, zeroRows: some(6), bias });
    }
    const mean = net.node('GlobalAveragePool', [x], { shape: [1, net.shapeOf(x)[1]!, 1, 1] });
    const flat = net.node('Flatten', [mean], { shape: [1, net.shapeOf(x)[1]!] });
    const result = removeExactly(net.finish(net.gemm(flat, 4)));
    total += removedOf(result).reduce((sum, channels) => sum + channels, 0);
  }
  assert.ok(total > 50, `the networks have dead channels to remove (${total})`);
});

const vww = join(packageRoot(), '..', 'shared', 'models', 'mlperf-tiny', 'vww-int8.onnx');

test('the VWW reference model loses half of its work', {
  skip: existsSync(vww) ? false : 'the MLPerf Tiny models are not on this machine',
}, async () => {
  const graph = prepareGraph(await loadModel(vww), { deadChannels: false });
  const result = removeDeadChannels(graph);
  verifyGraph(result.graph);
  assert.deepEqual(removedOf(result), [4, 22, 71, 98, 109, 111, 101, 225, 234]);
  assert.deepEqual([result.macsBefore, result.macsAfter], [7_489_664, 3_733_073]);
  assert.deepEqual(ops(result.graph), ops(graph), 'no layer disappears');
});
