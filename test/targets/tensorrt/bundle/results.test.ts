/** Results from a board that are not what they should be. The good way is in loop.test.ts. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { resultsText, verifyResults } from '../../../../src/targets/tensorrt/board/results.ts';
import type { Results } from '../../../../src/targets/tensorrt/board/results-schema.ts';
import { foreignFiles } from '../../../../src/targets/tensorrt/bundle/foreign-files.ts';
import { bundleFiles } from '../../../../src/targets/tensorrt/bundle/index.ts';
import { readBundle } from '../../../../src/targets/tensorrt/bundle/read-bundle.ts';
import { failure } from '../../../failure.ts';
import { platformOf, smallInput } from './small-input.ts';

let folder = '';
let good: Results;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tinyml-results-'));
  const input = await smallInput(platformOf('jetson-orin-nano', { jetpack: '6.2' }));
  for (const [path, contents] of bundleFiles(input)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  const { manifest, sha256, files } = readBundle(folder);
  const golden = manifest.golden.map(({ name, outputs }) => {
    const want = Buffer.from(files.get(outputs[0]!)!).readFloatLE(0);
    const worst = { index: 0, got: want + 1e-6, want };
    return { name, outputs: [{ name: 'scores', elements: 10, over: 0, worst }] };
  });
  good = {
    schema: 1,
    bundle: { name: 'small', manifest: sha256 },
    engine: { sha256: 'e'.repeat(64), bytes: 5, buildSeconds: 60 },
    board: {
      module: 'NVIDIA Jetson Orin Nano',
      compatible: ['nvidia,p3767-0003'],
      l4t: 'R36',
      trtexec: 100300,
      powerMode: '15W',
      clocks: 'locked',
    },
    golden,
    latency: { runs: 100, meanMs: 1, medianMs: 1.25, p99Ms: 2, minMs: 0.5, maxMs: 3 },
    at: '2026-01-01T00:00:00Z',
  };
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Holds results, as text or as a value, against the bundle. */
function verify(results: unknown, maxLatencyMs: number | null = null) {
  const file = join(folder, 'build-results.json');
  writeFileSync(file, typeof results === 'string' ? results : JSON.stringify(results));
  return verifyResults(folder, file, { maxLatencyMs });
}

test('good results, and the limit on their latency', () => {
  const read = verify(good);
  assert.deepEqual(read.notes, []);
  assert.match(
    resultsText(read).join('\n'),
    /3 golden outputs are within tolerance.*\n1\.250 ms \(median of 100 runs/,
  );
  assert.equal(verify(good, 1.25).latency.medianMs, 1.25);
  const slow = failure(() => verify(good, 1.2));
  assert.deepEqual(
    [slow.code, slow.message],
    ['E_GATE', 'one inference takes 1.25 ms (median), more than 1.2 ms'],
  );
});

test('results of another bundle, of another release, or of no case', () => {
  const other = failure(() => verify({ ...good, bundle: { ...good.bundle, manifest: 'a'.repeat(64) } }));
  assert.deepEqual([other.code, other.message], ['E_BUNDLE', 'the results are of another bundle']);
  const newer = failure(() => verify({ ...good, board: { ...good.board, trtexec: 101600 } }));
  assert.equal(
    newer.message,
    'the results are of TensorRT 10.16.0, the bundle is for 10.3.0 to below 10.4.0',
  );
  const fewer = failure(() => verify({ ...good, golden: good.golden.slice(1) }));
  assert.equal(fewer.message, 'the results hold no golden case "zeros"');
});

test('what a board says is held against the bundle: a number that it expected, and one that is off', () => {
  const changed = (change: object): Results => {
    const [first, ...rest] = good.golden;
    const output = { ...first!.outputs[0]!, ...change };
    return { ...good, golden: [{ ...first!, outputs: [output] }, ...rest] };
  };
  const { worst } = good.golden[0]!.outputs[0]!;
  const forged = failure(() => verify(changed({ worst: { ...worst, want: 7, got: 7 } })));
  assert.match(forged.message, /hold no output "scores" of golden case "zeros" as it is in the bundle/);
  // The board took another tolerance.
  const off = failure(() => verify(changed({ worst: { ...worst, got: worst.want + 1 } })));
  assert.deepEqual([off.code, off.at.length], ['E_MISMATCH', 1]);
  assert.match(off.at[0]!, /^golden case "zeros", output "scores": element 0 is/);
  assert.equal(failure(() => verify(changed({ over: 2 }))).code, 'E_MISMATCH');
  assert.equal(failure(() => verify(changed({ worst: { ...worst, index: 10 } }))).code, 'E_BUNDLE');
});

test('files that are no results', () => {
  assert.equal(failure(() => verify('{')).code, 'E_BUNDLE');
  assert.equal(failure(() => verify('[]')).code, 'E_BUNDLE');
  const extra = failure(() => verify({ ...good, latencies: 1 }));
  assert.match(extra.message, /latencies/);
  assert.equal(
    failure(() => verify({ ...good, latency: { ...good.latency, medianMs: -1 } })).code,
    'E_BUNDLE',
  );
  assert.match(failure(() => verify(' '.repeat(2 ** 20 + 1))).message, /too large/);
  const missing = join(folder, 'nowhere.json');
  assert.equal(failure(() => verifyResults(folder, missing, { maxLatencyMs: null })).code, 'E_FILE');
});

test('a bundle that was changed, and a cache of another model in it', () => {
  const path = join(folder, 'calibration.cache');
  const cache = readFileSync(path, 'utf8');
  const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
  try {
    writeFileSync(path, cache.replace('100300', '8602'));
    assert.match(failure(() => readBundle(folder)).message, /is for TensorRT 8\.6\.2/);
    writeFileSync(path, 'TRT-100300-EntropyCalibration2\nresnet: 3c010204\n');
    assert.match(failure(() => readBundle(folder)).message, /of another model/);
    writeFileSync(path, `${cache}more: 3c010204\n`);
    const changed = failure(() => readBundle(folder));
    assert.deepEqual([changed.code, changed.at], ['E_BUNDLE', ['calibration.cache']]);
    writeFileSync(path, cache);
    writeFileSync(join(folder, 'manifest.json'), manifest.replace('"kind": "tensorrt"', '"kind": "other"'));
    assert.equal(failure(() => readBundle(folder)).code, 'E_BUNDLE');
  } finally {
    writeFileSync(path, cache);
    writeFileSync(join(folder, 'manifest.json'), manifest);
  }
  assert.equal(failure(() => readBundle(join(folder, 'none'))).code, 'E_FILE');
});

test('foreign files are told from those of the bundle and of its scripts', () => {
  for (const path of [
    'build/small.engine',
    'infer/infer',
    'infer/build/Makefile',
    'triton/small/1/model.plan',
  ]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  writeFileSync(join(folder, 'notes.txt'), '');
  rmSync(join(folder, 'build-results.json'), { force: true });
  assert.deepEqual(foreignFiles(folder), ['notes.txt']);
  const manifest = readFileSync(join(folder, 'manifest.json'));
  rmSync(join(folder, 'manifest.json'));
  assert.deepEqual(foreignFiles(folder), ['notes.txt'], 'without the manifest');
  writeFileSync(join(folder, 'manifest.json'), manifest);
  assert.deepEqual(foreignFiles(join(folder, 'golden')).length, 6);
});
