import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';

const fixture = (name: string): string => join(packageRoot(), 'fixtures', 'fashion-mnist', name);
const args = [
  ...['split', fixture('model.onnx'), '--data', fixture('calibration-images-idx3-ubyte')],
  ...['--eval', fixture('evaluation-images-idx3-ubyte'), '--cut', 'pool1', '--json'],
];

test('split writes a head, a tail that is trained behind the codec, and the codec, and measures them', () =>
  inFolder(async (folder) => {
    const { status, stdout, stderr } = await tinyml([...args, '--epochs', '1', '-o', 'parts'], {
      cwd: folder,
    });
    assert.equal(status, 0, stderr);
    const { accuracy, cuts } = JSON.parse(stdout);
    const [cut] = cuts;
    assert.equal(cuts.length, 1);
    assert.equal(cut.floatBytes, 12544);
    assert.ok(cut.messageBytes < 1.05 * (12544 / 32), `${cut.messageBytes} bytes`);
    assert.ok(cut.accuracy > accuracy.float - 0.03, `${cut.accuracy} of ${accuracy.float}`);
    assert.equal(readFileSync(join(folder, 'parts', 'codec.tsgq')).length, cut.codecBytes);
    const [head, tail] = await Promise.all(
      ['head', 'tail'].map((part) => loadModel(join(folder, 'parts', `${part}.onnx`))),
    );
    assert.ok(head!.nodes.some(({ op }) => op === 'QuantizeLinear'));
    assert.ok(tail!.nodes.every(({ op }) => op !== 'QuantizeLinear'));
  }));

test('split writes nothing where no codec is as small as it was asked to be', () =>
  inFolder(async (folder) => {
    const { status, stderr } = await tinyml([...args, '--ratio', '10000', '-o', 'parts'], { cwd: folder });
    assert.equal(status, 1, stderr);
    assert.match(stderr, /E_GATE/);
    assert.equal(existsSync(join(folder, 'parts')), false);
  }));
