import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, graphBuilder, int, ints, perTensor, string } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Attribute } from '../../src/graph/types.ts';
import { foldPad } from '../../src/passes/fold-pad.ts';
import { assertSameMeaning, floatGraph, ops, randomTensor } from './helpers.ts';

const SPATIAL = [0, 0, 1, 0, 0, 0, 2, 1];

type PadOptions = {
  readonly pads?: readonly number[];
  readonly fill?: number;
  readonly mode?: string;
  readonly axes?: readonly number[];
};

function pad(
  g: GraphBuilder,
  x: string,
  { pads = SPATIAL, fill, mode = 'constant', axes }: PadOptions = {},
): string {
  const operands = [
    x,
    g.constant('pads', int64Tensor(pads)),
    fill === undefined ? '' : g.constant('fill', floatTensor([], [fill])),
    axes === undefined ? '' : g.constant('axes', int64Tensor(axes)),
  ];
  return g.node('Pad', operands, { attributes: { mode: string(mode) } });
}

type Attributes = Readonly<Record<string, Attribute>>;
const KERNEL = { kernel_shape: ints([3, 3]) };

/** x -> first -> Pad -> op. */
function padded(op: string, attributes: Attributes, options: PadOptions = {}, first = 'Identity') {
  return floatGraph((g) => {
    const x = g.node(first, [g.input('x', [1, 2, 6, 5])], { name: 'before' });
    const y = pad(g, x, options);
    const operands = op === 'Conv' ? [y, g.constant('w', randomTensor([3, 2, 3, 3], 7))] : [y];
    g.output(g.node(op, operands, { attributes }));
  });
}

const FOLDED: Readonly<Record<string, ReturnType<typeof padded>>> = {
  'zeros into Conv': padded('Conv', KERNEL),
  'zeros into a padded, strided Conv': padded('Conv', { pads: ints([1, 0, 0, 1]), strides: ints([2, 2]) }),
  'zeros into a Conv with auto_pad VALID': padded('Conv', { auto_pad: string('VALID') }),
  'zeros given by axes into Conv': padded('Conv', KERNEL, { pads: [1, 2, 0, 1], axes: [-1, 2], fill: 0 }),
  'zeros into an AveragePool without padding': padded('AveragePool', KERNEL),
  'zeros into an AveragePool that counts its padding': padded('AveragePool', {
    ...KERNEL,
    pads: ints([1, 1, 0, 0]),
    count_include_pad: int(1),
  }),
  'minus infinity into MaxPool': padded('MaxPool', KERNEL, { fill: Number.NEGATIVE_INFINITY }),
  'zeros after Relu into MaxPool': padded('MaxPool', KERNEL, {}, 'Relu'),
  'zeros after Sigmoid into a padded MaxPool': padded(
    'MaxPool',
    { ...KERNEL, pads: ints([1, 0, 0, 1]), strides: ints([2, 1]) },
    {},
    'Sigmoid',
  ),
};

for (const [what, before] of Object.entries(FOLDED)) {
  test(`${what}`, () => {
    const after = foldPad(before);
    assert.ok(!ops(after).includes('Pad'), 'the Pad is gone');
    assertSameMeaning(before, after);
  });
}

const KEPT: Readonly<Record<string, ReturnType<typeof padded>>> = {
  'ones before Conv': padded('Conv', KERNEL, { fill: 1 }),
  'reflection before Conv': padded('Conv', KERNEL, { mode: 'reflect' }),
  'padding of channels': padded('Relu', {}, { pads: [0, 1, 0, 0, 0, 0, 0, 0] }),
  'cropping before Conv': padded('Conv', KERNEL, { pads: [0, 0, -1, 0, 0, 0, 0, 0] }),
  'a Conv with auto_pad SAME_UPPER': padded('Conv', { auto_pad: string('SAME_UPPER') }),
  'zeros before a MaxPool of any values': padded('MaxPool', KERNEL),
  'zeros after Relu before a MaxPool that could pool padding only': padded(
    'MaxPool',
    { ...KERNEL, pads: ints([1, 0, 1, 0]) },
    {},
    'Relu',
  ),
  'zeros after Relu before a MaxPool that rounds up': padded(
    'MaxPool',
    { ...KERNEL, ceil_mode: int(1), strides: ints([2, 2]) },
    {},
    'Relu',
  ),
  'zeros before an AveragePool that does not count its own padding': padded('AveragePool', {
    ...KERNEL,
    pads: ints([1, 1, 1, 1]),
  }),
  'minus infinity before AveragePool': padded('AveragePool', KERNEL, { fill: Number.NEGATIVE_INFINITY }),
};

for (const [what, graph] of Object.entries(KEPT)) {
  test(`kept: ${what}`, () => assert.equal(foldPad(graph), graph));
}

test('padding of channels before Conv is kept', () => {
  const graph = floatGraph((g) => {
    const y = pad(g, g.input('x', [1, 2, 6, 5]), { pads: [0, 1, 1, 0, 0, 0, 0, 0] });
    g.output(g.node('Conv', [y, g.constant('w', randomTensor([2, 3, 3, 3], 8))]));
  });
  assert.equal(foldPad(graph), graph);
});

test('a Pad with other readers stays for them', () => {
  const before = floatGraph((g) => {
    const y = pad(g, g.input('x', [1, 2, 6, 5]));
    g.output(g.node('Conv', [y, g.constant('w', randomTensor([3, 2, 3, 3], 7))]));
    g.output(y);
  });
  const after = foldPad(before);
  assert.deepEqual(ops(after), ['Pad', 'Conv']);
  assert.equal(after.nodes[1]!.inputs[0], 'x');
  assertSameMeaning(before, after);
});

test('on quantised values the grid decides', () => {
  const build = (paddedScale: number, zeroPoint: number, op: string) => {
    const g = graphBuilder('quantised');
    const x = g.input('x', [1, 1, 4, 4], { quant: perTensor(0.05, zeroPoint) });
    const y = g.node('Pad', [x, g.constant('pads', int64Tensor([0, 0, 1, 1, 0, 0, 1, 1]))], {
      shape: [1, 1, 6, 6],
      quant: perTensor(paddedScale, zeroPoint),
    });
    const quant = perTensor(0.1, zeroPoint);
    if (op === 'Conv') {
      const w = g.constant('w', randomTensor([1, 1, 3, 3], 9));
      g.output(g.node('Conv', [y, w], { shape: [1, 1, 4, 4], quant }));
    } else {
      g.output(g.node(op, [y], { shape: [1, 1, 4, 4], quant, attributes: KERNEL }));
    }
    return g.build();
  };
  const otherGrid = build(0.5, 3, 'Conv');
  assert.equal(foldPad(otherGrid), otherGrid, 'a Pad that rounds stays');
  const mayBeNegative = build(0.05, 3, 'MaxPool');
  assert.equal(foldPad(mayBeNegative), mayBeNegative);
  for (const before of [build(0.05, 3, 'Conv'), build(0.05, -128, 'MaxPool')]) {
    const after = foldPad(before);
    assert.equal(ops(after).length, 1);
    assertSameMeaning(before, after);
  }
});
