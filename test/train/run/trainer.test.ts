import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { graphBuilder, int, ints } from '../../../src/graph/build.ts';
import type { Graph, TypedArray } from '../../../src/graph/types.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { createTrainer } from '../../../src/train/run/trainer.ts';
import { failure } from '../../failure.ts';
import { randomTensor } from '../../passes/helpers.ts';
import { batchFor, type Changes, MEASURING, network, settings } from '../networks.ts';

/** Two convolutions and a dense layer. */
function classifier(): Graph {
  return network([1, 2, 4, 4], ({ conv, norm, op, gemm }, x) => {
    const a = op('Relu', 'relu1', [norm('bn', conv('first', x, [3, 2, 3, 3], { bias: false }), 3)]);
    const b = op('Relu', 'relu2', [conv('second', a, [4, 3, 2, 2])]);
    return gemm('dense', op('Flatten', 'flat', [b]), 3, 4);
  });
}

const refused = (graph: Graph, changes: Changes = {}) =>
  failure(() => createTrainer(graph, settings(changes)));

describe('what cannot be trained', () => {
  it('names every operator at once', () => {
    const graph = network([1, 2, 4, 4], ({ conv, op }, x) => {
      const y = op('Hardmax', 'gate', [conv('conv', x, [2, 2, 1, 1])], { axis: int(1) });
      return op('Hardmax', 'last', [op('Mod', 'rest', [y, y], { fmod: int(1) })], { axis: int(1) });
    });
    const { code, message, at } = refused(graph, { loss: { kind: 'mean-squared-error' } });
    assert.equal(code, 'E_OP');
    assert.equal(message, '3 nodes cannot be trained');
    assert.deepEqual(
      at.map((place) => place.split(':')[0]),
      ['node "gate" (Hardmax)', 'node "rest" (Mod)', 'node "last" (Hardmax)'],
    );
  });

  it('refuses two inputs', () => {
    const b = graphBuilder('two');
    const [x, y] = [b.input('x', [1, 4]), b.input('y', [1, 4])];
    b.output(b.node('Add', [x, y], { name: 'sum' }));
    const { code, at } = refused(prepareGraph(b.model(), { keepBatchNorm: true }));
    assert.equal(code, 'E_OP');
    assert.deepEqual(at, ['port "x"', 'port "y"', 'port "sum"']);
  });

  it('refuses models of two samples', () => {
    const { code, hint } = refused(network([2, 4], ({ gemm }, x) => gemm('dense', x, 3, 4)));
    assert.equal(code, 'E_SHAPE');
    assert.match(hint!, /--batch-size/);
  });

  it('refuses weights that two layers share', () => {
    const b = graphBuilder('shared');
    const w = b.constant('w', randomTensor([4, 4], 1));
    const attributes = { transB: { kind: 'int', value: 1 } } as const;
    const first = b.node('Gemm', [b.input('x', [1, 4]), w], { name: 'first', attributes });
    b.output(b.node('Gemm', [b.node('Relu', [first], { name: 'relu' }), w], { name: 'second', attributes }));
    const { code, at } = refused(prepareGraph(b.model(), { keepBatchNorm: true }));
    assert.equal(code, 'E_OP');
    assert.deepEqual(at, ['constant "w"', 'layer "first"', 'layer "second"']);
  });

  it('refuses models without parameters', () => {
    const graph = network([1, 2, 4, 4], ({ op }, x) =>
      op('MaxPool', 'pool', [x], { kernel_shape: ints([4, 4]) }),
    );
    assert.equal(refused(graph).code, 'E_USAGE');
  });

  it('refuses schemes and names that fit no layer', () => {
    const unknown = refused(classifier(), { freeze: ['secnd'] });
    assert.equal(unknown.code, 'E_USAGE');
    assert.match(unknown.hint!, /second/);
    const listed = { kind: 'listed', biases: [], weights: [{ layer: 'thrid', channels: 1 }] } as const;
    assert.match(refused(classifier(), { scheme: listed }).message, /"thrid"/);
    assert.equal(refused(classifier(), { freeze: ['*'] }).message, 'nothing is left to train');
    const noBiases = network([1, 4], ({ gemm }, x) => gemm('dense', x, 3, 4, false));
    assert.equal(refused(noBiases, { scheme: { kind: 'bias' } }).message, 'nothing is left to train');
  });

  it('refuses settings that exclude each other', () => {
    const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;
    const cases: readonly (readonly [changes: Changes, at: string])[] = [
      [{ octo: { weights: 'int8' } }, '--weights int8'],
      [{ method: 'octo', octo: { weights: 'int8' }, optimizer: adam }, '--weights int8'],
      [{ method: 'octo', octo: { lac: { kind: 'tied', l2: 0 }, activations: 'symmetric' } }, '--lac tied'],
      [{ method: 'qat', octo: { lac: { kind: 'tied', l2: 0 }, activations: 'affine' } }, '--lac tied'],
    ];
    for (const [changes, at] of cases) {
      const error = refused(classifier(), changes);
      assert.equal(error.code, 'E_USAGE');
      assert.deepEqual(error.at, [at]);
    }
  });

  it('refuses a share of the channels of a depthwise convolution', () => {
    const graph = network([1, 4, 3, 3], ({ conv, op }, x) => {
      const attributes = { group: { kind: 'int', value: 4 } as const };
      return op('Flatten', 'flat', [conv('depthwise', x, [4, 1, 3, 3], { attributes })]);
    });
    const scheme = { kind: 'listed', biases: [], weights: [{ layer: 'depthwise', channels: 0.5 }] } as const;
    assert.deepEqual(refused(graph, { scheme }).at, ['layer "depthwise"']);
  });
});

describe('Adam', () => {
  it('moves weights as Kingma and Ba have it, with both corrections', () => {
    const graph = classifier();
    const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;
    const options = settings({ optimizer: adam });
    const [trainer, measure] = [
      createTrainer(graph, options),
      createTrainer(graph, settings({ optimizer: MEASURING })),
    ];
    const name = 'second/weights';
    const weights = () => Float64Array.from(trainer.state().get(name) as Float32Array);
    let expected = weights();
    const [mean, variance] = [new Float64Array(expected.length), new Float64Array(expected.length)];
    for (let step = 0; step < 5; step++) {
      const batch = batchFor(graph, options, step);
      const own = trainer.state();
      measure.restore(
        new Map([...measure.state()].map(([key, data]) => [key, (own.get(key) ?? data) as TypedArray])),
      );
      measure.step(batch, { step, learningRate: 0 });
      const gradient = measure.state().get(`${name}/velocity`) as Float32Array;
      expected = expected.map((weight, i) => {
        mean[i] = 0.9 * mean[i]! + 0.1 * gradient[i]!;
        variance[i] = 0.999 * variance[i]! + 0.001 * gradient[i]! ** 2;
        const [m, v] = [mean[i]! / (1 - 0.9 ** (step + 1)), variance[i]! / (1 - 0.999 ** (step + 1))];
        return weight - (0.01 * m) / (Math.sqrt(v) + 1e-8);
      });
      trainer.step(batch, { step, learningRate: 0.01 });
      const actual = weights();
      for (const [i, weight] of expected.entries()) {
        assert.ok(
          Math.abs(actual[i]! - weight) < 2e-5,
          `step ${step}, weight ${i}: ${actual[i]}, not ${weight}`,
        );
      }
    }
  });
});

describe('a loss that is not finite', () => {
  const first = { step: 0, learningRate: 0.1 };
  for (const method of ['float', 'octo', 'qat'] as const) {
    it(`names the layer and leaves the state of before the step: ${method}`, () => {
      const graph = classifier();
      const options = settings({ method });
      const trainer = createTrainer(graph, options);
      trainer.step(batchFor(graph, options), first);
      const good = trainer.state();
      const bias = Float32Array.of(Number.POSITIVE_INFINITY, 0, 0, 0);
      const layer = method === 'float' ? 'second' : 'dense';
      const name = `${layer}/bias`;
      trainer.restore(new Map([...good, [name, bias.slice(0, good.get(name)!.length)]]));
      const before = trainer.state();
      const error = failure(() => trainer.step(batchFor(graph, options, 8), first));
      assert.equal(error.code, 'E_NOT_FINITE');
      assert.deepEqual(error.at, [`layer "${layer}"`]);
      assert.deepEqual(trainer.state(), before);
    });
  }

  for (const method of ['float', 'octo', 'qat'] as const) {
    it(`names the value of the input, which codes would hide: ${method}`, () => {
      const graph = classifier();
      const options = settings({ method });
      const trainer = createTrainer(graph, options);
      const before = trainer.state();
      const batch = batchFor(graph, options);
      batch.inputs[5] = Number.NaN;
      const error = failure(() => trainer.step(batch, first));
      assert.deepEqual([error.code, error.at], ['E_NOT_FINITE', ['element 5 of the batch']]);
      assert.deepEqual(trainer.state(), before);
    });
  }
});

describe('a state that is restored', () => {
  it('must have the names and the lengths of the model', () => {
    const trainer = createTrainer(classifier(), settings());
    const before = trainer.state();
    const without = new Map([...before].slice(1));
    const longer = new Map<string, TypedArray>([...before, ['dense/bias', new Float32Array(4)]]);
    const more = new Map<string, TypedArray>([...before, ['other/bias', new Float32Array(4)]]);
    for (const [state, at] of [
      [without, [...before.keys()][0]],
      [longer, 'dense/bias'],
      [more, 'other/bias'],
    ] as const) {
      const error = failure(() => trainer.restore(state));
      assert.equal(error.code, 'E_CHECKPOINT');
      assert.deepEqual(error.at, [`state "${at}"`]);
      assert.deepEqual(trainer.state(), before, 'nothing is restored in part');
    }
  });
});

describe('gradients of several steps', () => {
  const samples = 3;
  const rates = [0.05, 0.02, 0.05, 0.03, 0.01, 0.02];
  for (const [name, optimizer] of [
    ['plain descent', { kind: 'sgd', momentum: 0, weightDecay: 0.1 }],
    ['Adam', { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0 }],
  ] as const) {
    it(`move weights once, by their mean, as a batch of all samples does: ${name}`, () => {
      // A batch norm would see one sample at a time.
      const graph = network([1, 2, 4, 4], ({ conv, op, gemm }, x) =>
        gemm('dense', op('Flatten', 'flat', [op('Relu', 'relu', [conv('first', x, [4, 2, 4, 4])])]), 3, 4),
      );
      const one = createTrainer(graph, settings({ optimizer, batchSize: 1, accumulate: samples }));
      const all = createTrainer(graph, settings({ optimizer, batchSize: samples }));
      const moved = [2, 5];
      let before = one.state();
      for (let step = 0; step < rates.length; step++) {
        const round = batchFor(
          graph,
          { batchSize: samples, loss: { kind: 'cross-entropy', labelSmoothing: 0 } },
          3 + Math.floor(step / samples),
        );
        const at = step % samples;
        const inputs = round.inputs.slice(32 * at, 32 * (at + 1));
        const labels = round.labels.slice(at, at + 1);
        one.step({ inputs, labels, targets: null }, { step, learningRate: rates[step]! });
        if (moved.includes(step)) {
          all.step(round, { step: Math.floor(step / samples), learningRate: rates[step]! });
          for (const [tensor, values] of all.state()) {
            const own = one.state().get(tensor)!;
            values.forEach((value, i) => {
              const [of, to] = [Number(own[i]), Number(value)];
              assert.ok(
                Math.abs(of - to) <= 1e-5 * Math.max(1, Math.abs(to)),
                `${tensor}[${i}]: ${of}, ${to}`,
              );
            });
          }
          assert.notDeepEqual(one.state().get('dense/weights'), before.get('dense/weights'));
        } else {
          assert.deepEqual(one.state().get('dense/weights'), before.get('dense/weights'));
        }
        before = one.state();
      }
    });
  }
});
