import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, int, ints } from '../../../../src/graph/build.ts';
import { LINEAR_ATTENTION, MASKED_SOFTMAX } from '../../../../src/graph/own-operators.ts';
import { floatTensor } from '../../../../src/graph/tensor.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import { preparedFor } from '../../../../src/targets/tensorrt/forms/prepare.ts';
import { placePairs } from '../../../../src/targets/tensorrt/quantise/placement.ts';
import { resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { assertSameMeaning, floatGraph, ops } from '../../../passes/helpers.ts';

const ORIN = resolvePlatform(loadProfile('jetson-orin-nano') as JetsonProfile, {
  jetpack: '6.2',
  precision: 'int8',
});

test('attention that kernels of tinyml compute in one step is that of its operators for an engine, with products in int8', () => {
  const graph = floatGraph((b) => {
    const [q, k, v] = ['q', 'k', 'v'].map((name) => b.input(name, [1, 2, 4, 9])) as [string, string, string];
    const turned = b.node('Transpose', [q], { name: 'qt', attributes: { perm: ints([0, 1, 3, 2]) } });
    const scores = b.node('MatMul', [turned, k], { name: 'scores' });
    const mask = b.constant('mask', floatTensor([9], [0, 0, 0, 0, 0, 0, 0, -10000, -10000]));
    const weights = b.node(MASKED_SOFTMAX, [scores, mask], { name: 'weights', attributes: { axis: int(3) } });
    b.output(
      b.node(
        'MatMul',
        [weights, b.node('Transpose', [v], { name: 'vt', attributes: { perm: ints([0, 1, 3, 2]) } })],
        { name: 'y' },
      ),
    );
    b.output(b.node(LINEAR_ATTENTION, [q, k, v], { name: 'z', attributes: { epsilon: float(1e-15) } }));
  });
  const prepared = preparedFor(graph, ORIN);
  assert.deepEqual(
    ops(prepared).filter((op) => op.startsWith('tinyml::')),
    [],
  );
  const count = (op: string): number => ops(prepared).filter((one) => one === op).length;
  assert.deepEqual([count('MatMul'), count('Softmax')], [4, 1]);
  assertSameMeaning(graph, prepared);
  const { layers } = placePairs(prepared, new Set());
  assert.equal(layers.filter(({ node }) => node.op === 'MatMul').length, 4);
});
