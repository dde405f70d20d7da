/** What tests of forms share: releases, and running graphs in ONNX Runtime. */
import assert from 'node:assert/strict';
import ort from 'onnxruntime-node';
import { floatTensor } from '../../../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../../../src/graph/types.ts';
import { exportModel } from '../../../../src/onnx/export.ts';
import type { Release, ReleaseId } from '../../../../src/targets/tensorrt/release/release.ts';
import { RELEASES } from '../../../../src/targets/tensorrt/release/release-table.ts';
import { assertClose, assertSameMeaning, randomInputs } from '../../../passes/helpers.ts';

export const release = (id: ReleaseId): Release => RELEASES.find((one) => one.id === id)!;

/** Outputs of a model file in ONNX Runtime, float32 inputs in and float32 outputs out. */
export async function runFile(
  bytes: Uint8Array,
  names: readonly string[],
  inputs: readonly Tensor[],
): Promise<readonly Tensor[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const feeds = Object.fromEntries(
    session.inputNames.map((name, i) => {
      const { dtype, data, shape } = inputs[i]!;
      return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, shape)];
    }),
  );
  const results = await session.run(feeds);
  await session.release();
  return names.map((name) => {
    const { dims, data } = results[name]!;
    return floatTensor(dims, data as Float32Array);
  });
}

/** Asserts that both compute the same on our executor, and the second on ONNX Runtime too. */
export async function assertSameEverywhere(before: Graph, after: Graph, tolerance = 1e-5): Promise<void> {
  assertSameMeaning(before, after, tolerance);
  const inputs = randomInputs(before, 7);
  const names = before.outputs.map(({ name }) => name);
  const [expected, actual] = [
    await runFile(exportModel(before), names, inputs),
    await runFile(exportModel(after), names, inputs),
  ];
  expected.forEach((tensor, i) => {
    assertClose(actual[i]!, tensor, tolerance, `output ${names[i]} in ONNX Runtime`);
  });
  assert.ok(expected.length > 0);
}
