/** What is said of samples without labels. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dataset, Sample } from '../../src/data/types.ts';
import { isUnlabelled, predictionOf, type Reading, readingOf } from '../../src/execute/predictions.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { modelBytes, node, valueInfo } from '../onnx/models.ts';

const sample = (values: readonly number[], label: number | null = null, at?: string): Sample => ({
  inputs: [Float32Array.from(values)],
  label,
  ...(at === undefined ? {} : { at }),
});
const predicted = (kind: Reading['kind'], output: readonly number[], labels: readonly string[] = []) => {
  const reading = kind === 'classes' ? ({ kind, score: 'score' } as const) : ({ kind } as Reading);
  return predictionOf(reading, sample([1, 2, 3], null, 'a.png'), Float32Array.from(output), labels, 7);
};

test('the three best classes with their names, of equals the first; NaN never wins', () => {
  assert.deepEqual(predicted('classes', [1, 9, 9, Number.NaN, 4], ['a', 'b']), {
    place: 'a.png',
    kind: 'classes',
    best: [
      { index: 1, name: 'b', score: 9 },
      { index: 2, name: null, score: 9 },
      { index: 4, name: null, score: 4 },
    ],
  });
  const two = predicted('classes', [Number.NaN, -1]);
  assert.deepEqual(two.kind === 'classes' && two.best.map(({ index }) => index), [1, 0]);
});

test('other outputs are summed up; a sample that does not say where it lies has its number', () => {
  assert.deepEqual(predicted('values', [1, -2, 4]), {
    place: 'a.png',
    kind: 'values',
    elements: 3,
    min: -2,
    max: 4,
    mean: 1,
    first: [1, -2, 4],
  });
  assert.deepEqual(predictionOf({ kind: 'reconstruction' }, sample([1, 2]), Float32Array.of(3, 2), [], 7), {
    place: 'sample 7',
    kind: 'reconstruction',
    meanSquaredError: 2,
  });
});

test('how an output is read: classes, the input again, or values', () => {
  const graph = (op: string, shape: readonly number[], attributes = {}) =>
    prepareGraph(
      importModel(
        modelBytes(13, {
          node: [node(op, ['x'], ['y'], attributes)],
          initializer: [],
          input: [valueInfo('x', [...shape])],
          output: [valueInfo('y', null)],
        }),
        { path: 'm.onnx' },
      ),
    );
  const pool = graph('GlobalAveragePool', [1, 4, 8, 8]);
  assert.deepEqual(readingOf(pool, []), { kind: 'classes', score: 'score' });
  assert.deepEqual(readingOf(pool, ['a', 'b']), { kind: 'values' });
  const softmax = graph('Softmax', [1, 3]);
  assert.deepEqual(readingOf(softmax, []), { kind: 'reconstruction' });
  assert.deepEqual(readingOf(softmax, ['a', 'b', 'c']), { kind: 'classes', score: 'probability' });
  assert.deepEqual(readingOf(graph('MaxPool', [1, 2, 8, 8], { kernel_shape: [2, 2] }), []), {
    kind: 'values',
  });
});

test('data are unlabelled where no sample has a label; of sequences the judged frames count', async () => {
  const of = (samples: readonly Sample[], labels?: readonly number[]): Dataset => ({
    name: 'd',
    length: samples.length,
    classes: null,
    files: [],
    ...(labels === undefined ? {} : { labels: () => Int32Array.from(labels) }),
    async *samples() {
      yield* samples;
    },
  });
  assert.equal(await isUnlabelled(of([], [-1, -1])), true);
  assert.equal(await isUnlabelled(of([], [-1, 2])), false);
  const frame = (label: number | null, judged: boolean): Sample => ({
    ...sample([0], label),
    frame: { index: 0, last: judged, judged },
  });
  assert.equal(await isUnlabelled(of([frame(null, false), frame(1, true)])), false);
  assert.equal(await isUnlabelled(of([frame(null, true)])), true);
});
