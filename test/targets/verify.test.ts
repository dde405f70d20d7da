import assert from 'node:assert/strict';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ErrorCode, TinymlError } from '../../src/diagnostics/errors.ts';
import { compilerFlags, coreFeatures } from '../../src/profiles/cortex-m.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import type { Program } from '../../src/program/program.ts';
import { BOARDS } from '../../src/targets/cortex-m/boards.ts';
import { emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import type { Manifest } from '../../src/targets/cortex-m/manifest.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { loadCortexM } from '../cortex-m.ts';
import { chain, copyStep } from '../program/programs.ts';
import { forge, withBundles } from './folder.ts';
import { bundleInput, smallBundle } from './small-model.ts';

const HOST = { on: ['host'] } as const;

function fails(code: ErrorCode, at: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TinymlError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.at.join(), at);
    assert.ok(error.hint, 'the error has no hint');
    return true;
  };
}

test('the boards are compiled for as their profiles say', () => {
  for (const { machine, core, flags, features } of Object.values(BOARDS)) {
    const profile = loadCortexM(`qemu-${machine}`);
    assert.equal(profile.core, core);
    assert.deepEqual(compilerFlags(profile), flags);
    assert.deepEqual(coreFeatures(profile), features);
  }
});

test('a bundle computes the golden bytes of every vector and layer, here and on three cores', async () => {
  const inputs = [new Float32Array(72).fill(0.3), new Int8Array(8).fill(5)];
  const recorded = [{ starts: true, inputs }];
  await withBundles([smallBundle({ recorded })], async (folder) => {
    const result = await verifyBundle(folder!, {
      on: ['host', 'qemu'],
      cores: ['m4', 'm7', 'm55'],
      layers: true,
    });
    assert.equal(result.bitExact, true, JSON.stringify(result.runs));
    const { arenaBytes } = JSON.parse(readFileSync(join(folder!, 'manifest.json'), 'utf8')).memory;
    assert.deepEqual(
      result.runs.map(({ on, core, machine }) => [on, core, machine]),
      [
        ['host', 'host', null],
        ['qemu', 'cortex-m4', 'mps2-an386'],
        ['qemu', 'cortex-m7', 'mps2-an500'],
        ['qemu', 'cortex-m55', 'mps3-an547'],
      ],
    );
    for (const run of result.runs) {
      assert.deepEqual(
        run.vectors.map(({ name, bitExact }) => [name, bitExact]),
        ['zeros', 'float', 'ramp', 'noise', 'recorded0'].map((name) => [name, true]),
      );
      if (run.on === 'host') continue;
      const { instructions, stackBytes, ramBytes, flashBytes } = run;
      assert.ok(
        instructions! > 4005 && instructions! < 400_000,
        `${instructions} instructions on ${run.core}`,
      );
      const counted = run.layers.reduce((sum, layer) => sum + layer.instructions, 0);
      // What reports take is left out, but for the entries and the ends of the hook: some tens a layer.
      const beside = Math.abs(counted - instructions!);
      assert.ok(
        beside <= 60 * (run.layers.length + 1),
        `${counted} in layers of ${instructions} on ${run.core}`,
      );
      assert.ok(stackBytes! >= 64 && stackBytes! < 2048, `${stackBytes} bytes of stack on ${run.core}`);
      assert.ok(
        ramBytes! >= arenaBytes && ramBytes! < arenaBytes + 256,
        `${ramBytes} bytes of RAM on ${run.core}`,
      );
      assert.ok(flashBytes! > 955 && flashBytes! < 24_000, `${flashBytes} bytes of flash on ${run.core}`);
    }
  });
});

test('a tensor that two steps write is compared once, after the second; a model without steps passes its input', async () => {
  const half = (name: string, outOffset: number): Step => {
    const step = copyStep(name, 0, 1, 4);
    return { ...step, params: { ...step.params, inOffset: outOffset, outOffset } } as Step;
  };
  const concatenation: Program = { ...chain([8, 8]), steps: [half('left', 0), half('right', 4)] };
  const empty = chain([8]);
  const bundles = [concatenation, empty].map((program) => smallBundle({ program }));
  await withBundles(bundles, async (...folders) => {
    for (const folder of folders) {
      const { bitExact, runs } = await verifyBundle(folder, { ...HOST, layers: true });
      assert.equal(bitExact, true, JSON.stringify(runs));
    }
    const manifest = JSON.parse(readFileSync(join(folders[0]!, 'manifest.json'), 'utf8')) as Manifest;
    for (const { layers } of manifest.vectors) {
      assert.equal(layers[0], null);
      assert.equal(typeof layers[1], 'number');
    }
  });
});

test('a changed, missing or foreign file is named before anything is compiled', async () => {
  await withBundles([smallBundle()], async (folder) => {
    const weights = join(folder!, 'small_weights.c');
    const text = readFileSync(weights, 'utf8');
    writeFileSync(weights, text.replace(/\d,/, '99,'));
    await assert.rejects(verifyBundle(folder!, HOST), fails('E_BUNDLE', /^small_weights\.c$/));
    rmSync(weights);
    await assert.rejects(verifyBundle(folder!, HOST), fails('E_BUNDLE', /small_weights\.c$/));
    writeFileSync(join(folder!, 'manifest.json'), '{');
    await assert.rejects(verifyBundle(folder!, HOST), fails('E_BUNDLE', /manifest\.json/));
    rmSync(join(folder!, 'manifest.json'));
    await assert.rejects(verifyBundle(folder!, HOST), fails('E_BUNDLE', /manifest\.json/));
    await assert.rejects(verifyBundle(join(folder!, 'nowhere'), HOST), fails('E_FILE', /nowhere/));
  });
});

test('a manifest beyond all bounds is refused before it is read', async () => {
  await withBundles([smallBundle()], async (folder) => {
    truncateSync(join(folder!, 'manifest.json'), 2 ** 30);
    await assert.rejects(verifyBundle(folder!, HOST), { code: 'E_BUNDLE', message: /is too large/ });
  });
});

test('a manifest cannot name files outside of its bundle', async () => {
  await withBundles([smallBundle()], async (folder) => {
    const path = join(folder!, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    for (const outside of ['../secret', '/etc/passwd', 'a/../../b', '-o', 'a//b', '.hidden']) {
      const files = [...manifest.files, { path: outside, bytes: 0, sha256: '0'.repeat(64) }];
      writeFileSync(path, JSON.stringify({ ...manifest, files }));
      await assert.rejects(verifyBundle(folder!, HOST), fails('E_BUNDLE', /manifest\.json: files/), outside);
    }
  });
});

test('a flipped weight is a mismatch with its first byte, and its layer is named', async () => {
  await withBundles([smallBundle()], async (folder) => {
    forge(folder!, 'small_weights.c', (text) =>
      text.replace(
        /("conv.weight"[^{]*\{\n)(-?\d+)/,
        (_, head: string, weight: string) => `${head}${Number(weight) ^ -128}`,
      ),
    );
    const { bitExact, runs } = await verifyBundle(folder!, { ...HOST, layers: true });
    assert.equal(bitExact, false);
    const noise = runs[0]!.vectors.find((vector) => vector.name === 'noise')!;
    assert.deepEqual(noise.layer, { index: 1, name: 'conv', kernel: 'conv2d_s8' });
    assert.ok(noise.mismatch!.differing > 0);
    assert.notEqual(noise.mismatch!.expected, noise.mismatch!.got);
  });
});

test('wrong golden outputs are a mismatch, in the self-test and in the golden files', async () => {
  const input = bundleInput();
  const golden = input.golden.map((vector) => ({
    ...vector,
    outputs: vector.outputs.map((bytes, index) =>
      index === 0 ? bytes.map((byte, at) => byte ^ Number(at === 5)) : bytes,
    ),
  }));
  await withBundles([emitBundle({ ...input, golden }), smallBundle()], async (wrong, forged) => {
    const { runs } = await verifyBundle(wrong!, HOST);
    const { mismatch } = runs[0]!.vectors[0]!;
    assert.deepEqual(
      { output: mismatch!.output, differing: mismatch!.differing, byte: mismatch!.byte },
      { output: 0, differing: 1, byte: 5 },
    );
    assert.equal((mismatch!.expected ^ mismatch!.got) & 255, 1);

    forge(forged!, 'golden/noise-output0.bin', (bytes) => `${bytes.slice(0, -1)}!`);
    const result = await verifyBundle(forged!, HOST);
    assert.deepEqual(
      result.runs[0]!.vectors.map(({ bitExact }) => bitExact),
      [true, true, true, false],
    );
  });
});

test('code that does not compile, or does not end, is an error that says so', async () => {
  await withBundles([smallBundle(), smallBundle()], async (broken, endless) => {
    forge(broken!, 'small.c', (text) =>
      text.replace('void small_invoke', 'int unused_variable(void) { int x; return 1 }'),
    );
    await assert.rejects(verifyBundle(broken!, HOST), fails('E_TOOLCHAIN', /small\.c/));
    forge(endless!, 'small.c', (text) =>
      text.replace('void small_invoke(void) {', '$& for (;;) { arena[0]++; }'),
    );
    await assert.rejects(verifyBundle(endless!, { ...HOST, timeoutMs: 3000 }), fails('E_MISMATCH', /host/));
  });
});
