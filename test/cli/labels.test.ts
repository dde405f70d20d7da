/** Names of classes on their way from a file into the bundle of a Jetson. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { readLabels } from '../../src/input/read-labels.ts';
import { readBundle } from '../../src/targets/tensorrt/bundle/read-bundle.ts';
import { tinyml } from './run.ts';
import { FIXTURE, inFolder } from './small.ts';

const NAMES = [
  'T-shirt/top',
  'trouser',
  'pull "over"',
  'Kleid',
  'Mäntel',
  'sandal',
  '衬衫',
  'a: b',
  'bag',
  'x',
];

const JETSON = ['--target', 'jetson-orin-nano', '--jetpack', '6.2', '--precision', 'fp16'];

test('labels go into manifest, README and the configuration of DeepStream', () =>
  inFolder(async (folder) => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('labels.txt'), `\ufeff${NAMES.join('\r\n')}\r\n`);
    writeFileSync(path('pixels.json'), '{ "scale": 0.00392156862745098 }');
    const model = join(FIXTURE, 'model.onnx');
    const more = ['--labels', path('labels.txt'), '--preprocess', path('pixels.json'), '-o', path('out')];
    const { status, stderr } = await tinyml(['deploy', model, ...JETSON, ...more]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(readBundle(path('out')).manifest.input.labels, NAMES);
    assert.match(readFileSync(path('out/README.md'), 'utf8'), /10 labels are in `manifest\.json`/);
    const split = readFileSync(path('out/deepstream/labels.txt'), 'utf8').trimEnd().split(';');
    assert.deepEqual(split, NAMES);
    const config = readFileSync(path('out/deepstream/config_infer_primary.txt'), 'utf8');
    assert.match(config, /^network-type=1$/m);
  }));

test('files that hold no names are refused with their lines', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'labels.txt');
    const cases: readonly (readonly [contents: string | Uint8Array, said: RegExp])[] = [
      ['a\n\nb\n\n', /^2 of 4 lines are no name of a class .*line 2: it is empty .*line 4: it is empty$/],
      ['', /^1 of 1 lines is no name of a class/],
      [`${'x'.repeat(1001)}\n`, /line 1: it has 1001 characters/],
      ['a\0b\n', /line 1: it holds a NUL/],
      [Uint8Array.of(0x41, 0xff, 0x0a), /^the file is no text in UTF-8/],
      [new Uint8Array(600_000).fill(0x41), /^a file of 600000 bytes is too large/],
    ];
    for (const [contents, said] of cases) {
      writeFileSync(path, contents);
      assert.throws(
        () => readLabels(path),
        (error) => {
          assert.ok(error instanceof TinymlError && error.code === 'E_DATA');
          assert.match([error.message, ...error.at].join(' '), said);
          return true;
        },
      );
    }
  }));

test('names of another model are refused for every target', () =>
  inFolder(async (folder) => {
    const labels = join(folder, 'labels.txt');
    writeFileSync(labels, NAMES.slice(1).join('\n'));
    const more = ['--labels', labels, '-o', join(folder, 'out')];
    const targets = [
      ['model.onnx', ...JETSON],
      ['model.int8.onnx', '--target', 'stm32h743'],
    ];
    for (const [model, ...target] of targets) {
      const { status, stderr } = await tinyml(['deploy', join(FIXTURE, model!), ...target, ...more]);
      assert.equal(status, 2);
      assert.match(stderr, /E_DATA\]: there are 9 labels.*\n.*output ".*": 1x10/);
    }
  }));
