import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatTensor } from '../../src/graph/tensor.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { bestObserver, observerOfKind } from '../../src/quantize/choose-observer.ts';
import { layerErrors } from '../../src/quantize/layer-error.ts';
import { OBSERVERS } from '../../src/quantize/observers/kinds.ts';
import { observeGraph, quantizeObserved } from '../../src/quantize/quantize-graph.ts';
import { floatGraph } from '../passes/helpers.ts';

test('the observer that is chosen is the one whose output is nearest to float on other data', async () => {
  const random = seededRandom(3);
  const heavy = (): number => 10 * (2 * random() - 1) ** 9;
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
  const drawn = (count: number) => {
    const samples = Array.from({ length: count }, () => ({
      inputs: [Float32Array.from({ length: 256 }, heavy)],
      label: null,
    }));
    return async function* () {
      yield* samples;
    };
  };
  const [seen, others] = [drawn(12), drawn(48)];
  const observed = await observeGraph(graph, seen);
  const outputs: number[] = [];
  for (const kind of OBSERVERS) {
    const { graph: made, reference, clip } = quantizeObserved(observed, { observer: observerOfKind(kind) });
    outputs.push((await layerErrors(reference, made, clip(others()))).at(-1)!.sqnrDb!);
  }
  const { kind } = await bestObserver(observed, seen, {});
  const best = Math.max(...outputs);
  assert.ok(outputs[OBSERVERS.indexOf(kind)]! > best - 0.2, `${kind} of ${outputs}`);
  assert.ok(best - Math.min(...outputs) > 1, `no difference: ${outputs}`);
  const single = await observeGraph(graph, drawn(1));
  assert.ok(OBSERVERS.includes((await bestObserver(single, drawn(1), {})).kind));
});
