/** Bundles whose input comes in rows of the caller: here and on emulated cores, with rows that are missing or out of order. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { buildProgram, hostTarget } from '../../src/targets/cortex-m/build.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { readBundle } from '../../src/targets/cortex-m/read-bundle.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { randomStreamedNetwork } from '../program/row-cuts.ts';
import { forge, withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

const NETWORKS = 3;

test(`${NETWORKS} random networks give the bytes of the reference here and on five cores`, async () => {
  const random = seededRandom(41);
  const bundles = Array.from({ length: NETWORKS }, () =>
    smallBundle({ program: randomStreamedNetwork(random).streamed }),
  );
  await withBundles(bundles, async (...folders) => {
    for (const folder of folders) {
      const { inputs } = readBundle(folder).manifest;
      const { rows, rowBytes, rowsRead } = inputs[0]!.streamed!;
      assert.equal(rows * rowBytes, inputs[0]!.bytes);
      assert.ok(rowsRead <= rows);
      const cores = ['m3', 'm4', 'm7', 'm33', 'm55'] as const;
      const result = await verifyBundle(folder, { on: ['host', 'qemu'], cores, layers: true });
      assert.equal(result.bitExact, true, JSON.stringify(result.runs));
    }
  });
});

test('a model that asks for its rows in another order is no longer right', async () => {
  const { streamed } = randomStreamedNetwork(seededRandom(42));
  await withBundles([smallBundle({ program: streamed })], async (folder) => {
    forge(folder!, 'small.c', (text) => text.replace('small_read_rows(', 'small_read_rows(1 + '));
    const { bitExact } = await verifyBundle(folder!, { on: ['host'] });
    assert.equal(bitExact, false);
  });
});

/** Asks for inferences of which the first gets no row behind the second, and the next all of zeros, twice. */
const ABORTING = `#include <stdio.h>
#include "small.h"

static int left, next;

int small_read_rows(int first, int count, int8_t *to) {
  if (left-- == 0) return 42;
  if (first != next) return 1;
  next += count;
  for (int i = 0; i < count * SMALL_INPUT_ROW_BYTES; i++) to[i] = 0;
  return 0;
}

int main(void) {
  static int8_t before[SMALL_OUTPUT_BYTES];
  int same = 1;
  left = 2;
  printf("%d ", small_invoke());
  for (int run = 0; run < 2; run++) {
    left = 1000;
    next = 0;
    printf("%d ", small_invoke());
    for (int i = 0; i < SMALL_OUTPUT_BYTES; i++) {
      if (run > 0 && before[i] != small_output()[i]) same = 0;
      before[i] = small_output()[i];
    }
  }
  printf("%d\\n", same);
  return 0;
}
`;

test('the example of docs/bundle.md for rows compiles with a bundle that asks for them', async () => {
  const text = readFileSync(join(packageRoot(), 'docs', 'bundle.md'), 'utf8');
  const example = [...text.matchAll(/```c\n(.*?)```/gs)]
    .map((match) => match[1]!)
    .find((one) => one.includes('net_read_rows'));
  const bundle = smallBundle({ program: randomStreamedNetwork(seededRandom(44)).streamed, name: 'net' });
  await withBundles([bundle], async (folder) => {
    writeFileSync(join(folder!, 'camera.c'), example!);
    const flags = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-I.', '-c', 'camera.c'];
    const { status, stderr } = await runProcess(requireTool('cc'), flags, {
      cwd: folder!,
      timeoutMs: 60_000,
    });
    assert.equal(status, 0, stderr);
  });
});

test('what gives rows ends an inference, and the next one begins anew', async () => {
  const random = seededRandom(43);
  let network = randomStreamedNetwork(random).streamed;
  while (network.outputs.length > 1) network = randomStreamedNetwork(random).streamed;
  await withBundles([smallBundle({ program: network })], async (folder) => {
    writeFileSync(join(folder!, 'aborting.c'), ABORTING);
    const target = hostTarget({ path: requireTool('cc'), cwd: folder!, timeoutMs: 60_000, jobs: 1 });
    const { sources } = readBundle(folder!).manifest;
    const program = await buildProgram(
      target,
      { name: 'small', library: sources, board: [], cmsisNn: null },
      { main: 'aborting.c', support: [], label: 'aborting' },
    );
    const { stdout } = await runProcess(program, [], { cwd: folder!, timeoutMs: 60_000 });
    assert.equal(stdout, '42 0 0 1\n');
  });
});
