/** Bundles of Programs with state: golden sequences, and what the C keeps from call to call. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { sha256Of } from '../../src/numbers/sha256.ts';
import { readBundle } from '../../src/targets/cortex-m/read-bundle.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { chain, delayLine } from '../program/programs.ts';
import { withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

const delay = () => smallBundle({ program: delayLine(6), name: 'delay', frames: 5 });

function textOf(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}

test('golden vectors are sequences: each starts from the first values and goes on', async () => {
  await withBundles([delay()], (folder) => {
    const { manifest, files } = readBundle(folder!);
    assert.equal(manifest.memory.stateBytes, 24);
    assert.deepEqual(
      manifest.vectors.map(({ name, starts }) => [name, starts]),
      ['zeros', 'float', 'ramp', 'noise'].flatMap((pattern) =>
        pattern === 'float'
          ? [['float', true]]
          : [0, 1, 2, 3, 4].map((frame) => [`${pattern}${frame}`, frame === 0]),
      ),
    );
    const outputOf = (name: string): Int8Array => {
      const vector = manifest.vectors.find((one) => one.name === name)!;
      return new Int8Array(Uint8Array.from(files.get(vector.outputs[0]!)!).buffer);
    };
    assert.deepEqual(outputOf('ramp0'), Int8Array.of(1, 2, 3, 4, 5, 6));
    assert.deepEqual(outputOf('ramp1'), new Int8Array(6).fill(77));
    assert.deepEqual(outputOf('ramp2'), Int8Array.of(3, 10, 17, 24, 31, 38)); // the frame of ramp0
    assert.deepEqual(outputOf('ramp3'), Int8Array.of(45, 52, 59, 66, 73, 80)); // where the stream runs on
  });
});

test('the C keeps state on this machine and on a core, and its header says so', async () => {
  await withBundles([delay()], async (folder) => {
    const result = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: ['m4'], layers: true });
    assert.equal(result.bitExact, true, JSON.stringify(result.runs));
    assert.deepEqual(
      result.runs.map(({ vectors }) => vectors.length),
      [16, 16], // three sequences, and one frame of floats
    );
    const [host, board] = result.runs;
    assert.deepEqual(host!.sequences, []); // nothing counts instructions there
    assert.deepEqual(
      board!.sequences.map(({ name, frames, instructions }) => [name, frames, instructions!.perFrame.length]),
      ['zeros', 'ramp', 'noise'].map((name) => [name, 5, 5]),
    );
    const [zeros] = board!.sequences;
    const { mean, most, perFrame } = zeros!.instructions!;
    assert.equal(most, Math.max(...perFrame));
    assert.ok(mean > 100 && mean < most, `${mean} of ${perFrame}`); // the first call gives the state its values
    const header = textOf(folder!, 'delay.h');
    assert.match(header, /#define DELAY_STATE_BYTES 24\n/);
    assert.match(header, /void delay_reset\(void\);/);
    assert.match(header, /the first 24 of these \d+ bytes survive/);
    assert.match(header, /"before": int8_t\[6\], 6 bytes, at first delay_table\d/);
    assert.match(header, /"last": int8_t\[6\], 6 bytes, at first bytes 77/);
  });
});

/** The bundle with another text in a file, and a manifest that agrees. */
function alter(folder: string, path: string, change: (text: string) => string): void {
  const before = textOf(folder, path);
  const after = change(before);
  assert.notEqual(after, before);
  const manifest = textOf(folder, 'manifest.json');
  writeFileSync(join(folder, path), after);
  writeFileSync(
    join(folder, 'manifest.json'),
    manifest.replace(sha256Of(Buffer.from(before)), sha256Of(Buffer.from(after))),
  );
}

for (const [fault, change] of [
  [
    'a reset that is never called by itself',
    (text: string) => text.replace('if (started == 0) delay_reset();', ''),
  ],
  [
    'a reset that leaves a state out',
    (text: string) => text.replace(/( {2}\/\* "last" \*\/\n.*\n).*\n/, '$1'),
  ],
  ['state that begins anew in every call', (text: string) => text.replace('if (started == 0) ', '')],
] as const) {
  test(`the self-test sees ${fault}`, async () => {
    await withBundles([delay()], async (folder) => {
      alter(folder!, 'delay.c', change);
      assert.equal((await verifyBundle(folder!, { on: ['host'] })).bitExact, false);
    });
  });
}

test('a bundle without state has no reset', async () => {
  await withBundles([smallBundle({ program: chain([8, 8]), name: 'plain' })], (folder) => {
    for (const path of ['plain.h', 'plain.c', 'plain_selftest.c', 'README.md']) {
      assert.doesNotMatch(textOf(folder!, path), /reset|STATE_BYTES|started/);
    }
    assert.equal(readBundle(folder!).manifest.memory.stateBytes, 0);
  });
});

const LARGE = 300_000;

/** Four recorded frames of a delay line whose inputs and outputs no board has room for as tables. */
function recordedDelay() {
  const recorded = [1, 2, 3, 4].map((value, index) => ({
    starts: index === 0,
    inputs: [new Int8Array(LARGE).fill(value)],
  }));
  return smallBundle({ program: delayLine(LARGE), name: 'delay', frames: 1, recorded });
}

test('a self-test leaves large inputs and outputs in the files of the bundle, on this machine and on a core', async () => {
  await withBundles([recordedDelay()], async (folder) => {
    assert.ok(textOf(folder!, 'delay_selftest.c').length < 20_000);
    const result = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: ['m7'] });
    assert.equal(result.bitExact, true, JSON.stringify(result.runs));
    assert.equal(result.runs[1]!.sequences.at(-1)!.frames, 4);
  });
});

test('the self-test sees one other byte of a frame in a file, and names a file that it cannot read', async () => {
  await withBundles([recordedDelay()], async (folder) => {
    const path = 'golden/recorded2-output1.bin';
    const before = readFileSync(join(folder!, path));
    const after = Buffer.from(before);
    after[1234]! ^= 1;
    writeFileSync(join(folder!, path), after);
    const manifest = textOf(folder!, 'manifest.json');
    writeFileSync(join(folder!, 'manifest.json'), manifest.replace(sha256Of(before), sha256Of(after)));
    const { runs } = await verifyBundle(folder!, { on: ['host'] });
    const wrong = runs[0]!.vectors.filter(({ bitExact }) => !bitExact);
    assert.deepEqual(
      wrong.map(({ name, mismatch }) => [name, mismatch!.byte, mismatch!.differing]),
      [['recorded2', 1234, 1]],
    );
  });
  await withBundles([recordedDelay()], async (folder) => {
    alter(folder!, 'delay_selftest.c', (text) => text.replace('recorded2-output1', 'gone'));
    await assert.rejects(verifyBundle(folder!, { on: ['host'] }), (error: unknown) => {
      return error instanceof TinymlError && /cannot read golden\/gone.bin/.test(error.hint ?? '');
    });
  });
});
