import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { checkBundleName, defaultBundleName } from '../../src/targets/bundle-name.ts';

test('bundle names are C identifiers that shadow nothing and make no reserved identifier', () => {
  for (const name of ['a', 'keyword_spotter', 'Net2', 'a'.repeat(31), 'army', 'input', 'tinyml']) {
    assert.equal(checkBundleName(name), name);
  }
  const wrong = ['', '2net', 'a b', 'a-b', 'a'.repeat(32), 'é', 'a\n', 'x;rm -rf', '$(shell id)', '../up'];
  const reserved = ['int', 'while', 'class', 'stdint', 'string', 'arm', 'arm_nnfunctions'];
  const underscores = ['_Bool', '_net', '__x', 'a__b', 'net_'];
  for (const name of [...wrong, ...reserved, ...underscores]) {
    assert.throws(
      () => checkBundleName(name),
      (error) => error instanceof TinymlError && error.code === 'E_USAGE' && error.hint !== undefined,
      `"${name}" was accepted`,
    );
  }
});

test('every name of a file makes a name of a bundle', () => {
  const names: readonly (readonly [string, string])[] = [
    ['some/ic.int8.onnx', 'ic'],
    ['keyword-spotter_qdq.onnx', 'keyword_spotter'],
    ['3d-net.onnx', 'model_3d_net'],
    ['_3.onnx', 'model_3'],
    ['__init__.onnx', 'init'],
    ['my__net.v2.onnx', 'my_net_v2'],
    ['while.onnx', 'model_while'],
    ['arm_pose.onnx', 'model_arm_pose'],
    ['int8.onnx', 'model'],
    ['….onnx', 'model'],
    [`${'a'.repeat(30)}_b.onnx`, 'a'.repeat(30)],
    [`1${'a'.repeat(40)}.onnx`, `model_1${'a'.repeat(24)}`],
  ];
  for (const [path, name] of names) {
    assert.equal(defaultBundleName(path), name);
    assert.equal(checkBundleName(name), name);
  }
});
