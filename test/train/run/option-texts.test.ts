import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesAny } from '../../../src/train/compile/names.ts';
import { octoSettings, parseLac, parsePrc, parseScheme } from '../../../src/train/run/option-texts.ts';
import { failure as dataFailure, fileWriter } from '../../data/files.ts';
import { failure } from '../../failure.ts';

const write = fileWriter();

test('--prc', () => {
  assert.deepEqual(parsePrc('mse'), { kind: 'mse' });
  assert.deepEqual(parsePrc('fixed'), { kind: 'fixed', share: 0.95 });
  assert.deepEqual(parsePrc('fixed:0.8'), { kind: 'fixed', share: 0.8 });
  assert.deepEqual(parsePrc('zscore:3'), { kind: 'zscore', deviations: 3 });
  for (const text of ['mse:1', 'fixed:1.1', 'fixed:0', 'zscore:x', 'fixed:0.5:1', 'best', '']) {
    assert.equal(failure(() => parsePrc(text)).code, 'E_USAGE', text);
  }
});

test('--lac', () => {
  assert.deepEqual(parseLac('tied', 0.5), { kind: 'tied', l2: 0.5 });
  assert.equal(failure(() => parseLac('on', 0)).code, 'E_USAGE');
});

test('--scheme', async () => {
  assert.deepEqual(await parseScheme('full'), { kind: 'full' });
  assert.deepEqual(await parseScheme('last:3'), { kind: 'last', layers: 3 });
  const path = write(
    'scheme.json',
    '{"biases": 4, "weights": [{"layer": "conv3", "channels": 0.25}, {"layer": "dense"}]}',
  );
  assert.deepEqual(await parseScheme(path), {
    kind: 'listed',
    biases: 4,
    weights: [
      { layer: 'conv3', channels: 0.25 },
      { layer: 'dense', channels: 1 },
    ],
  });
  for (const text of ['last', 'last:0', 'some']) await dataFailure('E_USAGE', () => parseScheme(text));
});

test('a scheme that is wrong is refused with every place', async () => {
  const wrong = write(
    'wrong.json',
    '{"biases": "some", "weights": [{"layer": "a", "channels": 0}, {"layr": "b"}]}',
  );
  await assert.rejects(
    () => parseScheme(wrong),
    ({ code, at, hint }: { code: string; at: readonly string[]; hint?: string }) => {
      assert.equal(code, 'E_USAGE');
      assert.match(at.join('\n'), /biases/);
      assert.match(at.join('\n'), /weights\[0\]\.channels/);
      assert.match(hint!, /"layer"/);
      return true;
    },
  );
  const twice = write('twice.json', '{"weights": [{"layer": "a"}, {"layer": "a"}]}');
  await assert.rejects(() => parseScheme(twice), /more than once/);
});

test('gradients of few bits are rounded stochastically unless told otherwise', () => {
  assert.equal(octoSettings({}).gradientRounding, 'nearest');
  assert.equal(octoSettings({ bitsGradients: 4 }).gradientRounding, 'stochastic');
  assert.equal(octoSettings({ bitsGradients: 4, gradientRounding: 'nearest' }).gradientRounding, 'nearest');
});

test('faithful takes the choices of the published code, and hears others', () => {
  const { activations, lac, prc } = octoSettings({ faithful: true });
  assert.deepEqual([activations, lac.kind, prc], ['affine', 'position', { kind: 'fixed', share: 0.95 }]);
  assert.deepEqual(octoSettings({ faithful: true, prc: { kind: 'off' } }).prc, { kind: 'off' });
});

test('names match patterns', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['conv1', 'conv1', true],
    ['conv10', 'conv1', false],
    ['conv10', 'conv*', true],
    ['block2.conv', '*.conv', true],
    ['block2.conv', 'block*conv', true],
    ['abab', 'ab*ab', true],
    ['aba', 'ab*ba', false],
    ['a.b.c', 'a*b*c', true],
    ['a.c', 'a*b*c', false],
    ['ab', 'a*b', true],
    ['a', 'a*a', false],
    ['abb', 'a*b*b', true],
    ['ab', 'a*b*b', false],
    ['anything', '*', true],
    ['a+b', 'a+b', true],
  ];
  for (const [name, pattern, expected] of cases) {
    assert.equal(matchesAny(name, [pattern]), expected, `${name} ${pattern}`);
  }
  assert.equal(matchesAny('b', ['a', 'b']), true);
});
