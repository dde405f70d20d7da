import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { classifier, writeClasses } from './classifier.ts';
import { inProcess } from './in-process.ts';
import { inFolder, smallModel } from './small.ts';

const here = process.cwd();
const inWork = (body: () => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    process.chdir(folder);
    try {
      writeFileSync('trees.onnx', classifier());
      writeFileSync('small.onnx', smallModel());
      writeClasses('trees', ['ash', 'birch', 'cedar']);
      await body();
    } finally {
      process.chdir(here);
    }
  });

const prune = (model: string, ...more: readonly string[]) =>
  inProcess(['prune', model, '-o', 'p.onnx', '-d', 'trees', '-t', 'rp2040', '--preprocess', 'raw', ...more]);

const REFUSED: readonly (readonly [args: readonly string[], said: RegExp, status?: number])[] = [
  [
    ['trees.onnx', '--channels', '0'],
    /E_USAGE\]: --channels takes shares above 0 and up to 1, or whole numbers/,
  ],
  [['trees.onnx', '--channels', '1.5'], /E_USAGE\]: --channels takes .*, not "1.5"/],
  [['trees.onnx', '--channels', '9'], /E_USAGE\]: 9 cannot stay of the channels of "conv": there are 4/],
  [['trees.onnx', '--channels', '1,0.5'], /E_USAGE\]: the model has 1 groups of channels .*, not 2/],
  [['trees.onnx', '--tokens', '0.5'], /E_USAGE\]: the model has 0 layers that start from tokens, not 1/],
  [['trees.onnx', '--lr', '0.1'], /E_USAGE\]: --lr is of training, and nothing is trained/],
  [['trees.onnx', '--max-drop', '1%'], /E_USAGE\]: --max-drop cannot be checked/],
  [['trees.onnx', '--channels', '0.5', '--max-ram', '10'], /E_MEMORY\]: no schedule keeps the budget/, 1],
  [
    ['trees.onnx', '-e', 'trees', '--channels', '2', '--min-accuracy', '99%'],
    /E_GATE\]: no schedule keeps/,
    1,
  ],
  [['small.onnx'], /E_OP\]: nothing of the model can be left out/],
];

test('what cannot be pruned so is refused in one line, and nothing is written', () =>
  inWork(async () => {
    for (const [[model, ...args], said, expected = 2] of REFUSED) {
      const { status, stderr } = await prune(model!, ...args);
      assert.match(stderr, said);
      assert.equal(stderr.match(/error\[/g)?.length, 1, stderr);
      assert.deepEqual([status, existsSync('p.onnx')], [expected, false], args.join(' '));
    }
  }));

test('every point that was looked at is told, before and after training, and the model is written', () =>
  inWork(async () => {
    const search = ['-e', 'trees', '--max-ram', '300', '--report', 'page.html', '--json'];
    const training = ['--fine-tune', '2', '--method', 'qat', '-b', '2'];
    const { status, stdout, stderr } = await prune('trees.onnx', ...search, ...training);
    assert.equal(status, 0, stderr);
    const { before, after, points, training: trained, groups } = JSON.parse(stdout);
    assert.ok(points.length > 1 && before.ramBytes > 300 && after.ramBytes <= 300, stdout);
    assert.deepEqual(
      points.filter((point: { isChosen: boolean }) => point.isChosen),
      [after],
    );
    assert.equal(typeof after.accuracy, 'number');
    assert.equal(typeof after.trained, 'number');
    assert.equal(points[0].trained, null, 'what keeps no budget is not trained');
    assert.deepEqual([trained.method, trained.epochs.length], ['qat', 2]);
    assert.ok(groups[0].channels < groups[0].of);
    assert.match(readFileSync('page.html', 'utf8'), /Schedules that were looked at/);
    const { status: planned } = await inProcess(['plan', 'p.onnx', '-t', 'rp2040', '--max-ram', '200']);
    assert.equal(planned, 0);
  }));
