/** A dependency file names every file that the command opened for reading, whatever named it. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { packageRoot } from '../../src/package-root.ts';
import { FLOAT, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { tinyml } from './run.ts';
import { inFolder, smallData } from './small.ts';

/** Writes down every file that is opened for reading, in all threads: what a trace of the system would show. */
const SPY = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { openSync, appendFileSync } = fs;
fs.openSync = (path, flags, ...rest) => {
  const reads = flags === undefined || flags === 'r' || (typeof flags === 'number' && (flags & 3) === 0);
  if (reads) appendFileSync(process.env.SPY_LOG, path + '\\n');
  return openSync(path, flags, ...rest);
};
syncBuiltinESMExports();`;

/** A Conv whose weights lie beside the model. */
const EXTERNAL = modelBytes(13, {
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

const CALLS: Readonly<Record<string, readonly string[]>> = {
  quantize: [
    ...['quantize', 'model.onnx', '-o', 'model.int8.onnx', '-d', 'images', '-e', 'eval', '-n', '2'],
    ...['--preprocess', 'pre.json', '--target', 'boards/mine.json'],
  ],
  deploy: [
    ...['deploy', 'model.int8.onnx', '-o', 'firmware', '-t', 'boards/mine.json'],
    ...['-g', 'images', '--preprocess', 'pre.json'],
  ],
  gate: [
    ...[
      'gate',
      'model.onnx',
      '-o',
      'gated.onnx',
      '-t',
      'boards/mine.json',
      '--layers',
      'conv',
      '--patch',
      '4',
    ],
    ...['--data', 'images', '--preprocess', 'pre.json'],
  ],
};

test('the commands with a dependency file are these', () => {
  const named = COMMANDS.filter(({ options }) => options.some(({ name }) => name === 'depfile'));
  assert.deepEqual(named.map(({ name }) => name).sort(), Object.keys(CALLS).sort());
});

test('every file that was opened is a prerequisite', () =>
  inFolder(async (folder) => {
    const write = (name: string, content: string | Uint8Array) => {
      mkdirSync(resolve(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), content);
    };
    const pixels = Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 7) % 256));
    write('model.onnx', EXTERNAL);
    write('weights.bin', smallData(1, 9));
    for (const name of ['images/a.pgm', 'images/b.pgm', 'eval/a.pgm']) {
      write(name, Buffer.concat([Buffer.from('P5 8 8 255\n'), pixels]));
    }
    write('pre.json', '{ "scale": 0.01, "mean": 0.5 }');
    write('boards/mine.json', readFileSync(join(packageRoot(), 'profiles', 'rp2040.json')));
    write('tinyml.json', '{ "seed": 7 }');

    for (const [command, args] of Object.entries(CALLS)) {
      const log = join(folder, `${command}.log`);
      const { status, stderr } = await tinyml([...args, '--depfile', `${command}.d`], {
        cwd: folder,
        env: { SPY_LOG: log },
        nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(SPY)}`],
      });
      assert.equal(status, 0, stderr);
      const [rule = ''] = readFileSync(join(folder, `${command}.d`), 'utf8').split('\n\n');
      const named = rule.split(/\s+\\?\s*/).slice(1);
      const place = (path: string): string => realpathSync(resolve(folder, path));
      const opened = new Set(readFileSync(log, 'utf8').trim().split('\n').map(place));
      const wanted = [...opened].filter((path) => path.startsWith(`${realpathSync(folder)}/`));
      const listed = new Set(named.filter((path) => path !== '').map(place));
      assert.deepEqual(
        wanted.filter((path) => !listed.has(path)),
        [],
        `${command} opened what is not in its rule`,
      );
      for (const name of ['tinyml.json', 'pre.json', 'boards/mine.json', 'images/a.pgm', 'images/b.pgm']) {
        assert.ok(listed.has(place(name)), `${command}: ${name}`);
      }
      if (command === 'quantize') {
        for (const name of ['model.onnx', 'weights.bin', 'eval/a.pgm'])
          assert.ok(listed.has(place(name)), name);
      }
      assert.deepEqual(
        named.filter((path) => path.startsWith('/')),
        [],
        'no absolute paths',
      );
      assert.equal(named[0], args[1], 'the model comes first');
    }
  }));
