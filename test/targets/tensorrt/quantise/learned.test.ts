/** Models with learned scales: weights stay as they were learned, ranges are refit to zero point 0. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataset } from '../../../../src/data/open.ts';
import { argMax } from '../../../../src/execute/evaluate.ts';
import { predictFloat } from '../../../../src/execute/predict.ts';
import { predictQuantized } from '../../../../src/execute/predict-quantized.ts';
import { graphBuilder, perChannel, perTensor } from '../../../../src/graph/build.ts';
import { REQUANTIZE } from '../../../../src/graph/own-operators.ts';
import type { Graph, Tensor } from '../../../../src/graph/types.ts';
import { loadModel } from '../../../../src/onnx/load.ts';
import { operators } from '../../../../src/ops/index.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import { prepareGraph } from '../../../../src/passes/pipeline.ts';
import { quantizeForTensorRt, runnableForm } from '../../../../src/targets/tensorrt/quantise/index.ts';
import { randomTensor } from '../../../passes/helpers.ts';
import { stream } from '../../../quantize/networks.ts';
import { ORIN_6 } from './platforms.ts';

const fixture = (name: string): string => join(packageRoot(), 'fixtures', 'fashion-mnist', name);
const trained = prepareGraph(await loadModel(fixture('model.int8.onnx')));
const inputShapes = trained.inputs.map(({ value }) => trained.values.get(value)!.shape);
const images = (name: string) => openDataset(fixture(`${name}-images-idx3-ubyte`), { inputShapes });
const calibration = await images('calibration');
const some = Array.from({ length: 40 }, (_, i) => i);
const { model, report } = await quantizeForTensorRt(trained, ORIN_6, () => calibration.samples(some), {
  precisions: 'int8',
});
const quantized: Graph = model.quantized!;

test('codes of weights are those that were learned', () => {
  let compared = 0;
  for (const node of quantized.nodes) {
    const [weights = ''] = node.inputs;
    const learned = trained.constants.get(weights);
    if (node.op !== 'QuantizeLinear' || learned === undefined) continue;
    const operands = node.inputs.map((name) => quantized.constants.get(name)!);
    assert.deepEqual(operators.get(node.op)!.run(node, operands)[0]!.data, learned.data, weights);
    compared++;
  }
  assert.equal(compared, 6);
});

test('scales of weights stay, also where no weight reaches the largest code', async () => {
  const codes: Tensor = { dtype: 'int8', shape: [16, 16, 1, 1], data: new Int8Array(256).fill(50) };
  const builder = graphBuilder('test');
  const x = builder.input('x', [1, 16, 4, 4], { quant: perTensor(0.1, -3) });
  const w = builder.constant('w', codes, perChannel(Array<number>(16).fill(0.25), 0));
  builder.output(builder.node('Conv', [x, w], { name: 'y', shape: [1, 16, 4, 4], quant: perTensor(7, 5) }));
  const graph = builder.build();
  const given = [{ inputs: [new Float32Array(256).fill(1)], label: null }];
  const written = (await quantizeForTensorRt(graph, ORIN_6, () => stream(given))).model.quantized!;
  assert.deepEqual(written.constants.get('w_scale')!.data, new Float32Array(16).fill(0.25));
  assert.deepEqual(written.constants.get('w')!.data, new Float32Array(256).fill(12.5));
  assert.ok(Math.abs(Number(written.constants.get('x_scale')!.data[0]) - (130 * 0.1) / 127) < 1e-7);
});

test('changes of scale between learned values mean nothing in float', async () => {
  const builder = graphBuilder('test');
  const x = builder.input('x', [1, 16, 4, 4], { quant: perTensor(0.1, -3) });
  const other = builder.node(REQUANTIZE, [x], {
    name: 'other',
    shape: [1, 16, 4, 4],
    quant: perTensor(0.2, 1),
  });
  const w = builder.constant('w', randomTensor([16, 16, 1, 1], 1));
  builder.output(builder.node('Conv', [other, w], { name: 'y', shape: [1, 16, 4, 4] }));
  const given = [{ inputs: [new Float32Array(256).fill(1)], label: null }];
  const { model } = await quantizeForTensorRt(builder.build(), ORIN_6, () => stream(given));
  assert.deepEqual(
    model.quantized!.nodes.map(({ op }) => op),
    ['QuantizeLinear', 'DequantizeLinear', 'QuantizeLinear', 'DequantizeLinear', 'Conv'],
  );
});

test('ranges that were learned with any zero point are refit to 0 and cover the same', () => {
  let asymmetric = 0;
  for (const { name, scale, zeroPoint, fixed } of report.tensors) {
    const learned = trained.values.get(name)!.quant!;
    const ends = [-128, 127].map((code) => (code - learned.zeroPoint[0]!) * learned.scale[0]!);
    assert.ok(Math.abs(scale * 127 - Math.max(...ends.map(Math.abs))) < 1e-4 * scale * 127, name);
    assert.deepEqual([zeroPoint, fixed], [0, true]);
    if (learned.zeroPoint[0] !== 0) asymmetric++;
  }
  assert.ok(asymmetric > 4, `${asymmetric}`);
});

test('what is computed is what was trained, but for rounding', async () => {
  const evaluation = await images('evaluation');
  const samples = Array.from({ length: 200 }, (_, i) => 5 * i);
  const answers = async (predict: ReturnType<typeof predictFloat>): Promise<readonly number[]> => {
    const found: number[] = [];
    await predict(evaluation.samples(samples), (_, output) => found.push(argMax(output)));
    return found;
  };
  const [here, device] = [
    await answers(predictFloat(runnableForm(quantized), 1)),
    await answers(predictQuantized(trained, 1)),
  ];
  const agree = here.filter((answer, i) => answer === device[i]).length;
  assert.ok(agree >= 192, `${agree} of 200`);
});

test('what has scales of its own is not equalised', async () => {
  const run = quantizeForTensorRt(trained, ORIN_6, () => calibration.samples(some), { equalize: true });
  await assert.rejects(run, { code: 'E_USAGE' });
});
