import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, type GraphBuilder, graphBuilder, int, perChannel, perTensor } from '../../src/graph/build.ts';
import type { Attribute, Graph } from '../../src/graph/types.ts';
import { matmulToGemm } from '../../src/passes/matmul-to-gemm.ts';
import { assertSameMeaning, floatGraph, ops, randomTensor } from './helpers.ts';

let seed = 500;
const weights = (g: GraphBuilder, shape: readonly number[]) =>
  g.constant(`w${seed++}`, randomTensor(shape, seed));

/** Every Gemm is in the one form: weights [out, in], a bias row, no factors. */
function assertNormal(graph: Graph): void {
  for (const node of graph.nodes.filter(({ op }) => op === 'Gemm')) {
    assert.deepEqual(node.attributes, { transB: { kind: 'int', value: 1 } });
    const [x, w, c = ''] = node.inputs as readonly [string, string, string?];
    const [outFeatures, inFeatures] = graph.constants.get(w)!.shape;
    assert.equal(graph.values.get(x)!.shape[1], inFeatures);
    assert.equal(graph.values.get(node.outputs[0]!)!.shape[1], outFeatures);
    if (c !== '') assert.deepEqual(graph.constants.get(c)!.shape, [outFeatures]);
  }
}

function check(before: Graph, expected: readonly string[]): Graph {
  const after = matmulToGemm(before);
  assert.deepEqual(ops(after), expected);
  assertNormal(after);
  assertSameMeaning(before, after);
  assert.equal(matmulToGemm(after), after, 'nothing is left to do');
  return after;
}

test('MatMul with a constant matrix, and its Add in either order', () => {
  for (const order of ['product first', 'row first', 'no Add'] as const) {
    check(
      floatGraph((g) => {
        const y = g.node('MatMul', [g.input('x', [2, 3]), weights(g, [3, 4])]);
        if (order === 'no Add') return g.output(y);
        const row = weights(g, [4]);
        g.output(g.node('Add', order === 'row first' ? [row, y] : [y, row]));
      }),
      ['Gemm'],
    );
  }
});

test('MatMul on three and four axes gets a Reshape on either side', () => {
  for (const shape of [
    [1, 5, 3],
    [2, 2, 5, 3],
  ]) {
    check(
      floatGraph((g) => {
        const y = g.node('MatMul', [g.input('x', shape), weights(g, [3, 4])]);
        g.output(g.node('Add', [y, weights(g, [4])]));
      }),
      ['Reshape', 'Gemm', 'Reshape'],
    );
  }
});

test('an Add that is more than a bias stays', () => {
  check(
    floatGraph((g) => {
      const y = g.node('MatMul', [g.input('x', [2, 3]), weights(g, [3, 4])]);
      g.output(g.node('Add', [y, weights(g, [2, 4])]));
    }),
    ['Gemm', 'Add'],
  );
  check(
    floatGraph((g) => {
      const y = g.node('MatMul', [g.input('x', [2, 3]), weights(g, [3, 1])]);
      g.output(g.node('Add', [y, weights(g, [4])]));
    }),
    ['Gemm', 'Add'],
  );
  check(
    floatGraph((g) => {
      const y = g.node('MatMul', [g.input('x', [2, 3]), weights(g, [3, 4])]);
      g.output(g.node('Add', [y, weights(g, [4])]));
      g.output(y);
    }),
    ['Gemm', 'Add'],
  );
});

test('a MatMul of two activations, of a batch of matrices or of a constant on the left is kept', () => {
  const graphs = [
    floatGraph((g) => g.output(g.node('MatMul', [g.input('a', [2, 3]), g.input('b', [3, 4])]))),
    floatGraph((g) => g.output(g.node('MatMul', [g.input('a', [2, 2, 3]), weights(g, [2, 3, 4])]))),
    floatGraph((g) => g.output(g.node('MatMul', [weights(g, [2, 3]), g.input('b', [3, 4])]))),
    floatGraph((g) => g.output(g.node('MatMul', [g.input('a', [3]), weights(g, [3, 4])]))),
  ];
  for (const graph of graphs) assert.equal(matmulToGemm(graph), graph);
});

test('every form of Gemm with a constant matrix becomes the one form', () => {
  const biases: readonly (readonly number[] | null)[] = [null, [], [1], [4], [1, 4]];
  for (const transA of [0, 1]) {
    for (const transB of [0, 1]) {
      for (const [alpha, beta] of [
        [1, 1],
        [0.5, 2],
      ] as const) {
        for (const bias of biases) {
          const before = floatGraph((g) => {
            const x = g.input('x', transA ? [3, 2] : [2, 3]);
            const w = weights(g, transB ? [4, 3] : [3, 4]);
            const attributes: Record<string, Attribute> = {
              alpha: float(alpha),
              beta: float(beta),
              transA: int(transA),
              transB: int(transB),
            };
            const operands = bias === null ? [x, w] : [x, w, weights(g, bias)];
            g.output(g.node('Gemm', operands, { attributes }));
          });
          const after = matmulToGemm(before);
          assert.deepEqual(ops(after), transA ? ['Transpose', 'Gemm'] : ['Gemm']);
          if (after !== before) assertNormal(after);
          assertSameMeaning(before, after);
          assert.equal(matmulToGemm(after), after);
        }
      }
    }
  }
});

test('a Gemm whose bias varies along the rows, or whose matrix is computed, is kept', () => {
  const graphs = [
    floatGraph((g) =>
      g.output(g.node('Gemm', [g.input('x', [2, 3]), weights(g, [3, 4]), weights(g, [2, 4])])),
    ),
    floatGraph((g) =>
      g.output(g.node('Gemm', [g.input('x', [2, 3]), weights(g, [3, 4]), weights(g, [2, 1])])),
    ),
    floatGraph((g) => g.output(g.node('Gemm', [g.input('x', [2, 3]), g.input('w', [3, 4])]))),
  ];
  for (const graph of graphs) assert.equal(matmulToGemm(graph), graph);
});

test('quantised weights are turned with their scales, and grids stay on their values', () => {
  const g = graphBuilder('quantised');
  const x = g.input('x', [1, 2, 3], { quant: perTensor(0.02, 5) });
  const codes = { dtype: 'int8' as const, shape: [3, 2], data: Int8Array.of(1, -2, 3, -4, 5, -127) };
  const w = g.constant('w', codes, perChannel([0.1, 0.3], 1));
  const bias = { dtype: 'int32' as const, shape: [2], data: Int32Array.of(100, -50) };
  const row = g.constant('b', bias, perChannel([0.002, 0.006], 0, 'int32'));
  const y = g.node('MatMul', [x, w], { shape: [1, 2, 2] });
  g.output(g.node('Add', [y, row], { shape: [1, 2, 2], quant: perTensor(0.05, -3), name: 'y' }));
  const before = g.build();
  const after = check(before, ['Reshape', 'Gemm', 'Reshape']);
  const [, gemm] = after.nodes;
  const [input, matrix] = gemm!.inputs as readonly [string, string];
  assert.deepEqual(Array.from(after.constants.get(matrix)!.data as Int8Array), [1, 3, 5, -2, -4, -127]);
  assert.equal(after.values.get(matrix)!.quant!.axis, 0);
  assert.deepEqual(after.values.get(input)!.quant, perTensor(0.02, 5));
  assert.deepEqual(after.values.get(gemm!.outputs[0]!)!.quant, perTensor(0.05, -3));
});

test('a product with a grid of its own keeps the Add apart', () => {
  const g = graphBuilder('grid');
  const y = g.node('MatMul', [g.input('x', [2, 3]), g.constant('w', randomTensor([3, 4], 3))], {
    shape: [2, 4],
    quant: perTensor(0.1, 0),
  });
  g.output(g.node('Add', [y, g.constant('b', randomTensor([4], 4))], { shape: [2, 4] }));
  check(g.build(), ['Gemm', 'Add']);
});
