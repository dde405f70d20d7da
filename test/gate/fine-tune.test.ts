import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { diffNetwork } from '../../src/gate/baselines.ts';
import { fineTune, readBackbone } from '../../src/gate/fine-tune.ts';
import { ints } from '../../src/graph/build.ts';
import { regularise } from '../../src/passes/pipeline.ts';
import { network, pads } from '../train/networks.ts';
import { FRAME, GRID, SETTINGS, scene } from './scenes.ts';

const given = regularise(
  network(FRAME, ({ conv, op }, x) => {
    const attributes = { strides: ints([2, 2]), ...pads(1, 1, 1, 1) };
    const first = op('Relu', 'relu', [conv('first', x, [8, 3, 3, 3], { attributes })]);
    return conv('second', first, [4, 8, 3, 3], { attributes });
  }),
);
const gate = { network: diffNetwork(GRID, 30), settings: SETTINGS, shape: FRAME };
/** At its end the clip comes back to the places that it began with. */
const places = scene(20).map(({ data }) => data as Float32Array);
const frames = [[...places, ...places.slice(0, 5)]];
const settings = { epochs: 10, batchSize: 4, rate: 1e-3, seed: 1, jobs: 1 };

test('a backbone that is fine-tuned drifts less on frames held out, and differs in weights alone', async () => {
  const tuned = await fineTune(readBackbone(given), gate, frames, settings);
  const { graph, before, after, epoch, report } = tuned;
  assert.ok(before > 0 && after < before, `${before} before, ${after} after`);
  assert.deepEqual([tuned.trained, tuned.heldOut], [20, 5]);
  const scores = report.epochs.map(({ validation }) => validation!.value);
  assert.equal(scores[epoch - 1], Math.min(...scores), 'the epoch that drifts least');
  assert.equal(after, scores[epoch - 1]);
  assert.deepEqual(graph.nodes, given.nodes);
  assert.notDeepEqual(graph.constants, given.constants);
});

test('what helps the frames that were trained on alone is not taken', async () => {
  // Frames that the gate never sees change are blended as they are: there, nothing can be gained.
  const [moving] = frames as [Float32Array[]];
  const still = [...moving.slice(0, 16), ...Array.from({ length: 4 }, () => moving[15]!)];
  const keyed = { ...gate, settings: { ...SETTINGS, keyFrame: 1 } };
  const kept = await fineTune(readBackbone(given), keyed, [still], { ...settings, epochs: 2 });
  assert.deepEqual([kept.epoch, kept.before, kept.after], [0, 0, 0]);
  assert.deepEqual(kept.graph.constants, given.constants);
});

test('training that diverges names the rate of the backbone', async () => {
  await assert.rejects(fineTune(readBackbone(given), gate, frames, { ...settings, rate: 1e20 }), (error) => {
    assert.ok(error instanceof TinymlError && error.code === 'E_NOT_FINITE', String(error));
    assert.match(error.hint!, /--fine-tune-lr/);
    assert.doesNotMatch(error.hint!, /--lr|--warmup/);
    return true;
  });
});
