/** Any text, written into a file of each language and read back by that language. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cppQuote, protoQuote } from '../../../../src/targets/tensorrt/bundle/quote/cpp.ts';
import { markdownCode } from '../../../../src/targets/tensorrt/bundle/quote/markdown.ts';
import { pythonQuote } from '../../../../src/targets/tensorrt/bundle/quote/python.ts';
import { shellQuote } from '../../../../src/targets/tensorrt/bundle/quote/shell.ts';
import { failure } from '../../../failure.ts';
import { parseTextProto } from './config-parsers.ts';

const TEXTS = [
  'plain',
  '',
  ' ',
  '-n',
  '$(touch owned)',
  '`touch owned`',
  '"; touch owned; "',
  "'; touch owned; '",
  "it's \\' \\\\' '",
  '$HOME $(HOME) $$ !! ~ * ? [a] {a,b} <in >out | & ; #',
  '%s%n%d %%',
  'line\nbreak\r\nand\ttab\v\f\b',
  'ends in a line break\n',
  '??/ ??= ??( trigraphs ?? ?',
  '\\n \\x41 \\101 \\u0041 \\N{DASH} {name} {0}',
  '\u00011 digits behind an escape 0177',
  'é ü ß 中文 🎉',
  'right \u202eto left\u202c \u2066isolate\u2069',
  'zero\u200bwidth \ufeff \u2028 \u2029 \u0085',
  '/* */ // """ \'\'\' R"( )" <!-- -->',
  'x'.repeat(20_000),
];

/** What a program wrote, NUL after each text. */
function written(program: string, args: readonly string[], cwd: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 24 });
  assert.equal(status, 0, stderr);
  return stdout.split('\0').slice(0, -1);
}

test('bash, dash, Python and C++ print every text as it was', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-quote-'));
  try {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return name;
    };
    const shell = write('run.sh', TEXTS.map((text) => `printf '%s\\0' ${shellQuote(text)}\n`).join(''));
    assert.deepEqual(written('bash', [shell], folder), TEXTS);
    assert.deepEqual(written('sh', [shell], folder), TEXTS);

    const literals = TEXTS.map((text) => `    ${pythonQuote(text)},\n`).join('');
    const python = write(
      'run.py',
      `import sys\nfor text in [\n${literals}]:\n    sys.stdout.buffer.write(text.encode() + b"\\0")\n`,
    );
    assert.deepEqual(written('python3', [python], folder), TEXTS);

    const cpp = TEXTS.map((text) => `  ${cppQuote(text)},\n`).join('');
    write(
      'run.cpp',
      `#include <cstdio>\nstatic const char *const texts[] = {\n${cpp}};\nint main() {\n  for (const char *text : texts) std::printf("%s%c", text, 0);\n}\n`,
    );
    const compile = ['-std=c++14', '-trigraphs', '-Wall', '-Wextra', '-Werror', 'run.cpp', '-o', 'run'];
    assert.deepEqual(written('g++', compile, folder), []);
    assert.deepEqual(written('./run', [], folder), TEXTS);
    assert.deepEqual(written('find', ['.', '-name', 'owned', '-print0'], folder), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the text format of protocol buffers holds every text, NUL too', () => {
  for (const text of [...TEXTS, 'nul \0 0']) {
    assert.deepEqual(parseTextProto(`name: ${protoQuote(text)}`), { name: text });
  }
});

test('no literal leaves its line or ASCII; Markdown shows at most a line', () => {
  for (const text of TEXTS) {
    for (const literal of [pythonQuote(text), cppQuote(text), protoQuote(text), markdownCode(text)]) {
      assert.match(literal, /^[ -~]*$/);
    }
    assert.match(markdownCode(text), /^`[^`|\n]{0,1000}`$/);
  }
});

test('NUL is refused where it ends a text', () => {
  assert.equal(failure(() => shellQuote('a\0b')).code, 'E_INTERNAL');
  assert.equal(failure(() => cppQuote('a\0b')).code, 'E_INTERNAL');
});
