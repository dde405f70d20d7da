import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintModel } from '../../../../src/targets/tensorrt/lint/index.ts';
import { countFindings, lintText } from '../../../../src/targets/tensorrt/lint/print.ts';
import { RULES } from '../../../../src/targets/tensorrt/lint/rules.ts';
import { lintSarif } from '../../../../src/targets/tensorrt/lint/sarif.ts';
import { CACHE_CASES, WHOLE } from './cache-cases.ts';
import { CASES, clean, ORIN } from './cases.ts';
import { cacheOf, conv, fileOf, foreign, IMAGE, platformOf } from './foreign.ts';

test('a model in the form that TensorRT likes is told nothing, on any release', () => {
  for (const jetpack of ['5.1', '6.0', '6.2', '7.2']) {
    assert.deepEqual(lintModel(fileOf(clean()), platformOf('jetson-orin-nano', jetpack)), [], jetpack);
  }
});

for (const { what, rule, severity, at, bytes, on, fixable, cache } of [...CASES, ...CACHE_CASES]) {
  test(`${rule}: ${what}`, () => {
    const platform = platformOf(...(on ?? ORIN));
    const findings = lintModel(fileOf(bytes()), platform, {}, cacheOf(cache, platform));
    const own = findings.filter((finding) => finding.rule === rule);
    assert.deepEqual(
      own.map((finding) => finding.at[0]),
      at,
      JSON.stringify(findings, null, 1),
    );
    for (const finding of own) {
      assert.equal(finding.severity, severity);
      assert.equal(finding.fixable, fixable, finding.message);
      for (const text of [finding.message, finding.cause, finding.fix]) assert.match(text, /\S/);
    }
    const worse = findings.filter((finding) => finding.rule !== rule && finding.severity === 'error');
    assert.deepEqual(worse, [], 'the case breaks one rule');
  });
}

test('every rule has a case, and an id of its own', () => {
  const ids = RULES.map(({ id }) => id);
  assert.deepEqual([...new Set([...CASES, ...CACHE_CASES].map(({ rule }) => rule))].sort(), [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
});

test('a cache for the model on its release is told nothing', () => {
  const [{ bytes }] = CACHE_CASES as readonly [(typeof CACHE_CASES)[number]];
  assert.deepEqual(lintModel(fileOf(bytes()), platformOf(), {}, cacheOf(WHOLE, platformOf())), []);
});

test('a rule says nothing where the release takes it', () => {
  const onRelease = (rule: string, jetpack: string): number => {
    const { bytes } = CASES.find((one) => one.rule === rule)!;
    return lintModel(fileOf(bytes()), platformOf('jetson-orin-nano', jetpack)).filter(
      (finding) => finding.rule === rule,
    ).length;
  };
  assert.equal(onRelease('R0', '6.2'), 0);
  assert.deepEqual([onRelease('R10', '6.0'), onRelease('R10', '6.2')], [1, 0]);
  assert.deepEqual([onRelease('R13', '5.1'), onRelease('R13', '6.2')], [1, 0]);
});

test('scales of 16 bits are for strongly typed networks', () => {
  const model = foreign();
  const half = (name: string, bits: number): void => model.raw(name, 10, [], [bits & 255, bits >> 8]);
  half('s', 0x2c00);
  const zero = model.tensor('z', 'int8', [], [0]);
  const cast = model.add('Cast', ['x'], 'h', { to: 10 });
  model.add('QuantizeLinear', [cast, 's', zero], 'x_q');
  const data = model.add('DequantizeLinear', ['x_q', 's', zero], 'x_dq');
  const file = fileOf(model.bytes(IMAGE, model.add('Cast', [data], 'y', { to: 1 }), 19));
  const said = (...on: readonly [string, string]) =>
    lintModel(file, platformOf(...on))
      .filter(({ rule }) => rule === 'R3')
      .map(({ severity }) => severity);
  assert.deepEqual(said('jetson-orin-nano', '6.0'), ['error', 'error']);
  assert.deepEqual(said('jetson-orin-nano', '6.2'), ['note', 'note']);
  assert.deepEqual(said('jetson-agx-orin', '7.2.2'), []);
});

test('a pair that others read, too, is no branch that ends in the Conv', () => {
  // MobileNetV2: the projection is read by the next block and by its sum.
  const model = foreign();
  const first = model.pair(conv(model, model.pair('x', { scale: 1 / 127 }), 'c1'), { scale: 0.03 });
  const sum = model.add('Add', [conv(model, first, 'c2'), first], 'y');
  assert.deepEqual(lintModel(fileOf(model.bytes(IMAGE, sum)), platformOf()), []);
});

test('what is alike is told once in the text, and lists its nodes', () => {
  const { bytes } = CASES.find(({ rule }) => rule === 'R6')!;
  const file = fileOf(bytes());
  const findings = lintModel(file, platformOf());
  const lines = lintText(findings, platformOf(), false);
  assert.equal(lines.filter((line) => line.startsWith('error[R6]')).length, 1);
  assert.ok(lines.includes('error[R6] zero points are 0 (2 times)'), lines.join('\n'));
  assert.equal(lines.at(-1), '2 errors, 0 warnings, 0 notes');
  assert.deepEqual(countFindings(findings), { error: 2, warning: 0, note: 0 });
});

test('SARIF names every rule with help, and nodes as logical locations', () => {
  const { bytes } = CASES.find(({ rule }) => rule === 'R5')!;
  const file = fileOf(bytes());
  const findings = lintModel(file, platformOf());
  const sarif = JSON.parse(JSON.stringify(lintSarif(findings, { model: file.path, cache: null }, '1.2.3')));
  const [run] = sarif.runs;
  assert.equal(sarif.version, '2.1.0');
  assert.equal(run.tool.driver.rules.length, RULES.length);
  for (const { id, shortDescription, help } of run.tool.driver.rules) {
    assert.ok(shortDescription.text.length > 0 && help.text.length > 0, id);
  }
  assert.deepEqual(
    run.results.map(({ ruleId }: { ruleId: string }) => ruleId),
    findings.map(({ rule }) => rule),
  );
  const [result] = run.results;
  assert.equal(run.tool.driver.rules[result.ruleIndex].id, 'R5');
  assert.equal(result.level, 'error');
  assert.equal(result.locations[0].physicalLocation.artifactLocation.uri, 'foreign.onnx');
  assert.equal(result.locations[0].logicalLocations[0].name, 'b_dq');
});

test('a model that cannot be imported is told what its nodes say', () => {
  const model = foreign();
  const strange = model.add('my.domain::Thing', [model.pair('x', { scale: 0.1, zero: 5 })], 't');
  const file = fileOf(
    model.bytes(IMAGE, model.add('LayerNormalization', [strange, 'g'], 'y'), 17, ['my.domain']),
  );
  const findings = lintModel(file, platformOf('jetson-orin-nano', '5.1'));
  const rules = findings.map(({ rule, at }) => `${rule} ${at[0]}`);
  assert.deepEqual(rules, ['R6 x_q', 'R6 x_dq', 'R13 t', 'R13 y']);
  assert.ok(
    findings.every(({ fixable }) => !fixable),
    '--fix cannot read it either',
  );
});
