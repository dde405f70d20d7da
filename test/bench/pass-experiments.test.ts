/** Experiments P1 to P4 and P8 of docs/pass.md on the bundled clip: integers, on the engine of this machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Frames, part } from '../../bench/pass/frames.ts';
import { gated, gridOf, type Mode, quantized, SETTINGS } from '../../bench/pass/gates.ts';
import { agreement } from '../../bench/pass/measure.ts';
import { cosine, createPlayer, type Player } from '../../bench/pass/play.ts';
import { clipBackbone } from '../../fixtures/clips/backbone.ts';
import { HEIGHT, WIDTH } from '../../fixtures/clips/moving-square.ts';
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import type { GateSettings } from '../../src/gate/insert.ts';
import { withoutGates } from '../../src/gate/video/gates.ts';
import type { Graph } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import { bundledFrames } from './clip-frames.ts';

const BACKBONE = prepareGraph(importModel(exportModel(clipBackbone()), { path: 'backbone' }));
/** Pixels are 0 .. 255; no frame is computed as a whole but the first and after a cut. */
const QUIET: GateSettings = { ...SETTINGS, unit: 1, keyFrame: 0 };
const FRAMES = await bundledFrames();

const differences = (patch = 8, threshold = 3): Graph => diffNetwork(gridOf(BACKBONE, patch), threshold);

const model = (network: Graph, settings: GateSettings, mode: Mode = 'exact'): Promise<Graph> =>
  quantized(gated(BACKBONE, network, mode, settings), FRAMES);

/** What a gate reads, frame by frame: the new pixels of active patches, the old ones of the others (NHWC codes). */
function blender(patch: number): (codes: ProgramArray, mask: ProgramArray) => ProgramArray {
  const blended = new Int8Array(HEIGHT * WIDTH * 3);
  return (codes, mask) => {
    for (let i = 0; i < blended.length; i++) {
      const pixel = Math.floor(i / 3);
      const [row, column] = [Math.floor(pixel / WIDTH / patch), Math.floor((pixel % WIDTH) / patch)];
      if (mask[row * (WIDTH / patch) + column] !== 0) blended[i] = codes[i]!;
    }
    return blended.slice();
  };
}

const skipped = (mask: ProgramArray): number => mask.filter((one: number) => one === 0).length;

/** Frames forward and backward without end: 300 of them have no cut. */
function swinging(frames: Frames, length: number): Frames {
  const period = 2 * (frames.length - 1);
  return { length, at: (i) => frames.at(Math.min(i % period, period - (i % period))) };
}

test('P1: of a frame that stays the same every patch is skipped, and the output stays the same', async () => {
  const player = createPlayer(await model(differences(), QUIET));
  const codes = player.encode(FRAMES.at(3));
  const first = player.watch(codes);
  assert.equal(skipped(first.mask), 0, 'the first frame is computed as a whole');
  for (let again = 0; again < 5; again++) {
    const { output, mask } = player.watch(codes);
    assert.equal(skipped(mask), mask.length);
    assert.deepEqual(output, first.output);
  }
});

test('P2: a cut is computed as a whole within one frame', async () => {
  const int8 = await model(differences(), QUIET);
  const [player, dense] = [createPlayer(int8), createPlayer(withoutGates(int8))];
  const random = seededRandom(3);
  const scene = (level: number): Float32Array =>
    Float32Array.from({ length: 3 * WIDTH * HEIGHT }, () => level + 40 * random());
  for (const level of [20, 120, 200, 60]) {
    const codes = player.encode(scene(level));
    const { output, mask } = player.watch(codes);
    assert.equal(skipped(mask), 0, `a scene of brightness ${level}`);
    assert.deepEqual(output, dense.play(codes));
    assert.equal(skipped(player.watch(codes).mask), mask.length, 'and the frame behind it not at all');
  }
});

for (const [name, network] of [
  ['differences', differences()],
  ['any difference', differences(8, 0)],
  ['chance', randomNetwork(gridOf(BACKBONE, 8), 0.7, 1)],
] as const) {
  test(`P3: the exact mode gives the bytes of the dense network on the blended frame, masks by ${name}`, async () => {
    const int8 = await model(network, { ...QUIET, maxAge: 5, sceneCut: 2 });
    const [player, dense] = [createPlayer(int8), createPlayer(withoutGates(int8))];
    const blend = blender(8);
    const clip = swinging(FRAMES, 60);
    for (let i = 0; i < clip.length; i++) {
      const codes = player.encode(clip.at(i));
      const { output, mask } = player.watch(codes);
      assert.deepEqual(output, dense.play(blend(codes, mask)), `frame ${i}`);
    }
  });
}

test('P3: without a threshold nothing is lost at all', async () => {
  const int8 = await model(differences(8, 0), QUIET);
  const [player, dense] = [createPlayer(int8), createPlayer(withoutGates(int8))];
  let kept = 0;
  for (let i = 0; i < FRAMES.length; i++) {
    const codes = player.encode(FRAMES.at(i));
    const { output, mask } = player.watch(codes);
    kept += skipped(mask);
    assert.deepEqual(output, dense.play(codes));
  }
  assert.ok(kept > 0.5 * FRAMES.length * (WIDTH / 8) * (HEIGHT / 8), 'and most patches are skipped');
});

test('P4: the ring of the fast mode is an error that is bounded, and smaller for larger patches', async () => {
  const errors = await Promise.all(
    [4, 8, 16].map(async (patch) => {
      const [exact, fast] = await Promise.all(
        (['exact', 'fast'] as const).map((mode) => model(differences(patch), { ...QUIET, patch }, mode)),
      );
      return 1 - meanCosine(createPlayer(fast!), createPlayer(exact!));
    }),
  );
  assert.ok(errors[0]! > errors[1]! && errors[1]! > errors[2]! && errors[2]! >= 0, errors.join(' '));
  assert.ok(errors[0]! < 0.1, errors.join(' '));
});

/** Cosine of the outputs of two models over the clip. */
function meanCosine(a: Player, b: Player): number {
  const each = Array.from({ length: FRAMES.length }, (_, i) =>
    cosine(a.play(a.encode(FRAMES.at(i))), b.play(b.encode(FRAMES.at(i))), a.quant.zeroPoint),
  );
  return each.reduce((sum, one) => sum + one, 0) / each.length;
}

for (const keyFrame of [0, 30]) {
  test(`P8: nothing drifts over 300 frames, a whole frame ${keyFrame === 0 ? 'never' : 'every 30'}`, async () => {
    const int8 = await model(differences(), { ...QUIET, keyFrame });
    const { cosines } = agreement(BACKBONE, int8, swinging(FRAMES, 300));
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, one) => sum + one, 0) / values.length;
    const [early, late] = [mean(cosines.slice(30, 90)), mean(cosines.slice(240, 300))];
    assert.ok(late > early - 0.002, `${early} became ${late}`);
  });
}

test('the ceiling lies between nothing saved and what masks alone would save', async () => {
  const int8 = await model(differences(), QUIET);
  const { skip, ceiling } = agreement(BACKBONE, int8, part(FRAMES, 0, 12));
  assert.ok(ceiling > 1 && ceiling < 1 / (1 - skip), `${ceiling} for ${skip}`);
});
