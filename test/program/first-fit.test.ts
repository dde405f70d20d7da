import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { firstFitOf, type Interval, type Pair } from '../../src/program/first-fit.ts';

/** The same by its definition: the lowest offset at which a block meets none that is placed and shares time with it, but as pairs may. */
function slowly(blocks: readonly Interval[], order: readonly number[], pairs: readonly Pair[]): number[] {
  const offsets = new Array<number>(blocks.length).fill(0);
  const placed: number[] = [];
  for (const i of order) {
    const { bytes, alignment, first, last } = blocks[i]!;
    const others = placed.filter((j) => blocks[j]!.first <= last && blocks[j]!.last >= first);
    const fits = (j: number, offset: number): boolean =>
      pairs.some(({ block, other, least, most, multiple }) => {
        if ((block !== i || other !== j) && (block !== j || other !== i)) return false;
        const distance = block === i ? offsets[j]! - offset : offset - offsets[j]!;
        return (distance >= least || distance <= most) && distance % multiple === 0;
      });
    const free = (offset: number): boolean =>
      others.every(
        (j) => offsets[j]! >= offset + bytes || offsets[j]! + blocks[j]!.bytes <= offset || fits(j, offset),
      );
    while (!free(offsets[i]!)) offsets[i]! += alignment;
    placed.push(i);
  }
  return offsets;
}

test('first fit finds the lowest free offset of every block, whether few or many share its time', () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = seededRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const steps = 1 + below(60);
    const longest = 1 + below(seed % 2 === 0 ? 3 : steps);
    const blocks = Array.from({ length: below(160) }, (): Interval => {
      const first = below(steps + 1) - 1;
      const alignment = random() < 0.2 ? 16 : 4;
      return { bytes: 4 * (1 + below(12)), alignment, first, last: first + below(longest) };
    });
    const order = blocks.map((_, i) => i).sort(() => random() - 0.5);
    const some = seed % 5 === 0 ? order.slice(1) : order;
    assert.deepEqual(firstFitOf(blocks)(some), slowly(blocks, some, []), `seed ${seed}`);
    const same = blocks.map((block) => ({ ...block, alignment: 4 }));
    const pairs = blocks.slice(1).map((_, i): Pair => {
      const [block, other] = random() < 0.5 ? [i, i + 1] : [i + 1, i];
      const least = below(60) - 30;
      return { block, other, least, most: least - 1 - below(40), multiple: 1 + below(7) };
    });
    assert.deepEqual(firstFitOf(same, pairs)(some), slowly(same, some, pairs), `seed ${seed}, pairs`);
    const free = pairs.map((pair) => ({ ...pair, multiple: 1 }));
    assert.deepEqual(firstFitOf(blocks, free)(some), slowly(blocks, some, free), `seed ${seed}, alignments`);
  }
  assert.deepEqual(firstFitOf([])([]), []);
});
