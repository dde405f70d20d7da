import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { graphBuilder } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { equalise } from '../../src/quantize/equalise.ts';
import { linearNodes } from '../../src/quantize/scheme.ts';
import { inputMagnitudes, outputMagnitudes, weightLayout } from '../../src/quantize/weights.ts';
import { assertSameMeaning, floatGraph, randomTensor } from '../passes/helpers.ts';
import { smallNetwork } from './networks.ts';

function layer(graph: Graph, name: string) {
  return weightLayout(graph, linearNodes(graph).find(({ node }) => node.name === name)!);
}

test('the float function stays, through depthwise layers, pools and reshapes', () => {
  const graph = smallNetwork(100);
  const { graph: equalised, pairs } = equalise(graph);
  assert.equal(pairs, 3, 'conv1 to depthwise, depthwise to pointwise, pointwise to scores');
  assertSameMeaning(graph, equalised);
  assert.notDeepEqual(equalised.constants.get('conv1_w'), graph.constants.get('conv1_w'), 'weights change');
});

test('the graph given is not touched', () => {
  const graph = smallNetwork(100);
  const before = structuredClone([...graph.constants]);
  equalise(graph);
  assert.deepEqual([...graph.constants], before);
});

test('afterwards each channel is as large where it is written as where it is read', () => {
  const { graph } = equalise(smallNetwork(100));
  for (const [first, second] of [
    ['conv1', 'depthwise'],
    ['depthwise', 'pointwise'],
    ['pointwise', 'scores'],
  ] as const) {
    const written = outputMagnitudes(layer(graph, first));
    const read = inputMagnitudes(layer(graph, second));
    written.forEach((magnitude, c) => {
      const ratio = magnitude / read[c]!;
      assert.ok(Math.abs(Math.log(ratio)) < 0.02, `${first} channel ${c}: ratio ${ratio}`);
    });
  }
});

test('a Clip to [0, 6], a second reader or a model output between two layers stops it', () => {
  const network = (between: (b: ReturnType<typeof graphBuilder>, value: string) => string) =>
    floatGraph((b) => {
      const x = b.input('x', [1, 2, 4, 4]);
      const conv = b.node('Conv', [x, b.constant('w1', randomTensor([3, 2, 1, 1], 1))], { name: 'conv1' });
      const w2 = b.constant('w2', randomTensor([2, 3, 1, 1], 2));
      b.output(b.node('Conv', [between(b, conv), w2], { name: 'conv2' }));
    });
  const clip = network((b, value) => {
    const bounds = [0, 6].map((bound) => b.constant(`bound${bound}`, floatTensor([], [bound])));
    return b.node('Clip', [value, ...bounds], { name: 'clip' });
  });
  const shared = network((b, value) => {
    b.output(b.node('Abs', [value], { name: 'abs' }));
    return value;
  });
  const output = network((b, value) => {
    b.output(value);
    return value;
  });
  const lawful = network((b, value) => b.node('LeakyRelu', [value], { name: 'leaky' }));
  assert.deepEqual(
    [clip, shared, output, lawful].map((graph) => equalise(graph).pairs),
    [0, 0, 0, 1],
  );
  assertSameMeaning(lawful, equalise(lawful).graph);
});
