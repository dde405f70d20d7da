import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRAINING_NETWORKS } from '../../bench/train/networks.ts';
import type { Scheme } from '../../src/train/options.ts';
import { trainedTensors } from '../../src/train/trained-tensors.ts';
import { failure } from '../failure.ts';

const graph = TRAINING_NETWORKS.resnet8.build(1);
const names = (scheme: Scheme, freeze: readonly string[] = []) =>
  trainedTensors(graph, scheme, freeze).map(({ name }) => name);

test('full training leaves out nothing but running statistics', () => {
  const all = [...graph.constants.keys()].filter((name) => !name.includes('running'));
  assert.deepEqual([...names({ kind: 'full' })].sort(), all.sort());
});

test('the last layers come with their batch normalisations', () => {
  assert.deepEqual(names({ kind: 'last', layers: 2 }), [
    'block3_conv2.weight',
    'block3_conv2.bias',
    'block3_conv2_bn.weight',
    'block3_conv2_bn.bias',
    'fc.weight',
    'fc.bias',
  ]);
});

test('biases alone are those of layers and of batch normalisations', () => {
  const trained = names({ kind: 'bias' });
  assert.equal(trained.length, 10 + 7);
  assert.ok(trained.every((name) => name.endsWith('.bias')));
});

test('a list trains a share of the input channels', () => {
  const scheme: Scheme = {
    kind: 'listed',
    biases: ['fc'],
    weights: [
      { layer: 'block3_conv1', channels: 0.25 },
      { layer: 'fc', channels: 0.001 },
    ],
  };
  assert.deepEqual(trainedTensors(graph, scheme, []), [
    { name: 'block3_conv1.weight', layer: 'block3_conv1', part: { axis: 1, count: 8 } },
    { name: 'block3_conv1_bn.weight', layer: 'block3_conv1_bn', part: null },
    { name: 'fc.weight', layer: 'fc', part: { axis: 1, count: 1 } },
    { name: 'fc.bias', layer: 'fc', part: null },
  ]);
  assert.deepEqual(names({ kind: 'listed', biases: 1, weights: [] }), ['fc.bias']);
});

test('depthwise weights are shared out by filters', () => {
  const mobilenet = TRAINING_NETWORKS.mobilenet.build(1);
  const scheme: Scheme = { kind: 'listed', biases: [], weights: [{ layer: 'depthwise3', channels: 0.5 }] };
  const [weights] = trainedTensors(mobilenet, scheme, []);
  assert.deepEqual(weights, {
    name: 'depthwise3.weight',
    layer: 'depthwise3',
    part: { axis: 0, count: 16 },
  });
});

test('frozen layers stay, and their batch normalisations with them', () => {
  const trained = names({ kind: 'full' }, ['conv', 'block*']);
  assert.deepEqual(trained, ['fc.weight', 'fc.bias']);
  assert.ok(!names({ kind: 'full' }, ['block1_conv1']).some((name) => name.startsWith('block1_conv1')));
  const norms = names({ kind: 'full' }, ['*_bn']);
  assert.equal(norms.length, 2 * 10);
});

test('names that are no layers, and nothing left to train, are errors', () => {
  const unknown = failure(() => names({ kind: 'full' }, ['blok*']));
  assert.equal(unknown.code, 'E_USAGE');
  assert.match(unknown.message, /"blok\*"/);
  assert.match(unknown.hint!, /block1_conv1/);
  const listed = failure(() =>
    names({ kind: 'listed', biases: ['x'], weights: [{ layer: 'y', channels: 1 }] }),
  );
  assert.match(listed.message, /"y", "x"/);
  assert.match(failure(() => names({ kind: 'full' }, ['*'])).message, /left to train/);
});
