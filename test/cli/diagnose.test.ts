import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandLines } from '../../src/cli/diagnose-recipes.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { tinyml } from './run.ts';
import { cutImages, FIXTURE, inFolder, refuses, writeSmall } from './small.ts';
import { words } from './words.ts';

test('diagnose --apply writes the bytes of the command line that it prints', () =>
  inFolder(async (folder) => {
    const images = cutImages(folder, 'calibration', 20);
    const model = join(FIXTURE, 'model.onnx');
    const call = ['diagnose', model, '-d', images, '-n', '20', '--apply', '-o', 'best.onnx'];
    const { status, stdout, stderr } = await tinyml([...call, '--report', 'page.html', '--json'], {
      cwd: folder,
    });
    assert.equal(status, 0, stderr);
    const { best, before, commands, culprits, layers, remedies } = JSON.parse(stdout);
    assert.ok(best.sqnrDb >= before.sqnrDb);
    assert.equal(remedies.length > 10 && layers.length > 1 && culprits.length > 0, true);
    assert.match(readFileSync(join(folder, 'page.html'), 'utf8'), /<h2>Accumulated error/);
    assert.ok(best.remedies.length > 0, 'nothing helps this model, the test has nothing to apply');
    assert.equal(commands.length, 1);
    const [, ...argv] = words(commands[0]);
    assert.equal(argv[0], 'quantize');
    const again = await tinyml(
      argv.map((word) => (word === 'best.onnx' ? 'again.onnx' : word)),
      { cwd: folder },
    );
    assert.equal(again.status, 0, again.stderr);
    assert.ok(readFileSync(join(folder, 'again.onnx')).equals(readFileSync(join(folder, 'best.onnx'))));
  }));

test('diagnose mends one range of a given model by the command line of that remedy', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, { channels: 4 }, true);
    const given = ['diagnose', 'model.onnx', 'model.int8.onnx', '-d', 'data.f32', '-n', '8'];
    const { status, stdout, stderr } = await tinyml([...given, '--json'], { cwd: folder });
    assert.equal(status, 0, stderr);
    const { remedies } = JSON.parse(stdout) as {
      remedies: { id: string; sqnrDb: number; commands: string[] }[];
    };
    const one = remedies.find(({ id }) => id.startsWith('recalibrate='))!;
    const [, ...argv] = words(one.commands[0]!);
    const applied = await tinyml([...argv, '--json'], { cwd: folder });
    assert.equal(applied.status, 0, applied.stderr);
    const { best } = JSON.parse(applied.stdout);
    assert.deepEqual(best.remedies, [one.id]);
    assert.equal(best.sqnrDb, one.sqnrDb);
    const written = argv[argv.indexOf('-o') + 1]!;
    const kept = await tinyml(['diagnose', 'model.onnx', written, '-d', 'data.f32', '-n', '8', '--json'], {
      cwd: folder,
    });
    assert.equal(JSON.parse(kept.stdout).before.sqnrDb, one.sqnrDb);
  }));

test('diagnose --markdown is tables and the command line, and no name in it is live', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, { channels: 4 });
    const call = ['diagnose', 'model.onnx', '-d', 'data.f32', '-n', '8', '--markdown'];
    const { status, stdout, stderr } = await tinyml(call, { cwd: folder });
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      /^\*\*tinyml diagnose\*\*: `model\.onnx`\n\n\| {2}\| SQNR \|\n\| --- \| ---: \|\n\| before \| [\d.]+ dB \|/,
    );
    assert.match(stdout, /^1\. `conv \(Conv\)`: /m);
    assert.match(stdout, /<details><summary>\d+ layers<\/summary>/);
    const widths = stdout.split('\n').filter((line) => line.startsWith('| `conv`'));
    assert.equal(widths[0]!.split('|').length, 10);
  }));

test('diagnose says what it cannot take', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const data = ['-d', 'data.f32', '-n', '8'];
    await refuses(folder, ['diagnose', 'model.int8.onnx', ...data], {
      code: 'E_QUANT',
      message: /quantised already/,
      at: ['model.int8.onnx'],
      hint: /give the float model it was made of/,
    });
    await refuses(folder, ['diagnose', 'model.onnx', 'model.onnx', ...data], {
      code: 'E_QUANT',
      message: /second model is in float/,
      at: ['model.onnx'],
      hint: /leave it out/,
    });
    await refuses(folder, ['diagnose', 'model.onnx', join(FIXTURE, 'model.int8.onnx'), ...data], {
      code: 'E_USAGE',
      message: /not the same network/,
      at: [/model\.int8\.onnx$/],
      hint: /same names/,
    });
    await refuses(folder, ['diagnose', 'model.onnx', ...data, '--apply'], {
      code: 'E_USAGE',
      message: /--apply needs -o/,
      at: [],
      hint: /give both/,
    });
    await refuses(folder, ['diagnose', 'model.onnx', ...data, '--remedy', 'smoth'], {
      code: 'E_USAGE',
      message: /no remedy "smoth"/,
      at: ['--remedy smoth'],
      hint: /Did you mean smooth/,
    });
    await refuses(folder, ['diagnose', 'model.onnx', ...data, '--target', 'jetson-orin-nano'], {
      code: 'E_USAGE',
      message: /integers of microcontrollers/,
      at: ['--target jetson-orin-nano'],
      hint: /--per-layer-precision/,
    });
    await refuses(folder, ['quantize', 'model.onnx', '-o', 'x.onnx', ...data, '--observer-of', 'zz=mse'], {
      code: 'E_USAGE',
      message: /no range can be chosen/,
      at: ['--observer-of zz'],
      hint: /such a name|Did you mean/,
    });
    await refuses(folder, ['diagnose', 'model.onnx', ...data, '--min-sqnr', '150'], {
      code: 'E_GATE',
      status: 1,
      message: /signal to error of the outputs is \d+\.\d dB, and must be at least 150\.0 dB/,
      at: ['--min-sqnr 150.0 dB'],
      hint: /^$/,
      printed: true,
    });
  }));

test('data of another unit are told, and the preprocessing that suits the model is printed and works', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'dark.json'), '{"scale":0.00392156862745098}');
    const data = (name: string) => join(FIXTURE, `${name}-images-idx3-ubyte`);
    const call = [
      'diagnose',
      join(FIXTURE, 'model.onnx'),
      '-d',
      data('calibration'),
      '-e',
      data('evaluation'),
    ];
    const { status, stdout, stderr } = await tinyml(
      [
        ...call,
        '-n',
        '20',
        '--eval-size',
        '60',
        '--preprocess',
        'dark.json',
        '--remedy',
        'equalize',
        '--json',
      ],
      { cwd: folder },
    );
    assert.equal(status, 0, stderr);
    const { accuracy, before, commands, culprits } = JSON.parse(stdout);
    const culprit = culprits.find(({ place }: { place: string }) => place.startsWith('input '));
    assert.match(culprit.text, /values go from 0 to 1; as value \* 255 the float model is right/);
    assert.ok(accuracy.float < 0.4 && before.accuracy > 0.75, `${accuracy.float}, then ${before.accuracy}`);
    assert.equal(commands.length, 1);
    assert.match(commands[0], / --preprocess raw( |$)/);
    const [, ...argv] = words(commands[0]);
    const made = await tinyml([...argv, '--json'], { cwd: folder });
    assert.equal(made.status, 0, made.stderr);
    assert.ok(JSON.parse(made.stdout).accuracy.float > 0.8);
  }));

test('data that the model takes as they are need no file; one that is made says only what is not by default', () => {
  const called = { model: 'm.onnx', given: null, options: { data: 'train' }, output: 'q.onnx' };
  const origin = { kind: 'float', options: {} } as const;
  const recipe = { input: { factor: 255, offset: 0 }, calibrationScale: 1, origin };
  const quantize = 'tinyml quantize m.onnx -o q.onnx --data train --preprocess';
  assert.deepEqual(commandLines(called, recipe, [], RAW_VALUES), [`${quantize} raw`]);
  const resize = { width: null, height: null, method: 'bilinear', fit: 'stretch' } as const;
  assert.deepEqual(commandLines(called, recipe, [], { ...RAW_VALUES, resize }), [
    `echo '{"resize":{"method":"bilinear","fit":"stretch"}}' > preprocess.mended.json`,
    `${quantize} preprocess.mended.json`,
  ]);
});
