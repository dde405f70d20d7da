import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Candidate, measureInTurns } from '../../bench/host/measure.ts';
import { prepareNetwork } from '../../bench/host/models.ts';
import { peakMeter } from '../../bench/host/peak.ts';
import { resnet18 } from '../../bench/host/resnet18.ts';
import { measureRow } from '../../bench/host/row.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { graphMacs } from '../../src/passes/graph-macs.ts';
import { resolveModel } from '../../src/passes/resolve.ts';

const model = () => loadModel(join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.onnx'));

test('a row compares tinyml with ONNX Runtime, one image and several a call', async () => {
  const network = await prepareNetwork('fashion-mnist', await model());
  for (const batch of [1, 3]) {
    const row = await measureRow(network, { batch, threads: 1, seconds: 0.05, clock: 'wall' }, null);
    const { tinymlInt8, tinymlFloat, ort, ortWithoutCall } = row.imagesPerSecond;
    for (const rate of [tinymlInt8, tinymlFloat, ...Object.values(ort), ...Object.values(ortWithoutCall)]) {
      assert.ok(Number.isFinite(rate) && rate > 1, `${rate} images a second`);
    }
    assert.ok(ortWithoutCall[row.ortBest] >= ort[row.ortBest], 'a call costs less than nothing');
    const best = Math.max(...Object.values(ort), ...Object.values(ortWithoutCall));
    assert.equal(row.int8OverOrtBest, tinymlInt8 / best);
    assert.ok(row.ortCallMicroseconds > 0);
    assert.equal(row.ofPeak, null, 'no peak was measured');
  }
});

test('candidates take turns, and the median of their slices counts', async () => {
  const turns: string[] = [];
  let clock = 0;
  const candidate = (name: string, seconds: readonly number[]): Candidate => {
    let slice = 0;
    return {
      run: async () => {
        turns.push(name);
        clock += seconds[slice++ % seconds.length]!;
        return { images: 6, calls: 2 };
      },
      close: async () => {},
    };
  };
  const candidates = { a: candidate('a', [5, 1, 1, 9]), b: candidate('b', [2]) };
  const rates = await measureInTurns(candidates, 0.15, () => clock);
  assert.deepEqual(turns, ['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'], 'one slice to warm up, three to measure');
  assert.deepEqual(rates, {
    a: { imagesPerSecond: 6, secondsPerCall: 0.5 },
    b: { imagesPerSecond: 3, secondsPerCall: 1 },
  });
});

test('the peak is that of instructions that exist', (t) => {
  const meter = peakMeter();
  if (meter === null) return t.skip('there is no C compiler');
  const { int8, float32 } = meter();
  if (int8[0] === 'none') return t.skip('no loop is written for this processor');
  // Without VNNI int8 may have vectors of half the width, and come out below.
  assert.ok(2 * int8[1] > float32[1] && float32[1] > 0, `${int8.join(' ')}, ${float32.join(' ')} G MAC/s`);
});

test('ResNet-18 has the multiply-accumulates that the paper counts', () => {
  // Table 1 of He et al. (2016): 1.8 * 10^9.
  assert.equal(Math.round(graphMacs(resolveModel(resnet18(1))) / 1e8) / 10, 1.8);
});
