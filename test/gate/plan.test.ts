import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExecutor } from '../../src/execute/float.ts';
import { diffNetwork } from '../../src/gate/baselines.ts';
import { type Device, placeGates } from '../../src/gate/place.ts';
import { chooseStage, patchesThatFit, type StageWishes, shorterStages } from '../../src/gate/plan.ts';
import { blockShares, stageOf } from '../../src/gate/stages.ts';
import { graphBuilder, ints } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { graphMacs } from '../../src/passes/graph-macs.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { randomTensor } from '../passes/helpers.ts';
import { backbone, FRAME, SETTINGS, scene } from './scenes.ts';

const WISHES: StageWishes = {
  patch: 4,
  active: 0.1,
  denseAbove: 0.95,
  mode: 'exact',
  gateMacs: (_, { rows, columns }) => rows * columns,
};

test('a stage has the layers up to what mixes all places, activations in their steps', () => {
  const { layers } = stageOf(backbone(), 'frame');
  assert.deepEqual(
    layers.map(({ name, value, reads }) => [name, value, reads]),
    [
      ['first', 'first_relu', ['frame']],
      ['deep', 'deep_relu', ['first_relu']],
      ['sum', 'sum', ['deep_relu', 'first_relu']],
      ['map', 'map', ['sum']],
    ],
  );
});

test('what a block reaches is what really changes behind it, pixel by pixel', () => {
  const graph = backbone();
  const stage = stageOf(graph, 'frame');
  const shares = blockShares(stage, 4, 1 / 24);
  const watched = new Set(stage.layers.map(({ value }) => value));
  const executor = createExecutor(graph, { watch: watched });
  const seen = (data: Float32Array) => {
    const values = new Map<string, { channels: number; data: Float32Array }>();
    executor.run([floatTensor(FRAME, data)], (value, { data: own, shape, layout }) => {
      const place = layout.indexOf(1);
      assert.ok(place === 1 || place === 3);
      const channels = shape[1]!;
      const pixels = own.length / channels;
      // Per pixel the sum over channels is enough to see a change.
      const sums = Float32Array.from({ length: pixels }, (_, pixel) => {
        let sum = 0;
        for (let c = 0; c < channels; c++)
          sum += own[place === 3 ? pixel * channels + c : c * pixels + pixel]!;
        return sum;
      });
      values.set(value, { channels, data: sums });
    });
    return values;
  };
  const [frame] = scene(1);
  const before = frame!.data as Float32Array;
  const changed = before.slice();
  // The block of one patch in the middle: rows 4 to 7, columns 8 to 11.
  for (let c = 0; c < 3; c++) {
    for (let y = 4; y < 8; y++) for (let x = 8; x < 12; x++) changed[(c * 16 + y) * 24 + x]! += 3 + c + x * y;
  }
  const [a, b] = [seen(before), seen(changed)];
  stage.layers.forEach(({ name, value }, i) => {
    const [old, now] = [a.get(value)!.data, b.get(value)!.data];
    const moved = old.reduce((count, one, at) => count + Number(one !== now[at]), 0);
    const most = Math.round(shares[i]! * old.length);
    assert.ok(moved <= most, `${name}: ${moved} pixels changed, ${most} were reckoned with`);
    // Relu may hide a change of a pixel, but hardly of many.
    assert.ok(moved >= 0.6 * most, `${name}: ${moved} pixels changed of ${most}`);
  });
});

test('all patches active cost the dense model and the gate', () => {
  const choice = chooseStage(backbone(), 'frame', { ...WISHES, active: 1, denseAbove: 2 });
  assert.equal(choice.macs.block, graphMacs(backbone()) + 24);
  assert.ok(choice.macs.guarded < choice.macs.dense, 'the classifier stays dense');
});

test('stages get shorter from their end, and say what is dense behind them', () => {
  const stages = shorterStages(backbone(), 'frame', WISHES, true);
  assert.deepEqual(
    stages.map(({ layers, ends }) => [layers.length, ends]),
    [
      [4, []],
      [3, ['map']],
      [2, ['sum']],
      [1, ['deep_relu', 'sum']],
    ],
  );
});

test('a layer that active patches reach nearly all of ends the stage', () => {
  assert.deepEqual(chooseStage(backbone(), 'frame', { ...WISHES, denseAbove: 0.3 }).layers, ['first']);
});

test('the fast mode keeps what windows or others read, where it changes beyond active patches', () => {
  const fast = { ...WISHES, mode: 'fast' } as const;
  assert.deepEqual(chooseStage(backbone(), 'frame', fast).kept, ['first_relu', 'map']);
  assert.deepEqual(chooseStage(backbone(), 'frame', WISHES).kept, []);
});

test('patches that do not divide the frame are refused with those that do', () => {
  assert.deepEqual(patchesThatFit(FRAME), [4, 8]);
  assert.throws(() => chooseStage(backbone(), 'frame', { ...WISHES, patch: 6 }), {
    code: 'E_PATCH',
    message: 'patches of 6x6 do not divide 16x24',
    hint: '--patch 4 or 8 fits',
  });
});

const PLACING = {
  wishes: WISHES,
  settings: SETTINGS,
  decider: (_: string, grid: { rows: number; columns: number }) => ({
    network: diffNetwork(grid, 3),
    unit: 1 / 255,
  }),
};

/** A device whose memory is what the state of a graph takes. */
function deviceOf(limitBytes: number): Device {
  const memoryOf = (graph: Graph) => {
    const arenaBytes =
      1000 * (graph.nodes.find(({ op }) => op === 'tinyml::PatchGate')?.attributes.ends ? 1 : 2);
    return { stateBytes: 0, arenaBytes, limitBytes, fits: arenaBytes <= limitBytes };
  };
  return { id: 'toy', memoryOf };
}

test('a stage loses layers until its caches fit, and says what is missing where none does', () => {
  const lengths = [5000, 1000].map(
    (limit) => placeGates(backbone(), ['frame'], PLACING, deviceOf(limit)).choices[0]!.layers.length,
  );
  assert.deepEqual(lengths, [4, 3]);
  assert.throws(() => placeGates(backbone(), ['frame'], PLACING, deviceOf(999)), {
    code: 'E_MEMORY',
    message: 'the caches of no stage that is worth gating fit toy',
    hint: /needs 1,000 bytes at least, 999 are there/,
  });
});

test('a stage ends where the next gate stands', () => {
  const { choices, graph } = placeGates(
    backbone(),
    ['frame', 'first_relu'],
    { ...PLACING, wishes: { ...WISHES, gateMacs: () => 0 } },
    null,
  );
  assert.deepEqual(
    choices.map(({ layers }) => layers),
    [['first'], ['deep', 'sum', 'map']],
  );
  assert.equal(graph.state.length, 6);
});

test('a model without a stage worth gating is refused, with what it would save', () => {
  const b = graphBuilder('flat');
  const x = b.input('frame', [1, 3, 16, 16]);
  const weights = b.constant('w', randomTensor([2, 3, 16, 16], 1));
  b.output(b.node('Conv', [x, weights], { name: 'all', attributes: { kernel_shape: ints([16, 16]) } }));
  const graph = prepareGraph(b.model());
  assert.throws(() => placeGates(graph, ['frame'], PLACING, null), {
    code: 'E_PATCH',
    message: /no stage is worth gating: with 10.00 % of the patches active/,
    hint: /^so many patches reach nearly all of the first layer/,
  });
});
