/** Loops whose steps are known and sequences: written out, they compute what ONNX Runtime computes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { importModel } from '../../src/onnx/import.ts';
import { ATTRIBUTE_TYPE, type GraphProto, type NodeProto } from '../../src/onnx/proto.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { failure } from '../failure.ts';
import {
  type AttributeValue,
  floats,
  INT64,
  int64s,
  modelBytes,
  node,
  runOrt,
  valueInfo,
} from '../onnx/models.ts';
import { randomNumbers } from './helpers.ts';

const BOOL = 9;
const TRUTH = { name: 'on', dims: [], dataType: BOOL, rawData: Uint8Array.of(1) };

function withGraphs(
  op: string,
  input: readonly string[],
  output: readonly string[],
  graphs: Readonly<Record<string, GraphProto>>,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): NodeProto {
  const plain = node(op, input, output, attributes);
  const made = Object.entries(graphs).map(([name, g]) => ({ name, type: ATTRIBUTE_TYPE.graph, g }));
  return { ...plain, attribute: [...plain.attribute!, ...made] };
}

/** h becomes tanh(h + x[i]), or tanh(h - x[i]) in step 1; what is added is kept. x is of the graph around. */
const STEP: GraphProto = {
  name: 'step',
  input: [valueInfo('i', [], INT64), valueInfo('goes', [], BOOL), valueInfo('h', [1, 4])],
  initializer: [int64s('one', [1], [])],
  node: [
    node('Gather', ['x', 'i'], ['part'], { axis: 0 }),
    node('Equal', ['i', 'one'], ['second']),
    withGraphs('If', ['second'], ['sum'], {
      then_branch: {
        name: 'a',
        node: [node('Sub', ['h', 'part'], ['less'])],
        output: [valueInfo('less', null)],
      },
      else_branch: {
        name: 'b',
        node: [node('Add', ['h', 'part'], ['more'])],
        output: [valueInfo('more', null)],
      },
    }),
    node('Tanh', ['sum'], ['next']),
    node('Identity', ['goes'], ['still']),
  ],
  output: [valueInfo('still', [], BOOL), valueInfo('next', [1, 4]), valueInfo('part', [4])],
};

/** The sum so far, and it times what is added; of the graph around nothing. */
const SUM: GraphProto = {
  name: 'sum',
  input: [valueInfo('s', [4]), valueInfo('u', [4])],
  node: [node('Add', ['s', 'u'], ['t']), node('Mul', ['t', 'u'], ['v'])],
  output: [valueInfo('t', [4]), valueInfo('v', [4])],
};

const IN = [valueInfo('x', [3, 4]), valueInfo('h0', [1, 4]), valueInfo('s0', [4])];
const count = (steps: number) => int64s('count', [steps], []);

const LOOP: GraphProto = {
  input: IN,
  initializer: [count(3)],
  node: [withGraphs('Loop', ['count', '', 'h0'], ['last', 'parts'], { body: STEP })],
  output: [valueInfo('last', null), valueInfo('parts', null)],
};

const GRAPHS: Readonly<Record<string, GraphProto>> = {
  'a Loop that reads what is around it, with an If that each step decides': LOOP,
  'a Loop that is told to go on': {
    ...LOOP,
    initializer: [count(2), TRUTH],
    node: [withGraphs('Loop', ['count', 'on', 'h0'], ['last', 'parts'], { body: STEP })],
  },
  'a Scan': {
    input: IN,
    node: [withGraphs('Scan', ['s0', 'x'], ['all', 'each'], { body: SUM }, { num_scan_inputs: 1 })],
    output: [valueInfo('all', null), valueInfo('each', null)],
  },
  'a Scan that goes backwards, along other axes': {
    input: [valueInfo('x', [4, 3]), valueInfo('s0', [4])],
    node: [
      withGraphs(
        'Scan',
        ['s0', 'x'],
        ['all', 'each'],
        { body: SUM },
        {
          num_scan_inputs: 1,
          scan_input_axes: [-1],
          scan_output_axes: [1],
          scan_input_directions: [1],
          scan_output_directions: [1],
        },
      ),
    ],
    output: [valueInfo('all', null), valueInfo('each', null)],
  },
  'sequences that are made, changed and joined': {
    input: [valueInfo('x', [3, 4]), valueInfo('y', [2, 4])],
    initializer: [int64s('first', [0], []), int64s('last', [-1], []), int64s('two', [2], [])],
    node: [
      node('SplitToSequence', ['x', 'two'], ['parts'], { axis: 0 }),
      node('SequenceInsert', ['parts', 'y', 'first'], ['more']),
      node('SequenceErase', ['more', 'last'], ['less']),
      node('Identity', ['less'], ['same']),
      node('SequenceAt', ['same', 'last'], ['end']),
      node('SequenceConstruct', ['end', 'y'], ['two_of_them']),
      node('ConcatFromSequence', ['two_of_them'], ['stack'], { axis: 1, new_axis: 1 }),
      node('ConcatFromSequence', ['same'], ['whole'], { axis: 0 }),
      node('SequenceLength', ['same'], ['length']),
    ],
    output: [valueInfo('stack', null), valueInfo('whole', null), valueInfo('length', null, INT64)],
  },
  'a sequence that each step of a Loop adds to': {
    input: IN,
    initializer: [count(3), floats('half', [], [0.5])],
    node: [
      node('SequenceEmpty', [], ['none']),
      withGraphs('Loop', ['count', '', 'none'], ['grown'], {
        body: {
          name: 'grow',
          input: [valueInfo('i', [], INT64), valueInfo('goes', [], BOOL), { name: 'list' }],
          node: [
            node('Gather', ['x', 'i'], ['part']),
            node('Mul', ['part', 'half'], ['less']),
            node('SequenceInsert', ['list', 'less'], ['longer']),
            node('Identity', ['goes'], ['still']),
          ],
          output: [valueInfo('still', [], BOOL), { name: 'longer' }],
        },
      }),
      node('ConcatFromSequence', ['grown'], ['y'], { axis: 0, new_axis: 1 }),
    ],
    output: [valueInfo('y', null)],
  },
};

for (const [what, graph] of Object.entries(GRAPHS)) {
  test(what, async () => {
    const bytes = modelBytes(17, graph);
    const prepared = prepareGraph(importModel(bytes, { path: 'test' }));
    const next = randomNumbers(3);
    const feeds = Object.fromEntries(
      (graph.input ?? []).map(({ name, type }) => {
        const shape = (type?.tensorType?.shape?.dim ?? []).map(({ dimValue }) => Number(dimValue));
        const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next);
        return [name!, new ort.Tensor('float32', data, shape)];
      }),
    );
    const want = await runOrt(bytes, feeds);
    const inputs = prepared.inputs.map(({ name }) => {
      const { data, dims } = feeds[name]!;
      return { dtype: 'float32' as const, shape: dims, data: data as Float32Array };
    });
    const got = createExecutor(prepared).run(inputs);
    prepared.outputs.forEach(({ name }, i) => {
      const { data, dims } = want[name]!;
      assert.deepEqual(got[i]!.shape, [...dims], name);
      (data as Float32Array).forEach((value, k) => {
        assert.ok(Math.abs(Number(got[i]!.data[k]) - Number(value)) < 1e-6, `${name}[${k}]`);
      });
    });
  });
}

test('a loop whose steps are not known or too many, and a sequence that goes out, are refused', () => {
  const refused = (graph: GraphProto, code: string, text: RegExp): void => {
    const error = failure(() => prepareGraph(importModel(modelBytes(17, graph), { path: 'test' })));
    assert.equal(error.code, code);
    assert.match(`${error.message} ${error.at.join(' ')}`, text);
  };
  const asked: GraphProto = { ...LOOP, input: [...IN, valueInfo('count', [], INT64)], initializer: [] };
  refused(asked, 'E_OP', /its number of steps is computed at run time/);
  refused({ ...LOOP, initializer: [count(1e12)] }, 'E_SHAPE', /index 3/);
  const endless: GraphProto = {
    input: IN,
    initializer: [TRUTH],
    node: [
      withGraphs('Loop', ['', 'on', 'h0'], ['last'], {
        body: {
          ...STEP,
          node: [node('Identity', ['goes'], ['still']), node('Tanh', ['h'], ['next'])],
          output: STEP.output!.slice(0, 2),
        },
      }),
    ],
    output: [valueInfo('last', null)],
  };
  refused(endless, 'E_OP', /more than 10000 steps/);
  const open: GraphProto = {
    input: IN,
    node: [node('SequenceConstruct', ['x', 'x'], ['list'])],
    output: [valueInfo('list', null)],
  };
  refused(open, 'E_OP', /it is a sequence/);
  const read: GraphProto = {
    ...open,
    node: [...open.node!, node('Tanh', ['list'], ['y'])],
    output: [valueInfo('y', null)],
  };
  refused(read, 'E_OP', /"list" is a sequence/);
});
