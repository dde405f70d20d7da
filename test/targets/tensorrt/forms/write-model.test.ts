import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExecutor } from '../../../../src/execute/float.ts';
import { type GraphBuilder, int, ints } from '../../../../src/graph/build.ts';
import { floatTensor } from '../../../../src/graph/tensor.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { decodeModel } from '../../../../src/onnx/codec.ts';
import { importModel } from '../../../../src/onnx/import.ts';
import { resolveModel } from '../../../../src/passes/resolve.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import { writeModel } from '../../../../src/targets/tensorrt/forms/write-model.ts';
import { resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { assertClose, floatGraph, randomInputs, randomTensor } from '../../../passes/helpers.ts';
import { runFile } from './lowering.ts';

const platform = (id: string, jetpack: string, precision: 'int8' | 'fp16' | 'fp32' = 'int8') =>
  resolvePlatform(loadProfile(id) as JetsonProfile, { jetpack, precision });

const STRONG = platform('jetson-agx-orin', '7.2.2', 'fp16');

const pair = (build: GraphBuilder, x: string, scale: readonly number[], axis?: number) => {
  const attributes = axis === undefined ? {} : { axis: int(axis) };
  const shape = axis === undefined ? [] : [scale.length];
  build.constant(`${x}_scale`, floatTensor(shape, scale));
  build.constant(`${x}_zero`, { dtype: 'int8', shape, data: new Int8Array(scale.length) });
  const parameters = [`${x}_scale`, `${x}_zero`];
  const codes = build.node('QuantizeLinear', [x, ...parameters], {
    name: `${x}_q`,
    dtype: 'int8',
    attributes,
  });
  return build.node('DequantizeLinear', [codes, ...parameters], { name: `${x}_dq`, attributes });
};

/** A Conv with Silu, a residual sum, and a classifier, all but the Silu behind pairs. */
const network = (quantized: boolean, gains = [1], lastScale = 0.25 / 127): Graph =>
  floatGraph((build) => {
    const of = (x: string, scale: readonly number[], axis?: number) =>
      quantized ? pair(build, x, scale, axis) : x;
    build.input('image', [1, 4, 8, 8]);
    build.constant('w', randomTensor([4, 4, 3, 3], 1, 0.3));
    build.constant('b', randomTensor([4], 2));
    const conv = build.node(
      'Conv',
      [of('image', [2 / 127]), of('w', [0.3 / 127, 0.2 / 127, 0.3 / 127, lastScale], 0), 'b'],
      {
        name: 'conv',
        attributes: { pads: ints([1, 1, 1, 1]) },
      },
    );
    const silu = build.node('tinyml::Silu', [conv], { name: 'silu' });
    build.constant('gain', floatTensor([gains.length, 1, 1], gains));
    const scaled = build.node('Mul', [silu, 'gain'], { name: 'scaled' });
    const sum = build.node('Add', [scaled, 'image'], { name: 'sum' });
    const mean = build.node('GlobalAveragePool', [sum], { name: 'mean' });
    build.node('Flatten', [mean], { name: 'flat' });
    build.constant('v', randomTensor([3, 4], 3));
    build.output(
      build.node('Gemm', [of('flat', [2 / 127]), of('v', [1 / 127, 0.9 / 127, 1 / 127], 0)], {
        name: 'scores',
        attributes: { transB: int(1) },
      }),
    );
    build.output(sum);
  });

const names = ['scores', 'sum'];

test('a float model for a strongly typed release computes in float16 between float32 ports', async () => {
  const graph = network(false);
  const { bytes, notes } = writeModel(graph, STRONG);
  assert.deepEqual(notes, []);
  const file = decodeModel(bytes).graph!;
  const types = new Map(file.initializer!.map(({ name, dataType }) => [name, dataType]));
  assert.deepEqual([...new Set(types.values())], [10]);
  const ports = [...file.input!, ...file.output!].map(({ type }) => type!.tensorType!.elemType);
  assert.deepEqual(ports, [1, 1, 1]);
  const casts = file.node!.filter(({ opType }) => opType === 'Cast');
  assert.equal(casts.length, 3);
  const inputs = randomInputs(graph, 5);
  const expected = createExecutor(graph).run(inputs);
  const actual = await runFile(bytes, names, inputs);
  expected.forEach((tensor, i) => {
    assertClose(actual[i]!, tensor, 2e-3, names[i]!);
  });
});

test('a quantised model for a strongly typed release has scales of the type that is read and given', async () => {
  const graph = network(true);
  const { bytes, notes } = writeModel(graph, { ...STRONG, precision: 'int8' });
  assert.deepEqual(notes, []);
  const model = decodeModel(bytes);
  assert.equal(Number(model.opsetImport![0]!.version), 19);
  const file = model.graph!;
  const types = new Map(file.initializer!.map(({ name, dataType }) => [name!, dataType]));
  const scaleTypes = (opType: string) =>
    file.node!.filter((node) => node.opType === opType).map(({ input }) => types.get(input![1]!));
  // The image is quantised as the float32 that it is, what is computed as float16.
  assert.deepEqual(scaleTypes('QuantizeLinear'), [1, 10]);
  assert.deepEqual(scaleTypes('DequantizeLinear'), [10, 10, 10, 10]);
  assert.equal(types.get(file.node!.find(({ name }) => name === 'w_dq')!.input![0]!), 3);
  const inputs = randomInputs(graph, 5);
  const expected = createExecutor(graph).run(inputs);
  const actual = await runFile(bytes, names, inputs);
  expected.forEach((tensor, i) => {
    assertClose(actual[i]!, tensor, 0.02, names[i]!);
  });
});

test('a Q whose scale has no float16 near it reads float32, whatever computes what it reads', async () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 4]);
    build.constant('gain', floatTensor([1], [1e-4]));
    const small = build.node('Mul', ['x', 'gain'], { name: 'small' });
    build.constant('v', randomTensor([3, 4], 3));
    build.output(
      build.node('Gemm', [pair(build, small, [4e-4 / 127 / 50]), pair(build, 'v', [1 / 127])], {
        name: 'scores',
        attributes: { transB: int(1) },
      }),
    );
  });
  const { bytes, notes } = writeModel(graph, { ...STRONG, precision: 'int8' });
  assert.match(notes.join(), /node "scores" \(Gemm\) stays in float32: the scale .* has no float16 near it/);
  const inputs = [floatTensor([1, 4], [0.01, -0.02, 0.03, 0.05])];
  const [expected] = createExecutor(graph).run(inputs);
  const [actual] = await runFile(bytes, [graph.outputs[0]!.name], inputs);
  assertClose(actual!, expected!, 0.05, 'scores');
});

test('layers in FP32, and what does not fit float16, stay float32', async () => {
  const graph = network(false, [1e5]);
  const { bytes, notes } = writeModel(graph, STRONG, {
    layers: [{ node: 'conv', op: 'Conv', precision: 'fp32', reason: 'asked for' }],
  });
  assert.deepEqual(notes, [
    'node "scaled" (Mul) stays in float32: "gain" holds 100000, float16 ends at 65504',
  ]);
  const file = decodeModel(bytes).graph!;
  const types = new Map(file.initializer!.map(({ name, dataType }) => [name!, dataType]));
  assert.deepEqual([types.get('w'), types.get('gain'), types.get('v_float16')], [1, 1, 10]);
  assert.ok(!types.has('w_float16'));
});

test('the parts that stand for a layer in FP32 are float32 too', () => {
  const castsOf = (layers: readonly string[]) => {
    const asked = layers.map((node) => ({ node, op: '', precision: 'fp32' as const, reason: null }));
    const { bytes } = writeModel(network(false), STRONG, { layers: asked });
    return decodeModel(bytes).graph!.node!.filter(({ opType }) => opType === 'Cast').length;
  };
  // The image and both outputs; then what leaves the Silu too.
  assert.equal(castsOf([]), 3);
  assert.equal(castsOf(['conv', 'silu']), 4);
});

test('numbers that are 0 in float16 are told of, and none of them is all of a constant', () => {
  const notes = (gains: number[]) => writeModel(network(false, gains), STRONG).notes;
  assert.deepEqual(notes([1e-9, 1, 0, 1e-10]), [
    'node "scaled" (Mul): 2 of 4 numbers of "gain" are 0 in float16',
  ]);
  assert.deepEqual(notes([1e-9]), ['node "scaled" (Mul) stays in float32: "gain" is 0 in float16']);
});

test('releases with flags get float32 files, integer weights from 10 on', () => {
  const graph = network(true);
  const weightsOf = (id: string, jetpack: string) => {
    const model = decodeModel(writeModel(graph, platform(id, jetpack)).bytes);
    const dequantizer = model.graph!.node!.find(({ name }) => name === 'w_dq')!;
    const initializer = model.graph!.initializer!.find(({ name }) => name === dequantizer.input![0]);
    return [Number(model.opsetImport![0]!.version), initializer?.dataType];
  };
  assert.deepEqual(weightsOf('jetson-agx-xavier', '4.6.6'), [13, undefined]);
  assert.deepEqual(weightsOf('jetson-orin-nano', '6.2'), [13, 3]);
});

test('a file without float16 reads back as the graph that it was written of', () => {
  const graph = network(true);
  const { bytes } = writeModel(graph, platform('jetson-orin-nano', '6.2'));
  const again = resolveModel(importModel(bytes, { path: 'again.onnx' }));
  const inputs = randomInputs(graph, 5);
  const [expected, actual] = [graph, again].map((one) => createExecutor(one).run(inputs));
  expected!.forEach((tensor, i) => {
    assertClose(actual![i]!, tensor, 1e-6, names[i]!);
  });
});

test('weights whose scale has no float16 near it get the next larger scale, and codes for it', async () => {
  const scale = 1.3e-8;
  const graph = network(true, [1], scale);
  const { bytes, notes } = writeModel(graph, { ...STRONG, precision: 'int8' });
  assert.deepEqual(notes, []);
  const again = resolveModel(importModel(bytes, { path: 'again.onnx' }));
  const dequantizer = again.nodes.find(({ name }) => name === 'w_dq')!;
  const [codes, scales] = dequantizer.inputs.map((name) =>
    Array.from(again.constants.get(name)!.data, Number),
  );
  assert.equal(scales![3], 2 ** -24);
  // The weights of the channel were clipped to -128 and 127 codes of the tiny scale: 28 of the new one.
  assert.deepEqual([...new Set(codes!.slice(108).map(Math.abs))], [28]);
  assert.ok(codes!.slice(0, 108).some((code) => Math.abs(code) > 100));
});
