import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Measured } from '../../../src/execute/evaluate.ts';
import { accuraciesOf, gotWorse, onlyGuesses } from '../../../src/train/run/comparison.ts';

function right(correct: number): Measured {
  return {
    evaluation: { kind: 'classification', samples: 200, correct, accuracy: correct / 200, confusion: [] },
    samplesPerSecond: 1,
  };
}

const reconstructed: Measured = {
  evaluation: { kind: 'reconstruction', samples: 200, meanSquaredError: 0.5 },
  samplesPerSecond: 1,
};

test('what was trained is int8, and the float file float; a float run has no int8', () => {
  const measured = { before: right(180), trained: right(170), float: right(176) };
  assert.deepEqual(accuraciesOf(measured, 'octo'), { before: 0.9, float: 0.88, int8: 0.85, samples: 200 });
  assert.deepEqual(accuraciesOf({ ...measured, float: null }, 'float'), {
    before: 0.9,
    float: 0.85,
    int8: null,
    samples: 200,
  });
});

test('a model that reconstructs has no accuracy', () => {
  const measured = { before: null, trained: reconstructed, float: null };
  assert.deepEqual(accuraciesOf(measured, 'qat'), { before: null, float: null, int8: null, samples: 200 });
  assert.equal(gotWorse({ ...measured, before: reconstructed }), null);
});

test('a loss of a hundredth is told, a smaller one is not', () => {
  assert.match(
    gotWorse({ before: right(180), trained: right(178), float: null })!,
    /from 90\.00 % to 89\.00 %/,
  );
  assert.equal(gotWorse({ before: right(180), trained: right(179), float: null }), null);
  assert.equal(gotWorse({ before: null, trained: right(10), float: null }), null);
});

test('a classifier that is right as often as guessing is told, a better one is not', () => {
  const of = (...confusion: readonly (readonly number[])[]): Measured => {
    const correct = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
    const samples = confusion.flat().reduce((sum, count) => sum + count, 0);
    const accuracy = correct / samples;
    return {
      evaluation: { kind: 'classification', samples, correct, accuracy, confusion },
      samplesPerSecond: 1,
    };
  };
  const told = (trained: Measured) => onlyGuesses({ before: null, trained, float: null });
  assert.match(
    told(of([20, 20, 20], [18, 22, 20], [21, 20, 19]))!.message,
    /^the trained model is right as often as guessing one of 3 classes is: 33\.89 % of 180 samples$/,
  );
  assert.match(told(of([60, 0, 0], [60, 0, 0], [60, 0, 0]))!.message, /always gives one class/);
  assert.match(told(of([60, 0, 0], [60, 0, 0], [60, 0, 0]))!.hint, /preprocessing/);
  assert.equal(told(of([40, 10, 10], [10, 40, 10], [10, 10, 40])), null);
  assert.equal(told(reconstructed), null);
});
