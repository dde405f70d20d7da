import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TinymlError } from '../../src/diagnostics/errors.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { SYMMETRIC_INT8 } from '../../src/quantize/affine.ts';
import { applyQuantization } from '../../src/quantize/apply.ts';
import { assumeQuantized } from '../../src/quantize/assume.ts';
import { calibrate, meansOf, prepareCalibration } from '../../src/quantize/calibrate.ts';
import { addHistogram, type Histogram } from '../../src/quantize/observers/histogram.ts';
import { type QuantizeOptions, quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { planQuantization, type Scheme, TFLITE_INT8 } from '../../src/quantize/scheme.ts';
import { floatGraph, randomTensor } from '../passes/helpers.ts';
import { randomSamples, smallNetwork, stream } from './networks.ts';

const network = smallNetwork();
const samples = randomSamples(network, 24);
const quantize = (options: QuantizeOptions = {}, graph: Graph = network) =>
  quantizeGraph(graph, () => stream(samples), options);

function outputsOf(graph: Graph): readonly Float32Array[] {
  const floatPorts = (ports: Graph['inputs']) =>
    ports.map((port) => ({ ...port, dtype: 'float32' as const }));
  const executor = createExecutor({
    ...graph,
    inputs: floatPorts(graph.inputs),
    outputs: floatPorts(graph.outputs),
  });
  return samples.map(({ inputs }) => {
    const [y] = executor.run([floatTensor(graph.values.get('x')!.shape, inputs[0]!)]);
    return y!.data as Float32Array;
  });
}

test('the quantised graph approximates the float graph and lowers to integer steps', async () => {
  const { graph, report } = await quantize();
  const [exact, rounded] = [outputsOf(network), outputsOf(graph)];
  const worst = Math.max(...exact.map((y, i) => Math.max(...y.map((v, k) => Math.abs(v - rounded[i]![k]!)))));
  assert.ok(worst < 0.03, `a probability is off by ${worst}`);
  assert.ok(worst > 0, 'something was rounded');
  assert.equal(report.samples, samples.length);
  assert.ok(lower(graph).steps.length >= 6);
});

test('weights are symmetric per output channel, biases int32 at the product of the scales', async () => {
  const { graph } = await quantize();
  for (const [weights, bias, input, channels] of [
    ['conv1_w', 'conv1_b', 'x', 8],
    ['depthwise_w', 'depthwise_b', 'relu1', 8],
    ['w', 'b', 'flat', 5],
  ] as const) {
    const quant = graph.values.get(weights)!.quant!;
    assert.deepEqual([quant.dtype, quant.axis, quant.scale.length], ['int8', 0, channels], weights);
    assert.ok(quant.zeroPoint.every((zeroPoint) => zeroPoint === 0));
    const codes = graph.constants.get(weights)!.data as Int8Array;
    assert.equal(Math.max(...codes.map(Math.abs)), 127, `${weights} uses its whole range`);
    const biasQuant = graph.values.get(bias)!.quant!;
    const inputScale = graph.values.get(input)!.quant!.scale[0]!;
    assert.deepEqual([biasQuant.dtype, biasQuant.axis], ['int32', 0]);
    assert.deepEqual(
      biasQuant.scale,
      quant.scale.map((scale) => scale * inputScale),
      `scale of ${bias}`,
    );
  }
});

test('io int8 makes integer ports, io float keeps float ones', async () => {
  const ports = async (io: 'int8' | 'float') => {
    const { graph } = await quantize({ io });
    return [...graph.inputs, ...graph.outputs].map(({ dtype }) => dtype);
  };
  assert.deepEqual(await ports('int8'), ['int8', 'int8']);
  assert.deepEqual(await ports('float'), ['float32', 'float32']);
});

test('the same data gives the same bytes', async () => {
  const [first, second] = [await quantize({ equalize: true }), await quantize({ equalize: true })];
  assert.deepEqual([...first.graph.constants], [...second.graph.constants]);
  assert.deepEqual([...first.graph.values], [...second.graph.values]);
  assert.deepEqual(first.report, second.report);
});

test('bias correction takes away most of the mean error of the layer outputs', async () => {
  // Unpadded layers only: there the correction is exact but for rounding of the activations.
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 3, 8, 8]);
    const conv = b.node('Conv', [x, b.constant('w1', randomTensor([16, 3, 3, 3], 1))], { name: 'conv' });
    b.output(b.node('Relu', [conv], { name: 'y' }));
  });
  const plan = planQuantization(graph, TFLITE_INT8);
  // Inputs far from zero, as pixels are: rounding errors of weights then move the mean.
  const pixels = randomSamples(graph, 12).map(({ inputs: [x], label }) => ({
    inputs: [x!.map((value) => value + 2)],
    label,
  }));
  const statistics = await calibrate(graph, plan, stream(pixels));
  const means = new Map([...statistics.channelSums].map(([name, sums]) => [name, meansOf(sums)]));
  // Activations stay exact, so that what is left is the error of the weights alone.
  const meanError = (inputMeans: typeof means | null): number => {
    const [exact, rounded] = [graph, weightsOnly(inputMeans)].map((g) => {
      const sums = new Float64Array(16);
      const executor = createExecutor(g);
      for (const { inputs } of pixels) {
        executor.run([floatTensor([1, 3, 8, 8], inputs[0]!)], (name, tensor) => {
          if (name !== 'conv') return;
          (tensor.data as Float32Array).forEach((value, i) => {
            sums[Math.floor(i / 36)]! += value;
          });
        });
      }
      return sums;
    });
    return exact!.reduce((sum, value, c) => sum + (value - rounded![c]!) ** 2, 0);
  };
  const weightsOnly = (inputMeans: typeof means | null): Graph => {
    const activations = new Map(
      plan.groups.flatMap(({ members }) =>
        members.map((name) => [
          name,
          { dtype: 'int8', scale: Float32Array.of(1e-3), zeroPoint: Int32Array.of(0), axis: null } as const,
        ]),
      ),
    );
    const applied = applyQuantization(graph, plan, {
      activations,
      inputMeans,
      weights: { kind: 'rounded', range: 'max', moments: null },
      io: 'float',
    });
    const values = new Map(
      [...applied.values].map(([name, value]) =>
        applied.constants.has(name) ? [name, value] : [name, { ...value, quant: null }],
      ),
    );
    return { ...applied, values };
  };
  const [plain, corrected] = [meanError(null), meanError(means)];
  assert.ok(corrected < 0.2 * plain, `squared mean error ${plain} becomes ${corrected}`);
});

/** Zero points at 0, and nothing fixed or demanded: what a runtime beside ours may want. */
const SYMMETRIC: Scheme = {
  name: 'symmetric',
  activations: SYMMETRIC_INT8,
  fixedOutputs: false,
  integerOnly: false,
};

test('all observers and both schemes give a graph that runs', async () => {
  const exact = outputsOf(network);
  for (const observer of [
    { kind: 'min-max' },
    { kind: 'percentile', percentile: 99.9 },
    { kind: 'entropy' },
    { kind: 'mse' },
  ] as const) {
    for (const scheme of [TFLITE_INT8, SYMMETRIC]) {
      const { graph } = await quantize({ observer, scheme, equalize: true });
      const rounded = outputsOf(graph);
      const worst = Math.max(
        ...exact.map((y, i) => Math.max(...y.map((v, k) => Math.abs(v - rounded[i]![k]!)))),
      );
      assert.ok(worst < 0.08, `${observer.kind}, ${scheme.name}: a probability is off by ${worst}`);
      if (scheme === SYMMETRIC) {
        const zeroPoints = [...graph.values.values()].flatMap(({ quant }) => [...(quant?.zeroPoint ?? [])]);
        assert.ok(
          zeroPoints.every((zeroPoint) => zeroPoint === 0),
          'symmetric',
        );
      }
    }
  }
});

test('nodes without an integer form are all named before any data is read', async () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 4, 4]);
    const product = b.node('ReduceProd', [x], { name: 'product' });
    b.output(b.node('Relu', [product], { name: 'y' }));
    b.output(b.node('Pow', [x, x], { name: 'z' }));
  });
  const unread: AsyncIterable<never> = {
    [Symbol.asyncIterator]: () => assert.fail('the data was read'),
  };
  await assert.rejects(
    quantizeGraph(graph, () => unread),
    (error: TinymlError) => {
      assert.equal(error.code, 'E_OP');
      const text = error.at.join('\n');
      assert.match(text, /"product" \(ReduceProd\)/);
      assert.match(text, /"z" \(Pow\)/);
      return true;
    },
  );
});

test('a NaN in an activation is named, samples that do not fit are refused', async () => {
  const bad = { inputs: [new Float32Array(192).fill(Number.NaN)], label: 0 };
  await assert.rejects(
    quantizeGraph(network, () => stream([samples[0]!, bad])),
    {
      code: 'E_NOT_FINITE',
      at: ['tensor "x"'],
    },
  );
  await assert.rejects(
    quantizeGraph(network, () => stream([])),
    { code: 'E_DATA' },
  );
  const short = { inputs: [new Float32Array(7)], label: 0 };
  await assert.rejects(
    quantizeGraph(network, () => stream([short])),
    { code: 'E_DATA' },
  );
});

test('assumed quantisation has the structure of the real one', async () => {
  const { graph } = await quantize();
  const shape = (g: Graph) =>
    lower(g).steps.map(({ kernel, name, params }) => [kernel, name, Object.keys(params)]);
  assert.deepEqual(shape(assumeQuantized(network, TFLITE_INT8)), shape(graph));
});

test('what threads observe of the samples does not depend on who gets which', () => {
  const groups = [['x', 'relu1'], ['relu3']];
  const setup = { graph: network, groups, linearInputs: ['relu1', 'flat'], distributions: true };
  const whole = prepareCalibration(setup);
  const wholeSums = samples.map((sample) => whole.run([sample]));
  const halves = [prepareCalibration(setup), prepareCalibration(setup)] as const;
  const halfSums = samples.map((sample, i) => halves[i % 3 === 0 ? 0 : 1]!.run([sample]));
  assert.deepEqual(halfSums, wholeSums, 'sums of channels are those of the chunk');
  const [sum, rest] = halves.map((half) => half.finish()) as [readonly Histogram[], readonly Histogram[]];
  sum.forEach((histogram, i) => {
    addHistogram(histogram, rest[i]!);
  });
  assert.deepEqual(sum, whole.finish());
});
