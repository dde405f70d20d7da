import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Graph } from '../../../src/graph/types.ts';
import { verifyGraph } from '../../../src/graph/verify.ts';
import { replaceHead } from '../../../src/train/compile/head.ts';
import { createTrainer } from '../../../src/train/run/trainer.ts';
import { failure } from '../../failure.ts';
import { batchFor, network, settings } from '../networks.ts';

const dense = (): Graph =>
  network([1, 8], ({ gemm, op }, x) => {
    const hidden = op('Relu', 'relu', [gemm('first', x, 200, 8)]);
    return op('Softmax', 'probabilities', [gemm('last', hidden, 3, 200)]);
  });
const convolution = (): Graph =>
  network([1, 2, 3, 3], ({ conv, op }, x) => {
    const mean = op('GlobalAveragePool', 'mean', [conv('first', x, [4, 2, 1, 1])]);
    return op('Flatten', 'flat', [conv('last', mean, [3, 4, 1, 1], { bias: false })]);
  });

describe('a new last layer', () => {
  it('has fresh weights of the variance of He, biases of 0, and leaves the others alone', () => {
    const graph = dense();
    const headed = verifyGraph(replaceHead(graph, 5, 1));
    const weights = headed.constants.get('last_w')!;
    assert.deepEqual(weights.shape, [5, 200]);
    assert.deepEqual(headed.constants.get('last_b')!.data, new Float32Array(5));
    assert.equal(headed.constants.get('first_w'), graph.constants.get('first_w'));
    const data = weights.data as Float32Array;
    const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length;
    assert.ok(Math.abs(variance / (2 / 200) - 1) < 0.15, `variance ${variance}`);
    assert.deepEqual(headed.values.get(headed.outputs[0]!.value)!.shape, [1, 5]);
    assert.deepEqual(replaceHead(graph, 5, 1).constants.get('last_w'), weights, 'the same for the same seed');
    assert.notDeepEqual(
      replaceHead(graph, 5, 2).constants.get('last_w'),
      weights,
      'another for another seed',
    );
  });

  it('may be a convolution, and is trained for labels that the model did not have', () => {
    const graph = convolution();
    const options = settings({ classes: 6, scheme: { kind: 'last', layers: 1 } });
    const trainer = createTrainer(graph, options);
    const batch = { ...batchFor(graph, options), labels: Int32Array.of(5, 4, 3) };
    const losses = Array.from(
      { length: 30 },
      (_, step) => trainer.step(batch, { step, learningRate: 0.5 }).loss,
    );
    assert.ok(losses.at(-1)! < 0.8 * losses[0]!);
    const learned = verifyGraph(trainer.toGraph());
    assert.deepEqual(learned.values.get(learned.outputs[0]!.value)!.shape, [1, 6]);
  });

  it('is the old one where the classes are as many', () => {
    const graph = dense();
    assert.equal(replaceHead(graph, 3, 1), graph);
  });

  it('cannot be put behind anything else', () => {
    const graph = network([1, 2, 3, 3], ({ conv, op }, x) =>
      op('GlobalAveragePool', 'mean', [conv('last', x, [3, 2, 1, 1])]),
    );
    assert.equal(failure(() => replaceHead(graph, 5, 1)).code, 'E_OP');
  });
});
