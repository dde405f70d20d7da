import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder, perChannel, perTensor } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph, Quant } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';
import { lower } from '../../src/lower/lower.ts';
import { absorbLimits } from '../../src/passes/absorb-limits.ts';

/** Conv, then Relu or Clip(0, 6) with the given quantisation. */
function limited(op: 'Relu' | 'Clip', quant: Quant): Graph {
  const builder = graphBuilder('net');
  const x = builder.input('x', [1, 1, 2, 2], { quant: perTensor(0.02, -5), port: 'int8' });
  const data = Int8Array.of(93);
  const w = builder.constant('w', { dtype: 'int8', shape: [1, 1, 1, 1], data }, perChannel([0.01], 0));
  const conv = builder.node('Conv', [x, w], { shape: [1, 1, 2, 2] });
  const bounds =
    op === 'Relu' ? [] : [0, 6].map((bound, i) => builder.constant(`b${i}`, floatTensor([], [bound])));
  const y = builder.node(op, [conv, ...bounds], { name: 'y', shape: [1, 1, 2, 2], quant });
  builder.output(y, { dtype: quant.dtype });
  return verifyGraph(builder.build());
}

const scaleOfSix = Math.fround(6 / 255);
const CASES: readonly (readonly [what: string, op: 'Relu' | 'Clip', quant: Quant, absorbed: boolean])[] = [
  ['a Relu whose zero is the lowest code', 'Relu', perTensor(0.02, -128), true],
  ['the same in uint8', 'Relu', perTensor(0.02, 0, 'uint8'), true],
  ['a Relu whose zero is another code', 'Relu', perTensor(0.02, -127), false],
  ['a Clip at the largest code', 'Clip', perTensor(scaleOfSix, -128), true],
  ['a Clip a hair below the largest code', 'Clip', perTensor(scaleOfSix * 1.0001, -128), true],
  ['a Clip below the largest code', 'Clip', perTensor(0.03, -128), false],
];

for (const [what, op, quant, absorbed] of CASES) {
  test(`${what} is ${absorbed ? 'absorbed' : 'kept'}`, () => {
    const before = limited(op, quant);
    const after = verifyGraph(absorbLimits(before));
    assert.deepEqual(
      after.nodes.map((node) => node.op),
      absorbed ? ['Conv'] : ['Conv', op],
    );
    assert.deepEqual(lower(after).steps, lower(before).steps, 'the kernels get the same parameters');
  });
}

test('a limit whose input is read elsewhere is kept', () => {
  const graph = limited('Relu', perTensor(0.02, -128));
  const output = { name: 'c', value: 'conv', dtype: 'float32' } as const;
  assert.equal(absorbLimits({ ...graph, outputs: [...graph.outputs, output] }).nodes.length, 2);
});
