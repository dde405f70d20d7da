/** Pipes, devices, folders and links in circles where files are meant; outputs that lead nowhere. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { entryArguments, type Outcome, outcome, tinyml } from './run.ts';
import { inFolder, type Refusal, refuses, writeSmall } from './small.ts';

const noPipes = spawnSync('mkfifo', ['--version']).status === 0 ? false : 'there is no mkfifo';
const noFull = existsSync('/dev/full') ? false : 'there is no /dev/full';

/** Runs a command in a shell, which says where its streams go. */
function inShell(redirections: string, args: readonly string[], cwd: string): Promise<Outcome> {
  const child: ChildProcess = spawn(
    'sh',
    ['-c', `exec "$@" ${redirections}`, 'sh', process.execPath, ...entryArguments(), ...args],
    { cwd, env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return outcome(child);
}

test('what is no regular file is refused wherever one is read, at once', { skip: noPipes }, () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    for (const name of ['pipe', 'pipe.json', 'pipe.onnx']) spawnSync('mkfifo', [join(folder, name)]);
    mkdirSync(join(folder, 'images'));
    spawnSync('mkfifo', [join(folder, 'images', 'a.pgm')]);
    mkdirSync(join(folder, 'bundle'));
    spawnSync('mkfifo', [join(folder, 'bundle', 'manifest.json')]);
    symlinkSync('circle.json', join(folder, 'circle.json'));
    const refusal = (at: string, message = /a pipe, not a file/): Refusal => {
      return { code: 'E_FILE', message, at: [at], hint: /regular files|Give the path|ELOOP/ };
    };
    const quantize = ['quantize', 'model.onnx', '-o', 'out.onnx', '-n', '2'];
    const data = [...quantize, '-d', 'data.f32'];
    const train = [
      'train',
      'model.onnx',
      '-o',
      'out.onnx',
      '-d',
      'data.f32',
      '--loss',
      'mse',
      '--epochs',
      '1',
    ];
    const calls: readonly (readonly [args: readonly string[], refusal: Refusal])[] = [
      [['inspect', 'pipe.onnx'], refusal('pipe.onnx')],
      [['inspect', 'images'], refusal('images', /a folder, not a file/)],
      [[...quantize, '-d', 'pipe'], refusal('pipe')],
      [[...quantize, '-d', 'images'], refusal(join('images', 'a.pgm'))],
      [[...quantize, '-d', '/dev/zero'], refusal('/dev/zero', /a device, not a file/)],
      [[...data, '-e', 'pipe'], refusal('pipe')],
      [[...data, '--preprocess', 'pipe.json'], refusal('pipe.json')],
      [[...data, '--preprocess', 'circle.json'], refusal('circle.json', /cannot be read/)],
      [['plan', 'model.int8.onnx', '-t', './pipe'], refusal('./pipe')],
      [['profiles', 'check', 'pipe.json'], refusal('pipe.json')],
      [[...train, '--scheme', 'pipe.json'], refusal('pipe.json')],
      [[...train, '--checkpoint', 'pipe', '--resume'], refusal('pipe')],
      [
        ['verify', 'bundle'],
        { ...refusal(join('bundle', 'manifest.json'), /missing/), code: 'E_BUNDLE', hint: /./ },
      ],
      [
        ['deploy', 'model.int8.onnx', '-t', 'rp2040', '-o', 'bundle'],
        { code: 'E_WRITE', message: /did not write/, at: ['bundle', /manifest/], hint: /new or an empty/ },
      ],
      [
        [...train, '--log', 'pipe'],
        { code: 'E_WRITE', message: /nobody reads the pipe/, at: ['pipe'], hint: /reader/ },
      ],
    ];
    await Promise.all(calls.map(([args, expected]) => refuses(folder, args, expected)));

    for (const make of [
      () => spawnSync('mkfifo', [join(folder, 'tinyml.json')]),
      () => symlinkSync('tinyml.json', join(folder, 'tinyml.json')),
      () => mkdirSync(join(folder, 'tinyml.json')),
    ]) {
      make();
      await refuses(folder, ['profiles'], refusal(join(folder, 'tinyml.json'), /./));
      rmSync(join(folder, 'tinyml.json'), { recursive: true });
    }
  }),
);

test('standard output that cannot be written is E_WRITE, of every command', { skip: noFull }, () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const calls = [
      ['--help'],
      ['--version'],
      ['completion', 'zsh'],
      ['profiles'],
      ['inspect', 'model.onnx', '--json'],
      ['plan', 'model.int8.onnx', '-t', 'rp2040'],
      ['quantize', 'model.onnx', '-o', 'out.onnx', '-d', 'data.f32', '-n', '2'],
    ];
    await Promise.all(
      calls.map(async (args) => {
        const { status, stderr } = await inShell('> /dev/full', args, folder);
        assert.equal(status, 2, args.join(' '));
        const error = args.includes('--json')
          ? JSON.parse(stderr).error
          : { code: /\[(\w+)\]/.exec(stderr)![1], at: [/at: (.*)/.exec(stderr)![1]] };
        assert.equal(error.code, 'E_WRITE', stderr);
        assert.deepEqual(error.at, ['standard output']);
        assert.doesNotMatch(stderr, /\n\s+at .*:\d+:\d+/, 'a stack trace');
      }),
    );
  }),
);

test('standard error that cannot be written changes nothing', { skip: noFull }, () =>
  inFolder(async (folder) => {
    const [fine, wrong, closed] = await Promise.all([
      inShell('2> /dev/full', ['profiles'], folder),
      inShell('2> /dev/full', ['profiles', 'show', 'nowhere'], folder),
      inShell('<&- >&- 2>&-', ['profiles', 'show', 'nowhere'], folder),
    ]);
    assert.deepEqual([fine.status, wrong.status, closed.status], [0, 2, 2]);
    assert.match(fine.stdout, /^ID /);
  }),
);

test('a folder that went away, an empty name and a name of other bytes are refused', () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, 'gone'));
    const child = spawn(
      'sh',
      ['-c', 'rmdir "$PWD" && exec "$@"', 'sh', process.execPath, ...entryArguments(), 'profiles'],
      { cwd: join(folder, 'gone'), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const gone = await outcome(child);
    assert.equal(gone.status, 2, gone.stderr);
    assert.match(gone.stderr, /E_FILE.*current folder does not exist/);
    const bytes = await inShell(`-o "$(printf 'o\\377.onnx')"`, ['quantize', 'model.onnx'], folder);
    assert.equal(bytes.status, 2);
    assert.match(bytes.stderr, /E_USAGE.*not UTF-8/);
    assert.match((await tinyml(['inspect', ''], { cwd: folder })).stderr, /E_USAGE.*<model> is empty/);
    writeFileSync(join(folder, 'tinyml.json'), '{"target": "a\\u0000b.json"}');
    const zero = await tinyml(['inspect', 'model.onnx'], { cwd: folder });
    assert.equal(zero.status, 2, zero.stderr);
    assert.match(zero.stderr, /E_FILE/);
  }));
