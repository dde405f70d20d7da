import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  learningRates,
  parseSchedule,
  parseWarmup,
  type RateOptions,
} from '../../../src/train/run/schedule.ts';
import { failure } from '../../failure.ts';

const rates = (schedule: string, warmup = '0', more: Partial<RateOptions> = {}) =>
  learningRates({
    schedule: parseSchedule(schedule),
    warmup: parseWarmup(warmup),
    rate: 0.1,
    epochs: 10,
    stepsPerEpoch: 100,
    ...more,
  });

test('constant stays, as a float32 value', () => {
  const rate = rates('constant');
  assert.equal(rate(0), Math.fround(0.1));
  assert.equal(rate(999), Math.fround(0.1));
});

test('cosine follows the cosine', () => {
  const rate = rates('cosine', '100');
  for (let step = 100; step < 1000; step++) {
    const expected = 0.05 * (1 + Math.cos((Math.PI * (step - 100)) / 900));
    assert.ok(Math.abs(rate(step) - expected) < 1e-8, `step ${step}: ${rate(step)}, not ${expected}`);
  }
  assert.equal(rates('cosine')(1000), 0);
});

test('step divides at the start of its epochs', () => {
  const rate = rates('step:0.1@3,6');
  assert.equal(rate(299), Math.fround(0.1));
  assert.equal(rate(300), Math.fround(0.1 * 0.1));
  assert.equal(rate(600), Math.fround(0.1 * (0.1 * 0.1)));
});

test('the warm-up rises in equal parts to the full rate', () => {
  const rate = rates('constant', '4');
  assert.deepEqual(
    [0, 1, 2, 3, 4].map(rate),
    [0.2, 0.4, 0.6, 0.8, 1].map((share) => Math.fround(0.1 * share)),
  );
  assert.equal(rates('constant', '2epochs')(199), Math.fround((0.1 * 200) / 201));
  assert.equal(rates('constant', '2epochs')(200), Math.fround(0.1));
  assert.equal(rates('constant', '5000')(999), Math.fround((0.1 * 1000) / 1001));
});

test('texts that are no schedule are refused', () => {
  for (const text of [
    'linear',
    'step',
    'step:0.1',
    'step:0@3',
    'step:2@3',
    'step:0.1@6,3',
    'step:0.1@0',
    'step:0.1@3,',
  ]) {
    assert.equal(failure(() => parseSchedule(text)).code, 'E_USAGE', text);
  }
  for (const text of ['soon', '-1', '1.5', '2hours']) {
    assert.equal(failure(() => parseWarmup(text)).code, 'E_USAGE', text);
  }
});
