import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { int, ints } from '../../../src/graph/build.ts';
import { elementCount, floatTensor, int64Tensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { lower } from '../../../src/lower/lower.ts';
import { createExecutor } from '../../../src/ops/execute.ts';
import { planMemory } from '../../../src/program/plan.ts';
import { createMachine } from '../../../src/program/run.ts';
import { createSampleRunner } from '../../../src/program/sample.ts';
import { differentiate } from '../../../src/train/compile/differentiate.ts';
import { readNetwork } from '../../../src/train/compile/network.ts';
import type { TrainerOptions } from '../../../src/train/options.ts';
import { createTrainer } from '../../../src/train/run/trainer.ts';
import type { Trainer } from '../../../src/train/types.ts';
import {
  batchFor,
  type Changes,
  choices,
  network,
  pads,
  settings,
  signalNetwork,
  spotter,
  unet,
  words,
} from '../networks.ts';

const CORE = { library: 'builtin', core: { dsp: false, mve: false } } as const;
const SQUARES = { kind: 'mean-squared-error' } as const;

/** Convolutions, a residual sum, pools and a dense layer. */
function plain(): Graph {
  return network([1, 2, 6, 6], ({ conv, op, clip, gemm }, x) => {
    const a = op('Relu', 'relu', [conv('first', x, [4, 2, 3, 3], { attributes: pads(1, 1, 1, 1) })]);
    const attributes = { group: int(4), ...pads(1, 1, 1, 1) };
    const b = clip('six', conv('depthwise', a, [4, 1, 3, 3], { bias: false, attributes }), 0, 6);
    const sum = op('Add', 'sum', [conv('pointwise', b, [4, 4, 1, 1]), a]);
    const pooled = op('MaxPool', 'pool', [op('Relu', 'relu2', [sum])], {
      kernel_shape: ints([3, 3]),
      strides: ints([3, 3]),
    });
    return gemm('dense', op('Flatten', 'flat', [pooled]), 3, 16);
  });
}

function unpadded(): Graph {
  return network([1, 2, 4, 4], ({ conv, op, gemm }, x) => {
    const a = op('Relu', 'relu', [conv('first', x, [4, 2, 3, 3])]);
    const b = op('Relu', 'relu2', [conv('second', a, [4, 4, 1, 1], { bias: false })]);
    return gemm('dense', op('Flatten', 'flat', [b]), 3, 16);
  });
}

/** The same kinds of layers with batch norms. */
function normed(softmax = true): Graph {
  return network([1, 2, 6, 6], ({ conv, norm, op, gemm }, x) => {
    const a = op('Relu', 'relu', [norm('bn1', conv('first', x, [4, 2, 3, 3]), 4)]);
    const b = norm('bn2', conv('second', a, [4, 4, 3, 3], { bias: false, attributes: pads(1, 1, 1, 1) }), 4);
    const sum = op('Relu', 'relu2', [op('Add', 'sum', [a, b])]);
    const alone = op('Relu', 'relu3', [norm('alone', sum, 4)]);
    const mean = op('Flatten', 'flat', [op('GlobalAveragePool', 'mean', [alone])]);
    const scores = gemm('dense', mean, 3, 4);
    return softmax ? op('Softmax', 'probabilities', [scores]) : scores;
  });
}

function autoEncoder(): Graph {
  return network([1, 1, 6, 6], ({ conv, convTranspose, op }, x) => {
    const strides = ints([2, 2]);
    const code = op('Relu', 'relu', [conv('down', x, [3, 1, 2, 2], { attributes: { strides } })]);
    return convTranspose('up', code, [3, 1, 2, 2], { attributes: { strides } });
  });
}

function bothDirections(): Graph {
  return network([1, 4, 3], ({ b, op, gemm, recurrent }, x) => {
    const times = op('Transpose', 'times', [x], { perm: ints([1, 0, 2]) });
    const states = recurrent('LSTM', 'cell', times, [3, 4], { direction: 'bidirectional' });
    return gemm('dense', op('Reshape', 'row', [states, b.constant('sizes', int64Tensor([1, 32]))]), 3, 32);
  });
}

/** Two branches whose values differ in size by far, side by side. */
function joined(): Graph {
  return network([1, 2, 4, 4], ({ b, conv, op }, x) => {
    const large = b.constant('large', floatTensor([], Float32Array.of(4)));
    const small = conv('small', x, [2, 2, 1, 1]);
    const wide = op('Mul', 'wide', [conv('conv', x, [2, 2, 1, 1]), large]);
    return conv('last', op('Concat', 'joined', [small, wide], { axis: int(1) }), [2, 4, 1, 1]);
  });
}

function steps(
  trainer: Trainer,
  graph: Graph,
  options: TrainerOptions,
  learningRate: number,
  count = 3,
): void {
  for (let step = 0; step < count; step++)
    trainer.step(batchFor(graph, options, step), { step, learningRate });
}

/** The samples of a batch, one by one. */
function samples(graph: Graph, options: TrainerOptions, seed: number): readonly Float32Array[] {
  const { inputs } = batchFor(graph, options, seed);
  const size = inputs.length / options.batchSize;
  return Array.from({ length: options.batchSize }, (_, n) => inputs.subarray(n * size, (n + 1) * size));
}

function outputsOf(graph: Graph, inputs: Float32Array): Float32Array {
  const { shape, dtype } = graph.values.get(graph.inputs[0]!.value)!;
  const input = dtype === 'int64' ? int64Tensor([...inputs]) : floatTensor(shape, inputs);
  const [output] = createExecutor(graph).run([{ ...input, shape }]);
  return output!.data as Float32Array;
}

/** Mean squared error of a model. */
function errorOf(graph: Graph, learned: Graph, options: TrainerOptions, seed: number): number {
  const { targets } = batchFor(graph, options, seed);
  const outputs = samples(graph, options, seed).flatMap((inputs) => [...outputsOf(learned, inputs)]);
  return outputs.reduce((sum, y, i) => sum + (y - targets![i]!) ** 2, 0) / outputs.length;
}

describe('the float model that is given back', () => {
  const cases: readonly (readonly [title: string, make: () => Graph, changes: Changes])[] = [
    ['everything trained', plain, {}],
    ['biases trained', plain, { scheme: { kind: 'bias' } }],
    ['moved elements', signalNetwork, {}],
    ['moved elements, the last layer trained', signalNetwork, { scheme: { kind: 'last', layers: 1 } }],
    ['fresh weights', plain, { init: 'random' }],
    ['LAC per channel, with biases and without', plain, { octo: { lac: { kind: 'channel', l2: 1e-4 } } }],
    ['frozen batch norms with trained shifts', () => normed(false), { scheme: { kind: 'bias' } }],
    [
      'frozen batch norms with LAC',
      () => normed(false),
      { scheme: { kind: 'bias' }, octo: { lac: { kind: 'channel', l2: 0 } } },
    ],
    ['a transposed convolution', autoEncoder, {}],
    ['a U-Net', () => unet('linear'), {}],
    ['slopes, extremes and broadcast products', choices, {}],
    ['embeddings', words, {}],
    ['a GRU', () => spotter('GRU'), {}],
    ['an LSTM, of which biases are trained', () => spotter('LSTM'), { scheme: { kind: 'bias' } }],
    ['fresh weights of a recurrent layer in both directions', bothDirections, { init: 'random' }],
    ['a transposed convolution with LAC', autoEncoder, { octo: { lac: { kind: 'channel', l2: 1e-4 } } }],
  ];
  for (const [title, make, changes] of cases) {
    it(`computes what the trainer computes: ${title}`, () => {
      const graph = make();
      const options = settings({ loss: SQUARES, ...changes });
      const trainer = createTrainer(graph, options);
      steps(trainer, graph, options, 0.1);
      const { loss } = trainer.step(batchFor(graph, options, 7), { step: 3, learningRate: 0 });
      const expected = errorOf(graph, trainer.toGraph(), options, 7);
      assert.ok(Math.abs(loss - expected) < 1e-5 * Math.max(1, expected), `${loss} and ${expected}`);
      assert.ok(Math.abs(errorOf(graph, graph, options, 7) - expected) > 1e-3, 'something was learned');
    });
  }

  it('keeps the mean of LAC per position', () => {
    const graph = network([1, 1, 2, 2], ({ conv }, x) => conv('conv', x, [2, 1, 1, 1]));
    const options = settings({ loss: SQUARES, octo: { lac: { kind: 'position', l2: 0 } } });
    const trainer = createTrainer(graph, options);
    steps(trainer, graph, options, 0.1);
    const state = trainer.state();
    const part = (name: string): Float32Array => state.get(`conv/${name}`) as Float32Array;
    const added = part('lac-alpha').map((alpha, i) => alpha * part('lac-mu')[i]! + part('lac-o')[i]!);
    const bias = trainer.toGraph().constants.get('conv_b')!.data as Float32Array;
    bias.forEach((value, c) => {
      const mean = added.filter((_, i) => i % 2 === c).reduce((sum, one) => sum + one, 0) / 4;
      assert.ok(Math.abs(value - part('bias')[c]! - mean) < 1e-6);
    });
  });

  it('has running statistics of the momentum of ONNX, with the unbiased variance', () => {
    const graph = normed();
    const options = settings();
    const trainer = createTrainer(graph, options);
    const values = new Map<string, number[][]>();
    for (const inputs of samples(graph, options, 4)) {
      createExecutor(graph).run([floatTensor([1, 2, 6, 6], inputs)], (name, { data }) => {
        if (name !== 'first') return;
        for (let c = 0; c < 4; c++) {
          const all = values.get(name) ?? [[], [], [], []];
          all[c]!.push(...(data as Float32Array).subarray(c * 16, (c + 1) * 16));
          values.set(name, all);
        }
      });
    }
    trainer.step(batchFor(graph, options, 4), { step: 0, learningRate: 0 });
    const learned = trainer.toGraph();
    const constant = (model: Graph, name: string, c: number): number =>
      Number(model.constants.get(name)!.data[c]);
    values.get('first')!.forEach((own, c) => {
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1);
      const expected = (name: string, batch: number): number =>
        0.75 * constant(graph, name, c) + 0.25 * batch;
      assert.ok(Math.abs(constant(learned, 'bn1_mean', c) - expected('bn1_mean', mean)) < 1e-5);
      assert.ok(Math.abs(constant(learned, 'bn1_variance', c) - expected('bn1_variance', variance)) < 1e-5);
    });
  });
});

/** Outputs of the training forward pass in real numbers, sample by sample, channels last as they lie. */
function trainingOutputs(
  graph: Graph,
  options: TrainerOptions,
  trainer: Trainer,
  seed: number,
  output: string,
): Float32Array {
  const train = differentiate(readNetwork(graph, true), options);
  const machine = createMachine(train.program, planMemory(train.program, CORE));
  for (const [name, data] of trainer.state()) machine.view(train.state.get(name)!).set(data as never);
  machine.view(train.ports.input).set(batchFor(graph, options, seed).inputs);
  machine.run(0, train.forwardSteps);
  return machine.view(train.program.tensors.findIndex(({ name }) => name === output)).slice() as Float32Array;
}

describe('the integer model that is given back', () => {
  const octo = (changes: Changes['octo']): Changes => ({
    method: 'octo',
    octo: { rangeDecay: 1, ...changes },
  });
  const cases: readonly (readonly [title: string, changes: Changes])[] = [
    ['symmetric', octo({})],
    ['affine', octo({ activations: 'affine' })],
    ['LAC per channel', octo({ lac: { kind: 'channel', l2: 1e-4 } })],
    ['tied LAC, whose alpha was learned', octo({ activations: 'affine', lac: { kind: 'tied', l2: 0 } })],
    ['biases trained', { ...octo({}), scheme: { kind: 'bias' } }],
    ['dropped zero points, where nothing is padded', octo({ activations: 'affine', faithful: true })],
    [
      'dropped zero points with tied LAC',
      octo({ activations: 'affine', faithful: true, lac: { kind: 'tied', l2: 0 } }),
    ],
    ['fake quantisation', { ...octo({}), method: 'qat' }],
  ];
  for (const [title, changes] of cases) {
    it(`computes the codes of the training forward pass, but for a rounding: ${title}`, () => {
      const graph = changes.octo?.faithful === true ? unpadded() : plain();
      const options = settings({ loss: SQUARES, batchSize: 6, ...changes });
      const trainer = createTrainer(graph, options);
      steps(trainer, graph, options, 0.05);
      // What is watched, such as a tied mu and the ranges of one batch, is that of the last step.
      steps(trainer, graph, options, 0, 1);
      const name = changes.method === 'qat' ? 'dense/biased' : 'dense/real';
      const logits = trainingOutputs(graph, options, trainer, 0, name);
      const learned = trainer.toGraph();
      const program = lower(learned);
      const run = createSampleRunner(program, planMemory(program, CORE));
      const { quant } = learned.values.get(learned.outputs[0]!.value)!;
      const [scale, zeroPoint] = [quant!.scale[0]!, quant!.zeroPoint[0]!];
      let different = 0;
      samples(graph, options, 0).forEach((inputs, n) => {
        const [outputs] = run([inputs]);
        outputs!.forEach((output, c) => {
          const code = Math.round(output / scale) + zeroPoint;
          const expected = Math.round(logits[n * 3 + c]! / scale) + zeroPoint;
          const bounded = Math.max(-128, Math.min(127, expected));
          assert.ok(Math.abs(code - bounded) <= 1, `sample ${n}: ${code} for ${bounded}`);
          if (code !== bounded) different++;
        });
      });
      assert.ok(different < 9, `${different} of 18 codes differ`);
    });
  }

  const models = {
    ...{ plain, normed, autoEncoder, signalNetwork },
    gru: () => spotter('GRU'),
    bothDirections,
    words,
  } as const;
  const deployed: readonly (readonly [model: keyof typeof models, changes: Changes])[] = [
    ['plain', { method: 'octo' }],
    ['normed', { method: 'octo', init: 'random' }],
    ['normed', { method: 'octo', octo: { activations: 'affine', lac: { kind: 'channel', l2: 1e-4 } } }],
    ['normed', { method: 'octo', scheme: { kind: 'bias' } }],
    ['normed', { method: 'qat', scheme: { kind: 'last', layers: 2 } }],
    ['normed', { method: 'octo', classes: 5, octo: { bitsActivations: 4, bitsWeights: 4 } }],
    ['autoEncoder', { method: 'octo', loss: SQUARES, octo: { activations: 'affine', weights: 'int8' } }],
    ['autoEncoder', { method: 'qat', loss: SQUARES }],
    ['signalNetwork', { method: 'octo', classes: 4 }],
    ['signalNetwork', { method: 'qat', init: 'random' }],
    ['gru', { method: 'octo', init: 'random', octo: { activations: 'affine', weights: 'int8' } }],
    ['words', { method: 'octo', init: 'random', octo: { activations: 'affine' } }],
    ['bothDirections', { method: 'qat', octo: { bitsActivations: 4 } }],
  ];
  for (const [model, changes] of deployed) {
    it(`deploys: ${model} ${JSON.stringify(changes)}`, () => {
      const graph = models[model]();
      const options = settings(changes);
      const trainer = createTrainer(graph, options);
      steps(trainer, graph, options, 0.05);
      const learned = trainer.toGraph();
      const program = lower(learned);
      const run = createSampleRunner(program, planMemory(program, CORE));
      const [codes] = run([samples(graph, options, 1)[0]!]);
      const { shape } = learned.values.get(learned.outputs[0]!.value)!;
      assert.equal(codes!.length, elementCount(shape));
      if (changes.classes) assert.deepEqual(shape, [1, changes.classes]);
    });
  }

  const WINDOW = { kernel_shape: ints([2, 2]), strides: ints([2, 2]) };
  const odd: readonly (readonly [title: string, graph: () => Graph])[] = [
    [
      'a maximum as output',
      () =>
        network([1, 2, 4, 4], ({ conv, op }, x) =>
          op('MaxPool', 'y', [conv('conv', x, [3, 2, 1, 1])], WINDOW),
        ),
    ],
    [
      'a bounded sum as output, of the input itself',
      () =>
        network([1, 2, 4, 4], ({ conv, op, clip }, x) =>
          clip(
            'y',
            op('Add', 'sum', [x, conv('conv', x, [2, 2, 3, 3], { attributes: pads(1, 1, 1, 1) })]),
            0,
            1,
          ),
        ),
    ],
    [
      'a batch norm of the input, a mean of it, and an activation behind a view',
      () =>
        network([1, 2, 4, 4], ({ norm, op, gemm }, x) => {
          const mean = op('AveragePool', 'mean', [norm('norm', x, 2)], WINDOW);
          const dense = gemm('first', op('Flatten', 'flat', [mean]), 6, 8);
          return gemm('second', op('Relu', 'relu', [op('Flatten', 'again', [dense])]), 3, 6);
        }),
    ],
    [
      'a fixed map of the input, and another between layers',
      () =>
        network([1, 2, 4, 4], ({ b, conv, op }, x) => {
          const perChannel = (name: string, ...values: readonly number[]) =>
            b.constant(name, floatTensor([1, values.length, 1, 1], Float32Array.from(values)));
          const centred = op('Sub', 'centred', [x, perChannel('means', 0.2, -0.1)]);
          const scaled = op('Div', 'scaled', [centred, perChannel('deviations', 0.5, 2)]);
          const y = conv('conv', scaled, [3, 2, 3, 3], { attributes: pads(1, 1, 1, 1) });
          const mapped = op('Mul', 'mapped', [op('Relu', 'relu', [y]), perChannel('factors', 2, -1, 0.5)]);
          return conv('last', mapped, [2, 3, 1, 1]);
        }),
    ],
    ['moved elements', signalNetwork],
    ['an RNN', () => spotter('RNN')],
    ['a GRU', () => spotter('GRU')],
    ['an LSTM in both directions', bothDirections],
    ['branches of other ranges side by side', joined],
    ['a U-Net', unet],
    ['slopes, extremes and broadcast products', choices],
    ['embeddings', words],
    ['a U-Net, linear', () => unet('linear')],
    ['a U-Net, cubic', () => unet('cubic')],
    [
      'an output that is moved, of a transposed convolution of what was moved',
      () =>
        network([1, 4, 4, 2], ({ conv, op, convTranspose }, x) => {
          const image = op('Transpose', 'image', [x], { perm: ints([0, 3, 1, 2]) });
          const turned = op('Transpose', 'turned', [conv('conv', image, [3, 2, 1, 1])], {
            perm: ints([0, 1, 3, 2]),
          });
          const up = convTranspose('up', turned, [3, 2, 1, 1]);
          return op('Transpose', 'y', [up], { perm: ints([0, 2, 3, 1]) });
        }),
    ],
    [
      'a transposed convolution of maxima, and one axis',
      () =>
        network([1, 2, 8], ({ conv, op, convTranspose }, x) => {
          const window = { kernel_shape: ints([2]), strides: ints([2]) };
          const small = op('MaxPool', 'small', [op('Relu', 'relu', [conv('conv', x, [3, 2, 1])])], window);
          return convTranspose('up', small, [3, 2, 2], { attributes: { strides: ints([2]) } });
        }),
    ],
  ];
  for (const [title, make] of odd) {
    for (const activations of ['symmetric', 'affine'] as const) {
      it(`is near the model of float training: ${title}, ${activations}`, () => {
        const graph = make();
        const trained = (method: 'octo' | 'float'): Graph => {
          const trainer = createTrainer(graph, { ...options, method });
          steps(trainer, graph, options, 0.02, 5);
          return trainer.toGraph();
        };
        const options = settings({ loss: SQUARES, batchSize: 16, octo: { activations } });
        const learned = trained('octo');
        const run = createSampleRunner(lower(learned), planMemory(lower(learned), CORE));
        const inputs = samples(graph, options, 2)[0]!;
        const [expected, [actual]] = [outputsOf(trained('float'), inputs), run([inputs])];
        const scale = Math.max(...expected.map(Math.abs));
        for (const [i, value] of expected.entries()) {
          assert.ok(Math.abs(value - actual![i]!) < 0.08 * scale, `${value} and ${actual![i]}`);
        }
      });
    }
  }
});
