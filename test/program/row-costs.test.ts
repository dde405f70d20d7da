import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { stepMacs } from '../../src/program/kernels/index.ts';
import { costsOf } from '../../src/program/row-costs.ts';
import { rowStreams } from '../../src/program/row-streams.ts';
import { rowwise } from '../../src/program/rowwise.ts';
import { randomRowNetwork } from './row-networks.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false }, overlap: true } as const;

const PLAIN: Parameters<typeof rowStreams>[2] = {
  packStep: (step) => step,
  instructionsOf: (step) => 50 + stepMacs(step),
};

test('no segment takes less than its outline, in bytes or instructions', () => {
  const random = seededRandom(2);
  let compared = 0;
  for (let n = 0; n < 40; n++) {
    const program = randomRowNetwork(random, 3 + (n % 8));
    const { outline, fewest, segment } = costsOf(rowwise(program), OPTIONS, PLAIN);
    for (let end = 2; end <= program.steps.length; end++) {
      for (let first = 0; first < end - 1; first++) {
        for (const group of [0, 2]) {
          const [least, exactly] = [outline(first, end, group), segment(first, end, group)];
          if (least === null || exactly === null) continue;
          const place = `network ${n}, steps ${first} .. ${end - 1}, group ${group}`;
          assert.ok(least.bytes <= exactly.bytes, `${place}: ${least.bytes} of ${exactly.bytes} bytes`);
          assert.ok(fewest(first, end, group) <= exactly.instructionsIn(Number.POSITIVE_INFINITY), place);
          compared++;
        }
      }
    }
  }
  assert.ok(compared > 1000, `${compared} segments`);
});

test('every network has cuts within the fewest bytes that are found', () => {
  const random = seededRandom(4711);
  for (let n = 0; n < 40; n++) {
    const program = randomRowNetwork(random, 3 + (n % 14));
    const streams = rowStreams(program, OPTIONS, PLAIN);
    const { bytes } = streams(0);
    assert.equal(streams(bytes).bytes, bytes, `network ${n}`);
  }
});
