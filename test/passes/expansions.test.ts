import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, type GraphBuilder, int, ints, perTensor, string } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Attribute } from '../../src/graph/types.ts';
import { einsumToMatmul } from '../../src/passes/einsum-to-matmul.ts';
import { expandReductions } from '../../src/passes/expand-reductions.ts';
import { expandScatter } from '../../src/passes/expand-scatter.ts';
import { expandStatistics } from '../../src/passes/expand-statistics.ts';
import { realExponent } from '../../src/passes/real-exponent.ts';
import { splitGemm } from '../../src/passes/split-gemm.ts';
import { ungroupTranspose } from '../../src/passes/ungroup-transpose.ts';
import { assertSameMeaning, floatGraph, ops, randomTensor } from './helpers.ts';

function reducing(op: string, axes: readonly number[] | null, attributes: Record<string, Attribute> = {}) {
  return floatGraph((b) => {
    // Sums of squares have logarithms.
    const x = b.input('x', [3, 4, 5]);
    const given = op === 'ReduceLogSum' ? b.node('Mul', [x, x]) : x;
    const operands = axes === null ? [given] : [given, b.constant('axes', int64Tensor([...axes]))];
    b.output(b.node(op, operands, { name: 'y', attributes }));
  });
}

for (const op of ['ReduceLogSum', 'ReduceLogSumExp', 'ReduceProd']) {
  for (const axes of [[1], [-1, 0]]) {
    for (const keepdims of [0, 1]) {
      test(`${op} over [${axes}] is operators that have kernels, keepdims ${keepdims}`, () => {
        const graph = reducing(op, axes, { keepdims: int(keepdims) });
        const after = expandReductions(graph);
        assert.ok(!ops(after).includes(op));
        assertSameMeaning(graph, after);
      });
    }
  }
}

test('a product of more than 32 factors, and one with a scale, stay', () => {
  const many = reducing('ReduceProd', null);
  assert.equal(expandReductions(many), many);
  const few = reducing('ReduceProd', [1]);
  const values = new Map(few.values);
  values.set('y', { ...values.get('y')!, quant: perTensor(1, 0) });
  const scaled = { ...few, values };
  assert.equal(expandReductions(scaled), scaled);
});

test('the statistics of a LayerNormalization are computed beside it', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [2, 3, 4]);
    const scale = b.constant('scale', randomTensor([4], 1));
    b.output(b.node('LayerNormalization', [x, scale], { name: 'y', attributes: { axis: int(-1) } }));
  });
  const [node] = graph.nodes;
  const port = (name: string) => ({ name, value: name, dtype: 'float32' as const });
  const statistic = (name: string) =>
    [name, { name, dtype: 'float32', shape: [2, 3, 1], quant: null }] as const;
  const asked = {
    ...graph,
    nodes: [{ ...node!, outputs: ['y', 'mean', 'deviation'] }],
    outputs: [...graph.outputs, port('mean'), port('deviation')],
    values: new Map([...graph.values, statistic('mean'), statistic('deviation')]),
  };
  const after = expandStatistics(asked);
  assert.deepEqual(after.nodes.find(({ op }) => op === 'LayerNormalization')!.outputs, ['y']);
  assertSameMeaning(asked, after);
});

const factors = { alpha: float(0.5), beta: float(-2) };
const GEMMS: readonly (readonly [
  what: string,
  make: (b: GraphBuilder) => string,
  left: readonly string[],
])[] = [
  ['two activations', (b) => b.node('Gemm', [b.input('x', [3, 4]), b.input('w', [4, 5])]), ['MatMul']],
  [
    'two activations, turned and scaled, and a third',
    (b) =>
      b.node('Gemm', [b.input('x', [4, 3]), b.input('w', [5, 4]), b.input('c', [3, 1])], {
        attributes: { ...factors, transA: int(1), transB: int(1) },
      }),
    ['Transpose', 'Transpose', 'MatMul', 'Mul', 'Mul', 'Add'],
  ],
  [
    'weights, and a constant for each row',
    (b) =>
      b.node(
        'Gemm',
        [
          b.input('x', [3, 4]),
          b.constant('w', randomTensor([4, 5], 1)),
          b.constant('c', randomTensor([3, 5], 2)),
        ],
        { attributes: factors },
      ),
    ['Gemm', 'Add'],
  ],
];

for (const [what, make, left] of GEMMS) {
  test(`a Gemm of ${what} is split`, () => {
    const graph = floatGraph((b) => b.output(make(b)));
    const after = splitGemm(graph);
    assert.deepEqual(ops(after), left);
    assertSameMeaning(graph, after);
  });
}

test('a Gemm of weights with a constant row stays', () => {
  const graph = floatGraph((b) => {
    const w = b.constant('w', randomTensor([4, 5], 1));
    b.output(b.node('Gemm', [b.input('x', [3, 4]), w, b.constant('c', floatTensor([1], [2]))]));
  });
  assert.equal(splitGemm(graph), graph);
});

const EQUATIONS: readonly (readonly [equation: string, ...shapes: (readonly number[])[]])[] = [
  ['ij,jk->ik', [2, 3], [3, 4]],
  ['ij,jk', [2, 3], [3, 4]],
  ['bhid,bhjd->bhij', [2, 2, 3, 4], [2, 2, 5, 4]],
  ['bhij,bhjd->bihd', [2, 2, 3, 4], [2, 2, 4, 5]],
  ['i,j->ji', [3], [4]],
  ['i,i->', [3], [3]],
  ['ij->j', [3, 4]],
  ['ijk->kij', [2, 3, 4]],
  ['...ij,...jk->...ik', [2, 3, 4], [2, 4, 5]],
  ['ab,bc,cd->da', [2, 3], [3, 4], [4, 5]],
  ['abc,cd->bd', [2, 3, 4], [4, 5]],
];

for (const [equation, ...shapes] of EQUATIONS) {
  test(`Einsum ${equation} is products of matrices`, () => {
    const graph = floatGraph((b) => {
      const inputs = shapes.map((shape, i) => b.input(`x${i}`, shape));
      b.output(b.node('Einsum', inputs, { attributes: { equation: string(equation) } }));
    });
    const after = einsumToMatmul(graph);
    assert.ok(!ops(after).includes('Einsum'), ops(after).join());
    assertSameMeaning(graph, after);
  });
}

test('Einsum of a diagonal, and of an axis that is spread, stay', () => {
  for (const [equation, shape] of [
    ['ii->i', [[3, 3]]],
    [
      '...i,...i->...i',
      [
        [1, 3],
        [2, 3],
      ],
    ],
  ] as const) {
    const graph = floatGraph((b) => {
      const inputs = shape.map((one, i) => b.input(`x${i}`, one));
      b.output(b.node('Einsum', inputs, { attributes: { equation: string(equation) } }));
    });
    assert.equal(einsumToMatmul(graph), graph);
  }
});

for (const [equation, shapes] of [
  [
    'ij,jk->il',
    [
      [2, 3],
      [3, 4],
    ],
  ],
  [
    'ij,jk->ik',
    [
      [2, 3],
      [4, 5],
    ],
  ],
  ['ij->ij->j', [[2, 3]]],
  ['ij,j', [[2, 3]]],
  ['i1->i', [[2, 3]]],
  ['ijk->i', [[2, 3]]],
] as const) {
  test(`Einsum ${equation} is refused`, () => {
    assert.throws(
      () =>
        floatGraph((b) => {
          const inputs = shapes.map((one, i) => b.input(`x${i}`, one));
          b.output(b.node('Einsum', inputs, { attributes: { equation: string(equation) } }));
        }),
      { code: 'E_SHAPE' },
    );
  });
}

const GROUPED: readonly (readonly [
  what: string,
  size: readonly number[],
  given: Record<string, Attribute>,
])[] = [
  ['of each channel', [4, 2, 3, 3], { group: int(4), strides: ints([2, 2]), pads: ints([1, 0, 1, 2]) }],
  ['in two groups, dilated', [4, 3, 2, 3], { group: int(2), strides: ints([3, 1]), dilations: ints([2, 1]) }],
  [
    'that adds to its output',
    [4, 2, 2, 2],
    { group: int(2), strides: ints([3, 4]), output_padding: ints([2, 3]) },
  ],
  ['that is cut far', [4, 2, 2, 2], { group: int(2), pads: ints([2, 2, 2, 1]) }],
];

for (const [what, size, attributes] of GROUPED) {
  test(`a ConvTranspose ${what} is a Conv over zeros between the numbers`, () => {
    const graph = floatGraph((b) => {
      const w = b.constant('w', randomTensor(size, 3));
      const bias = b.constant('c', randomTensor([size[1]! * Number(attributes.group!.value)], 4));
      b.output(b.node('ConvTranspose', [b.input('x', [2, 4, 5, 6]), w, bias], { attributes }));
    });
    const after = ungroupTranspose(graph);
    assert.ok(ops(after).includes('Conv'));
    assertSameMeaning(graph, after, 1e-6);
  });
}

for (const reduction of ['add', 'mul', 'max', 'min']) {
  for (const places of [
    [0, 3, -1],
    [2, 0, 2],
    [1, 1, 1, 1, 0, 1],
  ]) {
    test(`a Scatter to ${places} that joins by ${reduction} gathers and joins`, () => {
      const graph = floatGraph((b) => {
        const count = places.length;
        const rows = b.constant('i', { ...int64Tensor(places), shape: [count, 1] });
        const given = { attributes: { reduction: string(reduction) } };
        const made = b.node('ScatterND', [b.input('x', [4, 5]), rows, b.input('u', [count, 5])], given);
        const axis = { attributes: { reduction: string(reduction), axis: int(0) } };
        const wide = b.constant('k', { ...int64Tensor(places.flatMap((p) => [p, 0])), shape: [count, 2] });
        b.output(b.node('ScatterElements', [made, wide, b.input('v', [count, 2])], axis));
      });
      const after = expandScatter(graph);
      assert.ok(!ops(after).some((op) => op.startsWith('Scatter')));
      assertSameMeaning(graph, after, 1e-6);
    });
  }
}

test('a constant exponent of whole numbers is one of real numbers', () => {
  const graph = floatGraph((b) => {
    b.output(b.node('Pow', [b.input('x', [2, 3]), b.constant('e', int64Tensor([2, 3, 1]))]));
  });
  const after = realExponent(graph);
  assert.equal(after.constants.get(after.nodes[0]!.inputs[1]!)!.dtype, 'float32');
  assertSameMeaning(graph, after, 1e-6);
});
