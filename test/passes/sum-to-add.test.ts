import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sumToAdd } from '../../src/passes/sum-to-add.ts';
import { assertSameMeaning, floatGraph, ops } from './helpers.ts';

for (const count of [1, 2, 3]) {
  test(`a Sum of ${count} ${count === 2 ? 'becomes an Add' : 'stays'}`, () => {
    const graph = floatGraph((builder) => {
      const inputs = Array.from({ length: count }, (_, i) => builder.input(`x${i}`, [2, 3]));
      builder.output(builder.node('Sum', inputs));
    });
    const after = sumToAdd(graph);
    assert.deepEqual(ops(after), [count === 2 ? 'Add' : 'Sum']);
    assertSameMeaning(graph, after);
  });
}
