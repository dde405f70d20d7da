/** Which layers are left out of int8, and what is said of them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type GraphBuilder, int } from '../../../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../../../src/graph/tensor.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import {
  layerErrors,
  type PrecisionChoice,
  quantizeForTensorRt,
  readPrecisions,
} from '../../../../src/targets/tensorrt/quantise/index.ts';
import { leftOut } from '../../../../src/targets/tensorrt/quantise/precisions.ts';
import type { Precision } from '../../../../src/targets/tensorrt/release/platform.ts';
import { failure } from '../../../failure.ts';
import { floatGraph, randomTensor } from '../../../passes/helpers.ts';
import { randomSamples, stream } from '../../../quantize/networks.ts';
import { ORIN_6, XAVIER_5 } from './platforms.ts';

type Shape = readonly number[];

/** A Conv behind another Conv, or first in the model: no reason, or the start of it. */
function reasonOfConv(weights: Shape, { group = 1, first = false, op = 'Conv' } = {}): string | null {
  const graph = floatGraph((b) => {
    const channels = op === 'Conv' ? weights[1]! * group : weights[0]!;
    const x = b.input('x', [1, first ? channels : 32, 9, 9]);
    const before = first
      ? x
      : b.node('Conv', [x, b.constant('v', randomTensor([channels, 32, 1, 1], 1))], { name: 'before' });
    const w = b.constant('w', randomTensor(weights, 2));
    b.output(b.node(op, [before, w], { name: 'c', attributes: { group: int(group) } }));
  });
  const node = graph.nodes.at(-1)!;
  return leftOut(graph, ORIN_6.release, 'auto').get(node)?.reason ?? null;
}

test('S1: convolutions with few channels, but for those that the kernels of int8 take', () => {
  assert.equal(reasonOfConv([16, 16, 3, 3]), null);
  assert.equal(reasonOfConv([8, 16, 3, 3]), null);
  assert.match(reasonOfConv([8, 8, 3, 3])!, /^8 input and 8 output channels, kernel 3x3/);
  assert.equal(reasonOfConv([8, 8, 3, 3], { first: true }), null);
  assert.match(reasonOfConv([24, 10, 1, 3])!, /kernel 1x3/);
  assert.match(reasonOfConv([1, 10, 1, 1])!, /^10 input and 1 output/);
  assert.match(reasonOfConv([8, 1, 3, 3], { op: 'ConvTranspose' })!, /^8 input and 1 output/);
});

test('S1: a first layer with fewer than 4 input channels', () => {
  assert.match(reasonOfConv([32, 3, 3, 3], { first: true })!, /^first layer with 3 input channels/);
  assert.equal(reasonOfConv([32, 4, 3, 3], { first: true }), null);
});

test('S1: depthwise in int8 for multiples of 8 with a kernel of 3 or more, groups for multiples of 4', () => {
  assert.equal(reasonOfConv([32, 1, 3, 3], { group: 32 }), null);
  assert.match(reasonOfConv([32, 1, 1, 1], { group: 32 })!, /^32 output channels in 32 groups/);
  assert.match(reasonOfConv([12, 1, 3, 3], { group: 12 })!, /multiples of 8/);
  assert.equal(reasonOfConv([32, 16, 3, 3], { group: 2 }), null);
  assert.match(reasonOfConv([32, 6, 3, 3], { group: 2 })!, /multiples of 4/);
});

function reasonOfProduct(a: Shape, b: Shape, computed: boolean): string | null {
  const graph = floatGraph((g) => {
    const right = computed ? g.input('b', b) : g.constant('b', randomTensor(b, 1));
    g.output(g.node('MatMul', [g.input('a', a), right], { name: 'product' }));
  });
  return leftOut(graph, ORIN_6.release, 'auto').get(graph.nodes[0]!)?.reason ?? null;
}

test('S1: products of a matrix and a vector', () => {
  assert.match(reasonOfProduct([1, 64], [64, 10], false)!, /^product of a matrix and a vector \(1 x 10\)/);
  assert.match(reasonOfProduct([1, 1, 64], [64, 10], false)!, /1 x 10/);
  assert.equal(reasonOfProduct([4, 2, 64], [64, 10], false), null);
  assert.match(reasonOfProduct([1, 4, 1, 64], [1, 4, 64, 10], true)!, /1 x 10/);
  assert.equal(reasonOfProduct([1, 4, 7, 64], [1, 4, 64, 10], true), null);
});

test('S1: what turns the Softmax of a detection head into coordinates', () => {
  const graph = floatGraph((b) => {
    const soft = b.node('Softmax', [b.input('x', [1, 16, 4, 8])], {
      name: 'soft',
      attributes: { axis: int(1) },
    });
    const flat = b.node('Reshape', [soft, b.constant('s', int64Tensor([1, 16, 8, 4]))], { name: 'flat' });
    b.output(b.node('Conv', [flat, b.constant('w', randomTensor([16, 16, 1, 1], 1))], { name: 'dfl' }));
  });
  assert.match(leftOut(graph, ORIN_6.release, 'auto').get(graph.nodes.at(-1)!)!.reason, /detection head/);
});

/** Two Convs, a Softmax; no reason to leave anything out. */
const network = (): Graph =>
  floatGraph((b: GraphBuilder) => {
    const x = b.input('x', [1, 16, 6, 6]);
    const c = b.node('Conv', [x, b.constant('wc', randomTensor([16, 16, 3, 3], 1))], { name: 'stem' });
    const r = b.node('Relu', [c], { name: 'relu' });
    const d = b.node('Conv', [r, b.constant('wd', randomTensor([16, 16, 3, 3], 2))], { name: 'head' });
    b.output(b.node('Softmax', [d], { name: 'soft', attributes: { axis: int(1) } }));
  });

const quantize = (graph: Graph, precisions: PrecisionChoice, platform = ORIN_6) =>
  quantizeForTensorRt(graph, platform, () => stream(randomSamples(graph, 4)), { precisions });

const named = (entries: Record<string, Precision>): PrecisionChoice => new Map(Object.entries(entries));

test('every node that computes is listed, with the reason where it is not in int8', async () => {
  const { model } = await quantize(network(), named({ head: 'fp32' }));
  assert.deepEqual(model.layers, [
    { node: 'stem', op: 'Conv', precision: 'int8', reason: null },
    { node: 'relu', op: 'Relu', precision: 'int8', reason: null },
    { node: 'head', op: 'Conv', precision: 'fp32', reason: 'as the list of precisions says' },
    { node: 'soft', op: 'Softmax', precision: 'fp16', reason: 'Softmax has no int8 form' },
  ]);
  const read = model.quantized!.nodes.find(({ name }) => name === 'head')!.inputs;
  assert.deepEqual(read, ['relu', 'wd']);
});

test('an activation can be asked for by name: it is in int8 with its layer, or listed as asked', async () => {
  const precisionOf = async (entries: Record<string, Precision>) =>
    (await quantize(network(), named(entries))).model.layers.find(({ node }) => node === 'relu')!;
  assert.equal((await precisionOf({ relu: 'int8' })).precision, 'int8');
  const { precision, reason } = await precisionOf({ relu: 'fp16' });
  assert.deepEqual([precision, reason], ['fp16', 'as the list of precisions says']);
});

test('where no layer is left in int8 there is no quantised graph', async () => {
  const { model, report } = await quantize(network(), named({ stem: 'fp16', head: 'fp16' }));
  assert.equal(model.quantized, null);
  assert.ok(model.layers.every(({ precision, reason }) => precision === 'fp16' && reason !== null));
  assert.equal(report.tensors.length, 0);
});

test('a list of precisions brings a layer into int8 that structure leaves out', async () => {
  const graph = floatGraph((b) => {
    b.output(
      b.node('Conv', [b.input('x', [1, 3, 6, 6]), b.constant('w', randomTensor([16, 3, 3, 3], 1))], {
        name: 'first',
      }),
    );
  });
  assert.equal((await quantize(graph, 'auto')).model.quantized, null);
  for (const choice of ['int8', named({ first: 'int8' })] as const) {
    assert.deepEqual((await quantize(graph, choice)).model.layers, [
      { node: 'first', op: 'Conv', precision: 'int8', reason: null },
    ]);
  }
});

test('all unknown nodes are named at once, with near names, and all that have no int8 form', async () => {
  await assert.rejects(quantize(network(), named({ steem: 'int8', tail: 'fp16' })), {
    code: 'E_USAGE',
    at: ['"steem": did you mean "stem"?', '"tail"'],
  });
  await assert.rejects(quantize(network(), named({ soft: 'int8', stem: 'int8' })), {
    code: 'E_USAGE',
    at: ['node "soft" (Softmax): Softmax has no int8 form'],
  });
});

test('a transposed convolution by groups is refused before release 10.9, whatever is asked for', async () => {
  const graph = floatGraph((b) => {
    const w = b.constant('w', randomTensor([32, 8, 3, 3], 1));
    b.output(
      b.node('ConvTranspose', [b.input('x', [1, 32, 5, 5]), w], {
        name: 'up',
        attributes: { group: int(16) },
      }),
    );
  });
  const { model } = await quantize(graph, 'int8', XAVIER_5);
  assert.equal(model.quantized, null);
  assert.match(model.layers[0]!.reason!, /before release 10.9/);
  await assert.rejects(quantize(graph, named({ up: 'int8' }), XAVIER_5), {
    code: 'E_USAGE',
    at: [
      'node "up" (ConvTranspose): a transposed convolution in groups of 2: no int8 form before release 10.9',
    ],
  });
});

/** The second Conv reads channels of very different size, and gives those that are small their weight back. */
function uneven(): Graph {
  const size = (channel: number): number => (channel === 0 ? 1000 : 1);
  const scaled = (seed: number, factor: (out: number, input: number) => number) => {
    const data = (randomTensor([16, 16, 1, 1], seed).data as Float32Array).map(
      (value, i) => value * factor(Math.floor(i / 16), i % 16),
    );
    return floatTensor([16, 16, 1, 1], data);
  };
  return floatGraph((b) => {
    const x = b.input('x', [1, 16, 6, 6]);
    const c = b.node('Conv', [x, b.constant('wc', scaled(1, size))], { name: 'stem' });
    const d = b.node(
      'Conv',
      [
        c,
        b.constant(
          'wd',
          scaled(2, (_, input) => 1 / size(input)),
        ),
      ],
      { name: 'uneven' },
    );
    b.output(
      b.node(
        'Conv',
        [
          d,
          b.constant(
            'we',
            scaled(3, () => 1),
          ),
        ],
        { name: 'head' },
      ),
    );
  });
}

test('auto leaves out the layer that is too wrong, and only that', async () => {
  const all = await quantize(uneven(), 'int8');
  assert.equal(all.report.search, null);
  assert.ok(all.report.errors.get('uneven')! < 10 && all.report.errors.get('stem')! > 30);
  const { model, report } = await quantize(uneven(), 'auto');
  assert.deepEqual(
    model.layers.map(({ node, precision }) => [node, precision]),
    [
      ['stem', 'int8'],
      ['uneven', 'fp16'],
      ['head', 'int8'],
    ],
  );
  assert.match(model.layers[1]!.reason!, /^too wrong in int8: .* is \d\.\d dB, less than 10$/);
  assert.equal(report.search!.leftOut, 1);
  assert.ok(report.search!.before! < 10 && report.search!.after! > 20);
});

test('auto leaves out as few of the most wrong layers as the output needs', async () => {
  // Each Conv is fine by itself; together they are not.
  const graph = floatGraph((b) => {
    let value = b.input('x', [1, 16, 4, 4]);
    for (let i = 0; i < 24; i++) {
      const w = floatTensor(
        [16, 16, 1, 1],
        (randomTensor([16, 16, 1, 1], i).data as Float32Array).map(
          (weight, k) => weight * 40 ** ((k % 16) / 15),
        ),
      );
      value = b.node('Conv', [value, b.constant(`w${i}`, w)], { name: `conv${i}` });
    }
    b.output(value);
  });
  const { model, report } = await quantize(graph, 'auto');
  const search = report.search!;
  assert.ok(search.before! < 20 && search.after! >= 20, JSON.stringify(search));
  assert.ok(search.leftOut > 0 && search.leftOut < 24, JSON.stringify(search));
  const left = model.layers.filter(({ precision }) => precision === 'fp16');
  assert.equal(left.length, search.leftOut);
  assert.ok(left.every(({ reason }) => /^among the most wrong/.test(reason!)));
  const worstKept = Math.min(
    ...model.layers
      .filter(({ precision }) => precision === 'int8')
      .map(({ node }) => report.errors.get(node)!),
  );
  assert.ok(left.every(({ node }) => report.errors.get(node)! <= worstKept));

  const [spared] = [...left].sort((a, b) => report.errors.get(b.node)! - report.errors.get(a.node)!);
  const fewer = left.filter((layer) => layer !== spared).map(({ node }) => [node, 'fp16'] as const);
  const tooFew = await quantize(graph, new Map(fewer));
  const errors = await layerErrors(graph, tooFew.model.quantized!, stream(randomSamples(graph, 4)));
  assert.ok(errors.at(-1)!.sqnrDb! < 20, `${errors.at(-1)!.sqnrDb}`);
});

test('the file of precisions: an object of nodes and precisions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-precisions-'));
  try {
    const path = join(folder, 'precisions.json');
    writeFileSync(path, '{ "stem": "fp16", "head": "int8" }');
    assert.deepEqual(
      [...readPrecisions(path)],
      [
        ['stem', 'fp16'],
        ['head', 'int8'],
      ],
    );
    writeFileSync(path, '{ "stem": "int4" }');
    assert.equal(failure(() => readPrecisions(path)).code, 'E_USAGE');
    writeFileSync(path, '{ "stem": ');
    assert.equal(failure(() => readPrecisions(path)).code, 'E_USAGE');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
