/** A dependency file names every file that the command opened for reading, whatever named it: make builds again when one is touched. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { packageRoot } from '../../src/package-root.ts';
import { classifierBeside, writeClasses } from './classifier.ts';
import { inProcess } from './in-process.ts';

type Build = {
  readonly args: readonly string[];
  /** What is made. */
  readonly target: string;
  /** All that decides it, but for `ALWAYS`. */
  readonly reads: readonly string[];
};

const TREES = ['ash', 'birch', 'cedar'];
const images = (folder: string): readonly string[] =>
  TREES.flatMap((name) => [0, 1].map((i) => `${folder}/${name}/${i}.pgm`));
/** Their times change when a file is added or removed. */
const folders = (folder: string): readonly string[] => [folder, ...TREES.map((name) => `${folder}/${name}`)];
const TREE_FILES = [...images('trees'), ...folders('trees')];
const EVAL_FILES = [...images('eval'), ...folders('eval')];
const INPUT = ['--preprocess', 'pre.json', '--labels', 'names.txt'];
const INPUT_FILES = ['pre.json', 'names.txt'];
/** Of a model whose weights lie beside it, in a folder with settings. */
const FLOAT = ['model.onnx', 'weights.bin'];
const JETSON = ['-t', 'boards/jetson.json', '--jetpack', '6.2'];

/** Runs of every command with --depfile; together they give every option that names a file to read. */
const BUILDS: Readonly<Record<string, Build>> = {
  quantize: {
    args: [
      'model.onnx',
      '-o',
      'q.onnx',
      '-d',
      'trees',
      '-e',
      'eval',
      '-n',
      '2',
      '-t',
      'boards/mcu.json',
      ...INPUT,
    ],
    target: 'q.onnx',
    reads: [...FLOAT, ...TREE_FILES, ...EVAL_FILES, 'boards/mcu.json', ...INPUT_FILES],
  },
  'quantize for a Jetson, by layers': {
    args: [
      ...[
        'model.onnx',
        '-o',
        'j.onnx',
        '-d',
        'x.npy',
        '-e',
        'x.npy',
        '-n',
        '2',
        ...JETSON,
        '--preprocess',
        'raw',
      ],
      ...['--per-layer-precision', 'layers.json'],
    ],
    target: 'j.onnx',
    reads: [...FLOAT, 'x.npy', 'y.npy', 'boards/jetson.json', 'layers.json'],
  },
  diagnose: {
    args: [
      ...['model.onnx', 'q.onnx', '-d', 'trees', '-e', 'eval', '-n', '2', '-t', 'boards/mcu.json', ...INPUT],
      ...['--remedy', 'recalibrate', '--apply', '-o', 'd.onnx'],
    ],
    target: 'd.onnx',
    reads: [...[...FLOAT, 'q.onnx', ...TREE_FILES, ...EVAL_FILES], ...['boards/mcu.json', ...INPUT_FILES]],
  },
  train: {
    args: [
      ...['model.onnx', '-o', 't.onnx', '-d', 'trees', '--validation', 'eval', '-e', 'x.npy', ...INPUT],
      ...['--epochs', '1', '-b', '2', '--scheme', 'scheme.json'],
    ],
    target: 't.onnx',
    reads: [...FLOAT, ...TREE_FILES, ...EVAL_FILES, 'x.npy', 'y.npy', 'scheme.json', ...INPUT_FILES],
  },
  sparsity: {
    args: [
      ...[
        'model.onnx',
        '-o',
        's.json',
        '-d',
        'trees',
        '--validation',
        'eval',
        '-t',
        'boards/mcu.json',
        ...INPUT,
      ],
      ...['--probe', '1', '--epochs', '1', '-b', '2'],
    ],
    target: 's.json',
    reads: [...FLOAT, ...TREE_FILES, ...EVAL_FILES, 'boards/mcu.json', ...INPUT_FILES],
  },
  prune: {
    args: [
      ...['model.onnx', '-o', 'p.onnx', '-d', 'trees', '-e', 'x.npy', '-t', 'boards/mcu.json', ...INPUT],
      ...['--channels', '0.5', '--fine-tune', '1', '-b', '2', '--validation', 'eval'],
    ],
    target: 'p.onnx',
    reads: [
      ...[...FLOAT, ...TREE_FILES, ...EVAL_FILES, 'x.npy', 'y.npy'],
      ...['boards/mcu.json', ...INPUT_FILES],
    ],
  },
  ablate: {
    args: [
      ...['model.onnx', '-o', 'a.json', '-g', 'method=float', '-d', 'trees', '-e', 'eval', ...INPUT],
      ...['--seeds', '1', '--epochs', '1', '-b', '2', '--controls', 'none'],
    ],
    target: 'a.json',
    reads: [...FLOAT, ...TREE_FILES, ...EVAL_FILES, ...INPUT_FILES],
  },
  gate: {
    args: ['model.onnx', '-o', 'g.onnx', '-d', 'trees', '--patch', '4', '-t', 'boards/mcu.json', ...INPUT],
    target: 'g.onnx',
    reads: [...FLOAT, ...TREE_FILES, 'boards/mcu.json', ...INPUT_FILES],
  },
  lint: {
    args: ['j.onnx', '--fix', '-o', 'l.onnx', ...JETSON],
    target: 'l.onnx',
    reads: ['j.onnx', 'boards/jetson.json'],
  },
  deploy: {
    args: ['model.onnx', '-o', 'firmware', '-t', 'boards/mcu.json', '-d', 'trees', '-g', 'eval', ...INPUT],
    target: 'firmware/manifest.json',
    // Golden inputs are the first four.
    reads: [
      ...FLOAT,
      ...TREE_FILES,
      ...images('eval').slice(0, 4),
      ...folders('eval'),
      'boards/mcu.json',
      ...INPUT_FILES,
    ],
  },
  'deploy firmware that trains': {
    args: [
      ...['model.onnx', '-o', 'wear', '-t', 'boards/fpu.json', '-d', 'trees', ...INPUT],
      ...['--training', '--scheme', 'scheme.json'],
    ],
    target: 'wear/manifest.json',
    reads: [...FLOAT, ...TREE_FILES, 'scheme.json', 'boards/fpu.json', ...INPUT_FILES],
  },
  'deploy to a Jetson, with the float form': {
    args: ['j.onnx', '-o', 'bundle', '--float', 'model.onnx', ...JETSON, '--labels', 'names.txt'],
    target: 'bundle/manifest.json',
    reads: ['j.onnx', ...FLOAT, 'boards/jetson.json', 'names.txt'],
  },
  'deploy to a Jetson, by layers': {
    args: [
      ...['model.onnx', '-o', 'bundle2', '-d', 'x.npy', '--per-layer-precision', 'layers.json', ...JETSON],
    ],
    target: 'bundle2/manifest.json',
    reads: [...FLOAT, 'x.npy', 'boards/jetson.json', 'layers.json'],
  },
};
const ALWAYS = ['tinyml.json'];

const here = process.cwd();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tinyml-depfile-')));
const { openSync } = fs;
const opened = new Set<string>();

before(() => {
  process.chdir(folder);
  const [model, weights] = classifierBeside('weights.bin');
  writeFileSync('model.onnx', model);
  writeFileSync('weights.bin', weights);
  writeClasses('trees', TREES);
  writeClasses('eval', TREES);
  writeFileSync(
    'x.npy',
    npy(
      '<f4',
      '(3, 1, 8, 8)',
      Float32Array.from({ length: 192 }, (_, i) => i % 17),
    ),
  );
  writeFileSync('y.npy', npy('<i4', '(3,)', Int32Array.of(0, 1, 2)));
  writeFileSync('pre.json', '{ "scale": 0.01, "mean": 0.5 }');
  writeFileSync('names.txt', 'ash\nbirch\ncedar\n');
  writeFileSync('scheme.json', JSON.stringify({ biases: ['dense'] }));
  writeFileSync('layers.json', JSON.stringify({ conv: 'int8', dense: 'fp16' }));
  mkdirSync('boards');
  for (const [name, profile] of [
    ['mcu', 'rp2040'],
    ['fpu', 'stm32f411'],
    ['jetson', 'jetson-orin-nano'],
  ]) {
    const text = readFileSync(join(packageRoot(), 'profiles', `${profile}.json`), 'utf8');
    writeFileSync(`boards/${name}.json`, text.replace(/\n.*"\$schema".*/, ''));
  }
  writeFileSync('tinyml.json', '{ "seed": 7 }');
  // Every file that is opened for reading: what a trace of the system would show.
  fs.openSync = (path, flags, ...rest) => {
    const reads = flags === undefined || flags === 'r' || (typeof flags === 'number' && (flags & 3) === 0);
    const place = resolve(String(path));
    if (reads && place.startsWith(`${folder}/`) && statSync(place, { throwIfNoEntry: false })?.isFile()) {
      opened.add(place);
    }
    return openSync(path, flags, ...rest);
  };
  syncBuiltinESMExports();
});

after(() => {
  fs.openSync = openSync;
  syncBuiltinESMExports();
  process.chdir(here);
  rmSync(folder, { recursive: true, force: true });
});

test('the commands with a dependency file are these, with all files that they may read', () => {
  const named = COMMANDS.filter(({ options }) => options.some(({ name }) => name === 'depfile'));
  const commands = new Set(Object.keys(BUILDS).map((name) => name.split(' ')[0]!));
  assert.deepEqual(named.map(({ name }) => name).sort(), [...commands].sort());
  for (const { name, options } of named) {
    const lines = Object.entries(BUILDS).flatMap(([key, { args }]) =>
      key.split(' ')[0] === name ? args : [],
    );
    for (const option of options.filter(({ opens }) => opens === 'read')) {
      const flags = [`--${option.name}`, ...(option.short === undefined ? [] : [`-${option.short}`])];
      const given = flags.some((flag) => lines.includes(flag));
      assert.ok(given || UNTRIED.has(`${name} ${option.name}`), `no run of ${name} gives --${option.name}`);
    }
  }
});

/** A calibration cache is checked, and decides nothing of the file. */
const UNTRIED = new Set(['lint cache']);

for (const [name, { args, target, reads }] of Object.entries(BUILDS)) {
  test(`${name}: whatever was opened is a prerequisite, and a touch of it builds again`, () => {
    const [command = ''] = name.split(' ');
    return built(command, args, target, [...reads, ...ALWAYS]);
  });
}

async function built(
  command: string,
  args: readonly string[],
  target: string,
  reads: readonly string[],
): Promise<void> {
  opened.clear();
  const { status, stderr } = await inProcess([command, ...args, '--depfile', 'rule.d']);
  assert.equal(status, 0, stderr);
  const [rule = ''] = readFileSync('rule.d', 'utf8').split('\n\n');
  const [first, ...named] = rule.split(/\s+\\?\s*/).filter((word) => word !== '');
  assert.equal(first, `${target}:`);
  assert.equal(named[0], args[0], 'the model comes first');
  const listed = new Set(named.map((path) => resolve(path)));
  assert.deepEqual(
    [...opened].filter((path) => !listed.has(path)),
    [],
    'opened, and not in the rule',
  );
  assert.ok(
    named.every((path) => !path.startsWith('/')),
    'absolute paths',
  );
  for (const path of reads) assert.ok(listed.has(resolve(path)), `${path} is not in the rule`);
  rebuilds(target, reads);
}

/** Asks make, with nothing but the rule, whether the target is up to date before and after every touch. */
function rebuilds(target: string, reads: readonly string[]): void {
  if (spawnSync('make', ['--version']).status !== 0) return;
  writeFileSync('Makefile', `include rule.d\n${target}:\n\t@true\n`);
  const now = Date.now() / 1000;
  const made = statSync(target);
  const upToDate = (): boolean => spawnSync('make', ['-q', target]).status === 0;
  for (const path of reads) utimesSync(path, now - 200, now - 200);
  utimesSync(target, now - 100, now - 100);
  assert.ok(made.isFile() && upToDate(), 'not up to date although nothing has changed');
  for (const path of reads) {
    utimesSync(path, now, now);
    assert.ok(!upToDate(), `a touch of ${path} builds nothing`);
    utimesSync(path, now - 200, now - 200);
  }
}

function npy(type: string, shape: string, data: Float32Array | Int32Array): Buffer {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  return Buffer.concat([start, Buffer.from(`${header.padEnd(117)}\n`, 'latin1'), Buffer.from(data.buffer)]);
}
