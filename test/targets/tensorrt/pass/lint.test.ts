import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IDS_DIMENSION } from '../../../../src/gate/ids-form.ts';
import { readFileModel } from '../../../../src/onnx/file-model.ts';
import { passBundle } from '../../../../src/targets/tensorrt/bundle/pass/pass.ts';
import { lintModel } from '../../../../src/targets/tensorrt/lint/index.ts';
import { FRAMES, GATED, modelFor, platformOf } from './bundles.ts';

const readExternal = (): never => assert.fail('a file of its own');

for (const [profile, jetpack] of [
  ['jetson-nano', '4.6'],
  ['jetson-agx-xavier', '5.1'],
  ['jetson-orin-nano', '6.2'],
  ['jetson-agx-orin', '7.2.2'],
] as const) {
  test(`the lint finds nothing that ${profile} with JetPack ${jetpack} refuses in a gated model`, async () => {
    const platform = platformOf(profile, { jetpack });
    const pass = passBundle(GATED, await modelFor(GATED, platform), platform, FRAMES.slice(0, 2), '0.0.0');
    assert.deepEqual(
      pass.networks.map(({ name }) => name),
      ['gate', 'stage', 'dense', 'rest'],
    );
    for (const { name, onnx, precision } of pass.networks) {
      const file = readFileModel(onnx, { path: `${name}.onnx`, readExternal });
      const dims = name === 'stage' ? { [IDS_DIMENSION]: pass.patches } : {};
      const findings = lintModel(file, { ...platform, precision }, dims);
      assert.deepEqual(
        findings.filter(({ severity }) => severity === 'error'),
        [],
        name,
      );
    }
  });
}
