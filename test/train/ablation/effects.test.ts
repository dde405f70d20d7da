import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnalysisOptions, analyse, type Effect } from '../../../src/train/ablation/effects.ts';
import { type Arm, armKey } from '../../../src/train/ablation/factors.ts';
import { type Controls, type Plan, parseGrid, planArms } from '../../../src/train/ablation/grid.ts';
import type { Row } from '../../../src/train/ablation/rows.ts';
import { effectName, sentences } from '../../../src/train/ablation/sentences.ts';

const SEEDS = [1, 2, 3, 4, 5];
/** Luck of each seed, the same for all arms: what pairing takes away. */
const LUCK = [0, -3, 2, 4, -1];
/** What is left: differs from arm to arm. */
const NOISE = [0.1, -0.1, 0.2, 0, -0.2];

/** Rows whose accuracy in per cent is `points(arm)`, with luck and noise. */
function rowsOf(plan: Plan, points: (arm: Arm) => number, trained = points): readonly Row[] {
  return plan.arms.flatMap((arm, a) =>
    SEEDS.map((seed, i): Row => {
      const error = LUCK[i]! + NOISE[(i + a) % NOISE.length]!;
      return {
        arm: armKey(arm),
        seed,
        exported: (points(arm) + error) / 100,
        asTrained: (trained(arm) + error) / 100,
        loss: 1,
        cosine: 0.9,
        failure: null,
        seconds: 1,
      };
    }),
  );
}

const planOf = (text: string, controls: Controls = 'none'): Plan =>
  planArms(parseGrid(text), controls, false);
const run = (plan: Plan, rows: readonly Row[], options: Partial<AnalysisOptions> = {}) =>
  analyse(plan, rows, { margin: 0.5, samples: 1000, ...options });
const find = (effects: readonly Effect[], factor: string, value: string, context: Arm = {}): Effect => {
  const found = effects.find(
    (effect) =>
      effect.factor === factor &&
      effect.value === value &&
      Object.entries(context).every(([name, one]) => effect.context[name as keyof Arm] === one),
  );
  assert.ok(found !== undefined, `no effect of ${factor} ${value}`);
  return found;
};

test('differences are paired by seed: the luck of a seed does not hide an effect', () => {
  const plan = planOf('prc=off,mse round=nearest');
  const { arms, overall, separate } = run(
    plan,
    rowsOf(plan, ({ prc }) => (prc === 'mse' ? 81 : 80)),
  );
  const { exported, pairs } = find(overall, 'prc', 'mse');
  assert.equal(pairs, 1);
  assert.equal(exported.verdict, 'helps');
  assert.ok(Math.abs(exported.interval.mean - 1) < 1e-9);
  assert.equal(separate.length, 0, 'there is nothing to tell apart');
  const [off, mse] = arms;
  assert.ok(off!.exported.high! > mse!.exported.low!, 'the intervals of the arms themselves overlap');
});

test('no difference is told from nothing shown', () => {
  const plan = planOf('round=nearest,stochastic');
  const same = run(
    plan,
    rowsOf(plan, () => 80),
  );
  assert.equal(same.overall[0]!.exported.verdict, 'equivalent');
  const wide = run(
    plan,
    rowsOf(plan, () => 80),
    { margin: 0.05 },
  );
  assert.equal(wide.overall[0]!.exported.verdict, 'unclear');
});

test('an effect in some settings only is told apart from the whole', () => {
  const plan = planOf('prc=off,mse bits-g=8,3 round=nearest,stochastic');
  const points = (arm: Arm): number =>
    arm['bits-g'] === '3' && arm.round === 'nearest' && arm.prc === 'off' ? 76 : 80;
  const rows = rowsOf(plan, points);
  const { overall, separate } = run(plan, rows);
  const whole = find(overall, 'prc', 'mse');
  assert.equal(whole.pairs, 4);
  assert.ok(Math.abs(whole.exported.interval.mean - 1) < 0.2);
  const three = find(separate, 'prc', 'mse', { 'bits-g': '3', round: 'nearest' });
  assert.ok(Math.abs(three.exported.interval.mean - 4) < 0.3);
  assert.equal(three.exported.verdict, 'helps');
  assert.equal(find(separate, 'prc', 'mse', { 'bits-g': '8' }).exported.verdict, 'equivalent');

  const byBits = run(plan, rows, { by: ['bits-g'] });
  const averaged = find(byBits.separate, 'prc', 'mse', { 'bits-g': '3' });
  assert.equal(averaged.pairs, 2);
  assert.deepEqual(averaged.context, { 'bits-g': '3' });

  const said = sentences(plan, run(plan, rows)).filter((text) => text.startsWith('prc'));
  assert.match(said[0]!, /^prc mse instead of off, over 4 settings .*: \+\d\.\d\d points .*: helps/);
  assert.ok(
    said.some((text) =>
      /at bits-g 3, round nearest: \+[34]\.\d\d points \(95 % CI .*n=5\): helps/.test(text),
    ),
  );
  assert.ok(!said.some((text) => /at bits-g 8/.test(text)), 'nothing is said of where nothing happens');
  const count = overall.length + separate.length;
  assert.ok(separate.length > 0);
  assert.match(
    sentences(plan, run(plan, rows)).at(-1)!,
    new RegExp(`^${count} differences were looked at, each at 95 %: ${(count / 20).toFixed(1)} of them`),
  );
});

test('LAC that does as much in float is no repair of quantisation', () => {
  const plan = planOf('lac=off,channel round=nearest', 'auto');
  const equal = run(
    plan,
    rowsOf(plan, ({ lac }) => (lac === 'channel' ? 81 : 80)),
  );
  const lac = find(equal.overall, 'lac', 'channel');
  assert.equal(lac.exported.verdict, 'helps');
  assert.ok(Math.abs(lac.floatControl!.float.interval.mean - 1) < 0.2);
  assert.equal(lac.floatControl!.beyond.verdict, 'equivalent');
  assert.match(
    sentences(plan, equal).join('\n'),
    /in float32 it does \+.*nothing in it is owed to quantisation/,
  );

  const own = run(
    plan,
    rowsOf(plan, (arm) => (arm.lac === 'channel' && arm.method === 'octo' ? 83 : 80)),
  );
  const beyond = find(own.overall, 'lac', 'channel').floatControl!.beyond;
  assert.equal(beyond.verdict, 'helps');
  assert.ok(Math.abs(beyond.interval.mean - 3) < 0.3);
  assert.match(sentences(plan, own).join('\n'), /quantised training gains \+\d\.\d\d more by it/);
});

test('float is what the other methods are compared with', () => {
  const points = ({ method }: Arm): number => (method === 'float' ? 85 : 84);
  const plan = planOf('method=float,octo round=nearest');
  const { arms, overall } = run(plan, rowsOf(plan, points));
  const method = find(overall, 'method', 'octo');
  assert.equal(method.baseline, 'float');
  assert.equal(effectName(plan, method), 'method octo instead of float');
  assert.equal(method.exported.verdict, 'hurts');
  const octo = arms.find(({ arm }) => arm.method === 'octo')!;
  assert.ok(Math.abs(octo.againstFloat!.mean + 1) < 0.2);
  assert.equal(arms.find(({ arm }) => arm.method === 'float')!.againstFloat, null);
});

test('a float control is compared with each arm, and is told apart in what varies', () => {
  const plan = planOf('lac=off,channel,tied activations=affine round=nearest', 'auto');
  const { arms, overall, separate } = run(
    plan,
    rowsOf(plan, ({ method }) => (method === 'float' ? 85 : 84)),
    { by: ['bits-g'] },
  );
  assert.ok(!overall.some(({ factor }) => factor === 'method'), 'the grid does not ask for methods');
  const float = separate.filter(({ context }) => context.method === 'float');
  assert.deepEqual(
    float.map(({ factor, value, pairs }) => `${factor} ${value} ${pairs}`),
    ['lac channel 1'],
  );
  for (const { arm, againstFloat } of arms) {
    if (arm.method === 'float') continue;
    assert.ok(Math.abs(againstFloat!.mean + 1) < 0.5, `${arm.lac}: ${againstFloat!.mean}`);
  }
  assert.equal(find(overall, 'lac', 'tied').floatControl, null);
});

test('dropped zero points, whose ranges are of the batch, are compared with exact ones', () => {
  const plan = planOf('zero-points=exact,dropped activations=affine lac=off,channel');
  const trained = (arm: Arm): number => (arm['zero-points'] === 'exact' ? 84 : 62);
  const { overall } = run(
    plan,
    rowsOf(plan, () => 50, trained),
  );
  const { exported, asTrained, exportDiffers } = find(overall, 'zero-points', 'dropped');
  assert.equal(exported.verdict, 'equivalent');
  assert.equal(asTrained.verdict, 'hurts');
  assert.equal(exportDiffers, true);
  const [said] = sentences(
    plan,
    run(
      plan,
      rowsOf(plan, () => 50, trained),
    ),
  ).filter((text) => text.startsWith('zero-points'));
  assert.match(said!, /as exported .*: no effect.*; as trained -2\d\.\d\d points .*: hurts/);
});

test('runs that overflowed are in no mean, and are named', () => {
  const plan = planOf('prc=off,mse round=nearest');
  const rows = rowsOf(plan, () => 80).map((row) =>
    row.arm.includes('prc=off') && row.seed < 3
      ? { ...row, exported: null, asTrained: null, loss: null, failure: 'the loss of step 7 is NaN' }
      : row,
  );
  const analysis = run(plan, rows);
  assert.equal(analysis.arms[0]!.failed, 2);
  assert.equal(analysis.arms[0]!.exported.n, 3);
  assert.equal(find(analysis.overall, 'prc', 'mse').exported.interval.n, 3);
  assert.match(sentences(plan, analysis).join('\n'), /2 runs of .*prc=off.* overflowed/);
});

test('one seed shows nothing', () => {
  const plan = planOf('prc=off,mse round=nearest');
  const rows = rowsOf(plan, ({ prc }) => (prc === 'off' ? 70 : 80)).filter(({ seed }) => seed === 1);
  const analysis = run(plan, rows);
  assert.equal(analysis.overall[0]!.exported.verdict, 'too-few');
  assert.match(sentences(plan, analysis)[0]!, /one seed shows nothing/);
});

/** Two seeds of 150 samples, with as many right for both. */
function equalSeeds(
  plan: Plan,
  right: (arm: Arm) => { exported: number; asTrained: number },
): readonly Row[] {
  return plan.arms.flatMap((arm) =>
    [1, 2].map((seed): Row => {
      const { exported, asTrained } = right(arm);
      const figures = { exported: exported / 150, asTrained: asTrained / 150 };
      return { ...rowsOf(plan, () => 80)[0]!, arm: armKey(arm), seed, ...figures };
    }),
  );
}

test('the same difference for all seeds is no proof, and has no interval', () => {
  const plan = planOf('prc=off,mse round=nearest');
  const rows = equalSeeds(plan, ({ prc }) => ({ exported: prc === 'mse' ? 121 : 120, asTrained: 120 }));
  const analysis = run(plan, rows, { samples: 150 });
  const { exported, asTrained } = analysis.overall[0]!;
  assert.deepEqual(
    [exported.verdict, exported.interval.low, exported.interval.high],
    ['unclear', null, null],
  );
  assert.ok(Math.abs(exported.interval.mean - 100 / 150) < 1e-9);
  assert.equal(asTrained.verdict, 'unclear', 'two seeds and 150 samples do not show that nothing differs');
  const [said] = sentences(plan, analysis);
  assert.match(
    said!,
    /\+0\.67 points \(equal for all seeds: no interval, n=2\): no effect shown, nor equivalence/,
  );
  assert.doesNotMatch(sentences(plan, analysis).join('\n'), /export changes/);
  // On so many samples it does.
  assert.equal(run(plan, rows, { samples: 100_000 }).overall[0]!.asTrained.verdict, 'equivalent');
});

test('intervals lie where accuracies and their differences can be', () => {
  const plan = planOf('prc=off,mse round=nearest', 'auto');
  const rows = rowsOf(plan, () => 50).map((row, i): Row => {
    const share = [0.02, 0.99, 0.01, 0.97, 0.5][(i * 3 + row.seed) % 5]!;
    return { ...row, exported: share, asTrained: 1 - share };
  });
  const { arms, overall } = run(plan, rows);
  for (const { exported, asTrained } of arms) {
    for (const { low, high } of [exported, asTrained])
      assert.ok(low! >= 0 && high! <= 100, `${low} .. ${high}`);
  }
  const two = run(
    plan,
    rows.filter(({ seed }) => seed < 3),
  );
  const differences = [...overall, ...two.overall].map(({ exported }) => exported.interval);
  for (const { low, high } of [...differences, ...two.arms.map(({ exportChange }) => exportChange)]) {
    assert.ok(low! >= -100 && high! <= 100, `${low} .. ${high}`);
  }
  assert.ok(two.arms.some(({ exported }) => exported.low === 0 || exported.high === 100));
});

test('an export that loses what was trained is named', () => {
  const plan = planOf('bits-g=8,3 round=nearest');
  const exported = (arm: Arm): number => (arm['bits-g'] === '3' ? 20 : 80);
  const analysis = run(
    plan,
    rowsOf(plan, exported, () => 80).map((row) => ({
      ...row,
      exported: row.exported! + (row.seed % 2) / 1000,
    })),
  );
  const said = sentences(plan, analysis).filter((text) => text.startsWith('export changes'));
  assert.equal(said.length, 1);
  assert.match(said[0]!, /bits-g=3 .* by -59\.\d\d points \(95 % CI -\d+\.\d\d \.\. -\d+\.\d\d, n=5\)/);
  assert.match(sentences(plan, analysis)[0]!, /as exported -60\.\d\d .*: hurts; as trained .*: no effect/);
});
