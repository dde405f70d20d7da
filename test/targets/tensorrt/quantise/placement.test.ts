/** Where pairs stand, rule by rule, on the smallest graph that shows it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, int, ints, string } from '../../../../src/graph/build.ts';
import { SILU } from '../../../../src/graph/own-operators.ts';
import { floatTensor, int64Tensor } from '../../../../src/graph/tensor.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { placePairs } from '../../../../src/targets/tensorrt/quantise/placement.ts';
import { scaleGroups } from '../../../../src/targets/tensorrt/quantise/scales.ts';
import { floatGraph, randomTensor } from '../../../passes/helpers.ts';

/** Per layer in int8, the operands that are read through a pair. */
function pairs(graph: Graph, left: readonly string[] = []): Record<string, readonly string[]> {
  const nodes = new Set(graph.nodes.filter(({ name }) => left.includes(name)));
  return Object.fromEntries(
    placePairs(graph, nodes).layers.map(({ node, activations, weights }) => [
      node.name,
      [...activations, ...(weights === null ? [] : [weights.input])].map((at) => node.inputs[at]!),
    ]),
  );
}

/** A 3x3 Conv from 8 to 8 channels with a bias; `w_<name>` are its weights. */
function conv(b: GraphBuilder, name: string, x: string): string {
  const operands = [
    b.constant(`w_${name}`, randomTensor([8, 8, 3, 3], 1)),
    b.constant(`b_${name}`, randomTensor([8], 2)),
  ];
  return b.node('Conv', [x, ...operands], { name, attributes: { pads: ints([1, 1, 1, 1]) } });
}

const input = (b: GraphBuilder): string => b.input('x', [1, 8, 6, 6]);

test('W1, W2: a Conv reads data and weights through pairs, its bias bare, and nothing stands behind it', () => {
  const graph = floatGraph((b) => b.output(b.node('Relu', [conv(b, 'c', input(b))], { name: 'r' })));
  assert.deepEqual(pairs(graph), { c: ['x', 'w_c'] });
});

test('W2: the arms of a SiLU and of a HardSwish read the output of the Conv itself, and the next layer what they give', () => {
  for (const silu of [true, false]) {
    const graph = floatGraph((b) => {
      const c = conv(b, 'c', input(b));
      const gate = b.node(silu ? 'Sigmoid' : 'HardSigmoid', [c], { name: 'gate' });
      const act = b.node('Mul', [c, gate], { name: 'act' });
      b.output(conv(b, 'd', act));
    });
    assert.deepEqual(pairs(graph), { c: ['x', 'w_c'], d: ['act', 'w_d'] });
  }
});

test('A1: the skip branch of a residual Add has the pair, the Conv before it none', () => {
  const graph = floatGraph((b) => {
    const skip = b.node('Relu', [conv(b, 'c', input(b))], { name: 'skip' });
    const branch = conv(b, 'e', b.node('Relu', [conv(b, 'd', skip)], { name: 'r' }));
    b.output(b.node('Relu', [b.node('Add', [branch, skip], { name: 'sum' })], { name: 'y' }));
  });
  const placed = pairs(graph);
  assert.deepEqual(placed.sum, ['skip']);
  assert.deepEqual(placed.e, ['r', 'w_e']);
});

test('A1: of two branches that end in a Conv, the longer one stays bare, whichever input it is', () => {
  for (const first of [true, false]) {
    const graph = floatGraph((b) => {
      const x = b.node('Relu', [conv(b, 'c', input(b))], { name: 'start' });
      const long = conv(b, 'e', b.node('Relu', [conv(b, 'd', x)], { name: 'r' }));
      const short = conv(b, 's', x);
      b.output(b.node('Add', first ? [long, short] : [short, long], { name: 'sum' }));
    });
    assert.deepEqual(pairs(graph).sum, ['s']);
  }
});

test('A1: a Conv that others read, too, is no branch that ends in the Add', () => {
  const graph = floatGraph((b) => {
    const c = conv(b, 'c', input(b));
    const d = conv(b, 'd', c);
    b.output(b.node('Add', [c, d], { name: 'sum' }));
  });
  assert.deepEqual(pairs(graph).sum, ['c']);
});

test('an Add behind activations reads codes on both sides, and one of float branches on none', () => {
  const build = (left: readonly string[]) => {
    const graph = floatGraph((b) => {
      const a = b.node(SILU, [conv(b, 'c', input(b))], { name: 'a' });
      const z = b.node(SILU, [conv(b, 'd', a)], { name: 'z' });
      b.output(b.node('Add', [a, z], { name: 'sum' }));
    });
    return pairs(graph, left);
  };
  assert.deepEqual(build([]).sum, ['a', 'z']);
  assert.equal(build(['c']).sum, undefined);
});

test('the residual sums of a transformer and biases have no pairs', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 5, 8]);
    const product = b.node('MatMul', [x, b.constant('w', randomTensor([8, 8], 1))], { name: 'product' });
    const biased = b.node('Add', [product, b.constant('bias', randomTensor([8], 2))], { name: 'biased' });
    b.output(b.node('Add', [product, x], { name: 'sum' }));
    b.output(biased);
  });
  assert.deepEqual(pairs(graph), { product: ['x', 'w'] });
});

test('P1, C1: movers and Concat carry one scale, and their readers have the pair', () => {
  const graph = floatGraph((b) => {
    const c = b.node('Relu', [conv(b, 'c', input(b))], { name: 'a' });
    const d = b.node('Relu', [conv(b, 'd', c)], { name: 'z' });
    const pooled = ['a', 'z'].map((name, i) =>
      b.node('MaxPool', [i === 0 ? c : d], {
        name: `pool_${name}`,
        attributes: { kernel_shape: ints([2, 2]) },
      }),
    );
    const both = b.node('Concat', pooled, { name: 'both', attributes: { axis: int(1) } });
    const w = b.constant('w_e', randomTensor([8, 16, 1, 1], 3));
    b.output(b.node('Conv', [both, w], { name: 'e' }));
  });
  assert.deepEqual(pairs(graph), { c: ['x', 'w_c'], d: ['a', 'w_d'], e: ['both', 'w_e'] });
  const group = scaleGroups(graph, placePairs(graph, new Set()).layers).find(({ members }) =>
    members.includes('both'),
  );
  assert.deepEqual([...group!.members].sort(), ['a', 'both', 'pool_a', 'pool_z', 'z']);
  assert.deepEqual([...group!.observed].sort(), ['a', 'z']);
});

test('C1: a Concat that no layer in int8 reads ties no scales together, and one with a constant is observed itself', () => {
  const graph = (read: boolean) =>
    floatGraph((b) => {
      const c = conv(b, 'c', input(b));
      const part = b.constant('part', floatTensor([1, 8, 6, 6], Array(288).fill(9)));
      const both = b.node('Concat', [c, part], { name: 'both', attributes: { axis: int(1) } });
      if (!read) return b.output(both);
      b.output(b.node('Conv', [both, b.constant('w', randomTensor([8, 16, 1, 1], 1))], { name: 'd' }));
    });
  const groupOf = (built: Graph) =>
    scaleGroups(built, placePairs(built, new Set()).layers).find(({ members }) => members.includes('both'));
  assert.deepEqual(groupOf(graph(false))?.members, ['both']);
  const { members, observed, fixed } = groupOf(graph(true))!;
  assert.deepEqual(
    { members, observed, fixed },
    { members: ['c', 'both'], observed: ['c', 'both'], fixed: null },
  );
});

test('P1: a nearest Resize carries codes, a linear one computes', () => {
  const graph = (mode: string) =>
    floatGraph((b) => {
      const c = conv(b, 'c', input(b));
      const scales = b.constant('scales', floatTensor([4], [1, 1, 2, 2]));
      const big = b.node('Resize', [c, '', scales], {
        name: 'big',
        attributes: { mode: string(mode), coordinate_transformation_mode: string('asymmetric') },
      });
      b.output(conv(b, 'd', big));
    });
  const groups = (built: Graph) => scaleGroups(built, placePairs(built, new Set()).layers);
  const sizeOf = (mode: string) =>
    groups(graph(mode)).find(({ members }) => members.includes('big'))!.members.length;
  assert.deepEqual([sizeOf('nearest'), sizeOf('linear')], [2, 1]);
});

test('P2: an average behind a layer in int8 has a pair on its input, one behind float none', () => {
  const graph = floatGraph((b) => {
    b.output(
      b.node('GlobalAveragePool', [b.node('Relu', [conv(b, 'c', input(b))], { name: 'r' })], {
        name: 'mean',
      }),
    );
  });
  assert.deepEqual(pairs(graph).mean, ['r']);
  assert.deepEqual(pairs(graph, ['c']), {});
});

test('D1: outputs of the model are read unrounded, also where a layer reads them, too', () => {
  const graph = floatGraph((b) => {
    const c = b.node('Relu', [conv(b, 'c', input(b))], { name: 'r' });
    b.output(c);
    b.output(conv(b, 'd', c));
  });
  assert.deepEqual(pairs(graph), { c: ['x', 'w_c'], d: ['r', 'w_d'] });
});

test('the attention of a transformer: both operands of both products, the Softmax between them bare', () => {
  const graph = floatGraph((b) => {
    const [q, k, v] = ['q', 'k', 'v'].map((name) => b.input(name, [1, 2, 5, 8])) as [string, string, string];
    const turned = b.node('Transpose', [k], { name: 'turned', attributes: { perm: ints([0, 1, 3, 2]) } });
    const scores = b.node('MatMul', [q, turned], { name: 'scores' });
    const scaled = b.node('Mul', [scores, b.constant('scale', floatTensor([], [0.35]))], { name: 'scaled' });
    const soft = b.node('Softmax', [scaled], { name: 'soft', attributes: { axis: int(-1) } });
    b.output(b.node('MatMul', [soft, v], { name: 'mixed' }));
  });
  assert.deepEqual(pairs(graph), { scores: ['q', 'turned'], mixed: ['soft', 'v'] });
});

test('R9: channels are counted along the axis of each operator', () => {
  const graph = floatGraph((b) => {
    const up = b.node('ConvTranspose', [input(b), b.constant('w_up', randomTensor([8, 4, 2, 2], 1))], {
      name: 'up',
    });
    const flat = b.node('Reshape', [up, b.constant('shape', int64Tensor([4, 49]))], { name: 'flat' });
    const wide = b.node('Gemm', [flat, b.constant('w_wide', randomTensor([6, 49], 2))], {
      name: 'wide',
      attributes: { transB: int(1) },
    });
    const plain = b.node('Gemm', [wide, b.constant('w_plain', randomTensor([6, 3], 3))], { name: 'plain' });
    const right = b.node('MatMul', [plain, b.constant('w_right', randomTensor([3, 7], 4))], {
      name: 'right',
    });
    b.output(b.node('MatMul', [b.constant('w_left', randomTensor([2, 4], 5)), right], { name: 'left' }));
  });
  const axes = placePairs(graph, new Set()).layers.map(({ node, weights }) => [node.name, weights?.axis]);
  assert.deepEqual(axes, [
    ['up', 1],
    ['wide', 0],
    ['plain', 1],
    ['right', 1],
    ['left', null],
  ]);
});

test('a Conv with computed weights has no int8 form', () => {
  const graph = floatGraph((b) => {
    const w = b.node('Relu', [b.input('given', [8, 8, 1, 1])], { name: 'w' });
    b.output(b.node('Conv', [input(b), w], { name: 'c' }));
  });
  assert.deepEqual(pairs(graph), {});
});
