/** Bundles of Programs with state: golden sequences, and what the C keeps from call to call. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readBundle } from '../../src/targets/cortex-m/read-bundle.ts';
import { sha256Of } from '../../src/targets/cortex-m/sha256.ts';
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
      ['zeros', 'ramp', 'noise'].flatMap((pattern) =>
        [0, 1, 2, 3, 4].map((frame) => [`${pattern}${frame}`, frame === 0]),
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
      [15, 15],
    );
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
