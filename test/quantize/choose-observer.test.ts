import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatTensor } from '../../src/graph/tensor.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { bestObserver, observerOfKind } from '../../src/quantize/choose-observer.ts';
import { layerErrors } from '../../src/quantize/layer-error.ts';
import { OBSERVERS } from '../../src/quantize/observers/kinds.ts';
import { observeGraph, quantizeObserved } from '../../src/quantize/quantize-graph.ts';
import { floatGraph } from '../passes/helpers.ts';

test('the observer that is chosen is the one whose output is nearest to float', async () => {
  const random = seededRandom(3);
  const heavy = (): number => Math.tan(1.565 * (2 * random() - 1));
  const graph = floatGraph((b) => {
    const w = b.constant(
      'w',
      floatTensor(
        [4, 4, 1, 1],
        Float32Array.from({ length: 16 }, () => random() - 0.5),
      ),
    );
    b.output(b.node('Conv', [b.node('Relu', [b.input('x', [1, 4, 8, 8])], { name: 'r' }), w], { name: 'y' }));
  });
  const samples = Array.from({ length: 12 }, () => ({
    inputs: [Float32Array.from({ length: 256 }, heavy)],
    label: null,
  }));
  const all = async function* () {
    yield* samples;
  };
  const observed = await observeGraph(graph, all);
  const outputs: number[] = [];
  for (const kind of OBSERVERS) {
    const { graph: made, reference, clip } = quantizeObserved(observed, { observer: observerOfKind(kind) });
    outputs.push((await layerErrors(reference, made, clip(all()))).at(-1)!.sqnrDb!);
  }
  const { kind } = await bestObserver(observed, all, {});
  assert.equal(kind, OBSERVERS[outputs.indexOf(Math.max(...outputs))]);
  assert.ok(Math.max(...outputs) - Math.min(...outputs) > 1, `no difference: ${outputs}`);
});
