import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, graphBuilder, int, ints, makeNode, string } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Dim, ImportedModel, Tensor } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';
import { checkOperators, resolveModel } from '../../src/passes/resolve.ts';
import { failure } from '../failure.ts';
import { ops, randomTensor } from './helpers.ts';

/** A model whose inputs have the given, possibly open, shapes. */
function model(
  shapes: Readonly<Record<string, readonly Dim[]>>,
  make: (g: GraphBuilder) => void,
): ImportedModel {
  const g = graphBuilder('test');
  for (const [name, shape] of Object.entries(shapes)) {
    g.input(
      name,
      shape.map(() => 1),
    );
  }
  make(g);
  const built = g.model();
  return { ...built, inputs: built.inputs.map((input) => ({ ...input, shape: shapes[input.name]! })) };
}

const relu = (shape: readonly Dim[]) => model({ x: shape }, (g) => g.output(g.node('Relu', ['x'])));

const index = (value: number): Tensor => ({
  dtype: 'int64',
  shape: [],
  data: BigInt64Array.of(BigInt(value)),
});

test('the batch becomes 1 where it is open and stays where it is fixed', () => {
  assert.deepEqual(resolveModel(relu(['batch', 3])).values.get('relu')?.shape, [1, 3]);
  assert.deepEqual(resolveModel(relu([null, 3])).values.get('relu')?.shape, [1, 3]);
  assert.deepEqual(resolveModel(relu([4, 3])).values.get('relu')?.shape, [4, 3]);
  assert.deepEqual(
    resolveModel(relu(['batch', 3]), { dims: { batch: 8 } }).values.get('relu')?.shape,
    [8, 3],
  );
});

test('the batch symbol is 1 on other axes too', () => {
  const graph = resolveModel(
    model({ x: ['n', 2], y: [2, 'n'] }, (g) => g.output(g.node('MatMul', ['x', 'y']))),
  );
  assert.deepEqual(graph.values.get('matmul')?.shape, [1, 1]);
});

test('all open dimensions are listed at once, with the flags that fix them', () => {
  const open = model({ x: ['batch', 3, 'height', null], y: [1, 'width'] }, (g) => {
    g.output(g.node('Relu', ['x']));
    g.output(g.node('Relu', ['y']));
  });
  assert.throws(
    () => resolveModel(open),
    (error: { code: string; at: string[]; hint: string }) => {
      assert.equal(error.code, 'E_SHAPE');
      assert.equal(error.at.length, 3);
      assert.match(error.hint, /--dim height=<size> --dim "x\[3\]"=<size> --dim width=<size>/);
      return true;
    },
  );
  const graph = resolveModel(open, { dims: { height: 4, 'x[3]': 5, width: 6 } });
  assert.deepEqual(graph.values.get('x')?.shape, [1, 3, 4, 5]);
  assert.deepEqual(graph.values.get('y')?.shape, [1, 6]);
});

test('dimensions that do not exist or make no sense are the user’s error', () => {
  assert.throws(() => resolveModel(relu(['batch', 3]), { dims: { hight: 4 } }), {
    code: 'E_USAGE',
    hint: /"batch"/,
  });
  assert.throws(() => resolveModel(relu([1, 3]), { dims: { batch: 4 } }), { code: 'E_USAGE', hint: /fixed/ });
  for (const size of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => resolveModel(relu(['batch', 3]), { dims: { batch: size } }), { code: 'E_USAGE' });
  }
  assert.throws(() => resolveModel(relu(['toString', 'constructor'])), { code: 'E_SHAPE' });
});

test('sizes are bounded before anything is allocated', () => {
  assert.throws(() => resolveModel(relu([1, 2 ** 40])), { code: 'E_SHAPE' });
  const huge = model({ x: [1] }, (g) => {
    const filled = g.node('ConstantOfShape', [g.constant('shape', int64Tensor([2 ** 20, 2 ** 20]))]);
    g.output(g.node('Add', ['x', filled]));
  });
  assert.throws(() => resolveModel(huge), { code: 'E_SHAPE' });
});

test('Shape, Gather, Concat and Reshape fold to one static Reshape', () => {
  const graph = resolveModel(
    model({ x: ['batch', 2, 3, 4] }, (g) => {
      const shape = g.node('Shape', ['x']);
      const batch = g.node('Gather', [shape, g.constant('zero', index(0))]);
      const axes = g.constant('axes', int64Tensor([0]));
      const rest = g.constant('rest', int64Tensor([-1]));
      const row = g.node('Unsqueeze', [batch, axes]);
      const target = g.node('Concat', [row, rest], { attributes: { axis: int(0) } });
      g.output(g.node('Reshape', ['x', target]));
    }),
    { dims: { batch: 5 } },
  );
  verifyGraph(graph);
  assert.deepEqual(ops(graph), ['Reshape']);
  assert.deepEqual(graph.values.get('reshape')?.shape, [5, 24]);
  assert.equal(graph.values.has('shape'), false, 'what was folded is gone');
});

test('the arithmetic of "same" padding folds to constant pads', () => {
  // pad = max((ceil(h / 2) - 1) * 2 + 3 - h, 0), begin = pad / 2, end = pad - begin, for a 3x3 kernel of stride 2.
  const graph = resolveModel(
    model({ x: [1, 1, 5, 8] }, (g) => {
      const scalar = (name: string, value: number) => g.constant(name, floatTensor([], [value]));
      const amounts = [2, 3].map((axis) => {
        const size = g.node('Gather', [g.node('Shape', ['x']), g.constant(`axis${axis}`, index(axis))]);
        const real = g.node('Cast', [size], { attributes: { to: int(1) } });
        const steps = g.node('Ceil', [g.node('Div', [real, scalar(`two${axis}`, 2)])]);
        const reach = g.node('Mul', [
          g.node('Sub', [steps, scalar(`one${axis}`, 1)]),
          scalar(`stride${axis}`, 2),
        ]);
        const need = g.node('Sub', [g.node('Add', [reach, scalar(`three${axis}`, 3)]), real]);
        const pad = g.node('Max', [need, scalar(`none${axis}`, 0)]);
        const begin = g.node('Floor', [g.node('Div', [pad, scalar(`half${axis}`, 2)])]);
        const end = g.node('Sub', [pad, begin]);
        return [begin, end].map((part) =>
          g.node('Unsqueeze', [
            g.node('Cast', [part], { attributes: { to: int(7) } }),
            g.constant(`at${part}`, int64Tensor([0])),
          ]),
        );
      });
      const none = g.constant('channels', int64Tensor([0, 0]));
      const pads = g.node(
        'Concat',
        [none, amounts[0]![0]!, amounts[1]![0]!, none, amounts[0]![1]!, amounts[1]![1]!],
        { attributes: { axis: int(0) } },
      );
      g.output(g.node('Pad', ['x', pads], { attributes: { mode: string('constant') } }));
    }),
  );
  assert.deepEqual(ops(graph), ['Pad']);
  assert.deepEqual(
    Array.from(graph.constants.get(graph.nodes[0]!.inputs[1]!)!.data, Number),
    [0, 0, 1, 0, 0, 0, 1, 1],
  );
  assert.deepEqual(graph.values.get('pad')?.shape, [1, 1, 7, 9]);
});

test('Q and DQ of constants stay for absorbQdq', () => {
  const graph = resolveModel(
    model({ x: [2] }, (g) => {
      const scale = g.constant('scale', floatTensor([], [0.5]));
      const w = g.node('DequantizeLinear', [
        g.constant('w', { dtype: 'int8', shape: [2], data: Int8Array.of(1, 2) }),
        scale,
      ]);
      g.output(g.node('Add', ['x', w]));
    }),
  );
  assert.deepEqual(ops(graph), ['DequantizeLinear', 'Add']);
});

test('all unsupported nodes come in one error, and in one list', () => {
  const odd = model({ x: [1, 2, 4, 4] }, (g) => {
    const a = g.node('Frobnicate', ['x'], { name: 'first' });
    const b = g.node('com.example::Twist', [a], { name: 'second' });
    g.output(g.node('Relu', [b]));
    g.output(g.node('Gelu', ['x'], { name: 'third', attributes: { approximate: string('guess') } }));
  });
  assert.deepEqual(
    checkOperators(odd).map(({ node, op }) => [node, op]),
    [
      ['first', 'Frobnicate'],
      ['second', 'com.example::Twist'],
      ['third', 'Gelu'],
    ],
  );
  assert.throws(
    () => resolveModel(odd),
    (error: { code: string; at: string[] }) =>
      error.code === 'E_OP' && error.at.length === 3 && /third.*guess/.test(error.at[2]!),
  );
});

test('operators are checked even where the shapes are open', () => {
  const odd = model({ x: [1, 'height'] }, (g) => g.output(g.node('Frobnicate', ['x'], { name: 'odd' })));
  assert.deepEqual(
    checkOperators(odd).map(({ node }) => node),
    ['odd'],
  );
  assert.deepEqual(checkOperators(relu([1, 'height'])), []);
});

test('inconsistent shapes name the node', () => {
  const broken = model({ x: [1, 3, 4, 4] }, (g) => {
    const w = g.constant('w', randomTensor([2, 5, 3, 3], 1));
    g.output(g.node('Conv', ['x', w], { name: 'conv1', attributes: { pads: ints([0, 0, 0, 0]) } }));
  });
  assert.throws(
    () => resolveModel(broken),
    (error: { code: string; at: string[] }) => error.code === 'E_SHAPE' && /conv1/.test(error.at[0]!),
  );
});

test('a name that nothing computes is refused', () => {
  const lost = model({ x: [1] }, (g) => g.output(g.node('Add', ['x', 'nowhere'])));
  assert.throws(() => resolveModel(lost), { code: 'E_ONNX_INVALID', message: /nowhere/ });
  const noOutput = { ...relu([1]), outputs: ['nowhere'] };
  assert.throws(() => resolveModel(noOutput), { code: 'E_ONNX_INVALID', message: /nowhere/ });
});

test('nodes in any order are sorted', () => {
  const sorted = model({ x: [2] }, (g) => g.output(g.node('Exp', [g.node('Relu', ['x'])])));
  const graph = resolveModel({ ...sorted, nodes: [...sorted.nodes].reverse() });
  assert.deepEqual(ops(verifyGraph(graph)), ['Relu', 'Exp']);
});

test('absent optional inputs and outputs are the empty string', () => {
  const g = model({ x: [1, 4] }, () => {});
  const graph = resolveModel({
    ...g,
    nodes: [makeNode('Clip', ['x', '', ''], ['y']), makeNode('Dropout', ['y', '', ''], ['z', ''])],
    outputs: ['z'],
  });
  assert.deepEqual(ops(verifyGraph(graph)), ['Clip', 'Dropout']);
});

test('of many operators and dimensions an error names the first', () => {
  const foreign = model({ x: [1] }, (g) => {
    for (let i = 0; i < 500; i++) g.node(`my.domain::Op${i}`, ['x']);
    g.output(g.node('Relu', ['x']));
  });
  const { message } = failure(() => resolveModel(foreign));
  assert.match(message, /^500 nodes of .*Op9 and 490 more cannot be imported$/);
  const open = model(
    { x: Array.from({ length: 8 }, (_, i) => `d${i}`), y: Array.from({ length: 8 }, (_, i) => `e${i}`) },
    (g) => g.output(g.node('Relu', ['x'])),
  );
  assert.match(failure(() => resolveModel(open, { dims: { q: 1 } })).hint!, /"e1" and 6 more$/);
});
