import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untrainedTransformer } from '../../fixtures/digits/transformer.ts';
import { createExecutor } from '../../src/execute/float.ts';
import { elementCount, floatTensor } from '../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { attentionLayers, feedForwards } from '../../src/prune/attention-layers.ts';
import { type Cost, chooseSchedule } from '../../src/prune/budget.ts';
import { greatest, measureImportance } from '../../src/prune/importance.ts';
import { type KeepSchedule, prune } from '../../src/prune/schedule.ts';
import { keepHeads, keepNeurons, keepTokens } from '../../src/prune/shrink.ts';
import { failure } from '../failure.ts';
import { randomTensor } from '../passes/helpers.ts';

const SIZES = { tokens: 6, features: 4, width: 8, heads: 2, hidden: 10, layers: 2, classes: 3 };

/** Two layers with seeded weights. */
function transformer(): Graph {
  const graph = untrainedTransformer(SIZES);
  const constants = new Map(
    [...graph.constants].map(([name, tensor], i): [string, Tensor] => {
      const fresh = tensor.dtype === 'float32' && tensor.shape.length > 0 && !name.includes('norm');
      return [name, fresh ? randomTensor(tensor.shape, i + 1, 0.7) : tensor];
    }),
  );
  return prepared({ ...graph, constants });
}

/** Through a file, as a smaller model goes. */
function prepared(graph: Graph): Graph {
  return prepareGraph(importModel(exportModel(graph), { path: 'transformer.onnx' }));
}

function outputs(graph: Graph, seed = 5): readonly number[] {
  const x = randomTensor([1, SIZES.tokens, SIZES.features], seed, 1);
  const [first] = createExecutor(graph).run([x]);
  return Array.from(first!.data as Float32Array);
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-5, `output ${i} is ${value}, not ${expected[i]}`);
  });
}

/** The graph with these columns of the weights of a layer at 0. */
function without(graph: Graph, weights: string, columns: readonly number[]): Graph {
  const { shape, data } = graph.constants.get(weights)!;
  const width = shape[1]!;
  const zeroed = (data as Float32Array).map((value, i) => (columns.includes(i % width) ? 0 : value));
  return { ...graph, constants: new Map(graph.constants).set(weights, floatTensor(shape, zeroed)) };
}

describe('what is taken out of a transformer', () => {
  it('finds layers of attention and what feeds forward between them', () => {
    const graph = transformer();
    assert.deepEqual(
      attentionLayers(graph).map(({ heads, tokens }) => [heads, tokens]),
      [
        [2, 6],
        [2, 6],
      ],
    );
    assert.equal(feedForwards(graph).length, 2);
  });

  it('heads and neurons that nobody weighs leave the outputs as they are', () => {
    const graph = transformer();
    const [layer] = attentionLayers(graph) as [ReturnType<typeof attentionLayers>[0]];
    const deaf = without(graph, layer!.dense[3].inputs[1]!, [0, 1, 2, 3]);
    assertClose(outputs(prepared(keepHeads(deaf, layer!, [1]))), outputs(deaf));
    const part = feedForwards(graph)[1]!;
    const quiet = without(graph, part.narrow.inputs[1]!, [2, 5, 9]);
    const kept = [0, 1, 3, 4, 6, 7, 8];
    assertClose(outputs(prepared(keepNeurons(quiet, part, kept))), outputs(quiet));
  });

  it('tokens behind the last attention that all say the same can be left out', () => {
    const graph = transformer();
    const { behind } = attentionLayers(graph)[1]!;
    const one = prepared(keepTokens(graph, behind, [2]));
    const [some, same] = [
      keepTokens(graph, behind, [0, 1, 3]),
      keepTokens(graph, behind, [0, 1, 2, 3, 4, 5]),
    ];
    assert.equal(same, graph);
    // The mean of what three tokens become is that of each alone: scores are affine in the mean.
    const alone = [0, 1, 3].map((token) => outputs(prepared(keepTokens(graph, behind, [token]))));
    const means = alone[0]!.map((_, i) => alone.reduce((sum, scores) => sum + scores[i]!, 0) / 3);
    assertClose(outputs(prepared(some)), means);
    assert.notDeepEqual(outputs(one), outputs(graph));
  });

  it('follows a schedule by what was measured', async () => {
    const graph = transformer();
    async function* samples() {
      for (let seed = 1; seed < 4; seed++) {
        const { data } = randomTensor([1, SIZES.tokens, SIZES.features], seed, 1);
        yield { index: seed, inputs: [data as Float32Array], label: null };
      }
    }
    const importance = await measureImportance(
      graph,
      attentionLayers(graph),
      feedForwards(graph),
      samples() as never,
      () => {},
    );
    // Each query gives a whole of attention.
    for (const sums of importance.tokens) {
      const all = sums.reduce((total, sum) => total + sum, 0);
      assert.ok(Math.abs(all - 3 * SIZES.heads * SIZES.tokens) < 1e-3, `${all}`);
    }
    const { graph: smaller, layers } = prune(graph, importance, {
      tokens: [1, 0.5, 0.17],
      heads: [1, 0.5],
      neurons: [0.4],
    });
    assert.deepEqual(layers, [
      { tokens: 6, heads: 2, neurons: 4 },
      { tokens: 3, heads: 1, neurons: 4 },
    ]);
    const again = prepared(smaller);
    assert.deepEqual(
      attentionLayers(again).map(({ heads, tokens }) => [heads, tokens]),
      [
        [2, 6],
        [1, 3],
      ],
    );
    assert.equal(outputs(again).length, 3);
    const parameters = (one: Graph): number =>
      [...one.constants.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
    assert.ok(parameters(again) < parameters(graph));
  });

  it('refuses more shares than there are layers', () => {
    const graph = transformer();
    const none = { tokens: [], heads: [], neurons: [], samples: 0 };
    const { code, at } = failure(() => prune(graph, none, { tokens: [1, 1, 1, 1], heads: [], neurons: [] }));
    assert.equal(code, 'E_USAGE');
    assert.deepEqual(at, ['--tokens 1,1,1,1']);
  });

  it('chooses the greatest in their order', () => {
    assert.deepEqual(greatest(Float64Array.of(3, 1, 2, 3), 3), [0, 2, 3]);
  });
});

describe('a schedule under a budget', () => {
  const NONE = Number.POSITIVE_INFINITY;
  const SEARCHED: KeepSchedule = { tokens: [], heads: [1, 0.5], neurons: [] };

  /** Each schedule that is looked at with a graph of its own, and what was costed; a cost follows from the share of neurons. */
  function choosing(instructionsOf: (share: number) => number | null) {
    const made: KeepSchedule[] = [];
    const costed: Graph[] = [];
    const graphs = new Map<Graph, number>();
    const choose = (given: KeepSchedule, budget: { instructions: number; ramBytes: number }, layers = 2) =>
      chooseSchedule(
        layers,
        given,
        budget,
        (schedule) => {
          made.push(schedule);
          const graph = { ...transformer() };
          graphs.set(graph, schedule.neurons[0] ?? 1);
          return { graph, layers: [] };
        },
        async (graph): Promise<Cost> => {
          costed.push(graph);
          const share = graphs.get(graph)!;
          return { macs: 1, instructions: instructionsOf(share), ramBytes: 1000 * share };
        },
      );
    return { choose, made, costed };
  }

  it('is the largest that keeps it, and each is planned once', async () => {
    const { choose, made, costed } = choosing((share) => 100 * share);
    const { schedule, cost, graph } = await choose(SEARCHED, { instructions: 71, ramBytes: NONE });
    assert.deepEqual(schedule, { tokens: [1, 0.7], heads: [1, 0.5], neurons: [0.7] });
    assert.deepEqual(cost, { macs: 1, instructions: 70, ramBytes: 700 });
    assert.equal(made.length, 4);
    assert.equal(costed.length, 4);
    assert.equal(costed.at(-1), graph);
  });

  it('of one layer it leaves out tokens before it, and those that were given stand', async () => {
    const { choose } = choosing(() => 1);
    const budget = { instructions: NONE, ramBytes: 500 };
    assert.deepEqual((await choose(SEARCHED, budget, 1)).schedule.tokens, [0.5]);
    const given = { ...SEARCHED, tokens: [1, 0.5] };
    assert.deepEqual((await choose(given, budget, 1)).schedule.tokens, [1, 0.5]);
  });

  it('is the given one where nothing is looked for, and is costed once', async () => {
    const { choose, made, costed } = choosing(() => null);
    const given = { tokens: [0.5], heads: [], neurons: [0.5] };
    const free = await choose(given, { instructions: NONE, ramBytes: NONE });
    assert.equal(free.schedule, given);
    assert.equal(costed.length, 1);
    await assert.rejects(choose(given, { instructions: NONE, ramBytes: 1 }), { code: 'E_MEMORY' });
    assert.equal(made.length, 2);
  });

  it('that nothing keeps is refused, without instructions that are not known', async () => {
    const budget = { instructions: NONE, ramBytes: 1 };
    await assert.rejects(choosing(() => null).choose(SEARCHED, budget), {
      code: 'E_MEMORY',
      at: ['with the smallest shares that are tried: instructions not known, 200 B of RAM'],
    });
    await assert.rejects(choosing(() => 1234).choose(SEARCHED, budget), {
      at: ['with the smallest shares that are tried: 1,234 instructions, 200 B of RAM'],
    });
    await assert.rejects(choosing(() => null).choose(SEARCHED, { instructions: 9, ramBytes: NONE }), {
      code: 'E_PROFILE',
    });
  });
});
