import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TinymlError } from '../../../../src/diagnostics/errors.ts';
import {
  float,
  type GraphBuilder,
  graphBuilder,
  int,
  ints,
  makeNode,
  string,
} from '../../../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../../../src/graph/tensor.ts';
import type { Attribute, Graph, Node } from '../../../../src/graph/types.ts';
import { verifyGraph } from '../../../../src/graph/verify.ts';
import { decodeModel } from '../../../../src/onnx/codec.ts';
import { exportModel } from '../../../../src/onnx/export.ts';
import { resolveModel } from '../../../../src/passes/resolve.ts';
import { lowerGraph } from '../../../../src/targets/tensorrt/forms/lower.ts';
import { assertSameMeaning, floatGraph, ops, randomTensor } from '../../../passes/helpers.ts';
import { assertSameEverywhere, release } from './lowering.ts';

const opsetOf = (graph: Graph) => Number(decodeModel(exportModel(graph)).opsetImport![0]!.version);

/** One node on an input of the shape. */
const single =
  (op: string, attributes: Record<string, Attribute> = {}, shape: readonly number[] = [2, 6, 5]) =>
  (build: GraphBuilder) => {
    build.input('x', shape);
    build.node(op, ['x'], { name: 'y', attributes });
    build.output('y');
  };

const cases: readonly (readonly [string, (build: GraphBuilder) => void, readonly string[]])[] = [
  ['HardSwish', single('HardSwish'), ['HardSigmoid', 'Mul']],
  ['Swish', single('Swish', { alpha: float(1.7) }), ['Mul', 'Sigmoid', 'Mul']],
  ['Mish', single('Mish'), ['Softplus', 'Tanh', 'Mul']],
  ['Gelu', single('Gelu'), ['Mul', 'Mul', 'Erf', 'Add', 'Mul']],
  [
    'Gelu by tanh',
    single('Gelu', { approximate: string('tanh') }),
    ['Mul', 'Mul', 'Mul', 'Add', 'Mul', 'Tanh', 'Add', 'Mul'],
  ],
  [
    'Shrink',
    single('Shrink', { lambd: float(0.4), bias: float(0.3) }),
    ['Greater', 'Less', 'Sub', 'Where', 'Add', 'Where'],
  ],
  [
    'Reciprocal',
    (build) => {
      build.input('x', [2, 3]);
      build.constant('three', floatTensor([], [3]));
      build.node('Add', ['x', 'three'], { name: 'far' });
      build.node('Reciprocal', ['far'], { name: 'y' });
      build.output('y');
    },
    ['Add', 'Div'],
  ],
  [
    'Xor',
    (build) => {
      build.input('x', [2, 3]);
      build.input('z', [2, 3]);
      build.constant('zero', floatTensor([], [0]));
      build.node('Greater', ['x', 'zero'], { name: 'a', dtype: 'bool' });
      build.node('Greater', ['z', 'zero'], { name: 'b', dtype: 'bool' });
      build.node('Xor', ['a', 'b'], { name: 'either', dtype: 'bool' });
      build.node('Cast', ['either'], { name: 'y', attributes: { to: int(1) } });
      build.output('y');
    },
    ['Greater', 'Greater', 'And', 'Or', 'Not', 'And', 'Cast'],
  ],
  [
    'LayerNormalization',
    (build) => {
      build.input('x', [2, 6, 5]);
      build.constant('scale', randomTensor([6, 5], 1));
      build.constant('bias', randomTensor([6, 5], 2));
      build.node('LayerNormalization', ['x', 'scale', 'bias'], { name: 'y', attributes: { axis: int(-2) } });
      build.output('y');
    },
    ['ReduceMean', 'Sub', 'Mul', 'ReduceMean', 'Add', 'Sqrt', 'Div', 'Mul', 'Add'],
  ],
  [
    'GroupNormalization',
    (build) => {
      build.input('x', [2, 6, 5]);
      build.constant('scale', randomTensor([6], 1));
      build.constant('bias', randomTensor([6], 2));
      build.node('GroupNormalization', ['x', 'scale', 'bias'], {
        name: 'y',
        attributes: { num_groups: int(3), epsilon: float(1e-3) },
      });
      build.output('y');
    },
    ['Reshape', 'InstanceNormalization', 'Reshape', 'Mul', 'Add'],
  ],
  [
    'Resize of some axes',
    (build) => {
      build.input('x', [1, 2, 3, 4]);
      build.constant('scales', floatTensor([2], [2, 3]));
      build.node('Resize', ['x', '', 'scales'], {
        name: 'y',
        attributes: { axes: ints([2, 3]), mode: string('nearest') },
      });
      build.output('y');
    },
    ['Resize'],
  ],
];

for (const [name, make, expected] of cases) {
  test(`${name} in what TensorRT 8.2 parses`, async () => {
    const graph = floatGraph(make);
    const lowered = lowerGraph(graph, release('8.2'));
    assert.deepEqual(ops(lowered), expected);
    assert.equal(opsetOf(lowered), 13);
    // ONNX Runtime has no Swish.
    if (name === 'Swish') assertSameMeaning(graph, lowered);
    else await assertSameEverywhere(graph, lowered);
  });
}

/** A graph with nodes of several outputs, which the builder does not make. */
const graphOf = (make: (build: GraphBuilder) => void, nodes: readonly Node[], output: string): Graph => {
  const build = graphBuilder('outputs');
  make(build);
  return verifyGraph(resolveModel({ ...build.model(), nodes, outputs: [output] }));
};

test('the smallest elements are the largest of the negative, with their places', async () => {
  const graph = graphOf(
    (build) => {
      build.input('x', [2, 9]);
      build.constant('k', int64Tensor([3]));
    },
    [
      makeNode('TopK', ['x', 'k'], ['least', 'places'], { largest: int(0), sorted: int(1) }),
      makeNode('Cast', ['places'], ['floats'], { to: int(1) }),
      makeNode('Concat', ['least', 'floats'], ['y'], { axis: int(1) }),
    ],
    'y',
  );
  const lowered = lowerGraph(graph, release('8.2'));
  assert.deepEqual(ops(lowered), ['Neg', 'TopK', 'Neg', 'Identity', 'Cast', 'Concat']);
  await assertSameEverywhere(graph, lowered);
  assert.equal(lowerGraph(graph, release('8.5')), graph);
});

test('unequal parts get their sizes as an input before opset 18', async () => {
  const graph = graphOf(
    (build) => {
      build.input('x', [7, 2]);
    },
    [
      makeNode('Split', ['x'], ['a', 'b'], { num_outputs: int(2) }),
      makeNode('Concat', ['b', 'a'], ['y'], { axis: int(0) }),
    ],
    'y',
  );
  const lowered = lowerGraph(graph, release('8.6'));
  assert.equal(opsetOf(lowered), 13);
  await assertSameEverywhere(graph, lowered);
  assert.equal(lowerGraph(graph, release('10.3')), graph);
});

test('a recurrent cell with the batch first is one with the batch second between Transposes', () => {
  const graph = graphOf(
    (build) => {
      build.input('x', [2, 4, 3]);
      build.constant('w', randomTensor([1, 20, 3], 1));
      build.constant('r', randomTensor([1, 20, 5], 2));
      build.input('h', [2, 1, 5]);
      build.input('c', [2, 1, 5]);
    },
    [
      makeNode('LSTM', ['x', 'w', 'r', '', '', 'h', 'c'], ['all', 'last', 'cell'], {
        hidden_size: int(5),
        layout: int(1),
      }),
      makeNode('Squeeze', ['all'], ['steps'], {}),
      makeNode('Concat', ['last', 'cell'], ['ends'], { axis: int(1) }),
      makeNode('Concat', ['steps', 'ends'], ['y'], { axis: int(1) }),
    ],
    'y',
  );
  const lowered = lowerGraph(graph, release('11.4'));
  assertSameMeaning(graph, lowered);
  const transposes = ops(lowered).filter((op) => op === 'Transpose');
  assert.equal(transposes.length, 6);
});

test('padding of some axes is padding of all before opset 18', async () => {
  const graph = floatGraph((build) => {
    build.input('x', [2, 3, 4]);
    build.constant('pads', int64Tensor([1, 2, 3, 4]));
    build.constant('axes', int64Tensor([-1, 0]));
    build.node('Pad', ['x', 'pads', '', 'axes'], { name: 'y' });
    build.output('y');
  });
  const lowered = lowerGraph(graph, release('8.2'));
  assert.equal(opsetOf(lowered), 13);
  await assertSameEverywhere(graph, lowered);
});

test('all that a release cannot say is refused at once, with the first release that can', () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 4, 8, 8]);
    build.node('Trilu', ['x'], { name: 'triangle' });
    build.node('MaxPool', ['triangle'], {
      name: 'pool',
      attributes: { kernel_shape: ints([2, 2]), dilations: ints([2, 2]) },
    });
    build.node('HardSwish', ['pool'], { name: 'fine' });
    build.output('fine');
  });
  assert.throws(
    () => lowerGraph(graph, release('8.2')),
    (error: TinymlError) => {
      assert.equal(error.code, 'E_OP');
      assert.equal(error.message, 'TensorRT 8.2.1 cannot parse 2 nodes of this model');
      assert.deepEqual(error.at, [
        'node "triangle" (Trilu): Trilu came with 8.5',
        'node "pool" (MaxPool): a pool with dilations',
      ]);
      return true;
    },
  );
  assert.throws(
    () => lowerGraph(graph, release('11.4')),
    (error: TinymlError) => error.at.length === 1 && error.at[0]!.startsWith('node "pool"'),
  );
});
