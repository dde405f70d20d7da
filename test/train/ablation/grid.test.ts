import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../../src/diagnostics/errors.ts';
import { armKey, armSettings, completeArm, exportDiffers } from '../../../src/train/ablation/factors.ts';
import { type Controls, parseGrid, planArms } from '../../../src/train/ablation/grid.ts';
import { OCTO_DEFAULTS } from '../../../src/train/options.ts';

const plan = (text: string, controls: Controls = 'none', batchNorm = false) =>
  planArms(parseGrid(text), controls, batchNorm);

const refused = (text: string, message: RegExp, hint?: RegExp): void => {
  assert.throws(
    () => plan(text),
    (error: unknown) => {
      assert.ok(error instanceof TinymlError);
      assert.equal(error.code, 'E_USAGE');
      assert.match(error.message, message);
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
      return true;
    },
  );
};

test('a grid is every combination of its values', () => {
  const { arms, levels, controls } = plan('prc=off,mse bits-g=8,4,3,2 round=nearest,stochastic');
  assert.equal(arms.length, 16);
  assert.equal(new Set(arms.map(armKey)).size, 16);
  assert.deepEqual(
    [...levels],
    [
      ['prc', ['off', 'mse']],
      ['bits-g', ['8', '4', '3', '2']],
      ['round', ['nearest', 'stochastic']],
    ],
  );
  assert.equal(controls.size, 0);
});

test('grids with ; between them are trained together, each arm once', () => {
  const { arms, levels } = plan('prc=off,mse bits-g=8,3 round=nearest;  lac=off,channel round=nearest');
  // The second grid's arm without LAC is the first one's with PRC mse and 8 bits.
  assert.equal(arms.length, 4 + 1);
  assert.deepEqual([...levels.keys()], ['lac', 'prc', 'bits-g']);
});

test('what is left out is as in tinyml train, rounding below 8 bits too', () => {
  const [eight, three] = plan('bits-g=8,3').arms;
  assert.equal(eight!.round, 'nearest');
  assert.equal(three!.round, 'stochastic');
  const { method, octo } = armSettings(completeArm({}, false), OCTO_DEFAULTS.lac.l2);
  assert.equal(method, 'octo');
  assert.deepEqual(octo, OCTO_DEFAULTS);
});

test('settings become those of a trainer', () => {
  const arm = completeArm(
    {
      lac: 'position',
      prc: 'fixed:0.9',
      'bits-g': '4',
      round: 'nearest',
      activations: 'affine',
      ranges: 'batch',
    },
    true,
  );
  const { octo } = armSettings(arm, 0.5);
  assert.deepEqual(octo, {
    ...OCTO_DEFAULTS,
    activations: 'affine',
    bitsGradients: 4,
    gradientRounding: 'nearest',
    lac: { kind: 'position', l2: 0.5 },
    prc: { kind: 'fixed', share: 0.9 },
    rangeDecay: 0,
  });
  assert.equal(arm['batch-norm'], 'on');
});

test('a factor that does not apply makes no arms', () => {
  const { arms } = plan('method=octo,qat,float prc=off,mse bits-g=8,4');
  assert.deepEqual(
    ['octo', 'qat', 'float'].map((method) => arms.filter((arm) => arm.method === method).length),
    [4, 1, 1],
  );
  const float = arms.find(({ method }) => method === 'float')!;
  assert.equal(armKey(float), 'method=float batch-norm=off lac=off');
});

test('what cannot be trained is left out, and named', () => {
  const { arms, leftOut } = plan('zero-points=exact,dropped activations=symmetric,affine lac=off,tied');
  assert.equal(arms.length, 8 - 2 - 2 + 1);
  assert.equal(leftOut.length, 2);
  assert.match(leftOut.join('; '), /lac=tied needs .*\(2 settings left out\)/);
  assert.match(leftOut.join('; '), /zero-points=dropped needs activations=affine/);
  refused('zero-points=dropped activations=symmetric', /nothing of the grid can be trained/, /affine/);
});

test('the float control comes with the LAC of the grid', () => {
  const { arms, controls, levels } = plan('lac=off,channel,position,tied activations=affine', 'auto');
  const added = arms.filter((arm) => controls.has(armKey(arm)));
  assert.deepEqual(
    added.map(({ method, lac }) => `${method} ${lac}`),
    ['float off', 'float channel', 'float position'],
  );
  assert.deepEqual(levels.get('method'), ['float', 'octo']);
});

test('an arm that the grid has is no control', () => {
  const { arms, controls } = plan('method=float,octo lac=off,channel', 'auto');
  assert.equal(arms.length, 4);
  assert.equal(controls.size, 0);
});

test('all controls take batch normalisation away, or add it', () => {
  for (const batchNorm of [false, true]) {
    const { arms, controls, levels } = plan('lac=off,channel', 'all', batchNorm);
    const other = batchNorm ? 'off' : 'on';
    const added = arms.filter((arm) => controls.has(armKey(arm)));
    assert.deepEqual(added.map((arm) => `${arm.method} ${arm['batch-norm'] === other} ${arm.lac}`).sort(), [
      'float false channel',
      'float false off',
      'float true channel',
      'float true off',
      'octo true channel',
      'octo true off',
    ]);
    assert.deepEqual(levels.get('batch-norm'), batchNorm ? ['on', 'off'] : ['off', 'on']);
  }
});

test('exports that are not what was trained', () => {
  const differs = (text: string): boolean => exportDiffers(plan(text).arms[0]!);
  assert.equal(differs('lac=channel bits-g=2'), false);
  assert.equal(differs('lac=position'), true);
  assert.equal(differs('bits-a=4'), true);
  assert.equal(differs('activations=affine zero-points=dropped'), true);
});

test('mistakes in a grid', () => {
  refused('pcr=off,mse', /no factor "pcr"/, /Did you mean prc/);
  refused('prc=off,most', /prc takes off, .*not "most"/);
  refused('bits-g=8,9', /bits-g takes .*not "9"/);
  refused('bits-g', /"bits-g" is no factor with its values/);
  refused('bits-g=', /"bits-g=" is no factor with its values/);
  refused('prc=off prc=mse', /prc is given twice/, /;/);
  refused('prc=off,off', /names a value twice/);
  refused('prc=off;', /a part of the grid is empty/);
  refused(
    'bits-w=8,7,6,5,4,3,2 bits-a=8,7,6,5,4,3,2 bits-g=8,7,6,5,4,3,2 lac=off,channel,position',
    /1029 combinations/,
  );
});
