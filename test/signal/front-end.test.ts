import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFrontEnd, featureOrder, placeFeatures } from '../../src/signal/front-end.ts';
import { featureSchema } from '../../src/signal/settings-schema.ts';
import { testSound } from './sound.ts';

const settings = featureSchema.parse({ frameLength: 64, frameStep: 32, mel: { bands: 6, low: 0 } });

test('the order of axes is found in the shape of the input, or said', () => {
  for (const [shape, order] of [
    [[1, 10, 6], 'frames-first'],
    [[1, 1, 10, 6], 'frames-first'],
    [[1, 10, 6, 1], 'frames-first'],
    [[1, 60], 'frames-first'],
    [[1, 6, 6], 'frames-first'],
    [[1, 1, 6], 'frames-first'],
    [[1, 6, 10], 'values-first'],
    [[1, 1, 6, 10], 'values-first'],
  ] as const) {
    assert.equal(featureOrder(settings, shape), order, shape.join());
  }
  assert.equal(featureOrder({ ...settings, layout: 'values-first' }, [1, 6, 6]), 'values-first');
  for (const [layout, shape] of [
    [null, [1, 5, 12]],
    [null, [1, 2, 5, 6]],
    ['frames-first', [1, 6, 10]],
    ['values-first', [1, 60]],
  ] as const) {
    assert.throws(() => featureOrder({ ...settings, layout }, shape), { code: 'E_PREPROCESS' });
  }
});

test('values-first is the transpose of frames-first, both are integers / 65536', () => {
  const frontEnd = createFrontEnd(settings, 8000, 24);
  assert.deepEqual([frontEnd.samples, frontEnd.shape, frontEnd.fractionBits], [160, [4, 6], 16]);
  const integers = frontEnd.compute(testSound(160));
  const rows = placeFeatures(frontEnd, 'frames-first', integers);
  assert.deepEqual(
    rows,
    Float32Array.from(integers, (value) => value / 65536),
  );
  const columns = placeFeatures(frontEnd, 'values-first', integers);
  assert.deepEqual(
    [...columns],
    Array.from({ length: 24 }, (_, i) => rows[(i % 4) * 6 + Math.floor(i / 4)]),
  );
  assert.equal(new Set(rows).size, 24);
});
