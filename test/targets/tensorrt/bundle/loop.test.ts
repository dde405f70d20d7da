/** The whole way: a bundle is written, built and verified on a rehearsed board, and its results are read back at the desk. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyResults } from '../../../../src/targets/tensorrt/board/results.ts';
import { bundleFiles } from '../../../../src/targets/tensorrt/bundle/index.ts';
import { withBoard } from './board.ts';
import { platformOf, smallInput } from './small-input.ts';

/** One of every release, and of every way in which it gets its precisions. */
const PLATFORMS = [
  ['jetson-nano', {}],
  ['jetson-agx-xavier', { jetpack: '4.6', dla: 0 }],
  ['jetson-agx-xavier', { jetpack: '5.1' }],
  ['jetson-agx-orin', { jetpack: '6.0', dla: 1 }],
  ['jetson-orin-nano', { jetpack: '6.2' }],
  ['jetson-thor-t5000', { jetpack: '7.1' }],
  ['jetson-orin-nano', { jetpack: '7.2' }],
  ['jetson-agx-orin', { jetpack: '7.2.2' }],
] as const;

for (const [id, settings] of PLATFORMS) {
  const platform = platformOf(id, settings);
  test(`deploy, build.sh, verify.sh, tinyml verify: ${id}, TensorRT ${platform.release.id}`, async () => {
    const input = await smallInput(platform);
    const golden = input.golden.slice(-1);
    await withBoard(bundleFiles({ ...input, golden }), platform, (board) => {
      const verified = board.run(['./verify.sh']);
      assert.equal(verified.status, 0, verified.stderr + verified.stdout);
      const results = join(board.folder, 'build', 'results.json');
      const read = verifyResults(board.folder, results, { maxLatencyMs: null });
      assert.deepEqual(
        read.golden.map((one) => [one.case, one.output, one.error > 0]),
        [['recorded0', 'scores', true]],
      );
      assert.equal(read.latency.medianMs, 1.5);
      assert.equal(read.board.clocks, 'locked');
      assert.deepEqual(read.notes, []);
      assert.equal(board.calls().length, 3);
      assert.deepEqual(
        board.settings().filter((line) => line !== 'nvpmodel -q'),
        [
          'nvpmodel -m 1',
          'jetson_clocks --store',
          'jetson_clocks ',
          'jetson_clocks --restore',
          'nvpmodel -m 0',
        ],
      );
    });
  });
}
