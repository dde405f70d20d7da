import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { type Candidate, draw } from '../../src/search/candidate.ts';
import { explore, type PlannedCandidate } from '../../src/search/explore.ts';
import { finalistsOf } from '../../src/search/finalists.ts';
import { networkOf } from '../../src/search/network.ts';
import { type Budget, costOf, isWithin } from '../../src/search/oracle.ts';
import { loadSpace } from '../../src/search/space.ts';
import { loadEmitter } from '../../src/targets/index.ts';

const space = loadSpace(join(packageRoot(), 'fixtures', 'search', 'mobile.json'));
const { assess } = await loadEmitter('stm32f411');
const asked = { library: 'builtin', seed: 1 } as const;

/** Without an oracle: work grows with width and channels. */
function simple({ width, stages }: Candidate) {
  const macs = width * stages.reduce((sum, { channels, depth }) => sum + channels * depth, 0);
  if (macs > 150) return null;
  return {
    ramBytes: 0,
    tableBytes: 0,
    macs,
    instructions: null,
    latencyMs: null,
    deviceRamBytes: 1,
    missingRamBytes: 0,
    deviceFlashBytes: 1,
  };
}

/** Large windows: nothing else says so. */
const kernels = ({ candidate }: PlannedCandidate): number =>
  candidate.stages.reduce((sum, { kernel }) => sum + kernel, 0);

const exploring = (count: number, seed = 1) =>
  explore({
    space,
    plan: simple,
    score: kernels,
    count,
    seed,
    signal: new AbortController().signal,
    onPlanned: () => {},
  });

test('looks where networks within the budget compute most, and does the same again', async () => {
  const found = await exploring(400);
  assert.deepEqual(await exploring(400), found);
  const { subspaces, chosen, planned, fitting } = found;
  assert.equal(subspaces.length, 4);
  assert.ok(subspaces.every(({ meanMacs }) => meanMacs <= chosen.meanMacs && meanMacs <= 150));
  assert.equal(new Set(fitting.map(({ key }) => key)).size, fitting.length);
  assert.equal(planned, 400);
});

test('evolution finds more of what scores', async () => {
  const { fitting, chosen } = await exploring(400);
  const own = fitting.filter(({ candidate }) => candidate.width === chosen.width);
  const mean = (list: typeof fitting): number =>
    list.reduce((sum, one) => sum + kernels(one), 0) / list.length;
  const [early, late] = [mean(own.slice(0, 30)), mean(own.slice(-30))];
  assert.ok(late > early * 1.1, `${late} behind ${early}`);
});

test('a small space ends when it is seen, an empty budget is refused', async () => {
  const tiny = { ...space, stages: space.stages.slice(0, 1) };
  const options = {
    space: tiny,
    plan: simple,
    score: () => 0,
    count: 1000,
    seed: 1,
    signal: new AbortController().signal,
    onPlanned: () => {},
  };
  const { planned, chosen } = await explore(options);
  // Three numbers of channels, two kernels, strides, pools and heads, under four widths.
  assert.ok(planned <= 4 * 48 && planned > 2 * 48);
  assert.equal(chosen.width, 1.5);
  await assert.rejects(
    explore({ ...options, plan: () => null }),
    (error: unknown) => error instanceof TinymlError && error.code === 'E_MEMORY',
  );
});

test('half of the finalists are the largest, the others are spread over the best quarter by score', async () => {
  const exploration = await exploring(200);
  const living = exploration.fitting.filter(({ candidate }) => candidate.width === exploration.chosen.width);
  const finalists = finalistsOf(exploration, ({ cost }) => -cost.macs, 4);
  assert.deepEqual(
    finalists.map(({ by, scoreRank, macsRank }) => [by, by === 'score' ? scoreRank : macsRank]),
    [
      ['score', 1],
      ['MACs', 1],
      ['score', 1 + Math.floor(living.length / 8)],
      ['MACs', 2],
    ],
  );
});

test('what a candidate costs is what its plan says, by rows where RAM alone is short', () => {
  const random = seededRandom(5);
  const free: Budget = { ramBytes: null, flashBytes: null, latencyMs: null };
  for (let i = 0; i < 3; i++) {
    const model = networkOf(space, draw(space, space.sizes[0]!, 1, random));
    const cost = costOf(assess!, model, free, asked);
    const graph = prepareGraph(model, { deadChannels: false });
    const { planned } = assess!({ graph, float: true }, asked);
    assert.ok(planned.plan.arenaBytes <= cost.ramBytes);
    assert.ok(cost.ramBytes <= 1.1 * planned.plan.arenaBytes);
    assert.equal(cost.instructions, planned.estimate!.instructions);
    const half = { ...free, ramBytes: Math.round(0.7 * cost.ramBytes) };
    const rows = costOf(assess!, model, half, asked);
    assert.ok(rows.ramBytes < cost.ramBytes, `${rows.ramBytes} of ${cost.ramBytes}`);
    assert.ok(rows.instructions! >= cost.instructions!);
    // What takes too long is not cut into rows.
    const late = { ...half, latencyMs: 0.001 };
    assert.deepEqual(costOf(assess!, model, late, asked), cost);
    assert.equal(isWithin(cost, late), false);
  }
});
