import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder } from '../../src/graph/build.ts';
import type { Dim, DType, ImportedModel } from '../../src/graph/types.ts';
import { importModel } from '../../src/onnx/import.ts';
import { boundInputs, withBoundInputs } from '../../src/passes/bound-inputs.ts';
import { withGivenShapes } from '../../src/passes/given-shapes.ts';
import { resolveModel } from '../../src/passes/resolve.ts';
import { failure } from '../failure.ts';
import { floats, int64s, modelBytes, node, valueInfo } from '../onnx/models.ts';

type Input = readonly [name: string, shape: readonly Dim[], dtype?: DType];

/** Relu of every input. */
function model(...inputs: readonly Input[]): ImportedModel {
  const g = graphBuilder('test');
  for (const [name, shape] of inputs) {
    g.input(
      name,
      shape.map(() => 1),
    );
    g.output(g.node('Relu', [name]));
  }
  return {
    ...g.model(),
    inputs: inputs.map(([name, shape, dtype = 'float32']) => ({ name, shape, dtype })),
  };
}

const shapesOf = ({ inputs }: ImportedModel) => inputs.map(({ shape }) => shape);

test('a whole shape tells axes of one name apart, and a symbol with one size holds everywhere', () => {
  const one = model(['x', ['?', 3, '?', '?']]);
  const fixed = withGivenShapes(one, new Map([['x', [1, 3, 48, 192]]]));
  assert.deepEqual(resolveModel(fixed).values.get('x')?.shape, [1, 3, 48, 192]);
  const two = model(['x', ['n', 'w', null]], ['y', ['w', 'n', 'h']]);
  assert.deepEqual(shapesOf(withGivenShapes(two, new Map([['x', [2, 5, 7]]]))), [
    [2, 5, 7],
    [5, 2, 'h'],
  ]);
  const odd = model(['x', ['?', '?']], ['y', ['?', 4]]);
  assert.deepEqual(shapesOf(withGivenShapes(odd, new Map([['x', [2, 3]]])))[1], ['?', 4]);
  assert.equal(withGivenShapes(one, new Map()), one);
});

test('shapes that are not those of the model are refused with what it has', () => {
  const one = model(['image', ['n', 3, 'h', 'w']]);
  const cases: readonly (readonly [string, readonly number[], RegExp, RegExp])[] = [
    ['image', [3, 48, 192], /input "image" has 4 axes, not 3/, /n,3,h,w/],
    ['image', [1, 1, 48, 192], /axis 1 of input "image" is 3, not 1/, /the model fixes it/],
    ['imgae', [1, 3, 8, 8], /no input "imgae"/, /Did you mean "image"/],
    ['q', [1, 3, 8, 8], /no input "q"/, /its inputs are "image"/],
  ];
  for (const [name, shape, message, hint] of cases) {
    const error = failure(() => withGivenShapes(one, new Map([[name, shape]])));
    assert.equal(error.code, 'E_USAGE');
    assert.match(error.message, message);
    assert.match(error.hint!, hint);
    assert.deepEqual(error.at, [`--shape ${name}=${shape}`]);
  }
});

test('axes that share a symbol are told of --shape', () => {
  const error = failure(() => resolveModel(model(['x', ['n', 3, '?', '?']])));
  assert.match(error.hint!, /--dim "\?"=<size>, or, .*--shape x=1,3,<size>,<size>/);
  assert.doesNotMatch(failure(() => resolveModel(model(['x', ['n', 'h', 'w']]))).hint!, /--shape/);
});

test('a bound input is a constant of its type and shape, recorded, and gone', () => {
  const two = model(['x', [1, 4]], ['rate', [], 'int64']);
  const bound = withBoundInputs(two, new Map([['rate', [16000]]]));
  assert.deepEqual(
    bound.inputs.map(({ name }) => name),
    ['x'],
  );
  assert.deepEqual(bound.constants.get('rate'), {
    dtype: 'int64',
    shape: [],
    data: BigInt64Array.of(16000n),
  });
  assert.equal(bound.metadata.get('tinyml.bound'), '{"rate":[16000]}');
  assert.deepEqual([...boundInputs(bound)], [['rate', [16000]]]);
  // The same again, as for the model that was made of it.
  assert.equal(withBoundInputs(bound, new Map([['rate', [16000]]])), bound);
  assert.match(
    failure(() => withBoundInputs(bound, new Map([['rate', [8000]]]))).message,
    /was made with input "rate" bound to 16000/,
  );
});

test('one value fills an input, a list has all its elements', () => {
  const of = (shape: readonly Dim[], values: readonly number[], dtype: DType = 'float32') =>
    withBoundInputs(model(['x', [1, 4]], ['s', shape, dtype]), new Map([['s', values]])).constants.get('s')!;
  assert.deepEqual(of([2, 2], [0.5]).data, Float32Array.of(0.5, 0.5, 0.5, 0.5));
  assert.deepEqual(of([null], [224, 224], 'int32'), {
    ...{ dtype: 'int32', shape: [2], data: Int32Array.of(224, 224) },
  });
  assert.deepEqual(of(['n', 3], [1, 2, 3]).shape, [1, 3]);
  assert.deepEqual(of([], [1], 'bool').data, Uint8Array.of(1));
});

test('values that do not fit an input are refused', () => {
  const cases: readonly (readonly [readonly Dim[], DType, readonly number[], RegExp])[] = [
    [[3], 'float32', [1, 2], /of shape 3, and 2 value/],
    [[], 'int64', [1, 2], /is a scalar, and 2 value/],
    [[], 'int64', [0.5], /is int64, which has no 0.5/],
    [[], 'uint8', [256], /is uint8, which has no 256/],
    [[], 'int8', [-129], /is int8, which has no -129/],
    [[], 'bool', [2], /is bool, which has no 2/],
    [[], 'float32', [1e300], /is float32, which has no 1e\+300/],
    [[1000, 1000], 'float32', [0], /at most|of shape 1000x1000/],
  ];
  for (const [shape, dtype, values, message] of cases) {
    const two = model(['x', [1]], ['s', shape, dtype]);
    const error = failure(() => withBoundInputs(two, new Map([['s', values]])));
    assert.equal(error.code, 'E_USAGE');
    assert.match(error.message, message);
  }
  const one = model(['x', [1]]);
  assert.match(failure(() => withBoundInputs(one, new Map([['x', [1]]]))).message, /none is left/);
  assert.match(failure(() => withBoundInputs(one, new Map([['y', [1]]]))).message, /no input "y"/);
  const state = { ...model(['x', [1]], ['h', [1]]), state: [{ input: 'h', output: 'relu_1' }] };
  assert.match(failure(() => withBoundInputs(state, new Map([['h', [0]]]))).message, /carries state/);
});

test('what a file says of bound inputs is checked', () => {
  for (const text of ['', '[]', '{"a":1}', '{"a":[]}', '{"a":["x"]}', '{"a":[1e999]}']) {
    assert.equal(
      failure(() => boundInputs({ metadata: new Map([['tinyml.bound', text]]) })).code,
      'E_ONNX_INVALID',
    );
  }
});

/** y = x * 2 where rate is 16000, else x + bias, with a constant from outside in each branch. */
function switched(): ImportedModel {
  const branch = (op: string, constant: string) => ({
    node: [node(op, ['x', constant], ['inner'])],
    output: [valueInfo('inner', [1, 2])],
  });
  const bytes = modelBytes(16, {
    node: [
      node('Equal', ['rate', 'wide'], ['is_wide']),
      {
        ...node('If', ['is_wide'], ['y']),
        attribute: [
          { name: 'then_branch', type: 5, g: branch('Mul', 'two') },
          { name: 'else_branch', type: 5, g: branch('Add', 'bias') },
        ],
      },
    ],
    initializer: [int64s('wide', [16000], []), floats('two', [1], [2]), floats('bias', [1], [3])],
    input: [valueInfo('x', [1, 2]), valueInfo('rate', [], 7)],
    output: [valueInfo('y', [1, 2])],
  });
  return importModel(bytes, { path: 'switched.onnx' });
}

test('an If on a bound input is the branch that it takes; without, the error says what to bind', () => {
  for (const [rate, op] of [
    [16000, 'Mul'],
    [8000, 'Add'],
  ] as const) {
    const graph = resolveModel(withBoundInputs(switched(), new Map([['rate', [rate]]])));
    assert.deepEqual(
      graph.nodes.map((one) => one.op).filter((one) => one !== 'Identity'),
      [op],
    );
    assert.deepEqual(
      graph.inputs.map(({ name }) => name),
      ['x'],
    );
  }
  const error = failure(() => resolveModel(switched()));
  assert.equal(error.code, 'E_OP');
  assert.match(error.at[0]!, /computed at run time from input "rate": fix with --bind rate=<value>/);
});
