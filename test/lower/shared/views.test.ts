import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  channelsLast,
  isWhole,
  mergeAxes,
  plainLayout,
  reshapeView,
  sliceView,
  transposeView,
  type View,
  wholeView,
} from '../../../src/lower/shared/views.ts';

/** Addresses of all elements in row-major ONNX order. */
function addresses(view: View): number[] {
  return view.shape.reduce<number[]>(
    (list, size, axis) =>
      list.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * view.strides[axis]!)),
    [view.offset],
  );
}

test('a whole view puts channels last', () => {
  const view = wholeView(0, [1, 2, 2, 3], channelsLast(4));
  assert.deepEqual(addresses(view), [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
  assert.ok(isWhole(view, channelsLast(4)));
  assert.ok(!isWhole(view, plainLayout(4)));
});

test('a reshape that keeps the addresses is a view, any other is refused', () => {
  const image = wholeView(0, [1, 4, 2, 3], channelsLast(4));
  assert.equal(reshapeView(image, [1, 24]), null, 'flattening channels-last bytes needs a copy');
  const shuffled = reshapeView(image, [1, 2, 2, 2, 3]);
  assert.deepEqual(addresses(shuffled!), addresses(image));
  const back = reshapeView(shuffled!, [4, 6]);
  assert.deepEqual(addresses(back!), addresses(image));
  const pixel = wholeView(0, [1, 8, 1, 1], channelsLast(4));
  assert.deepEqual(addresses(reshapeView(pixel, [1, 8])!), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(
    reshapeView(transposeView(shuffled!, [0, 2, 1, 3, 4]), [1, 4, 2, 3]),
    null,
    'a channel shuffle moves bytes',
  );
});

test('slices and transposes move addresses as ONNX says', () => {
  const matrix = wholeView(0, [2, 3], plainLayout(2));
  assert.deepEqual(addresses(transposeView(matrix, [1, 0])), [0, 3, 1, 4, 2, 5]);
  assert.deepEqual(addresses(sliceView(matrix, 1, 2, 2, -1)), [2, 1, 5, 4]);
});

test('loops merge where every operand is contiguous across them', () => {
  const a = wholeView(0, [2, 3, 4], plainLayout(3));
  assert.deepEqual(mergeAxes(a.shape, [a.strides, a.strides]), [{ size: 24, strides: [1, 1] }]);
  const part = sliceView(wholeView(0, [2, 5, 4], plainLayout(3)), 1, 1, 3, 1);
  assert.deepEqual(mergeAxes(a.shape, [a.strides, part.strides]), [
    { size: 2, strides: [12, 20] },
    { size: 12, strides: [1, 1] },
  ]);
});
