import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import type { Sample } from '../../../../src/data/types.ts';
import { createExecutor } from '../../../../src/execute/float.ts';
import { graphBuilder } from '../../../../src/graph/build.ts';
import { floatTensor } from '../../../../src/graph/tensor.ts';
import { goldenCases } from '../../../../src/targets/tensorrt/bundle/golden.ts';
import { roundedToHalf } from '../../../../src/targets/tensorrt/bundle/half.ts';
import { portsOf } from '../../../../src/targets/tensorrt/bundle/ports.ts';
import { RELEASES } from '../../../../src/targets/tensorrt/release/release-table.ts';
import { failure } from '../../../failure.ts';
import { platformOf, smallGraph, smallInput, smallSamples } from './small-input.ts';

const floats = (bytes: Uint8Array): Float32Array =>
  new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

const largest = (values: Float32Array): number => Math.max(...Array.from(values, Math.abs));

test('rounding to FP16 leaves 11 bits of every value and multiples of 2^-24, and the network what it is', () => {
  const builder = graphBuilder('relu');
  builder.output(builder.node('Relu', [builder.input('x', [7])], { shape: [7] }));
  const run = createExecutor(roundedToHalf(builder.build())).run;
  // The second is half-way between two: to even.
  const [output] = run([floatTensor([7], [0.1, 1 + 2 ** -11, 3, 1000.1, 60000.1, 1.3 * 2 ** -24, 2 ** -26])]);
  assert.deepEqual([...(output!.data as Float32Array)], [0.0999755859375, 1, 3, 1000, 60000, 2 ** -24, 0]);

  const graph = smallGraph();
  const [sample] = smallSamples(1);
  const scores = (rounded: boolean): Float32Array => {
    const executor = createExecutor(rounded ? roundedToHalf(graph) : graph);
    return executor.run([floatTensor([1, 3, 8, 8], sample!.inputs[0]!)])[0]!.data as Float32Array;
  };
  const [exact, half] = [scores(false), scores(true)];
  const off = largest(exact.map((value, i) => value - half[i]!));
  assert.ok(off > 0 && off < 2 ** -9 * largest(exact), `${off}`);
});

test('ONNX Runtime is within the tolerances, which are a small part of the outputs', async () => {
  for (const precision of ['int8', 'fp16'] as const) {
    const input = await smallInput(platformOf('jetson-orin-nano', { jetpack: '6.2', precision }));
    const session = await ort.InferenceSession.create(input.onnx.model, {
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    for (const { name, inputs, outputs, tolerances } of input.golden) {
      const { scores } = await session.run({
        image: new ort.Tensor('float32', floats(inputs[0]!).slice(), [1, 3, 8, 8]),
      });
      const want = floats(outputs[0]!);
      const off = largest(want.map((value, i) => value - (scores!.data as Float32Array)[i]!));
      assert.ok(off <= tolerances[0]!, `${precision} ${name}: ${off} is more than ${tolerances[0]}`);
      assert.ok(tolerances[0]! < 0.05 * largest(floats(input.golden[1]!.outputs[0]!)));
    }
    await session.release();
  }
});

test('a model with weights of another training is out of tolerance', async () => {
  const input = await smallInput(platformOf('jetson-orin-nano', { jetpack: '6.2' }));
  const { float } = input.model;
  const changed = new Map(float.constants);
  const weights = changed.get('conv2.w')!;
  changed.set('conv2.w', { ...weights, data: (weights.data as Float32Array).map((value) => 1.1 * value) });
  const run = createExecutor({ ...float, constants: changed }).run;
  const { inputs, outputs, tolerances } = input.golden.at(-1)!;
  const got = run([floatTensor([1, 3, 8, 8], floats(inputs[0]!))])[0]!.data as Float32Array;
  const off = largest(floats(outputs[0]!).map((value, i) => value - got[i]!));
  assert.ok(off > tolerances[0]!, `${off}`);
});

test('of a model with state, each frame has the state that the one before left', () => {
  const builder = graphBuilder('sum');
  const [x, sum] = [builder.input('x', [1, 2]), builder.input('sum', [1, 2])];
  builder.output(builder.node('Add', [x, sum], { name: 'next', shape: [1, 2] }));
  builder.tie('sum', 'next');
  const graph = builder.build();
  const ports = portsOf(graph, RELEASES.at(-1)!);
  assert.deepEqual(
    ports.inputs.map(({ tied }) => tied),
    [null, 'next'],
  );
  const samples = [1, 2, 3].map((value, index) => ({
    inputs: [Float32Array.of(value, 10 * value)],
    label: null,
    frame: { index: index % 2, last: false, judged: true },
  }));
  const model = { float: graph, quantized: null, layers: [], ranges: new Map() };
  const cases = goldenCases(model, 'weak', ports, samples);
  assert.deepEqual(
    cases.map(({ name }) => name),
    ['noise', 'recorded0', 'recorded1', 'recorded2'],
  );
  const shown = cases.slice(1).map(({ inputs, outputs }) => [...floats(inputs[1]!), ...floats(outputs[0]!)]);
  assert.deepEqual(shown, [
    [0, 0, 1, 10],
    [1, 10, 3, 30],
    [0, 0, 3, 30],
  ]);
});

test('zeros and noise on which FP16 is as large as the outputs are left out where there are samples', () => {
  const builder = graphBuilder('cancelling');
  const thousand = builder.constant('thousand', floatTensor([], [1000]));
  const sum = builder.node('Add', [builder.input('x', [1, 2]), thousand], { name: 'sum', shape: [1, 2] });
  builder.output(builder.node('Sub', [sum, thousand], { name: 'difference', shape: [1, 2] }));
  const graph = builder.build();
  const model = { float: graph, quantized: null, layers: [], ranges: new Map() };
  const ports = portsOf(graph, RELEASES.at(-1)!);
  const names = (samples: readonly Sample[]) =>
    goldenCases(model, 'weak', ports, samples).map(({ name }) => name);
  assert.deepEqual(names([{ inputs: [Float32Array.of(1, 2)], label: null }]), ['recorded0']);
  assert.deepEqual(names([]), ['zeros', 'noise']);
});

test('int64 inputs are bound as int32 before TensorRT 10', () => {
  const builder = graphBuilder('gather');
  const ids = builder.input('ids', [2], { dtype: 'int64' });
  const table = builder.constant('table', floatTensor([3], [4, 5, 6]));
  builder.output(builder.node('Gather', [table, ids], { name: 'picked', shape: [2] }));
  const graph = builder.build();
  const model = { float: graph, quantized: null, layers: [], ranges: new Map() };
  const sizes = RELEASES.map(
    (release) => goldenCases(model, 'weak', portsOf(graph, release), [])[0]!.inputs[0]!.length,
  );
  assert.deepEqual(sizes, [8, 8, 8, 16, 16, 16, 16]);
});

test('inputs whose names trtexec takes apart, and ports of types that engines lack, are named all at once', () => {
  const builder = graphBuilder('ports');
  const inputs = ["it's", 'a,b', 'fine:0'].map((name) => builder.input(name, [1]));
  const wide = builder.input('wide', [1], { dtype: 'float64' });
  builder.output(builder.node('Sum', inputs, { name: 'sum', shape: [1] }));
  builder.output(builder.node('Neg', [wide], { name: 'neg', shape: [1], dtype: 'float64' }));
  builder.output(builder.node('Neg', [inputs[0]!], { name: 'n\0ul', shape: [1] }));
  const { code, at } = failure(() => portsOf(builder.build(), RELEASES[0]!));
  assert.equal(code, 'E_OP');
  assert.deepEqual(at, [
    '"wide": engines take no float64',
    '"neg": engines take no float64',
    '"it\'s": trtexec splits names of inputs at commas and quotes',
    '"a,b": trtexec splits names of inputs at commas and quotes',
    '"n\\u0000ul": names are strings of C',
  ]);
});
