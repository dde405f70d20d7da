import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deviceFit, fitError } from '../../src/targets/cortex-m/device-fit.ts';
import { findTool } from '../../src/targets/cortex-m/toolchain.ts';
import { inProcess } from '../cli/in-process.ts';
import { inFolder, smallModel } from '../cli/small.ts';

const MANIFEST = {
  limits: { arenaIn: 'SRAM', arenaBytes: 4096, ramBytes: 8192, flashBytes: 16384 },
  memory: {
    ...{ arenaBytes: 4000, stateBytes: 0, tensorBytes: 4000, scratchBytes: 0, livePeakBytes: 4000 },
    peakStep: 0,
  },
  flash: { weightsBytes: 10_000 },
};
const run = (
  core: string,
  flashBytes: number | null,
  ramBytes: number | null,
  stackBytes: number | null,
) => ({
  ...{ core, flashBytes, ramBytes, stackBytes },
});

test('firmware is held against its device by the core that stands for it, stack included', () => {
  const runs = [
    run('host', null, null, null),
    run('cortex-m4', 16_384, 7000, 1192),
    run('cortex-m7', 20_000, 9000, 0),
  ];
  const fit = deviceFit(MANIFEST, runs, 'cortex-m4')!;
  assert.deepEqual([fit.linked, fit.fits], [true, true], 'exactly enough is enough');
  assert.equal(fitError('part', fit), null);
  const other = fitError('part', deviceFit(MANIFEST, runs, 'cortex-m33'))!;
  assert.deepEqual(
    [other.code, ...other.at],
    ['E_MEMORY', 'flash: 20,000 bytes, and part has 16,384', 'RAM: 9,000 bytes, and part has 8,192'],
  );
  const stack = deviceFit(MANIFEST, [run('cortex-m4', 100, 7000, 1193)], 'cortex-m4')!;
  assert.equal(stack.fits, false);
});

test('where nothing was linked, tables and arena are', () => {
  const host = [run('host', null, null, null)];
  const { linked, fits, memories } = deviceFit(MANIFEST, host, 'cortex-m4')!;
  assert.deepEqual([linked, fits], [false, true]);
  assert.deepEqual(
    memories.map(({ neededBytes }) => neededBytes),
    [10_000, 4000, 4000],
  );
  const memory = { ...MANIFEST.memory, arenaBytes: 4097 };
  assert.deepEqual(fitError('part', deviceFit({ ...MANIFEST, memory }, host, 'cortex-m4'))!.at, [
    'arena: 4,097 bytes, and part has 4,096 in SRAM',
  ]);
  assert.equal(deviceFit({ ...MANIFEST, limits: null }, host, 'cortex-m4'), null, 'of older bundles');
});

test('a bundle that was forced onto a part fails verification, bit-exact as it is', () =>
  inFolder(async (folder) => {
    const [model, int8, data, part, bundle] = ['m.onnx', 'q.onnx', 'd.f32', 'part.json', 'bundle'].map(
      (name) => join(folder, name),
    ) as [string, string, string, string, string];
    writeFileSync(model, smallModel({ size: 64 }));
    writeFileSync(data, new Uint8Array(new Float32Array(2 * 64 * 64).fill(0.5).buffer));
    const shown = await inProcess(['profiles', 'show', 'nrf52840', '--json']);
    const { profile } = JSON.parse(shown.stdout);
    const region = { ...profile.ram[0], bytes: 1024 };
    writeFileSync(part, JSON.stringify({ ...profile, id: 'small-part', ram: [region], arena: region.name }));
    for (const argv of [
      ['quantize', model, '-o', int8, '-d', data, '-n', '2'],
      ['deploy', int8, '-t', part, '-o', bundle, '--force'],
    ]) {
      const { status, stderr } = await inProcess(argv);
      assert.equal(status, 0, stderr);
    }
    const { limits } = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
    assert.equal(limits.ramBytes, 1024);
    const { status, stdout, stderr } = await inProcess(['verify', bundle, '--on', 'host']);
    assert.equal(status, 1);
    assert.match(stdout, /bit-exact[\s\S]*DOES NOT FIT small-part: .* of 1 KiB RAM, .*nothing was linked/);
    assert.match(stderr, /E_MEMORY\]: the firmware does not fit small-part/);
    const json = JSON.parse((await inProcess(['verify', bundle, '--on', 'host', '--json'])).stdout);
    assert.deepEqual([json.verify.bitExact, json.fit.fits], [true, false]);
  }));

test('sizes are of the code that the device runs, where no board runs that', (t) => {
  if (['arm-none-eabi-gcc', 'qemu-system-arm'].some((tool) => findTool(tool as 'cc') === null)) {
    return t.skip('arm-none-eabi-gcc or qemu-system-arm is not installed');
  }
  return inFolder(async (folder) => {
    const [model, int8, data, bundle] = ['m.onnx', 'q.onnx', 'd.f32', 'bundle'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    writeFileSync(model, smallModel());
    writeFileSync(data, new Uint8Array(new Float32Array(2 * 8 * 8).fill(0.5).buffer));
    const json = async (...argv: readonly string[]) => {
      const { status, stdout, stderr } = await inProcess([...argv, '--json']);
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout);
    };
    await json('quantize', model, '-o', int8, '-d', data, '-n', '2');
    const { flash } = await json('plan', int8, '-t', 'rp2040');
    await json('deploy', int8, '-t', 'rp2040', '-o', bundle);
    const { verify, fit, gates } = await json('verify', bundle, '--on', 'm4', '--max-flash', '1M');
    assert.deepEqual([verify.linked.core, verify.linked.flashBytes], ['cortex-m0plus', flash.bytes]);
    assert.notEqual(verify.runs[0].flashBytes, flash.bytes, 'both cores have code of one size');
    assert.equal(gates[0].actual, flash.bytes);
    assert.equal(fit.memories[0].neededBytes, flash.bytes);
  });
});
