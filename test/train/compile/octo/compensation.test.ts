/** The constants of LAC before the first step. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Graph } from '../../../../src/graph/types.ts';
import type { Lac } from '../../../../src/train/options.ts';
import { createTrainer } from '../../../../src/train/run/trainer.ts';
import { batchFor, type Changes, network, settings } from '../../networks.ts';

function net(): Graph {
  return network([1, 2, 6, 6], ({ conv, op, gemm }, x) =>
    gemm('dense', op('Flatten', 'flat', [op('Relu', 'relu', [conv('conv', x, [64, 2, 3, 3])])]), 3, 1024),
  );
}

const withLac = (kind: Lac['kind'], more: Changes['octo'] = {}): Changes => ({
  method: 'octo',
  octo: { activations: 'affine', lac: { kind, l2: 0 }, ...more },
});

function constantsOf(changes: Changes, layer: string) {
  const state = createTrainer(net(), settings(changes)).state();
  const [alpha, mu, o] = ['alpha', 'mu', 'o'].map(
    (name) => state.get(`${layer}/lac-${name}`) as Float32Array,
  ) as [Float32Array, Float32Array, Float32Array];
  return { alpha, mu, o };
}

const deviation = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe('what LAC starts from', () => {
  // y + alpha * mu + o: the gradient of alpha is mu's share and the other way round, so that both at 0 would never move.
  // alpha is 1, mu and o are small: the layer begins as it is without them.
  for (const kind of ['channel', 'position'] as const) {
    it(`is alpha = 1, and mu and o of a deviation of 0.001: ${kind}`, () => {
      const { alpha, mu, o } = constantsOf(withLac(kind), 'conv');
      assert.equal(alpha.length, kind === 'channel' ? 64 : 64 * 16);
      assert.ok(alpha.every((value) => value === 1));
      for (const values of [mu, o]) {
        const measured = deviation(values);
        // Of 64 values it is within four standard errors: 1 / sqrt(2 * 64) each.
        assert.ok(Math.abs(measured / 1e-3 - 1) < 4 / Math.sqrt(2 * values.length), `${measured}`);
        assert.ok(values.some((value) => value > 0) && values.some((value) => value < 0));
      }
      assert.notDeepEqual(mu, o);
    });
  }

  // Exact sums hold the zero-point term that mu stands for: alpha, the published one less 1, starts from 0.
  it('is nothing at all where LAC is tied to zero points that the sums hold', () => {
    const { alpha, mu, o } = constantsOf(withLac('tied'), 'conv');
    for (const values of [alpha, mu, o]) assert.ok(values.every((value) => value === 0));
    const lossOf = (changes: Changes): number => {
      const options = settings(changes);
      const graph = net();
      return createTrainer(graph, options).step(batchFor(graph, options), { step: 0, learningRate: 0 }).loss;
    };
    assert.equal(lossOf(withLac('tied')), lossOf(withLac('off')));
    assert.notEqual(lossOf(withLac('channel')), lossOf(withLac('off')));
  });

  // The published code drops the term from its sums: LAC puts it back, and starts from the whole of it.
  it('is alpha = 1 where the sums lack the zero points', () => {
    const { alpha, o } = constantsOf(withLac('tied', { faithful: true }), 'conv');
    assert.ok(alpha.every((value) => value === 1));
    assert.ok(o.every((value) => value === 0));
  });
});
