import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder, perTensor } from '../../src/graph/build.ts';
import type { Graph, Quant } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';
import { lower } from '../../src/lower/lower.ts';
import { mergeRoundings } from '../../src/passes/merge-roundings.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createRunner } from '../../src/program/run.ts';

/** x + x, rounded, then a Relu, rounded. */
function network(sum: Quant, relu: Quant): Graph {
  const builder = graphBuilder('net');
  const x = builder.input('x', [1, 256], { quant: perTensor(0.02, 3), port: 'int8' });
  const added = builder.node('Add', [x, x], { shape: [1, 256], quant: sum });
  builder.output(builder.node('Relu', [added], { shape: [1, 256], quant: relu }), { dtype: 'int8' });
  return verifyGraph(builder.build());
}

function outputs(graph: Graph): readonly number[] {
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const codes = Int8Array.from({ length: 256 }, (_, i) => i - 128);
  return Array.from(createRunner(program, plan)([codes])[0]!);
}

test('a sum that is rounded to the same codes before and behind a Relu is rounded once', () => {
  const before = network(perTensor(0.03, -20), perTensor(0.03, -20));
  const after = verifyGraph(mergeRoundings(before));
  assert.equal(after.values.get(before.nodes[0]!.outputs[0]!)!.quant, null);
  assert.equal(lower(before).steps.length, 2);
  assert.equal(lower(after).steps.length, 1);
  assert.deepEqual(outputs(after), outputs(before));
});

test('two different roundings stay', () => {
  const before = network(perTensor(0.03, -20), perTensor(0.02, -20));
  assert.equal(mergeRoundings(before), before);
});

test('a sum that leaves the model keeps its rounding', () => {
  const graph = network(perTensor(0.03, -20), perTensor(0.03, -20));
  const value = graph.nodes[0]!.outputs[0]!;
  const both = { ...graph, outputs: [...graph.outputs, { name: 'sum', value, dtype: 'int8' as const }] };
  assert.equal(mergeRoundings(both), both);
});
