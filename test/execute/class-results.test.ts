import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classResults, mostMistaken } from '../../src/execute/class-results.ts';
import { classFacts, classJson } from '../../src/report/class-rows.ts';

/** Rows are classes, columns what they were taken for; nothing is of class 2. */
const CONFUSION = [
  [7, 3, 0],
  [1, 4, 0],
  [0, 0, 0],
];
const EVALUATION = {
  kind: 'classification',
  samples: 15,
  correct: 11,
  accuracy: 11 / 15,
  confusion: CONFUSION,
} as const;

test('every class has its share of right answers, and none without samples', () => {
  assert.deepEqual(classResults(CONFUSION, ['cat', 'dog']), [
    { index: 0, name: 'cat', samples: 10, correct: 7, accuracy: 0.7 },
    { index: 1, name: 'dog', samples: 5, correct: 4, accuracy: 0.8 },
    { index: 2, name: null, samples: 0, correct: 0, accuracy: null },
  ]);
});

test('mistakes come by their number, at most ten of them', () => {
  assert.deepEqual(mostMistaken(CONFUSION), [
    { label: 0, prediction: 1, samples: 3, share: 0.3 },
    { label: 1, prediction: 0, samples: 1, share: 0.2 },
  ]);
  const all = Array.from({ length: 5 }, () => [1, 2, 3, 4, 5]);
  const most = mostMistaken(all);
  assert.equal(most.length, 10);
  assert.deepEqual(most[0], { label: 0, prediction: 4, samples: 5, share: 1 / 3 });
  assert.ok(most.every(({ label, prediction }) => label !== prediction));
});

test('the text names the worst classes and what they were taken for, and says nothing where all is right', () => {
  assert.deepEqual(classFacts(EVALUATION, ['cat', 'dog']), [
    ['worst classes', '0 cat 70.00 % (7 of 10), 1 dog 80.00 % (4 of 5)'],
    ['mistakes', '0 cat taken for 1 dog 3 times, 1 dog taken for 0 cat 1 time'],
  ]);
  assert.match(classFacts(EVALUATION, [])[0]![1], /^class 0 70\.00 %/);
  assert.deepEqual(classFacts({ ...EVALUATION, correct: 15 }, []), []);
  assert.deepEqual(classFacts({ kind: 'reconstruction', samples: 1, meanSquaredError: 0.5 }, []), []);
});

test('JSON has the accuracy in float beside that of the quantised model', () => {
  const float = {
    ...EVALUATION,
    confusion: [
      [9, 1, 0],
      [0, 5, 0],
      [0, 0, 0],
    ],
  };
  const { classes, mistakes } = classJson(EVALUATION, ['cat'], float)!;
  assert.deepEqual(
    classes.map((one) => (one as { floatAccuracy?: number | null }).floatAccuracy),
    [0.9, 1, null],
  );
  assert.deepEqual(mistakes[0], {
    label: 0,
    prediction: 1,
    samples: 3,
    share: 0.3,
    labelName: 'cat',
    predictionName: null,
  });
  assert.equal(classJson({ kind: 'reconstruction', samples: 1, meanSquaredError: 0.5 }, []), null);
});
