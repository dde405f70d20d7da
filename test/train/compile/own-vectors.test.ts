import assert from 'node:assert/strict';
import { it } from 'node:test';
import { graphBuilder, int } from '../../../src/graph/build.ts';
import { floatTensor } from '../../../src/graph/tensor.ts';
import { verifyGraph } from '../../../src/graph/verify.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { ownVectors } from '../../../src/train/compile/own-vectors.ts';
import { createTrainer } from '../../../src/train/run/trainer.ts';
import { assertSameMeaning, randomTensor } from '../../passes/helpers.ts';
import { batchFor, network, settings } from '../networks.ts';

/** A network as exporters write it before it was trained: all zeros are one constant, and all ones. */
function fresh() {
  const b = graphBuilder('fresh');
  const zeros = b.constant('zeros', floatTensor([3], new Float32Array(3)));
  const ones = b.constant('ones', floatTensor([3], new Float32Array(3).fill(1)));
  const dense = (name: string, x: string, size: number) =>
    b.node('Gemm', [x, b.constant(`${name}_w`, randomTensor([3, size], size)), zeros], {
      name,
      attributes: { transB: int(1) },
    });
  const norm = (name: string, x: string) =>
    b.node('BatchNormalization', [x, ones, zeros, zeros, ones], { name });
  const hidden = b.node('Relu', [norm('norm', dense('first', b.input('x', [1, 4]), 4))], { name: 'relu' });
  b.output(dense('last', hidden, 3));
  return prepareGraph(b.model(), { keepBatchNorm: true });
}

it('gives layers that share biases and norms their own, which training moves apart', () => {
  const graph = fresh();
  const own = ownVectors(graph);
  assertSameMeaning(graph, own, 0);
  const vectors = own.nodes.flatMap(({ op, inputs }) => (op === 'Gemm' ? inputs.slice(2) : inputs.slice(1)));
  assert.equal(new Set(vectors).size, 1 + 4 + 1);
  const options = settings({ classes: 5 });
  const trainer = createTrainer(graph, options);
  trainer.step(
    { ...batchFor(graph, options), labels: Int32Array.of(0, 3, 4) },
    { step: 0, learningRate: 0.1 },
  );
  const learned = verifyGraph(trainer.toGraph());
  const dataOf = (name: string, input: number) =>
    learned.constants.get(learned.nodes.find((node) => node.name === name)!.inputs[input]!)!.data;
  const state = trainer.state();
  assert.deepEqual(dataOf('norm', 1), state.get('first/gamma'));
  assert.deepEqual(dataOf('norm', 2), state.get('first/beta'));
  assert.deepEqual(dataOf('norm', 3), state.get('first/running-mean'));
  assert.deepEqual(dataOf('norm', 4), state.get('first/running-variance'));
  assert.deepEqual(dataOf('last', 2), state.get('last/bias'));
  assert.notDeepEqual(dataOf('norm', 2), dataOf('norm', 3));
});

it('leaves a graph alone in which nothing is shared', () => {
  const graph = network([1, 4], ({ gemm }, x) => gemm('second', gemm('first', x, 4, 4), 3, 4));
  assert.equal(ownVectors(graph), graph);
});
