import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../src/package-root.ts';
import { RULES } from '../../../../src/targets/tensorrt/lint/rules.ts';
import { tinyml } from '../../../cli/run.ts';
import { inFolder } from '../../../cli/small.ts';
import { ruleSections } from './sections.ts';

const page = readFileSync(join(packageRoot(), 'docs', 'commands', 'lint.md'), 'utf8');

test('docs/commands/lint.md: every rule has its section, with what is said of a model that breaks it', () => {
  const [, rules] = page.split('## Rules\n\n');
  const [sections] = rules!.split('\n## Options');
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

test('a calibration cache is held against model and release, and SARIF points at it', () =>
  inFolder(async (folder) => {
    const [cache, sarif] = ['calibration.cache', 'lint.sarif'].map((name) => join(folder, name));
    const model = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.onnx');
    const args = ['lint', model, '--target', 'jetson-orin-nano', '--jetpack', '6.2', '--cache', cache!];
    writeFileSync(cache!, 'TRT-8502-EntropyCalibration2\nimage: 3c010204\nother: 3c010204\n');
    const { status, stdout } = await tinyml([...args, '--sarif', sarif!, '--json']);
    assert.equal(status, 1);
    const { counts, findings } = JSON.parse(stdout);
    assert.deepEqual([counts.error, findings[0].rule, findings[0].at], [1, 'K2', ['line 1']]);
    const [run] = JSON.parse(readFileSync(sarif!, 'utf8')).runs;
    const [{ physicalLocation }] = run.results[0].locations;
    assert.equal(physicalLocation.artifactLocation.uri, cache);
    writeFileSync(cache!, 'image: 3c010204\n');
    const none = await tinyml(args);
    assert.equal(none.status, 2);
    assert.match(none.stderr, /E_QUANT\]: this is no calibration cache\n.*line 1/);
    const missing = await tinyml([...args.slice(0, -1), join(folder, 'absent')]);
    assert.match(missing.stderr, /E_FILE/);
  }));
