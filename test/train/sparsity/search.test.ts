import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../src/numbers/random.ts';
import type { Choice, Part } from '../../../src/train/sparsity/schemes.ts';
import { choiceKey, withPart } from '../../../src/train/sparsity/schemes.ts';
import { type Bytes, type SearchProblem, search } from '../../../src/train/sparsity/search.ts';

const LAYERS = 4;
const SHARES = [0.25, 0.5, 1];

/** A problem whose memory is no sum: state of every part, and the largest of what each saves. */
function problem(seed: number, budget: number): SearchProblem {
  const random = seededRandom(seed);
  const of = () => Array.from({ length: LAYERS }, () => 100 + Math.floor(900 * random()));
  const [states, saved, gains] = [of(), of(), of()] as [number[], number[], number[]];
  const stateOf = ({ layer, share }: Part): number => Math.round(share * states[layer]!);
  const bytesOf = ({ depth, parts }: Choice): Bytes => {
    const state = 40 * depth + parts.reduce((sum, part) => sum + stateOf(part), 0);
    const peak = Math.max(200 * depth, ...parts.map(({ layer, share }) => share * saved[layer]! + 300));
    // Some plans have gaps.
    const gap = choiceKey({ depth, parts }).length % 3 === 0 ? 64 : 0;
    return { arena: state + peak + gap, least: state + peak, state };
  };
  return {
    depths: [1, 2, 3, 4],
    partsAt: (depth) =>
      Array.from({ length: depth }, (_, i) => LAYERS - 1 - i).flatMap((layer) =>
        SHARES.map((share) => ({ layer, share })),
      ),
    gainOf: ({ depth, parts }) =>
      150 * Math.sqrt(depth) +
      parts.reduce((sum, { layer, share }) => sum + (gains[layer]! - 300) * Math.sqrt(share), 0),
    bytesOf,
    budget,
    limit: 100000,
  };
}

/** All choices there are of parts that gain something. */
function everyChoice({ depths, partsAt, gainOf }: SearchProblem): readonly Choice[] {
  const gains = (depth: number, part: Part): boolean =>
    gainOf({ depth, parts: [part] }) > gainOf({ depth, parts: [] });
  return depths.flatMap((depth) => {
    let choices: readonly Choice[] = [{ depth, parts: [] }];
    for (let layer = LAYERS - depth; layer < LAYERS; layer++) {
      const own = partsAt(depth).filter((part) => part.layer === layer && gains(depth, part));
      choices = choices.flatMap((choice) => [choice, ...own.map((part) => withPart(choice, part))]);
    }
    return choices;
  });
}

describe('the search for a scheme', () => {
  it('finds the best that fits, as trying all of them does', () => {
    for (let seed = 1; seed <= 30; seed++) {
      for (const budget of [400, 900, 1500, 2500, 6000]) {
        const given = problem(seed, budget);
        const fitting = everyChoice(given).filter((choice) => given.bytesOf(choice).arena <= budget);
        const best = fitting.map(given.gainOf).reduce((most, gain) => Math.max(most, gain), -Infinity);
        const found = search(given);
        assert.equal(found === null, fitting.length === 0, `seed ${seed}, ${budget} bytes`);
        if (found === null) continue;
        assert.ok(found.bytes <= budget);
        assert.ok(Math.abs(found.gain - best) < 1e-9, `seed ${seed}, ${budget} bytes`);
        assert.ok(found.isBest);
      }
    }
  });

  it('plans no more than it may, and says that there may be better', () => {
    const given = problem(3, 2500);
    let plans = 0;
    const found = search({
      ...given,
      limit: 10,
      bytesOf: (choice) => {
        plans++;
        return given.bytesOf(choice);
      },
    });
    assert.ok(plans < 80, String(plans));
    assert.ok(found!.bytes <= 2500);
    assert.equal(found!.isBest, false);
  });
});
