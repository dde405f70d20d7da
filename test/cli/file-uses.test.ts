/** No output takes the place of an input, nor of another output. */
import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { createFileUses } from '../../src/cli/file-uses.ts';
import { failure } from '../failure.ts';
import { FLOAT, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { tinyml } from './run.ts';
import { cutImages, FIXTURE, inFolder, type Refusal, refuses, smallData, writeSmall } from './small.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'tinyml-uses-')));
const folder = join(root, 'work');
after(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'data', 'class'), { recursive: true });
  writeFileSync(join(folder, 'model'), 'a model');
  writeFileSync(join(folder, 'data', 'class', 'image'), 'an image');
});
const at = (...names: readonly string[]): string => join(folder, ...names);

/** What is said where a command reads the model and the data, and writes `path`. */
function clash(path: string, kind: 'file' | 'folder' = 'file'): string {
  const uses = createFileUses();
  uses.reads('the model', [at('model')]);
  uses.reads('--data', [at('data')]);
  uses.reads('a file of --data', [at('data', 'class', 'image')]);
  const error = failure(() => uses.writes('--output', path, kind));
  assert.equal(error.code, 'E_USAGE');
  assert.equal(error.at[0], path);
  assert.ok(error.hint);
  return error.message;
}

test('an input is known by whatever name', () => {
  symlinkSync('model', at('link'));
  symlinkSync('link', at('link-to-link'));
  linkSync(at('model'), at('hard'));
  symlinkSync('data', at('data-link'));
  const inputs = [
    at('model'),
    `${folder}/./data/../model`,
    relative(process.cwd(), at('model')),
    at('link'),
    at('link-to-link'),
    at('hard'),
  ];
  for (const path of inputs) assert.match(clash(path), /--output and the model are the same file/, path);
  for (const path of [at('data', 'class', 'image'), at('data-link', 'class', 'image')]) {
    assert.match(clash(path), /would be written into --data|the same file/, path);
  }
});

test('a folder that is read gets no file', () => {
  symlinkSync('data', at('data-link'));
  for (const path of [at('data', 'new'), at('data-link', 'class', 'new'), at('data', 'deep', 'new')]) {
    assert.match(clash(path), /--output would be written into --data/, path);
  }
  createFileUses().writes('--output', at('database'), 'file');
});

test('a folder that is replaced holds no input', () => {
  assert.match(clash(folder, 'folder'), /--output is replaced as a whole, and the model is in it/);
  assert.match(clash(at('data'), 'folder'), /--output and --data are the same folder/);
  assert.match(clash(at('data', 'class'), 'folder'), /would be written into --data/);
  mkdirSync(at('bundle'));
  writeFileSync(at('bundle', 'labels'), '');
  symlinkSync(at('bundle', 'labels'), at('labels'));
  const uses = createFileUses();
  uses.writes('--output', at('bundle'), 'folder');
  assert.match(failure(() => uses.reads('--golden', [at('labels')])).message, /and --golden is in it/);
});

test('what is found to be read later is held against the outputs', () => {
  const uses = createFileUses();
  uses.writes('--output', at('model'), 'file');
  uses.writes('--report', at('new'), 'file');
  assert.match(failure(() => uses.reads('the labels', [at('none'), at('model')])).message, /the labels/);
  assert.match(failure(() => uses.reads('--data', [folder])).message, /would be written into --data/);
});

test('outputs are held against each other, also those that are not there yet', () => {
  symlinkSync('new', at('to-new'));
  for (const [first, second, message] of [
    [at('new'), at('new'), /--report and --output are the same file/],
    [at('new'), at('to-new'), /the same file/],
    [at('new'), at('new', 'page'), /--report is in --output, which is a file/],
    [at('new', 'page'), at('new'), /--output is in --report, which is a file/],
  ] as const) {
    const uses = createFileUses();
    uses.writes('--output', first, 'file');
    assert.match(failure(() => uses.writes('--report', second, 'file')).message, message);
  }
  const uses = createFileUses();
  uses.writes('--output', at('bundle'), 'folder');
  const inside = failure(() => uses.writes('--depfile', at('bundle', 'x.d'), 'file'));
  assert.match(inside.message, /--depfile is in --output, which is replaced as a whole/);
  uses.writes('--depfile', at('bundle.d'), 'file');
});

test('anything may go to /dev/null, as often as it likes', () => {
  const uses = createFileUses();
  uses.writes('--output', '/dev/null', 'file');
  uses.writes('--report', '/dev/null', 'file');
});

test('the table says of every path whether it is read or written', () => {
  for (const command of COMMANDS) {
    for (const spec of [...command.arguments, ...command.options]) {
      assert.equal(spec.opens !== undefined, spec.completes !== undefined, `${command.name} ${spec.name}`);
    }
  }
});

/** @param places one where both are spelt alike */
function clashOf(places: number): Refusal {
  const at = Array<RegExp>(places).fill(/./);
  return { code: 'E_USAGE', message: /^--/, at, hint: /place|beside|folder/ };
}

test('no command overwrites what it reads', () =>
  inFolder(async (work) => {
    await writeSmall(work, {}, true);
    cutImages(work, 'evaluation', 8);
    const images = 'evaluation-images-idx3-ubyte';
    const labels = 'evaluation-labels-idx1-ubyte';
    mkdirSync(join(work, 'samples'));
    const cut = readFileSync(join(work, images));
    for (let i = 0; i < 4; i++) {
      const pixels = cut.subarray(16 + i * 784, 16 + (i + 1) * 784);
      writeFileSync(
        join(work, 'samples', `${i}.pgm`),
        Buffer.concat([Buffer.from('P5 28 28 255\n'), pixels]),
      );
    }
    writeFileSync(join(work, 'pre.json'), '{}');
    writeFileSync(
      join(work, 'board.json'),
      readFileSync(join(FIXTURE, '..', '..', 'profiles', 'rp2040.json')),
    );
    writeFileSync(join(work, 'external.onnx'), externalModel());
    writeFileSync(join(work, 'weights.bin'), smallData(1, 9));
    linkSync(join(work, 'model.int8.onnx'), join(work, 'hard.d'));

    const quantize = ['quantize', 'model.onnx', '-d', 'data.f32', '-n', '2'];
    const fashion = ['quantize', join(FIXTURE, 'model.onnx'), '-n', '2'];
    const deploy = ['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'firmware'];
    const calls: readonly (readonly [places: number, args: readonly string[]])[] = [
      [2, [...deploy, '--depfile', './model.int8.onnx']],
      [2, [...deploy, '--depfile', 'hard.d']],
      [1, [...deploy, '-g', 'data.f32', '--depfile', 'data.f32']],
      [2, [...deploy, '--depfile', 'firmware/x.d']],
      [2, [...deploy, '-t', './board.json', '--depfile', 'board.json']],
      [1, ['quantize', 'external.onnx', '-d', 'data.f32', '-n', '2', '-o', 'weights.bin']],
      [1, [...fashion, '-d', images, '-o', labels]],
      [2, [...fashion, '-d', 'samples', '-o', 'samples/out.onnx']],
      [2, [...fashion, '-d', 'samples', '-o', 'samples/1.pgm']],
      [1, [...quantize, '-o', 'out.onnx', '--preprocess', 'pre.json', '--report', 'pre.json']],
      [1, ['plan', 'model.int8.onnx', '-t', 'rp2040', '--report', 'model.int8.onnx']],
      [1, ['train', join(FIXTURE, 'model.onnx'), '-d', images, '-o', 'out.onnx', '--checkpoint', labels]],
    ];
    await Promise.all(calls.map(([places, args]) => refuses(work, args, clashOf(places))));
    // The settings are read too.
    writeFileSync(join(work, 'tinyml.json'), '{}');
    await refuses(work, [...quantize, '-o', 'tinyml.json'], clashOf(1));
    const beside = await tinyml([...deploy, '--depfile', 'firmware.d'], { cwd: work });
    assert.equal(beside.status, 0, beside.stderr);
  }));

/** A Conv 3x3 whose weights lie in weights.bin. */
function externalModel(): Uint8Array {
  return modelBytes(13, {
    node: [{ ...node('Conv', ['x', 'w'], ['y'], { pads: [1, 1, 1, 1] }), name: 'conv' }],
    initializer: [
      {
        name: 'w',
        dims: [1, 1, 3, 3],
        dataType: FLOAT,
        dataLocation: 1,
        externalData: [{ key: 'location', value: 'weights.bin' }],
      },
    ],
    input: [valueInfo('x', [1, 1, 8, 8])],
    output: [valueInfo('y', null)],
  });
}
