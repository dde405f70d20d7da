/** Queries, keys and values of one dense layer, in the forms that exporters write. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createExecutor } from '../../src/execute/float.ts';
import { type GraphBuilder, int, ints } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { attentionLayers } from '../../src/prune/attention-layers.ts';
import { keepHeads, keepTokens } from '../../src/prune/shrink.ts';
import { unpackAttention } from '../../src/prune/unpack-attention.ts';
import { floatGraph, randomTensor } from '../passes/helpers.ts';

/** As many heads as parts, and as many tokens as channels: nothing can be told by its size. */
const [TOKENS, HEADS, SIZE] = [12, 3, 4];
const WIDTH = HEADS * SIZE;

type Operands = readonly [q: string, k: string, v: string];

/** From the packed layer [1, tokens, 3 width] to [heads, tokens, size of a head], with or without a 1 in front. */
const FORMS: Readonly<Record<string, (b: GraphBuilder, packed: string) => Operands>> = {
  'Split, then heads (nanoGPT)': (b, packed) => {
    const parts = ['q', 'k', 'v'].map((name, i) => {
      const [from, to, axis] = [WIDTH * i, WIDTH * (i + 1), 2].map((n, j) => number(b, `${name}${j}`, [n]));
      const part = b.node('Slice', [packed, from!, to!, axis!], { name });
      return turned(b, reshape(b, part, [1, TOKENS, HEADS, SIZE]), [0, 2, 1, 3]);
    });
    return parts as unknown as Operands;
  },
  'parts, heads, size (timm)': (b, packed) => {
    const five = turned(b, reshape(b, packed, [1, TOKENS, 3, HEADS, SIZE]), [2, 0, 3, 1, 4]);
    return pickedFrom(b, five, 0);
  },
  'heads, parts, size (GPT-NeoX)': (b, packed) => {
    const five = turned(b, reshape(b, packed, [1, TOKENS, HEADS, 3, SIZE]), [3, 0, 2, 1, 4]);
    return pickedFrom(b, five, 0);
  },
  'without a batch (nn.MultiheadAttention)': (b, packed) => {
    const parts = turned(b, reshape(b, packed, [TOKENS, 3, WIDTH]), [1, 0, 2]);
    return pickedFrom(b, parts, 0).map((part) =>
      turned(b, reshape(b, part, [TOKENS, HEADS, SIZE]), [1, 0, 2]),
    ) as unknown as Operands;
  },
};

function number(b: GraphBuilder, name: string, values: readonly number[]): string {
  return b.constant(`${name}_number`, int64Tensor(values));
}

function reshape(b: GraphBuilder, x: string, shape: readonly number[]): string {
  return b.node('Reshape', [x, number(b, `${x}_${shape.join('_')}`, shape)]);
}

function turned(b: GraphBuilder, x: string, perm: readonly number[]): string {
  return b.node('Transpose', [x], { attributes: { perm: ints(perm) } });
}

function pickedFrom(b: GraphBuilder, x: string, axis: number): Operands {
  return [0, 1, 2].map((i) => {
    const index = b.constant(`${x}_${i}`, { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(i)) });
    return b.node('Gather', [x, index], { attributes: { axis: int(axis) } });
  }) as unknown as Operands;
}

/** A layer of attention and its sum, tokens averaged: [1, tokens, width] in, [1, width] out. The output weighs nothing of head 1. */
function network(form: (b: GraphBuilder, packed: string) => Operands): Graph {
  return prepareGraph(
    importModel(
      exportModel(
        floatGraph((b) => {
          const x = b.input('x', [1, TOKENS, WIDTH]);
          const weights = b.constant('w', randomTensor([WIDTH, 3 * WIDTH], 1, 0.7));
          const bias = b.constant('b', randomTensor([3 * WIDTH], 2, 0.7));
          const [q, k, v] = form(b, b.node('Add', [b.node('MatMul', [x, weights]), bias]));
          const rank = FORMS['without a batch (nn.MultiheadAttention)'] === form ? 3 : 4;
          const order = rank === 3 ? [0, 2, 1] : [0, 1, 3, 2];
          const scaled = b.node('Mul', [q, b.constant('scale', floatTensor([], [0.5]))]);
          const shares = b.node('Softmax', [b.node('MatMul', [scaled, turned(b, k, order)])]);
          const mixed = turned(b, b.node('MatMul', [shares, v]), rank === 3 ? [1, 0, 2] : [0, 2, 1, 3]);
          const random = randomTensor([WIDTH, WIDTH], 3, 0.7);
          const deaf = (random.data as Float32Array).map((value, i) =>
            Math.floor(i / WIDTH / SIZE) === 1 ? 0 : value,
          );
          const joined = b.node('MatMul', [
            reshape(b, mixed, [1, TOKENS, WIDTH]),
            b.constant('out', { ...random, data: deaf }),
          ]);
          const sum = b.node('Add', [x, joined]);
          b.output(b.node('ReduceMean', [sum, number(b, 'axes', [1])], { attributes: { keepdims: int(0) } }));
        }),
      ),
      { path: 'packed.onnx' },
    ),
  );
}

function outputs(graph: Graph): readonly number[] {
  const written = prepareGraph(importModel(exportModel(graph), { path: 'smaller.onnx' }));
  return Array.from(
    createExecutor(written).run([randomTensor([1, TOKENS, WIDTH], 7)])[0]!.data as Float32Array,
  );
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-5, `output ${i} is ${value}, not ${expected[i]}`);
  });
}

describe('attention of one dense layer', () => {
  for (const [name, form] of Object.entries(FORMS)) {
    it(`gets a layer for each operand, and loses heads and tokens: ${name}`, () => {
      const packed = network(form);
      assert.equal(attentionLayers(packed).length, 0);
      const graph = unpackAttention(packed);
      const [layer] = attentionLayers(graph);
      assert.deepEqual([layer!.heads, layer!.tokens], [HEADS, TOKENS]);
      assertClose(outputs(graph), outputs(packed));
      assertClose(outputs(keepHeads(graph, layer!, [0, 2])), outputs(packed));
      const fewer = keepTokens(graph, layer!.behind, [0, 1, 5]);
      assert.deepEqual(prepareGraph(importModel(exportModel(fewer), { path: 'f.onnx' })).outputs.length, 1);
      assert.equal(unpackAttention(graph), graph, 'once is enough');
    });
  }
});
