/** Quantisation that plainly failed is said, by name; what is good is passed over in silence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../src/data/types.ts';
import type { Warning } from '../../src/diagnostics/warnings.ts';
import type { Evaluation } from '../../src/execute/evaluate.ts';
import { int, ints } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { judgeAccuracy, judgeGuessing, judgeLayers } from '../../src/quantize/judge.ts';
import { layerErrors } from '../../src/quantize/layer-error.ts';
import type { ObserverKind } from '../../src/quantize/observers/index.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { floatGraph, randomTensor } from '../passes/helpers.ts';
import { randomSamples, smallNetwork, stream } from './networks.ts';
import { normalNumbers } from './observers/distributions.ts';

async function judged(graph: Graph, samples: readonly Sample[], observer?: ObserverKind) {
  const options = observer === undefined ? {} : { observer };
  const quantized = await quantizeGraph(graph, () => stream(samples), options);
  const errors = (measured: readonly Sample[]) =>
    layerErrors(quantized.reference, quantized.graph, quantized.clip(stream(measured)));
  const layers = await errors(samples.slice(0, 32));
  return { warnings: judgeLayers(quantized.reference, quantized.report, layers), quantized, errors };
}

const codes = (warnings: readonly Warning[]) => warnings.map(({ code }) => code);

/** Conv1d, Relu, GlobalAveragePool, Gemm on [1, 3, 32]. */
const sensor = floatGraph((b) => {
  const x = b.input('x', [1, 3, 32]);
  const conv = b.node('Conv', [x, b.constant('w', randomTensor([8, 3, 3], 1))], {
    name: 'conv',
    attributes: { pads: ints([1, 1]) },
  });
  const mean = b.node('GlobalAveragePool', [b.node('Relu', [conv], { name: 'relu' })], { name: 'mean' });
  const flat = b.node('Flatten', [mean], { name: 'flat' });
  b.output(
    b.node('Gemm', [flat, b.constant('w2', randomTensor([4, 8], 2))], {
      name: 'y',
      attributes: { transB: int(1) },
    }),
  );
});
const readings = (count: number, seed: number): readonly Sample[] =>
  Array.from({ length: count }, (_, i) => ({ inputs: [normalNumbers(96, seed + i)], label: null }));

test('a good network is passed over in silence', async () => {
  const network = smallNetwork();
  assert.deepEqual((await judged(network, randomSamples(network, 64))).warnings, []);
  for (const kind of ['min-max', 'entropy', 'mse'] as const) {
    assert.deepEqual((await judged(sensor, readings(256, 1), { kind })).warnings, [], kind);
  }
});

for (const spike of [100, 1e3, 1e4, 1e5, 1e6, 1e30]) {
  test(`one reading of ${spike} in 24,576 is clipped, said, and leaves the network as good as it was`, async () => {
    const samples = readings(256, 1);
    samples[3]!.inputs[0]![17] = spike;
    for (const observer of [undefined, { kind: 'entropy' }] as const) {
      if (observer !== undefined && spike < 1000) continue;
      const { warnings, quantized, errors } = await judged(sensor, samples, observer);
      assert.deepEqual(codes(warnings), ['W_OUTLIERS']);
      assert.match(warnings[0]!.message, /^[1-9][0-9]? value\(s\) of 24576 lie far from all others/);
      assert.deepEqual(warnings[0]!.at, ['input "x"']);
      const { scale } = quantized.report.tensors[0]!;
      assert.ok(Math.abs(scale / 0.028 - 1) < 0.3, `scale ${scale}`);
      const clean = await errors(readings(32, 5000));
      assert.ok(clean.at(-1)!.sqnrDb! > 35, `${clean.at(-1)!.sqnrDb} dB at the output without the spike`);
    }
    const { warnings } = await judged(sensor, samples, { kind: 'min-max' });
    assert.ok(codes(warnings).includes('W_OUTLIERS'), 'covered at the cost of all others');
    assert.match(warnings[0]!.message, /^1 value\(s\) of 24576 set the range/);
  });
}

test('constant inputs, layers that are zero, and scales that are too coarse are named', async () => {
  const constant = randomSamples(sensor, 8).map((sample) => ({
    ...sample,
    inputs: [new Float32Array(96).fill(0.5)],
  }));
  const first = (await judged(sensor, constant)).warnings;
  assert.deepEqual([first[0]!.code, first[0]!.at], ['W_CONSTANT_INPUT', ['input "x"']]);

  const dead = floatGraph((b) => {
    const x = b.input('x', [1, 4]);
    const weights = b.constant('w', floatTensor([4, 4], new Float32Array(16)));
    const attributes = { transB: int(1) };
    const zero = b.node('Gemm', [x, weights], { name: 'never trained', attributes });
    b.output(b.node('Add', [zero, x], { name: 'y' }));
  });
  const second = (await judged(dead, randomSamples(dead, 8))).warnings;
  assert.deepEqual(codes(second), ['W_ZERO_LAYER']);
  assert.deepEqual(second[0]!.at, ['node "never trained" (Gemm)']);

  const many = floatGraph((b) => {
    b.output(b.node('Softmax', [b.input('x', [1, 1000])], { name: 'probabilities' }));
  });
  const third = (await judged(many, randomSamples(many, 8))).warnings;
  assert.ok(codes(third).includes('W_FIXED_SCALE'));
  assert.deepEqual(third[0]!.at, ['node "probabilities" (Softmax)']);
});

test('a layer and an output far from their float values are named with their figures', async () => {
  const layer = { op: 'Conv', saturation: 0, weightRangeRatio: null };
  const layers = [
    { ...layer, name: 'a', value: 'a', sqnrDb: 5.9 },
    { ...layer, name: 'b', value: 'b', sqnrDb: 6.1 },
    { ...layer, name: 'c', value: 'y', sqnrDb: 9.9 },
    { ...layer, name: 'd', value: 'd', sqnrDb: null },
  ];
  const { quantized } = await judged(sensor, readings(4, 1));
  const report = { ...quantized.report, tensors: [] };
  const graph = { ...sensor, outputs: [{ ...sensor.outputs[0]!, value: 'y' }] };
  const [only, ...others] = judgeLayers(graph, report, layers);
  assert.deepEqual([only!.code, others.length], ['W_SQNR', 0]);
  assert.deepEqual(only!.at, ['node "a" (Conv): 5.9 dB', 'node "c" (Conv): 9.9 dB']);
});

test('padding that always loses against the values beside it is no fault', async () => {
  const graph = floatGraph((b) => {
    const operands = [
      b.constant('pads', int64Tensor([0, 0, 1, 0, 0, 1])),
      b.constant('fill', floatTensor([], [-1e4])),
    ];
    const padded = b.node('Pad', [b.input('x', [1, 3, 32]), ...operands]);
    b.output(b.node('MaxPool', [padded], { attributes: { kernel_shape: ints([3]), strides: ints([2]) } }));
  });
  const { warnings } = await judged(graph, readings(64, 1));
  assert.deepEqual(codes(warnings), []);
});

function classified(confusion: readonly (readonly number[])[]): Evaluation {
  const samples = confusion.flat().reduce((sum, count) => sum + count, 0);
  const correct = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
  return { kind: 'classification', samples, correct, accuracy: correct / samples, confusion };
}

const DIAGNOSE = 'tinyml diagnose m.onnx';
const judge = (float: Evaluation, int8: Evaluation) => judgeAccuracy(float, int8, DIAGNOSE);

test('accuracy at chance, and much lost, is said; what may be chance is not', () => {
  const good = classified([
    [95, 5],
    [5, 95],
  ]);
  assert.deepEqual(
    judge(
      good,
      classified([
        [94, 6],
        [6, 94],
      ]),
    ),
    [],
  );
  assert.deepEqual(
    codes(
      judge(
        good,
        classified([
          [80, 20],
          [20, 80],
        ]),
      ),
    ),
    ['W_DROP'],
  );
  assert.deepEqual(
    codes(
      judge(
        good,
        classified([
          [52, 48],
          [49, 51],
        ]),
      ),
    ),
    ['W_CHANCE'],
  );
  const [always] = judge(
    classified([
      [180, 0],
      [5, 15],
    ]),
    classified([
      [180, 0],
      [20, 0],
    ]),
  );
  assert.match(always!.message, /always gives one class/);
  assert.deepEqual(
    judge(
      classified([
        [5, 0],
        [0, 0],
      ]),
      classified([
        [5, 0],
        [0, 0],
      ]),
    ),
    [],
    'one label',
  );
  const few = classified([
    [3, 1],
    [0, 4],
  ]);
  assert.deepEqual(
    judge(
      few,
      classified([
        [3, 1],
        [0, 4],
      ]),
    ),
    [],
    'as good as float',
  );
});

test('what is at chance names the command that finds out why, and what is far below it asks for the order of the classes', () => {
  const guessed = classified([
    [52, 48],
    [49, 51],
  ]);
  const swapped = classified([
    [0, 100],
    [100, 0],
  ]);
  const [chance] = judgeGuessing(guessed, DIAGNOSE);
  assert.equal(chance!.code, 'W_CHANCE');
  assert.match(chance!.message, /as often as guessing one of 2 classes is: 51.5\d? %, 103 of 200 samples/);
  assert.ok(chance!.hint!.endsWith(DIAGNOSE));
  const [below] = judgeGuessing(swapped, DIAGNOSE);
  assert.match(below!.message, /far less often than guessing.*, 0 of 200 samples/);
  assert.match(below!.hint!, /order of the classes/);
  for (const int8 of [guessed, swapped]) {
    const [said] = judge(int8, int8);
    assert.match(said!.hint!, /^the float model is no better: /);
    assert.ok(said!.hint!.endsWith(DIAGNOSE));
  }
  assert.deepEqual(
    judgeGuessing(
      classified([
        [9, 1],
        [2, 8],
      ]),
      DIAGNOSE,
    ),
    [],
  );
});
