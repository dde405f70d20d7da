/** State that is guessed, and state that is asked for: which ports are tied, and what cannot be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { graphBuilder } from '../../src/graph/build.ts';
import { withState } from '../../src/graph/state.ts';
import type { Graph } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { guessState } from '../../src/passes/guess-state.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';

/** A graph with these ports: `name 1x4`. */
function ports(inputs: readonly string[], outputs: readonly string[]): Graph {
  const b = graphBuilder('ports');
  const parse = (text: string) => {
    const [name = '', shape = ''] = text.split(' ');
    return { name, shape: shape.split('x').map(Number) };
  };
  const [first] = inputs.map(parse).map(({ name, shape }) => b.input(name, shape));
  for (const { name, shape } of outputs.map(parse)) {
    b.output(b.node('Anything', [first!], { name, shape }));
  }
  return b.build();
}

const guess = (inputs: readonly string[], outputs: readonly string[]): string =>
  guessState(ports(inputs, outputs))
    .map(({ input, output }) => `${input}=${output}`)
    .join(' ');

for (const [input, output] of [
  ['h', 'hn'],
  ['h', 'h_out'],
  ['h0', 'hn'],
  ['h_0', 'h_n'],
  ['h_in', 'h_out'],
  ['hiddenIn', 'hiddenOut'],
  ['state_in', 'state_out'],
  ['state', 'stateN'],
  ['state', 'new_state'],
  ['past_x', 'present_x'],
  ['prev_cache', 'next_cache'],
  ['buffer.old', 'buffer.new'],
  ['in_ring', 'out_ring'],
] as const) {
  test(`${output} goes into ${input}`, () => {
    // Two more of the same shape: the shape alone says nothing.
    assert.equal(
      guess(['x 1x4', `${input} 1x4`, 'other 1x4'], ['y 1x4', `${output} 1x4`, 'extra 1x4']),
      `${input}=${output}`,
    );
  });
}

test('two states of one shape are told apart by their names', () => {
  assert.equal(guess(['x 1x8', 'h0 1x4', 'c0 1x4'], ['y 1x2', 'cn 1x4', 'hn 1x4']), 'h0=hn c0=cn');
  assert.equal(
    guess(['x 1x8', 'h_0 1x4', 'h_1 1x4'], ['y 1x2', 'h_0_out 1x4', 'h_1_out 1x4']),
    'h_0=h_0_out h_1=h_1_out',
  );
});

test('a shape that one input and one output have ties them, whatever their names', () => {
  assert.equal(
    guess(['input.1 1x3x8x8', 'onnx::Concat_1 1x2x4x4'], ['68 1x8', '43 1x2x4x4']),
    'onnx::Concat_1=43',
  );
});

test('what is not beyond doubt is not tied', () => {
  assert.equal(guess(['x 1x4'], ['y 1x4']), '', 'a model of one input');
  assert.equal(guess(['x 1x4', 'mask 1x4'], ['y 1x4', 'z 1x4']), '', 'two of one shape');
  assert.equal(guess(['image 1x4', 'mask 1x2'], ['image_out 1x4', 'class 1x8']), '', 'the input of the data');
  assert.equal(guess(['x 1x4', 'h 1x3'], ['y 1x2', 'hn 1x5']), '', 'other shapes');
  assert.equal(guess(['x 1x4', 'm 1x4'], ['y 1x4']), '', 'one output');
});

test('a first input whose name says that it is state is tied', () => {
  assert.equal(guess(['h_in 1x4', 'x 1x4'], ['h_out 1x4', 'y 1x4']), 'h_in=h_out');
});

const refused = (state: readonly [string, string][]): TinymlError => {
  const graph = ports(['x 1x8', 'h 1x4', 'g 1x4'], ['y 1x2', 'hn 1x4', 'gn 1x4']);
  try {
    withState(
      graph,
      state.map(([input, output]) => ({ input, output })),
      'E_USAGE',
    );
  } catch (error) {
    assert.ok(error instanceof TinymlError && error.code === 'E_USAGE');
    assert.match(error.hint!, /h=hn \(float32 1x4\), h=gn \(float32 1x4\), g=hn/);
    return error;
  }
  assert.fail('nothing was thrown');
};

for (const [fault, state, message] of [
  ['an unknown input', [['q', 'hn']], /no input "q"/],
  ['an unknown output', [['h', 'q']], /no output "q"/],
  ['another shape', [['h', 'y']], /"y" is float32 1x2, "h" float32 1x4/],
  [
    'an input tied twice',
    [
      ['h', 'hn'],
      ['h', 'gn'],
    ],
    /input "h" is tied twice/,
  ],
  [
    'an output tied twice',
    [
      ['h', 'hn'],
      ['g', 'hn'],
    ],
    /output "hn" is tied twice/,
  ],
] as const) {
  test(`${fault} is refused with the candidates`, () => {
    assert.match(refused(state as unknown as [string, string][]).message, message);
  });
}

test('all faults are named at once', () => {
  const { message, at } = refused([
    ['q', 'hn'],
    ['h', 'y'],
  ]);
  assert.match(message, /2 faults/);
  assert.equal(at.length, 2);
});

test('an output that is the input itself, and state that leaves nothing for data, are refused', () => {
  const b = graphBuilder('through');
  b.input('x', [1, 2]);
  const h = b.input('h', [1, 2]);
  b.output(b.node('Anything', ['x'], { name: 'y', shape: [1, 2] }));
  b.output(h, { name: 'hn' });
  const graph = b.build();
  assert.throws(() => withState(graph, [{ input: 'h', output: 'hn' }], 'E_USAGE'), /would never change/);
  const two = ports(['a 1x2', 'b 1x2'], ['c 1x2', 'd 1x2', 'e 1x2']);
  const all = [
    { input: 'a', output: 'c' },
    { input: 'b', output: 'd' },
  ];
  assert.throws(() => withState(two, all, 'E_USAGE'), /none is left for data/);
});

test('a file whose metadata tie what is not there is refused', () => {
  const b = graphBuilder('damaged');
  b.input('x', [1, 2]);
  b.output(b.node('Relu', ['x'], { name: 'y', shape: [1, 2] }));
  const read = (metadata: string) =>
    prepareGraph(
      importModel(exportModel(b.build(), { metadata: { 'tinyml.state': metadata } }), { path: 'm' }),
    );
  assert.throws(() => read('{"h":"y"}'), { code: 'E_ONNX_INVALID', message: /no input "h"/ });
  for (const text of ['', 'nonsense', '[]', '{}', '{"x":1}', 'null']) {
    assert.throws(() => read(text), { code: 'E_ONNX_INVALID', message: /cannot be read/ }, text);
  }
});
