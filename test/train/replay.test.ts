/** Which samples are kept for replay, and which are drawn. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { regularise } from '../../src/passes/pipeline.ts';
import { recall, remember, stepNumber } from '../../src/train/replay.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import { failure } from '../failure.ts';
import { classifier, fixedRangesOf } from '../targets/trained-firmware.ts';
import { settings } from './networks.ts';

type ReplayBuffer = Parameters<typeof remember>[0];

const [CLASSES, PER_CLASS, BYTES] = [3, 4, 2];

function bufferOf(): ReplayBuffer {
  return {
    latents: new Int8Array(CLASSES * PER_CLASS * BYTES),
    seen: new Int32Array(CLASSES),
    perClass: PER_CLASS,
  };
}

/** What is kept of a class after samples 0 .. count - 1, each of which is its latent. */
function keptOf(count: number, label: number, seed: number): readonly number[] {
  const buffer = bufferOf();
  for (let i = 0; i < count; i++) remember(buffer, label, Int8Array.of(i, i), seed, i);
  assert.deepEqual(
    [...buffer.seen],
    Array.from({ length: CLASSES }, (_, one) => (one === label ? count : 0)),
  );
  const first = label * PER_CLASS * BYTES;
  const own = buffer.latents.subarray(first, first + PER_CLASS * BYTES);
  assert.ok(
    buffer.latents.every((value, i) => value === 0 || (i >= first && i < first + own.length)),
    'places of other classes are as they were',
  );
  return [...own.filter((_, i) => i % BYTES === 0)];
}

describe('latents that are kept', () => {
  it('are the first of a class, as long as there are places', () => {
    assert.deepEqual(keptOf(4, 1, 7), [0, 1, 2, 3]);
    assert.deepEqual(keptOf(2, 2, 7), [0, 1, 0, 0]);
  });

  it('are then any of its samples, with the same chance', () => {
    const samples = 20;
    const counts = new Array(samples).fill(0);
    const runs = 4000;
    for (let seed = 0; seed < runs; seed++) for (const one of keptOf(samples, 1, 16 * seed)) counts[one] += 1;
    const expected = (runs * PER_CLASS) / samples;
    // Five standard deviations of a binomial count.
    const far = counts.filter((count) => Math.abs(count - expected) > 5 * Math.sqrt(0.8 * expected));
    assert.deepEqual(far, [], String(counts));
  });
});

describe('a latent that is drawn', () => {
  it('is of any class that has some, with the same chance, however many it has', () => {
    const buffer = bufferOf();
    for (let i = 0; i < 9; i++) remember(buffer, 0, Int8Array.of(1, 1), 5, i);
    remember(buffer, 2, Int8Array.of(2, 2), 5, 9);
    const drawn = Array.from({ length: 1000 }, (_, number) => recall(buffer, BYTES, 5, number));
    const ofLast = drawn.filter(({ label }) => label === 2);
    assert.ok(ofLast.length > 420 && ofLast.length < 580, String(ofLast.length));
    assert.ok(ofLast.every(({ latent }) => latent[0] === 2 && latent[1] === 2));
    assert.ok(drawn.every(({ label, latent }) => label === 2 || (label === 0 && latent[0] === 1)));
  });
});

it('steps have numbers of their own, those on latents included', () => {
  const replay = { latents: 3, steps: 2 };
  const all = [0, 1, 2].flatMap((sample) => [0, 1, 2].map((which) => stepNumber(sample, which, replay)));
  assert.deepEqual(all, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.equal(stepNumber(7, 0, null), 7);
});

describe('replay is refused', () => {
  const replay = { latents: 9, steps: 1 };
  const octo = { weights: 'int8', ranges: 'fixed' } as const;
  const good = { method: 'octo', batchSize: 1, replay, octo } as const;
  for (const [what, changes] of [
    ['batches', { ...good, batchSize: 2 }],
    ['ranges that are learned', { ...good, octo: { weights: 'int8' } }],
    ['means of several steps', { ...good, accumulate: 2 }],
    ['reconstructions', { ...good, loss: { kind: 'mean-squared-error' } }],
    ['fewer latents than classes', { ...good, replay: { latents: 2, steps: 1 } }],
  ] as const) {
    it(`of ${what}`, async () => {
      const ranges = await fixedRangesOf(settings({ ...good, replay: null }));
      const { code, at } = failure(() => createTrainer(regularise(classifier()), settings(changes), ranges));
      assert.equal(code, 'E_USAGE');
      assert.match(at[0]!, /^--replay/);
    });
  }
});
