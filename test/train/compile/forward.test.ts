/** The forward pass of training computes what the graph means: another reading of every attribute. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExecutor } from '../../../src/execute/float.ts';
import { int, ints, string } from '../../../src/graph/build.ts';
import type { Attribute, Graph } from '../../../src/graph/types.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { createTrainer } from '../../../src/train/run/trainer.ts';
import { batchFor, network, settings } from '../networks.ts';

const random = seededRandom(41);
const upTo = (limit: number): number => Math.floor(random() * limit);

/** The mean squared error that a step reports at a rate of 0, beside that of what the graph computes. */
function assertMeaning(graph: Graph, title: string): void {
  const options = settings({ loss: { kind: 'mean-squared-error' }, batchSize: 1 });
  const batch = batchFor(graph, options);
  const { loss } = createTrainer(graph, options).step(batch, { step: 0, learningRate: 0 });
  const { shape } = graph.values.get(graph.inputs[0]!.value)!;
  const [output] = createExecutor(graph).run([{ dtype: 'float32', shape, data: batch.inputs }]);
  const values = output!.data as Float32Array;
  const squares = values.reduce((sum, value, i) => sum + (value - batch.targets![i]!) ** 2, 0);
  const expected = squares / values.length;
  assert.ok(Math.abs(loss - expected) <= 1e-4 * expected, `${title}: ${loss}, and ${expected} as it means`);
}

/** Strides, pads and, for all but averages, dilations of a window. */
function randomWindow(kernel: readonly number[], dilates: boolean): Record<string, Attribute> {
  const pad = (size: number): number => upTo(Math.min(size, 3));
  const [top, left, bottom, right] = [...kernel, ...kernel].map(pad) as [number, number, number, number];
  return {
    kernel_shape: ints(kernel),
    strides: ints([1 + upTo(2), 1 + upTo(2)]),
    pads: ints([top, left, bottom, right]),
    ...(dilates && random() < 0.5 ? { dilations: ints([1 + upTo(2), 1 + upTo(2)]) } : {}),
  };
}

test('convolutions and pools of random attributes', () => {
  for (let trial = 0; trial < 40; trial++) {
    const kernel = [1 + upTo(3), 1 + upTo(3)] as const;
    const attributes = randomWindow(kernel, false);
    const dilated = randomWindow(kernel, true);
    const counted = random() < 0.5 ? {} : { count_include_pad: int(upTo(2)) };
    const group = 1 + upTo(2);
    const graphs: readonly (readonly [string, () => Graph])[] = [
      [
        'AveragePool',
        () =>
          network([1, 2, 7, 6], ({ conv, op }, x) =>
            op('AveragePool', 'mean', [conv('conv', x, [2, 2, 1, 1])], { ...attributes, ...counted }),
          ),
      ],
      [
        'MaxPool',
        () =>
          network([1, 2, 7, 6], ({ conv, op }, x) =>
            op('MaxPool', 'most', [conv('conv', x, [2, 2, 1, 1])], dilated),
          ),
      ],
      [
        'Conv',
        () =>
          network([1, 2, 7, 6], ({ conv }, x) =>
            conv('conv', x, [4, 2 / group, ...kernel], {
              attributes: { ...dilated, group: int(group) },
            }),
          ),
      ],
    ];
    for (const [op, make] of graphs) {
      assertMeaning(make(), `${op} ${JSON.stringify({ attributes, dilated, counted, group })}`);
    }
  }
});

test('blocks of pixels for channels, and back', () => {
  for (const mode of ['DCR', 'CRD']) {
    const graph = network([1, 2, 4, 6], ({ conv, op }, x) => {
      const block = { blocksize: int(2) };
      const deep = op('SpaceToDepth', 'deep', [conv('first', x, [3, 2, 1, 1])], block);
      const wide = op('DepthToSpace', 'wide', [deep], { ...block, mode: string(mode) });
      return conv('last', wide, [2, 3, 2, 1]);
    });
    assertMeaning(graph, mode);
  }
});

test('limits and sums of branches', () => {
  const graph = network([1, 3, 4, 4], ({ conv, clip, op }, x) => {
    const a = clip('six', conv('a', x, [3, 3, 1, 1]), -0.25, 0.5);
    const b = op('Relu', 'relu', [conv('b', x, [3, 3, 1, 1], { bias: false })]);
    return op('Add', 'sum', [op('Add', 'inner', [a, b]), a]);
  });
  assertMeaning(graph, 'branches');
});
