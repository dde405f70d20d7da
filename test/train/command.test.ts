/** `tinyml train` from its arguments to its files, with a small real trainer in the place of the network's. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openDataset } from '../../src/data/open.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { evaluate } from '../../src/execute/evaluate.ts';
import { predictFloat } from '../../src/execute/predict.ts';
import { importModel } from '../../src/onnx/import.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import type { CreateTrainer } from '../../src/train/run/backend.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import type { TrainingMemory } from '../../src/train/types.ts';
import { outcome, tinyml } from '../cli/run.ts';
import { cutImages, FIXTURE, inFolder } from '../cli/small.ts';
import { npyFile } from '../data/files.ts';
import { trainCommand } from './command.ts';
import { createRegression, regressionModel } from './softmax-regression.ts';

const CALIBRATION = join(FIXTURE, 'calibration-images-idx3-ubyte');
const EVALUATION = join(FIXTURE, 'evaluation-images-idx3-ubyte');

/** A folder with a model for Fashion-MNIST, its preprocessing, and the arguments of a short run. */
async function inTrainFolder(
  body: (folder: string, args: (...more: readonly string[]) => readonly string[]) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const model = join(folder, 'model.onnx');
    writeFileSync(model, regressionModel([1, 28, 28], 10));
    writeFileSync(join(folder, 'preprocess.json'), '{"scale": 0.00392156862745098}');
    await body(folder, (...more) => [
      model,
      ...['-o', join(folder, 'out.onnx'), '--preprocess', join(folder, 'preprocess.json')],
      ...['--method', 'float', '--optimizer', 'sgd', '--epochs', '3', '-b', '32'],
      ...(more.includes('-d') ? [] : ['-d', CALIBRATION]),
      ...(more.some((one) => one.startsWith('--validation')) ? [] : ['--validation-share', '0']),
      ...more,
    ]);
  });
}

/** The error that a run ends with. */
async function refusal(args: readonly string[]): Promise<TinymlError> {
  try {
    await trainCommand(args);
  } catch (error) {
    assert.ok(error instanceof TinymlError, String(error));
    return error;
  }
  assert.fail('nothing was thrown');
}

test('a model is trained, measured as it was written, and reported', () =>
  inTrainFolder(async (folder, args) => {
    const files = ['--report', join(folder, 'r.html'), '--log', join(folder, 'steps.jsonl')];
    const { json, text, warnings } = await trainCommand(
      args(
        ...['-e', EVALUATION, '--validation-share', '20%', '--lr', '0.01'],
        ...['--checkpoint', join(folder, 'c.ckpt'), ...files],
      ),
    );
    assert.deepEqual(warnings, []);
    assert.equal(json.method, 'float');
    assert.equal(json.accuracy.samples, 1000);
    assert.ok(json.accuracy.before < 0.3 && json.accuracy.float > 0.5, JSON.stringify(json.accuracy));
    assert.equal(json.accuracy.int8, null);
    assert.equal(json.epochs.length, 3);
    assert.equal(json.steps, 3 * Math.floor((500 * 0.8) / 32));
    assert.match(text, /^epoch +loss +accuracy +validation/);
    assert.match(text, /trained +\d\d\.\d\d % \(\d+ of 1000\), as read back/);

    const graph = prepareGraph(importModel(readFileSync(json.output), { path: json.output }));
    const dataset = await openDataset(EVALUATION, {
      inputShapes: [[1, 1, 28, 28]],
      preprocess: { ...RAW_VALUES, scale: 0.00392156862745098 },
    });
    const again = await evaluate(predictFloat(graph, 1), dataset);
    assert.equal(again.kind === 'classification' && again.accuracy, json.accuracy.float);

    const lines = readFileSync(join(folder, 'steps.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.filter(({ kind }) => kind === 'step').map(({ step }) => step),
      Array.from({ length: json.steps }, (_, i) => i),
    );
    assert.deepEqual(lines.at(-1), { kind: 'epoch', ...json.epochs.at(-1) });
    const page = readFileSync(join(folder, 'r.html'), 'utf8');
    for (const title of [
      'Loss',
      'Accuracy',
      'Learning rate',
      'Epochs',
      'Gradients: cosine with their codes',
    ]) {
      assert.ok(page.includes(`<h2>${title}</h2>`), title);
    }
    assert.deepEqual(readdirSync(folder).sort(), [
      'c.ckpt',
      'model.onnx',
      'out.onnx',
      'preprocess.json',
      'r.html',
      'steps.jsonl',
    ]);
  }));

/** Arguments of a run on `count` images of two classes, from a model that tells them apart. */
function separable(folder: string, count: number): readonly string[] {
  const images = Float32Array.from({ length: count * 4 }, (_, i) => ((i >> 2) % 2 === 0 ? -0.5 : 0.5));
  writeFileSync(join(folder, 'images.npy'), npyFile('<f4', [count, 1, 2, 2], images));
  writeFileSync(
    join(folder, 'labels.npy'),
    npyFile(
      '<i4',
      [count],
      Int32Array.from({ length: count }, (_, i) => i % 2),
    ),
  );
  const weights = [-1, -1, -1, -1, 1, 1, 1, 1];
  writeFileSync(join(folder, 'knows.onnx'), regressionModel([1, 2, 2], 2, { weights }));
  return [
    join(folder, 'knows.onnx'),
    ...['-o', join(folder, 'out.onnx'), '-d', join(folder, 'images.npy'), '--report', join(folder, 'r.html')],
    ...['--method', 'float', '--optimizer', 'sgd', '--epochs', '2', '-b', '10', '--lr', '5'],
  ];
}

/** Goes up the gradient. */
const unlearning: CreateTrainer = (graph, options) => {
  const trainer = createRegression(graph, options);
  return {
    ...trainer,
    step: (batch, settings) => trainer.step(batch, { ...settings, learningRate: -settings.learningRate }),
  };
};

test('training that makes a model worse keeps the model as it was, and says so', () =>
  inFolder(async (folder) => {
    const args = separable(folder, 100);
    const { json, text, warnings } = await trainCommand(args, { createTrainer: unlearning });
    assert.deepEqual([json.bestEpoch, json.before.value, json.before.samples], [0, 1, 10]);
    assert.equal(json.epochs[1].validation.value, 0);
    assert.match(
      warnings[0]!,
      /no epoch was surely better than the model as it was: it is kept \(100\.00 %, /,
    );
    assert.equal(json.warnings[0], warnings[0]!.replace(/^warning\[W_TRAINING\]: /, '').trimEnd());
    assert.match(
      text,
      /the model as it was: no epoch was surely better\nvalidation +100\.00 % before, 100\.00 % as/,
    );
    assert.match(
      readFileSync(join(folder, 'r.html'), 'utf8'),
      /the model as it was: no epoch was surely better/,
    );
    const weightsOf = (path: string) =>
      prepareGraph(importModel(readFileSync(path), { path })).constants.get('w')!.data;
    assert.deepEqual(weightsOf(json.output), weightsOf(json.model));
  }));

test('fewer samples than say something are not held out, and from fresh weights none are', () =>
  inFolder(async (folder) => {
    const few = await trainCommand(separable(folder, 90), { createTrainer: unlearning });
    assert.deepEqual([few.json.before, few.json.bestEpoch, few.json.steps], [null, 2, 18]);
    assert.match(few.warnings.join(''), /90 samples are too few to hold some of them out/);
    const fresh = await trainCommand([...separable(folder, 100), '--init', 'random']);
    assert.deepEqual([fresh.json.before, fresh.json.bestEpoch, fresh.json.steps], [null, 2, 20]);
  }));

test('in integers the model as it was is the one that quantising alone gives', () =>
  inFolder(async (folder) => {
    const model = join(FIXTURE, 'model.onnx');
    const output = join(folder, 'out.onnx');
    const args = [model, '-o', output, '-d', CALIBRATION, '-e', EVALUATION, '--epochs', '1', '--lr', '0.01'];
    const { json, warnings } = await trainCommand(args, { createTrainer });
    assert.equal(json.bestEpoch, 0, warnings.join(''));
    assert.ok(json.epochs[0].validation.value < json.before.value - 0.1);
    const quantized = join(folder, 'quantized.onnx');
    const { status } = await tinyml(['quantize', model, '-o', quantized, '-d', CALIBRATION]);
    assert.equal(status, 0);
    assert.ok(readFileSync(output).equals(readFileSync(quantized)), 'the file is the one of quantize');
  }));

test('an interrupted run that is resumed writes the same model and log', () =>
  inTrainFolder(async (folder, args) => {
    const log = join(folder, 'steps.jsonl');
    const settings = [
      '--augment',
      'flip,shift:1',
      '--validation-share',
      '10%',
      '--log',
      log,
      '--checkpoint',
      join(folder, 'c.ckpt'),
    ];
    await trainCommand(args(...settings));
    const whole = { model: readFileSync(join(folder, 'out.onnx')), log: stepsOf(log) };

    const abort = new AbortController();
    let steps = 0;
    const stopping: CreateTrainer = (graph, options) => {
      const trainer = createRegression(graph, options);
      return {
        ...trainer,
        step: (...of) => {
          if (++steps === 20) abort.abort();
          return trainer.step(...of);
        },
      };
    };
    await assert.rejects(
      () => trainCommand(args(...settings), { createTrainer: stopping, abort }),
      (error: TinymlError) => error.code === 'E_INTERRUPTED' && error.exitStatus === 130,
    );
    const { json, warnings } = await trainCommand(args(...settings, '--resume'));
    assert.deepEqual(warnings, []);
    assert.equal(json.epochs.length, 3);
    assert.ok(readFileSync(join(folder, 'out.onnx')).equals(whole.model));
    assert.equal(stepsOf(log), whole.log);
  }));

/** The lines of the steps; those of the epochs have a measured speed. */
function stepsOf(log: string): string {
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"kind":"step"'))
    .join('\n');
}

test('a checkpoint of another model or other settings is refused; a changed rate is said', () =>
  inTrainFolder(async (folder, args) => {
    const checkpoint = join(folder, 'c.ckpt');
    await trainCommand(args('--checkpoint', checkpoint, '--epochs', '1'));
    const resume = ['--checkpoint', checkpoint, '--resume'];

    const other = await refusal(args(...resume, '--seed', '2', '-b', '16'));
    assert.equal(other.code, 'E_CHECKPOINT');
    assert.deepEqual(other.at, [checkpoint, 'batchSize: 32 there, 16 here', 'seed: 1 there, 2 here']);

    const { warnings } = await trainCommand(args(...resume, '--lr', '0.001'));
    assert.equal(warnings.length, 2);
    assert.match(warnings.join(''), /epochs: 1 there, 3 here.*\n.*lr: 0\.0001 there, 0\.001 here/);

    writeFileSync(join(folder, 'model.onnx'), regressionModel([1, 28, 28], 11));
    const another = await refusal(args(...resume));
    assert.equal(another.code, 'E_CHECKPOINT');
    assert.match(another.at[1]!, /^model: [0-9a-f]{57}\.\.\. there/);

    writeFileSync(checkpoint, readFileSync(checkpoint).subarray(0, 5000));
    assert.match((await refusal(args(...resume))).message, /damaged or truncated/);
    const none = await refusal(args('--checkpoint', join(folder, 'none'), '--resume'));
    assert.equal(none.code, 'E_FILE');
    assert.match(none.message, /no checkpoint to go on from/);
    assert.match(none.hint ?? '', /to begin, leave out --resume/);
  }));

test(
  'a full disk ends the run, and leaves no model',
  { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' },
  () =>
    inTrainFolder(async (folder, args) => {
      for (const option of ['--checkpoint', '--log']) {
        const error = await refusal(args(option, '/dev/full'));
        assert.equal(error.code, 'E_WRITE');
        assert.match(error.message, /disk is full/);
        assert.deepEqual(readdirSync(folder).sort(), ['model.onnx', 'preprocess.json']);
      }
    }),
);

/** Runs the command in a process of its own whose files may have `blocks` blocks of 512 or 1024 bytes. */
function limited(args: readonly string[], blocks: number | 'unlimited') {
  const compiled = import.meta.url.includes('/dist/test/');
  const loader = pathToFileURL(join(packageRoot(), 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  const script = join(import.meta.dirname, compiled ? 'run-command.js' : 'run-command.ts');
  const node = [process.execPath, ...(compiled ? [] : ['--import', loader]), script];
  const child = spawn('sh', ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', ...node, ...args], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return outcome(child);
}

test('a checkpoint that does not fit leaves the one before it', (t) => {
  if (spawnSync('sh', ['-c', 'ulimit -f 8']).status !== 0) return t.skip('sh cannot limit the size of files');
  return inTrainFolder(async (folder, args) => {
    const checkpoint = join(folder, 'c.ckpt');
    await trainCommand(args('--checkpoint', checkpoint, '--epochs', '1'));
    const before = readFileSync(checkpoint);
    const resume = args('--checkpoint', checkpoint, '--resume', '--epochs', '2');
    const { status, stderr, stdout } = await limited(resume, 8);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, '');
    assert.equal(JSON.parse(stderr).error.code, 'E_WRITE');
    assert.ok(readFileSync(checkpoint).equals(before));
    const left = readdirSync(folder).filter((name) => name.startsWith('.'));
    assert.deepEqual(left, []);
    assert.equal((await limited(resume, 'unlimited')).status, 0);
  });
});

test('with --log - every line of stdout is JSON', () =>
  inTrainFolder(async (_, args) => {
    const { stdout, status } = await limited(args('--log', '-', '--epochs', '1', '--json'), 'unlimited');
    assert.equal(status, 0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(lines.length, 15 + 1 + 1);
    assert.deepEqual([lines[0].step, lines[14].step, lines[15].kind, lines[16].steps], [0, 14, 'epoch', 15]);
  }));

test('a limit that is not met is an error after the result', () =>
  inTrainFolder(async (folder, args) => {
    const error = await refusal(args('-e', EVALUATION, '--min-accuracy', '99%'));
    assert.equal(error.code, 'E_GATE');
    assert.ok(existsSync(join(folder, 'out.onnx')));
  }));

test('the closing table says how many epochs it leaves out', () =>
  inTrainFolder(async (folder, args) => {
    const few = join(folder, cutImages(folder, 'calibration', 40));
    const rows = async (epochs: string): Promise<readonly string[]> =>
      (await trainCommand(args('-d', few, '--epochs', epochs))).text.split('\n\n')[0]!.split('\n');
    const all = await rows('12');
    assert.deepEqual([all.length, all.at(-1)!.trim().split(' ')[0]], [13, '12']);
    const some = await rows('30');
    assert.equal(some.length, 14);
    assert.equal(
      some.at(-1),
      '18 epochs between them are left out here: --log, --report and --json have all',
    );
  }));

test('a dry run trains and writes nothing', () =>
  inTrainFolder(async (folder, args) => {
    const { json } = await trainCommand(
      args('--dry-run', '--epochs', '1', '--checkpoint', join(folder, 'c'), '--log', join(folder, 'l')),
    );
    assert.equal(json.steps, 15);
    assert.deepEqual(readdirSync(folder).sort(), ['model.onnx', 'preprocess.json']);
  }));

test('data that do not fit the model are refused before the first step', () =>
  inTrainFolder(async (folder, args) => {
    const steps: number[] = [];
    const watched: CreateTrainer = (graph, options) => {
      const trainer = createRegression(graph, options);
      return {
        ...trainer,
        step: (batch, settings) => {
          steps.push(settings.step);
          return trainer.step(batch, settings);
        },
      };
    };
    const refused = async (...more: readonly string[]): Promise<TinymlError> => {
      try {
        await trainCommand(args(...more), { createTrainer: watched });
      } catch (error) {
        assert.ok(error instanceof TinymlError);
        return error;
      }
      assert.fail(`${more.join(' ')} was not refused`);
    };
    const labels = await refused('--classes', '9');
    assert.match(labels.message, /sample \d+ has label 9, the model has 9 classes/);
    assert.match((await refused('--validation', EVALUATION, '--classes', '9')).message, /label 9/);
    const plain = join(folder, 'plain.npy');
    writeFileSync(plain, npyFile('<f4', [4, 1, 28, 28], new Float32Array(4 * 784)));
    const unlabelled = await refused('-d', plain);
    assert.match(unlabelled.message, /sample 0 has no label/);
    assert.match(unlabelled.hint!, /--loss mse/);
    assert.match((await refused('--loss', 'mse')).message, /10 values, the input 784/);
    const few = join(folder, cutImages(folder, 'calibration', 4));
    assert.match((await refused('-d', few, '--validation-share', '1%')).message, /of 4 samples 0/);
    assert.match((await refused('--augment', 'crop:28')).message, /out of itself/);
    assert.deepEqual(steps, []);
  }));

test('folders of another number of classes are refused, unless they are called as classes of the model', () =>
  inTrainFolder(async (folder, args) => {
    const image = npyFile('<f4', [1, 28, 28], new Float32Array(784));
    for (const name of ['bag', 'coat', 'shirt']) {
      mkdirSync(join(folder, 'clothes', name), { recursive: true });
      writeFileSync(join(folder, 'clothes', name, 'one.npy'), image);
    }
    const clothes = ['-d', join(folder, 'clothes')];
    const { code, message, hint } = await refusal(args(...clothes));
    assert.deepEqual([code, message], ['E_DATA', 'there are folders of 3 classes, the output has 10']);
    assert.match(hint!, /--classes 3 .*--labels names all 10/);
    const named = await trainCommand(args(...clothes, '--labels', join(FIXTURE, 'labels.txt')));
    assert.match(named.warnings.join(''), /clothes has no sample of class/);
  }));

test('a class without samples is named', () =>
  inTrainFolder(async (folder, args) => {
    const few = join(folder, cutImages(folder, 'calibration', 8));
    const { warnings } = await trainCommand(args('-d', few));
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /calibration-images-idx3-ubyte has no sample of class [\d, ]+: the model cannot learn/,
    );
  }));

test('numbers that overflow end the run, and the checkpoint of the epoch before is kept', () =>
  inTrainFolder(async (folder, args) => {
    const checkpoint = join(folder, 'c.ckpt');
    await trainCommand(args('--epochs', '1', '--checkpoint', checkpoint));
    const before = readFileSync(checkpoint);
    // One step of this rate puts the weights out of float32.
    const unstable: CreateTrainer = (graph, options) => {
      const trainer = createRegression(graph, options);
      return {
        ...trainer,
        step: (batch, settings) => trainer.step(batch, { ...settings, learningRate: 3e38 }),
      };
    };
    await assert.rejects(
      () => trainCommand(args('--checkpoint', checkpoint, '--resume'), { createTrainer: unstable }),
      (error: TinymlError) => error.code === 'E_NOT_FINITE' && error.at[0] === 'layer "dense"',
    );
    assert.ok(readFileSync(checkpoint).equals(before));
  }));

test('--plan prints the memory of a step without data, as a device has it, or says who does not plan', () =>
  inTrainFolder(async (folder) => {
    const model = join(folder, 'model.onnx');
    const other = [model, '--plan', '--method', 'float', '--backend', 'tfjs-node'];
    assert.match((await refusal(other)).message, /does not plan/);
    const { json, text } = await trainCommand([model, '--plan', '-b', '2']);
    const { batchSize, memory, peak } = json as {
      batchSize: number;
      memory: TrainingMemory;
      peak: { layer: string; pass: string };
    };
    assert.equal(batchSize, 2);
    assert.ok(
      memory.arenaBytes >= memory.stateBytes + Math.max(memory.forwardPeakBytes, memory.backwardPeakBytes),
    );
    assert.ok(['forward', 'backward'].includes(peak.pass) && peak.layer !== '');
    assert.match(text, /arena: everything at once +[\d,]+ +/);
    assert.match(text, /^peak +\w+ of \S+, in the (for|back)ward pass$/m);
  }));
