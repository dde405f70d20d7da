/** `tinyml train` in processes, as users start them: what it refuses, Ctrl-C, and what it measures. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { TinymlError } from '../../src/diagnostics/errors.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { trainCommand } from '../train/command.ts';
import { signalNetwork } from '../train/networks.ts';
import { regressionModel } from '../train/softmax-regression.ts';
import { outcome, start, tinyml } from './run.ts';
import { FIXTURE, inFolder, type Refusal, refuses, writeSmall } from './small.ts';

const TRAIN = ['train', 'model.onnx', '-o', 'out.onnx', '-d', 'data.f32'] as const;

const USAGE: readonly (readonly [
  args: readonly string[],
  message: RegExp,
  at: readonly RegExp[],
  hint: RegExp,
])[] = [
  [['train', 'model.onnx', '-d', 'data.f32'], /--output <file> is missing/, [], /TINYML_OUTPUT/],
  [['train', 'model.onnx', '-o', 'out.onnx'], /--data <path> is missing/, [], /TINYML_DATA/],
  [[...TRAIN, '--method', 'int4'], /one of octo, qat, float/, [/--method/], /^$/],
  [[...TRAIN, '--bits-g', '9'], /from 2 to 8/, [/--bits-g/], /^$/],
  [[...TRAIN, '--lr', 'fast'], /a number from/, [/--lr/], /^$/],
  [[...TRAIN, '--prc', 'best'], /--prc takes off, fixed/, [/--prc/], /mse/],
  [[...TRAIN, '--scheme', 'last:none'], /--scheme takes full, last/, [/--scheme/], /last:2/],
  [[...TRAIN, '--schedule', 'step:2@1'], /--schedule takes constant/, [/--schedule/], /step:0\.1/],
  [[...TRAIN, '--warmup', 'some'], /--warmup takes/, [/--warmup/], /2epochs/],
  [[...TRAIN, '--augment', 'flip,blur'], /--augment takes .*"blur"/, [/--augment/], /flip,crop:4/],
  [[...TRAIN, '--resume'], /--resume needs --checkpoint/, [/--resume/], /--checkpoint/],
  [
    [...TRAIN, '--patience', '3', '--init', 'random'],
    /--patience needs validation/,
    [/--patience/],
    /--validation-share/,
  ],
  [
    [...TRAIN, '--patience', '3', '--validation-share', '0'],
    /--patience needs validation/,
    [/--patience/],
    /--validation-share/,
  ],
  [
    [...TRAIN, '--validation', 'data.f32', '--validation-share', '10%'],
    /two sets of validation/,
    [/--validation, --validation-share/],
    /one/,
  ],
  [[...TRAIN, '--optimizer', 'adam', '--momentum', '0.5'], /--momentum is for sgd/, [/--momentum/], /sgd/],
  [[...TRAIN, '--weights', 'int8', '--optimizer', 'adam'], /plain descent/, [/--weights int8/], /sgd/],
  [
    [...TRAIN, '--weights', 'int8', '--method', 'qat'],
    /integer training alone/,
    [/--weights/],
    /--method octo/,
  ],
  [[...TRAIN, '--faithful', '--method', 'float'], /for --method octo/, [/--faithful/], /Leave it out/],
  [[...TRAIN, '--backend', 'tfjs-node'], /tfjs-node trains in float/, [/--backend/], /--method float/],
  [[...TRAIN, '--loss', 'mse', '--classes', '3'], /for --loss cross-entropy/, [/--classes/], /Leave it out/],
  [
    [...TRAIN, '--float-output', 'out.onnx'],
    /--float-output and --output are the same file/,
    [/out\.onnx/],
    /of its own/,
  ],
  [
    [...TRAIN, '--checkpoint', 'out.onnx'],
    /--checkpoint and --output are the same file/,
    [/out\.onnx/],
    /of its own/,
  ],
];

test('options that make no sense are refused', async () => {
  for (const [args, message, at, hint] of USAGE) {
    await assert.rejects(
      () => trainCommand(args.slice(1)),
      (error: TinymlError) => {
        assert.equal(error.code, 'E_USAGE', `${args.join(' ')}: ${error.message}`);
        assert.match(error.message, message);
        assert.equal(error.at.length, at.length, args.join(' '));
        for (const [i, place] of at.entries()) assert.match(error.at[i]!, place);
        assert.match(error.hint ?? '', hint);
        return true;
      },
    );
  }
});

test('a scheme file is checked', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    writeFileSync(join(folder, 'scheme.json'), '{"bias": 3}');
    await refuses(folder, [...TRAIN, '--scheme', 'scheme.json'], {
      code: 'E_USAGE',
      message: /bias/,
      at: [/scheme\.json: top level/],
      hint: /"biases"/,
    });
  }));

test('data and models that cannot be trained on are refused', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const cases: readonly (readonly [args: readonly string[], refusal: Refusal])[] = [
      [
        TRAIN,
        {
          code: 'E_SHAPE',
          message: /classes for each place/,
          at: ['output of shape 1x1x8x8', 'data.f32'],
          hint: /--loss mse/,
        },
      ],
      [
        [...TRAIN, '--eval', 'nowhere'],
        { code: 'E_FILE', message: /does not exist/, at: ['nowhere'], hint: /path/ },
      ],
      [
        ['train', 'model.int8.onnx', '-o', 'out.onnx', '-d', 'data.f32'],
        { code: 'E_QUANT', message: /quantised already/, at: ['model.int8.onnx'], hint: /float model/ },
      ],
    ];
    for (const [args, refusal] of cases) await refuses(folder, args, refusal);
  }));

/** Recordings of four axes for `signalNetwork`: three classes of swings, from slow to fast. */
function writeRecordings(folder: string): void {
  for (const [label, name] of ['fast', 'middle', 'slow'].entries()) {
    mkdirSync(join(folder, 'data', name), { recursive: true });
    for (let i = 0; i < 8; i++) {
      const moment = (row: number): string =>
        [0, 1, 2, 3]
          .map((axis) => (3 * Math.sin(((3 - label) * row) / 2 + i + (axis * Math.PI) / 2)).toFixed(3))
          .join(',');
      const rows = Array.from({ length: 36 }, (_, row) => moment(row));
      writeFileSync(join(folder, 'data', name, `${i}.csv`), `${rows.join('\n')}\n`);
    }
  }
  writeFileSync(join(folder, 'model.onnx'), exportModel(signalNetwork()));
  writeFileSync(join(folder, 'windows.json'), '{"windows": {"step": 6}, "std": 2}');
}

test('a network for recordings goes on to firmware, with what it says of its input', () =>
  inFolder(async (folder) => {
    writeRecordings(folder);
    const run = async (...args: readonly string[]) => {
      const { status, stdout, stderr } = await tinyml([...args, '--json'], { cwd: folder });
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
      return { json: JSON.parse(stdout), stderr };
    };
    const settings = ['-d', 'data', '-e', 'data', '--epochs', '45', '-b', '16', '--lr', '0.01'];
    const validation = ['--init', 'random', '--validation-share', '25%'];
    for (const method of ['float', 'qat'] as const) {
      const how = ['--method', method, '--preprocess', 'windows.json', ...validation];
      const { json, stderr } = await run('train', 'model.onnx', '-o', `${method}.onnx`, ...how, ...settings);
      assert.match(stderr, /for validation 6 of 24 recordings are held out: 30 of 120 samples/);
      assert.equal(json.epochs[0].validation.samples, 30);
      const accuracy = json.accuracy.int8 ?? json.accuracy.float;
      assert.ok(accuracy > 0.9, `${method}: ${accuracy}`);
    }
    await run('quantize', 'float.onnx', '-o', 'int8.onnx', '-d', 'data');
    for (const model of ['float', 'qat', 'int8']) {
      const { input } = (await run('inspect', `${model}.onnx`)).json.model;
      assert.deepEqual(input.preprocess.windows, { step: 6 }, model);
      assert.deepEqual(input.labels, ['fast', 'middle', 'slow'], model);
    }
    for (const model of ['qat', 'int8']) {
      const at = ['-o', `firmware-${model}`, '--target', 'qemu-mps2-an386', '--golden', 'data'];
      await run('deploy', `${model}.onnx`, ...at);
      await run('verify', `firmware-${model}`, '--on', 'host');
    }
  }));

/** Quantised training of a regression on the bundled images: long enough to be interrupted. */
const RUN = [
  ...['train', 'model.onnx', '-d', join(FIXTURE, 'calibration-images-idx3-ubyte')],
  ...['--preprocess', 'pixels.json', '--epochs', '100', '-b', '16', '--seed', '5'],
  ...['--validation-share', '0'],
];

function writeRegression(folder: string): void {
  writeFileSync(join(folder, 'model.onnx'), regressionModel([1, 28, 28], 10));
  writeFileSync(join(folder, 'pixels.json'), '{"scale": 0.00392156862745098}');
}

test('Ctrl-C keeps the run in its checkpoint; resumed, it writes the bytes of one without interruption', () =>
  inFolder(async (folder) => {
    writeRegression(folder);
    const whole = await tinyml([...RUN, '-o', 'whole.onnx'], { cwd: folder });
    assert.equal(whole.status, 0, whole.stderr);

    const args = [...RUN, '-o', 'resumed.onnx', '--checkpoint', 'run.ckpt', '--log', 'steps.jsonl'];
    const child = start(args, { cwd: folder });
    const ended = outcome(child);
    const log = join(folder, 'steps.jsonl');
    while (child.exitCode === null && (!existsSync(log) || statSync(log).size === 0)) await setTimeout(5);
    child.kill('SIGINT');
    const { status, stdout, stderr } = await ended;
    assert.equal(status, 130, stderr);
    assert.equal(stdout, '');
    assert.doesNotMatch(stderr, /done/);
    assert.match(stderr, /error\[E_INTERRUPTED\]: stopped after \d+ steps .*\n {2}hint: .*--resume/);
    assert.deepEqual(readdirSync(folder).sort(), [
      'model.onnx',
      'pixels.json',
      'run.ckpt',
      'steps.jsonl',
      'whole.onnx',
    ]);

    const resumed = await tinyml([...args, '--resume'], { cwd: folder });
    assert.equal(resumed.status, 0, resumed.stderr);
    assert.ok(readFileSync(join(folder, 'resumed.onnx')).equals(readFileSync(join(folder, 'whole.onnx'))));
    const steps = readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === 'step');
    assert.deepEqual(
      steps.map(({ step }) => step),
      Array.from({ length: 100 * 31 }, (_, i) => i),
    );
  }));

test('what train says of a quantised model is what evaluate measures', () =>
  inFolder(async (folder) => {
    writeRegression(folder);
    const test = join(FIXTURE, 'evaluation-images-idx3-ubyte');
    const args = [
      ...RUN,
      '-o',
      'out.onnx',
      '-e',
      test,
      '--epochs',
      '5',
      '--lr',
      '0.001',
      '--json',
      '--quiet',
    ];
    const trained = await tinyml(args, { cwd: folder });
    assert.equal(trained.status, 0, trained.stderr);
    const { accuracy, floatOutput, schema, command, memory, health } = JSON.parse(trained.stdout);
    assert.deepEqual([schema, command, accuracy.float, accuracy.samples], [1, 'train', null, 1000]);
    assert.equal(floatOutput, null);
    assert.ok(accuracy.int8 > 0.6, `${accuracy.int8}`);
    assert.ok(memory.arenaBytes > 0 && health.length > 0);
    const evaluated = await tinyml(
      ['evaluate', 'out.onnx', '-d', test, '--preprocess', 'pixels.json', '--json'],
      { cwd: folder },
    );
    assert.equal(JSON.parse(evaluated.stdout).accuracy.int8, accuracy.int8);
  }));

test('a model of unlabelled data learns to give back its input', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    const args = [
      ...TRAIN,
      '--loss',
      'mse',
      '-e',
      'data.f32',
      '--validation',
      'data.f32',
      '--epochs',
      '30',
      '-b',
      '4',
    ];
    const { status, stdout, stderr } = await tinyml([...args, '--lr', '0.02', '--json'], { cwd: folder });
    assert.equal(status, 0, stderr);
    const { accuracy, epochs, bestScore } = JSON.parse(stdout);
    assert.deepEqual(accuracy, { before: null, float: null, int8: null, samples: 8 });
    assert.equal(bestScore.kind, 'mean-squared-error');
    assert.ok(bestScore.value < 0.6 * epochs[0].validation.value, JSON.stringify(bestScore));
    assert.equal(epochs[0].accuracy, null);
  }));

test('--plan prints the memory of a step, which grows with the batch', () =>
  inFolder(async (folder) => {
    writeRegression(folder);
    const plan = async (batch: string): Promise<Record<string, number>> => {
      const { status, stdout, stderr } = await tinyml(
        ['train', 'model.onnx', '--plan', '-b', batch, '--json'],
        { cwd: folder },
      );
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout).memory;
    };
    const [one, eight] = [await plan('1'), await plan('8')];
    assert.equal(one.stateBytes, eight.stateBytes);
    assert.ok(eight.savedActivationBytes! >= 8 * 784 && one.savedActivationBytes! < 2 * 784);
    assert.ok(eight.arenaBytes! > one.arenaBytes!);
  }));

test('--float-output: what was learned in integers, in float32 beside them', () =>
  inFolder(async (folder) => {
    writeRegression(folder);
    const test = join(FIXTURE, 'evaluation-images-idx3-ubyte');
    const run = [...RUN, '-o', 'out.onnx', '--epochs', '5', '--json', '--quiet'];
    const plain = await tinyml([...run, '-e', test], { cwd: folder });
    const bytes = readFileSync(join(folder, 'out.onnx'));
    const more = ['-e', test, '--float-output', 'float.onnx', '--report', 'run.html'];
    const both = await tinyml([...run, ...more], { cwd: folder });
    assert.equal(both.status, 0, both.stderr);
    const { accuracy, floatOutput } = JSON.parse(both.stdout);
    assert.equal(floatOutput, 'float.onnx');
    assert.ok(readFileSync(join(folder, 'out.onnx')).equals(bytes), 'the quantised model is another one');
    assert.equal(accuracy.int8, JSON.parse(plain.stdout).accuracy.int8);
    assert.ok(Math.abs(accuracy.float - accuracy.int8) < 0.03, JSON.stringify(accuracy));
    const evaluated = await tinyml(
      ['evaluate', 'float.onnx', '-d', test, '--preprocess', 'pixels.json', '--json'],
      { cwd: folder },
    );
    assert.equal(JSON.parse(evaluated.stdout).accuracy.float, accuracy.float);
    const right = Math.round(accuracy.float * 1000);
    assert.match(
      readFileSync(join(folder, 'run.html'), 'utf8'),
      new RegExp(`in float</th>.*\\(${right} of 1000\\)`),
    );
  }));

test('--help shows how to train', async () => {
  const { status, stdout } = await tinyml(['train', '--help']);
  assert.equal(status, 0);
  assert.match(stdout, /--method <kind>.*octo, qat, float; default: octo/s);
  assert.match(stdout, /Examples:\n {2}\$ tinyml train model\.onnx -o trained\.onnx --data train\.npz/);
});

test('no output may be a file that is read', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    const data = readFileSync(join(folder, 'data.f32'));
    for (const option of ['--report', '--log', '--checkpoint', '--float-output']) {
      const { status, stderr } = await tinyml([...TRAIN, '--loss', 'mse', option, 'data.f32'], {
        cwd: folder,
      });
      assert.equal(status, 2, option);
      assert.match(stderr, /E_USAGE.*and --data are the same file/, option);
    }
    assert.ok(readFileSync(join(folder, 'data.f32')).equals(data));
  }));

test('--min-accuracy without data to measure it on is refused before the work', () =>
  inFolder(async (folder) => {
    writeRegression(folder);
    const { status, stderr } = await tinyml([...RUN, '-o', 'out.onnx', '--min-accuracy', '50%'], {
      cwd: folder,
    });
    assert.equal(status, 2);
    assert.match(stderr, /--min-accuracy cannot be checked[\s\S]*--eval/);
  }));
