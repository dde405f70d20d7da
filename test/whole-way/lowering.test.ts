/** What one stage accepts the next accepts; what none can do is refused once, with its condition, all at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLayers } from '../../src/quantize/judge.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { FLOAT, floats, INT64, int64s, node, valueInfo } from '../onnx/models.ts';
import { readModel, uniform, wholeWay } from './whole-way.ts';

const x = (dims: readonly number[]) => valueInfo('x', dims);
const y = (dims: readonly number[]) => valueInfo('y', dims);

function range(count: number, make: (i: number) => number): readonly number[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

const weights = range(12, (i) => Math.sin(i + 1));

test('a bias beyond 32 bits quantises', async () => {
  for (const bias of [2 ** 31, 3e9, -1e20]) {
    const float = readModel({
      node: [node('MatMul', ['x', 'w'], ['p']), node('Add', ['p', 'b'], ['y'])],
      initializer: [floats('w', [3, 4], weights), floats('b', [4], [bias, 0.5, 1, -1])],
      input: [x([1, 3])],
      output: [y([1, 4])],
    });
    const { sqnr } = await wholeWay(float);
    assert.ok(sqnr[0]! > 40, `bias ${bias}: ${sqnr[0]} dB`);
  }
});

test('an input that nothing reads stays an input of the model', async () => {
  const float = readModel({
    node: [node('MatMul', ['x', 'w'], ['y'])],
    initializer: [floats('w', [3, 4], weights)],
    input: [valueInfo('training', [1]), x([1, 3])],
    output: [y([1, 4])],
  });
  const { program, sqnr } = await wholeWay(float);
  assert.deepEqual(
    program.inputs.map(({ name }) => name),
    ['training', 'x'],
  );
  assert.ok(sqnr[0]! > 30, `${sqnr[0]} dB`);
});

test('an output that is an input, alone and beside others', async () => {
  const identity = readModel({
    node: [node('Identity', ['x'], ['y'])],
    input: [x([1, 5])],
    output: [y([1, 5])],
  });
  const beside = readModel({
    node: [node('Relu', ['x'], ['y']), node('Identity', ['x'], ['copy'])],
    input: [x([1, 5])],
    output: [y([1, 5]), valueInfo('copy', [1, 5])],
  });
  for (const float of [identity, beside]) {
    const { sqnr } = await wholeWay(float);
    assert.ok(
      sqnr.every((db) => db > 35),
      `${sqnr} dB`,
    );
  }
});

test('sums and products with a constant are computed together with the limits behind them', async () => {
  const scalar = (name: string, value: number) => floats(name, [], [value]);
  const bounds = [scalar('lo', 0), scalar('hi', 6)];
  for (const [op, constant, last] of [
    ['Add', 3, node('Clip', ['s', 'lo', 'hi'], ['y'])],
    ['Mul', 0.5, node('Clip', ['s', 'lo', 'hi'], ['y'])],
    ['Add', 0.25, node('Relu', ['s'], ['y'])],
    ['Mul', -2, node('Relu', ['s'], ['y'])],
    ['Sub', -3, node('Clip', ['s', 'lo', 'hi'], ['y'])],
    ['Div', 2, node('Relu', ['s'], ['y'])],
  ] as const) {
    const float = readModel({
      node: [node(op, ['x', 'c'], ['s']), last],
      initializer: [scalar('c', constant), ...bounds],
      input: [x([1, 6])],
      output: [y([1, 6])],
    });
    // Inside the limits, so that both values get one scale; and beyond them.
    const inside = uniform(float).map(([values]) => [
      values!.map((v) => Math.abs(v) * (constant < 0 && op === 'Mul' ? -1 : 1)),
    ]);
    for (const samples of [inside, uniform(float, 16, 4)]) {
      const { sqnr } = await wholeWay(float, samples);
      assert.ok(sqnr[0]! > 30, `${op} then ${last.opType}: ${sqnr[0]} dB`);
    }
  }
});

test('Softmax of logits far apart', async () => {
  const float = readModel({
    node: [node('Softmax', ['x'], ['y'], { axis: -1 })],
    input: [x([1, 10])],
    output: [y([1, 10])],
  });
  for (const [magnitude, least] of [
    [100, 30],
    [1000, 40],
    [2040, 40],
    [5000, 40],
    [1e8, 40],
  ] as const) {
    const { sqnr } = await wholeWay(float, uniform(float, 16, magnitude));
    assert.ok(sqnr[0]! > least, `+-${magnitude}: ${sqnr[0]} dB`);
  }
});

test('what has no codes is named with its reason, and nothing hides behind it', async () => {
  const refusal = async (float: ReturnType<typeof readModel>) => {
    const error = await wholeWay(float, [[]]).then(
      () => assert.fail('lowered'),
      (thrown) => thrown,
    );
    assert.equal(error.code, 'E_OP');
    assert.doesNotMatch(error.hint, /run `tinyml quantize`/);
    return [error.message, ...error.at].join('\n');
  };
  const constant = await refusal(
    readModel({
      node: [node('Relu', ['x'], ['y']), node('Identity', ['w'], ['c'])],
      initializer: [floats('w', [3], [1, 2, 3])],
      input: [x([1, 5])],
      output: [y([1, 5]), valueInfo('c', [3])],
    }),
  );
  assert.match(constant, /is a constant/);
  assert.match(constant, /output "c"/);

  const nothing = await refusal(readModel({ node: [], input: [x([1, 5])], output: [x([1, 5])] }));
  assert.match(nothing, /output "x" is the input of that name/);

  const integers = await refusal(
    readModel({
      node: [node('Add', ['ids', 'ids'], ['twice']), node('Gather', ['w', 'twice'], ['y'])],
      initializer: [floats('w', [8, 3], [...weights, ...weights])],
      input: [valueInfo('ids', [2], INT64)],
      output: [valueInfo('y', [2, 3], FLOAT)],
    }),
  );
  assert.match(integers, /node "Add_0" \(Add\)/);
  assert.match(integers, /int64/);

  const empty = await refusal(
    readModel({
      node: [node('Slice', ['x', 'from', 'to', 'axes'], ['s']), node('Relu', ['s'], ['y'])],
      initializer: [int64s('from', [3]), int64s('to', [3]), int64s('axes', [1])],
      input: [x([1, 5])],
      output: [y([1, 0])],
    }),
  );
  assert.match(empty, /no elements/);

  // Every second node has no int8 form; a Conv that fails takes its Relu with it.
  const chain = await refusal(
    readModel(
      {
        node: [
          node('Pow', ['x', 'x'], ['a']),
          node('Relu', ['a'], ['b']),
          node('Pow', ['b', 'b'], ['c']),
          node('Conv', ['c', 'c'], ['d']),
          node('Relu', ['d'], ['e']),
          node('Pow', ['e', 'e'], ['f']),
          node('Sigmoid', ['f'], ['y']),
        ],
        input: [x([4, 4, 4])],
        output: [y([4, 4, 1])],
      },
      18,
    ),
  );
  assert.deepEqual(chain.match(/\((\w+)\)/g), ['(Pow)', '(Pow)', '(Conv)', '(Pow)']);
});

test('padding that crops away all there is leaves the fill', async () => {
  const float = readModel({
    node: [node('Relu', ['x'], ['r']), node('Pad', ['r', 'pads', 'fill'], ['y'])],
    initializer: [int64s('pads', [0, -2, 0, 3]), floats('fill', [], [0.5])],
    input: [x([1, 2])],
    output: [y([1, 3])],
  });
  const { first } = await wholeWay(float);
  assert.deepEqual([...first.float[0]!], [0.5, 0.5, 0.5]);
  assert.ok(first.int8[0]!.every((value) => Math.abs(value - 0.5) < 0.01));
});

test('two outputs that are one value, and one of them named as it', async () => {
  const float = readModel({
    node: [node('Relu', ['x'], ['r']), node('Identity', ['r'], ['y'])],
    input: [x([1, 5])],
    output: [y([1, 5]), valueInfo('r', [1, 5])],
  });
  const { sqnr } = await wholeWay(float);
  assert.ok(
    sqnr.every((db) => db > 35),
    `${sqnr} dB`,
  );
});

test('a constant index outside of its axis is refused where shapes are found', () => {
  const model = () =>
    readModel({
      node: [node('Gather', ['x', 'at'], ['y'], { axis: 1 })],
      initializer: [int64s('at', [5], [])],
      input: [x([1, 5])],
      output: [y([1])],
    });
  assert.throws(model, /index 5 of an axis of size 5/);
});

test('a scalar of more axes than the activation', async () => {
  for (const op of ['Max', 'Add', 'Mul', 'Div', 'Pow']) {
    for (const shape of [[], [4], [2, 3]]) {
      const float = readModel({
        node: [node('Sigmoid', ['x'], ['s']), node(op, ['s', 'c'], ['y'])],
        initializer: [floats('c', [1, 1, 1, 1], [0.5])],
        input: [x(shape)],
        output: [valueInfo('y', null)],
      });
      const { sqnr } = await wholeWay(float);
      assert.ok(sqnr[0]! > 30, `${op} on [${shape}]: ${sqnr[0]} dB`);
    }
  }
});

test('a range below the smallest scale is told', async () => {
  const float = readModel({
    node: [node('Mul', ['x', 'c'], ['t']), node('Sigmoid', ['t'], ['y'])],
    initializer: [floats('c', [], [1e-12])],
    input: [x([1, 5])],
    output: [y([1, 5])],
  });
  const samples = uniform(float);
  const { graph, report } = await quantizeGraph(float, async function* () {
    for (const inputs of samples) yield { inputs, label: null };
  });
  const codes = judgeLayers(graph, report, []).map(({ code, at }) => `${code} ${at.join()}`);
  assert.deepEqual(codes, ['W_TINY_RANGE tensor "t"']);
});
