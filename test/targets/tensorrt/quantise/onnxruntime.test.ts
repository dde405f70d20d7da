/** What is written computes in ONNX Runtime what it computes here, and about what the float model does. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { openDataset } from '../../../../src/data/open.ts';
import { chooseIndices } from '../../../../src/data/subset.ts';
import type { Sample } from '../../../../src/data/types.ts';
import { argMax } from '../../../../src/execute/evaluate.ts';
import { createExecutor } from '../../../../src/execute/float.ts';
import { type GraphBuilder, int, ints, string } from '../../../../src/graph/build.ts';
import { SILU } from '../../../../src/graph/own-operators.ts';
import { floatTensor, int64Tensor } from '../../../../src/graph/tensor.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { exportModel } from '../../../../src/onnx/export.ts';
import { importModel } from '../../../../src/onnx/import.ts';
import { loadModel } from '../../../../src/onnx/load.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import { prepareGraph } from '../../../../src/passes/pipeline.ts';
import { resolveModel } from '../../../../src/passes/resolve.ts';
import { inputTensors } from '../../../../src/quantize/calibrate.ts';
import { quantizeForTensorRt, runnableForm } from '../../../../src/targets/tensorrt/quantise/index.ts';
import { floatGraph, randomTensor } from '../../../passes/helpers.ts';
import { randomSamples, stream } from '../../../quantize/networks.ts';
import { ORIN_6 } from './platforms.ts';

/** Everything that has pairs, in one network. */
const everything = (): Graph =>
  floatGraph((b: GraphBuilder) => {
    const conv = (name: string, x: string, shape: readonly number[], group = 1, op = 'Conv') => {
      const operands = [
        b.constant(`${name}_w`, randomTensor(shape, shape.length + name.length, 0.3)),
        b.constant(`${name}_b`, randomTensor([shape[op === 'Conv' ? 0 : 1]!], 3, 0.5)),
      ];
      const pad = op === 'Conv' ? shape[2]! >> 1 : 0;
      return b.node(op, [x, ...operands], {
        name,
        attributes: { group: int(group), pads: ints([pad, pad, pad, pad]) },
      });
    };
    const x = b.input('x', [1, 16, 8, 8]);
    const stem = b.node(SILU, [conv('stem', x, [16, 16, 3, 3])], { name: 'act' });
    const depthwise = b.node('Relu', [conv('depthwise', stem, [16, 1, 3, 3], 16)], { name: 'relu' });
    const sum = b.node('Add', [conv('project', depthwise, [16, 16, 1, 1]), stem], { name: 'sum' });
    const pooled = b.node('MaxPool', [sum], {
      name: 'pooled',
      attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
    });
    const deep = b.node('LeakyRelu', [conv('deep', pooled, [24, 16, 3, 3])], { name: 'leaky' });
    const up = conv('up', deep, [24, 16, 2, 2], 1, 'ConvTranspose');
    const scales = b.constant('scales', floatTensor([4], [1, 1, 1.25, 1.25]));
    const resized = b.node('Resize', [pooled, '', scales], {
      name: 'resized',
      attributes: {
        mode: string('nearest'),
        coordinate_transformation_mode: string('asymmetric'),
        nearest_mode: string('floor'),
      },
    });
    const both = b.node('Concat', [up, resized], { name: 'both', attributes: { axis: int(1) } });
    const rows = b.node(
      'Reshape',
      [conv('narrow', both, [16, 32, 1, 1]), b.constant('rows_shape', int64Tensor([16, 25]))],
      { name: 'rows' },
    );
    const columns = b.node('Transpose', [rows], { name: 'columns', attributes: { perm: ints([1, 0]) } });
    const attention = b.node('Softmax', [b.node('MatMul', [rows, columns], { name: 'scores' })], {
      name: 'soft',
      attributes: { axis: int(-1) },
    });
    const mixed = b.node('MatMul', [attention, rows], { name: 'mixed' });
    b.output(
      b.node(
        'Gemm',
        [mixed, b.constant('wy', randomTensor([10, 25], 5)), b.constant('by', randomTensor([10], 6))],
        { name: 'y', attributes: { transB: int(1) } },
      ),
    );
  });

type Run = (inputs: readonly Float32Array[]) => Promise<Float32Array>;

async function onnxRuntime(bytes: Uint8Array, graph: Graph, optimise: boolean): Promise<Run> {
  const session = await ort.InferenceSession.create(bytes, {
    graphOptimizationLevel: optimise ? 'all' : 'disabled',
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const shapes = graph.inputs.map(({ value }) => [...graph.values.get(value)!.shape]);
  return async (inputs) => {
    const feeds = session.inputNames.map(
      (name, i) => [name, new ort.Tensor('float32', inputs[i]!, shapes[i]!)] as const,
    );
    return (await session.run(Object.fromEntries(feeds)))[session.outputNames[0]!]!.data as Float32Array;
  };
}

function ours(graph: Graph): Run {
  const executor = createExecutor(runnableForm(graph));
  return async (inputs) =>
    executor.run(inputTensors(graph, { inputs, label: null }))[0]!.data as Float32Array;
}

/** The file read back. */
const reread = (bytes: Uint8Array): Graph => resolveModel(importModel(bytes, { path: 'written.onnx' }));

/** Signal to error in dB. */
async function sqnr(a: Run, b: Run, samples: readonly Sample[]): Promise<number> {
  let [signal, noise] = [0, 0];
  for (const { inputs } of samples) {
    const [wanted, got] = [await a(inputs), await b(inputs)];
    wanted.forEach((value, i) => {
      signal += value ** 2;
      noise += (value - got[i]!) ** 2;
    });
  }
  return 10 * Math.log10(signal / noise);
}

async function above(least: number, ...runs: Parameters<typeof sqnr>): Promise<void> {
  const found = await sqnr(...runs);
  assert.ok(found > least, `${found} dB, more than ${least} wanted`);
}

test('ONNX Runtime computes what is computed here, and both are near the float model', async () => {
  const graph = everything();
  const samples = randomSamples(graph, 16);
  const { model } = await quantizeForTensorRt(graph, ORIN_6, () => stream(samples), { precisions: 'int8' });
  const coded = model.layers.filter(({ precision }) => precision === 'int8').map(({ node }) => node);
  for (const node of ['stem', 'act', 'depthwise', 'sum', 'up', 'narrow', 'scores', 'mixed', 'y'])
    assert.ok(coded.includes(node), node);
  const bytes = exportModel(model.quantized!);
  const tests = randomSamples(graph, 8, 7777);
  const here = ours(model.quantized!);
  await above(15, ours(model.float), here, tests);
  await above(60, here, await onnxRuntime(bytes, graph, false), tests);
  await above(35, here, await onnxRuntime(bytes, graph, true), tests);
  assert.equal(await sqnr(here, ours(reread(bytes)), tests), Number.POSITIVE_INFINITY);
});

test('zero points are all 0 and there, scales above 0, biases bare; also of values that are always 0', async () => {
  const graph = floatGraph((b) => {
    const w = floatTensor(
      [16, 16, 1, 1],
      (randomTensor([16, 16, 1, 1], 1).data as Float32Array).map((value, i) => (i < 32 ? 0 : value)),
    );
    const dead = b.node('Mul', [b.input('x', [1, 16, 4, 4]), b.constant('zero', floatTensor([], [0]))], {
      name: 'dead',
    });
    b.output(
      b.node('Conv', [dead, b.constant('w', w), b.constant('bias', randomTensor([16], 2))], { name: 'c' }),
    );
  });
  const { model } = await quantizeForTensorRt(graph, ORIN_6, () => stream(randomSamples(graph, 2)), {
    precisions: 'int8',
  });
  const { nodes, constants } = reread(exportModel(model.quantized!));
  const pairs = nodes.filter(({ op }) => /^(Quantize|Dequantize)Linear$/.test(op));
  assert.equal(pairs.length, 4);
  for (const { inputs } of pairs) {
    const [, scale = '', zeroPoint = ''] = inputs;
    assert.ok(constants.get(scale)!.data.every((value: number | bigint) => Number(value) > 0));
    assert.equal(constants.get(zeroPoint)!.dtype, 'int8');
    assert.ok(constants.get(zeroPoint)!.data.every((value: number | bigint) => Number(value) === 0));
  }
  assert.equal(nodes.find(({ name }) => name === 'c')!.inputs[2], 'bias');
  assert.deepEqual([...model.ranges.keys()].sort(), ['c', 'dead', 'x']);
  assert.ok([...model.ranges.values()].every((range) => range > 0));
});

test('the same data give the same bytes, on one thread and on two', async () => {
  const graph = everything();
  const bytes = async (jobs: number) =>
    exportModel(
      (await quantizeForTensorRt(graph, ORIN_6, () => stream(randomSamples(graph, 40)), { jobs })).model
        .quantized!,
    );
  assert.deepEqual(await bytes(2), await bytes(1));
});

const shared = join(packageRoot(), '..', 'shared');
const absent =
  !existsSync(join(shared, 'data', 'cifar10')) || !existsSync(join(shared, 'models', 'mlperf-tiny'));
const skip = absent ? 'the MLPerf Tiny models or CIFAR-10 are not on this machine' : false;

test('IC on real images: within 3 answers of float in ONNX Runtime, which agrees with us in 99 % of them', {
  skip,
}, async () => {
  const graph = prepareGraph(await loadModel(join(shared, 'models', 'mlperf-tiny', 'ic-float.onnx')));
  const inputShapes = graph.inputs.map(({ value }) => graph.values.get(value)!.shape);
  const open = (name: string) => openDataset(join(shared, 'data', 'cifar10', name), { inputShapes });
  const [training, testing] = [await open('train-3805.bin'), await open('test-761.bin')];
  const indices = chooseIndices(training.length, 500, 1);
  const { model } = await quantizeForTensorRt(graph, ORIN_6, () => training.samples(indices), { jobs: 2 });
  const bytes = exportModel(model.quantized!);
  const [there, here] = [await onnxRuntime(bytes, graph, true), ours(model.quantized!)];
  const [total, right] = [testing.length, { there: 0, here: 0 }];
  let agree = 0;
  for await (const { inputs, label } of testing.samples()) {
    const [a, b] = [argMax(await there(inputs)), argMax(await here(inputs))];
    if (a === label) right.there++;
    if (b === label) right.here++;
    if (a === b) agree++;
  }
  assert.equal(total, 761);
  assert.ok(right.there >= 670 && right.here >= 670, JSON.stringify(right)); // float: 673
  assert.ok(agree >= 0.99 * total, `${agree} of ${total} agree`);
});
