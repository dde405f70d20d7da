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
import { type Cost, chooseSchedule, type Limits, schedules } from '../../src/prune/budget.ts';
import { greatest } from '../../src/prune/importance.ts';
import { measureImportance, partsOf } from '../../src/prune/parts.ts';
import { type KeepSchedule, type Pruned, prune } from '../../src/prune/schedule.ts';
import { keepHeads, keepNeurons, keepTokens } from '../../src/prune/shrink.ts';
import { failure } from '../failure.ts';
import { randomTensor } from '../passes/helpers.ts';

const SIZES = { tokens: 6, features: 4, width: 8, heads: 2, hidden: 10, layers: 2, classes: 3 };

const WHOLE: KeepSchedule = { tokens: [], heads: [], neurons: [], channels: [] };
const NO_CHANNELS = { groups: [], moments: new Map() };
const ones = (count: number, size: number): readonly Float64Array[] =>
  Array.from({ length: count }, () => new Float64Array(size).fill(1));

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
    const importance = await measureImportance(graph, partsOf(graph), samples() as never, () => {});
    // Each query gives a whole of attention.
    for (const sums of importance.tokens) {
      const all = sums.reduce((total, sum) => total + sum, 0);
      assert.ok(Math.abs(all - 3 * SIZES.heads * SIZES.tokens) < 1e-3, `${all}`);
    }
    const { graph: smaller, layers } = prune(graph, importance, {
      tokens: [1, 0.5, 0.17],
      heads: [1, 0.5],
      neurons: [0.4],
      channels: [],
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

  it('counts heads where more than 1 is given, and refuses more than there are, of shares and of heads', () => {
    const graph = transformer();
    const measured = { tokens: ones(2, 6), heads: ones(2, 2), neurons: ones(2, 10), channels: NO_CHANNELS };
    const kept = (heads: readonly number[]) =>
      prune(graph, measured, { ...WHOLE, heads }).layers.map((layer) => layer.heads);
    assert.deepEqual(
      [kept([2, 0.5]), kept([1])],
      [
        [2, 1],
        [2, 2],
      ],
    );
    for (const [schedule, at, message] of [
      [{ ...WHOLE, tokens: [1, 1, 1, 1] }, '--tokens 1,1,1,1', /3 layers that start from tokens, not 4/],
      [{ ...WHOLE, heads: [3] }, '--heads', /3 cannot stay of the heads of layer 1: there are 2/],
      [{ ...WHOLE, neurons: [11] }, '--ffn', /there are 10/],
      [{ ...WHOLE, channels: [0.5] }, '--channels 0.5', /0 groups of channels/],
    ] as const) {
      const error = failure(() => prune(graph, measured, schedule));
      assert.deepEqual([error.code, error.at], ['E_USAGE', [at]]);
      assert.match(error.message, message);
    }
  });

  it('chooses the greatest in their order', () => {
    assert.deepEqual(greatest(Float64Array.of(3, 1, 2, 3), 3), [0, 2, 3]);
  });
});

describe('a schedule under limits', () => {
  const NONE = Number.POSITIVE_INFINITY;
  const SEARCHED: KeepSchedule = { ...WHOLE, heads: [1, 0.5] };
  const limits = (of: Partial<Limits['budget']>, accuracy: number | null = null): Limits => ({
    budget: { instructions: NONE, ramBytes: NONE, flashBytes: NONE, ...of },
    accuracy,
  });

  /** Each schedule that is looked at; what it costs and how right it is follows from the share of neurons. */
  function choosing(instructionsOf: (share: number) => number | null) {
    const judgedAt: (readonly [share: number, keeps: boolean])[] = [];
    const shareOf = ({ layers }: Pruned): number => layers[0]!.tokens;
    const choose = (given: KeepSchedule, wanted: Limits, layers = 2) =>
      chooseSchedule(schedules(layers, given, wanted), wanted, {
        make: ({ neurons, channels }): Pruned => {
          const share = neurons[0] ?? channels[0] ?? 1;
          const graph = { ...transformer(), name: String(share) };
          return { graph, layers: [{ tokens: share, heads: 1, neurons: null }], groups: [] };
        },
        costOf: async ({ name }): Promise<Cost> => {
          const share = Number(name);
          return { macs: 1, instructions: instructionsOf(share), ramBytes: 1000 * share, flashBytes: null };
        },
        judge: async (pruned, keeps) => {
          judgedAt.push([shareOf(pruned), keeps]);
          return { accuracy: shareOf(pruned) };
        },
      });
    return { choose, judgedAt };
  }

  it('is the largest that keeps the budget, and each point is judged once', async () => {
    const { choose, judgedAt } = choosing((share) => 100 * share);
    const { chosen, points } = await choose(SEARCHED, limits({ instructions: 71 }));
    assert.deepEqual(chosen.schedule, { tokens: [1, 0.7], heads: [1, 0.5], neurons: [0.7], channels: [] });
    assert.deepEqual(chosen.cost, { macs: 1, instructions: 70, ramBytes: 700, flashBytes: null });
    assert.deepEqual(judgedAt, [
      [1, false],
      [0.9, false],
      [0.8, false],
      [0.7, true],
    ]);
    assert.deepEqual(
      points.map(({ keepsBudget }) => keepsBudget),
      [false, false, false, true],
    );
  });

  it('is the smallest that keeps the accuracy, within the budget', async () => {
    const { choose } = choosing((share) => 100 * share);
    const { chosen, points } = await choose(SEARCHED, limits({}, 0.55));
    assert.deepEqual([chosen.schedule.neurons, points.length], [[0.6], 6]);
    const both = await choose(SEARCHED, limits({ ramBytes: 650 }, 0.55));
    assert.deepEqual(both.chosen.schedule.neurons, [0.6]);
    await assert.rejects(choose(SEARCHED, limits({ ramBytes: 550 }, 0.55)), {
      code: 'E_GATE',
      at: ['with the largest shares that keep the budget: 50.00 %, and must be at least 55.00 %'],
    });
  });

  it('of one layer it leaves out tokens before it, of none channels, and those that were given stand', async () => {
    const { choose } = choosing(() => 1);
    const half = limits({ ramBytes: 500 });
    assert.deepEqual((await choose(SEARCHED, half, 1)).chosen.schedule.tokens, [0.5]);
    assert.deepEqual((await choose(WHOLE, half, 0)).chosen.schedule, { ...WHOLE, channels: [0.5] });
    const given = { ...SEARCHED, tokens: [1, 0.5] };
    assert.deepEqual((await choose(given, half, 1)).chosen.schedule.tokens, [1, 0.5]);
  });

  it('is the given one where nothing is looked for', async () => {
    const { choose, judgedAt } = choosing(() => null);
    const given = { ...WHOLE, tokens: [0.5], neurons: [0.5] };
    const free = await choose(given, limits({}));
    assert.equal(free.chosen.schedule, given);
    assert.equal(judgedAt.length, 1);
    await assert.rejects(choose(given, limits({ ramBytes: 1 })), { code: 'E_MEMORY' });
    assert.equal(judgedAt.length, 2);
  });

  it('that nothing keeps is refused, without instructions that are not known', async () => {
    const tiny = limits({ ramBytes: 1 });
    await assert.rejects(choosing(() => null).choose(SEARCHED, tiny), {
      code: 'E_MEMORY',
      at: ['with the smallest shares that are tried: instructions not known, 200 B of RAM'],
    });
    await assert.rejects(choosing(() => 1234).choose(SEARCHED, tiny), {
      at: ['with the smallest shares that are tried: 1,234 instructions, 200 B of RAM'],
    });
    await assert.rejects(choosing(() => null).choose(SEARCHED, limits({ instructions: 9 })), {
      code: 'E_PROFILE',
    });
  });
});
