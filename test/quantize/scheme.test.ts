import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, ints, perTensor } from '../../src/graph/build.ts';
import { PATCH_GATE } from '../../src/graph/own-operators.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import {
  groupQuants,
  planQuantization,
  type ScaleGroup,
  type Scheme,
  TFLITE_INT8,
} from '../../src/quantize/scheme.ts';
import { floatGraph, randomTensor } from '../passes/helpers.ts';

const CORTEX_M = TFLITE_INT8;

function groupOf(graph: Graph, name: string): ScaleGroup | undefined {
  return planQuantization(graph, CORTEX_M).groups.find(({ members }) => members.includes(name));
}

test('after Conv, Gemm or Add only the output of the Relu or Clip behind has codes', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 2, 4, 4]);
    const w = b.constant('w', randomTensor([2, 2, 1, 1], 1));
    const conv = b.node('Conv', [x, w], { name: 'conv' });
    const relu = b.node('Relu', [conv], { name: 'relu' });
    const add = b.node('Add', [relu, x], { name: 'add' });
    const bounds = ['low', 'high'].map((name, i) => b.constant(name, floatTensor([], [6 * i])));
    b.output(b.node('Clip', [add, ...bounds], { name: 'clip' }));
  });
  assert.equal(groupOf(graph, 'conv'), undefined);
  assert.equal(groupOf(graph, 'add'), undefined);
  for (const name of ['x', 'relu', 'clip']) assert.deepEqual(groupOf(graph, name)?.members, [name]);
});

test('a value that others read too, or that leaves the model, has codes of its own', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 2, 4, 4]);
    const w = b.constant('w', randomTensor([2, 2, 1, 1], 1));
    const conv = b.node('Conv', [x, w], { name: 'conv' });
    const relu = b.node('Relu', [conv], { name: 'relu' });
    b.output(b.node('Add', [conv, relu], { name: 'add' }));
  });
  assert.deepEqual(groupOf(graph, 'conv')?.members, ['conv']);
});

test('movers keep the scale of what they move, and only what is moved is observed', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 2, 4, 4]);
    const pool = b.node('MaxPool', [x], {
      name: 'pool',
      attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
    });
    const shape = b.constant('shape', int64Tensor([1, 8]));
    const flat = b.node('Reshape', [pool, shape], { name: 'flat' });
    b.output(b.node('Transpose', [flat], { name: 'turned' }));
  });
  assert.deepEqual(groupOf(graph, 'x'), {
    members: ['x', 'pool', 'flat', 'turned'],
    observed: ['x'],
    fixed: null,
    multiple: null,
    sums: false,
    exact: false,
  });
});

test('the inputs of a Concat share one scale found from all of them', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 2, 4, 4]);
    const y = b.input('y', [1, 2, 4, 4]);
    b.output(b.node('Concat', [x, y], { name: 'both', attributes: { axis: int(1) } }));
  });
  assert.deepEqual(groupOf(graph, 'y'), {
    members: ['x', 'both', 'y'],
    observed: ['x', 'y'],
    fixed: null,
    multiple: null,
    sums: false,
    exact: false,
  });
});

test('a Pad with another value than 0 is observed with it', () => {
  const padded = (fill: number) =>
    floatGraph((b) => {
      const x = b.input('x', [1, 4]);
      const pads = b.constant('pads', int64Tensor([0, 1, 0, 1]));
      b.output(b.node('Pad', [x, pads, b.constant('fill', floatTensor([], [fill]))], { name: 'y' }));
    });
  assert.deepEqual(groupOf(padded(0), 'y')?.observed, ['x']);
  assert.deepEqual(groupOf(padded(7), 'y')?.observed, ['x', 'y']);
});

test('a fixed scale stays out of the scale of a Concat, whose values are then observed whole', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 4]);
    const soft = b.node('Softmax', [x], { name: 'soft' });
    b.output(b.node('Concat', [x, soft], { name: 'both', attributes: { axis: int(1) } }));
  });
  assert.deepEqual(groupOf(graph, 'soft')?.members, ['soft']);
  assert.deepEqual(groupOf(graph, 'both'), {
    members: ['x', 'both'],
    observed: ['x', 'both'],
    fixed: null,
    multiple: null,
    sums: false,
    exact: false,
  });
});

test('a multiple of a value has its codes, at its scale times the number', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 4]);
    const half = b.node('Mul', [b.constant('c', floatTensor([], [0.5])), x], { name: 'half' });
    const third = b.node('Div', [half, b.constant('d', floatTensor([1], [1.5]))], { name: 'third' });
    b.output(b.node('Neg', [third], { name: 'y' }));
    b.output(b.node('Mul', [x, b.constant('m', floatTensor([], [-2]))], { name: 'negative' }));
  });
  assert.deepEqual(groupOf(graph, 'half')?.multiple, { of: 'x', factor: 0.5 });
  assert.deepEqual(groupOf(graph, 'third')?.multiple, { of: 'half', factor: 1 / 1.5 });
  assert.equal(groupOf(graph, 'negative')?.multiple, null);
  const plan = planQuantization(graph, TFLITE_INT8);
  const { groups } = plan;
  const quants = groupQuants(plan, () => perTensor(0.25, 3));
  const [half, third] = ['half', 'third'].map((name) =>
    quants.get(groups.find(({ members }) => members.includes(name))!),
  );
  assert.deepEqual([half!.scale[0], half!.zeroPoint[0]], [0.125, 3]);
  assert.deepEqual([third!.scale[0], third!.zeroPoint[0]], [Math.fround(0.125 * (1 / 1.5)), 3]);
});

test('bounded operators have the scales of TFLite', () => {
  for (const [op, scale, zeroPoint] of [
    ['Softmax', 1 / 256, -128],
    ['Sigmoid', 1 / 256, -128],
    ['Tanh', 1 / 128, 0],
  ] as const) {
    const graph = floatGraph((b) => {
      b.output(b.node(op, [b.input('x', [1, 4])], { name: 'y' }));
    });
    const fixed = groupOf(graph, 'y')?.fixed;
    assert.deepEqual([fixed?.scale, fixed?.zeroPoint], [scale, zeroPoint], op);
  }
});

test('a scheme without fixed outputs observes bounded operators', () => {
  const graph = floatGraph((b) => {
    b.output(b.node('Softmax', [b.input('x', [1, 4])], { name: 'y' }));
  });
  const observing: Scheme = { ...TFLITE_INT8, fixedOutputs: false };
  const { groups } = planQuantization(graph, observing);
  assert.ok(planQuantization(graph, TFLITE_INT8).groups.some(({ fixed }) => fixed !== null));
  assert.ok(groups.every(({ fixed }) => fixed === null));
});

test('integer values and constants have no codes', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 4]);
    const half = b.constant('half', floatTensor([], [0.5]));
    b.output(b.node('Mul', [x, half], { name: 'y' }));
    b.output(b.node('Shape', [b.input('z', [2, 2])], { name: 'shape', dtype: 'int64' }));
  });
  const members = planQuantization(graph, CORTEX_M).groups.flatMap((group) => group.members);
  assert.ok(!members.includes('half') && !members.includes('shape'), members.join());
});

test('a graph that is quantised already is refused', () => {
  const graph = floatGraph((b) => {
    b.output(b.node('Relu', [b.input('x', [1, 4])], { name: 'y' }));
  });
  const values = new Map(graph.values).set('x', { ...graph.values.get('x')!, quant: perTensor(0.1, 0) });
  assert.throws(() => planQuantization({ ...graph, values }, CORTEX_M), {
    code: 'E_QUANT',
    at: ['tensor "x"'],
  });
});

test('what a gate gives has scales that are part of its meaning, whatever the scheme', () => {
  const base = floatGraph((b) => {
    const x = b.input('x', [1, 1, 4, 4]);
    const reference = b.input('reference', [1, 1, 4, 4]);
    const age = b.input('age', [1, 1, 2, 2]);
    const clock = b.input('clock', [1, 1, 1, 1]);
    const scores = b.input('scores', [1, 1, 2, 2]);
    const attributes = { patch: int(2) };
    b.output(b.node(PATCH_GATE, [scores, x, reference, age, clock], { name: 'blended', attributes }));
  });
  const sizes = { mask: [1, 1, 2, 2], next_age: [1, 1, 2, 2], next_clock: [1, 1, 1, 1] };
  const names = Object.keys(sizes);
  const graph: Graph = {
    ...base,
    nodes: base.nodes.map((node) => ({ ...node, outputs: [...node.outputs, ...names] })),
    values: new Map([
      ...base.values,
      ...Object.entries(sizes).map(
        ([name, shape]) => [name, { name, dtype: 'float32', shape, quant: null }] as const,
      ),
    ]),
    outputs: [...base.outputs, ...names.map((name) => ({ name, value: name, dtype: 'float32' }) as const)],
    state: [
      { input: 'reference', output: 'blended' },
      { input: 'age', output: 'next_age' },
      { input: 'clock', output: 'next_clock' },
    ],
  };
  for (const scheme of [CORTEX_M, { ...CORTEX_M, fixedOutputs: false }]) {
    const { groups } = planQuantization(graph, scheme);
    const of = (name: string) => groups.find(({ members }) => members.includes(name))!;
    assert.deepEqual(new Set(of('x').members), new Set(['x', 'blended', 'reference']));
    assert.deepEqual(new Set(of('x').observed), new Set(['x', 'reference']));
    assert.equal(of('mask').fixed?.zeroPoint, 0);
    for (const name of ['age', 'clock']) {
      assert.deepEqual(new Set(of(name).members), new Set([name, `next_${name}`]));
      assert.deepEqual([of(name).fixed?.scale, of(name).fixed?.zeroPoint], [1, -128]);
    }
  }
});
