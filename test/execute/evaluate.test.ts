import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dataset, Sample } from '../../src/data/types.ts';
import { argMax, evaluate, oneByOne } from '../../src/execute/evaluate.ts';
import { evaluationText } from '../../src/report/evaluation-text.ts';

function dataset(samples: readonly Sample[]): Dataset {
  return {
    name: 'test data',
    length: samples.length,
    classes: null,
    files: [],
    async *samples(indices = samples.map((_, i) => i)) {
      for (const i of indices) yield samples[i]!;
    },
  };
}

const sample = (values: readonly number[], label: number | null): Sample => ({
  inputs: [Float32Array.from(values)],
  label,
});
/** A model that answers with its input. */
const echo = ({ inputs }: Sample): Float32Array => inputs[0]!;

test('counts right answers and confusions', async () => {
  const data = dataset([
    sample([9, 1, 0], 0),
    sample([1, 9, 0], 0),
    sample([1, 9, 0], 1),
    sample([0, 0, 9], 2),
    sample([5, 5, 5], 0),
  ]);
  let last = 0;
  const result = await evaluate(oneByOne(echo), data, { onProgress: (done) => (last = done) });
  assert.deepEqual(result, {
    kind: 'classification',
    samples: 5,
    correct: 4,
    accuracy: 0.8,
    confusion: [
      [2, 1, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  });
  assert.equal(last, 5);
});

test('counts the places of outputs that have classes', async () => {
  // Two classes of three places, channels first; the last place of the second sample has none.
  const outputs = [
    [9, 1, 0, 0, 2, 5],
    [0, 3, 0, 1, 2, 9],
  ];
  const targets = [
    [0, 1, 0],
    [1, 1, 255],
  ];
  const samples = outputs.map((values, i) => ({
    ...sample(values, null),
    target: Float32Array.from(targets[i]!),
  }));
  const data = { ...dataset(samples), targetElements: 3, targetsAreClasses: true };
  const result = await evaluate(oneByOne(echo), data);
  assert.deepEqual(result, {
    kind: 'classification',
    samples: 2,
    places: 5,
    correct: 3,
    accuracy: 0.6,
    confusion: [
      [1, 1],
      [1, 2],
    ],
  });
  assert.equal(evaluationText(result), '60.00 % of the places of 2 samples (3 of 5), mean IoU 41.67 %');
  for (const [target, message] of [
    [[0, 2, 0], /a place has the class 2, the model has 2/],
    [[0, 1, 0, 1], /classes of 4 places, the output of the model has 6 values/],
  ] as const) {
    const bad = [{ ...samples[0]!, target: Float32Array.from(target) }];
    const run = evaluate(oneByOne(echo), { ...data, ...dataset(bad), targetsAreClasses: true });
    await assert.rejects(run, { code: 'E_DATA', message });
  }
});

test('runs the asked samples only', async () => {
  const data = dataset([sample([1, 0], 0), sample([1, 0], 1)]);
  const result = await evaluate(oneByOne(echo), data, { indices: [1, 1] });
  assert.deepEqual([result.samples, result.kind === 'classification' && result.correct], [2, 0]);
});

test('without labels the error of reconstruction is measured', async () => {
  const data = dataset([sample([1, 2], null), sample([3, 4], null)]);
  const result = await evaluate(
    oneByOne(({ inputs }) => inputs[0]!.map((x) => x + 2)),
    data,
  );
  assert.deepEqual(result, { kind: 'reconstruction', samples: 2, meanSquaredError: 4 });
});

test('what has a target is measured against it', async () => {
  const aimed = (x: number, target: readonly number[]): Sample => ({
    ...sample([x], null),
    target: Float32Array.from(target),
  });
  const twice = oneByOne(({ inputs }) => Float32Array.of(inputs[0]![0]!, 2 * inputs[0]![0]!));
  const result = await evaluate(twice, dataset([aimed(1, [1, 4]), aimed(2, [4, 4])]));
  assert.deepEqual(result, { kind: 'reconstruction', samples: 2, meanSquaredError: 2 });
  const error = await evaluate(twice, dataset([aimed(1, [1, 2, 3])])).then(
    () => assert.fail('evaluated'),
    (cause) => cause,
  );
  assert.match(error.message, /targets have 3 values, the output of the model has 2/);
});

test('of equal scores the first wins, NaN never', () => {
  assert.equal(argMax(Float32Array.of(1, 3, 3)), 1);
  assert.equal(argMax(Float32Array.of(1, Number.NaN, 2)), 2);
});

test('without labels, and where the output is no input, it is said what labels are', async () => {
  const classify = oneByOne(() => Float32Array.of(0, 1));
  const error = await evaluate(classify, dataset([sample([1, 2, 3], null)])).then(
    () => assert.fail('evaluated'),
    (cause) => cause,
  );
  assert.equal(error.code, 'E_DATA');
  assert.match(error.message, /^the samples have no labels/);
  assert.match(error.hint, /one folder for each class.*"y" in an \.npz.*3 values, here 2/);
});

test('labels are checked before the work, and the file of a wrong one is named', async () => {
  const data: Dataset = {
    ...dataset([sample([1, 0], 0), sample([1, 0], 1), sample([0, 1], 7)]),
    labels: () => Int32Array.of(0, 1, 7),
    placeOf: (index) => `spoken/${index}.wav`,
  };
  let done = 0;
  const run = (indices?: readonly number[]) =>
    evaluate(oneByOne(echo), data, {
      ...(indices === undefined ? {} : { indices }),
      onProgress: () => done++,
    });
  for (const indices of [undefined, [0, 2]]) {
    const error = await run(indices).then(
      () => assert.fail('evaluated'),
      (cause) => cause,
    );
    assert.match(error.message, /sample 2 has label 7, the model has 2 outputs/);
    assert.deepEqual([error.at, done], [['spoken/2.wav'], 0]);
  }
  assert.equal((await run([0, 1])).samples, 2, 'what is not used does not count');
});

test('data that does not fit is refused', async () => {
  const cases = [[], [sample([1, 2], 2)], [sample([1, 2], -1)], [sample([1, 2], 0), sample([1, 2], null)]];
  for (const samples of cases)
    await assert.rejects(evaluate(oneByOne(echo), dataset(samples)), { code: 'E_DATA' });
  const shorter = ({ inputs }: Sample) => inputs[0]!.subarray(1);
  await assert.rejects(evaluate(oneByOne(shorter), dataset([sample([1, 2], null)])), { code: 'E_DATA' });
});
