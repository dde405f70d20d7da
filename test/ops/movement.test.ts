import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, ints, string } from '../../src/graph/build.ts';
import { toNumbers } from '../../src/graph/tensor.ts';
import { floats, inferShape, int64s, ramp, run, runAll, tensor } from './run.ts';

test('Reshape copies zeros, works out -1, and keeps the memory', () => {
  const x = ramp([2, 3, 4]);
  const [reshaped] = runAll('Reshape', [x, int64s(0, -1)]);
  assert.deepEqual(reshaped!.shape, [2, 12]);
  assert.equal(reshaped!.data, x.data);
  assert.deepEqual(run('Reshape', [ramp([0, 3]), int64s(3, 0)], { allowzero: int(1) }).shape, [3, 0]);
  for (const shape of [
    [5, -1],
    [-1, -1],
    [0, 0, 0, 0],
    [-2, 12],
  ]) {
    assert.throws(() => run('Reshape', [x, int64s(...shape)]), { code: 'E_SHAPE' }, `[${shape}]`);
  }
});

test('shapes that depend on run-time data are refused with a hint', () => {
  assert.throws(
    () => inferShape('Reshape', [ramp([4]), int64s(2, 2)]),
    (error: { code: string; hint: string }) => {
      assert.equal(error.code, 'E_SHAPE');
      assert.match(error.hint, /constant/);
      return true;
    },
  );
});

test('Flatten, Squeeze and Unsqueeze', () => {
  assert.deepEqual(run('Flatten', [ramp([2, 3, 4])], { axis: int(-1) }).shape, [6, 4]);
  assert.deepEqual(run('Flatten', [ramp([2, 3])], { axis: int(0) }).shape, [1, 6]);
  assert.deepEqual(run('Squeeze', [ramp([1, 3, 1])]).shape, [3]);
  assert.deepEqual(run('Squeeze', [ramp([1, 3, 1]), int64s(-1)]).shape, [1, 3]);
  assert.deepEqual(run('Unsqueeze', [ramp([3]), int64s(0, -1)]).shape, [1, 3, 1]);
  assert.throws(() => run('Squeeze', [ramp([2, 3]), int64s(0)]), { code: 'E_SHAPE' });
  assert.throws(() => run('Unsqueeze', [ramp([3]), int64s(0, 0)]), { code: 'E_SHAPE' });
});

test('Transpose reverses by default and permutes by perm', () => {
  assert.deepEqual(run('Transpose', [ramp([2, 3])]), { shape: [3, 2], values: [0, 3, 1, 4, 2, 5] });
  const nhwc = run('Transpose', [ramp([1, 2, 2, 2])], { perm: ints([0, 2, 3, 1]) });
  assert.deepEqual(nhwc.values, [0, 4, 1, 5, 2, 6, 3, 7]);
  assert.throws(() => run('Transpose', [ramp([2, 3])], { perm: ints([0, 0]) }), { code: 'E_SHAPE' });
});

test('Concat and Split undo each other', () => {
  const x = ramp([2, 5]);
  const parts = runAll('Split', [x, int64s(2, 3)], { axis: int(1) }, 2);
  assert.deepEqual(toNumbers(parts[0]!.data), [0, 1, 5, 6]);
  assert.deepEqual(run('Concat', parts, { axis: int(-1) }).values, toNumbers(x.data));
  const uneven = runAll('Split', [ramp([7])], { num_outputs: int(3) }, 3).map(({ shape }) => shape[0]);
  assert.deepEqual(uneven, [3, 3, 1]);
  assert.throws(() => run('Split', [x, int64s(2, 2)], { axis: int(1) }), { code: 'E_SHAPE' });
  assert.throws(() => run('Concat', [ramp([2, 2]), ramp([3, 3])], { axis: int(0) }), { code: 'E_SHAPE' });
});

test('Slice clamps, counts from the end and steps backwards', () => {
  const x = ramp([6]);
  const slice = (start: number, end: number, step: number) =>
    run('Slice', [x, int64s(start), int64s(end), int64s(0), int64s(step)]).values;
  assert.deepEqual(slice(1, 1000, 2), [1, 3, 5]);
  assert.deepEqual(slice(-2, 2 ** 62, 1), [4, 5]);
  assert.deepEqual(slice(-1, -(2 ** 62), -2), [5, 3, 1]);
  assert.deepEqual(slice(100, 0, -1), [5, 4, 3, 2, 1]);
  assert.deepEqual(slice(4, 2, 1), []);
  const block = run('Slice', [ramp([3, 4]), int64s(1, 1), int64s(3, 3)]);
  assert.deepEqual(block, { shape: [2, 2], values: [5, 6, 9, 10] });
  assert.throws(() => slice(0, 1, 0), { code: 'E_SHAPE' });
});

test('Pad repeats, mirrors, wraps, fills and crops', () => {
  const x = ramp([3], 1);
  const pad = (mode: string, pads: readonly number[]) =>
    run('Pad', [x, int64s(...pads), mode === 'constant' ? floats([], [9]) : null], { mode: string(mode) })
      .values;
  assert.deepEqual(pad('constant', [1, 2]), [9, 1, 2, 3, 9, 9]);
  assert.deepEqual(pad('edge', [2, 1]), [1, 1, 1, 2, 3, 3]);
  assert.deepEqual(pad('reflect', [2, 2]), [3, 2, 1, 2, 3, 2, 1]);
  assert.deepEqual(pad('wrap', [2, 1]), [2, 3, 1, 2, 3, 1]);
  assert.deepEqual(pad('constant', [-1, 1]), [2, 3, 9]);
  const axis = run('Pad', [ramp([2, 2]), int64s(0, 1), null, int64s(-1)]);
  assert.deepEqual(axis, { shape: [2, 3], values: [0, 1, 0, 2, 3, 0] });
  assert.throws(() => pad('constant', [-3, -3]), { code: 'E_SHAPE' });
  assert.throws(() => pad('mirror', [1, 1]), { code: 'E_OP' });
});

test('sizes are bounded before anything is allocated', () => {
  const huge = int64s(2 ** 20, 2 ** 20);
  assert.throws(() => run('Expand', [ramp([1, 1]), huge]), { code: 'E_SHAPE' });
  assert.throws(() => run('ConstantOfShape', [huge]), { code: 'E_SHAPE' });
  assert.throws(() => run('Tile', [ramp([2, 2]), huge]), { code: 'E_SHAPE' });
  assert.throws(() => run('Range', [int64s(0), int64s(2 ** 40), int64s(1)]), { code: 'E_SHAPE' });
  assert.throws(() => run('Pad', [ramp([2]), int64s(2 ** 40, 0)]), { code: 'E_SHAPE' });
  assert.throws(() => run('ConstantOfShape', [int64s(-1)]), { code: 'E_SHAPE' });
});

test('Expand, Tile and Where', () => {
  assert.deepEqual(run('Expand', [ramp([2, 1]), int64s(1, 3)]).values, [0, 0, 0, 1, 1, 1]);
  assert.deepEqual(run('Tile', [ramp([2, 2]), int64s(1, 2)]).values, [0, 1, 0, 1, 2, 3, 2, 3]);
  const condition = tensor('bool', [2, 1], [1, 0]);
  assert.deepEqual(run('Where', [condition, ramp([2]), floats([], [7])]).values, [0, 1, 7, 7]);
});

test('DepthToSpace and SpaceToDepth', () => {
  const x = ramp([1, 4, 1, 2]);
  const image = run('DepthToSpace', [x], { blocksize: int(2) });
  assert.deepEqual(image, { shape: [1, 1, 2, 4], values: [0, 2, 1, 3, 4, 6, 5, 7] });
  const back = run('SpaceToDepth', [floats(image.shape, image.values)], { blocksize: int(2) });
  assert.deepEqual(back.values, toNumbers(x.data));
  const crd = run('DepthToSpace', [ramp([1, 8, 1, 1])], { blocksize: int(2), mode: string('CRD') });
  assert.deepEqual(crd.values, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.throws(() => run('DepthToSpace', [x], { blocksize: int(3) }), { code: 'E_SHAPE' });
});

test('Gather takes whole slices and refuses indices outside', () => {
  const x = ramp([3, 2]);
  assert.deepEqual(run('Gather', [x, int64s(2, -3)]), { shape: [2, 2], values: [4, 5, 0, 1] });
  assert.deepEqual(run('Gather', [x, tensor('int64', [], [1])], { axis: int(1) }).values, [1, 3, 5]);
  assert.throws(() => run('Gather', [x, int64s(3)]), { code: 'E_SHAPE' });
  assert.throws(() => run('Gather', [x, floats([1], [0])]), { code: 'E_OP' });
});

test('GatherND and ScatterND address by tuples', () => {
  const x = ramp([2, 2]);
  assert.deepEqual(run('GatherND', [x, tensor('int64', [2, 2], [0, 0, 1, 1])]).values, [0, 3]);
  const scattered = run('ScatterND', [ramp([4]), tensor('int64', [2, 1], [3, 1]), floats([2], [8, 9])]);
  assert.deepEqual(scattered.values, [0, 9, 2, 8]);
  const added = run(
    'ScatterElements',
    [floats([1, 3], [1, 1, 1]), tensor('int64', [1, 2], [0, 0]), floats([1, 2], [5, 6])],
    { axis: int(1), reduction: string('add') },
  );
  assert.deepEqual(added.values, [12, 1, 1]);
});

test('Shape, Size, Range, ConstantOfShape, EyeLike and OneHot', () => {
  assert.deepEqual(run('Shape', [ramp([2, 3, 4])], { start: int(1), end: int(-1) }).values, [3]);
  assert.deepEqual(run('Size', [ramp([2, 3])]).values, [6]);
  assert.deepEqual(run('Range', [int64s(5), int64s(0), int64s(-2)]).values, [5, 3, 1]);
  const ones = { value: { kind: 'tensor', value: int64s(7) } } as const;
  assert.deepEqual(run('ConstantOfShape', [int64s(2)], ones).values, [7, 7]);
  assert.deepEqual(run('EyeLike', [ramp([2, 3])], { k: int(1) }).values, [0, 1, 0, 0, 0, 1]);
  const oneHot = run('OneHot', [int64s(1, -1, 5), int64s(3), floats([2], [0, 1])]);
  assert.deepEqual(oneHot.values, [0, 1, 0, 0, 0, 1, 0, 0, 0]);
});
