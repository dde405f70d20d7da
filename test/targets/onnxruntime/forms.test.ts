import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, graphBuilder, int, perChannel, perTensor } from '../../../src/graph/build.ts';
import { floatTensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { verifyGraph } from '../../../src/graph/verify.ts';
import { lower } from '../../../src/lower/lower.ts';
import { exportModel } from '../../../src/onnx/export.ts';
import { importModel } from '../../../src/onnx/import.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { resolveModel } from '../../../src/passes/resolve.ts';
import { onnxRuntimeForms } from '../../../src/targets/onnxruntime/forms.ts';
import { fatesOf } from '../../../src/targets/onnxruntime/fusion.ts';

const INPUT = perTensor(0.02, -5);

/** One Conv of a [1, 2, 4, 4] input, then what `rest` makes of it. */
function behindConv(rest: (builder: GraphBuilder, conv: string) => string): Graph {
  const builder = graphBuilder('net');
  const x = builder.input('x', [1, 2, 4, 4], { quant: INPUT, port: 'int8' });
  const data = Int8Array.of(93, -40, 12, 77);
  const w = builder.constant('w', { dtype: 'int8', shape: [2, 2, 1, 1], data }, perChannel([0.01, 0.02], 0));
  builder.output(rest(builder, builder.node('Conv', [x, w], { shape: [1, 2, 4, 4] })), { dtype: 'int8' });
  return verifyGraph(builder.build());
}

const bounds = (builder: GraphBuilder): readonly string[] =>
  [0, 3].map((bound, i) => builder.constant(`bound${i}`, floatTensor([], [bound])));

const mean = (keepdims: 0 | 1) => (builder: GraphBuilder, conv: string) => {
  const axes = builder.constant('axes', { dtype: 'int64', shape: [2], data: BigInt64Array.of(2n, -1n) });
  const relu = builder.node('Relu', [conv], { shape: [1, 2, 4, 4], quant: perTensor(0.03, -128) });
  const shape = keepdims === 1 ? [1, 2, 1, 1] : [1, 2];
  const attributes = { keepdims: int(keepdims) };
  return builder.node('ReduceMean', [relu, axes], { shape, attributes, quant: perTensor(0.01, -128) });
};

const CASES: Readonly<Record<string, Graph>> = {
  'a Relu that the codes imply': behindConv((builder, conv) =>
    builder.node('Relu', [conv], { shape: [1, 2, 4, 4], quant: perTensor(0.03, -128) }),
  ),
  'a Relu above the lowest code': behindConv((builder, conv) =>
    builder.node('Relu', [conv], { shape: [1, 2, 4, 4], quant: perTensor(0.03, -20) }),
  ),
  'a Clip within the codes': behindConv((builder, conv) =>
    builder.node('Clip', [conv, ...bounds(builder)], { shape: [1, 2, 4, 4], quant: perTensor(0.03, -20) }),
  ),
  'a mean over the image': behindConv(mean(1)),
  'a mean over the image that drops its axes': behindConv(mean(0)),
};

for (const [what, graph] of Object.entries(CASES)) {
  const written = importModel(exportModel(verifyGraph(onnxRuntimeForms(graph, 'uint8'))), {
    path: 'u8.onnx',
  });

  test(`${what}: sums and means run in integers, with uint8 codes at the border`, () => {
    // A model whose codes cross its border has no Q for its input: the codes are uint8 as they are.
    const float = fatesOf(resolveModel(written), written.source.opset).filter(({ kind }) => kind === 'float');
    const limits = float.filter(({ node }) => node.op === 'Relu' || node.op === 'Clip');
    assert.deepEqual(float, limits);
  });

  test(`${what}: the file loads as the same steps`, () => {
    assert.deepEqual(lower(prepareGraph(written, { deadChannels: false })).steps, lower(graph).steps);
  });
}
