/** `deploy --training` and `verify --steps`: what is refused, and with what words. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyml } from './run.ts';
import { FIXTURE, inFolder } from './small.ts';

const MODEL = join(FIXTURE, 'model.onnx');
const DATA = ['--data', join(FIXTURE, 'calibration-images-idx3-ubyte'), '--calibration-size', '2'];

test('what cannot be trained so is refused before anything is written', () =>
  inFolder(async (folder) => {
    const scheme = join(folder, 'scheme.json');
    writeFileSync(scheme, JSON.stringify({ weights: [{ layer: 'densest' }] }));
    const output = join(folder, 'firmware');
    const deploy = (model: string, ...flags: readonly string[]) =>
      tinyml(['deploy', model, '--target', 'stm32h743', '-o', output, ...flags]);
    for (const [model, flags, message] of [
      [MODEL, ['--training'], /E_USAGE.*there are none[\s\S]*--data/],
      [join(FIXTURE, 'model.int8.onnx'), ['--training'], /E_QUANT.*quantised already/],
      [MODEL, [...DATA, '--training', '--scheme', scheme], /no layer "densest"[\s\S]*Did you mean dense/],
      [MODEL, [...DATA, '--training', '--momentum', '0.9'], /updated by plain descent/],
      [MODEL, [...DATA, '--scheme', 'last:1', '--lr', '0.1'], /only infers[\s\S]*--scheme[\s\S]*--lr/],
      [MODEL, [...DATA, '--training', '--target', 'jetson-nano'], /engines do not train/],
      [MODEL, [...DATA, '--input', 'streamed', '--target', 'jetson-nano'], /engines take their inputs whole/],
    ] as const) {
      const { status, stderr } = await deploy(model, ...flags);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
    }
  }));

test('firmware that does not train has no steps', () =>
  inFolder(async (folder) => {
    const output = join(folder, 'firmware');
    const model = join(FIXTURE, 'model.int8.onnx');
    const deployed = await tinyml(['deploy', model, '--target', 'stm32h743', '-o', output]);
    assert.equal(deployed.status, 0, deployed.stderr);
    const { status, stderr } = await tinyml(['verify', output, '--on', 'host', '--steps', '3']);
    assert.equal(status, 2);
    assert.match(stderr, /E_USAGE.*does not train/);
    const learning = await tinyml(['verify', output, '--on', 'host', '--learn', DATA[1]!]);
    assert.equal(learning.status, 2);
    assert.match(learning.stderr, /E_USAGE.*learns nothing/);
  }));

test('what is to be learned has to be samples of the classes of the bundle, and settings need them', () =>
  inFolder(async (folder) => {
    const output = join(folder, 'firmware');
    const eight = join(FIXTURE, 'eight-classes.onnx');
    const deploy = [
      'deploy',
      eight,
      '--target',
      'stm32h743',
      '-o',
      output,
      '--training',
      '--scheme',
      'last:1',
      ...DATA,
    ];
    const deployed = await tinyml(deploy);
    assert.equal(deployed.status, 0, deployed.stderr);
    for (const [flags, message] of [
      [['--eval', DATA[1]!, '--every', '3'], /nothing is to be learned[\s\S]*--eval[\s\S]*--every/],
      [['--learn', DATA[1]!, '--limit-eval', '3'], /nothing is measured on[\s\S]*--limit-eval/],
      [['--learn', DATA[1]!], /E_DATA.*label 8, the model has 8 classes/],
      [['--learn', join(folder, 'none')], /E_FILE/],
    ] as const) {
      const { status, stderr } = await tinyml(['verify', output, '--on', 'host', ...flags]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
    }
  }));
