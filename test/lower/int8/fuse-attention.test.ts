import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, int, ints } from '../../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../../src/graph/types.ts';
import { fuseAttention } from '../../../src/lower/int8/fuse-attention.ts';
import { lowerWithPlaces } from '../../../src/lower/lower.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { regularise } from '../../../src/passes/pipeline.ts';
import { planMemory } from '../../../src/program/plan.ts';
import type { Program } from '../../../src/program/program.ts';
import { createRunner } from '../../../src/program/run.ts';
import { quantizeGraph } from '../../../src/quantize/quantize-graph.ts';
import { int8s } from '../../native/random.ts';
import { floatGraph, randomTensor } from '../../passes/helpers.ts';
import { randomSamples, stream } from '../../quantize/networks.ts';

const [HEADS, TOKENS, WIDTH] = [2, 6, 8];
const DEPTH = WIDTH / HEADS;

/** Nodes with constants, by what they do. */
function writer(b: GraphBuilder) {
  let count = 0;
  const fresh = (): string => `n${count++}`;
  const constant = (tensor: Tensor): string => b.constant(fresh(), tensor);
  const node = (op: string, inputs: readonly string[], attributes = {}): string =>
    b.node(op, inputs, { name: fresh(), attributes });
  return {
    constant,
    node,
    number: (value: number): string => constant(floatTensor([], [value])),
    linear: (x: string, seed: number, width = WIDTH): string =>
      node('Add', [
        node('MatMul', [x, constant(randomTensor([WIDTH, width], seed, 0.7))]),
        constant(randomTensor([width], seed + 50, 0.2)),
      ]),
    reshape: (x: string, ...shape: readonly number[]): string =>
      node('Reshape', [x, constant(int64Tensor([...shape]))]),
    transpose: (x: string, ...perm: readonly number[]): string =>
      node('Transpose', [x], { perm: ints(perm) }),
  };
}

type Writer = ReturnType<typeof writer>;

const heads = (w: Writer, x: string): string =>
  w.transpose(w.reshape(x, 1, TOKENS, HEADS, DEPTH), 0, 2, 1, 3);
const merged = (w: Writer, x: string): string => w.reshape(w.transpose(x, 0, 2, 1, 3), 1, TOKENS, WIDTH);
const softmax = (w: Writer, x: string): string => w.node('Softmax', [x], { axis: int(-1) });

const causal = (hidden: number): Tensor =>
  floatTensor(
    [1, 1, TOKENS, TOKENS],
    Array.from({ length: TOKENS ** 2 }, (_, i) => (i % TOKENS > Math.floor(i / TOKENS) ? hidden : 0)),
  );

/** Its output is turned once, with or without fusing. */
const OF_IMAGES = 'channels before tokens, as of images';

/** What exporters write, x and keys given as [1, tokens, width]. */
const FORMS: Readonly<Record<string, (w: Writer, x: string, b: GraphBuilder) => string>> = {
  'scaled_dot_product_attention of PyTorch: a root of the scale on queries and on keys': (w, x) => {
    const root = w.number(DEPTH ** -0.25);
    const q = w.node('Mul', [heads(w, w.linear(x, 1)), root]);
    const k = w.node('Mul', [w.transpose(heads(w, w.linear(x, 2)), 0, 1, 3, 2), root]);
    const scores = w.node('MatMul', [q, k]);
    return merged(w, w.node('MatMul', [softmax(w, scores), heads(w, w.linear(x, 3))]));
  },
  'the same with keys transposed as a stack of matrices, and a causal mask': (w, x) => {
    const root = w.number(DEPTH ** -0.25);
    const q = w.node('Mul', [heads(w, w.linear(x, 1)), root]);
    const stack = w.reshape(heads(w, w.linear(x, 2)), HEADS, TOKENS, DEPTH);
    const k = w.node('Mul', [w.reshape(w.transpose(stack, 0, 2, 1), 1, HEADS, DEPTH, TOKENS), root]);
    const scores = w.node('Add', [w.node('MatMul', [q, k]), w.constant(causal(-Infinity))]);
    return merged(w, w.node('MatMul', [softmax(w, scores), heads(w, w.linear(x, 3))]));
  },
  'BERT: scores over the root of the depth, and an additive mask that is given': (w, x, b) => {
    const given = b.input('attention_mask', [1, TOKENS]);
    const mask = w.node('Mul', [
      w.node('Sub', [w.number(1), w.reshape(given, 1, 1, 1, TOKENS)]),
      w.number(-10000),
    ]);
    const [q, v] = [heads(w, w.linear(x, 1)), heads(w, w.linear(x, 3))];
    const k = w.transpose(w.reshape(w.linear(x, 2), 1, TOKENS, HEADS, DEPTH), 0, 2, 3, 1);
    const scores = w.node('Div', [w.node('MatMul', [q, k]), w.number(DEPTH ** 0.5)]);
    return merged(w, w.node('MatMul', [softmax(w, w.node('Add', [scores, mask])), v]));
  },
  'ViT: one layer for queries, keys and values': (w, x) => {
    const parts = w.transpose(
      w.reshape(w.linear(x, 1, 3 * WIDTH), 1, TOKENS, 3, HEADS, DEPTH),
      ...[2, 0, 3, 1, 4],
    );
    const part = (i: number): string =>
      w.node(
        'Gather',
        [parts, w.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(i)) })],
        {
          axis: int(0),
        },
      );
    const q = w.node('Mul', [part(0), w.number(DEPTH ** -0.5)]);
    const scores = w.node('MatMul', [q, w.transpose(part(1), 0, 1, 3, 2)]);
    return merged(w, w.node('MatMul', [softmax(w, scores), part(2)]));
  },
  'MultiheadAttention: stacks of matrices, tokens first, and a boolean mask': (w, x) => {
    const stack = (y: string): string => w.transpose(w.reshape(y, TOKENS, HEADS, DEPTH), 1, 0, 2);
    const q = stack(w.node('Mul', [w.linear(x, 1), w.number(DEPTH ** -0.5)]));
    const scores = w.node('MatMul', [q, w.transpose(stack(w.linear(x, 2)), 0, 2, 1)]);
    const hides = Uint8Array.from(causal(1).data as Float32Array);
    const masked = w.node('Where', [
      w.constant({ dtype: 'bool', shape: [1, TOKENS, TOKENS], data: hides }),
      w.number(-1e9),
      scores,
    ]);
    const y = w.node('MatMul', [softmax(w, masked), stack(w.linear(x, 3))]);
    return w.reshape(w.transpose(y, 1, 0, 2), 1, TOKENS, WIDTH);
  },
  'Gemma: scores through a tanh': (w, x) => {
    const [q, v] = [heads(w, w.linear(x, 1)), heads(w, w.linear(x, 3))];
    const scores = w.node('MatMul', [q, w.transpose(heads(w, w.linear(x, 2)), 0, 1, 3, 2)]);
    const capped = w.node('Mul', [w.node('Tanh', [w.node('Div', [scores, w.number(2)])]), w.number(2)]);
    return merged(w, w.node('MatMul', [softmax(w, capped), v]));
  },
  [OF_IMAGES]: (w, x) => {
    const image = (y: string): string => w.reshape(w.transpose(y, 0, 2, 1), 1, HEADS, DEPTH, TOKENS);
    const [q, k, v] = [1, 2, 3].map((seed) => image(w.linear(x, seed))) as [string, string, string];
    const scores = w.node('Mul', [w.node('MatMul', [w.transpose(q, 0, 1, 3, 2), k]), w.number(0.5)]);
    const y = w.node('MatMul', [v, w.transpose(softmax(w, scores), 0, 1, 3, 2)]);
    return w.transpose(w.reshape(y, 1, WIDTH, TOKENS), 0, 2, 1);
  },
};

function model(form: (w: Writer, x: string, b: GraphBuilder) => string): Graph {
  const graph = floatGraph((b) => {
    const w = writer(b);
    const x = b.input('x', [1, TOKENS, WIDTH]);
    b.output(w.linear(form(w, x, b), 4));
  });
  return regularise(graph);
}

async function lowered(graph: Graph): Promise<Program> {
  const samples = randomSamples(graph, 4);
  const { graph: quantized } = await quantizeGraph(graph, () => stream(samples));
  return lowerWithPlaces(quantized).program;
}

const kernelsOf = ({ steps }: Program): readonly string[] => steps.map(({ kernel }) => kernel);

function outputsOf(program: Program, seed: number): readonly unknown[] {
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
  const random = seededRandom(seed);
  const inputs = program.inputs.map(({ tensor }) =>
    int8s(
      random,
      program.tensors[tensor]!.shape.reduce((product, size) => product * size, 1),
    ),
  );
  return createRunner(program, plan)(inputs);
}

for (const [name, form] of Object.entries(FORMS)) {
  test(`${name}: one step, and no copy of heads`, async () => {
    const apart = await lowered(model(form));
    const fused = fuseAttention(apart);
    const kernels = kernelsOf(fused);
    assert.equal(kernels.filter((kernel) => kernel === 'attention_s8').length, 1, kernels.join(' '));
    for (const gone of ['batch_matmul_s8', 'softmax_s8', 'masked_softmax_s8']) {
      assert.ok(!kernels.includes(gone), kernels.join(' '));
    }
    const copies = kernels.filter((kernel) => kernel === 'copy_s8').length;
    assert.equal(copies, name === OF_IMAGES ? 1 : 0, kernels.join(' '));
    for (const seed of [1, 2]) assert.deepEqual(outputsOf(fused, seed), outputsOf(apart, seed));
  });
}

test('scores and probabilities that something else reads stay matrices', async () => {
  for (const seen of ['scores', 'probabilities']) {
    const graph = floatGraph((b) => {
      const w = writer(b);
      const [q, k, v] = ['q', 'k', 'v'].map((name) => b.input(name, [1, TOKENS, WIDTH])) as [
        string,
        string,
        string,
      ];
      const scores = w.node('MatMul', [q, w.transpose(k, 0, 2, 1)]);
      const weights = softmax(w, scores);
      b.output(w.node('MatMul', [weights, v]));
      b.output(seen === 'scores' ? scores : weights);
    });
    const apart = await lowered(regularise(graph));
    assert.equal(fuseAttention(apart), apart);
  }
});
