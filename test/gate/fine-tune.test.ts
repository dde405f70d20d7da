import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffNetwork } from '../../src/gate/baselines.ts';
import { fineTune, readBackbone } from '../../src/gate/fine-tune.ts';
import { ints } from '../../src/graph/build.ts';
import { regularise } from '../../src/passes/pipeline.ts';
import { network, pads } from '../train/networks.ts';
import { FRAME, GRID, SETTINGS, scene } from './scenes.ts';

test('a backbone that is fine-tuned drifts less, and differs in weights alone', async () => {
  const given = regularise(
    network(FRAME, ({ conv, op }, x) => {
      const attributes = { strides: ints([2, 2]), ...pads(1, 1, 1, 1) };
      const first = op('Relu', 'relu', [conv('first', x, [8, 3, 3, 3], { attributes })]);
      return conv('second', first, [4, 8, 3, 3], { attributes });
    }),
  );
  const gate = { network: diffNetwork(GRID, 30), settings: SETTINGS, shape: FRAME };
  const frames = [scene(20).map(({ data }) => data as Float32Array)];
  const settings = { epochs: 10, batchSize: 4, rate: 1e-3, seed: 1, jobs: 1 };
  const { graph, before, after } = await fineTune(readBackbone(given), gate, frames, settings);
  assert.ok(before > 0 && after < before, `${before} before, ${after} after`);
  assert.deepEqual(graph.nodes, given.nodes);
  assert.notDeepEqual(graph.constants, given.constants);
});
