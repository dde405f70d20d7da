/** Models that exporters made, in the forms of the oldest release and of the one whose types say all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExecutor } from '../../../../src/execute/float.ts';
import { decodeModel } from '../../../../src/onnx/codec.ts';
import { loadModel } from '../../../../src/onnx/load.ts';
import { prepareGraph } from '../../../../src/passes/pipeline.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import { writeModel } from '../../../../src/targets/tensorrt/forms/write-model.ts';
import { resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { onnxFiles, sharedModels } from '../../../onnx/models.ts';
import { assertClose, randomInputs } from '../../../passes/helpers.ts';
import { runFile } from './lowering.ts';

const platform = (id: string, jetpack: string) =>
  resolvePlatform(loadProfile(id) as JetsonProfile, { jetpack, precision: 'fp16' });

const OLD = platform('jetson-nano', '4.6.6');
const STRONG = platform('jetson-agx-orin', '7.2.2');

/** Those that take a moment; mobilenet and others of its size take ten times as long and hold no other operators. */
const SMALL = /kws-float|(kws_gru|kws_tcn|conv_ae|tsm_online|unet_tiny)\.torchscript/;

const folder = sharedModels();
const files = folder === null ? [] : onnxFiles(folder).filter((path) => SMALL.test(path));

for (const path of files) {
  test(`${path.split('/').at(-1)} in opset 13 for TensorRT 8.2, and in float16 for 11.4`, async () => {
    const graph = prepareGraph(await loadModel(path));
    const inputs = randomInputs(graph, 3, 1);
    const names = graph.outputs.map(({ name }) => name);
    const expected = createExecutor(graph).run(inputs);
    const old = writeModel(graph, OLD).bytes;
    assert.equal(Number(decodeModel(old).opsetImport![0]!.version), 13);
    const half = writeModel(graph, STRONG).bytes;
    const results = [await runFile(old, names, inputs), await runFile(half, names, inputs)];
    expected.forEach((tensor, i) => {
      assertClose(results[0]![i]!, tensor, 1e-4, `${names[i]} in float32`);
      assertClose(results[1]![i]!, tensor, 0.02, `${names[i]} in float16`);
    });
  });
}

test('the models are there, or none is', () => {
  assert.ok(folder === null || files.length >= 5);
});
