import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../../src/diagnostics/errors.ts';
import { compareVersions, peakRate, powerModesOf } from '../../../src/profiles/jetson.ts';
import { listProfiles, loadProfile } from '../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../src/profiles/types.ts';
import type { TargetSettings } from '../../../src/targets/target.ts';
import { type Platform, resolvePlatform } from '../../../src/targets/tensorrt/release/platform.ts';

const jetson = (id: string): JetsonProfile => loadProfile(id) as JetsonProfile;
const platform = (id: string, settings: TargetSettings = {}): Platform =>
  resolvePlatform(jetson(id), settings);

function refusal(id: string, settings: TargetSettings): TinymlError {
  try {
    platform(id, settings);
  } catch (error) {
    assert.ok(error instanceof TinymlError);
    assert.equal(error.code, 'E_PROFILE');
    return error;
  }
  throw new Error(`${id} takes ${JSON.stringify(settings)}`);
}

test('every JetPack of every module has a release, and every power mode of it resolves', () => {
  const modules = listProfiles().filter((profile) => profile.kind === 'jetson');
  assert.ok(modules.length >= 12);
  for (const profile of modules) {
    for (const { jetpack, tensorrt } of profile.software) {
      const modes = powerModesOf(profile, { jetpack });
      assert.ok(modes.length > 0);
      for (const { name } of modes) {
        const { release, powerMode } = resolvePlatform(profile, { jetpack, powerMode: name });
        assert.equal(powerMode.name, name);
        assert.equal(release.version.join('.'), tensorrt, `${profile.id} ${jetpack}`);
      }
    }
  }
});

test('peaks are those of the data sheets', () => {
  const peak = (id: string, mode: string, precision: 'int8' | 'fp16'): number => {
    const profile = jetson(id);
    const found = profile.powerModes.find(({ name }) => name === mode)!;
    return (peakRate(profile, found, precision) ?? 0) / 1e12;
  };
  const near = (value: number, wanted: number): void =>
    assert.ok(Math.abs(value - wanted) < 0.03 * wanted, `${value} is not ${wanted}`);
  near(peak('jetson-nano', 'MAXN', 'fp16'), 0.472);
  near(peak('jetson-tx2', 'MAXN', 'fp16'), 1.33);
  near(peak('jetson-agx-xavier', 'MAXN', 'int8'), 22.6);
  // Advertised with sparsity, which doubles it.
  near(2 * peak('jetson-orin-nano', '15W', 'int8'), 40);
  near(2 * peak('jetson-orin-nano', 'MAXN_SUPER', 'int8'), 67);
  near(2 * peak('jetson-agx-orin', 'MAXN', 'int8'), 171);
  near(2 * peak('jetson-agx-orin', '50W', 'int8'), 109);
  near(2 * peak('jetson-agx-orin', '30W', 'int8'), 41);
  near(2 * peak('jetson-agx-orin', '15W', 'int8'), 14);
  const maxn = jetson('jetson-agx-orin').powerModes[0]!;
  assert.equal(peakRate(jetson('jetson-nano'), maxn, 'int8'), null);
});

test('unless told otherwise: the newest JetPack, the first power mode, INT8 where there is any, no DLA', () => {
  const orin = platform('jetson-orin-nano');
  assert.equal(orin.software.jetpack, '7.2');
  assert.deepEqual(
    [orin.powerMode.name, orin.precision, orin.dlaCore, orin.workspaceBytes],
    ['15W', 'int8', null, 2 ** 30],
  );
  assert.equal(platform('jetson-nano').precision, 'fp16');
  assert.equal(platform('jetson-tx2').release.id, '8.2');
});

test('a JetPack stands for those after it with the same first numbers', () => {
  assert.equal(platform('jetson-orin-nano', { jetpack: '6.2.1' }).software.jetpack, '6.2');
  assert.equal(platform('jetson-xavier-nx', { jetpack: '5.1.3' }).software.jetpack, '5.1');
  assert.equal(platform('jetson-nano', { jetpack: '4.6.6' }).software.jetpack, '4.6');
  assert.equal(platform('jetson-agx-orin', { jetpack: '7.2.3' }).release.id, '11.4');
  assert.equal(platform('jetson-agx-orin', { jetpack: '7.2.1' }).release.id, '10.16');
  assert.ok(compareVersions('10.3', '9.12') > 0);
  assert.equal(compareVersions('6.2', '6.2.0'), 0);
});

test('what a module or its JetPack cannot have is refused with what it has', () => {
  const unknown = refusal('jetson-nano', { jetpack: '5.1' });
  assert.match(unknown.message, /5\.1 is not known for Jetson Nano/);
  assert.match(unknown.hint!, /^it has 4\.6 \(TensorRT 8\.2\.1\)$/);
  assert.match(refusal('jetson-orin-nano', { jetpack: 'latest' }).hint!, /6\.2 \(TensorRT 10\.3\.0\)/);

  for (const id of ['jetson-nano', 'jetson-tx2']) {
    assert.match(refusal(id, { precision: 'int8' }).hint!, /--precision fp16/);
  }
  const early = refusal('jetson-orin-nano', { jetpack: '6.0', powerMode: 'MAXN_SUPER' });
  assert.match(early.message, /needs JetPack 6\.1/);
  assert.match(early.hint!, /JetPack 6\.0 has 15W, 7W/);
  assert.match(refusal('jetson-orin-nano', { powerMode: '50W' }).message, /no power mode 50W/);
  assert.equal(platform('jetson-orin-nano', { powerMode: 'mode_7w' }).powerMode.name, '7W');

  assert.match(refusal('jetson-orin-nano', { dla: 0 }).message, /has no DLA/);
  assert.match(
    refusal('jetson-orin-nx', { jetpack: '7.2', dla: 0 }).hint!,
    /JetPack 5\.1, 6\.0, 6\.1, 6\.2 can/,
  );
  assert.match(refusal('jetson-orin-nx-8gb', { jetpack: '6.2', dla: 1 }).message, /one DLA core, 0/);
  assert.match(refusal('jetson-agx-orin', { dla: 1, precision: 'fp32' }).message, /FP16 or INT8/);
  assert.equal(platform('jetson-agx-orin', { jetpack: '7.2.2', dla: 1 }).dlaCore, 1);

  assert.match(refusal('jetson-nano', { workspace: 4 * 2 ** 30 }).message, /up to 3 GiB/);
  assert.equal(platform('jetson-nano', { workspace: 2 ** 20 }).workspaceBytes, 2 ** 20);
});
