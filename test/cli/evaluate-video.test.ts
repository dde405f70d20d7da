/** evaluate --video from the command line: what it prints and writes, and what it refuses. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadClips } from '../../src/data/video/clips.ts';
import { graphBuilder, ints } from '../../src/graph/build.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { npyFile, zipFile } from '../data/files.ts';
import { randomTensor } from '../passes/helpers.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';

const fixture = (name: string): string => join(packageRoot(), 'fixtures', 'clips', name);
const [BACKBONE, CLIP] = [fixture('backbone.onnx'), fixture('moving-square.y4m')];

/** A gated model in a folder of its own. */
const withGated = (body: (model: string, folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    const model = join(folder, 'gated.onnx');
    const { status, stderr } = await tinyml([
      'gate',
      BACKBONE,
      '-o',
      model,
      '--threshold',
      '0',
      '--key-frame',
      '0',
    ]);
    assert.equal(status, 0, stderr);
    await body(model, folder);
  });

test('a gated model on a clip: figures, a page and a video, which is as long as the clip', () =>
  withGated(async (model, folder) => {
    const [report, overlay] = [join(folder, 'pass.html'), join(folder, 'skipped.mp4')];
    const { status, stdout, stderr } = await tinyml([
      'evaluate',
      model,
      '--video',
      CLIP,
      '--report',
      report,
      '--overlay',
      overlay,
      '--json',
    ]);
    assert.equal(status, 0, stderr);
    const { arithmetic, frames, stages, drift, curves, perFrame, memory } = JSON.parse(stdout);
    assert.deepEqual([arithmetic, frames, perFrame.length, memory], ['float32', 16, 16, null]);
    assert.equal(perFrame[0].skip[0], 0);
    assert.ok(perFrame.slice(1).every(({ skip }: { skip: number[] }) => skip[0]! > 0.5 && skip[0]! < 1));
    assert.deepEqual(drift.relativeL2, { mean: 0, most: 0 });
    assert.ok(stages[0].layers.length > 3);
    assert.deepEqual(
      curves.map(({ gate }: { gate: string }) => gate),
      ['this model', 'diff', 'random'],
    );
    assert.match(readFileSync(report, 'utf8'), /Drift by skipped patches/);
    assert.equal((await loadClips(overlay, { inputShapes: [[1, 3, 320, 480]] })).length, 16);

    const noisy = await tinyml([
      'evaluate',
      model,
      '--video',
      CLIP,
      '--noise',
      '4',
      '--max-frames',
      '5',
      '--json',
    ]);
    const disturbed = JSON.parse(noisy.stdout);
    assert.deepEqual([disturbed.frames, disturbed.curves], [5, []]);
    assert.ok(disturbed.stages[0].skip.mean < 0.1, 'noise changes every patch');
  }));

test('arrays of frames are clips, too; of another shape they are refused', () =>
  withGated(async (model, folder) => {
    const arrays = (height: number): string => {
      const path = join(folder, `frames${height}.npz`);
      const values = new Float32Array(2 * 3 * height * 48).fill(7);
      writeFileSync(path, zipFile({ 'x.npy': npyFile('<f4', [1, 2, 3, height, 48], values) }, false));
      return path;
    };
    const { status, stdout } = await tinyml(['evaluate', model, '--video', arrays(32), '--json']);
    assert.equal(status, 0);
    assert.deepEqual(
      JSON.parse(stdout).perFrame.map(({ skip }: { skip: number[] }) => skip[0]),
      [0, 1],
    );
    const other = await tinyml(['evaluate', model, '--video', arrays(16)]);
    assert.equal(other.status, 2);
    assert.match(other.stderr, /E_DATA.*does not fit[\s\S]*hint:/);
  }));

test('what cannot be evaluated says why, and leaves nothing behind', () =>
  withGated(async (model, folder) => {
    const overlay = join(folder, 'skipped.mp4');
    const refused = async (args: readonly string[], message: RegExp, env = {}): Promise<void> => {
      const { status, stdout, stderr } = await tinyml(['evaluate', ...args], { env });
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /hint:/);
      assert.ok(!existsSync(overlay));
    };
    await refused([BACKBONE, '--video', CLIP], /E_USAGE.*no gates/);
    await refused([model], /E_USAGE.*--data or --video/);
    await refused([model, '--video', CLIP, '--data', CLIP], /E_USAGE.*exclude each other/);
    await refused(
      [model, '--data', CLIP, '--overlay', join(folder, 'a.mp4')],
      /E_USAGE.*--overlay needs --video/,
    );
    await refused([model, '--video', CLIP, '--limit', '2'], /E_USAGE.*--limit needs --data/);
    await refused(
      [model, '--video', CLIP, '--min-accuracy', '90%'],
      /E_USAGE.*--min-accuracy cannot be checked: clips have no labels/,
    );
    await refused([model, '--video', CLIP, '--overlay', join(folder, 'a.png')], /E_USAGE.*video/);
    await refused([model, '--video', CLIP, '--compare', 'none,diff'], /E_USAGE.*none/);
    await refused([model, '--video', CLIP, '--max-frames', '1'], /E_DATA.*one frame/);
    const missing = { TINYML_FFMPEG: join(folder, 'no-ffmpeg') };
    await refused([model, '--video', CLIP, '--overlay', overlay], /E_TOOLCHAIN.*ffmpeg/, missing);
    const clip = join(folder, 'clip.mp4');
    writeFileSync(clip, 'no video');
    await refused([model, '--video', clip, '--overlay', overlay], /E_DATA.*cannot be decoded/);
  }));

test('a gated model is quantised on a clip; that ages and masks are small numbers is nothing to warn of', () =>
  withGated(async (model, folder) => {
    const output = join(folder, 'gated.int8.onnx');
    const quantized = await tinyml(['quantize', model, '-o', output, '--data', CLIP, '--json']);
    assert.equal(quantized.status, 0, quantized.stderr);
    const codes = JSON.parse(quantized.stdout).warnings.map(({ code }: { code: string }) => code);
    assert.ok(!codes.includes('W_FIXED_SCALE'), `${codes}`);
    const { status, stdout } = await tinyml(['evaluate', output, '--video', CLIP, '--json']);
    assert.equal(status, 0);
    const { arithmetic, drift, memory } = JSON.parse(stdout);
    assert.deepEqual([arithmetic, drift.cosine], ['int8', { mean: 1, least: 1 }]);
    assert.ok(memory.gated.stateBytes > 0 && memory.dense.stateBytes === 0);
  }));

test('frames that are no pictures have no overlay, and that is said', () =>
  inFolder(async (folder) => {
    const b = graphBuilder('pair');
    const weights = b.constant('w', randomTensor([8, 2, 3, 3], 1));
    const pads = { attributes: { pads: ints([1, 1, 1, 1]) }, name: 'c' };
    b.output(b.node('Conv', [b.input('x', [1, 2, 16, 16]), weights], pads));
    const [plain, model, data, overlay] = ['pair.onnx', 'gated.onnx', 'x.npz', 'o.mp4'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    writeFileSync(plain, exportModel(prepareGraph(b.model()), {}));
    const frames = Float32Array.from({ length: 3 * 512 }, (_, i) => i % 251);
    writeFileSync(data, zipFile({ 'x.npy': npyFile('<f4', [1, 3, 2, 16, 16], frames) }, false));
    assert.equal((await tinyml(['gate', plain, '-o', model])).status, 0);
    assert.equal((await tinyml(['evaluate', model, '--video', data])).status, 0);
    const { status, stderr } = await tinyml(['evaluate', model, '--video', data, '--overlay', overlay]);
    assert.equal(status, 2);
    assert.match(stderr, /E_DATA.*no picture/);
    assert.ok(!existsSync(overlay));
  }));
