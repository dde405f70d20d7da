import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder } from '../../../src/graph/build.ts';
import { floatTensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { checkBatchNorm } from '../../../src/quantize/diagnose/batch-norms.ts';
import { outlierChannels } from '../../../src/quantize/diagnose/causes.ts';
import { diagnoseLayers } from '../../../src/quantize/diagnose/diagnose.ts';
import {
  dataProblems,
  summariseInputs,
  usualFactor,
  usualMaps,
} from '../../../src/quantize/diagnose/input-data.ts';
import { amplifications } from '../../../src/quantize/diagnose/jumps.ts';
import { layersOf } from '../../../src/quantize/diagnose/layers.ts';
import { ownNoises } from '../../../src/quantize/diagnose/own-noise.ts';
import type { Recipe } from '../../../src/quantize/diagnose/recipe.ts';
import type { Remedy } from '../../../src/quantize/diagnose/remedies.ts';
import { withScales, withWeights } from '../../../src/quantize/diagnose/retouch.ts';
import { search } from '../../../src/quantize/diagnose/search.ts';
import type { Made } from '../../../src/quantize/diagnose/workbench.ts';
import { quantizeGraph } from '../../../src/quantize/quantize-graph.ts';
import { linearNodes } from '../../../src/quantize/scheme.ts';
import { randomSamples, smallNetwork, stream } from '../networks.ts';
import { bundledNetwork, images } from './faults.ts';

const network = smallNetwork();
const samples = randomSamples(network, 8);
const { graph } = await quantizeGraph(network, () => stream(samples));

test('own errors are those of one layer: far below the accumulated ones at the end, and none where codes are moved', async () => {
  const layers = await diagnoseLayers(network, graph, samples);
  const of = (name: string) => layers.find((layer) => layer.name === name)!;
  assert.equal(of('flat').own, 0);
  assert.equal(of('flat').cost, 0);
  assert.ok(of('flat').accumulated > 0);
  assert.ok(of('pointwise').accumulated > of('pointwise').own);
  for (const { name, op, own, ownWeights, accumulated } of layers) {
    if (op === 'Reshape') continue;
    assert.ok(own > 0, `${name} rounds`);
    assert.ok(own < 1.3 * accumulated, `${name}: own ${own}, accumulated ${accumulated}`);
    assert.equal(ownWeights > 0, op === 'Conv' || op === 'Gemm', name);
  }
  // The first layer has exact inputs on both sides: its own error is all there is.
  assert.ok(Math.abs(of('x').own / of('x').accumulated - 1) < 0.01);
  const shares = layers.map(({ share }) => share);
  assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-9);
  assert.deepEqual(
    shares,
    [...shares].sort((a, b) => b - a),
  );
});

test('the last layer alone costs what it adds to its own output', async () => {
  const [last] = (await diagnoseLayers(network, graph, samples)).filter(({ name }) => name === 'y');
  assert.ok(Math.abs(last!.cost / last!.own - 1) < 1e-6);
});

const bundled = await bundledNetwork();
const seen = await images('calibration', 30);
const nearest = (await quantizeGraph(bundled, () => stream(seen))).graph;

test('adaptive rounding makes the error of rounded weights smaller in every layer, on images that it has not seen', async () => {
  const make = async () => (await quantizeGraph(bundled, () => stream(seen), { rounding: 'adaptive' })).graph;
  const adaptive = await make();
  const unseen = await images('evaluation', 10);
  const noises = (quantized: Graph): readonly number[] =>
    ownNoises(bundled, layersOf(bundled, quantized), unseen).layers.map(({ weights }) => weights);
  const after = noises(adaptive);
  noises(nearest).forEach((noise, i) => {
    if (noise > 0) assert.ok(after[i]! < 0.8 * noise, `layer ${i}: ${noise} becomes ${after[i]}`);
  });
  assert.deepEqual((await make()).constants, adaptive.constants, 'same data, same codes');
});

test('weights clipped for the least error have less of it than all covered', async () => {
  const clipped = await quantizeGraph(bundled, () => stream(seen), { weightRange: 'mse' });
  const errorOf = (quantized: Graph): number =>
    layersOf(bundled, quantized).reduce((sum, { rounded }) => {
      if (rounded === null) return sum;
      const wanted = bundled.constants.get(rounded.linear.weights)!.data as Float32Array;
      return (rounded.weights.data as Float32Array).reduce(
        (all, one, i) => all + (one - wanted[i]!) ** 2,
        sum,
      );
    }, 0);
  assert.ok(
    errorOf(clipped.graph) < 0.99 * errorOf(nearest),
    `${errorOf(clipped.graph)} of ${errorOf(nearest)}`,
  );
});

test('a range or the weights chosen anew leave everything else as it is', async () => {
  const halved = withScales(
    graph,
    new Map([
      [
        'relu1',
        {
          ...graph.values.get('relu1')!.quant!,
          scale: Float32Array.of(graph.values.get('relu1')!.quant!.scale[0]! / 2),
        },
      ],
    ]),
  );
  // Biases keep their real values where the scale of their input changes.
  const biases = (one: typeof graph): Float64Array => {
    const [, , name = ''] = one.nodes.find((node) => node.name === 'depthwise')!.inputs;
    const { scale } = one.values.get(name)!.quant!;
    return Float64Array.from(one.constants.get(name)!.data as Int32Array, (code, i) => code * scale[i]!);
  };
  const [before, after] = [biases(graph), biases(halved)];
  before.forEach((bias, i) => {
    assert.ok(Math.abs(bias - after[i]!) < 1e-4, `${bias} becomes ${after[i]}`);
  });
  const back = withScales(halved, new Map([['relu1', graph.values.get('relu1')!.quant!]]));
  assert.deepEqual(back.values.get('relu1'), graph.values.get('relu1'));

  const linear = linearNodes(network).find(({ node }) => node.name === 'pointwise')!;
  const node = graph.nodes.find((one) => one.name === 'pointwise')!;
  const anew = withWeights(graph, network, linear, node);
  const codesOf = (one: typeof graph): unknown =>
    one.nodes
      .find(({ name }) => name === 'pointwise')!
      .inputs.slice(1)
      .map((name) => one.constants.get(name));
  assert.deepEqual(codesOf(anew), codesOf(graph), 'they came from the float weights in the first place');
});

test('a layer jumps where neither its own error nor that of its inputs explains what comes out', () => {
  const at = (value: string, reads: readonly string[], own: number, accumulated: number) => ({
    value,
    reads,
    own,
    accumulated,
  });
  const found = amplifications([
    at('x', [], 1e-4, 1e-4),
    at('a', ['x'], 1e-4, 2e-4),
    at('b', ['a', 'x'], 1e-4, 41e-4),
    at('c', ['b'], 0, 41e-4),
  ]);
  assert.deepEqual(
    found.map((one) => one && Math.round(one)),
    [null, null, 20, null],
  );
});

test('channels stand out beside the median, and few of them', () => {
  assert.deepEqual(outlierChannels([1, 1.2, 90, 0.8, 40, 1, 1, 1.1]), { channels: [2, 4], times: 90 });
  assert.equal(outlierChannels([1, 2, 3, 7]), null);
  assert.equal(outlierChannels([1, 1, 1, 90, 90, 90]), null, 'half of the channels are no exception');
  assert.equal(outlierChannels([0, 0, 5]), null, 'dead channels do not count');
  assert.equal(outlierChannels([3]), null);
});

test('data of calibration and evaluation are held against each other', () => {
  const one = (factor: number) => [{ inputs: [Float32Array.of(0, 0.5 * factor, factor)], label: null }];
  const [pixels, shares] = [summariseInputs(['x'], one(255)), summariseInputs(['x'], one(1))];
  assert.deepEqual(dataProblems(pixels, pixels), []);
  assert.deepEqual(dataProblems(pixels, []), []);
  const [problem] = dataProblems(shares, pixels);
  assert.ok(problem?.kind === 'disagree' && problem.factor === 255);
  const [other] = dataProblems(pixels, shares);
  assert.ok(other?.kind === 'disagree' && other.factor === 1 / 255);
  const constant = summariseInputs(['x'], [{ inputs: [Float32Array.of(3, 3)], label: null }]);
  assert.deepEqual(dataProblems(constant, pixels), [{ kind: 'constant', input: 'x', value: 3 }]);
});

test('quotients near a usual one are taken for it, others as they are', () => {
  assert.equal(usualFactor(250, 255), 255);
  assert.equal(usualFactor(252, 256), 256);
  assert.equal(usualFactor(1 / 240, 1 / 255), 1 / 255);
  assert.equal(usualFactor(17.3, 18), 17);
  // m/s^2 and g, degrees and radians.
  assert.equal(usualFactor(9.2, 11), 9.80665);
  assert.equal(usualFactor(0.095, 0.117), 0.101972);
  assert.equal(usualFactor(60, 55), 57.29578);
});

test('a remedy for the data is kept for more right answers too, any other for a smaller error alone', async () => {
  const start: Recipe = { input: null, calibrationScale: 1, origin: { kind: 'float', options: {} } };
  const scaled: Remedy = {
    id: 'calibration-scale=0.1',
    text: '',
    answersData: true,
    change: (recipe) => ({ ...recipe, calibrationScale: 0.1 }),
  };
  const { answersData: _, ...plain } = scaled;
  const made = { graph, reference: network } as unknown as Made;
  const found = (remedy: Remedy, right: number) =>
    search({
      workbench: { make: async () => made, noise: async () => 0.02, samples: async () => samples },
      start,
      before: { noise: 0.01, accuracy: 0.6 },
      made,
      remedies: [remedy],
      accuracyOf: async () => right,
      onProgress: () => {},
    });
  assert.deepEqual((await found(scaled, 0.9)).best.remedies, [scaled]);
  assert.equal((await found(scaled, 0.9)).best.accuracy, 0.9);
  assert.deepEqual((await found(scaled, 0.62)).best.remedies, []);
  assert.deepEqual((await found(plain, 0.9)).best.remedies, []);
});

test('maps lead from pixels, shares and signed shares to the units that models take', () => {
  const ends = (min: number, max: number) =>
    usualMaps({ min, max }).map(({ factor, offset }) =>
      [min * factor + offset, max * factor + offset].map((v) => Number(v.toFixed(2))),
    );
  assert.deepEqual(ends(0, 255), [
    [0, 1],
    [-1, 1],
    [-128, 127],
    [-1.99, 2.44],
  ]);
  assert.deepEqual(ends(0, 1), [
    [0, 255],
    [-1, 1],
    [-128, 127],
    [-1.99, 2.44],
  ]);
  assert.deepEqual(ends(-1, 1), [
    [0, 1],
    [0, 255],
    [-128, 127],
    [-1.99, 2.44],
  ]);
  assert.deepEqual(usualMaps({ min: -3000, max: 9000 }), []);
});

test('a batch normalisation remembers how far its input spread', () => {
  const b = graphBuilder('norm');
  const x = b.input('x', [1, 2, 4, 4]);
  const stat = (name: string, value: number) => b.constant(name, floatTensor([2], [value, value]));
  const norms = [stat('gamma', 1), stat('beta', 0), stat('mean', 0), stat('variance', 1 / 3)];
  b.output(b.node('BatchNormalization', [x, ...norms], { name: 'norm', shape: [1, 2, 4, 4] }));
  // Uniform in [-2, 2]: a standard deviation of 2 / sqrt(3), twice that of training.
  const check = checkBatchNorm(b.build(), randomSamples(b.build(), 32));
  assert.equal(check?.node, 'norm');
  assert.ok(Math.abs(check!.times - 2) < 0.15, `${check!.times}`);
  assert.equal(checkBatchNorm(network, samples), null);
});
