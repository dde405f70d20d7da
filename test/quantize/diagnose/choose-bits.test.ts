import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph } from '../../../src/graph/types.ts';
import { lower } from '../../../src/lower/lower.ts';
import { planMemory } from '../../../src/program/plan.ts';
import { chooseBits } from '../../../src/quantize/diagnose/choose-bits.ts';
import { randomSamples, smallNetwork, stream } from '../networks.ts';

const network = smallNetwork();
const samples = randomSamples(network, 16);
const arenaOf = (graph: Graph): number =>
  planMemory(lower(graph), { library: 'builtin', core: { dsp: false, mve: false } }).arenaBytes;
const request: Parameters<typeof chooseBits>[0] = {
  float: network,
  calibration: () => stream(samples),
  samples,
  options: {},
  leastAccuracy: null,
  mostBytes: null,
  accuracyOf: null,
  arenaOf,
  onProgress: () => {},
};

test('a few layers come within a decibel of 16 bits everywhere', async () => {
  const { ranked, trials, chosen, met } = await chooseBits(request);
  assert.ok(met);
  const [none, all] = [trials[0]!, trials.at(-1)!];
  assert.deepEqual([none.layers, all.layers.length], [[], ranked.length]);
  assert.ok(chosen.layers.length > 0 && chosen.layers.length < ranked.length, chosen.layers.join());
  assert.ok(chosen.noise <= 1.26 * all.noise && none.noise > 1.26 * all.noise);
  assert.ok(
    ranked.every((one, i) => i === 0 || one.cost / one.bytes <= ranked[i - 1]!.cost / ranked[i - 1]!.bytes),
  );
});

test('RAM bounds what is chosen, and a goal out of reach is said not to be met', async () => {
  const { trials } = await chooseBits(request);
  const mostBytes = (trials[0]!.arenaBytes + trials.at(-1)!.arenaBytes) / 2;
  const bounded = await chooseBits({ ...request, mostBytes });
  assert.ok(bounded.trials.every(({ arenaBytes }) => arenaBytes <= mostBytes));
  const unmet = await chooseBits({ ...request, leastAccuracy: 0.9, accuracyOf: async () => 0.5 });
  assert.ok(!unmet.met);
  const content = await chooseBits({ ...request, leastAccuracy: 0.4, accuracyOf: async () => 0.5 });
  assert.deepEqual([content.met, content.chosen.layers], [true, []]);
});
