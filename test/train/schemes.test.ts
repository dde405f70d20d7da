import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ints } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { createExecutor } from '../../src/ops/execute.ts';
import { differentiate } from '../../src/train/compile/differentiate.ts';
import { readNetwork } from '../../src/train/compile/network.ts';
import type { Scheme } from '../../src/train/options.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import { batchFor, type Changes, MEASURING, network, pads, settings } from './networks.ts';

/** Two convolutions with a batch norm behind each, a norm on its own and a dense layer. */
function classifier(): Graph {
  return network([1, 2, 5, 5], ({ conv, norm, op, gemm }, x) => {
    const a = op('Relu', 'relu1', [norm('bn1', conv('first', x, [4, 2, 3, 3]), 4)]);
    const second = conv('second', a, [4, 4, 3, 3], { bias: false, attributes: pads(1, 1, 1, 1) });
    const b = op('Relu', 'relu2', [norm('bn2', second, 4)]);
    const pooled = op('MaxPool', 'pool', [b], { kernel_shape: ints([3, 3]) });
    const alone = op('Relu', 'relu3', [norm('alone', pooled, 4)]);
    return gemm('dense', op('Flatten', 'flat', [alone]), 3, 4);
  });
}

const RATE = 0.1;

/** The constants that three steps change in the float graph that is given back. */
function changed(graph: Graph, changes: Changes): readonly string[] {
  const options = settings(changes);
  const trainer = createTrainer(graph, options);
  for (let step = 0; step < 3; step++) {
    trainer.step(batchFor(graph, options, step), { step, learningRate: RATE });
  }
  const learned = trainer.toGraph();
  return [...graph.constants]
    .filter(
      ([name, { data }]) =>
        !Buffer.from(data.buffer).equals(Buffer.from(learned.constants.get(name)!.data.buffer)),
    )
    .map(([name]) => name)
    .sort();
}

const parameters = (layer: string, ...parts: readonly string[]): readonly string[] =>
  parts.map((part) => `${layer}_${part}`);
const NORM = ['gamma', 'beta', 'mean', 'variance'] as const;

function kernelsOf(graph: Graph, changes: Changes): ReadonlyMap<string, readonly string[]> {
  const { program, forwardSteps } = differentiate(readNetwork(graph, false), settings(changes));
  const kernels = new Map<string, string[]>();
  for (const { kernel, name } of program.steps.slice(forwardSteps)) {
    kernels.set(name, [...(kernels.get(name) ?? []), kernel]);
  }
  return kernels;
}

describe('schemes of updates', () => {
  const cases: readonly (readonly [title: string, changes: Changes, trained: readonly string[]])[] = [
    [
      'everything, but a bias that a batch norm takes off again',
      {},
      [
        ...parameters('first', 'w'),
        ...parameters('bn1', ...NORM),
        ...parameters('second', 'w'),
        ...parameters('bn2', ...NORM),
        ...parameters('alone', ...NORM),
        ...parameters('dense', 'w', 'b'),
      ],
    ],
    ['the last layer', { scheme: { kind: 'last', layers: 1 } }, parameters('dense', 'w', 'b')],
    [
      'the last two layers, of which one is a norm',
      { scheme: { kind: 'last', layers: 2 } },
      [...parameters('alone', ...NORM), ...parameters('dense', 'w', 'b')],
    ],
    ['biases alone', { scheme: { kind: 'bias' } }, ['bn1_beta', 'bn2_beta', 'alone_beta', 'dense_b']],
    [
      'what is listed',
      { scheme: { kind: 'listed', biases: ['dense'], weights: [{ layer: 'second', channels: 1 }] } },
      ['second_w', 'bn2_gamma', 'bn2_mean', 'bn2_variance', 'dense_b'],
    ],
    [
      'all but what is frozen',
      { freeze: ['first', 'al*'] },
      [...parameters('second', 'w'), ...parameters('bn2', ...NORM), ...parameters('dense', 'w', 'b')],
    ],
  ];
  for (const [title, changes, trained] of cases) {
    it(`train ${title}, and nothing else changes by a bit`, () => {
      assert.deepEqual(changed(classifier(), changes), [...trained].sort());
      if (changes.freeze === undefined) {
        const fresh = changed(classifier(), { ...changes, init: 'random' });
        assert.deepEqual(fresh, [...trained].sort(), 'nor where the weights start afresh');
      }
    });
  }

  it('train the first channels, and nothing else changes by a bit', () => {
    const graph = classifier();
    const weights = [{ layer: 'second', channels: 0.5 }] as const;
    const options = settings({ scheme: { kind: 'listed', biases: [], weights }, optimizer: MEASURING });
    const trainer = createTrainer(graph, options);
    trainer.step(batchFor(graph, options), { step: 0, learningRate: RATE });
    const state = trainer.state();
    for (const name of ['weights', 'weights/velocity']) {
      assert.equal(state.get(`second/${name}`)!.length, 4 * 9 * 2, 'nothing else is kept in memory');
    }
    const [before, after] = [graph, trainer.toGraph()].map(
      ({ constants }) => constants.get('second_w')!.data,
    );
    // OIHW: nine weights of each of four channels.
    after!.forEach((value, i) => {
      assert.equal(value !== before![i], Math.floor(i / 9) % 4 < 2, `element ${i}`);
    });
  });

  it('train the first channels of weights in int8, which the exported model has beside the others', () => {
    const graph = classifier();
    const options = settings({
      method: 'octo',
      optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0 },
      octo: { weights: 'int8' },
      scheme: { kind: 'listed', biases: [], weights: [{ layer: 'dense', channels: 0.5 }] },
    });
    const trainer = createTrainer(graph, options);
    const exported = (): Float32Array =>
      trainer.toFloatGraph().constants.get('dense_w')!.data as Float32Array;
    const before = exported();
    trainer.step(batchFor(graph, options), { step: 0, learningRate: RATE });
    assert.equal(trainer.state().get('dense/weights')!.length, 3 * 2);
    const after = exported();
    const changed = Array.from(after.keys()).filter((i) => after[i] !== before[i]);
    assert.ok(changed.length > 0 && changed.every((i) => i % 4 < 2), String(changed));
    const most = Math.max(...(graph.constants.get('dense_w')!.data as Float32Array).map(Math.abs));
    (graph.constants.get('dense_w')!.data as Float32Array).forEach((value, i) => {
      if (i % 4 >= 2) assert.ok(Math.abs(after[i]! - value) <= most / 254 + 1e-6, `element ${i}`);
    });
  });

  it('train the first channels by the gradient that all channels have', () => {
    const graph = classifier();
    const gradient = (channels: number): Float32Array => {
      const scheme: Scheme = { kind: 'listed', biases: [], weights: [{ layer: 'second', channels }] };
      const options = settings({ scheme, optimizer: MEASURING });
      const trainer = createTrainer(graph, options);
      trainer.step(batchFor(graph, options), { step: 0, learningRate: 0 });
      return trainer.state().get('second/weights/velocity') as Float32Array;
    };
    assert.deepEqual(
      gradient(0.5),
      gradient(1).filter((_, i) => i % 4 < 2),
    );
  });

  it('generate no step that no trained parameter needs', () => {
    const last = kernelsOf(classifier(), { method: 'octo', scheme: { kind: 'last', layers: 1 } });
    assert.deepEqual(
      [...last.keys()].filter((name) => !name.startsWith('dense')),
      [],
    );
    assert.ok(
      !last.get('dense')!.includes('conv2d_input_gradient_s8'),
      'nobody needs the gradient of its input',
    );
    const bias = [...kernelsOf(classifier(), { method: 'octo', scheme: { kind: 'bias' } }).values()].flat();
    assert.ok(!bias.includes('conv2d_weight_gradient_s8'), 'no weights are trained');
    assert.equal(
      bias.filter((kernel) => kernel === 'conv2d_input_gradient_s8').length,
      2,
      'dense and second',
    );
    const frozen = [...kernelsOf(classifier(), { freeze: ['first'] }).values()].flat();
    assert.equal(frozen.filter((kernel) => kernel === 'conv2d_input_gradient_f32').length, 1, 'dense alone');
  });

  it('generate no step for layers without a bias, where biases are trained', () => {
    const graph = network([1, 4], ({ gemm }, x) => gemm('second', gemm('first', x, 4, 4, false), 3, 4));
    assert.deepEqual([...kernelsOf(graph, { scheme: { kind: 'bias' } }).keys()], ['second', 'second/bias']);
  });

  it('train a new last layer whole', () => {
    const names = (classes: number | null) => [
      ...createTrainer(classifier(), settings({ scheme: { kind: 'bias' }, classes }))
        .state()
        .keys(),
    ];
    assert.ok(names(5).includes('dense/weights'));
    assert.ok(!names(null).includes('dense/weights'));
  });

  it('take the less memory, the less they train', () => {
    const memory = (changes: Changes) =>
      createTrainer(classifier(), settings({ method: 'octo', ...changes })).memory!;
    const [full, two, one] = [
      memory({}),
      memory({ scheme: { kind: 'last', layers: 2 } }),
      memory({ scheme: { kind: 'last', layers: 1 } }),
    ];
    for (const part of ['arenaBytes', 'stateBytes', 'savedActivationBytes', 'trainableBytes'] as const) {
      assert.ok(full[part] > two[part] && two[part] > one[part], part);
    }
  });

  for (const scheme of [{ kind: 'bias' }, { kind: 'last', layers: 1 }] satisfies readonly Scheme[]) {
    it(`see frozen batch norms as the exported model does: ${scheme.kind}`, () => {
      const graph = classifier();
      const options = settings({ scheme, batchSize: 1 });
      const trainer = createTrainer(graph, options);
      for (let step = 0; step < 3; step++) {
        trainer.step(batchFor(graph, options, step), { step, learningRate: RATE });
      }
      const { inputs, labels } = batchFor(graph, options, 9);
      const { loss } = trainer.step({ inputs, labels, targets: null }, { step: 3, learningRate: 0 });
      const [logits] = createExecutor(trainer.toGraph()).run([floatTensor([1, 2, 5, 5], inputs)]);
      const scores = [...(logits!.data as Float32Array)];
      const sum = scores.reduce((total, score) => total + Math.exp(score), 0);
      assert.ok(Math.abs(loss - (Math.log(sum) - scores[labels[0]!]!)) < 1e-5);
    });
  }
});
