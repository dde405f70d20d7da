import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { inProcess } from './in-process.ts';
import { inFolder } from './small.ts';

test('docs/commands/diff.md: the example prints what it says', () =>
  inFolder(async (folder) => {
    const text = readFileSync(join(packageRoot(), 'docs', 'commands', 'diff.md'), 'utf8');
    const [, example = ''] = /```console\n([\s\S]*?)```/.exec(text)!;
    const lines = example.split('\n');
    const calls = lines.filter((line) => line.startsWith('$ '));
    for (const call of calls) {
      const [, , ...argv] = call
        .replaceAll('demo/', `${folder}/`)
        .replaceAll('fixtures/', `${packageRoot()}/fixtures/`)
        .split(' ');
      const into = argv.indexOf('>');
      const { status, stdout, stderr } = await inProcess(into < 0 ? argv : argv.slice(0, into));
      assert.equal(status, 0, stderr);
      if (into >= 0) writeFileSync(argv[into + 1]!, stdout);
      else assert.equal(stdout.trimEnd(), lines.slice(calls.length).join('\n').trimEnd());
    }
  }));

test('what is no result says what one is', () =>
  inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    const [model, text, none, bundle, empty] = ['m.onnx', 'a.txt', 'none.json', 'bundle', 'empty'].map(
      at,
    ) as [string, string, string, string, string];
    writeFileSync(model, new Uint8Array([8, 7]));
    writeFileSync(text, 'part  before  after\n');
    writeFileSync(none, '');
    for (const one of [bundle, empty]) mkdirSync(one);
    writeFileSync(join(bundle, 'manifest.json'), '{}');
    for (const [path, message, hint] of [
      [model, /a model is no result/, /tinyml inspect .*m\.onnx --json > a\.json/],
      [text, /this is no result: not valid JSON/, /give what a command printed with --json/],
      [none, /the file is empty: the command that should have written it failed/, /run that command again/],
      [bundle, /a folder is no result/, /give the manifest of the bundle, .*manifest\.json/],
      [empty, /a folder is no result/, /give what a command printed with --json/],
    ] as const) {
      const { status, stderr } = await inProcess(['diff', path, path]);
      assert.equal(status, 2);
      assert.match(stderr, message);
      assert.match(stderr, hint);
    }
  }));

test('limits end a build after the table; what is not stated does not pass', () =>
  inFolder(async (folder) => {
    const write = (name: string, document: object): string => {
      writeFileSync(join(folder, name), JSON.stringify({ schema: 1, command: 'plan', ...document }));
      return join(folder, name);
    };
    const a = write('a.json', { memory: { arenaBytes: 1000 } });
    const b = write('b.json', { memory: { arenaBytes: 1020 } });
    const within = await inProcess(['diff', a, b, '--max-growth', '2%']);
    assert.equal(within.status, 0, within.stderr);
    const beyond = await inProcess(['diff', a, b, '--max-growth', '1%', '--markdown']);
    assert.equal(beyond.status, 1);
    assert.match(
      beyond.stdout,
      /\| `RAM: arena` \| 1,000 B \| 1,020 B \| \+20 B \(\+2\.0 %\) \| \*\*worse\*\* \|/,
    );
    assert.match(beyond.stdout, /\n\*\*Limit NOT met: the growth of RAM, flash or instructions is 2\.00 %/);
    assert.match(beyond.stderr, /E_GATE\]: the growth of RAM, flash or instructions is 2\.00 %/);
    const parts = [a, b].map((path, i) => {
      const layers = [{ name: 'conv', sqnrDb: 10 + i }];
      const document = { schema: 1, command: 'quantize', accuracy: { int8: 0.5 + i / 10 }, layers };
      writeFileSync(`${path}.parts`, JSON.stringify(document));
      return `${path}.parts`;
    });
    const brief = await inProcess(['diff', ...parts, '-q']);
    assert.match(brief.stdout, /accuracy: int8[\s\S]*2 of 2 figures changed\n$/);
    assert.doesNotMatch(brief.stdout, /conv/, 'with --quiet only the whole');
    const lost = write('lost.json', { flash: { bytes: 5 } });
    const fewer = await inProcess(['diff', a, lost, '--max-growth', '1%']);
    assert.equal(fewer.status, 1, 'a figure that is gone passes');
    assert.match(
      fewer.stderr,
      /growth of RAM, flash or instructions was not measured[\s\S]*second result does not state RAM: arena:/,
    );
    const more = await inProcess(['diff', lost, a, '--max-growth', '1%']);
    assert.match(more.stderr, /result does not state (?:RAM: arena|flash: flash):/);
    const [exact, inexact] = [true, false].map((bitExact) =>
      write(`${bitExact}.json`, { memory: { arenaBytes: 9 }, bitExact }),
    ) as [string, string];
    assert.equal((await inProcess(['diff', exact, inexact])).status, 0);
    const broken = await inProcess(['diff', exact, inexact, '--max-growth', '1%']);
    assert.equal(broken.status, 1, 'other bytes pass where RAM did not grow');
    assert.match(broken.stdout, /bit-exact +yes +no +fails/);
    assert.match(broken.stderr, /E_GATE\]: something does not hold that held before[\s\S]*bit-exact/);
    const [many, few] = [200, 5].map((samples) =>
      write(`${samples}.json`, { accuracy: { int8: 0.9, samples } }),
    ) as [string, string];
    const other = await inProcess(['diff', many, few, '--max-drop', '50%']);
    assert.equal(other.status, 1, 'accuracies of other samples are compared');
    assert.match(other.stdout, /^samples of the accuracy +200 -> 5$/m);
    assert.match(other.stderr, /different numbers of samples/);
    for (const limit of ['--max-drop', '--max-growth']) {
      const slip = await inProcess(['diff', a, b, limit, '1']);
      assert.equal(slip.status, 2, limit);
      assert.match(slip.stderr, /not "1"[\s\S]*Write 1% or 0\.01/);
    }
    const whole = await inProcess(['diff', a, b, '--max-growth', '2']);
    assert.match(whole.stderr, /not "2"[\s\S]*Write 2% for 2 in a hundred/);
    const unstated = await inProcess(['diff', a, b, '--max-drop', '1%']);
    assert.equal(unstated.status, 1);
    assert.match(unstated.stderr, /accuracy drop was not measured/);
    const json = JSON.parse((await inProcess(['diff', a, b, '--json'])).stdout);
    assert.deepEqual([json.of, json.changes.length, json.changes[0].worse], ['plan', 1, true]);
    writeFileSync(a, '{"schema":1,');
    const shown = await inProcess(['diff', a, b, '--markdown']);
    assert.equal(shown.status, 2);
    assert.match(shown.stdout, /\*\*Not compared\*\*: `this is no result: not valid JSON/);
    assert.equal((await inProcess(['diff', a, b])).status, 2);
  }));
