import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, type GraphBuilder, graphBuilder, int, ints, perTensor } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import { affineToConv } from '../../src/passes/affine-to-conv.ts';
import { type FoldedNode, foldBatchNorm } from '../../src/passes/fold-batch-norm.ts';
import { cleanUp, regularise } from '../../src/passes/pipeline.ts';
import { assertSameMeaning, floatGraph, ops, randomTensor } from './helpers.ts';

let seed = 100;
const weights = (g: GraphBuilder, shape: readonly number[]) =>
  g.constant(`w${seed++}`, randomTensor(shape, seed));

function batchNorm(g: GraphBuilder, x: string, channels: number): string {
  const positive = randomTensor([channels], seed++);
  const variance = floatTensor(
    [channels],
    Array.from(positive.data as Float32Array, (v) => v * v + 0.1),
  );
  const parameters = [0, 1, 2].map(() => weights(g, [channels]));
  return g.node('BatchNormalization', [x, ...parameters, g.constant(`variance${seed++}`, variance)], {
    attributes: { epsilon: float(1e-3) },
  });
}

type Step = (g: GraphBuilder, x: string) => string;

/** x -> first -> second, with the channels of `shape` in. */
const pair = (shape: readonly number[], first: Step, second: Step) =>
  floatGraph((g) => g.output(second(g, first(g, g.input('x', shape)))));

const conv =
  (
    inputs: number,
    outputs: number,
    options: { bias?: boolean; groups?: number; pads?: number[] } = {},
  ): Step =>
  (g, x) => {
    const { bias = true, groups = 1, pads = [1, 1, 1, 1] } = options;
    const w = weights(g, [outputs, inputs / groups, 3, 3]);
    const operands = bias ? [x, w, weights(g, [outputs])] : [x, w];
    return g.node('Conv', operands, { attributes: { group: int(groups), pads: ints(pads) } });
  };

const FOLDED_BACK: Readonly<Record<string, ReturnType<typeof pair>>> = {
  'Conv with bias': pair([1, 2, 5, 5], conv(2, 4), (g, x) => batchNorm(g, x, 4)),
  'Conv without bias': pair([1, 2, 5, 5], conv(2, 4, { bias: false }), (g, x) => batchNorm(g, x, 4)),
  'grouped Conv': pair([1, 4, 5, 5], conv(4, 6, { groups: 2 }), (g, x) => batchNorm(g, x, 6)),
  ConvTranspose: pair(
    [1, 4, 3, 3],
    (g, x) =>
      g.node('ConvTranspose', [x, weights(g, [4, 3, 2, 2]), weights(g, [6])], {
        attributes: { group: int(2), strides: ints([2, 2]) },
      }),
    (g, x) => batchNorm(g, x, 6),
  ),
  Gemm: pair(
    [2, 3],
    (g, x) => g.node('Gemm', [x, weights(g, [4, 3]), weights(g, [4])], { attributes: { transB: int(1) } }),
    (g, x) => batchNorm(g, x, 4),
  ),
  Conv1d: pair(
    [1, 2, 7],
    (g, x) => g.node('Conv', [x, weights(g, [3, 2, 3])]),
    (g, x) => batchNorm(g, x, 3),
  ),
};

for (const [what, before] of Object.entries(FOLDED_BACK)) {
  test(`BatchNormalization after ${what} goes into its weights`, () => {
    const after = foldBatchNorm(before);
    assert.equal(ops(after).length, 1);
    assertSameMeaning(before, after);
    assert.equal(after.nodes[0]!.name, before.nodes[0]!.name, 'the layer keeps its name');
  });
}

for (const op of ['Add', 'Sub', 'Mul', 'Div'] as const) {
  for (const order of ['x first', 'constant first'] as const) {
    test(`${op} of a constant per channel (${order})`, () => {
      const before = pair([1, 2, 5, 5], conv(2, 4), (g, x) => {
        const c = weights(g, [4, 1, 1]);
        return g.node(op, order === 'x first' ? [x, c] : [c, x]);
      });
      const after = foldBatchNorm(before);
      const isAffine = !(op === 'Div' && order === 'constant first');
      assert.deepEqual(ops(after), isAffine ? ['Conv'] : ['Conv', 'Div']);
      assertSameMeaning(before, after);
    });
  }
}

test('a chain of maps after one Conv folds completely', () => {
  const before = floatGraph((g) => {
    let x = conv(2, 4)(g, g.input('x', [1, 2, 5, 5]));
    x = batchNorm(g, x, 4);
    x = g.node('Mul', [x, weights(g, [1, 4, 1, 1])]);
    g.output(g.node('Add', [weights(g, [4, 1, 1]), x]));
  });
  const after = cleanUp(before);
  assert.deepEqual(ops(after), ['Conv']);
  assertSameMeaning(before, after);
  const folded: FoldedNode[] = [];
  regularise(before, (one) => folded.push(one));
  const [layer, ...maps] = before.nodes;
  assert.deepEqual(
    folded,
    maps.map(({ name, op }) => ({ name, op, into: layer!.name })),
  );
});

test('BatchNormalization before a Conv without padding goes into it', () => {
  for (const groups of [1, 2]) {
    const before = pair(
      [1, 4, 5, 5],
      (g, x) => batchNorm(g, x, 4),
      conv(4, 6, { pads: [0, 0, 0, 0], groups, bias: groups === 1 }),
    );
    const after = foldBatchNorm(before);
    assert.deepEqual(ops(after), ['Conv']);
    assertSameMeaning(before, after);
  }
});

test('before a padded Conv only a pure scale goes into it', () => {
  const shifted = pair([1, 4, 5, 5], (g, x) => batchNorm(g, x, 4), conv(4, 6));
  assert.equal(foldBatchNorm(shifted), shifted);
  const scaled = pair([1, 4, 5, 5], (g, x) => g.node('Mul', [x, weights(g, [4, 1, 1])]), conv(4, 6));
  const after = foldBatchNorm(scaled);
  assert.deepEqual(ops(after), ['Conv']);
  assertSameMeaning(scaled, after);
});

const KEPT: Readonly<Record<string, ReturnType<typeof floatGraph>>> = {
  'the Conv has another reader': floatGraph((g) => {
    const y = conv(2, 4)(g, g.input('x', [1, 2, 5, 5]));
    g.output(batchNorm(g, y, 4));
    g.output(g.node('Relu', [y]));
  }),
  'the Conv is an output': floatGraph((g) => {
    const y = conv(2, 4)(g, g.input('x', [1, 2, 5, 5]));
    g.output(batchNorm(g, y, 4));
    g.output(y);
  }),
  'the weights are computed': floatGraph((g) => {
    const y = g.node('Conv', [g.input('x', [1, 2, 5, 5]), g.input('w', [4, 2, 3, 3])]);
    g.output(batchNorm(g, y, 4));
  }),
  'the constant varies over space': pair([1, 2, 5, 5], conv(2, 4), (g, x) =>
    g.node('Add', [x, weights(g, [4, 5, 5])]),
  ),
  'the constant varies along the last axis': pair([1, 2, 5, 5], conv(2, 5), (g, x) =>
    g.node('Mul', [x, weights(g, [5])]),
  ),
  'the constant widens the shape': pair([1, 2, 5, 5], conv(2, 1), (g, x) =>
    g.node('Mul', [x, weights(g, [1, 4, 1, 1])]),
  ),
  'the scale would be infinite': pair([1, 2, 5, 5], conv(2, 4), (g, x) =>
    g.node('Div', [x, g.constant('zeros', floatTensor([4, 1, 1], [1, 0, 1, 1]))]),
  ),
};

for (const [what, graph] of Object.entries(KEPT)) {
  test(`nothing is folded where ${what}`, () => assert.equal(foldBatchNorm(graph), graph));
}

test('nothing is folded across a grid', () => {
  const g = graphBuilder('quantised');
  const shape = [1, 2, 4, 4];
  const x = g.input('x', shape);
  const w = g.constant('w', randomTensor([2, 2, 1, 1], 5));
  const y = g.node('Conv', [x, w], { shape, quant: perTensor(0.05, 0) });
  g.output(g.node('Mul', [y, g.constant('c', randomTensor([2, 1, 1], 6))], { shape }));
  const graph = g.build();
  assert.equal(foldBatchNorm(graph), graph);
});

test('a BatchNormalization that found no neighbour is a depthwise Conv, and then a neighbour itself', () => {
  const before = floatGraph((g) => {
    const x = g.node('Relu', [g.input('x', [2, 3, 4, 4])]);
    const y = g.node('Mul', [batchNorm(g, x, 3), weights(g, [3, 1, 1])]);
    g.output(g.node('Relu', [y]));
  });
  const made = affineToConv(before);
  assertSameMeaning(before, made);
  const after = cleanUp(made);
  assert.deepEqual(ops(after), ['Relu', 'Conv', 'Relu']);
  assertSameMeaning(before, after);
});

test('affineToConv leaves scalars, matrices and quantised values alone', () => {
  const scalar = pair(
    [1, 2, 5, 5],
    (g, x) => g.node('Relu', [x]),
    (g, x) => g.node('Mul', [x, g.constant('half', floatTensor([], [0.5]))]),
  );
  const matrix = pair(
    [2, 3],
    (g, x) => g.node('Relu', [x]),
    (g, x) => batchNorm(g, x, 3),
  );
  for (const graph of [scalar, matrix]) assert.equal(affineToConv(graph), graph);
  const g = graphBuilder('quantised');
  const x = g.input('x', [1, 2, 3, 3], { quant: perTensor(0.1, 0) });
  g.output(g.node('Mul', [x, g.constant('c', randomTensor([2, 1, 1], 9))], { shape: [1, 2, 3, 3] }));
  const graph = g.build();
  assert.equal(affineToConv(graph), graph);
});

test('a map that would overflow a single weight stays', () => {
  const build = (most: number) =>
    floatGraph((g) => {
      const [x, kernel] = [g.input('x', [1, 1, 1, 1]), floatTensor([2, 1, 1, 1], [1, most])];
      const y = g.node('Conv', [x, g.constant('kernel', kernel)]);
      g.output(g.node('Mul', [y, g.constant('factors', floatTensor([1, 2, 1, 1], [10, 10]))]));
    });
  assert.deepEqual(ops(foldBatchNorm(build(3e37))), ['Conv']);
  assert.deepEqual(ops(foldBatchNorm(build(3e38))), ['Conv', 'Mul']);
});
