import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TargetSettings } from '../../../../src/targets/target.ts';
import {
  printCalibrationCache,
  readCalibrationCache,
} from '../../../../src/targets/tensorrt/bundle/calibration-cache.ts';
import type { BundleInput } from '../../../../src/targets/tensorrt/bundle/input.ts';
import { RELEASES } from '../../../../src/targets/tensorrt/release/release-table.ts';
import { failure } from '../../../failure.ts';
import { platformOf } from './small-input.ts';

/** What the printer reads of its input. */
function printed(
  ranges: ReadonlyMap<string, number>,
  id = 'jetson-orin-nano',
  settings: TargetSettings = { jetpack: '6.2' },
): string | null {
  const input = { platform: platformOf(id, settings), model: { ranges } } as unknown as BundleInput;
  return (printCalibrationCache(input)[0]?.[1] as string | undefined) ?? null;
}

const release = (id: string) => RELEASES.find((one) => one.id === id)!;

test('the scale is amax / 127, most significant byte first, under the header of the release', () => {
  const ranges = new Map([
    ['input_1:0', 1],
    ['y', 127],
  ]);
  const lines = 'input_1:0: 3c010204\ny: 3f800000\n';
  assert.equal(
    printed(ranges, 'jetson-xavier-nx', { jetpack: '4.6' }),
    `TRT-8201-EntropyCalibration2\n${lines}`,
  );
  assert.equal(
    printed(ranges, 'jetson-orin-nano', { jetpack: '5.1' }),
    `TRT-8502-EntropyCalibration2\n${lines}`,
  );
  assert.equal(
    printed(ranges, 'jetson-orin-nano', { jetpack: '6.0' }),
    `TRT-8602-EntropyCalibration2\n${lines}`,
  );
  assert.equal(printed(ranges), `TRT-100300-EntropyCalibration2\n${lines}`);
  assert.equal(printed(ranges, 'jetson-agx-orin', { jetpack: '7.2.2' }), null);
  assert.equal(printed(new Map()), null);
});

test('what was written is read back, names with colons and spaces too', () => {
  const ranges = new Map([
    ['a:b: c', 0.5],
    ['$(touch x)\'"', 3.25],
  ]);
  const read = readCalibrationCache(printed(ranges)!, release('10.3'), new Set(ranges.keys()));
  assert.deepEqual([...read.keys()], [...ranges.keys()]);
  for (const [name, amax] of ranges) assert.ok(Math.abs(read.get(name)! - amax) < amax * 2 ** -23);
});

test('ranges that are no scale, and names of two lines, are named all at once where the DLA needs them, and else left out', () => {
  const ranges = new Map([
    ['dead', 0],
    ['wild', Number.POSITIVE_INFINITY],
    ['fine', 1],
    ['two\nlines', 1],
  ]);
  const { code, at } = failure(() => printed(ranges, 'jetson-agx-orin', { jetpack: '6.0', dla: 0 }));
  assert.equal(code, 'E_QUANT');
  assert.equal(printed(ranges), 'TRT-100300-EntropyCalibration2\nfine: 3c010204\n');
  assert.deepEqual(at, [
    'tensor "dead": range 0',
    'tensor "wild": range Infinity',
    'tensor "two\\nlines": no name of one line',
  ]);
});

test('a cache of another release, of another model, or damaged, is refused with its reason', () => {
  const text = printed(new Map([['x', 1]]))!;
  const read = (cache: string, tensors = ['x']) =>
    failure(() => readCalibrationCache(cache, release('10.3'), new Set(tensors)));
  const old = read(text.replace('100300', '8600'));
  assert.deepEqual(
    [old.code, old.message],
    [
      'E_QUANT',
      'the calibration cache is for TensorRT 8.6.0 with EntropyCalibration2, not for 100300-EntropyCalibration2',
    ],
  );
  assert.match(
    read(text.replace('EntropyCalibration2', 'MinMaxCalibration')).message,
    /with MinMaxCalibration/,
  );
  const other = read(text, ['x', 'y', 'z']);
  assert.match(other.message, /of another model: 2 of 3 tensors are not in it/);
  assert.deepEqual(other.at, ['tensor "y"', 'tensor "z"']);
  assert.match(read('hello').message, /no calibration cache/);
  assert.deepEqual(read(`${text}y: 00000000\nz 3c010204\nw: 7f800000\n`).at, ['line 3', 'line 4', 'line 5']);
});
