/** Bundles of gated Programs: what no byte tells apart from computing everything, on this machine and on a core. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardSteps } from '../../src/lower/int8/guard-steps.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createRunner } from '../../src/program/run.ts';
import { readBundle } from '../../src/targets/cortex-m/read-bundle.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { type Gated, randomFrames, randomGated } from '../lower/int8/random-gated.ts';
import { withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

const FRAMES = 50;
const OPTIONS = { library: 'builtin', core: { dsp: true, mve: false } } as const;

/** A network of one gate, its frames, and its bundle. */
function gatedBundle(seed: number) {
  const random = seededRandom(seed);
  const gated: Gated = randomGated(random, ['conv', 'depthwise', 'pointwise', 'lut', 'add', 'reuse']);
  const guarded = guardSteps(gated.program);
  const frames = randomFrames(random, gated, FRAMES);
  const recorded = frames.map((inputs, index) => ({ starts: index === 0, inputs }));
  return {
    ...gated,
    guarded,
    frames,
    files: smallBundle({ program: guarded, name: 'gated', recorded, frames: 2 }),
  };
}

test('50 frames of a gated network: on this machine and on Cortex-M7 the bytes of the dense one, layers included', async () => {
  const { program, guarded, frames, files } = gatedBundle(33);
  assert.ok(guarded.steps.filter(({ kernel }) => kernel.endsWith('_tiles_s8')).length > 9);
  await withBundles([files], async (folder) => {
    const { manifest, files: contents } = readBundle(folder!);
    const run = createRunner(program, planMemory(program, OPTIONS));
    const recorded = manifest.vectors.filter(({ pattern }) => pattern === 'recorded');
    assert.equal(recorded.length, FRAMES);
    frames.forEach((inputs, frame) => {
      run(inputs).forEach((output, i) => {
        const bytes = contents.get(recorded[frame]!.outputs[i]!)!;
        assert.deepEqual(new Int8Array(Uint8Array.from(bytes).buffer), output, `frame ${frame}, output ${i}`);
      });
    });
    const result = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: ['m7'], layers: true });
    assert.equal(result.bitExact, true, JSON.stringify(result.runs));
    const sequence = result.runs[1]!.sequences.at(-1)!;
    assert.equal(sequence.name, 'recorded');
    assert.equal(sequence.frames, FRAMES);
    const { mean, most } = sequence.instructions!;
    assert.ok(mean < 0.8 * most, `${mean} instructions per frame, ${most} where everything is computed`);
  });
});
