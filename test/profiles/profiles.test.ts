import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { arenaRegion, compilerFlags, coreFeatures, emulatorFor } from '../../src/profiles/cortex-m.ts';
import { listCortexM, loadProfile, profileIds } from '../../src/profiles/load.ts';
import { profileJsonSchema } from '../../src/profiles/schema.ts';
import type { CortexMCore } from '../../src/profiles/types.ts';
import { loadEmitter } from '../../src/targets/index.ts';
import { inProcess } from '../cli/in-process.ts';
import { loadCortexM } from '../cortex-m.ts';
import { failure } from '../failure.ts';

const profiles = listCortexM();
const folder = mkdtempSync(join(tmpdir(), 'tinyml-profiles-'));
after(() => rmSync(folder, { recursive: true }));

const text = (id: string): string => readFileSync(join(packageRoot(), 'profiles', `${id}.json`), 'utf8');

/** The STM32H743 as JSON with some text replaced, in a file of its own. */
function variant(from: string, to: string): string {
  const path = join(folder, 'variant.json');
  const changed = text('stm32h743').replace(from, to);
  assert.notEqual(changed, text('stm32h743'), `"${from}" is not in the profile`);
  writeFileSync(path, changed);
  return path;
}

test('every core from M0+ to M85 and every QEMU board has a profile', () => {
  const cores = new Set(profiles.map((profile) => profile.core));
  for (const core of ['m0plus', 'm3', 'm4', 'm7', 'm33', 'm55', 'm85']) {
    assert.ok(cores.has(`cortex-${core}` as CortexMCore), `no profile has a cortex-${core}`);
  }
  assert.ok(
    profiles.filter((profile) => profile.qemu === undefined).length >= 14,
    'fewer than 14 real parts',
  );
});

test('a file is named after its id and points editors to the schema', () => {
  for (const id of profileIds()) {
    assert.equal(loadProfile(id).id, id);
    assert.equal(JSON.parse(text(id)).$schema, './schema.json', id);
  }
});

test('regions have the sizes and addresses memories have', () => {
  for (const { id, ram, flash } of profiles) {
    for (const { name, address, bytes } of [...ram, ...flash]) {
      assert.equal(bytes % 4096, 0, `${id}: ${name} is not whole pages of 4 KiB`);
      assert.equal(address % 1024, 0, `${id}: ${name} starts at an odd address`);
      assert.ok(bytes < 2 ** 29, `${id}: ${name} is larger than any part`);
    }
  }
});

test('RAM lies where the Armv7-M and Armv8-M memory maps have memory', () => {
  for (const { id, ram } of profiles) {
    for (const { name, address } of ram) {
      const area = Math.floor(address / 2 ** 29);
      assert.ok([0, 1, 3, 4].includes(area), `${id}: ${name} is in the peripheral or system area`);
    }
  }
});

test('numbers of well-known parts are those of their data sheets', () => {
  const facts: readonly (readonly [string, string, number, number, number])[] = [
    ['stm32f411', 'cortex-m4', 100e6, 128, 512],
    ['stm32f746', 'cortex-m7', 216e6, 320, 1024],
    ['nrf52840', 'cortex-m4', 64e6, 256, 1024],
    ['rp2040', 'cortex-m0plus', 133e6, 264, 2048],
    ['stm32h743', 'cortex-m7', 480e6, 512, 2048],
  ];
  for (const [id, core, clockHz, arenaKiB, flashKiB] of facts) {
    const profile = loadCortexM(id);
    assert.deepEqual(
      [profile.core, profile.clockHz, arenaRegion(profile).bytes / 1024, profile.flash[0]!.bytes / 1024],
      [core, clockHz, arenaKiB, flashKiB],
      id,
    );
  }
});

test('compiler flags are those measured for each core', () => {
  const flags = (id: string): string => compilerFlags(loadCortexM(id)).join(' ');
  assert.equal(flags('qemu-mps2-an386'), '-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard');
  assert.equal(flags('qemu-mps2-an500'), '-mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard');
  assert.equal(flags('qemu-mps3-an547'), '-mcpu=cortex-m55 -mfloat-abi=hard');
  assert.equal(flags('stm32f746'), '-mcpu=cortex-m7 -mfpu=fpv5-sp-d16 -mfloat-abi=hard');
  assert.equal(flags('rp2040'), '-mcpu=cortex-m0plus -mfloat-abi=soft');
  assert.equal(flags('ra8d1'), flags('qemu-mps3-an547'), 'an M85 is built as an M55');
  const m55 = loadCortexM('qemu-mps3-an547');
  const without = (mve: 'none' | 'integer', fpu: 'none' | 'double'): string =>
    compilerFlags({ ...m55, features: { dsp: true, mve, fpu } })[0]!;
  assert.equal(without('integer', 'double'), '-mcpu=cortex-m55+nomve.fp');
  assert.equal(without('none', 'double'), '-mcpu=cortex-m55+nomve');
  const m33 = loadCortexM('nrf5340');
  assert.deepEqual(compilerFlags({ ...m33, features: { dsp: false, mve: 'none', fpu: 'none' } }), [
    '-mcpu=cortex-m33+nodsp',
    '-mfloat-abi=soft',
  ]);
});

test('kernels learn of DSP and MVE', () => {
  assert.deepEqual(coreFeatures(loadCortexM('rp2040')), { dsp: false, mve: false });
  assert.deepEqual(coreFeatures(loadCortexM('stm32h743')), { dsp: true, mve: false });
  assert.deepEqual(coreFeatures(loadCortexM('apollo510')), { dsp: true, mve: true });
});

test('every core is emulated on a board that has a profile and the same instructions', () => {
  for (const profile of profiles) {
    const board = loadCortexM(emulatorFor(profile.core));
    assert.ok(board.qemu, `${board.id} names no machine`);
    assert.ok(board.features.dsp || !profile.features.dsp, `${profile.id}: ${board.id} has no DSP extension`);
    assert.ok(board.features.mve === 'float' || profile.features.mve === 'none', `${profile.id}: no MVE`);
    assert.ok(board.features.fpu !== 'none' || profile.features.fpu === 'none', `${profile.id}: no FPU`);
  }
});

test('a host runtime has a profile, and nothing is deployed to it', async () => {
  const profile = loadProfile('onnxruntime-x64');
  assert.equal(profile.kind, 'host');
  assert.ok(profile.kind === 'host' && profile.activations === 'uint8');
  await assert.rejects(loadEmitter('onnxruntime-x64'), { code: 'E_PROFILE', message: /no microcontroller/ });
  assert.ok(!profiles.some(({ id }) => id === 'onnxruntime-x64'), 'it is listed among the microcontrollers');
});

test('an unknown name says what was meant', () => {
  const error = failure(() => loadProfile('stm32h74'));
  assert.equal(error.code, 'E_PROFILE');
  assert.match(error.hint!, /stm32h743/);
  assert.match(failure(() => loadProfile('toaster')).hint!, /tinyml profiles/);
  assert.match(
    failure(() => loadProfile('stm32h7')).hint!,
    /mean stm32h743, stm32h7a3\?/,
    'its family, no other',
  );
  assert.match(failure(() => loadProfile('jetson')).hint!, /jetson-agx-orin, .* and 12 more\?/);
});

test('a core is no part, and the parts that have it are named', () => {
  const parts = (core: string): readonly string[] =>
    profiles.filter((one) => one.core === core && one.qemu === undefined).map(({ id }) => id);
  for (const [name, core, board] of [
    ['cortex-m4', 'cortex-m4', 'qemu-mps2-an386'],
    ['Cortex_M4F', 'cortex-m4', 'qemu-mps2-an386'],
    ['m7', 'cortex-m7', 'qemu-mps2-an500'],
    ['M0+', 'cortex-m0plus', null],
    ['cortex-m0', 'cortex-m0plus', null],
  ] as const) {
    const { code, message, hint } = failure(() => loadProfile(name));
    assert.equal(code, 'E_PROFILE');
    assert.match(message, /is a core, and a target is a part/);
    const emulated = board === null ? '' : ` Emulated: ${board}.`;
    assert.equal(
      hint,
      `Parts with it: ${parts(core).join(', ')}.${emulated} A path to a .json file of your own part is taken too.`,
    );
  }
  assert.match(failure(() => loadProfile('cortex-m1')).message, /no device profile/);
});

test('what "profiles show --json" prints of a profile is the profile', async () => {
  const path = join(folder, 'shown.json');
  for (const id of profileIds()) {
    const { status, stdout, stderr } = await inProcess(['profiles', 'show', id, '--json']);
    assert.equal(status, 0, stderr);
    writeFileSync(path, stdout);
    assert.deepEqual(loadProfile(path), loadProfile(id), id);
  }
  writeFileSync(path, JSON.stringify({ command: 'profiles', profile: { kind: 'cortex-m' } }));
  assert.equal(failure(() => loadProfile(path)).code, 'E_PROFILE');
});

test('ids are found in any letter case, and paths are read as files', () => {
  assert.equal(loadProfile('STM32H743').id, 'stm32h743');
  assert.equal(loadProfile(variant('"STM32H743xI"', '"My board"')).name, 'My board');
  assert.equal(failure(() => loadProfile(join(folder, 'absent.json'))).code, 'E_FILE');
});

const FAULTS: readonly (readonly [what: string, from: string, to: string, message: RegExp])[] = [
  ['a misspelt key', '"vendor"', '"vender"', /vender/],
  ['a core that is not known', '"cortex-m7"', '"cortex-m9"', /cortex-m0plus/],
  ['a unit that the core cannot have', '"mve": "none"', '"mve": "float"', /cortex-m7 has no MVE/],
  ['a core without its DSP extension', '"dsp": true', '"dsp": false', /always has the DSP extension/],
  ['an FPU that the core cannot have', '"cortex-m7"', '"cortex-m4"', /cannot have fpu "double"/],
  ['an arena that is nowhere', '"arena": "AXI SRAM"', '"arena": "AXI"', /no RAM region is called "AXI"/],
  ['regions that overlap', '"0x24000000"', '"0x20010000"', /DTCM and AXI SRAM overlap/],
  ['regions of one name', '"name": "DTCM"', '"name": "AXI SRAM"', /two regions are called "AXI SRAM"/],
  ['a region above 4 GiB', '"0x38000000"', '"0xFFFFF000"', /ends above 4 GiB/],
  ['an address that is not hexadecimal', '"0x38000000"', '"939524096"', /eight hexadecimal digits/],
  ['a size that is not whole', '524288', '524289', /multiple of 256/],
  ['another kind of target', '"kind": "cortex-m"', '"kind": "toaster"', /kind/],
  ['broken JSON', '"arena"', 'arena', /not valid JSON/],
];

for (const [what, from, to, message] of FAULTS) {
  test(`${what} is refused with its place`, () => {
    const error = failure(() => loadProfile(variant(from, to)));
    assert.equal(error.code, 'E_PROFILE');
    assert.match(`${error.message} ${error.at.join(' ')}`, message);
    assert.ok(error.at[0]!.startsWith(join(folder, 'variant.json')), `place is ${error.at}`);
  });
}

test('a misspelt key gets a suggestion, and all faults are reported at once', () => {
  const error = failure(() => loadProfile(variant('"vendor"', '"vender"')));
  assert.match(error.hint!, /"vendor"/);
  assert.equal(error.at.length, 2, 'the unknown key and the missing one');
});

test('profiles/schema.json is what the schema makes', () => {
  const stored = JSON.parse(readFileSync(join(packageRoot(), 'profiles', 'schema.json'), 'utf8'));
  assert.deepEqual(
    stored,
    JSON.parse(JSON.stringify(profileJsonSchema())),
    'run node --import tsx scripts/generate.ts',
  );
});
