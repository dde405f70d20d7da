import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../src/package-root.ts';
import { RULES } from '../../../../src/targets/tensorrt/lint/rules.ts';
import { tinyml } from '../../../cli/run.ts';
import { inFolder } from '../../../cli/small.ts';
import { ruleSections } from './sections.ts';

const page = readFileSync(join(packageRoot(), 'docs', 'commands', 'lint.md'), 'utf8');

test('docs/commands/lint.md: every rule has its section, with what is said of a model that breaks it', () => {
  const [, sections] = page.split('## Rules\n\n');
  const expected = ruleSections();
  assert.equal(expected.length, RULES.length);
  assert.equal(sections, `${expected.join('\n\n')}\n`);
});

test('docs/commands/lint.md: the example prints what it says, and is repaired', () =>
  inFolder(async (folder) => {
    const [, example] = /```console\n\$ tinyml ([\s\S]*?)```/.exec(page)!;
    const [line, ...output] = example!.split('\n');
    const args = line!.split(' ').map((word) => word.replace(/^fixtures\//, `${packageRoot()}/fixtures/`));
    const { status, stdout } = await tinyml(args);
    assert.equal(status, 1);
    assert.equal(stdout, output.join('\n'));
    const fixed = await tinyml([...args, '--fix', '-o', join(folder, 'fixed.onnx'), '--json']);
    assert.equal(fixed.status, 0, fixed.stderr);
    const { after, changes } = JSON.parse(fixed.stdout);
    assert.deepEqual(after.counts, { error: 0, warning: 0, note: 2 });
    assert.ok(changes.length > 10);
  }));

test('warnings fail with --strict, and the findings are written as SARIF', () =>
  inFolder(async (folder) => {
    const [model, sarif] = ['fixed.onnx', 'lint.sarif'].map((name) => join(folder, name));
    const source = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.int8.onnx');
    const on = ['--target', 'jetson-orin-nano', '--jetpack', '6.2'];
    const first = await tinyml(['lint', source, ...on, '--sarif', sarif!]);
    assert.equal(first.status, 1);
    assert.match(first.stderr, /E_GATE/);
    const [run] = JSON.parse(readFileSync(sarif!, 'utf8')).runs;
    assert.equal(run.results.length, 30);
    await tinyml(['lint', source, ...on, '--fix', '-o', model!]);
    assert.equal((await tinyml(['lint', model!, ...on, '--strict'])).status, 0);
  }));
