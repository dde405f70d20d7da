import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/completion.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinyml-completion-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'my model.onnx'), '');
writeFileSync(join(folder, 'board.json'), '');
mkdirSync(join(folder, 'bundle'));

const installed = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

async function scriptFor(shell: string): Promise<string> {
  const { text } = await run([shell]);
  assert.ok(typeof text === 'string');
  const path = join(folder, `.completion.${shell}`);
  writeFileSync(path, text);
  return path;
}

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`the script for ${shell} parses`, async (t) => {
    const path = await scriptFor(shell);
    if (!installed(shell)) return t.skip(`${shell} is not installed`);
    const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
  });

  test(`the script for ${shell} knows every command and option`, async () => {
    const { text } = await run([shell]);
    for (const { name, options } of COMMANDS) {
      assert.ok(String(text).includes(name), name);
      for (const option of options) assert.ok(String(text).includes(option.name), `${name} --${option.name}`);
    }
  });
}

/** What bash offers for the last of the words. */
function offered(script: string, words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const program = [
    `source '${script}'`,
    `COMP_WORDS=(tinyml ${quoted}); COMP_CWORD=${words.length}`,
    '_tinyml',
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  ].join('\n');
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', program], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((line) => line !== '');
}

const QUERIES: readonly (readonly [words: readonly string[], wanted: readonly string[]])[] = [
  [['in'], ['inspect']],
  [['--seed', '3', 'pl'], ['plan']],
  [
    ['quantize', '--ob'],
    ['--observer', '--observer-of'],
  ],
  [
    ['quantize', 'm.onnx', '--color', 'a'],
    ['auto', 'always'],
  ],
  [['quantize', 'm'], ['my model.onnx']],
  [
    ['plan', 'm.onnx', '-t', 'stm32h'],
    ['stm32h743', 'stm32h7a3'],
  ],
  [['plan', 'm.onnx', '--target', 'boa'], ['board.json']],
  [['verify', ''], ['bundle']],
  [['profiles', 'sh'], ['show']],
  [
    ['profiles', 'show', 'nrf'],
    ['nrf52840', 'nrf5340'],
  ],
  [
    ['doctor', '--for', ''],
    ['deploy', 'verify'],
  ],
  [['doctor', '--seed', ''], []],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
];

for (const [words, wanted] of QUERIES) {
  test(`bash completes "tinyml ${words.join(' ')}"`, async (t) => {
    if (!installed('bash')) return t.skip('bash is not installed');
    assert.deepEqual(offered(await scriptFor('bash'), words), wanted);
  });
}

test('another shell is refused', async () => {
  await assert.rejects(run(['csh']), (error) => error instanceof TinymlError && error.code === 'E_USAGE');
});
