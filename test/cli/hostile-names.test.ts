/** Names of models, files and settings on a terminal, in JSON and in what is emitted. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { tinyml } from './run.ts';
import { inFolder, smallData } from './small.ts';

const NAME = 'a\x1b[2J\x07\nerror[E_FAKE]: b */ #error c \\\n// \u202e<b>\x9b1m';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const RAW = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;

/** A Conv and a Relu whose every name is hostile. */
function hostileModel(op = 'Relu'): Uint8Array {
  const named = (suffix: string): string => `${NAME}${suffix}`;
  return modelBytes(13, {
    node: [
      {
        ...node('Conv', [named('x'), named('w')], [named('c')], { pads: [1, 1, 1, 1] }),
        name: named('conv'),
      },
      { ...node(op, [named('c')], [named('y')]), name: named('relu') },
    ],
    initializer: [floats(named('w'), [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])],
    input: [valueInfo(named('x'), [1, 1, 8, 8])],
    output: [valueInfo(named('y'), null)],
  });
}

test('hostile names stay in their lines, in text, errors, pages and C', () =>
  inFolder(async (folder) => {
    const model = 'm\x1b[31m\n\u202e.onnx';
    writeFileSync(join(folder, model), hostileModel());
    writeFileSync(join(folder, 'bad.onnx'), hostileModel('No\x1b[2J\nSuch'));
    writeFileSync(join(folder, 'data.f32'), smallData(4));
    const run = (...args: readonly string[]) => tinyml(args, { cwd: folder });

    const inspect = await run('inspect', model);
    assert.equal(inspect.status, 0, inspect.stderr);
    assert.doesNotMatch(inspect.stdout, RAW);
    assert.doesNotMatch(inspect.stdout, /^error/m, 'a name began a line of its own');
    assert.match(inspect.stdout, /a\\x1b\[2J\\x07\\nerror/);
    const json = await run('inspect', model, '--json');
    assert.doesNotMatch(json.stdout, RAW);
    assert.equal(JSON.parse(json.stdout).inputs[0].name, `${NAME}x`);

    const lint = await run('lint', 'bad.onnx', '-t', 'jetson-orin-nano');
    assert.match(lint.stdout, /a\\x1b\[2J\\x07\\nerror\[E_FAKE\]/);
    assert.doesNotMatch(lint.stdout + lint.stderr, RAW);
    assert.doesNotMatch(lint.stdout, /^error/m, 'a name began a line of its own');

    const refused = [
      ['inspect', 'bad.onnx'],
      ['inspect', 'no\x1b[2J\nsuch.onnx'],
      ['inspect', model, '--dim', '\x1b\n=x'],
      ['\x1b[2J\n'],
      ['inspect', model, '--\x1b]0;t\x07'],
      ['plan', model, '-t', 'rp\x1b2040'],
    ];
    await Promise.all(
      refused.map(async (args) => {
        const { status, stdout, stderr } = await run(...args);
        assert.equal(status, 2, stderr);
        assert.doesNotMatch(stdout + stderr, RAW, JSON.stringify(args));
        assert.doesNotMatch(stderr, /^error\[E_FAKE/m);
      }),
    );

    const files = ['-o', 'm.int8.onnx', '-d', 'data.f32', '-n', '4', '--report', 'page.html'];
    const quantize = await run('quantize', model, ...files, '-v');
    assert.equal(quantize.status, 0, quantize.stderr);
    assert.doesNotMatch(quantize.stdout + quantize.stderr, RAW);
    const page = readFileSync(join(folder, 'page.html'), 'utf8');
    assert.doesNotMatch(page, RAW);
    assert.doesNotMatch(page, /<b>/);

    const deploy = await run('deploy', 'm.int8.onnx', '-t', 'rp2040', '-o', 'firmware');
    assert.equal(deploy.status, 0, deploy.stderr);
    for (const name of readdirSync(join(folder, 'firmware')).filter((file) => /\.[ch]$|\.md$/.test(file))) {
      const text = readFileSync(join(folder, 'firmware', name), 'utf8');
      assert.doesNotMatch(text, RAW, name);
      assert.doesNotMatch(text, /^\s*#error c/m, name);
      if (!name.endsWith('.md')) assert.doesNotMatch(text, /\*\/ #error/, name);
    }
  }));
