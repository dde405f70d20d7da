/** Gradients in int8 beside those in float32: what 8 bits cost is a rounding, not a direction or a size. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { int, ints } from '../../../../src/graph/build.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import type { OctoSettings } from '../../../../src/train/options.ts';
import { createTrainer } from '../../../../src/train/run/trainer.ts';
import { batchFor, type Changes, MEASURING, network, pads, settings } from '../../networks.ts';

function classifier(): Graph {
  return network([1, 2, 6, 6], ({ conv, norm, op, clip, gemm }, x) => {
    const first = op('Relu', 'relu1', [norm('bn', conv('first', x, [4, 2, 3, 3], { bias: false }), 4)]);
    const attributes = { group: int(4), ...pads(1, 1, 1, 1) };
    const depthwise = clip('six', conv('depthwise', first, [4, 1, 3, 3], { attributes }), 0, 6);
    const sum = op('Relu', 'relu2', [op('Add', 'sum', [conv('pointwise', depthwise, [4, 4, 1, 1]), first])]);
    const pooled = op('AveragePool', 'pool', [sum], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
    return gemm('dense', op('Flatten', 'flat', [pooled]), 3, 16);
  });
}

function autoEncoder(): Graph {
  return network([1, 1, 6, 6], ({ conv, convTranspose, op }, x) => {
    const strides = ints([2, 2]);
    const code = op('Relu', 'relu', [conv('down', x, [3, 1, 2, 2], { attributes: { strides } })]);
    const pooled = op('MaxPool', 'pool', [code], { kernel_shape: ints([2, 2]), ...pads(0, 0, 1, 1) });
    return convTranspose('up', pooled, [3, 1, 2, 2], { attributes: { strides } });
  });
}

/** Branches that each overwrite the gradient they share: with what passes an activation, and a batch norm. */
function branches(): Graph {
  return network([1, 2, 5, 5], ({ conv, norm, op, gemm }, x) => {
    const left = op('Relu', 'relu1', [conv('left', x, [4, 2, 2, 2])]);
    const right = op('Relu', 'relu2', [conv('right', x, [4, 2, 2, 2])]);
    const third = norm('bn', conv('third', x, [4, 2, 2, 2], { bias: false }), 4);
    const sum = op('Add', 'sum', [op('Add', 'inner', [left, right]), third]);
    return gemm('dense', op('Flatten', 'flat', [sum]), 3, 64);
  });
}

/** Velocities after one step that changes nothing: the gradients. */
function gradients(graph: Graph, changes: Changes): ReadonlyMap<string, Float32Array> {
  const options = settings({ batchSize: 16, optimizer: MEASURING, ...changes });
  const trainer = createTrainer(graph, options);
  trainer.step(batchFor(graph, options), { step: 0, learningRate: 0 });
  return new Map(
    [...trainer.state()].flatMap(([name, data]) =>
      name.endsWith('/velocity') ? [[name, data as Float32Array] as const] : [],
    ),
  );
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

function assertNear(
  graph: Graph,
  changes: Changes,
  octo: Partial<OctoSettings>,
  cosine: number,
  size: number,
): void {
  const expected = gradients(graph, changes);
  const actual = gradients(graph, { ...changes, method: 'octo', octo });
  for (const [name, g] of expected) {
    const codes = actual.get(name)!;
    const length = Math.sqrt(dot(g, g));
    const similarity = dot(g, codes) / length / Math.sqrt(dot(codes, codes));
    assert.ok(similarity > cosine, `${name}: cosine ${similarity}`);
    const ratio = Math.sqrt(dot(codes, codes)) / length;
    assert.ok(Math.abs(ratio - 1) < size, `${name}: ${ratio} times as long`);
  }
}

describe('gradients in int8', () => {
  const cases: readonly (readonly [title: string, octo: Partial<OctoSettings>])[] = [
    ['symmetric', {}],
    ['affine', { activations: 'affine' }],
    ['without clipping', { prc: { kind: 'off' } }],
    ['stochastic', { gradientRounding: 'stochastic' }],
    ['with clips that are learned', { prc: { kind: 'learned' } }],
  ];
  for (const [title, octo] of cases) {
    it(`have the direction and the size of those in float32: ${title}`, () => {
      assertNear(classifier(), {}, octo, 0.97, 0.1);
      assertNear(autoEncoder(), { loss: { kind: 'mean-squared-error' } }, octo, 0.97, 0.1);
      assertNear(branches(), {}, octo, 0.97, 0.1);
    });
  }

  it('are worse with fewer bits, and better with clips of least error', () => {
    const cosine = (octo: Partial<OctoSettings>): number => {
      const graph = classifier();
      const options = settings({ method: 'octo', batchSize: 16, octo });
      const trainer = createTrainer(graph, options);
      const health = trainer.inspect(batchFor(graph, options), { step: 0, learningRate: 0 });
      assert.deepEqual(
        health.map(({ layer }) => layer),
        ['dense', 'pointwise', 'depthwise', 'first'],
      );
      return Math.min(...health.map((one) => one.cosine));
    };
    const off = { kind: 'off' } as const;
    assert.ok(cosine({ prc: off }) > 0.999);
    const three = cosine({ prc: off, bitsGradients: 3 });
    assert.ok(three < 0.98);
    assert.ok(cosine({ bitsGradients: 3 }) > three);
  });

  it('are measured as they are: two opposite gradients are the codes at both ends, and nothing else', () => {
    const graph = network([1, 3], ({ gemm }, x) => gemm('dense', x, 2, 3));
    const options = settings({ method: 'octo', batchSize: 1, octo: { prc: { kind: 'off' } } });
    const trainer = createTrainer(graph, options);
    const before = trainer.state();
    const [health] = trainer.inspect(batchFor(graph, options), { step: 0, learningRate: 0.1 });
    assert.deepEqual(trainer.state(), before, 'an inspection leaves no trace');
    assert.equal(health!.saturation, 1);
    assert.equal(health!.zeros, 0);
    assert.ok(Math.abs(health!.cosine - 1) < 1e-9, `${health!.cosine}`);
  });

  it('say how much LAC adds', () => {
    const graph = classifier();
    const share = (octo: Partial<OctoSettings>) => {
      const options = settings({ method: 'octo', batchSize: 16, octo });
      const trainer = createTrainer(graph, options);
      const state = new Map(trainer.state());
      if (octo.lac) state.set('dense/lac-o', Float32Array.of(100, 100, 100));
      trainer.restore(state);
      const health = trainer.inspect(batchFor(graph, options), { step: 0, learningRate: 0 });
      return health.find(({ layer }) => layer === 'dense')!.lac;
    };
    assert.equal(share({}), null);
    assert.ok(Math.abs(share({ lac: { kind: 'channel', l2: 0 } })! - 1) < 0.02);
  });
});
