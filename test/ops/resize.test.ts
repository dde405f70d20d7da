import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, ints, string } from '../../src/graph/build.ts';
import { floats, int64s, run } from './run.ts';

const x = floats([1, 1, 1, 4], [0, 1, 2, 3]);
const doubled = floats([4], [1, 1, 1, 2]);

const resize = (mode: string, transformation: string, nearestMode = 'round_prefer_floor') =>
  run('Resize', [x, null, doubled], {
    mode: string(mode),
    coordinate_transformation_mode: string(transformation),
    nearest_mode: string(nearestMode),
  }).values;

test('nearest', () => {
  assert.deepEqual(resize('nearest', 'asymmetric', 'floor'), [0, 0, 1, 1, 2, 2, 3, 3]);
  assert.deepEqual(resize('nearest', 'asymmetric', 'ceil'), [0, 1, 1, 2, 2, 3, 3, 3]);
  assert.deepEqual(resize('nearest', 'half_pixel'), [0, 0, 1, 1, 2, 2, 3, 3]);
});

test('linear', () => {
  assert.deepEqual(resize('linear', 'half_pixel'), [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]);
  assert.deepEqual(resize('linear', 'asymmetric'), [0, 0.5, 1, 1.5, 2, 2.5, 3, 3]);
  const corners = resize('linear', 'align_corners');
  assert.deepEqual([corners[0], corners[7]], [0, 3]);
});

test('sizes, axes and aspect ratio', () => {
  const image = floats([1, 1, 2, 2], [1, 2, 3, 4]);
  const sizes = run('Resize', [image, null, null, int64s(4, 2)], { axes: ints([2, 3]) });
  assert.deepEqual(sizes, { shape: [1, 1, 4, 2], values: [1, 2, 1, 2, 3, 4, 3, 4] });
  const kept = run('Resize', [image, null, null, int64s(4, 6)], {
    axes: ints([2, 3]),
    keep_aspect_ratio_policy: string('not_larger'),
  });
  assert.deepEqual(kept.shape, [1, 1, 4, 4]);
});

test('one place stays one place', () => {
  const point = floats([1, 1, 1, 1], [5]);
  const sizes = int64s(1, 1, 3, 3);
  for (const mode of ['nearest', 'linear', 'cubic']) {
    const { values } = run('Resize', [point, null, null, sizes], { mode: string(mode) });
    assert.deepEqual(values, new Array(9).fill(5), mode);
  }
});

test('Resize refuses what it does not know', () => {
  assert.throws(() => resize('area', 'half_pixel'), { code: 'E_OP' });
  assert.throws(() => resize('linear', 'unknown'), { code: 'E_OP' });
  assert.throws(() => run('Resize', [x, null, doubled], { antialias: int(1) }), { code: 'E_OP' });
  assert.throws(() => run('Resize', [x, null, floats([4], [1, 1, 1, 0])]), { code: 'E_SHAPE' });
  assert.throws(() => run('Resize', [x]), { code: 'E_SHAPE' });
  assert.throws(() => run('Resize', [x, null, floats([4], [1, 1, 1, 1e12])]), { code: 'E_SHAPE' });
});
