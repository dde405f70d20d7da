import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { draw } from '../../src/search/candidate.ts';
import { networkOf } from '../../src/search/network.ts';
import { proxyOf } from '../../src/search/proxies.ts';
import type { Space } from '../../src/search/space.ts';
import { trainable } from '../../src/train/run/model.ts';

const stage = (channels: number): Space['stages'][number] => ({
  kind: ['conv'],
  channels: [channels],
  depth: [2],
  kernel: [3],
  expansion: [1],
  stride: [1],
  pool: [false],
});

const graphOf = (channels: number) => {
  const space: Space = {
    name: 'plain',
    channels: 1,
    sizes: [[8, 8]],
    widths: [1],
    classes: 3,
    stages: [stage(channels)],
    head: ['average'],
  };
  return trainable(
    networkOf(
      space,
      draw(space, [8, 8], 1, () => 0),
    ),
    {},
  ).graph;
};

const random = seededRandom(2);
const SIZE = 12;
const batch = {
  size: SIZE,
  inputs: Float32Array.from({ length: SIZE * 64 }, () => 2 * random() - 1),
  labels: Int32Array.from({ length: SIZE }, (_, i) => i % 3),
};
const own = { seed: 1, jobs: 1 };

for (const kind of ['naswot', 'zen', 'snip', 'grad-norm'] as const) {
  test(`${kind} is the same for the same seed, and another one for another network`, () => {
    const score = proxyOf(kind, graphOf(8), batch, own);
    assert.ok(Number.isFinite(score));
    assert.equal(proxyOf(kind, graphOf(8), batch, own), score);
    assert.notEqual(proxyOf(kind, graphOf(16), batch, own), score);
  });
}

test('naswot tells samples apart: equal ones have no determinant, more units a larger one', () => {
  const equal = { ...batch, inputs: batch.inputs.map((_, i) => batch.inputs[i % 64]!) };
  assert.equal(proxyOf('naswot', graphOf(8), equal, own), Number.NEGATIVE_INFINITY);
  const [narrow, wide] = [4, 32].map((channels) => proxyOf('naswot', graphOf(channels), batch, own));
  assert.ok(wide! > narrow!);
  // Of codes that have nothing in common the kernel is its diagonal: units to the power of samples.
  assert.ok(wide! < SIZE * Math.log(2 * 32 * 64));
});

test('gradients fall off a loss that is no larger', () => {
  const scaled = { ...batch, inputs: batch.inputs.map((value) => value * 1e-6) };
  assert.ok(Number.isFinite(proxyOf('grad-norm', graphOf(8), scaled, own)));
});
