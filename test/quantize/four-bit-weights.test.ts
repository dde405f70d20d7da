/** Weights of 4 bits: who can have them, what they are, and the file that states them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { int, ints } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createSampleRunner } from '../../src/program/sample.ts';
import { type WeightBitsWish, withFourBitWeights } from '../../src/quantize/four-bit-weights.ts';
import { layerErrors } from '../../src/quantize/layer-error.ts';
import {
  observeGraph,
  type QuantizeOptions,
  quantizeGraph,
  quantizeObserved,
} from '../../src/quantize/quantize-graph.ts';
import { planQuantization, TFLITE_INT8 } from '../../src/quantize/scheme.ts';
import { withWideGroups } from '../../src/quantize/wide-layers.ts';
import { inspectGraph } from '../../src/report/inspection.ts';
import { runOrt } from '../onnx/models.ts';
import { floatGraph } from '../passes/helpers.ts';
import { randomSamples, stream } from './networks.ts';

const four = (layers: string, group: number | null = null): WeightBitsWish => ({ layers, bits: 4, group });

/** Two convolutions, one of them pointwise and one depthwise between, and a layer of all that there is then. */
const network: Graph = floatGraph((b) => {
  const random = seededRandom(11);
  const weights = (name: string, shape: readonly number[]): string => {
    const count = shape.reduce((a, c) => a * c, 1);
    // Inputs that differ in what they weigh: groups have something to say.
    const data = Float32Array.from({ length: count }, (_, i) => (random() - 0.5) * (i % 32 < 8 ? 1 : 0.2));
    return b.constant(name, { dtype: 'float32', shape, data });
  };
  const x = b.input('x', [1, 16, 5, 5]);
  const conv = (name: string, from: string, shape: readonly number[], groups = 1): string =>
    b.node('Conv', [from, weights(`${name}_w`, shape), weights(`${name}_b`, [shape[0]!])], {
      name,
      attributes: { group: int(groups), pads: ints(new Array<number>(4).fill(shape[2] === 3 ? 1 : 0)) },
    });
  const first = b.node('Relu', [conv('first', x, [24, 16, 3, 3])], { name: 'relu' });
  const depth = conv('depth', first, [24, 1, 3, 3], 24);
  const odd = conv('odd', depth, [9, 24, 1, 1]);
  const mean = b.node('GlobalAveragePool', [conv('wide', odd, [32, 9, 1, 1])], { name: 'mean' });
  const flat = b.node('Flatten', [mean], { name: 'flat' });
  const dense = b.node('Gemm', [flat, weights('dense_w', [10, 32]), weights('dense_b', [10])], {
    name: 'dense',
    attributes: { transB: int(1) },
  });
  b.output(dense);
});

/** Groups of the layers that get 4 bits. */
function layersOf(...wishes: readonly WeightBitsWish[]): Readonly<Record<string, number | null>> {
  const { fourBits } = withFourBitWeights(network, planQuantization(network, TFLITE_INT8), wishes);
  return Object.fromEntries([...fourBits].map(([{ name }, { group }]) => [name, group]));
}

test('layers by node, by operator, by range, or all; groups where they divide; the last wish holds', () => {
  const eight = (layers: string): WeightBitsWish => ({ layers, bits: 8, group: null });
  assert.deepEqual(layersOf(four('first', 8)), { first: 8 });
  assert.deepEqual(layersOf(four('Conv', 8)), { first: 8, odd: 8, wide: null });
  assert.deepEqual(layersOf(four('depth..wide')), { odd: null, wide: null });
  assert.deepEqual(layersOf(four('all', 16), four('odd', 24), eight('wide')), {
    first: 16,
    odd: 24,
    dense: 16,
  });
});

test('what cannot have 4 bits is refused by name, before data are read', async () => {
  const refused = (wish: WeightBitsWish, wanted: object): void =>
    assert.throws(() => layersOf(wish), {
      at: [`--weight-bits ${wish.layers}=4${wish.group === null ? '' : `:${wish.group}`}`],
      ...wanted,
    });
  refused(four('depth'), {
    code: 'E_OP',
    message: /depthwise: its weights keep 8 bits/,
    hint: /first, odd, wide, dense/,
  });
  refused(four('mean'), { code: 'E_OP', message: /no constant weights/ });
  refused(four('odd', 16), { code: 'E_USAGE', message: 'groups of 16 do not divide the 24 inputs of "odd"' });
  refused(four('frist'), { code: 'E_USAGE', hint: /Did you mean first/ });
  const unread = (): never => assert.fail('data were read');
  await assert.rejects(quantizeGraph(network, unread, { weightBits: [four('depth')] }), { code: 'E_OP' });
  const plan = planQuantization(network, TFLITE_INT8);
  const wide = withWideGroups(network, plan, TFLITE_INT8, [{ layers: 'odd', bits: 16 }]);
  assert.throws(() => withFourBitWeights(network, wide, [four('wide')]), {
    message: /computes with 16-bit codes/,
  });
});

const samples = randomSamples(network, 16);
const CHOICES: readonly (readonly [string, QuantizeOptions])[] = [
  ['per channel', { weightBits: [four('all')] }],
  ['in groups', { weightBits: [four('all', 8)] }],
  [
    'in groups, least error, adaptive',
    { weightBits: [four('all', 8)], weightRange: 'mse', rounding: 'adaptive' },
  ],
];

for (const [name, options] of CHOICES) {
  test(`${name}: the file means the same Program, and what ONNX Runtime computes from it`, async () => {
    const { graph } = await quantizeGraph(network, () => stream(samples), { ...options, io: 'float' });
    const program = lower(graph);
    const kernels = program.steps.map(({ kernel }) => kernel);
    assert.equal(kernels.filter((kernel) => kernel === 'conv2d_s4').length, 3);
    assert.ok(kernels.includes('fully_connected_s4') && kernels.includes('depthwise_conv2d_s8'));
    const bytes = exportModel(graph);
    const read = importModel(bytes, { path: 'four-bits.onnx' });
    assert.equal(read.source.opset, 21);
    const prepared = prepareGraph(read);
    assert.deepEqual(stepsOf(lower(prepared)), stepsOf(program));
    assert.equal(inspectGraph(prepared).fourBits, 4);

    const step = graph.values.get('dense')!.quant!.scale[0]!;
    const run = createSampleRunner(
      program,
      planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } }),
    );
    let beyond = 0;
    for (const { inputs } of samples) {
      const { dense } = await runOrt(bytes, { x: new ort.Tensor('float32', inputs[0]!, [1, 16, 5, 5]) });
      const [own] = run(inputs);
      (dense!.data as Float32Array).forEach((value, i) => {
        const steps = Math.abs(value - own![i]!) / step;
        assert.ok(steps < 3.5, `${steps} steps from ONNX Runtime`);
        if (steps > 1.5) beyond++;
      });
    }
    assert.ok(beyond <= 4, `${beyond} of 160 more than a step away`);
  });
}

/** Steps with their constants in place of numbers of tensors. */
function stepsOf({ steps, tensors }: Program): readonly unknown[] {
  return steps.map(({ kernel, params, constants }) => ({
    kernel,
    params,
    constants: constants.map((id) => tensors[id]!.storage),
  }));
}

test('adaptive rounding, least error and groups each bring outputs nearer to float', async () => {
  const random = seededRandom(7);
  // Inputs that go together, as neighbours in pictures do.
  const pictures = Array.from({ length: 16 }, () => {
    const level = 1 + random();
    return { inputs: [Float32Array.from({ length: 400 }, () => level + 0.2 * random())], label: null };
  });
  const observed = await observeGraph(network, () => stream(pictures), { rounding: 'adaptive' });
  const errorOf = async (group: number | null, options: QuantizeOptions = {}): Promise<number> => {
    const { graph, reference } = quantizeObserved(observed, {
      ...options,
      weightBits: [four('first', group)],
    });
    const layers = await layerErrors(reference, graph, stream(pictures));
    return layers.find(({ value }) => value === 'relu')!.sqnrDb!;
  };
  const plain = await errorOf(null);
  const grouped = await errorOf(8);
  const least = await errorOf(8, { weightRange: 'mse' });
  const both = await errorOf(8, { weightRange: 'mse', rounding: 'adaptive' });
  assert.ok(grouped > plain + 1, `${grouped} dB in groups, ${plain} dB per channel`);
  assert.ok(least > grouped - 1, `${least} dB with the least error, ${grouped} dB without`);
  assert.ok(both > least + 3, `${both} dB with adaptive rounding, ${least} dB without`);
});
