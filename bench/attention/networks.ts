/** Transformers with seeded weights, as exporters write them. */
import { float, type GraphBuilder, graphBuilder, int, ints } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph, ImportedModel, Tensor } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';

export type Size = {
  readonly tokens: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
};

const SEED = 7;

function writer(b: GraphBuilder) {
  const random = seededRandom(SEED);
  let count = 0;
  const fresh = (): string => `n${count++}`;
  const constant = (tensor: Tensor): string => b.constant(fresh(), tensor);
  const node = (op: string, inputs: readonly string[], attributes = {}): string =>
    b.node(op, inputs, { name: fresh(), attributes });
  const weights = (shape: readonly number[], size: number): string =>
    constant(
      floatTensor(
        shape,
        Float32Array.from(
          { length: shape.reduce((product, one) => product * one, 1) },
          () => size * (2 * random() - 1),
        ),
      ),
    );
  return {
    constant,
    node,
    number: (value: number): string => constant(floatTensor([], [value])),
    linear: (x: string, inputs: number, outputs: number): string =>
      node('Add', [
        node('MatMul', [x, weights([inputs, outputs], Math.sqrt(3 / inputs))]),
        weights([outputs], 0.1),
      ]),
    normalised: (x: string, width: number): string =>
      node(
        'LayerNormalization',
        [
          x,
          constant(floatTensor([width], new Float32Array(width).fill(1))),
          constant(floatTensor([width], new Float32Array(width))),
        ],
        { axis: int(-1), epsilon: float(1e-5) },
      ),
    reshape: (x: string, ...shape: readonly number[]): string =>
      node('Reshape', [x, constant(int64Tensor([...shape]))]),
    transpose: (x: string, ...perm: readonly number[]): string =>
      node('Transpose', [x], { perm: ints(perm) }),
  };
}

/** Two layers of a transformer: attention and two dense layers with a GELU, each behind a normalisation, each added. */
export function transformer(size: Size, layers = 2): ImportedModel {
  const { tokens, width, heads, hidden } = size;
  const b = graphBuilder('transformer');
  const w = writer(b);
  const depth = width / heads;
  let x = b.input('x', [1, tokens, width]);
  for (let layer = 0; layer < layers; layer++) {
    const seen = w.normalised(x, width);
    const split = (y: string): string => w.transpose(w.reshape(y, 1, tokens, heads, depth), 0, 2, 1, 3);
    const [q, k, v] = [0, 1, 2].map(() => split(w.linear(seen, width, width))) as [string, string, string];
    const scores = w.node('Div', [
      w.node('MatMul', [q, w.transpose(k, 0, 1, 3, 2)]),
      w.number(Math.sqrt(depth)),
    ]);
    const mixed = w.node('MatMul', [w.node('Softmax', [scores], { axis: int(-1) }), v]);
    const merged = w.reshape(w.transpose(mixed, 0, 2, 1, 3), 1, tokens, width);
    x = w.node('Add', [x, w.linear(merged, width, width)]);
    const inner = w.linear(w.normalised(x, width), width, hidden);
    const wide = w.node('Mul', [
      w.node('Mul', [
        inner,
        w.node('Add', [w.node('Erf', [w.node('Div', [inner, w.number(Math.SQRT2)])]), w.number(1)]),
      ]),
      w.number(0.5),
    ]);
    x = w.node('Add', [x, w.linear(wide, hidden, width)]);
  }
  b.output(x);
  return b.model();
}

/** One attention of heads, of queries, keys and values that are given: of a softmax, or linear. */
export function attention(tokens: number, kind: 'softmax' | 'linear', { width, heads }: Size): Graph {
  const b = graphBuilder('attention');
  const w = writer(b);
  const depth = width / heads;
  const given = (name: string): string =>
    w.reshape(b.input(name, [1, tokens, width]), 1, tokens, heads, depth);
  const [q, k, v] = ['q', 'k', 'v'].map((name) => given(name)) as [string, string, string];
  if (kind === 'softmax') {
    const scores = w.node('Div', [
      w.node('MatMul', [w.transpose(q, 0, 2, 1, 3), w.transpose(k, 0, 2, 3, 1)]),
      w.number(Math.sqrt(depth)),
    ]);
    const y = w.node('MatMul', [w.node('Softmax', [scores], { axis: int(-1) }), w.transpose(v, 0, 2, 1, 3)]);
    b.output(w.reshape(w.transpose(y, 0, 2, 1, 3), 1, tokens, width));
  } else {
    const y = b.node(
      'tinyml::LinearAttention',
      [q, k, v].map((one) => w.transpose(one, 0, 2, 3, 1)),
      {
        name: 'linear',
        attributes: { epsilon: float(1e-15) },
      },
    );
    b.output(w.reshape(w.transpose(y, 0, 3, 1, 2), 1, tokens, width));
  }
  return prepareGraph(b.model());
}
