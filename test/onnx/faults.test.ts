/** Files that are not valid ONNX are the user's: refused at import with a place. Legal oddities mean what ONNX says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import type { Graph } from '../../src/graph/types.ts';
import { importModel } from '../../src/onnx/import.ts';
import type { AttributeProto, GraphProto } from '../../src/onnx/proto.ts';
import { ATTRIBUTE_TYPE } from '../../src/onnx/proto.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { checkOperators } from '../../src/passes/resolve.ts';
import { failure } from '../failure.ts';
import { randomInputs } from '../passes/helpers.ts';
import { readModel } from '../whole-way/whole-way.ts';
import { floats, int64s, modelBytes, node, runOrt, valueInfo } from './models.ts';

const x = valueInfo('x', [1, 4]);
const y = valueInfo('y', [1, 4]);

const relu = node('Relu', ['x'], ['y']);
const INVALID: readonly (readonly [name: string, graph: GraphProto, at: RegExp, opset?: number])[] = [
  ['no outputs', { node: [relu], input: [x], output: [] }, /no outputs/],
  ['an output without a name', { node: [relu], input: [x], output: [valueInfo('', [4])] }, /no name/],
  ['an output twice', { node: [relu], input: [x], output: [y, y] }, /output "y"/],
  [
    'an output that nothing computes',
    { node: [relu], input: [x], output: [valueInfo('z', [4])] },
    /output "z"/,
  ],
  [
    'an attribute of none',
    { node: [node('Relu', ['x'], ['y'], { bogus: 1 })], input: [x], output: [y] },
    /"bogus"/,
  ],
  [
    'an attribute of a later form',
    { node: [node('ReduceMean', ['x'], ['y'], { axes: [1] })], input: [x], output: [y] },
    /"axes"/,
    18,
  ],
  [
    'an attribute of another kind',
    { node: [node('Softmax', ['x'], ['y'], { axis: [1] })], input: [x], output: [y] },
    /"axis" is of kind ints/,
  ],
  [
    'an attribute left out',
    { node: [node('Concat', ['x', 'x'], ['y'])], input: [x], output: [y] },
    /"axis" is missing/,
  ],
  [
    'a required input left out',
    { node: [node('Gemm', ['x'], ['y'])], input: [x], output: [y] },
    /input 1 is missing/,
  ],
  [
    'a required input that is empty',
    { node: [node('Gemm', ['', 'x'], ['y'])], input: [x], output: [y] },
    /input 0 is missing/,
  ],
  [
    'an operand of a list that is empty',
    { node: [node('Min', ['x', '', 'x'], ['y'])], input: [x], output: [y] },
    /input 1 is missing/,
  ],
  ['an input too many', { node: [node('Relu', ['x', 'x'], ['y'])], input: [x], output: [y] }, /2 inputs/],
  ['an output too many', { node: [node('Relu', ['x'], ['y', 'z'])], input: [x], output: [y] }, /2 outputs/],
];

for (const [name, graph, at, opset = 17] of INVALID) {
  test(`refused as invalid: ${name}`, () => {
    const error = failure(() => readModel(graph, opset));
    assert.equal(error.code, 'E_ONNX_INVALID');
    assert.match([error.message, ...error.at].join(' '), at);
    assert.ok(error.hint);
  });
}

test('all faults of a file are named at once', () => {
  const error = failure(() =>
    readModel({
      node: [node('Relu', ['x'], ['a'], { bogus: 1 }), node('Concat', ['a'], ['y'])],
      input: [x],
      output: [y],
    }),
  );
  assert.match(error.message, /2 faults/);
  assert.equal(error.at.filter((at) => /bogus|axis/.test(at)).length, 2);
});

/** Asserts that both graphs compute the same. */
function assertSame(actual: Graph, expected: Graph): void {
  const inputs = randomInputs(expected, 3);
  assert.deepEqual(createExecutor(actual).run(inputs), createExecutor(expected).run(inputs));
}

test('an empty name behind the last operand is as if nothing stood there', () => {
  const image = valueInfo('x', [1, 3, 4, 4]);
  const result = valueInfo('y', null);
  const pairs: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['ReduceMean', ['x', ''], ['x']],
    ['Min', ['x', ''], ['x']],
    ['Clip', ['x', 'low', ''], ['x', 'low']],
    ['Clip', ['x', '', ''], ['x']],
    ['Conv', ['x', 'w', ''], ['x', 'w']],
    ['Dropout', ['x', '', ''], ['x']],
    ['Pad', ['x', 'pads', '', ''], ['x', 'pads']],
    ['Slice', ['x', 'from', 'to', '', ''], ['x', 'from', 'to']],
    ['Squeeze', ['x', ''], ['x']],
    ['Resize', ['x', '', 'scales', ''], ['x', '', 'scales']],
  ];
  const initializer = [
    floats('low', [], [-0.5]),
    floats('w', [2, 3, 1, 1], [1, 2, 3, 4, 5, 6]),
    floats('scales', [4], [1, 1, 2, 2]),
    int64s('pads', [0, 0, 1, 1, 0, 0, 1, 1]),
    int64s('from', [0, 0, 1, 1]),
    int64s('to', [1, 3, 3, 3]),
  ];
  const model = (op: string, inputs: readonly string[]) =>
    readModel({ node: [node(op, inputs, ['y'])], initializer, input: [image], output: [result] }, 18);
  for (const [op, empty, absent] of pairs) assertSame(model(op, empty), model(op, absent));
});

test('outputs that are left out before the last are values that nothing reads', () => {
  const initializer = [
    floats(
      'w',
      [1, 6, 4],
      Array.from({ length: 24 }, (_, i) => Math.sin(i)),
    ),
    floats(
      'r',
      [1, 6, 2],
      Array.from({ length: 12 }, (_, i) => Math.cos(i)),
    ),
  ];
  const gru = (outputs: readonly string[]) =>
    readModel({
      node: [node('GRU', ['x', 'w', 'r'], outputs, { hidden_size: 2 })],
      initializer,
      input: [valueInfo('x', [3, 1, 4])],
      output: [valueInfo('y', null)],
    });
  const graph = gru(['', 'y']);
  assert.ok(graph.nodes.every(({ outputs }) => outputs.every((name) => name !== '')));
  assertSame(graph, gru(['all', 'y']));
});

test('default activations that are spelt out are the default', () => {
  const sizes = {
    RNN: [1, ['Tanh']],
    GRU: [3, ['Sigmoid', 'Tanh']],
    LSTM: [4, ['Sigmoid', 'Tanh', 'Tanh']],
  } as const;
  for (const [op, [gates, defaults]] of Object.entries(sizes)) {
    for (const direction of ['forward', 'bidirectional']) {
      const directions = direction === 'forward' ? 1 : 2;
      const strings = (values: readonly string[]): AttributeProto => ({
        name: 'activations',
        type: ATTRIBUTE_TYPE.strings,
        strings: values.map((value) => new TextEncoder().encode(value)),
      });
      const cell = (activations: readonly string[] | null) => {
        const proto = node(op, ['x', 'w', 'r'], ['y'], { hidden_size: 2, direction });
        return readModel({
          node: [
            { ...proto, attribute: [...proto.attribute!, ...(activations ? [strings(activations)] : [])] },
          ],
          initializer: ['w', 'r'].map((name) =>
            floats(
              name,
              [directions, gates * 2, 2],
              Array.from({ length: directions * gates * 4 }, (_, i) => Math.sin(i + name.length)),
            ),
          ),
          input: [valueInfo('x', [3, 1, 2])],
          output: [valueInfo('y', null)],
        });
      };
      const spelt = Array.from({ length: directions }, () => defaults).flat();
      assertSame(cell(spelt), cell(null));
      assertSame(cell(spelt.map((name) => name.toLowerCase())), cell(null));
      assert.match(failure(() => cell(spelt.map(() => 'Relu'))).at.join(), /activations other than/);
    }
  }
});

const graphAttribute = (name: string, g: GraphProto): AttributeProto => ({
  name,
  type: ATTRIBUTE_TYPE.graph,
  g,
});

test('an If whose condition is constant, or folds from shapes, is the branch that it takes', async () => {
  /** Each branch reads x from outside; the inner If reads what the outer branch makes. */
  const inner = (name: string, op: string): GraphProto => ({
    name,
    node: [node(op, ['t'], ['r'])],
    output: [valueInfo('r', null)],
  });
  const outer = (op: string, swapped: boolean): GraphProto => ({
    name: 'branch',
    initializer: [floats('two', [], [2])],
    node: [
      node('Mul', ['x', 'two'], ['t']),
      {
        ...node('If', ['is_four'], ['inside']),
        attribute: [
          graphAttribute('then_branch', inner('then', swapped ? 'Abs' : op)),
          graphAttribute('else_branch', inner('else', swapped ? op : 'Abs')),
        ],
      },
    ],
    output: [valueInfo('inside', null)],
  });
  const model = (size: number): GraphProto => ({
    node: [
      node('Shape', ['x'], ['shape']),
      node('Gather', ['shape', 'last'], ['size'], { axis: 0 }),
      node('Equal', ['size', 'four'], ['is_four']),
      {
        ...node('If', ['is_four'], ['z']),
        attribute: [
          graphAttribute('then_branch', outer('Neg', false)),
          graphAttribute('else_branch', outer('Exp', true)),
        ],
      },
      node('Identity', ['z'], ['y']),
    ],
    initializer: [int64s('last', [1], []), int64s('four', [4], [])],
    input: [valueInfo('x', [1, size])],
    output: [valueInfo('y', [1, size])],
  });
  for (const [size, ops] of [
    [4, ['Mul', 'Neg']],
    [5, ['Mul', 'Exp']],
  ] as const) {
    const graph = readModel(model(size));
    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ops,
    );
    const values = Float32Array.from({ length: size }, (_, i) => i - 1.5);
    const [actual] = createExecutor(graph).run([{ dtype: 'float32', shape: [1, size], data: values }]);
    const expected = await runOrt(modelBytes(17, model(size)), {
      x: new ort.Tensor('float32', values, [1, size]),
    });
    const expectedValues = expected.y!.data as Float32Array;
    actual!.data.forEach((value, i) => {
      assert.ok(
        Math.abs(Number(value) - expectedValues[i]!) <= 1e-5 * Math.abs(expectedValues[i]!),
        `${value}`,
      );
    });
  }
});

test('an If at run time is refused by name; what the branch not taken holds does not matter', () => {
  const branch = (op: string): GraphProto => ({
    name: op,
    node: [node(op, ['x'], ['r'])],
    output: [valueInfo('r', null)],
  });
  const reasons = (condition: string, yes: number) =>
    checkOperators(
      importModel(
        modelBytes(17, {
          node: [
            {
              ...node('If', [condition], ['y']),
              attribute: [
                graphAttribute('then_branch', branch('Relu')),
                graphAttribute('else_branch', branch('NonZero')),
              ],
            },
          ],
          initializer: [{ name: 'fixed', dims: [], dataType: 9, rawData: Uint8Array.of(yes) }],
          input: [x, valueInfo('c', [1], 9)],
          output: [y],
        }),
        { path: 'test.onnx' },
      ),
    ).map(({ op, reason }) => `${op}: ${reason}`);
  assert.match(
    reasons('c', 1).join(),
    /^If: its condition is computed at run time from input "c": fix with --bind c=<value>$/,
  );
  assert.deepEqual(reasons('fixed', 1), []);
  assert.match(reasons('fixed', 0).join(), /^NonZero: /);
});

test('opset 28, as the onnx package writes it by default', () => {
  const graph = readModel({ node: [relu], input: [x], output: [y] }, 28);
  assert.equal(graph.nodes[0]!.op, 'Relu');
  const crd = (opset: number, mode: string) =>
    readModel(
      {
        node: [node('SpaceToDepth', ['x'], ['y'], { blocksize: 2, mode })],
        input: [valueInfo('x', [1, 2, 4, 4])],
        output: [valueInfo('y', null)],
      },
      opset,
    );
  const back = (mode: string) => {
    const there = node('SpaceToDepth', ['x'], ['d'], { blocksize: 2, mode });
    const again = node('DepthToSpace', ['d'], ['y'], { blocksize: 2, mode });
    return readModel(
      { node: [there, again], input: [valueInfo('x', [1, 2, 4, 4])], output: [valueInfo('y', null)] },
      28,
    );
  };
  for (const mode of ['DCR', 'CRD']) {
    const graph = back(mode);
    const [input] = randomInputs(graph, 1);
    assert.deepEqual(createExecutor(graph).run([input!])[0]!.data, input!.data, mode);
  }
  assert.match(failure(() => crd(27, 'CRD')).message, /no attribute "mode"/);
});
