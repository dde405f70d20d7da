/** From a clip to firmware that skips: gate, quantize, plan, deploy, verify. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';

const CLIPS = join(packageRoot(), 'fixtures', 'clips');
const FRAMES = 16;

async function json(...args: readonly string[]): Promise<Record<string, never>> {
  const { status, stdout, stderr } = await tinyml([...args, '--json']);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

for (const mode of ['exact', 'fast'] as const) {
  test(`a gated backbone in ${mode} mode: the same bytes on this machine and on Cortex-M7, for fewer instructions`, () =>
    inFolder(async (folder) => {
      const [gated, int8, firmware] = ['g.onnx', 'g.int8.onnx', 'fw'].map((name) => join(folder, name));
      const clip = join(CLIPS, 'moving-square.y4m');
      await json('gate', join(CLIPS, 'backbone.onnx'), '-o', gated!, '--mode', mode, '--key-frame', '0');
      const quantized = await tinyml(['quantize', gated!, '-o', int8!, '--data', clip]);
      assert.equal(quantized.status, 0, quantized.stderr);
      assert.doesNotMatch(quantized.stderr, /W_FIXED_SCALE|W_ZERO_LAYER/);
      const planned = await json('plan', int8!, '--target', 'stm32h743');
      const { kept, layers, memory } = planned as unknown as {
        kept: { name: string; bytes: number }[];
        layers: { kernel: string }[];
        memory: { stateBytes: number };
      };
      assert.equal(kept.find(({ name }) => name === 'gate0/reference')!.bytes, 3 * 32 * 48);
      const sum = kept.reduce((total, { bytes }) => total + Math.ceil(bytes / 4) * 4, 0);
      assert.equal(sum, memory.stateBytes);
      assert.ok(layers.some(({ kernel }) => kernel === 'conv2d_tiles_s8'));
      const options = ['--target', 'stm32h743', '--frames', `${FRAMES}`, '--golden', clip];
      await json('deploy', int8!, ...options, '-o', firmware!);
      const verified = await json('verify', firmware!, '--on', 'host,m7', '--layers');
      const { bitExact, runs } = verified.verify as unknown as {
        bitExact: boolean;
        runs: {
          sequences: { name: string; frames: number; instructions: { most: number; perFrame: number[] } }[];
        }[];
      };
      assert.equal(bitExact, true);
      const { instructions, frames } = runs[1]!.sequences.find(({ name }) => name === 'recorded')!;
      assert.equal(frames, FRAMES);
      const [first, ...others] = instructions.perFrame;
      assert.equal(first, instructions.most); // everything
      for (const [index, count] of others.entries()) {
        assert.ok(count < 0.7 * first!, `frame ${index + 1}: ${count} instructions of ${first}`);
      }
    }));
}
