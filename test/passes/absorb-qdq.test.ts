import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, graphBuilder, int, ints, perChannel, perTensor } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Attribute, DType, Graph, Tensor } from '../../src/graph/types.ts';
import { absorbQdq } from '../../src/passes/absorb-qdq.ts';
import { resolveModel } from '../../src/passes/resolve.ts';
import { assertSameMeaning, ops, randomTensor } from './helpers.ts';

let count = 0;

function integers(
  dtype: 'int8' | 'uint8' | 'int32',
  values: readonly number[],
  shape = [values.length],
): Tensor {
  const arrays = { int8: Int8Array, uint8: Uint8Array, int32: Int32Array };
  return { dtype, shape, data: arrays[dtype].from(values) };
}

type Affine = {
  readonly scale: number | readonly number[];
  /** Null: the input is absent. */
  readonly zero?: number | null;
  readonly dtype?: 'int8' | 'uint8' | 'int32';
  readonly axis?: number;
};

function qdq(
  g: GraphBuilder,
  op: string,
  x: string,
  { scale, zero = 0, dtype = 'int8', axis }: Affine,
): string {
  const scales = typeof scale === 'number' ? [scale] : scale;
  const shape = typeof scale === 'number' ? [] : [scales.length];
  const zeros = scales.map(() => zero ?? 0);
  const inputs = [x, g.constant(`scale${count}`, floatTensor(shape, scales))];
  if (zero !== null) inputs.push(g.constant(`zero${count}`, integers(dtype, zeros, shape)));
  count++;
  const attributes: Record<string, Attribute> = axis === undefined ? {} : { axis: int(axis) };
  return g.node(op, inputs, { attributes, name: `${op}${count}` });
}

const q = (g: GraphBuilder, x: string, affine: Affine) => qdq(g, 'QuantizeLinear', x, affine);
const dq = (g: GraphBuilder, x: string, affine: Affine) => qdq(g, 'DequantizeLinear', x, affine);
const fake = (g: GraphBuilder, x: string, affine: Affine) => dq(g, q(g, x, affine), affine);

function resolved(make: (g: GraphBuilder) => void): Graph {
  const g = graphBuilder('test');
  make(g);
  return resolveModel(g.model());
}

const input = (g: GraphBuilder, shape: readonly number[], dtype: DType = 'float32') =>
  g.input('x', shape, { dtype });

/** The pass leaves no Q or DQ, the given operators, and the same numbers. */
function check(before: Graph, expected: readonly string[]): Graph {
  const after = absorbQdq(before);
  assert.deepEqual(ops(after), expected);
  assertSameMeaning(before, after, 1e-6);
  return after;
}

const activations = (graph: Graph) =>
  [...graph.values.values()].filter(({ name }) => !graph.constants.has(name));

test('an integer model: int8 in and out, weights per channel, int32 bias', () => {
  const after = check(
    resolved((g) => {
      const x = dq(g, input(g, [1, 2, 4, 4], 'int8'), { scale: 0.02, zero: -3 });
      const codes = Array.from(randomTensor([3 * 2 * 9], 1).data as Float32Array, (v) => Math.round(v * 127));
      const w = dq(g, g.constant('w', integers('int8', codes, [3, 2, 3, 3])), {
        scale: [0.01, 0.02, 0.03],
        axis: 0,
      });
      const b = dq(g, g.constant('b', integers('int32', [1000, -2000, 30])), {
        scale: [0.0002, 0.0004, 0.0006],
        dtype: 'int32',
        axis: 0,
      });
      const y = g.node('Conv', [x, w, b], { attributes: { pads: ints([1, 1, 1, 1]) } });
      g.output(q(g, y, { scale: 0.05, zero: 7 }), { name: 'y', dtype: 'int8' });
    }),
    ['Conv'],
  );
  assert.deepEqual(after.inputs, [{ name: 'x', value: 'x', dtype: 'int8' }]);
  assert.deepEqual(after.values.get('x')!.quant, perTensor(0.02, -3));
  assert.deepEqual(after.values.get('conv')!.quant, perTensor(0.05, 7));
  assert.deepEqual(after.values.get('w')!.quant, perChannel([0.01, 0.02, 0.03], 0));
  assert.equal(after.constants.get('b')!.dtype, 'int32');
});

test('a float model with Q/DQ inside: the input quantises itself', () => {
  const after = check(
    resolved((g) => {
      const x = fake(g, input(g, [2, 8]), { scale: 0.03, zero: 5 });
      g.output(fake(g, g.node('Tanh', [x]), { scale: 1 / 128 }));
    }),
    ['Tanh'],
  );
  assert.deepEqual(
    after.inputs.map(({ dtype }) => dtype),
    ['float32'],
  );
  assert.ok(activations(after).every(({ quant }) => quant !== null));
});

test('several DequantizeLinear of one QuantizeLinear, and several alike of one value', () => {
  const affine = { scale: 0.05, zero: 2 };
  check(
    resolved((g) => {
      const y = q(g, g.node('Tanh', [input(g, [8])]), affine);
      g.output(g.node('Add', [g.node('Exp', [dq(g, y, affine)]), g.node('Neg', [dq(g, y, affine)])]));
    }),
    ['Tanh', 'Exp', 'Neg', 'Add'],
  );
  check(
    resolved((g) => {
      const y = g.node('Tanh', [input(g, [8])]);
      g.output(g.node('Add', [fake(g, y, affine), fake(g, y, affine)]));
    }),
    ['Tanh', 'Add'],
  );
});

test('a Requantise stands where a value is read quantised and not, or in two ways', () => {
  const fine = { scale: 0.01, zero: 1 };
  const coarse = { scale: 0.1, zero: -4 };
  const alsoRead = resolved((g) => {
    const y = g.node('Tanh', [input(g, [8])]);
    g.output(g.node('Add', [fake(g, y, coarse), y]));
  });
  check(alsoRead, ['Tanh', 'tinyml::Requantise', 'Add']);
  const alsoOutput = resolved((g) => {
    const y = g.node('Tanh', [input(g, [8])]);
    g.output(g.node('Exp', [fake(g, y, coarse)]));
    g.output(y);
  });
  check(alsoOutput, ['Tanh', 'tinyml::Requantise', 'Exp']);
  const twoWays = resolved((g) => {
    const y = g.node('Tanh', [input(g, [8])]);
    g.output(g.node('Add', [fake(g, y, fine), fake(g, y, coarse)]));
  });
  check(twoWays, ['Tanh', 'tinyml::Requantise', 'tinyml::Requantise', 'Add']);
  const inARow = resolved((g) => {
    g.output(g.node('Exp', [fake(g, fake(g, g.node('Tanh', [input(g, [8])]), fine), coarse)]));
  });
  check(inARow, ['Tanh', 'tinyml::Requantise', 'Exp']);
  const repeated = resolved((g) => {
    g.output(g.node('Exp', [fake(g, fake(g, g.node('Tanh', [input(g, [8])]), fine), fine)]));
  });
  check(repeated, ['Tanh', 'Exp']);
});

test('float weights behind Q/DQ are quantised now, per tensor and per channel', () => {
  const after = check(
    resolved((g) => {
      const w = fake(g, g.constant('w', randomTensor([4, 3], 11)), {
        scale: [0.01, 0.004, 0.02, 0.5],
        axis: 0,
      });
      const b = fake(g, g.constant('b', randomTensor([4], 12)), { scale: 0.02 });
      const x = fake(g, input(g, [2, 3]), { scale: 0.02 });
      g.output(g.node('Gemm', [x, w, b], { attributes: { transB: int(1) } }));
    }),
    ['Gemm'],
  );
  const [, w = '', b = ''] = after.nodes[0]!.inputs;
  assert.equal(after.constants.get(w)!.dtype, 'int8');
  assert.equal(after.values.get(w)!.quant!.axis, 0);
  assert.equal(after.constants.get(b)!.dtype, 'int8');
});

test('uint8, and the zero point that is absent', () => {
  const after = check(
    resolved((g) => {
      const x = fake(g, g.node('Abs', [input(g, [16])]), { scale: 0.01, zero: null });
      g.output(fake(g, g.node('Neg', [x]), { scale: 0.01, zero: 200, dtype: 'uint8' }));
    }),
    ['Abs', 'Neg'],
  );
  assert.deepEqual(after.values.get('abs')!.quant, perTensor(0.01, 0, 'uint8'));
  assert.deepEqual(after.values.get('neg')!.quant, perTensor(0.01, 200, 'uint8'));
});

test('integers flow through movers between Q and DQ', () => {
  const affine = { scale: 0.03, zero: -7 };
  const after = check(
    resolved((g) => {
      const y = q(g, g.node('Tanh', [input(g, [1, 2, 4, 4])]), affine);
      const pooled = g.node('MaxPool', [y], {
        attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
      });
      const both = g.node('Concat', [pooled, pooled], { attributes: { axis: int(1) } });
      const turned = g.node('Transpose', [both], { attributes: { perm: ints([0, 2, 3, 1]) } });
      const flat = g.node('Flatten', [turned]);
      g.output(g.node('Exp', [dq(g, flat, affine)]));
    }),
    ['Tanh', 'MaxPool', 'Concat', 'Transpose', 'Flatten', 'Exp'],
  );
  for (const name of ['tanh', 'maxpool', 'concat', 'transpose', 'flatten']) {
    assert.deepEqual(after.values.get(name)!.quant, perTensor(0.03, -7), name);
    assert.equal(after.values.get(name)!.dtype, 'float32', name);
  }
});

test('an integer input that is reshaped before it is read, an integer output that is reshaped after', () => {
  const after = check(
    resolved((g) => {
      const shape = g.constant('shape', int64Tensor([2, 4]));
      const x = g.node('Reshape', [input(g, [8], 'int8'), shape]);
      const y = g.node('Tanh', [dq(g, x, { scale: 0.02, zero: 3 })]);
      g.output(g.node('Reshape', [q(g, y, { scale: 1 / 128 }), g.constant('flat', int64Tensor([8]))]), {
        name: 'y',
        dtype: 'int8',
      });
    }),
    ['Reshape', 'Tanh', 'Reshape'],
  );
  assert.deepEqual(after.values.get('x')!.quant, perTensor(0.02, 3));
  assert.equal(after.inputs[0]!.dtype, 'int8');
  assert.equal(after.outputs[0]!.dtype, 'int8');
});

test('the fill of an integer Pad becomes a real number', () => {
  const affine = { scale: 0.5, zero: 10 };
  for (const fill of [null, 10, -6]) {
    const after = check(
      resolved((g) => {
        const x = input(g, [1, 3], 'int8');
        const pads = g.constant('pads', int64Tensor([0, 1, 0, 2]));
        const operands =
          fill === null ? [x, pads] : [x, pads, g.constant('fill', integers('int8', [fill], []))];
        g.output(g.node('Exp', [dq(g, g.node('Pad', operands), affine)]));
      }),
      ['Pad', 'Exp'],
    );
    const value = after.constants.get(after.nodes[0]!.inputs[2]!)!;
    assert.equal(value.data[0], 0.5 * ((fill ?? 0) - 10));
  }
});

test('quantisation spreads over movers and Relu that have none, both ways', () => {
  const affine = { scale: 0.03, zero: -20 };
  const after = check(
    resolved((g) => {
      const y = g.node('Tanh', [input(g, [1, 2, 4, 4])]);
      const pooled = g.node('MaxPool', [y], { attributes: { kernel_shape: ints([2, 2]) } });
      const x = fake(g, g.node('Flatten', [pooled]), affine);
      const relu = g.node('Relu', [x]);
      g.output(g.node('Exp', [g.node('Unsqueeze', [relu, g.constant('axes', int64Tensor([0]))])]));
    }),
    ['Tanh', 'MaxPool', 'Flatten', 'Relu', 'Unsqueeze', 'Exp'],
  );
  for (const name of ['tanh', 'maxpool', 'flatten', 'relu', 'unsqueeze']) {
    assert.deepEqual(after.values.get(name)!.quant, perTensor(0.03, -20), name);
  }
  assert.equal(after.values.get('exp')!.quant, null);
});

test('quantisation does not spread to a value that others read, nor over a fill that is no zero', () => {
  const affine = { scale: 0.03, zero: -20 };
  const shared = check(
    resolved((g) => {
      const y = g.node('Tanh', [input(g, [2, 4])]);
      g.output(g.node('Exp', [fake(g, g.node('Flatten', [y]), affine)]));
      g.output(g.node('Neg', [y]));
    }),
    ['Tanh', 'Flatten', 'Exp', 'Neg'],
  );
  assert.equal(shared.values.get('tanh')!.quant, null);
  const filled = check(
    resolved((g) => {
      const operands = [
        g.constant('pads', int64Tensor([0, 1, 0, 2])),
        g.constant('fill', floatTensor([], [0.017])),
      ];
      g.output(g.node('Pad', [fake(g, input(g, [2, 4]), affine), ...operands]));
    }),
    ['Pad'],
  );
  assert.equal(filled.values.get('pad')!.quant, null);
});

test('quantised weights that are turned after DequantizeLinear are turned now, their axis with them', () => {
  const after = check(
    resolved((g) => {
      const w = g.constant('w', integers('int8', [1, -2, 3, 4, -5, 6], [2, 3]));
      const turned = g.node('Transpose', [dq(g, w, { scale: [0.1, 0.3], axis: 0 })], {
        attributes: { perm: ints([1, 0]) },
      });
      const shaped = g.node('Reshape', [turned, g.constant('shape', int64Tensor([3, 2, 1]))]);
      g.output(g.node('MatMul', [fake(g, input(g, [3, 2, 2]), { scale: 0.02 }), shaped]));
    }),
    ['MatMul'],
  );
  const name = after.nodes[0]!.inputs[1]!;
  assert.deepEqual(Array.from(after.constants.get(name)!.data as Int8Array), [1, 4, -2, -5, 3, 6]);
  assert.equal(after.values.get(name)!.quant!.axis, 1);
});

test('weights read with two scales are two constants', () => {
  const after = check(
    resolved((g) => {
      const w = g.constant('w', integers('int8', [1, -2, 3, 4]));
      const sum = g.node('Add', [dq(g, w, { scale: 0.1 }), input(g, [4])]);
      g.output(g.node('Mul', [sum, dq(g, w, { scale: 0.7 })]));
    }),
    ['Add', 'Mul'],
  );
  assert.equal(after.constants.size, 2);
});

test('integers that are not quantised reals are left alone', () => {
  const graph = resolved((g) => {
    const x = g.input('ids', [2], { dtype: 'int64' });
    const table = dq(g, g.constant('table', integers('int8', [1, 2, 3, 4, 5, 6], [3, 2])), { scale: 0.5 });
    g.output(g.node('Gather', [table, x]));
    g.output(dq(g, q(g, input(g, [2]), { scale: 0.1 }), { scale: 0.1 }));
  });
  const after = absorbQdq(graph);
  assert.deepEqual(ops(after), ['Gather']);
  assert.equal(after.values.get('ids')!.dtype, 'int64');
  assert.deepEqual(after.values.get('gather')!.quant, perTensor(0.5, 0));
});

test('where only constants are quantised, they are the real numbers that they stand for', () => {
  const graph = resolved((g) => {
    const w = dq(g, g.constant('w', integers('int8', [1, 2, 3, 4, 5, 6], [3, 2])), { scale: 0.5 });
    g.output(g.node('MatMul', [input(g, [1, 3]), w]));
  });
  const after = absorbQdq(graph);
  assert.deepEqual(ops(after), ['MatMul']);
  assert.ok([...after.values.values()].every(({ quant, dtype }) => quant === null && dtype !== 'int8'));
  assertSameMeaning(graph, after, 0);
});

test('limits of integers are limits of what they stand for', () => {
  const graph = resolved((g) => {
    const limits = ['lo', 'hi'].map((name, i) => g.constant(name, integers('int8', [[-7, 9][i]!], [])));
    const codes = q(g, input(g, [1, 40]), { scale: 0.05, zero: 3 });
    g.output(dq(g, g.node('Clip', [codes, ...limits]), { scale: 0.05, zero: 3 }));
  });
  const after = absorbQdq(graph);
  assert.deepEqual(ops(after), ['Clip']);
  assertSameMeaning(graph, after, 1e-6);
});

test('weights that the model quantises and limits are the integers that come out', () => {
  for (const scale of [[0.5], [0.5, 0.25]]) {
    const affine = scale.length === 1 ? { scale: scale[0]! } : { scale, axis: 0 };
    const graph = resolved((g) => {
      const limits = ['lo', 'hi'].map((name, i) => g.constant(name, integers('int8', [[-7, 7][i]!], [])));
      const w = g.constant('w', floatTensor([2, 1, 1, 2], [1.2, -9, 0.6, 4]));
      const codes = g.node('Clip', [q(g, w, affine), ...limits]);
      const x = fake(g, input(g, [1, 1, 3, 3]), { scale: 0.02 });
      g.output(fake(g, g.node('Conv', [x, dq(g, codes, affine)]), { scale: 0.05 }));
    });
    const after = check(graph, ['Conv']);
    const weights = after.constants.get(after.nodes[0]!.inputs[1]!)!;
    assert.deepEqual([...weights.data], scale.length === 1 ? [2, -7, 1, 7] : [2, -7, 2, 7]);
  }
});

test('weights alone that the model quantises are the real numbers that come out', () => {
  const graph = resolved((g) => {
    const w = fake(g, g.constant('w', floatTensor([2, 1], [1.2, -9])), { scale: 0.5 });
    g.output(g.node('MatMul', [input(g, [1, 2]), w]));
  });
  const after = absorbQdq(graph);
  assert.deepEqual(ops(after), ['MatMul']);
  assert.ok([...after.values.values()].every(({ quant, dtype }) => quant === null && dtype !== 'int8'));
  assertSameMeaning(graph, after, 0);
});

test('QLinearConv and QLinearMatMul are read as QDQ', () => {
  const graph = resolved((g) => {
    const scalar = (name: string, value: number) => g.constant(name, floatTensor([], [value]));
    const zero = g.constant('zero', integers('int8', [0], []));
    const zeros = g.constant('zeros', integers('int8', [0, 0], [2]));
    const scales = g.constant('ws', floatTensor([2], [0.02, 0.03]));
    const x = q(g, input(g, [1, 2, 3, 3]), { scale: 0.02, zero: 4 });
    const xZero = g.constant('x_zero', integers('int8', [4], []));
    const w = g.constant('w', integers('int8', [10, -20, 30, 40], [2, 2, 1, 1]));
    const bias = g.constant('b', integers('int32', [300, -200], [2]));
    const conv = g.node('QLinearConv', [
      ...[x, scalar('xs', 0.02), xZero, w, scales, zeros],
      ...[scalar('ys', 0.05), zero, bias],
    ]);
    const flat = g.node('Flatten', [conv]);
    const matrix = g.constant(
      'm',
      integers(
        'int8',
        Array.from({ length: 36 }, (_, i) => 5 * i - 90),
        [18, 2],
      ),
    );
    const product = [flat, 'ys', 'zero', matrix, scalar('ms', 0.01), zero, scalar('zs', 0.1), zero];
    g.output(dq(g, g.node('QLinearMatMul', product), { scale: 0.1 }));
  });
  const after = absorbQdq(graph);
  assert.deepEqual(ops(after), ['Conv', 'Flatten', 'MatMul']);
  assertSameMeaning(graph, after, 0.02);
});

test('a float graph is given back', () => {
  const graph = resolved((g) => g.output(g.node('Relu', [input(g, [2])])));
  assert.equal(absorbQdq(graph), graph);
});

test('what cannot be expressed is refused, all at once and with the nodes', () => {
  const graph = resolved((g) => {
    const x = input(g, [4], 'int8');
    const scale = g.input('scale', []);
    const first = g.node('DequantizeLinear', [x, scale], { name: 'dynamic' });
    const y = q(g, first, { scale: 0.1 });
    const other = dq(g, y, { scale: 0.2 });
    g.output(g.node('Exp', [other]));
    g.output(g.node('Abs', [y]));
  });
  assert.throws(
    () => absorbQdq(graph),
    (error: { code: string; at: string[] }) => {
      assert.equal(error.code, 'E_QUANT');
      assert.equal(error.at.length, 3);
      assert.match(error.at[0]!, /dynamic.*run time/);
      assert.match(error.at[1]!, /another scale/);
      assert.match(error.at[2]!, /Abs computes with the integers/);
      return true;
    },
  );
});
