/** The controls of an ablation: the network with and without batch normalisation, and float training with LAC. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExecutor } from '../../../src/execute/float.ts';
import { verifyGraph } from '../../../src/graph/verify.ts';
import { hasBatchNorm, withBatchNorm } from '../../../src/train/ablation/batch-norm.ts';
import { createTrainer } from '../../../src/train/run/trainer.ts';
import { batchFor, network, settings } from '../networks.ts';

const PLAIN = network([1, 2, 6, 6], ({ conv, gemm, op }, x) => {
  const first = op('Relu', 'relu', [conv('first', x, [3, 2, 3, 3])]);
  const second = conv('second', first, [4, 3, 3, 3], { bias: false });
  return gemm('fc', op('Flatten', 'flat', [second]), 3, 16);
});

const NORMED = network([1, 2, 6, 6], ({ conv, gemm, norm, op }, x) => {
  const first = op('Relu', 'relu', [norm('norm', conv('first', x, [3, 2, 3, 3], { bias: false }), 3)]);
  return gemm('fc', op('Flatten', 'flat', [first]), 3, 48);
});

const input = Float32Array.from({ length: 72 }, (_, i) => Math.fround(Math.sin(i)));
const outputOf = (graph: typeof PLAIN): Float32Array =>
  createExecutor(graph).run([{ dtype: 'float32', shape: [1, 2, 6, 6], data: input }])[0]!
    .data as Float32Array;

function assertClose(actual: Float32Array, expected: Float32Array, within: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= within, `${i}: ${value}, ${expected[i]}`);
  });
}

test('a batch norm behind every convolution, which begins as the identity', () => {
  const graph = verifyGraph(withBatchNorm(PLAIN, 'on'));
  const ops = graph.nodes.map(({ op }) => op);
  assert.deepEqual(ops, [
    'Conv',
    'BatchNormalization',
    'Relu',
    'Conv',
    'BatchNormalization',
    'Flatten',
    'Gemm',
  ]);
  assertClose(outputOf(graph), outputOf(PLAIN), 1e-4);
});

test('without its batch norms a network computes the same, and its convolutions have biases', () => {
  const graph = verifyGraph(withBatchNorm(NORMED, 'off'));
  assert.equal(hasBatchNorm(graph), false);
  assert.equal(graph.nodes.find(({ op }) => op === 'Conv')!.inputs.length, 3);
  assertClose(outputOf(graph), outputOf(NORMED), 1e-5);
});

test('a network that is as it is wanted stays as it is', () => {
  assert.equal(withBatchNorm(PLAIN, 'off'), PLAIN);
  assert.equal(withBatchNorm(NORMED, 'on'), NORMED);
});

test('all arms of a seed start from the same weights', () => {
  for (const method of ['float', 'octo'] as const) {
    const fresh = settings({ method, init: 'random' });
    const [plain, normed] = [PLAIN, withBatchNorm(PLAIN, 'on')].map((graph) =>
      createTrainer(graph, fresh).state(),
    );
    const withLac = createTrainer(
      PLAIN,
      settings({ method, init: 'random', octo: { lac: { kind: 'channel', l2: 0 } } }),
    ).state();
    for (const name of ['first/weights', 'second/weights', 'fc/weights']) {
      assert.deepEqual(normed!.get(name), plain!.get(name), name);
      assert.deepEqual(withLac.get(name), plain!.get(name), name);
    }
  }
});

for (const kind of ['channel', 'position'] as const) {
  test(`float training learns LAC per ${kind}, and exports it in the biases`, () => {
    const options = settings({ octo: { lac: { kind, l2: 0 } } });
    const trainer = createTrainer(PLAIN, options);
    const before = trainer.state();
    const size = kind === 'channel' ? 3 : 3 * 16;
    assert.equal(before.get('first/lac-o')!.length, size);
    trainer.step(batchFor(PLAIN, options), { step: 0, learningRate: 0.1 });
    const after = trainer.state();
    for (const name of ['first/lac-mu', 'first/lac-o', 'first/lac-alpha']) {
      assert.notDeepEqual(after.get(name), before.get(name), name);
    }
    const bias = trainer.toGraph().constants.get('first_b')!.data as Float32Array;
    const [alpha, mu, o, own] = ['lac-alpha', 'lac-mu', 'lac-o', 'bias'].map(
      (name) => after.get(`first/${name}`) as Float32Array,
    );
    const constants = Array.from(alpha!, (a, i) => a * mu![i]! + o![i]!);
    const expected = Float32Array.from(own!, (value, c) => {
      const ofChannel = constants.filter((_, i) => i % 3 === c);
      return value + ofChannel.reduce((sum, one) => sum + one, 0) / ofChannel.length;
    });
    assertClose(bias, expected, 1e-6);
  });
}
