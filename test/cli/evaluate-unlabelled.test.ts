/** evaluate on files without labels: predictions and no accuracy; what is odd about a folder is said once. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { pngFile, wavFile } from '../data/files.ts';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { classifier, withInput, writeClasses } from './classifier.ts';
import { inProcess } from './in-process.ts';
import { FIXTURE, inFolder, smallModel } from './small.ts';

const NAMES = ['ash', 'birch', 'cedar'];

/** A classifier with names, its labelled images, and the same without labels: a folder, one file. */
function writeTrees(folder: string): void {
  const preprocess = { ...RAW_VALUES, scale: 1 / 255 };
  writeFileSync(join(folder, 'model.onnx'), withInput(classifier(), { preprocess, labels: NAMES }));
  writeClasses(join(folder, 'trees'), NAMES);
  mkdirSync(join(folder, 'photos'));
  const pixels = Uint8Array.from({ length: 64 }, (_, k) => (k * 47) % 256);
  for (const name of ['a.png', 'b.png']) {
    writeFileSync(join(folder, 'photos', name), pngFile(8, 8, 1, [...pixels]));
  }
}

test('files without labels get a prediction each, in text, JSON and as a page, and no accuracy', () =>
  inFolder(async (folder) => {
    writeTrees(folder);
    const path = (name: string): string => join(folder, name);
    const text = await inProcess(['evaluate', path('model.onnx'), '-d', path('photos/a.png')]);
    assert.equal(text.status, 0, text.stderr);
    assert.match(text.stdout, /^sample +prediction +score +then\n.*a\.png +[012] (ash|birch|cedar) +-?\d/);
    assert.match(text.stdout, /accuracy +not measured: it takes labels/);
    assert.doesNotMatch(text.stdout, /%/);

    const page = path('page.html');
    const all = await inProcess([
      ...['evaluate', path('model.onnx'), '-d', path('photos'), '--json', '--report', page],
    ]);
    const { accuracy, evaluation, predictions } = JSON.parse(all.stdout);
    assert.deepEqual([accuracy, evaluation], [null, { kind: 'predictions', samples: 2 }]);
    assert.deepEqual(
      predictions.map(({ place }: { place: string }) => place),
      [path('photos/a.png'), path('photos/b.png')],
    );
    for (const { best } of predictions) {
      assert.deepEqual(best.map(({ index }: { index: number }) => index).sort(), [0, 1, 2]);
      for (const { index, name } of best) assert.equal(name, NAMES[index]);
    }
    assert.match(readFileSync(page, 'utf8'), /<h2>Predictions<\/h2>[\s\S]*b\.png/);

    const labelled = await inProcess(['evaluate', path('model.onnx'), '-d', path('trees'), '--json']);
    const judged = JSON.parse(labelled.stdout);
    assert.deepEqual([judged.evaluation.kind, 'predictions' in judged], ['classification', false]);
  }));

test('what asks for labels says that there are none', () =>
  inFolder(async (folder) => {
    writeTrees(folder);
    const data = join(folder, 'photos');
    const limited = await inProcess([
      ...['evaluate', join(folder, 'model.onnx'), '-d', data, '--min-accuracy', '0.5'],
    ]);
    assert.equal(limited.status, 2);
    assert.equal(limited.stdout, '');
    assert.match(
      limited.stderr,
      /E_DATA\]: the samples have no labels[\s\S]*hint: .*one folder for each class/,
    );
    const quantize = [
      'quantize',
      join(folder, 'model.onnx'),
      '-o',
      join(folder, 'q.onnx'),
      '-d',
      data,
      '-e',
      data,
    ];
    const judged = await inProcess([...quantize, '--min-accuracy', '0.5']);
    assert.match(judged.stderr, /E_DATA\]: the samples have no labels/);
    const compared = await inProcess([...quantize, '--max-drop', '100%']);
    assert.match(
      compared.stdout,
      /decisions +\d+\.\d\d % as in float \(\d+ of \d+, by the greatest output\)/,
    );
    assert.match(compared.stdout, /accuracy +not measured: no labels/);
  }));

test('labels are left alone where that is said, and no accuracy can be asked for then', () =>
  inFolder(async (folder) => {
    writeTrees(folder);
    const call = [
      'evaluate',
      join(folder, 'model.onnx'),
      '-d',
      join(folder, 'trees'),
      '--unlabelled',
      '--json',
    ];
    const { stdout, stderr } = await inProcess(call);
    const { accuracy, evaluation, predictions } = JSON.parse(stdout);
    assert.deepEqual(
      [accuracy, evaluation, predictions.length],
      [null, { kind: 'predictions', samples: 6 }, 6],
    );
    assert.doesNotMatch(stderr, /W_LABELS/);
    const both = await inProcess([...call, '--min-accuracy', '0.5']);
    assert.equal(both.status, 2);
    assert.match(both.stderr, /"--unlabelled and --min-accuracy exclude each other"/);
  }));

test('windows of a recording are counted by what they are taken for', () =>
  inFolder(async (folder) => {
    const path = (name: string): string => join(folder, name);
    const gemm = modelBytes(13, {
      node: [node('Gemm', ['x', 'w'], ['y'], {})],
      initializer: [floats('w', [2, 3], [1, -1, -2, 1, -1, -2])],
      input: [valueInfo('x', [1, 2])],
      output: [valueInfo('y', [1, 3])],
    });
    writeFileSync(path('model.onnx'), gemm);
    writeFileSync(path('windows.json'), '{ "windows": { "step": 2 } }');
    mkdirSync(path('long'));
    writeFileSync(path('long/a.wav'), wavFile(1, [9, 9, -9, -9, -9, -9]));
    writeFileSync(path('long/b.wav'), wavFile(1, [5, 5]));
    const args = ['evaluate', path('model.onnx'), '-d', path('long'), '--preprocess', path('windows.json')];
    const { status, stdout, stderr } = await inProcess(args);
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /^recording +samples +predictions\n.*a\.wav +3 +class 2 2, class 0 1\n.*b\.wav +1 +class 0 1$/m,
    );
    const told = await inProcess([...args, '--json', '--report', path('page.html')]);
    const count = (index: number, samples: number) => ({ index, name: null, samples });
    assert.deepEqual(JSON.parse(told.stdout).recordings, [
      { place: path('long/a.wav'), samples: 3, classes: [count(2, 2), count(0, 1)] },
      { place: path('long/b.wav'), samples: 1, classes: [count(0, 1)] },
    ]);
    const page = readFileSync(path('page.html'), 'utf8');
    assert.match(page, /<h2>Recordings<\/h2>[\s\S]*a\.wav<[\s\S]*class 2 2, class 0 1<[\s\S]*b\.wav</);
    const whole = await inProcess(['evaluate', path('model.onnx'), '-d', path('long'), '--json']);
    assert.equal(JSON.parse(whole.stdout).recordings, null);
  }));

test('the integers of a quantised classifier are read as probabilities where it ends in a Softmax', () =>
  inFolder(async (folder) => {
    const image = Buffer.from(readFileSync(join(FIXTURE, 'evaluation-images-idx3-ubyte')).subarray(16, 800));
    writeFileSync(join(folder, 'boot.png'), pngFile(28, 28, 1, [...image]));
    copyFileSync(join(FIXTURE, 'model.int8.onnx'), join(folder, 'model.onnx'));
    const { stdout } = await inProcess([
      ...['evaluate', join(folder, 'model.onnx'), '-d', join(folder, 'boot.png')],
    ]);
    assert.match(stdout, /prediction +probability +then\n.*boot\.png +9 ankle boot +99\.61 %/);
  }));

test('a model that gives back its input is judged by it, sample for sample too; other outputs are summed up', () =>
  inFolder(async (folder) => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('same.onnx'), smallModel());
    writeFileSync(path('map.onnx'), smallModel({ channels: 2 }));
    writeFileSync(
      path('x.png'),
      pngFile(
        8,
        8,
        1,
        Array.from({ length: 64 }, (_, i) => i),
      ),
    );
    const run = async (model: string) => {
      const { stdout } = await inProcess([
        ...['evaluate', path(model), '-d', path('x.png'), '--preprocess', 'raw', '--json'],
      ]);
      return JSON.parse(stdout);
    };
    const same = await run('same.onnx');
    assert.equal(same.evaluation.kind, 'reconstruction');
    assert.equal(same.predictions[0].meanSquaredError, same.evaluation.meanSquaredError);
    const map = await run('map.onnx');
    const [{ kind, elements, min, max, mean, first }] = map.predictions;
    assert.deepEqual([kind, elements, first.length], ['values', 128, 8]);
    assert.ok(min <= mean && mean <= max && first.every((one: number) => one >= min && one <= max));
  }));

test('what is odd about the files of a folder is said once, however often it is read', () =>
  inFolder(async (folder) => {
    const path = (name: string): string => join(folder, name);
    const gemm = modelBytes(13, {
      node: [node('Gemm', ['x', 'w'], ['y'], {})],
      initializer: [floats('w', [4, 2], [1, 0, 0, 1, 1, 1, -1, 2])],
      input: [valueInfo('x', [1, 4])],
      output: [valueInfo('y', [1, 2])],
    });
    writeFileSync(path('model.onnx'), gemm);
    for (const [k, kind] of ['no', 'yes'].entries()) {
      mkdirSync(path(`words/${kind}`), { recursive: true });
      for (const samples of [2, 4, 6]) {
        const pcm = Array.from({ length: samples }, (_, i) => ((i * 9000 + k * 12000) % 30000) - 15000);
        writeFileSync(path(`words/${kind}/${samples}.wav`), wavFile(1, pcm));
      }
    }
    const { status, stderr } = await inProcess([
      ...['quantize', path('model.onnx'), '-o', path('q.onnx'), '--preprocess', 'raw'],
      ...['-d', path('words'), '-e', `${path('words')}/`],
    ]);
    assert.equal(status, 0, stderr);
    assert.equal(stderr.match(/W_MIXED_DATA/g)?.length, 1, stderr);
    assert.match(stderr, /of 6 recordings 2 are cut at their end and 2 are padded with zeros/);
  }));
