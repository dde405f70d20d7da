import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createExecutor } from '../../src/execute/float.ts';
import { type GraphBuilder, int, ints } from '../../src/graph/build.ts';
import { int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { channelGroups, keepChannels } from '../../src/prune/channels.ts';
import { type Importance, measureImportance, partsOf } from '../../src/prune/parts.ts';
import { floatGraph, randomTensor } from '../passes/helpers.ts';

type Weigh = (name: string, tensor: Tensor) => Tensor;
const AS_THEY_ARE: Weigh = (_, tensor) => tensor;

/** A builder of layers whose weights a test can change. */
function layers(builder: GraphBuilder, weigh: Weigh) {
  let seed = 1;
  const constant = (name: string, shape: readonly number[]): string =>
    builder.constant(name, weigh(name, randomTensor(shape, seed++, 0.7)));
  return {
    conv: (x: string, name: string, shape: readonly number[], attributes = {}): string =>
      builder.node('Conv', [x, constant(`${name}_w`, shape), constant(`${name}_b`, [shape[0]!])], {
        name,
        attributes,
      }),
    dense: (x: string, name: string, shape: readonly number[]): string =>
      builder.node('Gemm', [x, constant(`${name}_w`, shape), constant(`${name}_b`, [shape[0]!])], {
        name,
        attributes: { transB: int(1) },
      }),
  };
}

const SAME = { pads: ints([1, 1, 1, 1]) };

/** A residual sum, a depthwise convolution between pointwise ones, Squeeze-and-Excite, Concat, and a dense layer behind Flatten. */
function network(weigh: Weigh = AS_THEY_ARE): Graph {
  return floatGraph((b) => {
    const { conv, dense } = layers(b, weigh);
    const x = b.input('x', [1, 2, 6, 6]);
    const first = b.node('Relu', [conv(x, 'first', [8, 2, 3, 3], SAME)]);
    const spread = b.node('Relu', [conv(first, 'spread', [12, 8, 1, 1])]);
    const deep = b.node('Relu', [conv(spread, 'deep', [12, 1, 3, 3], { ...SAME, group: int(12) })]);
    const sum = b.node('Add', [first, conv(deep, 'joined', [8, 12, 1, 1])]);
    const squeezed = b.node('Relu', [conv(b.node('GlobalAveragePool', [sum]), 'squeeze', [4, 8, 1, 1])]);
    const gated = b.node('Mul', [sum, b.node('Sigmoid', [conv(squeezed, 'excite', [8, 4, 1, 1])])]);
    const beside = b.node('Relu', [conv(x, 'beside', [4, 2, 3, 3], SAME)]);
    const both = b.node('Concat', [gated, beside], { attributes: { axis: int(1) } });
    const pooled = b.node('MaxPool', [both], {
      attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
    });
    b.output(dense(b.node('Flatten', [pooled]), 'scores', [3, 12 * 9]));
  });
}

function measured(graph: Graph): Promise<Importance> {
  async function* samples() {
    for (let seed = 1; seed < 20; seed++) {
      const { data } = randomTensor(graph.values.get('x')!.shape, seed, 1);
      yield { index: seed, inputs: [data as Float32Array], label: null };
    }
  }
  return measureImportance(graph, partsOf(graph), samples() as never, () => {});
}

/** Through a file, as a smaller model goes. */
function outputs(graph: Graph): readonly number[] {
  const written = prepareGraph(importModel(exportModel(graph), { path: 'smaller.onnx' }), {
    deadChannels: false,
  });
  const x = randomTensor(graph.values.get('x')!.shape, 99, 1);
  return Array.from(createExecutor(written).run([x])[0]!.data as Float32Array);
}

function farthest(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
}

/** The weights with these input channels at 0; a channel is a run of so many numbers in each row. */
function unread({ shape, data, dtype }: Tensor, channels: readonly number[], run: number): Tensor {
  const row = data.length / shape[0]!;
  const zeroed = (data as Float32Array).map((w, i) =>
    channels.includes(Math.floor((i % row) / run)) ? 0 : w,
  );
  return { shape, dtype, data: zeroed };
}

describe('channels', () => {
  it('that go together are one group: of sums, gates, depthwise layers, and of each part of a Concat', () => {
    const { groups, fixed } = channelGroups(network());
    assert.deepEqual(groups, [
      { layers: ['first', 'joined', 'excite'], channels: 8 },
      { layers: ['spread'], channels: 12 },
      { layers: ['squeeze'], channels: 4 },
      { layers: ['beside'], channels: 4 },
    ]);
    assert.deepEqual(fixed, []);
  });

  it('that nobody weighs go first, and leave the outputs as they are', async () => {
    const graph = network((name, tensor) => {
      if (name === 'spread_w' || name === 'squeeze_w') return unread(tensor, [1, 6], 1);
      if (name === 'joined_w') return unread(tensor, [0, 3, 11], 1);
      return name === 'scores_w' ? unread(tensor, [1, 6, 9], 9) : tensor;
    });
    const { channels } = await measured(graph);
    const smaller = keepChannels(graph, channels, [6, 9, 4, 3]);
    const weights = (name: string) =>
      smaller.constants.get(smaller.nodes.find((n) => n.name === name)!.inputs[1]!)!.shape;
    assert.deepEqual(
      ['first', 'spread', 'deep', 'joined', 'squeeze', 'excite', 'beside', 'scores'].map(weights),
      [
        [6, 2, 3, 3],
        [9, 6, 1, 1],
        [9, 1, 3, 3],
        [6, 9, 1, 1],
        [4, 6, 1, 1],
        [6, 4, 1, 1],
        [3, 2, 3, 3],
        [3, 81],
      ],
    );
    assert.ok(farthest(outputs(smaller), outputs(graph)) < 1e-4);
    assert.equal(keepChannels(graph, channels, [8, 12, 4, 4]), graph);
  });

  it('that stay stand in for those that go, over time as over space', async () => {
    // Channel 3 is the sum of channels 0 and 1, and 0.5.
    const graph = floatGraph((b) => {
      const { conv } = layers(b, (name, tensor) => {
        if (!name.startsWith('made')) return tensor;
        const data = (tensor.data as Float32Array).slice();
        const row = data.length / 4;
        for (let k = 0; k < row; k++) data[3 * row + k] = data[k]! + data[row + k]! + (row === 1 ? 0.5 : 0);
        return { ...tensor, data };
      });
      const read = conv(conv(b.input('x', [1, 2, 16]), 'made', [4, 2, 3]), 'read', [5, 4, 3]);
      b.output(b.node('Reshape', [read, b.constant('to', int64Tensor([1, 60]))]));
    });
    const { channels } = await measured(graph);
    const without = { ...channels, groups: [Float64Array.of(3, 3, 3, 0)] };
    const whole = outputs(graph);
    const span = Math.max(...whole) - Math.min(...whole);
    assert.ok(farthest(outputs(keepChannels(graph, without, [3])), whole) < 0.01 * span);
    const blind = { ...without, moments: new Map() };
    assert.ok(farthest(outputs(keepChannels(graph, blind, [3])), whole) > 0.1 * span);
  });

  it('stay where a node takes them apart in another way, which is named', () => {
    const graph = floatGraph((b) => {
      const { conv } = layers(b, AS_THEY_ARE);
      const grouped = conv(conv(b.input('x', [1, 2, 6, 6]), 'in', [8, 2, 1, 1]), 'grouped', [8, 4, 1, 1], {
        group: int(2),
      });
      b.output(conv(grouped, 'out', [4, 8, 1, 1]));
    });
    const { groups, fixed } = channelGroups(graph);
    assert.deepEqual([groups, fixed.map(({ name }) => name)], [[], ['grouped']]);
  });
});
