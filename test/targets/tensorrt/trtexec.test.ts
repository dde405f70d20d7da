import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RELEASE_IDS } from '../../../src/targets/tensorrt/release/order.ts';
import type { ReleaseId } from '../../../src/targets/tensorrt/release/release.ts';
import { hasOption, trtexecOption } from '../../../src/targets/tensorrt/release/trtexec.ts';
import { numberOfVersion, versionOfNumber } from '../../../src/targets/tensorrt/release/version-number.ts';
import { failure } from '../../failure.ts';

/** Releases that take an option. */
const releasesOf = (option: string): readonly ReleaseId[] =>
  RELEASE_IDS.filter((id) => hasOption(id, option));

test('options come and go with releases', () => {
  const table: Readonly<Record<string, readonly [first: ReleaseId, last: ReleaseId]>> = {
    onnx: ['8.2', '11.4'],
    timingCacheFile: ['8.2', '11.4'],
    int8: ['8.2', '10.16'],
    fp16: ['8.2', '10.16'],
    calib: ['8.2', '10.16'],
    precisionConstraints: ['8.2', '10.16'],
    layerPrecisions: ['8.5', '10.16'],
    workspace: ['8.2', '8.6'],
    buildOnly: ['8.2', '8.6'],
    memPoolSize: ['8.5', '11.4'],
    skipInference: ['8.6', '11.4'],
    stronglyTyped: ['10.3', '11.4'],
    adjustForDLA: ['10.16', '11.4'],
    noCudaGraph: ['11.4', '11.4'],
  };
  for (const [option, [first, last]] of Object.entries(table)) {
    const expected = RELEASE_IDS.slice(RELEASE_IDS.indexOf(first), RELEASE_IDS.indexOf(last) + 1);
    assert.deepEqual(releasesOf(option), expected, option);
  }
  assert.deepEqual(releasesOf('fp32'), []);
});

test('an option that the release does not take is a fault of ours', () => {
  assert.equal(trtexecOption('8.2', 'workspace', 256), '--workspace=256');
  assert.equal(trtexecOption('8.2', 'int8'), '--int8');
  assert.equal(failure(() => trtexecOption('11.4', 'int8')).code, 'E_INTERNAL');
});

test('versions in one number', () => {
  for (const [version, number] of [
    [[8, 2, 1], 8201],
    [[8, 5, 2], 8502],
    [[10, 3, 0], 100300],
    [[11, 4, 1], 110401],
  ] as const) {
    assert.equal(numberOfVersion(version), number);
    assert.deepEqual(versionOfNumber(number), version);
  }
});
