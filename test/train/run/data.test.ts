import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Dataset, IndexedDataset } from '../../../src/data/types.ts';
import { int } from '../../../src/graph/build.ts';
import { checkData, describeData, splitData } from '../../../src/train/run/data.ts';
import type { ValidationChoice } from '../../../src/train/run/settings.ts';
import { failure } from '../../failure.ts';
import { network, settings } from '../networks.ts';

const LOSS = { kind: 'cross-entropy', labelSmoothing: 0 } as const;
const share = (of: number, isDefault = false): ValidationChoice => ({ kind: 'share', share: of, isDefault });

/** Samples whose input is their index. @param recordings the first sample of each */
function numbered(length: number, recordings?: readonly number[]): IndexedDataset {
  const all = Array.from({ length }, (_, i) => i);
  return {
    name: 'numbers',
    length,
    classes: 2,
    files: [],
    async *samples(indices = all) {
      for (const i of indices) yield { inputs: [Float32Array.of(i)], label: i % 2 };
    },
    fill: () => assert.fail('nothing is read'),
    labels: () => Int32Array.from(all, (i) => i % 2),
    ...(recordings === undefined ? {} : { recordings }),
  };
}

async function numbersOf(dataset: Dataset): Promise<readonly number[]> {
  const numbers: number[] = [];
  for await (const { inputs } of dataset.samples()) numbers.push(inputs[0]![0]!);
  return numbers;
}

describe('validation data from the training data', () => {
  it('are whole recordings, none of whose windows is trained on', async () => {
    // Recordings of 1 to 20 windows.
    const firsts = Array.from({ length: 20 }, (_, i) => (i * (i + 1)) / 2);
    const data = numbered(210, firsts);
    const recordingOf = (sample: number): number => firsts.findLastIndex((first) => first <= sample);
    const chosen = new Set<string>();
    for (const seed of [1, 2, 3, 4]) {
      const { indices, validation, note, warning } = splitData(data, null, share(0.25), LOSS, seed);
      const held = await numbersOf(validation!);
      assert.equal(warning, null);
      const recordings = new Set(held.map(recordingOf));
      assert.equal(recordings.size, 5);
      assert.deepEqual(
        held,
        Array.from({ length: 210 }, (_, i) => i).filter((i) => recordings.has(recordingOf(i))),
      );
      assert.deepEqual(
        [...indices!, ...held].sort((a, b) => a - b),
        Array.from({ length: 210 }, (_, i) => i),
      );
      assert.equal(note, `for validation 5 of 20 recordings are held out: ${held.length} of 210 samples`);
      chosen.add([...recordings].join());
    }
    assert.ok(chosen.size > 1, 'which ones follows from the seed');
  });

  it('are recordings of every class', () => {
    // Recordings of two samples: 4 of class 0, 8 of class 1, 12 of class 2.
    const classes = Array.from({ length: 24 }, (_, recording) =>
      recording < 4 ? 0 : recording < 12 ? 1 : 2,
    );
    const firsts = classes.map((_, recording) => 2 * recording);
    const data = { ...numbered(48, firsts), labels: () => Int32Array.from(classes.flatMap((c) => [c, c])) };
    for (let seed = 0; seed < 50; seed++) {
      const { indices } = splitData(data, null, share(0.25), LOSS, seed);
      const left = [0, 0, 0];
      for (const sample of indices!) left[classes[sample >> 1]!]!++;
      assert.deepEqual(left, [6, 12, 18]);
    }
  });

  it('are samples where each stands for itself', async () => {
    const { indices, validation, note } = splitData(numbered(20), null, share(0.25), LOSS, 1);
    const held = await numbersOf(validation!);
    assert.equal(held.length, 5);
    assert.equal(note, null);
    assert.equal(new Set([...indices!, ...held]).size, 20);
  });

  it('are refused of one recording, and left out by default', () => {
    const one = numbered(500, [0]);
    const { message, hint } = failure(() => splitData(one, null, share(0.1), LOSS, 1));
    assert.equal(message, 'of 1 recording 0 would be for validation');
    assert.match(hint!, /recordings are held out whole/);
    const { indices, validation, warning } = splitData(one, null, share(0.1, true), LOSS, 1);
    assert.deepEqual([indices, validation], [null, null]);
    assert.match(warning!, /500 samples of 1 recording are too few/);
  });
});

it('a checkpoint knows data of other recordings', () => {
  assert.notEqual(describeData(numbered(20, [0, 10])), describeData(numbered(20)));
});

it('classes of places are held against an output that scores each of them', async () => {
  const places = network([1, 2, 3, 4], ({ conv, op }, x) =>
    op('Softmax', 'shares', [conv('conv', x, [3, 2, 2, 2])], { axis: int(1) }),
  );
  const data = { ...numbered(4), targetElements: 6, targetsAreClasses: true };
  assert.equal(checkData(places, settings(), data, []), null);
  for (const [bad, code, message] of [
    [numbered(4), 'E_SHAPE', /classes for each place, and the data none for places/],
    [{ ...data, targetElements: 5 }, 'E_DATA', /classes of 5 places, the output of the model has 18 values/],
    [{ ...data, targetsAreClasses: false }, 'E_SHAPE', /none for places/],
  ] as const) {
    const error = failure(() => checkData(places, settings(), data, [bad]));
    assert.equal(error.code, code);
    assert.match(error.message, message);
  }
  const row = network([1, 4], ({ gemm }, x) => gemm('dense', x, 3, 4));
  assert.match(
    failure(() => checkData(row, settings(), data, [])).message,
    /targets of 6 values, not the numbers/,
  );
});
