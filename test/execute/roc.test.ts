/** Area under the ROC curve, against counting all pairs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaUnderRoc } from '../../src/execute/roc.ts';
import { seededRandom } from '../../src/numbers/random.ts';

test('it is the share of pairs in which the other scores more, ties counted half', () => {
  const random = seededRandom(1);
  const draw = (length: number) => Array.from({ length }, () => Math.floor(12 * random()));
  for (let round = 0; round < 20; round++) {
    const [normal, others] = [draw(7), draw(5)];
    const won = others.flatMap((a) => normal.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
    const expected = won.reduce<number>((sum, one) => sum + one, 0) / won.length;
    assert.equal(areaUnderRoc(normal, others), expected);
  }
});

test('there is none without both', () => {
  assert.equal(areaUnderRoc([], [1]), null);
  assert.equal(areaUnderRoc([1], []), null);
});
