import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frame, scenes } from '../../bench/pass/scenes.ts';

const SIZE = { width: 96, height: 64 };
/** Two images of Fashion-MNIST's size: a full square and an empty one. */
const ITEMS = {
  pixels: Uint8Array.from({ length: 2 * 784 }, (_, i) => (i < 784 ? 255 : 0)),
  labels: Uint8Array.of(7, 3),
};

function* grey(count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array(SIZE.width * SIZE.height * 3).fill(100);
}

const made = (seed: number, length = 30): Frame[] => [
  ...scenes(grey(90), { ...SIZE, items: ITEMS, length, seed }),
];

test('an item is where the truth says, moves and rests, and another one comes', () => {
  const frames = made(5);
  assert.equal(frames.length, 90);
  for (const { pixels, label, centre } of frames) {
    const at = (Math.floor(centre.y) * SIZE.width + Math.floor(centre.x)) * 3;
    const inside = [...pixels.subarray(at, at + 3)];
    if (label === 3) assert.deepEqual(new Set(pixels), new Set([100]), 'nothing is drawn of an empty image');
    else
      assert.ok(
        inside.some((value) => value !== 100),
        `an item at ${centre.x}, ${centre.y}`,
      );
  }
  const steps = frames.slice(1).map(({ centre }, i) => {
    const before = frames[i]!.centre;
    return Math.hypot(centre.x - before.x, centre.y - before.y);
  });
  const within = steps.filter((_, i) => (i + 1) % 30 !== 0);
  assert.ok(within.some((step) => step === 0) && within.some((step) => step > 0));
  assert.ok(
    within.every((step) => step < 6),
    'four pixels a frame and rounding',
  );
  assert.deepEqual(new Set(frames.map(({ label }) => label)).size, 2);
});

test('scenes follow from their seed', () => {
  assert.deepEqual(made(5), made(5));
  assert.notDeepEqual(made(5), made(6));
});
