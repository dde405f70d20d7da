import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelReach } from '../../src/quantize/channel-reach.ts';
import { smooth, smoothable } from '../../src/quantize/equalise.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { linearNodes, planQuantization, TFLITE_INT8 } from '../../src/quantize/scheme.ts';
import { observerOfGroup } from '../../src/quantize/tensor-observers.ts';
import { inputMagnitudes, weightLayout } from '../../src/quantize/weights.ts';
import { assertSameMeaning } from '../passes/helpers.ts';
import { randomSamples, smallNetwork, stream } from './networks.ts';

const network = smallNetwork(100);
const samples = randomSamples(network, 8);
const reach = (graph: typeof network) => channelReach(graph, smoothable(graph), stream(samples));

test('smoothing keeps the float function, and balances what a channel reaches with the weights that read it', async () => {
  const { graph, pairs } = smooth(network, await reach(network));
  assert.equal(pairs, 3);
  assertSameMeaning(network, graph);
  const reached = await reach(graph);
  // Nothing behind the last layer scales its weights again.
  const reader = linearNodes(graph).find(({ node }) => node.name === 'scores')!;
  const read = inputMagnitudes(weightLayout(graph, reader));
  const live = [...reached.get('flat')!].filter((most) => most > 0);
  assert.ok(live.length >= 4, 'hardly a channel is alive');
  reached.get('flat')!.forEach((most, c) => {
    if (most === 0) return; // dead channels stay as they are
    assert.ok(Math.abs(Math.log(most / read[c]!)) < 0.01, `channel ${c} reaches ${most}, read by ${read[c]}`);
  });
  // Depthwise weights have a scale per channel: all that reaches them becomes one size.
  for (const most of reached.get('relu1')!) assert.ok(Math.abs(most - 1) < 1e-5, `${most}`);
});

test('one tensor gets the range that is asked for, and so do those that share its scale', async () => {
  const observers = new Map([['mean', { kind: 'min-max' }]] as const);
  const options = { observer: { kind: 'percentile', percentile: 80 } } as const;
  const scale = ({ values }: typeof network, name: string): number => values.get(name)!.quant!.scale[0]!;
  const [all, one, general] = [
    (await quantizeGraph(network, () => stream(samples), { observer: { kind: 'min-max' } })).graph,
    (await quantizeGraph(network, () => stream(samples), { ...options, observers })).graph,
    (await quantizeGraph(network, () => stream(samples), options)).graph,
  ];
  for (const name of ['mean', 'flat']) {
    assert.equal(scale(one, name), scale(all, name));
    assert.notEqual(scale(one, name), scale(general, name));
  }
  assert.equal(scale(one, 'relu1'), scale(general, 'relu1'));
});

test('wishes that nothing can fulfil are refused by name', () => {
  const plan = planQuantization(network, TFLITE_INT8);
  const wish = (...wishes: readonly (readonly [string, 'mse' | 'entropy'])[]): void => {
    observerOfGroup(plan, { kind: 'min-max' }, new Map(wishes.map(([name, kind]) => [name, { kind }])));
  };
  assert.throws(() => wish(['relu', 'mse']), { code: 'E_USAGE', hint: /Did you mean relu1/ });
  assert.throws(() => wish(['y', 'mse']), { code: 'E_USAGE', message: /fixes its scale/ });
  assert.throws(() => wish(['mean', 'mse'], ['flat', 'entropy']), {
    message: /shares its scale with "mean"/,
  });
  wish(['mean', 'mse'], ['flat', 'mse']);
});
