import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { tinyml } from './run.ts';
import { cutImages, inFolder } from './small.ts';

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

/** Few images, for what tries all cuts. */
function few(folder: string): readonly string[] {
  const [data, test] = [cutImages(folder, 'calibration', 24), cutImages(folder, 'evaluation', 40)];
  return [
    'split',
    fixture('model.onnx'),
    '--data',
    data,
    '--eval',
    test,
    '--ratio',
    '40',
    '-n',
    '16',
    '--json',
  ];
}

test('split --cut auto takes the fewest bytes within its limits, and says where there are none', () =>
  inFolder(async (folder) => {
    const all = few(folder);
    const { status, stdout, stderr } = await tinyml([...all, '--cut', 'auto', '--max-drop', '10%'], {
      cwd: folder,
    });
    assert.equal(status, 0, stderr);
    const chosen = JSON.parse(stdout);
    const fitting: { value: string; messageBytes: number }[] = chosen.cuts.filter(
      ({ accuracy }: { accuracy: number }) => chosen.accuracy.float - accuracy <= 0.1,
    );
    assert.equal(chosen.cuts.length, 7);
    const least = Math.min(...fitting.map(({ messageBytes }) => messageBytes));
    assert.equal(fitting.find(({ value }) => value === chosen.cut)!.messageBytes, least);
    const unnamed = await tinyml([...all, '--max-ram', '1M'], { cwd: folder });
    assert.equal(unnamed.status, 2, unnamed.stderr);
    const large = await tinyml([...all, '--cut', 'pool2', '--max-ram', '1K', '-o', 'parts'], {
      cwd: folder,
    });
    assert.equal(large.status, 1, large.stderr);
    assert.match(large.stderr, /E_GATE/);
    assert.equal(existsSync(join(folder, 'parts')), false);
  }));

test('split --train both trains head and tail across the codec, counts both ways, and writes a head with its narrow layer', () =>
  inFolder(async (folder) => {
    const both = ['--train', 'both', '--epochs', '1', '--ratio', '100', '--narrow', '6', '-o', 'parts'];
    const { status, stdout, stderr } = await tinyml([...args, ...both], { cwd: folder });
    assert.equal(status, 0, stderr);
    const { cut, cuts } = JSON.parse(stdout);
    const [row] = cuts;
    assert.deepEqual([cut, row.shape, row.floatBytes], [row.value, [6, 7, 7], 12544]);
    assert.ok(row.messageBytes <= 126, `${row.messageBytes} bytes`);
    const { up, down, float } = row.training;
    assert.ok(up > 0 && down > 0 && float / (up + down) > 30, JSON.stringify(row.training));
    const head = await loadModel(join(folder, 'parts', 'head.onnx'));
    assert.deepEqual(head.nodes.filter(({ op }) => op === 'Conv').length, 2);
    const idle = await tinyml([...args, '--narrow', '6'], { cwd: folder });
    assert.equal(idle.status, 2, idle.stderr);
  }));
