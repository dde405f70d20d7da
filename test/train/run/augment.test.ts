import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../src/numbers/random.ts';
import { createAugment, type ImageShape, parseAugmentations } from '../../../src/train/run/augment.ts';
import { failure } from '../../failure.ts';

const SHAPE: ImageShape = { channels: 2, height: 3, width: 4 };
const SAMPLE = Float32Array.from({ length: 24 }, (_, i) => i + 1);

/** Random numbers from a list. */
function given(...numbers: readonly number[]): () => number {
  let next = 0;
  return () => numbers[next++]!;
}

function augmented(texts: readonly string[], random: () => number): readonly number[] {
  const sample = SAMPLE.slice();
  createAugment(parseAugmentations(texts), SHAPE)(sample, random);
  return [...sample];
}

/** What crop and shift mean, pixel by pixel. */
function moved(down: number, right: number, edge: boolean): readonly number[] {
  const clamp = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at));
  return Array.from({ length: 24 }, (_, i) => {
    const [c, y, x] = [Math.floor(i / 12), Math.floor((i % 12) / 4) - down, (i % 4) - right];
    const inside = y >= 0 && y < 3 && x >= 0 && x < 4;
    return inside || edge ? SAMPLE[c * 12 + clamp(y, 3) * 4 + clamp(x, 4)]! : 0;
  });
}

test('flip exchanges left and right in half of the samples', () => {
  assert.deepEqual(augmented(['flip'], given(0.6)), [...SAMPLE]);
  assert.deepEqual(augmented(['flip'], given(0.4)).slice(0, 8), [4, 3, 2, 1, 8, 7, 6, 5]);
});

test('crop and shift move by every distance of their range', () => {
  for (let down = -2; down <= 2; down++) {
    for (let right = -2; right <= 2; right++) {
      const random = (): (() => number) => given((down + 2.5) / 5, (right + 2.5) / 5);
      assert.deepEqual(augmented(['crop:2'], random()), moved(down, right, false), `crop ${down} ${right}`);
      assert.deepEqual(augmented(['shift:2'], random()), moved(down, right, true), `shift ${down} ${right}`);
    }
  }
});

test('brightness multiplies by 1 - share .. 1 + share', () => {
  assert.deepEqual(
    augmented(['brightness:0.5'], given(0)),
    [...SAMPLE].map((value) => value / 2),
  );
  assert.equal(augmented(['brightness:0.5'], given(1))[1], 3);
});

test('changes apply in the order in which they are given, with one sequence of random numbers', () => {
  const one = augmented(['flip', 'crop:1'], given(0.1, 0.9, 0.9));
  const cropped = augmented(['flip'], given(0.1));
  const expected = new Float32Array(24);
  for (let i = 0; i < 24; i++) {
    const [c, y, x] = [Math.floor(i / 12), Math.floor((i % 12) / 4) - 1, (i % 4) - 1];
    if (y >= 0 && x >= 0) expected[i] = cropped[c * 12 + y * 4 + x]!;
  }
  assert.deepEqual(one, [...expected]);
});

test('the same random numbers give the same sample', () => {
  const all = ['flip', 'crop:2', 'shift:1', 'brightness:0.2'];
  assert.deepEqual(augmented(all, seededRandom(5)), augmented(all, seededRandom(5)));
  assert.notDeepEqual(augmented(all, seededRandom(5)), augmented(all, seededRandom(6)));
});

test('texts that are no augmentation are refused', () => {
  for (const text of ['flop', 'crop', 'crop:0', 'crop:1.5', 'brightness:1', 'flip:2', 'shift:-1']) {
    const error = failure(() => parseAugmentations([text]));
    assert.equal(error.code, 'E_USAGE', text);
    assert.ok(error.message.includes(`"${text}"`), text);
  }
  assert.match(failure(() => createAugment(parseAugmentations(['crop:3']), SHAPE)).message, /out of itself/);
});
