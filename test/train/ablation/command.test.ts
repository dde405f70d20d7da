/** `tinyml ablate` in processes of its own. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../../src/numbers/random.ts';
import { exportModel } from '../../../src/onnx/export.ts';
import { packageRoot } from '../../../src/package-root.ts';
import { type Outcome, outcome, start, tinyml } from '../../cli/run.ts';
import { inFolder } from '../../cli/small.ts';
import { words } from '../../cli/words.ts';
import { npyFile } from '../../data/files.ts';
import { network } from '../networks.ts';

const SIZE = 6;
const CLASSES = 3;

/** Images in which one of three rows of pixels is bright, under noise. */
function images(count: number, seed: number): { readonly x: Uint8Array; readonly y: Uint8Array } {
  const random = seededRandom(seed);
  const y = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
  const x = Uint8Array.from({ length: count * SIZE * SIZE }, (_, i) => {
    const row = Math.floor(i / SIZE) % SIZE;
    const bright = Math.floor(row / 2) === y[Math.floor(i / (SIZE * SIZE))]!;
    return Math.floor(random() * 120) + (bright ? 100 : 0);
  });
  return { x, y };
}

/** A small classifier, data for it, and the arguments of a short ablation. */
function inAblation(
  body: (folder: string, args: (...more: readonly string[]) => readonly string[]) => Promise<void>,
) {
  return inFolder(async (folder) => {
    const graph = network([1, 1, SIZE, SIZE], ({ conv, gemm, op }, x) => {
      const first = op('Relu', 'relu', [conv('first', x, [4, 1, 3, 3])]);
      return gemm('fc', op('Flatten', 'flat', [first]), CLASSES, 64);
    });
    writeFileSync(join(folder, 'model.onnx'), exportModel(graph));
    writeFileSync(join(folder, 'pixels.json'), '{"scale": 0.00392156862745098}');
    for (const [name, count, seed] of [
      ['train', 48, 1],
      ['test', 31, 2],
    ] as const) {
      const { x, y } = images(count, seed);
      writeFileSync(join(folder, `${name}-x.npy`), npyFile('|u1', [count, SIZE, SIZE], x));
      writeFileSync(join(folder, `${name}-y.npy`), npyFile('|u1', [count], y));
    }
    await body(folder, (...more) => [
      ...['ablate', 'model.onnx', '-d', 'train-x.npy', '-e', 'test-x.npy', '--preprocess', 'pixels.json'],
      ...['-n', '2', '--epochs', '2', '-b', '8', '--lr', '0.01', ...more],
    ]);
  });
}

const ok = ({ status, stdout, stderr }: Outcome): string => {
  assert.equal(status, 0, stderr);
  return stdout;
};
const jsonOf = (result: Outcome) => JSON.parse(ok(result));

/** What was found, without the command line that found it. */
const found = (result: Outcome) => ({ ...jsonOf(result), provenance: null });

test('a grid is trained, measured, told in sentences and written', () =>
  inAblation(async (folder, args) => {
    const files = ['--log', 'runs.jsonl', '-o', 'result.json', '--report', 'report.html'];
    const grid = ['-g', 'prc=off,mse bits-g=4 round=nearest lac=off,position'];
    const text = ok(await tinyml(args(...grid, ...files, '--epochs', '8'), { cwd: folder }));
    assert.match(text, /^6 arms, 2 seeds, 8 epochs of 48 samples, measured on 31\n/);
    assert.match(
      text,
      /^- prc mse instead of off, .*points \((95 % CI|equal for all seeds: no interval), .*n=2\): /m,
    );
    assert.match(
      text,
      /^- lac position instead of off, .* as exported .*; as trained .*; in float32 it does/m,
    );

    const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    assert.equal(result.runs.length, 12);
    for (const { exported, asTrained, failure } of result.runs) {
      assert.equal(failure, null);
      for (const share of [exported, asTrained]) {
        assert.ok(share >= 0 && share <= 1 && Number.isInteger(Math.round(share * 31 * 1e6) / 1e6));
      }
    }
    const float = result.runs.filter(
      ({ arm }: { arm: string }) => arm === 'method=float batch-norm=off lac=off',
    );
    for (const { exported, asTrained } of float) {
      assert.ok(exported > 0.6, `float training reached ${exported} on an easy task`);
      assert.equal(asTrained, exported, 'a float network computes as it was trained');
    }

    const log = readFileSync(join(folder, 'runs.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      log.map(({ kind }) => kind),
      ['ablation', ...new Array(12).fill('run')],
    );
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    assert.match(page, /<h2>What was found<\/h2>[\s\S]*<svg[\s\S]*prc mse instead of off/);
    assert.doesNotMatch(page, /NaN/);
  }));

test('limits leave samples of all classes of data that come class by class', () =>
  inAblation(async (folder, args) => {
    const write = (name: string, count: number, classes: number): void => {
      const { x, y } = images(count, 3);
      const order = [...y.keys()].filter((i) => y[i]! < classes).sort((a, b) => y[a]! - y[b]!);
      const area = SIZE * SIZE;
      const pixels = order.flatMap((i) => Array.from(x.subarray(i * area, (i + 1) * area)));
      const shape = [order.length, SIZE, SIZE];
      writeFileSync(join(folder, `${name}-x.npy`), npyFile('|u1', shape, Uint8Array.from(pixels)));
      const labels = Uint8Array.from(order, (i) => y[i]!);
      writeFileSync(join(folder, `${name}-y.npy`), npyFile('|u1', [order.length], labels));
    };
    write('train', 96, CLASSES);
    write('test', 60, CLASSES);
    write('one', 60, 1);
    const grid = ['-g', 'method=float', '-n', '1', '--epochs', '12', '--json'];
    const accuracyOf = async (...more: readonly string[]): Promise<number> =>
      jsonOf(await tinyml(args(...grid, ...more), { cwd: folder })).runs[0].exported;
    // Trained on the first 24, which are of one class, it would be right of a third.
    const logged = ['--log', 'runs.jsonl', '--resume', '--limit-train', '24'];
    const reached = await accuracyOf(...logged);
    assert.ok(reached > 0.6, `trained on some of all classes, it reached ${reached}`);
    // Trained on one class, it would be right of all of the first 18, which are of that class.
    const right = 18 * (await accuracyOf('-d', 'one-x.npy', '--limit-eval', '18'));
    assert.ok(right > 1 && right < 12, `${right} of 18, of which about a third are of the class`);
    const { status, stderr } = await tinyml(args(...grid, ...logged, '--seed', '2'), { cwd: folder });
    assert.equal(status, 2);
    assert.match(stderr, /data: train-x\.npy, 24 samples, chosen by seed 1 there, .* chosen by seed 2 here/);
  }));

test('threads do not change what an ablation says', () =>
  inAblation(async (folder, args) => {
    const said = await Promise.all(
      ['1', '3'].map((jobs) =>
        tinyml(args('-g', 'method=octo,float', '--json', '-j', jobs, '--limit-train', '24'), { cwd: folder }),
      ),
    );
    assert.deepEqual(found(said[0]!), found(said[1]!));
  }));

test('an ablation that was stopped goes on, and runs nothing twice', () =>
  inAblation(async (folder, args) => {
    const grid = ['-g', 'prc=off,mse', '--json', '-j', '1'];
    const whole = found(await tinyml(args(...grid), { cwd: folder }));
    const log = join(folder, 'runs.jsonl');
    const logged = ['--log', 'runs.jsonl', '--resume'];

    const child = start(args(...grid, ...logged), { cwd: folder });
    const ended = outcome(child);
    while (
      !(existsSync(log) && readFileSync(log, 'utf8').split('\n').length > 2) &&
      child.exitCode === null
    ) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    child.kill('SIGINT');
    await ended;
    const before = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    // A line that was being written when the machine went down.
    appendFileSync(log, '{"kind":"run","arm":"method=oc');
    assert.deepEqual(found(await tinyml(args(...grid, ...logged), { cwd: folder })), whole);
    const after = readFileSync(log, 'utf8').trimEnd().split('\n');
    assert.deepEqual(after.slice(0, before.length), before);
    assert.equal(after.length, 1 + 6);
    const runs = after
      .slice(1)
      .map((line) => JSON.parse(line))
      .map(({ arm, seed }) => `${arm} ${seed}`);
    assert.equal(new Set(runs).size, 6);

    // More seeds need only their own runs.
    assert.equal(jsonOf(await tinyml(args(...grid, ...logged, '-n', '3'), { cwd: folder })).runs.length, 9);
    assert.deepEqual(readFileSync(log, 'utf8').split('\n').slice(0, after.length), after);
  }));

test('runs of another ablation are not taken', () =>
  inAblation(async (folder, args) => {
    const grid = ['-g', 'method=float', '-n', '1', '--log', 'runs.jsonl', '--resume'];
    ok(await tinyml(args(...grid), { cwd: folder }));
    const { status, stderr } = await tinyml(args(...grid, '--epochs', '3'), { cwd: folder });
    assert.equal(status, 2);
    assert.match(stderr, /error\[E_CHECKPOINT\].*another ablation/);
    assert.match(stderr, /epochs: 2 there, 3 here/);
    writeFileSync(join(folder, 'runs.jsonl'), 'runs\n');
    assert.match((await tinyml(args(...grid), { cwd: folder })).stderr, /error\[E_CHECKPOINT\].*no log/);
  }));

test('mistakes are found before anything is trained', () =>
  inAblation(async (folder, args) => {
    const refused = async (pattern: RegExp, ...more: readonly string[]): Promise<void> => {
      const { status, stdout, stderr } = await tinyml(args(...more), { cwd: folder });
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, pattern);
    };
    await refused(/E_USAGE.*no factor "pcr"/, '-g', 'pcr=off,mse');
    await refused(/E_USAGE.*no factor "bit-g"[\s\S]*--by/, '-g', 'prc=off,mse', '--by', 'bit-g');
    await refused(/E_USAGE.*--resume needs a file/, '-g', 'prc=off,mse', '--resume');
    await refused(/E_USAGE.*same file/, '-g', 'prc=off', '-o', 'a.json', '--report', 'a.json');
    await refused(/E_FILE/, '-g', 'prc=off', '-e', 'nothing.npy');
    const { x } = images(3, 1);
    writeFileSync(join(folder, 'far-x.npy'), npyFile('|u1', [3, SIZE, SIZE], x));
    writeFileSync(join(folder, 'far-y.npy'), npyFile('|u1', [3], Uint8Array.of(0, 1, 7)));
    await refused(/E_DATA.*label 7/, '-g', 'prc=off', '-e', 'far-x.npy');
  }));

test('the example of docs/commands/ablate.md runs, and prints what the page shows', () =>
  inFolder(async (folder) => {
    const page = readFileSync(join(packageRoot(), 'docs', 'commands', 'ablate.md'), 'utf8');
    const [, pixels, command] = /^echo '(.*)' > pixels\.json\n(tinyml ablate .*)$/m.exec(page)!;
    writeFileSync(join(folder, 'pixels.json'), pixels!);
    const [, ...argv] = words(command!).map((word) =>
      word.startsWith('fixtures/') ? join(packageRoot(), word) : word,
    );
    const text = ok(await tinyml(argv, { cwd: folder }));
    const [, example] = /^```text\n([\s\S]*?)^```/m.exec(page)!;
    // Figures depend on every detail of training; what is said about them is fixed.
    const shape = (said: string): string =>
      said
        .replace(/[+-]?\d+\.\d+/g, '#')
        .replace(/(n=3\)): .*$/gm, '$1')
        .replace(/as exported /g, '')
        .replace(/ +/g, ' ');
    assert.equal(shape(text), shape(example!));
  }));
