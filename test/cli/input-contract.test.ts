/** Preprocessing and names of classes go with a model through every command, or their absence is loud. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { contractEntry, type InputContract } from '../../src/input/contract.ts';
import { classifier, contractIn, withInput, writeClasses } from './classifier.ts';
import { inProcess } from './in-process.ts';
import { inFolder } from './small.ts';

const NAMES = ['ash', 'birch', 'cedar'];
const CONTRACT: InputContract = { preprocess: { ...RAW_VALUES, scale: 1 / 255, mean: [0.5] }, labels: NAMES };

const JETSON = ['-t', 'jetson-orin-nano', '--jetpack', '6.2'];

/** Every command that reads data: a run of it for `model`, and where it writes a model. */
const RUNS: Readonly<
  Record<string, { readonly args: readonly string[]; readonly model?: string; readonly manifest?: string }>
> = {
  quantize: { args: ['-o', 'q.onnx', '-d', 'trees', '-n', '3'], model: 'q.onnx' },
  train: {
    args: ['-o', 't.onnx', '-d', 'trees', '--epochs', '1', '-b', '2', '--validation-share', '0'],
    model: 't.onnx',
  },
  diagnose: {
    args: ['-d', 'trees', '-n', '3', '--remedy', 'equalize', '--apply', '-o', 'd.onnx'],
    model: 'd.onnx',
  },
  gate: { args: ['-o', 'g.onnx', '-d', 'trees', '--patch', '4'], model: 'g.onnx' },
  ablate: {
    args: [
      ...['-g', 'method=float', '-d', 'trees', '-e', 'trees', '--seeds', '1', '--epochs', '1', '-b', '2'],
      ...['--controls', 'none'],
    ],
  },
  prune: {
    args: ['-o', 'p.onnx', '-d', 'trees', '-t', 'rp2040', '--channels', '0.5', '--fine-tune', '1'],
    model: 'p.onnx',
  },
  search: {
    args: [
      ...['-t', 'rp2040', '-d', 'trees', '-o', 's.onnx', '--candidates', '20', '--trials', '2'],
      ...['--trial-epochs', '1', '--epochs', '1', '-b', '1', '--validation-share', '0.5'],
    ],
    model: 's.onnx',
  },
  sparsity: {
    args: [
      ...['-d', 'trees', '-o', 's.json', '--budget', '1M', '--probe', '1', '--epochs', '1', '-b', '2'],
      ...['--validation', 'trees'],
    ],
  },
  split: { args: ['-d', 'trees', '-e', 'trees', '-n', '3', '--ratio', '2'] },
  evaluate: { args: ['-d', 'trees'] },
  deploy: {
    args: ['-o', 'bundle', ...JETSON, '-d', 'trees'],
    manifest: 'bundle/manifest.json',
  },
};

/** Those that count what makes inputs, and read no data. */
const JUDGES = ['plan', 'analyze', 'fit'];

test('these are the commands that take preprocessing, and each takes names of classes', () => {
  const has = (option: string): readonly string[] =>
    COMMANDS.filter(({ options }) => options.some(({ name }) => name === option)).map(({ name }) => name);
  assert.deepEqual([...has('preprocess')].sort(), [...Object.keys(RUNS), ...JUDGES].sort());
  assert.deepEqual(has('labels'), has('preprocess'));
});

const here = process.cwd();
const inWork = (body: () => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    process.chdir(folder);
    try {
      writeFileSync('bare.onnx', classifier());
      writeFileSync('told.onnx', withInput(classifier(), CONTRACT));
      writeFileSync('other.json', '{ "scale": 0.00392156862745098, "std": 2 }');
      writeFileSync('names.txt', 'oak\npine\nrowan\n');
      writeClasses('trees', NAMES);
      await body();
    } finally {
      process.chdir(here);
    }
  });

for (const [command, { args, model, manifest }] of Object.entries(RUNS)) {
  test(`${command}: what the model says holds and is said once; what is given in its place is warned of`, () =>
    inWork(async () => {
      const run = async (...more: readonly string[]): Promise<string> => {
        const { status, stderr } = await inProcess([command, ...more, ...args]);
        assert.equal(status, 0, stderr);
        return stderr;
      };
      const check = async (contract: InputContract): Promise<void> => {
        if (model !== undefined) assert.deepEqual(await contractIn(model), contract);
        if (manifest === undefined) return;
        const { input } = JSON.parse(readFileSync(manifest, 'utf8'));
        assert.deepEqual(input, JSON.parse(JSON.stringify(contractEntry(contract))));
      };
      const kept = await run('told.onnx');
      assert.equal(kept.match(/preprocessing and 3 class names are those of the model/g)?.length, 1, kept);
      assert.doesNotMatch(kept, /W_(NO_)?PREPROCESS|W_LABELS/);
      await check(CONTRACT);

      const given = await run('told.onnx', '--preprocess', 'other.json', '--labels', 'names.txt');
      assert.match(given, /W_PREPROCESS\]: .* differs from that of the model in mean, std/);
      assert.match(given, /W_LABELS\]: class 0 is called "oak", the model calls it "ash"/);
      assert.doesNotMatch(given, /those of the model/);
      const labels = ['oak', 'pine', 'rowan'];
      await check({ preprocess: { ...CONTRACT.preprocess!, mean: [0], std: [2] }, labels });

      assert.match(await run('bare.onnx'), /W_NO_PREPROCESS\]: .*pixels 0 \.\. 255 go in as they are/);
      assert.doesNotMatch(await run('bare.onnx', '--preprocess', 'raw'), /W_NO_PREPROCESS/);
      if (command !== 'gate' && command !== 'deploy') await check({ preprocess: RAW_VALUES, labels: NAMES });
    }));
}

test('a float model is judged without what makes its inputs, which is said, and with it by --preprocess', () =>
  inWork(async () => {
    const described = ['--preprocess', 'other.json', '--labels', 'names.txt'];
    for (const command of JUDGES) {
      const run = async (...more: readonly string[]): Promise<string> => {
        const on = command === 'fit' ? [] : ['--target', 'stm32l4r5'];
        const { status, stdout, stderr } = await inProcess([command, ...more, ...on]);
        assert.equal(status, 0, stderr);
        return stdout;
      };
      const said = /data in +not counted: the model says nothing of preprocessing \(--preprocess does\)/;
      assert.match(await run('bare.onnx'), said);
      assert.doesNotMatch(await run('told.onnx'), said);
      const named = (await run('bare.onnx', '--labels', 'names.txt')).match(/^data in .*/gm);
      const names =
        command === 'fit'
          ? /^data in +not counted/
          : /^data in +names of classes, \d+ B .*; what makes inputs is not counted: /;
      assert.equal(named?.length, 1, command);
      assert.match(named[0], names);
      const counted = await run('bare.onnx', ...described);
      assert.doesNotMatch(counted, said);
      if (command !== 'fit') assert.match(counted, /data in +\d+ B of the tables/);
    }
  }));

test('a description that has a size and forgets the values says so, once; a wrong one says where its keys are described', () =>
  inWork(async () => {
    const run = (preprocess: string) =>
      inProcess(['evaluate', 'bare.onnx', '-d', 'trees', '--preprocess', preprocess]);
    writeFileSync('size.json', '{ "resize": {} }');
    const said = /pixels go in as 0 \.\. 255: --preprocess says nothing of scale, mean and std/g;
    assert.equal((await run('size.json')).stderr.match(said)?.length, 1);
    for (const silent of ['raw', 'other.json']) assert.doesNotMatch((await run(silent)).stderr, said);
    writeFileSync('pair.json', '{ "resize": [8, 8] }');
    assert.match((await run('pair.json')).stderr, /hint: docs\/data\.md says what each key takes/);
  }));

test('from float to firmware nothing is said twice, and nothing is lost', () =>
  inWork(async () => {
    const calls = [
      ['train', 'bare.onnx', ...RUNS.train!.args, '--method', 'float', '--preprocess', 'other.json'],
      ['quantize', 't.onnx', ...RUNS.quantize!.args, '--strict'],
      ['evaluate', 'q.onnx', '-d', 'trees'],
      ['deploy', 'q.onnx', '-o', 'bundle', '-t', 'rp2040', '-g', 'trees', '--strict'],
    ];
    for (const argv of calls) {
      const { status, stdout, stderr } = await inProcess(argv);
      assert.equal(status, 0, `${argv.join(' ')}\n${stderr}`);
      const lines = stdout.split('\n').flatMap((line) => /^([a-z][\w ]*?) {2,}\S/.exec(line)?.[1] ?? []);
      assert.deepEqual(lines, [...new Set(lines)], argv[0]);
      if (argv[0] === 'deploy')
        assert.match(stdout, /^functions +q_input_from_\w+[\s\S]*^classes +3 names$/m);
    }
    const unnamed = await inProcess([
      'deploy',
      'bare.onnx',
      '-o',
      'b',
      '-t',
      'rp2040',
      '--data',
      'trees/ash',
    ]);
    assert.match(unnamed.stdout, /^classes +no names: give --labels/m, unnamed.stderr);
    assert.match(
      unnamed.stderr,
      /W_NO_PIXELS\]: .*no function that takes pixels[\s\S]*input "x" \[1, 1, 8, 8\]/,
    );
    assert.match(unnamed.stdout, /^functions +bare_input_from_float$/m);
    const raw = ['-o', 'b', '-t', 'rp2040', '--data', 'trees/ash', '--preprocess', 'raw'];
    const described = await inProcess(['deploy', 'bare.onnx', ...raw]);
    assert.doesNotMatch(described.stderr, /W_NO_PIXELS/);
    assert.match(described.stdout, /^functions +bare_input_from_gray8, /m);
    const { input } = JSON.parse(readFileSync('bundle/manifest.json', 'utf8'));
    assert.deepEqual([input.preprocess.std, input.labels], [[2], NAMES]);
    const { stdout } = await inProcess(['inspect', 'q.onnx']);
    assert.match(stdout, /preprocessing +\{"scale":0\.00392156862745098,"std":\[2\]\}/);
    assert.match(stdout, /classes +ash, birch, cedar/);
  }));

test('training that learned nothing says so at its end', () =>
  inWork(async () => {
    const still = ['--method', 'float', '--lr', '1e-9', '-e', 'trees', '--preprocess', 'raw'];
    const { status, stderr } = await inProcess(['train', 'bare.onnx', ...RUNS.train!.args, ...still]);
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /W_CHANCE\]: the trained model (is right|always)[\s\S]*hint: check the preprocessing/,
    );
  }));

test('what is repaired and what is trained on keeps the contract, and a run does not go on with another', () =>
  inWork(async () => {
    const repaired = await inProcess(['lint', 'told.onnx', '--fix', '-o', 'l.onnx', ...JETSON]);
    assert.equal(repaired.status, 0, repaired.stderr);
    assert.deepEqual(await contractIn('l.onnx'), CONTRACT);
    const train = ['train', 'told.onnx', ...RUNS.train!.args, '--checkpoint', 'c.ckpt'];
    const first = await inProcess([...train, '--float-output', 'f.onnx']);
    assert.equal(first.status, 0, first.stderr);
    assert.deepEqual(await contractIn('f.onnx'), CONTRACT);
    // The same description in a file of its own is the same preprocessing.
    writeFileSync('same.json', '{ "mean": [0.5],\n "scale": 0.00392156862745098 }');
    const same = await inProcess([...train, '--resume', '--preprocess', 'same.json']);
    assert.equal(same.status, 0, same.stderr);
    const other = await inProcess([...train, '--resume', '--preprocess', 'other.json']);
    assert.equal(other.status, 2);
    assert.match(other.stderr, /E_CHECKPOINT\].*\n(.*\n)*.*preprocess/);
  }));

test('numbers of a sensor go in as they are with a warning, as pixels do', () =>
  inWork(async () => {
    mkdirSync('motion/up', { recursive: true });
    writeFileSync('motion/up/a.csv', `x,y,z\n${'0,9.8,1\n'.repeat(128)}`);
    const model = resolve(here, 'fixtures/motion/motion.onnx');
    const run = async (...more: readonly string[]): Promise<string> =>
      (await inProcess(['evaluate', model, '-d', 'motion', ...more])).stderr;
    assert.match(await run(), /W_NO_PREPROCESS\]: .*numbers of recordings go in as they are/);
    assert.doesNotMatch(await run('--preprocess', 'raw'), /W_NO_PREPROCESS/);
  }));

test('the columns of tables are kept in the model, and found by their names', () =>
  inWork(async () => {
    const axes = { x: '0.1', y: '9.8', z: '3' };
    const table = (folder: string, order: readonly (keyof typeof axes)[], step: number): void => {
      for (const name of ['up', 'v', 'w', 'x']) mkdirSync(`${folder}/${name}`, { recursive: true });
      const row = order.map((axis) => axes[axis]).join();
      const rows = Array.from({ length: 128 }, (_, i) => `${(i * step).toFixed(2)},${row}\n`);
      writeFileSync(`${folder}/up/a.csv`, `time,${order.join()}\n${rows.join('')}`);
    };
    table('kept', ['x', 'y', 'z'], 0.02);
    table('turned', ['z', 'x', 'y'], 0.01);
    const model = resolve(here, 'fixtures/motion/motion.onnx');
    const given = ['--preprocess', resolve(here, 'fixtures/motion/preprocess.json')];
    const quantized = await inProcess(['quantize', model, '-o', 'kept.onnx', '-d', 'kept', ...given]);
    assert.equal(quantized.status, 0, quantized.stderr);
    assert.match(quantized.stderr, /keeps the columns of kept: x, y, z/);
    const { preprocess } = await contractIn('kept.onnx');
    assert.deepEqual(preprocess?.table, { columns: ['x', 'y', 'z'], step: 0.02 });
    const evaluate = async (data: string, ...more: readonly string[]) => {
      const { status, stdout, stderr } = await inProcess([
        'evaluate',
        'kept.onnx',
        '-d',
        data,
        '--json',
        ...more,
      ]);
      assert.equal(status, 0, stderr);
      return { confusion: JSON.parse(stdout).evaluation.confusion, stderr };
    };
    const straight = await evaluate('kept', ...given);
    assert.doesNotMatch(straight.stderr, /W_PREPROCESS|W_MIXED_DATA/);
    const turned = await evaluate('turned');
    assert.deepEqual(turned.confusion, straight.confusion);
    assert.match(turned.stderr, /W_MIXED_DATA\]: .*1 of 0\.01; in training 0\.02/);
  }));

test('windows alone are added to what the model says; named columns keep the distance of rows of the data', () =>
  inWork(async () => {
    for (const name of ['up', 'v', 'w', 'x']) mkdirSync(`long/${name}`, { recursive: true });
    const rows = (count: number): string =>
      Array.from({ length: count }, (_, i) => `${i * 20},${i % 7},9.8,${i % 3},walk\n`).join('');
    writeFileSync('long/up/a.csv', `time,x,y,z,activity\n${rows(160)}`);
    const model = resolve(here, 'fixtures/motion/motion.onnx');
    const unnamed = await inProcess([
      'quantize',
      model,
      '-o',
      'no.onnx',
      '-d',
      'long',
      '--preprocess',
      'raw',
    ]);
    assert.match(unnamed.stderr, /hint: A column of classes \("activity"\) is not read: classes are folders/);
    writeFileSync('axes.json', '{ "table": { "columns": ["x", "y", "z"] }, "mean": [0, 9.8, 0] }');
    const call = ['quantize', model, '-o', 'axes.onnx', '-d', 'long', '--preprocess', 'axes.json'];
    const { status, stderr } = await inProcess(call);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /the model keeps the distance of the rows of long: 20/);
    const { preprocess } = await contractIn('axes.onnx');
    assert.deepEqual([preprocess?.table?.step, preprocess?.mean], [20, [0, 9.8, 0]]);

    writeFileSync('windows.json', '{ "windows": { "step": 16 } }');
    const evaluate = async (description: string) => {
      const run = await inProcess([
        'evaluate',
        'axes.onnx',
        '-d',
        'long',
        '--json',
        '--preprocess',
        description,
      ]);
      assert.equal(run.status, 0, run.stderr);
      return { samples: JSON.parse(run.stdout).evaluation.samples, said: run.stderr };
    };
    const added = await evaluate('windows.json');
    assert.equal(added.samples, 3);
    assert.match(added.said, /all else is that of the model/);
    assert.doesNotMatch(added.said, /W_PREPROCESS/);
    writeFileSync('whole.json', '{ "windows": { "step": 16 }, "scale": 1 }');
    const whole = await evaluate('whole.json');
    assert.match(whole.said, /W_PREPROCESS\]: .* differs from that of the model in mean/);
  }));

test('class folders are taken by the names of the model, and strangers are warned of', () =>
  inWork(async () => {
    /** Samples of each class, and what was said. */
    const counts = async (data: string): Promise<{ counts: readonly number[]; stderr: string }> => {
      const { status, stdout, stderr } = await inProcess(['evaluate', 'told.onnx', '-d', data, '--json']);
      assert.equal(status, 0, stderr);
      const confusion: readonly (readonly number[])[] = JSON.parse(stdout).evaluation.confusion;
      return { counts: confusion.map((row) => row.reduce((sum, count) => sum + count, 0)), stderr };
    };
    writeClasses('some', ['cedar']);
    const some = await counts('some');
    assert.deepEqual(some.counts, [0, 0, 2]);
    assert.doesNotMatch(some.stderr, /W_LABELS/);
    writeClasses('strange', ['elm', 'palm']);
    const strange = await counts('strange');
    assert.deepEqual(strange.counts, [2, 2, 0]);
    assert.match(strange.stderr, /W_LABELS\]: a folder is called "elm"/);
  }));

test('a folder that is called as no class of the model is refused where others are, and what was meant is named', () =>
  inWork(async () => {
    writeClasses('slip', ['Birch', 'ash', 'cedar']);
    const { status, stderr } = await inProcess(['evaluate', 'told.onnx', '-d', 'slip']);
    assert.equal(status, 2);
    assert.match(stderr, /E_DATA\]: 2 of 3 folders are called as classes of the model, and not "Birch"/);
    assert.match(stderr, /at: slip\/Birch\n.*did you mean birch\?/);
    writeClasses('others', ['elm', 'fir', 'yew']);
    const foreign = await inProcess(['evaluate', 'told.onnx', '-d', 'others']);
    assert.equal(foreign.status, 0);
    assert.match(foreign.stderr, /W_LABELS/);
  }));

test('a folder that is missing would make other classes of all behind it: without names that is refused', () =>
  inWork(async () => {
    writeClasses('pair', ['ash', 'cedar']);
    for (const call of [
      ['evaluate', 'bare.onnx', '-d', 'pair'],
      ['quantize', 'bare.onnx', '-o', 'pair.onnx', '-d', 'pair', '-e', 'pair', '-n', '2'],
    ]) {
      const { status, stderr } = await inProcess(call);
      assert.equal(status, 2, call[0]);
      assert.match(
        stderr,
        /E_DATA\]: there are folders of 2 classes, the output has 3\n {2}at: pair\n.*--labels names all 3/,
      );
    }
    writeFileSync('trees.txt', NAMES.join('\n'));
    const named = await inProcess(['evaluate', 'bare.onnx', '-d', 'pair', '--labels', 'trees.txt']);
    assert.equal(named.status, 0, named.stderr);
  }));

test('names of classes are those of the folders of --eval where calibration data have none', () =>
  inWork(async () => {
    mkdirSync('flat');
    writeFileSync('flat/0.pgm', readFileSync('trees/ash/0.pgm'));
    writeFileSync('flat/1.pgm', readFileSync('trees/cedar/1.pgm'));
    const call = ['quantize', 'bare.onnx', '-o', 'flat.onnx', '-d', 'flat', '-e', 'trees', '-n', '2'];
    const { status, stderr } = await inProcess(call);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /3 class names are those of the folders in trees/);
    assert.deepEqual((await contractIn('flat.onnx')).labels, NAMES);
  }));

test('mean and std of another form than the scale are told from what pixels become, and a model that guesses names diagnose', () =>
  inWork(async () => {
    writeFileSync('bytes.json', '{ "scale": 0.00392156862745098, "mean": 123.675, "std": 58.395 }');
    writeFileSync('forgotten.json', '{ "mean": 0.485, "std": 0.229 }');
    writeFileSync('bytes-alone.json', '{ "mean": 123.675, "std": 58.395 }');
    const said = async (description: string): Promise<string> =>
      (await inProcess(['evaluate', 'bare.onnx', '-d', 'trees', '--preprocess', description])).stderr;
    const slip = await said('bytes.json');
    assert.match(slip, /W_PIXELS\]: with this preprocessing pixels 0 \.\. 255 become -2\.12 \.\. -2\.10/);
    assert.match(slip, /leave out "scale"/);
    assert.match(slip, /W_CHANCE\]: the model always gives one class/);
    assert.match(slip, /tinyml diagnose bare\.onnx --data trees --eval trees --preprocess bytes\.json$/m);
    assert.match(await said('forgotten.json'), /W_PIXELS.*\n.*\n.*give "scale": 0\.00392156862745098/);
    for (const sound of ['bytes-alone.json', 'other.json', 'raw']) {
      assert.doesNotMatch(await said(sound), /W_PIXELS/, sound);
    }
  }));
