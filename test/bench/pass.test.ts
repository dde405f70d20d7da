import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeMacs, changedPixels } from '../../bench/pass/ceiling.ts';
import { type Frame, scenes } from '../../bench/pass/scenes.ts';
import { graphBuilder, int, ints } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';

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

/** 3x3 with stride 2, then 1x1, then the mean of everything and a dense layer, over 16 x 16 pixels. */
function smallNetwork() {
  const graph = graphBuilder('small');
  const zeros = (name: string, shape: readonly number[]): string =>
    graph.constant(name, floatTensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1))));
  const conv = graph.node('Conv', [graph.input('x', [1, 1, 16, 16]), zeros('a', [4, 1, 3, 3])], {
    shape: [1, 4, 8, 8],
    attributes: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
  });
  const relu = graph.node('Relu', [conv], { shape: [1, 4, 8, 8] });
  const point = graph.node('Conv', [relu, zeros('b', [2, 4, 1, 1])], {
    shape: [1, 2, 8, 8],
    attributes: { kernel_shape: ints([1, 1]) },
  });
  const mean = graph.node('GlobalAveragePool', [point], { shape: [1, 2, 1, 1] });
  const flat = graph.node('Flatten', [mean], { shape: [1, 2] });
  const dense = graph.node('Gemm', [flat, zeros('c', [3, 2])], {
    shape: [1, 3],
    attributes: { transB: int(1) },
  });
  graph.output(dense);
  return graph.build();
}

test('the ceiling counts the positions whose window has a changed pixel', () => {
  const network = smallNetwork();
  const [none, all] = [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ].map((mask) => activeMacs(network, changedPixels(mask, 2, 8)));
  const whole = none! + 64 * (9 * 4) + 64 * (4 * 2);
  assert.equal(all, whole, 'with everything changed, nothing is saved');
  // Pixels 0 .. 7 of both axes changed: windows 2 i - 1 .. 2 i + 1 with i of 0 .. 4 have one of them.
  assert.equal(activeMacs(network, changedPixels([1, 0, 0, 0], 2, 8)), none! + 25 * (9 * 4) + 25 * (4 * 2));
  // Pixels 8 .. 15: i of 4 .. 7.
  assert.equal(activeMacs(network, changedPixels([0, 0, 0, 1], 2, 8)), none! + 16 * (9 * 4) + 16 * (4 * 2));
});
